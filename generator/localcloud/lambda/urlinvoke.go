package lambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// urlService answers the hosts of function URLs.
type urlService struct{ *Service }

// URLs answers the hosts <id>.lambda-url.<region>.on.aws.
func (s *Service) URLs() api.Service { return urlService{s} }

// Route finds the function by the host's first label. Since October 2025 a caller
// needs two permissions. A preflight needs none: Lambda answers it by itself.
func (u urlService) Route(r *api.Request) (api.Operation, error) {
	ref, config, err := u.target(r)
	if err != nil {
		return api.Operation{}, err
	}
	operation := api.Operation{Name: "InvokeFunctionUrl"}
	if config.Cors != nil && isPreflight(r.Request) {
		operation.Handle = func(w http.ResponseWriter, r *api.Request) error {
			config.Cors.answerPreflight(w, r)
			return nil
		}
		return operation, nil
	}
	if config.AuthType == authIAM && r.Principal.Kind == api.Anonymous {
		return api.Operation{}, forbidden()
	}
	byURL, direct := u.access("InvokeFunctionUrl", ref), u.access("InvokeFunction", ref)
	byURL.Context = map[string][]string{"lambda:functionurlauthtype": {config.AuthType}}
	direct.Context = map[string][]string{
		"lambda:functionurlauthtype":   {config.AuthType},
		"lambda:invokedviafunctionurl": {"true"},
	}
	operation.Access = []api.Access{byURL, direct}
	operation.Handle = func(w http.ResponseWriter, r *api.Request) error {
		return u.serve(w, r, ref, config)
	}
	return operation, nil
}

func forbidden() *api.Error {
	return api.Errorf(http.StatusForbidden, "AccessDeniedException", "Forbidden")
}

// target finds the URL that the host names. One that does not exist is Forbidden,
// as on AWS, so that nobody learns which do.
func (u urlService) target(r *api.Request) (reference, urlConfig, error) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(host)
	label, _, _ := strings.Cut(host, ".")
	var ref reference
	var config urlConfig
	err := u.DB.View(func(tx store.Tx) error {
		owner, found, err := u.urls.Get(tx, label)
		if err != nil {
			return err
		}
		ref = owner.reference()
		if !found || host != urlHost(ref) {
			return forbidden()
		}
		f, err := u.function(tx, ref)
		if err == nil {
			config, err = f.url(ref.qualifier)
		}
		return err
	})
	return ref, config, err
}

// WriteError words an error as the URL's own front door does: it tells outsiders
// little.
func (u urlService) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	message := e.Message
	switch {
	case e.Status == http.StatusForbidden:
		message = "Forbidden"
	case e.Status == http.StatusTooManyRequests:
		message = "Rate Exceeded."
	case e.Status >= http.StatusInternalServerError:
		message = "Internal Server Error"
	}
	writeError(w, r, e, map[string]string{"Message": message})
}

func (u urlService) serve(w http.ResponseWriter, r *api.Request, ref reference, config urlConfig) error {
	event, err := u.event(r, ref, config)
	if err != nil {
		return err
	}
	f, version, err := u.find(ref)
	if err != nil {
		return err
	}
	if err := version.checkReady(); err != nil {
		return err
	}
	inv := newInvocation(r.ID, r.Header.Get(traceHeader), ref, event)
	if config.InvokeMode == modeStream {
		inv.maxAnswer = maxStreamed
	}
	out, err := u.execute(r.Context(), f, version, inv)
	if refused := (*api.Error)(nil); errors.As(err, &refused) && refused.Status == http.StatusForbidden {
		return badGateway() // the role is broken; that is not the caller's doing
	}
	if err != nil {
		return err
	}
	w.Header().Set("X-Amzn-RequestId", inv.id)
	w.Header().Set(traceHeader, inv.trace)
	if out.failed {
		return badGateway()
	}
	var answer httpAnswer
	if config.InvokeMode == modeStream {
		answer, err = streamedAnswer(out)
	} else {
		answer, err = bufferedAnswer(out.payload)
	}
	if err != nil {
		return badGateway()
	}
	answer.write(w, config.Cors, r)
	return nil
}

// badGateway is all that a URL's caller learns about a function that failed.
func badGateway() *api.Error {
	return api.Errorf(http.StatusBadGateway, "InternalServerError", "Internal Server Error")
}

// urlEvent is the event of a request over a URL, payload format 2.0.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
type urlEvent struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        urlContext        `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type urlContext struct {
	AccountID    string         `json:"accountId"`
	APIID        string         `json:"apiId"`
	Authorizer   *urlAuthorizer `json:"authorizer,omitempty"`
	DomainName   string         `json:"domainName"`
	DomainPrefix string         `json:"domainPrefix"`
	HTTP         urlHTTP        `json:"http"`
	RequestID    string         `json:"requestId"`
	RouteKey     string         `json:"routeKey"`
	Stage        string         `json:"stage"`
	Time         string         `json:"time"`
	TimeEpoch    int64          `json:"timeEpoch"` // milliseconds
}

type urlHTTP struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

type urlAuthorizer struct {
	IAM struct {
		AccessKey       string  `json:"accessKey"`
		AccountID       string  `json:"accountId"`
		CallerID        string  `json:"callerId"`
		CognitoIdentity *string `json:"cognitoIdentity"`
		PrincipalOrgID  *string `json:"principalOrgId"`
		UserARN         string  `json:"userArn"`
		UserID          string  `json:"userId"`
	} `json:"iam"`
}

func (u urlService) event(r *api.Request, ref reference, config urlConfig) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		return nil, fmt.Errorf("read the body of a request over a URL: %w", err)
	}
	address := r.RemoteAddr
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	now := u.Now().UTC()
	event := urlEvent{
		Version: "2.0", RouteKey: "$default",
		RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery,
		Headers: u.headers(r, ref, address), QueryStringParameters: joined(r.URL.Query()),
		RequestContext: urlContext{
			AccountID: ref.account, APIID: urlID(ref), DomainName: urlHost(ref), DomainPrefix: urlID(ref),
			HTTP: urlHTTP{
				Method: r.Method, Path: r.URL.EscapedPath(), Protocol: r.Proto,
				SourceIP: address, UserAgent: r.UserAgent(),
			},
			RequestID: r.ID, RouteKey: "$default", Stage: "$default",
			Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
		},
	}
	if event.RawPath == "" {
		event.RawPath, event.RequestContext.HTTP.Path = "/", "/"
	}
	for _, line := range r.Header.Values("Cookie") {
		for cookie := range strings.SplitSeq(line, ";") {
			event.Cookies = append(event.Cookies, strings.TrimSpace(cookie))
		}
	}
	if config.AuthType == authIAM {
		event.RequestContext.Authorizer = authorizer(r)
	}
	if event.IsBase64Encoded = len(body) > 0 && !isText(r.Header.Get("Content-Type")); event.IsBase64Encoded {
		event.Body = base64.StdEncoding.EncodeToString(body)
	} else {
		event.Body = string(body)
	}
	data, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("encode the event of a URL: %w", err)
	}
	if len(data) > maxPayload {
		return nil, payloadTooLarge(len(data), "RequestResponse", maxPayload)
	}
	return data, nil
}

// headers are the request's, under lower-case names, with those that Lambda adds.
func (u urlService) headers(r *api.Request, ref reference, address string) map[string]string {
	headers := make(map[string]string, len(r.Header)+4)
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	headers["host"] = urlHost(ref)
	headers["x-forwarded-for"] = address
	headers["x-forwarded-proto"], headers["x-forwarded-port"] = "https", "443"
	if !r.Secure {
		headers["x-forwarded-proto"], headers["x-forwarded-port"] = "http", "80"
	}
	return headers
}

// joined gives each name one value, several joined by commas.
func joined(values map[string][]string) map[string]string {
	one := make(map[string]string, len(values))
	for name, all := range values {
		one[name] = strings.Join(all, ",")
	}
	return one
}

func authorizer(r *api.Request) *urlAuthorizer {
	a := &urlAuthorizer{}
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if credential == "" {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	a.IAM.AccessKey, _, _ = strings.Cut(credential, "/")
	a.IAM.AccountID, a.IAM.UserARN = r.Principal.Account, r.Principal.ARN
	a.IAM.CallerID, a.IAM.UserID = r.Principal.UserID, r.Principal.UserID
	return a
}

// isText says whether a body of this type goes into the event as it is. A form is
// not text to Lambda.
func isText(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch kind {
	case "application/json", "application/javascript", "application/xml":
		return true
	}
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml")
}

// httpAnswer is an HTTP response as a function describes it.
type httpAnswer struct {
	status  int
	headers map[string]string
	cookies []string
	body    []byte
}

// described is the part of an answer that a function gives as JSON.
type described struct {
	StatusCode      json.Number                `json:"statusCode"`
	Headers         map[string]json.RawMessage `json:"headers"`
	Cookies         []string                   `json:"cookies"`
	Body            string                     `json:"body"`
	IsBase64Encoded bool                       `json:"isBase64Encoded"`
}

func (d described) answer() (httpAnswer, error) {
	status := int64(http.StatusOK)
	if d.StatusCode != "" {
		var err error
		if status, err = d.StatusCode.Int64(); err != nil {
			return httpAnswer{}, fmt.Errorf("statusCode: %w", err)
		}
	}
	if status < 200 || status > 599 {
		return httpAnswer{}, fmt.Errorf("statusCode %d is not that of a response", status)
	}
	a := httpAnswer{status: int(status), headers: map[string]string{}, cookies: d.Cookies, body: []byte(d.Body)}
	for name, value := range d.Headers {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value) // a number or a truth value
		}
		a.headers[name] = text
	}
	if d.IsBase64Encoded {
		var err error
		if a.body, err = base64.StdEncoding.DecodeString(d.Body); err != nil {
			return httpAnswer{}, fmt.Errorf("body: %w", err)
		}
	}
	return a, nil
}

// bufferedAnswer reads the result of a function. JSON without a statusCode is the
// body of a response by itself.
func bufferedAnswer(payload []byte) (httpAnswer, error) {
	var members map[string]json.RawMessage
	if !json.Valid(payload) {
		return httpAnswer{}, errors.New("the result is not JSON")
	}
	if json.Unmarshal(payload, &members) == nil && members["statusCode"] != nil {
		var d described
		if err := json.Unmarshal(payload, &d); err != nil {
			return httpAnswer{}, fmt.Errorf("read the result: %w", err)
		}
		return d.answer()
	}
	return httpAnswer{status: http.StatusOK, body: payload}, nil
}

// streamedAnswer reads what a streaming function sent: JSON that describes the
// response, eight zero bytes, the body. It is passed on when it is complete.
func streamedAnswer(out outcome) (httpAnswer, error) {
	const integration = "application/vnd.awslambda.http-integration-response"
	if out.contentType != integration {
		return httpAnswer{
			status: http.StatusOK, body: out.payload,
			headers: map[string]string{"Content-Type": "application/octet-stream"},
		}, nil
	}
	prelude, body, found := bytes.Cut(out.payload, make([]byte, 8))
	if !found {
		return httpAnswer{}, errors.New("the stream has no prelude")
	}
	var d described
	if err := json.Unmarshal(prelude, &d); err != nil {
		return httpAnswer{}, fmt.Errorf("read the prelude: %w", err)
	}
	a, err := d.answer()
	a.body = body
	return a, err
}

// perConnection are headers that a function does not decide about.
var perConnection = []string{
	"Connection", "Content-Length", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func (a httpAnswer) write(w http.ResponseWriter, cors *corsRules, r *api.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	for name, value := range a.headers {
		header.Set(name, value)
	}
	for _, name := range perConnection {
		header.Del(name)
	}
	for _, cookie := range a.cookies {
		header.Add("Set-Cookie", cookie)
	}
	if cors != nil {
		maps.DeleteFunc(header, func(name string, _ []string) bool {
			return strings.HasPrefix(name, "Access-Control-")
		})
		cors.allow(header, r.Header.Get("Origin"))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a failed write means that the client is gone
}

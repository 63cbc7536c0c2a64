package edge

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxURI is the length of a path with its query string, in characters.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
const maxURI = 8192

// functionError is a function that failed, as viewers learn of it.
type functionError struct {
	kind    string // FunctionExecutionError or FunctionValidationError
	status  int
	message string
}

// Error implements error.
func (e *functionError) Error() string { return e.message }

func executionError(err error) *functionError {
	return &functionError{kind: "FunctionExecutionError", status: http.StatusServiceUnavailable, message: err.Error()}
}

// invalidResult is a result that is no event object.
func invalidResult(format string, args ...any) *functionError {
	return &functionError{
		kind: "FunctionValidationError", status: http.StatusServiceUnavailable, message: "The function returned an invalid value: " + fmt.Sprintf(format, args...),
	}
}

// forbiddenHeader is a header that functions may not touch, for which the status is
// documented to be 502:
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
func forbiddenHeader(format string, args ...any) *functionError {
	return &functionError{kind: "FunctionValidationError", status: http.StatusBadGateway, message: fmt.Sprintf(format, args...)}
}

// outcome is what a function returned: a request or a response.
type outcome struct {
	Request  *eventRequest  `json:"request,omitempty"`
	Response *eventResponse `json:"response,omitempty"`
}

// decodeOutcome reads and validates what a function returned on an event.
func decodeOutcome(e event, result []byte) (outcome, *functionError) {
	var shape map[string]json.RawMessage
	if err := json.Unmarshal(result, &shape); err != nil || shape == nil {
		return outcome{}, invalidResult("it is no object")
	}
	_, isResponse := shape["statusCode"]
	if e.Context.EventType == viewerResponse && !isResponse {
		return outcome{}, invalidResult("response.statusCode is missing")
	}
	if !isResponse {
		after := &eventRequest{}
		if err := json.Unmarshal(result, after); err != nil {
			return outcome{}, invalidResult("%v", err)
		}
		return outcome{Request: after}, checkRequest(e.Request, *after)
	}
	after := &eventResponse{}
	if err := json.Unmarshal(result, after); err != nil {
		return outcome{}, invalidResult("%v", err)
	}
	before := eventResponse{}
	if e.Context.EventType == viewerResponse && e.Response != nil {
		before = *e.Response
	}
	return outcome{Response: after}, checkResponse(before, *after)
}

func checkRequest(before, after eventRequest) *functionError {
	if after.Method != before.Method {
		return invalidResult("request.method is read-only")
	}
	if !strings.HasPrefix(after.URI, "/") {
		return invalidResult("request.uri must begin with a slash")
	}
	query := joinQuery(before.QueryString, after.QueryString)
	if len(after.URI)+len(query) >= maxURI {
		return invalidResult("request.uri and request.querystring are longer than %d characters", maxURI)
	}
	if hasControl(after.URI) {
		return invalidResult("request.uri has control characters")
	}
	if strings.ContainsAny(query, " #") || hasControl(query) {
		return invalidResult("request.querystring has spaces, control characters or a fragment")
	}
	if err := checkFields("request.querystring", after.QueryString); err != nil {
		return err
	}
	if err := checkFields("request.cookies", after.Cookies); err != nil {
		return err
	}
	return checkHeaders("request", before.Headers, after.Headers, "content-length", "host", "transfer-encoding", "via")
}

func checkResponse(before, after eventResponse) *functionError {
	if after.StatusCode < 200 || after.StatusCode > 599 {
		return invalidResult("response.statusCode is %d", after.StatusCode)
	}
	if after.Body != nil {
		if _, err := after.Body.bytes(); err != nil {
			return invalidResult("response.body: %v", err)
		}
	}
	if err := checkFields("response.cookies", after.Cookies); err != nil {
		return err
	}
	return checkHeaders("response", before.Headers, after.Headers, "warning", "via")
}

func (b eventBody) bytes() ([]byte, error) {
	switch b.Encoding {
	case "text":
		return []byte(b.Data), nil
	case "base64":
		return base64.StdEncoding.DecodeString(b.Data)
	}
	return nil, fmt.Errorf("the encoding is %q, not text or base64", b.Encoding)
}

// checkFields finds fields without a value and values that would end their line.
func checkFields(where string, after fields) *functionError {
	for _, one := range after {
		if one.name == "" || hasControl(one.name) {
			return invalidResult("%s has the name %q", where, one.name)
		}
		for _, v := range fields(nil).values(one) {
			if v.Value == nil {
				return invalidResult("%s[%q] has no value", where, one.name)
			}
			if hasControl(*v.Value) || hasControl(v.Attributes) {
				return invalidResult("%s[%q] has control characters", where, one.name)
			}
		}
	}
	return nil
}

func checkHeaders(what string, before, after fields, readOnly ...string) *functionError {
	if err := checkFields(what+".headers", after); err != nil {
		return err
	}
	for _, one := range after {
		if one.name != strings.ToLower(one.name) {
			return invalidResult("%s.headers[%q]: names of headers are in lower case", what, one.name)
		}
		if strings.ContainsFunc(one.name, func(c rune) bool { return !isTokenChar(c) }) {
			return invalidResult("%s.headers[%q] is no name of a header", what, one.name)
		}
		if isHiddenHeader(one.name) {
			return forbiddenHeader("The function tried to add the disallowed header %s.", one.name)
		}
	}
	for _, name := range readOnly {
		was, wasThere := before.find(name)
		is, isThere := after.find(name)
		if wasThere != isThere || !was.same(is) {
			return forbiddenHeader("The function tried to add, delete, or change the read-only header %s.", name)
		}
	}
	return nil
}

// joinQuery writes a query string out of fields.
func joinQuery(before, after fields) string {
	var pairs []string
	for _, one := range after {
		for _, v := range before.values(one) {
			pair := one.name
			if v.text() != "" {
				pair += "=" + v.text()
			}
			pairs = append(pairs, pair)
		}
	}
	return strings.Join(pairs, "&")
}

// apply changes a viewer's request to what a function made of it.
func (after eventRequest) apply(before eventRequest, r *http.Request) {
	if after.URI != before.URI {
		setPath(r.URL, after.URI)
	}
	if !after.QueryString.same(before.QueryString) {
		r.URL.RawQuery = joinQuery(before.QueryString, after.QueryString)
	}
	header := replaceHeaders(r.Header, before.Headers, after.Headers)
	header.Del("Host") // read-only; the request has it elsewhere
	if after.Cookies.same(before.Cookies) {
		header["Cookie"] = r.Header["Cookie"]
	} else {
		var pairs []string
		for _, one := range after.Cookies {
			for _, v := range before.Cookies.values(one) {
				pairs = append(pairs, one.name+"="+v.text())
			}
		}
		header["Cookie"] = []string{strings.Join(pairs, "; ")}
	}
	if strings.Join(header["Cookie"], "") == "" {
		delete(header, "Cookie")
	}
	r.Header = header
}

// replaceHeaders are the headers after a function, with those that it cannot see.
func replaceHeaders(h http.Header, before, after fields) http.Header {
	out := http.Header{}
	for name, values := range h {
		if isHiddenHeader(strings.ToLower(name)) {
			out[name] = values
		}
	}
	for _, one := range after {
		for _, v := range before.values(one) {
			out.Add(one.name, v.text())
		}
	}
	return out
}

// header writes the headers of a response that a function returned.
func (after eventResponse) header(before eventResponse, h http.Header) http.Header {
	out := replaceHeaders(h, before.Headers, after.Headers)
	for _, one := range after.Cookies {
		for _, v := range before.Cookies.values(one) {
			line := one.name + "=" + v.text()
			if v.Attributes != "" {
				line += "; " + v.Attributes
			}
			out.Add("Set-Cookie", line)
		}
	}
	return out
}

// setPath sets a path as it is written, so that the origin gets the very same.
func setPath(u *url.URL, path string) {
	u.Path, u.RawPath = path, ""
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
}

// hiddenHeaders are not shown to functions, who cannot add them either; names that
// end with "-" stand for all that begin so.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
var hiddenHeaders = map[string]bool{
	"connection": true, "expect": true, "keep-alive": true, "proxy-authenticate": true, "proxy-authorization": true,
	"proxy-connection": true, "trailer": true, "upgrade": true, "x-accel-buffering": true, "x-accel-charset": true,
	"x-accel-limit-rate": true, "x-accel-redirect": true, "x-amzn-auth": true, "x-amzn-cf-billing": true,
	"x-amzn-cf-id": true, "x-amzn-cf-xff": true, "x-amzn-errortype": true, "x-amzn-fle-profile": true,
	"x-amzn-header-count": true, "x-amzn-header-order": true, "x-amzn-lambda-integration-tag": true,
	"x-amzn-requestid": true, "x-cache": true, "x-forwarded-proto": true, "x-real-ip": true,
}

func isHiddenHeader(lower string) bool {
	return hiddenHeaders[lower] || strings.HasPrefix(lower, "x-amz-cf-") || strings.HasPrefix(lower, "x-edge-")
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

func isTokenChar(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

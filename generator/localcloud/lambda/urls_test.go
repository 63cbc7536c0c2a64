package lambda

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/localcloud/api"
)

// publish gives a function a URL and returns its host.
func (c *cloud) publish(in sdk.CreateFunctionUrlConfigInput) string {
	c.Helper()
	out, err := c.client.CreateFunctionUrlConfig(c.Context(), &in)
	if err != nil {
		c.Fatal(err)
	}
	at, err := url.Parse(*out.FunctionUrl)
	if err != nil {
		c.Fatal(err)
	}
	return at.Host
}

// request sends a request to a URL's host.
func (c *cloud) request(method, host, path, body string, header ...string) (*http.Response, string) {
	c.Helper()
	request, err := http.NewRequestWithContext(c.Context(), method, c.server.URL+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	request.Host = host
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	response, err := c.server.Client().Do(request)
	if err != nil {
		c.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		c.Fatal(err)
	}
	return response, string(answer)
}

// answering is a body that has the probe answer with this.
func answering(answer string) string { return `{"do":"answer","answer":` + answer + `}` }

func TestURLConfig(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	name := aws.String("probe")
	ctx := t.Context()
	cors := &types.Cors{AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET"}, AllowCredentials: aws.Bool(true), MaxAge: aws.Int32(60)}
	created, err := c.client.CreateFunctionUrlConfig(ctx, &sdk.CreateFunctionUrlConfigInput{FunctionName: name, AuthType: types.FunctionUrlAuthTypeNone, Cors: cors})
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(*created.FunctionUrl, "https://"), "/")
	label, rest, _ := strings.Cut(host, ".")
	if len(label) != 32 || rest != "lambda-url.eu-west-2.on.aws" || *created.FunctionArn != probeARN {
		t.Errorf("created %+v", created)
	}
	_, err = c.client.CreateFunctionUrlConfig(ctx, &sdk.CreateFunctionUrlConfigInput{FunctionName: name, AuthType: types.FunctionUrlAuthTypeNone})
	wantError(t, err, "ResourceConflictException", "FunctionUrlConfig exists for this Lambda function")
	updated, err := c.client.UpdateFunctionUrlConfig(ctx, &sdk.UpdateFunctionUrlConfigInput{FunctionName: name, AuthType: types.FunctionUrlAuthTypeAwsIam})
	if err != nil || updated.AuthType != types.FunctionUrlAuthTypeAwsIam || updated.InvokeMode != types.InvokeModeBuffered {
		t.Fatalf("updated %+v, error %v", updated, err)
	}
	if diff := cmp.Diff(cors, updated.Cors, ignoreSDK); diff != "" {
		t.Error(diff)
	}
	if got := c.lastNeeded()[0].Context["lambda:functionurlauthtype"]; len(got) != 1 || got[0] != "NONE" {
		t.Errorf("auth type in what the update needs: %v", got)
	}
	for qualifier, want := range map[string]string{"live": "ResourceNotFoundException", "1": "ValidationException"} {
		_, err := c.client.CreateFunctionUrlConfig(ctx, &sdk.CreateFunctionUrlConfigInput{FunctionName: name, Qualifier: &qualifier, AuthType: types.FunctionUrlAuthTypeNone})
		wantError(t, err, want, "")
	}
	if _, err := c.client.CreateAlias(ctx, &sdk.CreateAliasInput{FunctionName: name, Name: aws.String("live"), FunctionVersion: aws.String("1")}); err != nil {
		t.Fatal(err)
	}
	if other := c.publish(sdk.CreateFunctionUrlConfigInput{FunctionName: name, Qualifier: aws.String("live"), AuthType: types.FunctionUrlAuthTypeNone}); other == host {
		t.Error("function and alias have the same URL")
	}
	list, err := c.client.ListFunctionUrlConfigs(ctx, &sdk.ListFunctionUrlConfigsInput{FunctionName: name})
	if err != nil || len(list.FunctionUrlConfigs) != 2 {
		t.Errorf("list %+v, error %v", list, err)
	}
	if _, err := c.client.DeleteFunctionUrlConfig(ctx, &sdk.DeleteFunctionUrlConfigInput{FunctionName: name}); err != nil {
		t.Fatal(err)
	}
	_, err = c.client.GetFunctionUrlConfig(ctx, &sdk.GetFunctionUrlConfigInput{FunctionName: name})
	wantError(t, err, "ResourceNotFoundException", "The resource you requested does not exist.")
	if response, body := c.request("GET", host, "/", ""); response.StatusCode != 403 || body != `{"Message":"Forbidden"}` {
		t.Errorf("a URL that was deleted: %d %s", response.StatusCode, body)
	}
	if again := c.publish(sdk.CreateFunctionUrlConfigInput{FunctionName: name, AuthType: types.FunctionUrlAuthTypeNone}); again != host {
		t.Errorf("made again the host is %s, was %s", again, host)
	}
	bad := map[string]*types.Cors{
		"cors.maxAge":       {MaxAge: aws.Int32(86401)},
		"cors.allowMethods": {AllowMethods: []string{"OPTIONS"}},
		"cors.allowOrigins": {AllowOrigins: []string{"a.example"}},
		"cors.allowHeaders": {AllowHeaders: []string{"a b"}},
	}
	for member, rules := range bad {
		_, err := c.client.UpdateFunctionUrlConfig(ctx, &sdk.UpdateFunctionUrlConfigInput{FunctionName: name, Cors: rules})
		wantError(t, err, "ValidationException", member)
	}
}

func TestURLEvent(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	host := c.publish(sdk.CreateFunctionUrlConfigInput{FunctionName: aws.String("probe"), AuthType: types.FunctionUrlAuthTypeNone})
	response, body := c.request("POST", host, "/a%20b/c?x=1&x=2&y=%26", "hello",
		"Content-Type", "text/plain; charset=utf-8", "Cookie", "one=1; two=2", "X-Many", "a", "X-Many", "b", "User-Agent", "tester")
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("status %d, headers %v", response.StatusCode, response.Header)
	}
	var got urlEvent
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	label, _, _ := strings.Cut(host, ".")
	want := urlEvent{
		Version: "2.0", RouteKey: "$default", RawPath: "/a%20b/c", RawQueryString: "x=1&x=2&y=%26",
		Cookies:               []string{"one=1", "two=2"},
		QueryStringParameters: map[string]string{"x": "1,2", "y": "&"},
		Headers: map[string]string{
			"accept-encoding": "gzip", "content-length": "5", "content-type": "text/plain; charset=utf-8", "cookie": "one=1; two=2",
			"host": host, "user-agent": "tester", "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "443",
			"x-forwarded-proto": "https", "x-many": "a,b",
		},
		RequestContext: urlContext{
			AccountID: account, APIID: label, DomainName: host, DomainPrefix: label, RouteKey: "$default", Stage: "$default",
			HTTP:      urlHTTP{Method: "POST", Path: "/a%20b/c", Protocol: "HTTP/1.1", SourceIP: "127.0.0.1", UserAgent: "tester"},
			RequestID: got.RequestContext.RequestID, Time: got.RequestContext.Time, TimeEpoch: got.RequestContext.TimeEpoch,
		},
		Body: "hello",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.RequestContext.RequestID == "" || got.RequestContext.TimeEpoch == 0 || !strings.HasSuffix(got.RequestContext.Time, " +0000") {
		t.Errorf("context %+v", got.RequestContext)
	}
	for contentType, encoded := range map[string]bool{
		"application/octet-stream": true, "application/x-www-form-urlencoded": true, "": true,
		"application/json": false, "application/problem+json": false, "text/html": false,
	} {
		_, body := c.request("PUT", host, "/", "hello", "Content-Type", contentType)
		var got urlEvent
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if got.IsBase64Encoded != encoded || (got.Body == "aGVsbG8=") != encoded {
			t.Errorf("%q: encoded %v, body %q", contentType, got.IsBase64Encoded, got.Body)
		}
	}
}

func TestURLAnswers(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	c.deploy("node", func(in *sdk.CreateFunctionInput) { in.Runtime = types.RuntimeNodejs22x })
	host := c.publish(sdk.CreateFunctionUrlConfigInput{FunctionName: aws.String("probe"), AuthType: types.FunctionUrlAuthTypeNone})
	tests := map[string]struct {
		event  string
		status int
		body   string
		header map[string]string
	}{
		"plain JSON":      {answering(`{"a":1}`), 200, `{"a":1}`, map[string]string{"Content-Type": "application/json"}},
		"text":            {answering(`"hi"`), 200, `"hi"`, map[string]string{"Content-Type": "application/json"}},
		"whole":           {answering(`{"statusCode":201,"headers":{"Content-Type":"text/html","X-Number":7},"body":"<p>"}`), 201, "<p>", map[string]string{"Content-Type": "text/html", "X-Number": "7"}},
		"no type":         {answering(`{"statusCode":404,"body":"no"}`), 404, "no", map[string]string{"Content-Type": "application/json"}},
		"status as text":  {answering(`{"statusCode":"202"}`), 202, "", nil},
		"base64":          {answering(`{"statusCode":200,"isBase64Encoded":true,"body":"AAH/"}`), 200, "\x00\x01\xff", nil},
		"length ignored":  {answering(`{"statusCode":200,"headers":{"Content-Length":"1","Connection":"close"},"body":"long"}`), 200, "long", map[string]string{"Connection": ""}},
		"redirect":        {answering(`{"statusCode":303,"headers":{"location":"/x"}}`), 303, "", map[string]string{"Location": "/x"}},
		"bad base64":      {answering(`{"statusCode":200,"isBase64Encoded":true,"body":"?"}`), 502, `{"Message":"Internal Server Error"}`, nil},
		"bad status":      {answering(`{"statusCode":"many"}`), 502, `{"Message":"Internal Server Error"}`, nil},
		"status too low":  {answering(`{"statusCode":100}`), 502, `{"Message":"Internal Server Error"}`, nil},
		"function failed": {`{"do":"fail","text":"the secret reason"}`, 502, `{"Message":"Internal Server Error"}`, nil},
		"function ended":  {`{"do":"exit","count":1}`, 502, `{"Message":"Internal Server Error"}`, nil},
		"large":           {strings.Repeat(" ", maxPayload) + "{}", 413, `{"Message":"`, nil},
	}
	client := c.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			response, body := c.request("POST", host, "/", test.event, "Content-Type", "application/json")
			if response.StatusCode != test.status || !strings.HasPrefix(body, test.body) {
				t.Errorf("status %d, body %q", response.StatusCode, body)
			}
			for name, want := range test.header {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
	response, _ := c.request("POST", host, "/", answering(`{"statusCode":200,"cookies":["a=1; Path=/","b=2"]}`), "Content-Type", "application/json")
	if got := response.Header.Values("Set-Cookie"); len(got) != 2 || got[0] != "a=1; Path=/" || got[1] != "b=2" {
		t.Errorf("cookies %q", got)
	}
	if response, body := c.request("GET", "x"+host[1:], "/", ""); response.StatusCode != 403 || body != `{"Message":"Forbidden"}` {
		t.Errorf("unknown host: %d %s", response.StatusCode, body)
	}
	if response, _ := c.request("GET", strings.Replace(host, "eu-west-2", "us-east-1", 1), "/", ""); response.StatusCode != 403 {
		t.Errorf("other region: %d", response.StatusCode)
	}
	if _, err := c.client.PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{
		FunctionName: aws.String("probe"), ReservedConcurrentExecutions: aws.Int32(0),
	}); err != nil {
		t.Fatal(err)
	}
	if response, _ := c.request("GET", host, "/", ""); response.StatusCode != 429 {
		t.Errorf("throttled: %d", response.StatusCode)
	}
	node := c.publish(sdk.CreateFunctionUrlConfigInput{FunctionName: aws.String("node"), AuthType: types.FunctionUrlAuthTypeNone})
	if response, _ := c.request("GET", node, "/", ""); response.StatusCode != 502 {
		t.Errorf("runtime that is not there: %d", response.StatusCode)
	}
}

func TestURLNeeds(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	host := c.publish(sdk.CreateFunctionUrlConfigInput{FunctionName: aws.String("probe"), AuthType: types.FunctionUrlAuthTypeAwsIam})
	_, body := c.request("GET", host, "/", "", "Authorization", "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/eu-west-2/lambda/aws4_request, Signature=0")
	var event urlEvent
	if err := json.Unmarshal([]byte(body), &event); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if iam := event.RequestContext.Authorizer.IAM; iam.AccessKey != "AKIAX" || iam.AccountID != account || iam.UserARN == "" {
		t.Errorf("authorizer %+v", iam)
	}
	want := []api.Access{
		{Action: "lambda:InvokeFunctionUrl", Resource: probeARN, Owner: account, Context: map[string][]string{"lambda:functionurlauthtype": {"AWS_IAM"}}},
		{Action: "lambda:InvokeFunction", Resource: probeARN, Owner: account, Context: map[string][]string{
			"lambda:functionurlauthtype": {"AWS_IAM"}, "lambda:invokedviafunctionurl": {"true"},
		}},
	}
	if diff := cmp.Diff(want, c.lastNeeded()); diff != "" {
		t.Error(diff)
	}
	c.mu.Lock()
	c.caller = api.Principal{Kind: api.Anonymous}
	c.mu.Unlock()
	if response, body := c.request("GET", host, "/", ""); response.StatusCode != 403 || body != `{"Message":"Forbidden"}` {
		t.Errorf("unsigned: %d %s", response.StatusCode, body)
	}
}

func TestURLCORS(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	host := c.publish(sdk.CreateFunctionUrlConfigInput{
		FunctionName: aws.String("probe"), AuthType: types.FunctionUrlAuthTypeAwsIam,
		Cors: &types.Cors{
			AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET", "PUT"}, AllowHeaders: []string{"x-key"},
			ExposeHeaders: []string{"x-out"}, AllowCredentials: aws.Bool(true), MaxAge: aws.Int32(60),
		},
	})
	preflight := func(origin string) http.Header {
		response, _ := c.request("OPTIONS", host, "/", "", "Origin", origin, "Access-Control-Request-Method", "PUT")
		if response.StatusCode != 200 || len(c.lastNeeded()) > 0 {
			t.Errorf("preflight: status %d, needed %v", response.StatusCode, c.lastNeeded())
		}
		return response.Header
	}
	allowed := preflight("https://a.example")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "https://a.example", "Access-Control-Allow-Methods": "GET,PUT", "Access-Control-Allow-Headers": "x-key",
		"Access-Control-Allow-Credentials": "true", "Access-Control-Max-Age": "60", "Access-Control-Expose-Headers": "x-out", "Vary": "Origin",
	} {
		if got := allowed.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if refused := preflight("https://b.example"); refused.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("headers for another origin: %v", refused)
	}
	event := answering(`{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"*"}}`)
	response, _ := c.request("PUT", host, "/", event, "Origin", "https://a.example", "Content-Type", "application/json")
	if got := response.Header.Get("Access-Control-Allow-Origin"); got != "https://a.example" {
		t.Errorf("origin %q in an answer", got)
	}
	response, _ = c.request("PUT", host, "/", event, "Origin", "https://b.example", "Content-Type", "application/json")
	if got := response.Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("origin %q in an answer to another", got)
	}
}

// A star allows everything. With credentials browsers take it for a name, so that the
// answer repeats what was asked for.
func TestURLCORSForAnyone(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	host := c.publish(sdk.CreateFunctionUrlConfigInput{
		FunctionName: aws.String("probe"), AuthType: types.FunctionUrlAuthTypeNone,
		Cors: &types.Cors{AllowOrigins: []string{"*"}, AllowMethods: []string{"*"}, AllowHeaders: []string{"*"}},
	})
	for credentials, origin := range map[bool]string{false: "*", true: "https://a.example"} {
		if _, err := c.client.UpdateFunctionUrlConfig(t.Context(), &sdk.UpdateFunctionUrlConfigInput{
			FunctionName: aws.String("probe"), Cors: &types.Cors{
				AllowOrigins: []string{"*"}, AllowMethods: []string{"*"}, AllowHeaders: []string{"*"}, AllowCredentials: &credentials,
			},
		}); err != nil {
			t.Fatal(err)
		}
		response, _ := c.request("OPTIONS", host, "/", "", "Origin", "https://a.example",
			"Access-Control-Request-Method", "DELETE", "Access-Control-Request-Headers", "x-a,x-b")
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "DELETE", "Access-Control-Allow-Headers": "x-a,x-b",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("with credentials %v %s is %q, want %q", credentials, name, got, want)
			}
		}
	}
	// What is no preflight goes to the function.
	if response, body := c.request("OPTIONS", host, "/", answering(`{"statusCode":299}`), "Content-Type", "application/json"); response.StatusCode != 299 {
		t.Errorf("OPTIONS answers %s %s", response.Status, body)
	}
}

func TestStreamedAnswer(t *testing.T) {
	whole := outcome{
		contentType: "application/vnd.awslambda.http-integration-response",
		payload:     []byte(`{"statusCode":418,"headers":{"X-A":"b"},"cookies":["c=d"]}` + "\x00\x00\x00\x00\x00\x00\x00\x00a\x00body"),
	}
	got, err := streamedAnswer(whole)
	if err != nil || got.status != 418 || got.headers["X-A"] != "b" || got.cookies[0] != "c=d" || string(got.body) != "a\x00body" {
		t.Errorf("got %+v, error %v", got, err)
	}
	if got, err := streamedAnswer(outcome{payload: []byte("raw")}); err != nil || got.status != 200 || string(got.body) != "raw" {
		t.Errorf("got %+v, error %v", got, err)
	}
	whole.payload = []byte(`{"statusCode":200}`)
	if _, err := streamedAnswer(whole); err == nil {
		t.Error("a stream without its separator was taken")
	}
}

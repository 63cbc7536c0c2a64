package edge

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"
)

func js(runtime, body string) *Function {
	return &Function{Name: "f", Runtime: runtime, Code: "function handler(event) {\n" + body + "\n}"}
}

func TestViewerRequestFunction(t *testing.T) {
	all := OriginRequestPolicy{
		Headers: Selection{SelectAllExcept, []string{"Host"}}, Cookies: Selection{Mode: SelectAll}, QueryStrings: Selection{Mode: SelectAll},
	}
	viewer := []string{"Cookie", "a=1; b=2; a=3", "Accept", "x/y", "Accept", "y/z", "X-Real-Ip", "10.0.0.1"}
	for name, tc := range map[string]struct {
		code    string
		status  int
		result  string
		address string // that the origin is asked for
		headers map[string]string
	}{
		"unchanged": {
			`return event.request`, 200, "Miss", "/a%2Fb?q=1&q=2&%C3%A4=x%20y&e=",
			map[string]string{"Cookie": "a=1; b=2; a=3", "Accept": "x/y|y/z"},
		},
		"uri":          {`var r = event.request; if (r.uri.endsWith('b')) { r.uri += '/index.html' } return r`, 200, "Miss", "/a%2Fb/index.html?q=1&q=2&%C3%A4=x%20y&e=", nil},
		"uri, raw":     {`event.request.uri = '/ä b?c'; return event.request`, 200, "Miss", "/%C3%A4%20b%3Fc?q=1&q=2&%C3%A4=x%20y&e=", nil},
		"query":        {`delete event.request.querystring.q; event.request.querystring.z = {value: '9'}; return event.request`, 200, "Miss", "/a%2Fb?%C3%A4=x%20y&e&z=9", nil},
		"multi first":  {`event.request.querystring.q.value = '7'; return event.request`, 200, "Miss", "/a%2Fb?q=7&q=2&%C3%A4=x%20y&e", nil},
		"multi":        {`event.request.querystring = {q: {value: '7', multiValue: [{value: '8'}, {value: '9'}]}}; return event.request`, 200, "Miss", "/a%2Fb?q=8&q=9", nil},
		"single again": {`event.request.querystring = {q: {value: '7'}}; return event.request`, 200, "Miss", "/a%2Fb?q=7", nil},
		"headers": {
			`var h = event.request.headers; h['x-new'] = {value: h.host.value + ' ' + h.accept.multiValue.length}; delete h.accept; delete event.request.cookies.b; return event.request`,
			200, "Miss", "",
			map[string]string{"X-New": host + " 2", "Accept": "", "Cookie": "a=1; a=3"},
		},
		"hidden stay": {`event.request.headers['x-seen'] = {value: String('x-real-ip' in event.request.headers)}; return event.request`, 200, "Miss", "", map[string]string{"X-Seen": "false"}},
		"context": {
			`var c = event.context; event.request.headers['x-c'] = {value: [event.version, c.eventType, c.distributionDomainName, c.distributionId, c.requestId.length, event.viewer.ip, event.request.method].join(' ')}; return event.request`,
			200, "Miss", "",
			map[string]string{"X-C": "1.0 viewer-request " + host + " EDFDVBD6EXAMPLE 56 192.0.2.1 GET"},
		},
		"response": {`return {statusCode: 302, statusDescription: 'Found', headers: {location: {value: '/x'}}, cookies: {c: {value: '1', attributes: 'Secure; Path=/'}}}`, 302, "FunctionGeneratedResponse", "", nil},

		"exception":         {`return event.nothing.there`, 503, "FunctionExecutionError", "", nil},
		"thrown":            {`throw 'x'`, 503, "FunctionExecutionError", "", nil},
		"endless":           {`while (true) {}`, 503, "FunctionExecutionError", "", nil},
		"recursion":         {`function f() { return f() } return f()`, 503, "FunctionExecutionError", "", nil},
		"evaluation":        {`return eval('event.request')`, 503, "FunctionExecutionError", "", nil},
		"constructor":       {`return (function () {}).constructor('return 1')()`, 503, "FunctionExecutionError", "", nil},
		"timer":             {`setTimeout(function () {}, 1); return event.request`, 503, "FunctionExecutionError", "", nil},
		"cycle":             {`event.request.self = event.request; return event.request`, 503, "FunctionExecutionError", "", nil},
		"nothing":           {``, 503, "FunctionValidationError", "", nil},
		"string":            {`return 'x'`, 503, "FunctionValidationError", "", nil},
		"method":            {`event.request.method = 'PUT'; return event.request`, 503, "FunctionValidationError", "", nil},
		"uri without slash": {`event.request.uri = 'x'; return event.request`, 503, "FunctionValidationError", "", nil},
		"long uri":          {`event.request.uri = '/' + 'x'.repeat(8192); return event.request`, 503, "FunctionValidationError", "", nil},
		"query with space":  {`event.request.querystring = {q: {value: 'a b'}}; return event.request`, 503, "FunctionValidationError", "", nil},
		"number as value":   {`event.request.headers['x-n'] = {value: 1}; return event.request`, 503, "FunctionValidationError", "", nil},
		"header as string":  {`event.request.headers['x-n'] = 'v'; return event.request`, 503, "FunctionValidationError", "", nil},
		"line break":        {`event.request.headers['x-n'] = {value: 'a\r\nb: c'}; return event.request`, 503, "FunctionValidationError", "", nil},
		"upper case":        {`event.request.headers['X-N'] = {value: 'a'}; return event.request`, 503, "FunctionValidationError", "", nil},
		"status":            {`return {statusCode: 99}`, 503, "FunctionValidationError", "", nil},
		"status as text":    {`return {statusCode: '200'}`, 503, "FunctionValidationError", "", nil},
		"bad base64":        {`return {statusCode: 200, body: {encoding: 'base64', data: '!'}}`, 503, "FunctionValidationError", "", nil},
		"bad encoding":      {`return {statusCode: 200, body: {encoding: 'utf8', data: 'x'}}`, 503, "FunctionValidationError", "", nil},
		"read-only changed": {`event.request.headers.host.value = 'x'; return event.request`, 502, "FunctionValidationError", "", nil},
		"read-only deleted": {`delete event.request.headers.host; return event.request`, 502, "FunctionValidationError", "", nil},
		"read-only added":   {`event.request.headers.via = {value: 'x'}; return event.request`, 502, "FunctionValidationError", "", nil},
		"disallowed":        {`event.request.headers['x-edge-x'] = {value: 'x'}; return event.request`, 502, "FunctionValidationError", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, Distribution{Default: Behaviour{ViewerRequest: js(RuntimeJS1, tc.code), OriginRequest: all}}, echo)
			response := r.get("/a%2Fb?q=1&q=2&%C3%A4=x%20y&e=", viewer...)
			want(t, response, tc.status, tc.result, "")
			if tc.result != "Miss" {
				if len(r.calls) != 0 {
					t.Error("the origin was asked")
				}
				if tc.status >= 500 && len(r.logs) != 1 {
					t.Errorf("logs are %v", r.logs)
				}
				return
			}
			got := r.calls[0].Request
			if tc.address != "" && got.URL.RequestURI() != tc.address {
				t.Errorf("the origin is asked for %s, not %s", got.URL.RequestURI(), tc.address)
			}
			for name, value := range tc.headers {
				if is := strings.Join(got.Header.Values(name), "|"); is != value {
					t.Errorf("%s is %q, not %q", name, is, value)
				}
			}
		})
	}
	r := newRig(t, Distribution{Default: Behaviour{ViewerRequest: js(RuntimeJS1,
		`return {statusCode: 200, headers: {'x-a': {value: '1', multiValue: [{value: '1'}, {value: '2'}]}}, cookies: {c: {value: '1', attributes: 'Secure; Path=/'}}, body: {encoding: 'base64', data: 'aGVsbG8='}}`)}}, echo)
	response := r.get("/")
	if h := response.Header; h.Get("Set-Cookie") != "c=1; Secure; Path=/" || len(h.Values("X-A")) != 2 || h.Get("Content-Length") != "5" {
		t.Errorf("headers are %v", h)
	}
	want(t, response, 200, "FunctionGeneratedResponse", "hello")
}

func TestRuntime2(t *testing.T) {
	for name, tc := range map[string]struct{ code, want string }{
		"async":       {`async function handler(event) { const r = await Promise.resolve(event.request); r.uri = '/async'; return r }`, "GET site.example.com /async"},
		"arrow":       {`const handler = async ({request}) => ({...request, uri: '/arrow'});`, "GET site.example.com /arrow"},
		"import":      {"import crypto from 'crypto';\nfunction handler(event) { event.request.uri = '/' + crypto.createHash('sha256').update('a').update('b').digest('hex').slice(0, 8); return event.request }", "GET site.example.com /fb8e20fc"},
		"hmac":        {`const c = require('crypto'); function handler(event) { event.request.uri = '/' + c.createHmac('md5', 'k').update('a').digest('base64url'); return event.request }`, "GET site.example.com /3c89IQBJ5xNfYa_65zcxzQ"},
		"base64":      {`function handler(event) { event.request.uri = '/' + atob(btoa('plain')); return event.request }`, "GET site.example.com /plain"},
		"querystring": {`const q = require('querystring'); function handler(event) { event.request.uri = '/' + q.stringify(q.parse('a=1&b=x%20y&a=2')); return event.request }`, "GET site.example.com /a=1&a=2&b=x%20y"},
		"clock":       {`function handler(event) { const begun = Date.now(); for (let i = 0; i < 10000; i++); event.request.uri = '/' + (Date.now() - begun) + new Date().toISOString(); return event.request }`, "GET site.example.com /02026-03-01T12:00:00.000Z"},

		"rejected":      {`async function handler(event) { throw new Error('no') }`, "503"},
		"never settled": {`async function handler(event) { await new Promise(() => {}) }`, "503"},
		"no handler":    {`function other(event) { return event.request }`, "503"},
		"syntax":        {`function handler(event) {`, "503"},
		"module":        {"import cf from 'cloudfront';\nfunction handler(event) { return event.request }", "503"},
		"too large":     {"function handler(event) { return event.request } //" + strings.Repeat("x", MaxFunctionSize), "503"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, Distribution{Default: Behaviour{ViewerRequest: &Function{Name: "f", Runtime: RuntimeJS2, Code: tc.code}}}, echo)
			for range 2 { // the second time it is compiled already
				response := r.get("/")
				body := text(t, response)
				if tc.want == "503" {
					if response.StatusCode != 503 || response.Header.Get("X-Cache") != "FunctionExecutionError from cloudfront" {
						t.Errorf("%d: %s", response.StatusCode, body)
					}
				} else if body != tc.want {
					t.Errorf("%d: %s; logs %v", response.StatusCode, body, r.logs)
				}
			}
		})
	}
}

// One run leaves nothing for the next, though a function may break all it can reach.
func TestRunsAreIsolated(t *testing.T) {
	r := newRig(t, Distribution{Default: Behaviour{ViewerRequest: &Function{Name: "f", Runtime: RuntimeJS2, Code: `
		var runs = 0; JSON.stringify = () => 'broken'; JSON.parse = null;
		function handler(event) { globalThis.left = (globalThis.left || 0) + 1; event.request.uri = '/' + (++runs) + left; return event.request }`}}}, echo)
	for range 3 {
		want(t, r.get("/"), 200, "Miss", "GET site.example.com /11")
	}
}

func TestViewerResponseFunction(t *testing.T) {
	for name, tc := range map[string]struct {
		code   string
		status int
		result string
		body   string
		header map[string]string
	}{
		"headers": {
			`var r = event.response; r.headers['x-new'] = {value: [r.statusCode, r.statusDescription, r.headers['content-length'].value, event.request.uri, 'set-cookie' in r.headers].join(' ')}; delete r.headers['x-origin']; return r`,
			200, "Hit", "hello",
			map[string]string{"X-New": "200 OK 5 /x false", "X-Origin": "", "Content-Length": "5", "Set-Cookie": "a=1; Secure|a=2"},
		},
		"cookies":   {`event.response.cookies.a.value = '9'; event.response.cookies.b = {value: '3', attributes: 'HttpOnly'}; return event.response`, 200, "Hit", "hello", map[string]string{"Set-Cookie": "a=9; Secure|a=2|b=3; HttpOnly"}},
		"body":      {`event.response.body = 'other'; event.response.statusCode = 201; return event.response`, 201, "Hit", "other", map[string]string{"Content-Length": "5"}},
		"no body":   {`event.response.body = {encoding: 'text', data: ''}; return event.response`, 200, "Hit", "", map[string]string{"Content-Length": "0"}},
		"request":   {`return event.request`, 503, "FunctionValidationError", "", nil},
		"read-only": {`event.response.headers.warning = {value: 'x'}; return event.response`, 502, "FunctionValidationError", "", nil},
		"exception": {`throw new Error('x')`, 503, "FunctionExecutionError", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, Distribution{
				Default: Behaviour{Cache: caching, OriginRequest: OriginRequestPolicy{Cookies: Selection{Mode: SelectAll}}, ViewerResponse: js(RuntimeJS1, tc.code)},
			}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Origin", "1")
				w.Header()["Set-Cookie"] = []string{"a=1; Secure", "a=2"}
				_, _ = io.WriteString(w, "hello")
			})
			_ = r.get("/x")
			response := r.get("/x")
			want(t, response, tc.status, tc.result, tc.body)
			for name, value := range tc.header {
				if got := strings.Join(response.Header.Values(name), "|"); got != value {
					t.Errorf("%s is %q, not %q", name, got, value)
				}
			}
		})
	}
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
func TestViewerResponseFunctionDoesNotSeeErrors(t *testing.T) {
	r := newRig(t, Distribution{
		ErrorResponses: []ErrorResponse{{Code: 404, ResponseCode: 200, PagePath: "/page"}},
		Default:        Behaviour{ViewerResponse: js(RuntimeJS1, `throw new Error('x')`)},
	}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/page" {
			w.WriteHeader(404)
		}
	})
	want(t, r.get("/gone"), 200, "Error", "")
}

func TestFunctionLogs(t *testing.T) {
	r := newRig(t, Distribution{Default: Behaviour{ViewerRequest: js(RuntimeJS1,
		`console.log('one', 2, event.request.uri); for (var i = 0; i < 3000; i++) { console.log('12345678') } return event.request`)}}, echo)
	response := r.get("/x")
	want(t, response, 200, "Miss", "")
	if len(r.logs) != 1 {
		t.Fatalf("%d logs", len(r.logs))
	}
	got := r.logs[0]
	if got.Function != "f" || got.DistributionID != r.distribution.ID || got.RequestID != response.Header.Get("X-Amz-Cf-Id") || got.Lines[0] != "one 2 /x" || !got.Time.Equal(r.now) {
		t.Errorf("%s of %s, request %s: %s", got.Function, got.DistributionID, got.RequestID, got.Lines[0])
	}
	if size := len(strings.Join(got.Lines, "")); size != maxLogSize {
		t.Errorf("%d bytes were logged", size)
	}
}

func TestRunFunction(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const event = `{"version":"1.0","context":{"eventType":"viewer-request"},"viewer":{"ip":"1.2.3.4"},` +
		`"request":{"method":"GET","uri":"/x","querystring":{},"headers":{"host":{"value":"h"}},"cookies":{}}}`
	for name, tc := range map[string]struct {
		function *Function
		event    string
		output   string
		err      string // part of it
		logs     int
	}{
		"request": {js(RuntimeJS1, `console.log('a'); event.request.uri = '/y'; return event.request`), event, `{"request":{"method":"GET","uri":"/y","querystring":{},"headers":{"host":{"value":"h"}},"cookies":{}}}`, "", 1},
		"response": {
			js(RuntimeJS1, `return {statusCode: 302, statusDescription: 'Found', headers: {location: {value: '/'}}}`), event,
			`{"response":{"statusCode":302,"statusDescription":"Found","headers":{"location":{"value":"/"}},"cookies":{}}}`, "", 0,
		},
		"viewer response": {
			js(RuntimeJS2, `return event.response`), `{"context":{"eventType":"viewer-response"},"response":{"statusCode":200,"headers":{}}}`,
			`{"response":{"statusCode":200,"headers":{},"cookies":{}}}`, "", 0,
		},
		"exception":    {js(RuntimeJS1, `console.log('a'); return x`), event, "", "ReferenceError: x is not defined", 1},
		"invalid":      {js(RuntimeJS1, `return {}`), event, "", "request.method is read-only", 0},
		"syntax":       {js(RuntimeJS1, `return {`), event, "", "SyntaxError", 0},
		"no event":     {js(RuntimeJS1, ``), `[`, "", "not valid", 0},
		"other event":  {js(RuntimeJS1, ``), `{"context":{"eventType":"origin-request"}}`, "", "origin-request", 0},
		"recursion":    {js(RuntimeJS1, `function f() { return f() } return f()`), event, "", "call stack", 0},
		"endless loop": {js(RuntimeJS1, `for (;;);`), event, "", "compute limit", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := RunFunction(t.Context(), *tc.function, []byte(tc.event), now)
			if string(got.Output) != tc.output || !strings.Contains(got.Error, tc.err) || (got.Error == "") != (tc.err == "") || len(got.Logs) != tc.logs {
				t.Errorf("output %s, error %q, logs %v", got.Output, got.Error, got.Logs)
			}
			if name == "endless loop" && got.Compute != 100 || got.Compute < 0 || got.Compute > 100 {
				t.Errorf("compute utilisation is %d", got.Compute)
			}
		})
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if got := RunFunction(stopped, *js(RuntimeJS1, `for (;;);`), []byte(event), now); !strings.Contains(got.Error, "stopped") {
		t.Errorf("error is %q", got.Error)
	}
}

func TestMemoryLimit(t *testing.T) {
	vm := goja.New()
	stop := watch(t.Context(), vm, 8<<20)
	defer stop()
	_, err := vm.RunString(`var all = []; for (;;) { all.push(new Uint8Array(1000000)) }`)
	if err == nil || !strings.Contains(err.Error(), "memory limit") {
		t.Errorf("error is %v", err)
	}
}

// Whatever a function returns, it becomes a request or a response that fits on its
// lines, or an error.
func FuzzOutcome(f *testing.F) {
	for _, seed := range []string{
		`{"method":"GET","uri":"/x","querystring":{"a":{"value":"1","multiValue":[{"value":"1"},{"value":"2"}]}},"headers":{"host":{"value":"h"},"x-a":{"value":"b"}},"cookies":{"c":{"value":"d"}}}`,
		`{"statusCode":200,"headers":{"a":{"value":"b"}},"cookies":{"c":{"value":"d","attributes":"Path=/"}},"body":{"encoding":"base64","data":"aGk="}}`,
		`{"statusCode":302,"body":"x"}`, `null`, `[]`, `{"method":"GET","uri":"/","headers":null}`, `{"method":"GET","uri":"/%zz","headers":{"host":{"value":"h"}}}`, ``,
	} {
		f.Add(seed, "q=1&q=2&x", "a=1; b")
	}
	f.Add("", "\xd1=\xd2", "\xd1; \xd2")
	f.Fuzz(func(t *testing.T, result, query, cookies string) {
		before := http.Header{"Cookie": {cookies}, "X-A": {"1", "2"}}
		e := event{Context: eventContext{EventType: viewerRequest}, Request: eventRequest{
			Method: "GET", URI: "/x", QueryString: queryFields(query), Headers: append(headerFields(before), field{"host", single("h")}), Cookies: cookieFields(before),
		}}
		encoded, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var decoded event
		if err := json.Unmarshal(encoded, &decoded); err != nil {
			t.Fatalf("%s: %v", encoded, err)
		}
		out, failure := decodeOutcome(e, []byte(result))
		if failure != nil {
			if failure.status < 500 || failure.kind == "" {
				t.Errorf("failure is %+v", failure)
			}
			return
		}
		if out.Request == nil {
			check(t, out.Response.header(eventResponse{}, http.Header{}))
			return
		}
		r := request(http.MethodGet, "/x")
		r.Header, r.URL.RawQuery = before, query
		out.Request.apply(e.Request, r)
		if !strings.HasPrefix(r.URL.EscapedPath(), "/") || hasControl(r.URL.RequestURI()) {
			t.Errorf("the address is %q", r.URL.RequestURI())
		}
		delete(r.Header, "Cookie") // an unchanged one is the viewer's own
		check(t, r.Header)
	})
}

func check(t *testing.T, h http.Header) {
	t.Helper()
	err := h.Write(io.Discard)
	for name, values := range h {
		if name == "" || hasControl(strings.Join(values, "")) {
			err = errors.Join(err, errors.New("it ends its line"))
		}
	}
	if err != nil {
		t.Errorf("%v: %v", h, err)
	}
}

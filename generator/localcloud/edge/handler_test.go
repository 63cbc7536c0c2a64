package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRefusals(t *testing.T) {
	d := Distribution{
		Default: Behaviour{AllowedMethods: []string{"GET", "HEAD"}, ViewerProtocol: AllowAll},
		Behaviours: []Behaviour{
			{PathPattern: "/redirected*", OriginID: "site", AllowedMethods: viewerMethods, ViewerProtocol: RedirectToHTTPS},
			{PathPattern: "/secure", OriginID: "site", AllowedMethods: viewerMethods, ViewerProtocol: OnlyHTTPS},
			{PathPattern: "/lost", OriginID: "nowhere", AllowedMethods: viewerMethods},
		},
	}
	r := newRig(t, d, echo)
	withBody := request(http.MethodGet, "/")
	withBody.Body, withBody.ContentLength = io.NopCloser(strings.NewReader("x")), 1
	for name, tc := range map[string]struct {
		request *http.Request
		status  int
		result  string
		body    string // part of it
	}{
		"fine":           {request("GET", "/x?a=b"), 200, "Miss", "GET site.example.com /x"},
		"unknown host":   {request("GET", "https://other.cloudfront.net/"), 403, "Error", "Bad request."},
		"upper case":     {request("GET", "https://D111111ABCDEF8.cloudfront.net:8443/"), 200, "Miss", ""},
		"method":         {request("POST", "/"), 403, "Error", "supports only cachable requests"},
		"strange method": {request("TRACE", "/"), 405, "Error", "405 ERROR"},
		"body of a GET":  {withBody, 403, "Error", "Bad request."},
		"redirect":       {request("GET", "http://"+host+"/redirected?a=b"), 301, "Redirect", "301 Moved"},
		"redirect post":  {request("POST", "http://"+host+"/redirected"), 307, "Redirect", ""},
		"https only":     {request("GET", "http://"+host+"/secure"), 403, "Error", ""},
		"https":          {request("GET", "/secure"), 200, "Miss", ""},
		"too long":       {request("GET", "/"+strings.Repeat("x", maxURI)), 413, "Error", ""},
		"no origin":      {request("GET", "/lost"), 502, "Error", "able to connect"},
	} {
		t.Run(name, func(t *testing.T) {
			response := r.do(tc.request)
			body := text(t, response)
			if response.StatusCode != tc.status || response.Header.Get("X-Cache") != tc.result+" from cloudfront" || !strings.Contains(body, tc.body) {
				t.Errorf("%d, %s: %s", response.StatusCode, response.Header.Get("X-Cache"), body)
			}
			id := response.Header.Get("X-Amz-Cf-Id")
			if len(id) != 56 || response.Header.Get("X-Amz-Cf-Pop") == "" || !strings.HasSuffix(response.Header.Get("Via"), ".cloudfront.net (CloudFront)") {
				t.Errorf("headers are %v", response.Header)
			}
			if tc.result == "Error" && !strings.Contains(body, id) {
				t.Errorf("the page does not name request %s", id)
			}
		})
	}
	if got := r.get("http://" + host + "/redirected?a=b").Header.Get("Location"); got != "https://"+host+"/redirected?a=b" {
		t.Errorf("Location is %q", got)
	}
	r.distribution.Enabled = false
	want(t, r.get("/"), 403, "Error", "")
}

func TestDefaultRootObject(t *testing.T) {
	r := newRig(t, Distribution{DefaultRootObject: "index.html"}, echo)
	want(t, r.get("/"), 200, "Miss", "GET site.example.com /index.html")
	want(t, r.get("/sub/"), 200, "Miss", "GET site.example.com /sub/")
}

func TestForwardedRequest(t *testing.T) {
	viewer := []string{
		"User-Agent", "Mozilla (iPhone)", "Accept", "text/html", "X-Mine", "1", "Cookie", "a=1; b=2", "Cookie", "c=3", "Authorization", "Basic eA==",
		"Accept-Encoding", "gzip, deflate, br", "X-Forwarded-For", "203.0.113.9", "Connection", "close", "X-Edge-Trick", "1",
		"Cloudfront-Forwarded-Proto", "lie", "Content-Type", "text/x", "Te", "trailers",
	}
	for name, tc := range map[string]struct {
		behaviour Behaviour
		header    map[string]string
		host      string
		query     string
	}{
		"nothing": {
			header: map[string]string{
				"User-Agent": "Amazon CloudFront", "Accept": "", "X-Mine": "", "Cookie": "", "Authorization": "", "Accept-Encoding": "",
				"X-Forwarded-For": "203.0.113.9, 192.0.2.1", "Content-Type": "text/x", "X-Origin": "secret",
			},
			host: "site.example.com",
		},
		"named": {
			behaviour: Behaviour{
				Cache: CachePolicy{Headers: Selection{SelectNamed, []string{"x-mine", "CloudFront-Forwarded-Proto"}}, Gzip: true, QueryStrings: Selection{SelectNamed, []string{"q"}}},
				OriginRequest: OriginRequestPolicy{
					Cookies: Selection{SelectNamed, []string{"a", "c"}}, Headers: Selection{SelectNamed, []string{"CloudFront-Is-Mobile-Viewer"}},
					QueryStrings: Selection{SelectNamed, []string{"p"}},
				},
			},
			header: map[string]string{
				"X-Mine": "1", "Accept": "", "Cookie": "a=1; c=3", "Accept-Encoding": "gzip", "Cloudfront-Forwarded-Proto": "https",
				"Cloudfront-Is-Mobile-Viewer": "true", "Cloudfront-Is-Desktop-Viewer": "",
			},
			host:  "site.example.com",
			query: "q=1&p=2",
		},
		"all viewer": {
			behaviour: Behaviour{OriginRequest: OriginRequestPolicy{
				Headers: Selection{Mode: SelectAll}, Cookies: Selection{Mode: SelectAll}, QueryStrings: Selection{Mode: SelectAll},
			}},
			header: map[string]string{
				"User-Agent": "Mozilla (iPhone)", "Accept": "text/html", "Cookie": "a=1; b=2; c=3", "Authorization": "Basic eA==",
				"Accept-Encoding": "gzip, deflate, br", "Connection": "", "X-Edge-Trick": "", "Cloudfront-Forwarded-Proto": "", "Te": "",
			},
			host:  host,
			query: "q=1&p=2&r=3",
		},
		"all but host": {
			behaviour: Behaviour{OriginRequest: OriginRequestPolicy{
				Headers: Selection{SelectAllExcept, []string{"host"}}, Cookies: Selection{SelectAllExcept, []string{"b"}},
				QueryStrings: Selection{SelectAllExcept, []string{"p"}},
			}},
			header: map[string]string{"Accept": "text/html", "Cookie": "a=1; c=3"},
			host:   "site.example.com",
			query:  "q=1&r=3",
		},
		"all and made": {
			behaviour: Behaviour{OriginRequest: OriginRequestPolicy{Headers: Selection{SelectAllAndNamed, []string{"CloudFront-Viewer-Address"}}}},
			header:    map[string]string{"Accept": "text/html", "Cloudfront-Viewer-Address": "192.0.2.1:1234"},
			host:      host,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, Distribution{
				Default: tc.behaviour,
				Origins: []Origin{{ID: "site", DomainName: "site.example.com", Headers: []Header{{Name: "X-Origin", Value: "secret"}}, Protocol: HTTPSOnly, HTTPSPort: 8443}},
			}, echo)
			want(t, r.get("/?q=1&p=2&r=3", viewer...), 200, "Miss", "")
			got := r.calls[0].Request
			for name, value := range tc.header {
				if got.Header.Get(name) != value {
					t.Errorf("%s is %q, not %q", name, got.Header.Get(name), value)
				}
			}
			if got.Host != tc.host || got.URL.RawQuery != tc.query || got.URL.Host != "site.example.com:8443" || got.URL.Scheme != "https" {
				t.Errorf("host %s, address %s", got.Host, got.URL)
			}
			if got.Header.Get("Via") == "" || got.Header.Get("X-Amz-Cf-Id") == "" {
				t.Errorf("headers are %v", got.Header)
			}
		})
	}
}

// A request that waits for the origin longer than it may is a 504; a connection that
// fails is a 502. Both are kept like an origin's own errors.
func TestOriginFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		status int
	}{
		"refused":  {errors.New("connection refused"), 502},
		"deadline": {context.DeadlineExceeded, 504},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, Distribution{}, echo)
			r.handler.config.Origins = failing{tc.err}
			want(t, r.get("/"), tc.status, "Error", "")
			r.handler.config.Origins = r
			want(t, r.get("/"), tc.status, "Error", "")
			r.advance(10 * time.Second)
			want(t, r.get("/"), 200, "Miss", "")
		})
	}
	t.Run("slow", func(t *testing.T) {
		r := newRig(t, Distribution{Origins: []Origin{{ID: "site", DomainName: "x", ReadTimeout: time.Millisecond}}},
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		want(t, r.get("/"), 504, "Error", "")
	})
}

type failing struct{ err error }

func (f failing) RoundTrip(context.Context, OriginCall) (*http.Response, error) { return nil, f.err }

// An origin that breaks off in the middle breaks the viewer's connection off.
func TestBrokenStream(t *testing.T) {
	r := newRig(t, Distribution{}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	edge := httptest.NewServer(r.handler)
	defer edge.Close()
	out, err := http.NewRequest(http.MethodGet, edge.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	out.Host = host
	response, err := edge.Client().Do(out)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("the whole answer is %q", body)
	}
}

func TestAccessControl(t *testing.T) {
	const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	for name, tc := range map[string]struct {
		control       AccessControl
		body          string
		headers       []string
		status        int
		signed        bool
		authorization string
	}{
		"none":               {AccessControl{}, "hello", nil, 200, false, "viewer"},
		"never":              {AccessControl{"lambda", SignNever}, "hello", nil, 200, false, "viewer"},
		"always":             {AccessControl{"lambda", SignAlways}, "hello", []string{"X-Amz-Content-Sha256", hello}, 200, true, ""},
		"no override":        {AccessControl{"lambda", SignNoOverride}, "hello", nil, 200, false, "viewer"},
		"hash missing":       {AccessControl{"lambda", SignAlways}, "hello", nil, 403, true, ""},
		"hash wrong":         {AccessControl{"lambda", SignAlways}, "hellO", []string{"X-Amz-Content-Sha256", hello}, 403, true, ""},
		"unsigned payload":   {AccessControl{"lambda", SignAlways}, "hello", []string{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}, 403, true, ""},
		"no body, no hash":   {AccessControl{"lambda", SignAlways}, "", nil, 200, true, ""},
		"bucket needs none":  {AccessControl{"s3", SignAlways}, "hello", nil, 200, true, ""},
		"bucket no override": {AccessControl{"s3", SignNoOverride}, "hello", nil, 200, false, "viewer"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, Distribution{
				Origins: []Origin{{ID: "o", DomainName: "o.example.com", AccessControl: tc.control}},
				Default: Behaviour{OriginRequest: OriginRequestPolicy{Headers: Selection{SelectAllExcept, []string{"Host"}}}},
			}, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
			out := httptest.NewRequest(http.MethodPost, "https://"+host+"/", strings.NewReader(tc.body))
			out.Header.Set("Authorization", "viewer")
			for i := 0; i < len(tc.headers); i += 2 {
				out.Header.Set(tc.headers[i], tc.headers[i+1])
			}
			response := r.do(out)
			body := text(t, response)
			if response.StatusCode != tc.status {
				t.Fatalf("%d: %s", response.StatusCode, body)
			}
			if tc.status == 403 {
				if !strings.Contains(body, "The request signature we calculated does not match") || len(r.calls) > 0 ||
					response.Header.Get("X-Amzn-Errortype") != "InvalidSignatureException" || response.Header.Get("X-Cache") != "Error from cloudfront" {
					t.Errorf("%v: %s; %d calls", response.Header, body, len(r.calls))
				}
				return
			}
			call := r.calls[0]
			if call.Signed != tc.signed || call.Request.Header.Get("Authorization") != tc.authorization || body != tc.body {
				t.Errorf("signed %v, authorization %q, body %q", call.Signed, call.Request.Header.Get("Authorization"), body)
			}
			if call.Distribution.ARN != r.distribution.ARN || call.Origin.ID != "o" {
				t.Errorf("the call is for %s of %s", call.Origin.ID, call.Distribution.ARN)
			}
		})
	}
}

func TestErrorPages(t *testing.T) {
	r := newRig(t, Distribution{
		Origins: []Origin{{ID: "api", DomainName: "api.example.com"}, {ID: "pages", DomainName: "pages.example.com"}},
		Behaviours: []Behaviour{
			{PathPattern: "/errors/*", OriginID: "pages", AllowedMethods: viewerMethods},
		},
		ErrorResponses: []ErrorResponse{
			{Code: 404, ResponseCode: 200, PagePath: "/errors/404.html", CachingMinTTL: time.Minute},
			{Code: 403, PagePath: "/errors/403.html"},
			{Code: 500, ResponseCode: 500, PagePath: "/errors/missing.html", NoCachingMinTTL: true},
			{Code: 502, CachingMinTTL: 0},
		},
		Default: Behaviour{Cache: caching},
	}, func(w http.ResponseWriter, r *http.Request) {
		switch r.Host + r.URL.Path {
		case "pages.example.com/errors/404.html", "pages.example.com/errors/403.html":
			_, _ = io.WriteString(w, "page "+r.URL.Path)
		case "api.example.com/403":
			w.WriteHeader(403)
		case "api.example.com/500":
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "broken")
		case "api.example.com/502":
			w.WriteHeader(502)
		default:
			w.WriteHeader(404)
		}
	})
	for _, tc := range []struct {
		method, path string
		status       int
		body         string
		calls        int // more, if it is asked once more at once
	}{
		{"GET", "/gone", 200, "page /errors/404.html", 0},
		{"POST", "/gone", 200, "page /errors/404.html", 2},
		{"GET", "/403", 403, "page /errors/403.html", 2}, // kept with a max-age only
		{"GET", "/500", 500, "broken", 0},
		{"GET", "/502", 502, "", 1},
	} {
		want(t, r.do(request(tc.method, tc.path)), tc.status, "Error", tc.body)
		before := len(r.calls)
		want(t, r.do(request(tc.method, tc.path)), tc.status, "Error", tc.body)
		if more := len(r.calls) - before; more != tc.calls {
			t.Errorf("%s %s: %d more calls, not %d", tc.method, tc.path, more, tc.calls)
		}
	}
	before := len(r.calls)
	r.advance(59 * time.Second)
	want(t, r.get("/gone"), 200, "Error", "")
	if len(r.calls) != before {
		t.Error("the error was not kept for its minimum TTL")
	}
	r.advance(time.Second)
	want(t, r.get("/gone"), 200, "Error", "")
	if len(r.calls) != before+2 {
		t.Error("the error was kept for more than its minimum TTL")
	}
}

// Many viewers at once get what each of them asked for.
func TestConcurrentViewers(t *testing.T) {
	r := newRig(t, Distribution{Default: Behaviour{
		Cache: caching, ViewerRequest: js(RuntimeJS1, `event.request.uri += '/f'; console.log('x'); return event.request`),
		ViewerResponse: js(RuntimeJS1, `event.response.headers['x-f'] = {value: event.request.uri}; return event.response`),
	}}, echo)
	var viewers sync.WaitGroup
	for i := range 40 {
		viewers.Go(func() {
			path := fmt.Sprintf("/%d", i%8)
			response := r.get(path)
			want(t, response, 200, "", "GET site.example.com "+path+"/f")
			if got := response.Header.Get("X-F"); got != path {
				t.Errorf("%s: the function saw %s", path, got)
			}
			r.handler.Invalidate(r.distribution.ID, []string{"/3*"})
		})
	}
	viewers.Wait()
}

package edge

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// rig is a handler with one distribution whose origins are an HTTP server.
type rig struct {
	t            *testing.T
	handler      *Handler
	distribution Distribution
	server       *httptest.Server

	mu    sync.Mutex
	now   time.Time
	calls []OriginCall
	logs  []FunctionLog
}

const host = "d111111abcdef8.cloudfront.net"

// newRig serves a distribution. What it leaves out has defaults: one custom origin, and
// a default behaviour that takes and forwards everything.
func newRig(t *testing.T, d Distribution, origin http.HandlerFunc) *rig {
	t.Helper()
	d.ID, d.Enabled = "EDFDVBD6EXAMPLE", true
	d.ARN = "arn:aws:cloudfront::111122223333:distribution/" + d.ID
	if d.DomainNames == nil {
		d.DomainNames = []string{host}
	}
	if d.Origins == nil {
		d.Origins = []Origin{{ID: "site", DomainName: "site.example.com", Protocol: HTTPOnly}}
	}
	if d.Default.OriginID == "" {
		d.Default.OriginID = d.Origins[0].ID
	}
	if d.Default.AllowedMethods == nil {
		d.Default.AllowedMethods = viewerMethods
	}
	r := &rig{t: t, distribution: d, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), server: httptest.NewServer(origin)}
	t.Cleanup(r.server.Close)
	r.handler = New(Config{
		Lookup: func(name string) (Distribution, bool) {
			for _, one := range r.distribution.DomainNames {
				if one == name {
					return r.distribution, true
				}
			}
			return Distribution{}, false
		},
		Origins: r,
		Now: func() time.Time {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.now
		},
		Logger: slog.New(slog.DiscardHandler),
		FunctionLog: func(l FunctionLog) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.logs = append(r.logs, l)
		},
	})
	return r
}

// RoundTrip implements [Origins].
func (r *rig) RoundTrip(_ context.Context, call OriginCall) (*http.Response, error) {
	r.mu.Lock()
	r.calls = append(r.calls, call)
	r.mu.Unlock()
	target, err := url.Parse(r.server.URL)
	if err != nil {
		return nil, err
	}
	out := call.Request.Clone(call.Request.Context())
	out.URL.Scheme, out.URL.Host = "http", target.Host
	return r.server.Client().Transport.RoundTrip(out)
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// request makes a request over HTTPS to a path, or to a whole address.
func request(method, target string, headers ...string) *http.Request {
	if strings.HasPrefix(target, "/") {
		target = "https://" + host + target
	}
	out := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		out.Header.Add(headers[i], headers[i+1])
	}
	return out
}

func (r *rig) do(out *http.Request) *http.Response {
	recorder := httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, out)
	return recorder.Result()
}

func (r *rig) get(target string, headers ...string) *http.Response {
	return r.do(request(http.MethodGet, target, headers...))
}

func text(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// want compares status, X-Cache (without "from cloudfront") and body; an empty result
// or body is not compared.
func want(t *testing.T, response *http.Response, status int, result, body string) {
	t.Helper()
	got := text(t, response)
	if response.StatusCode != status {
		t.Errorf("status is %d, not %d: %s", response.StatusCode, status, got)
	}
	if x := response.Header.Get("X-Cache"); result != "" && x != result+" from cloudfront" {
		t.Errorf("X-Cache is %q, not %s", x, result)
	}
	if body != "" && got != body {
		t.Errorf("body is %q, not %q", got, body)
	}
}

// caching keeps objects for a minute if their origin does not say how long.
var caching = CachePolicy{DefaultTTL: time.Minute, MaxTTL: time.Hour}

// echo tells which path and host it was asked for.
func echo(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, r.Method+" "+r.Host+" "+r.URL.RequestURI())
}

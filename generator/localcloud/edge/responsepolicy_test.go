package edge

import (
	"net/http"
	"strings"
	"testing"
)

func TestResponseHeaders(t *testing.T) {
	age, always, never := 600, 100.0, 0.0
	policy := ResponseHeadersPolicy{
		Security: SecurityHeaders{
			ContentSecurityPolicy:   &HeaderValue{Value: "default-src 'self'"},
			ContentTypeOptions:      &HeaderValue{Override: true},
			FrameOptions:            &HeaderValue{Value: "DENY", Override: true},
			StrictTransportSecurity: &StrictTransportSecurity{MaxAge: 63072000, IncludeSubdomains: true, Preload: true, Override: true},
			XSSProtection:           &XSSProtection{Protection: true, ModeBlock: true},
		},
		CORS: &CORS{
			AllowCredentials: true, AllowHeaders: []string{"X-A", "X-B"}, AllowMethods: []string{"ALL"}, ExposeHeaders: []string{"X-C"},
			AllowOrigins: []string{"https://app.example.org", "*.example.net"}, MaxAge: &age, OriginOverride: true,
		},
		Custom:       []Header{{Name: "X-Custom", Value: "policy"}, {Name: "X-Powered-By", Value: "us", Override: true}},
		Remove:       []string{"X-Powered-By", "Server"},
		ServerTiming: &always,
	}
	r := newRig(t, Distribution{Default: Behaviour{ResponseHeaders: &policy}}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "origin's")
		w.Header().Set("X-Frame-Options", "origin's")
		w.Header().Set("X-Custom", "origin's")
		w.Header().Set("X-Powered-By", "origin")
		w.Header().Set("Server", "origin")
		w.Header().Set("Access-Control-Allow-Origin", "null")
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("Vary", "Accept-Encoding, X-Unknown")
	})
	expect := func(h http.Header, wanted map[string]string) {
		t.Helper()
		for name, value := range wanted {
			if got := strings.Join(h.Values(name), "|"); got != value {
				t.Errorf("%s is %q, not %q", name, got, value)
			}
		}
	}
	expect(r.get("/").Header, map[string]string{
		"Content-Security-Policy": "origin's", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload", "X-Xss-Protection": "1; mode=block",
		"X-Custom": "origin's", "X-Powered-By": "us", "Server": "CloudFront", "Access-Control-Allow-Origin": "null",
		"Access-Control-Allow-Methods": "", "Set-Cookie": "", "Vary": "Accept-Encoding",
	})
	expect(r.get("/", "Origin", "https://app.example.org").Header, map[string]string{
		"Access-Control-Allow-Origin": "https://app.example.org", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Expose-Headers": "X-C", "Access-Control-Allow-Methods": "",
	})
	expect(r.do(request("OPTIONS", "/", "Origin", "http://a.example.net", "Access-Control-Request-Method", "PUT")).Header, map[string]string{
		"Access-Control-Allow-Origin": "http://a.example.net", "Access-Control-Allow-Methods": strings.Join(viewerMethods, ", "),
		"Access-Control-Allow-Headers": "X-A, X-B", "Access-Control-Max-Age": "600", "Access-Control-Expose-Headers": "",
	})
	expect(r.get("/", "Origin", "https://evil.example.com").Header, map[string]string{"Access-Control-Allow-Origin": "null"})
	if timing := r.get("/").Header.Get("Server-Timing"); !strings.Contains(timing, "cdn-cache-miss,cdn-pop") {
		t.Errorf("Server-Timing is %q", timing)
	}
	policy.ServerTiming = &never
	if timing := r.get("/").Header.Get("Server-Timing"); timing != "" {
		t.Errorf("Server-Timing is %q", timing)
	}
	if timing := r.get("/", "Pragma", "server-timing").Header.Get("Server-Timing"); timing == "" {
		t.Error("no Server-Timing for a viewer that asks")
	}
}

// What a policy adds for one viewer is not kept for the next.
func TestPolicyLeavesCacheAlone(t *testing.T) {
	policy := ResponseHeadersPolicy{CORS: &CORS{AllowOrigins: []string{"*.example.org"}}}
	r := newRig(t, Distribution{Default: Behaviour{Cache: caching, ResponseHeaders: &policy}}, echo)
	for i, result := range []string{"Miss", "Hit", "Hit", "Hit"} {
		origin, allowed := "https://app.example.org", "https://app.example.org"
		if i%2 == 1 {
			origin, allowed = "", ""
		}
		response := r.get("/", "Origin", origin)
		want(t, response, 200, result, "")
		if got := response.Header.Get("Access-Control-Allow-Origin"); got != allowed {
			t.Errorf("%s: allowed origin is %q, not %q", result, got, allowed)
		}
	}
}

package functionurl_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"sendform/examples/send/internal/functionurl"
)

// seen is what a handler sees of a request.
type seen struct {
	Method, Host, Path, Query, Remote, Cookie, Header, Body string
	Length                                                  int64
}

func TestRequest(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		event string
		want  seen
	}{
		"query, headers and cookies": {
			`{"version":"2.0","rawPath":"/api/a%20b","rawQueryString":"x=1&y=%2F",
			  "cookies":["a=1","b=2"],"headers":{"x-access-token":"one,two"},
			  "requestContext":{"domainName":"abc.lambda-url.eu-west-2.on.aws","http":{"method":"GET","sourceIp":"203.0.113.7"}}}`,
			seen{
				Method: "GET", Host: "abc.lambda-url.eu-west-2.on.aws", Path: "/api/a b", Query: "x=1&y=%2F",
				Remote: "203.0.113.7", Cookie: "a=1; b=2", Header: "one,two",
			},
		},
		"text body": {
			`{"rawPath":"/","body":"{\"a\":1}","requestContext":{"domainName":"h","http":{"method":"POST"}}}`,
			seen{Method: "POST", Host: "h", Path: "/", Body: `{"a":1}`, Length: 7},
		},
		"binary body": {
			`{"rawPath":"/","body":"AP8=","isBase64Encoded":true,"requestContext":{"domainName":"h","http":{"method":"PUT"}}}`,
			seen{Method: "PUT", Host: "h", Path: "/", Body: "\x00\xff", Length: 2},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var event events.LambdaFunctionURLRequest
			if err := json.Unmarshal([]byte(c.event), &event); err != nil {
				t.Fatal(err)
			}
			var got seen
			handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				got = seen{
					Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery, Remote: r.RemoteAddr,
					Cookie: r.Header.Get("Cookie"), Header: r.Header.Get("X-Access-Token"), Body: string(body), Length: r.ContentLength,
				}
			})
			if _, err := functionurl.Adapt(handler)(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnreadableRequest(t *testing.T) {
	t.Parallel()
	cases := map[string]events.LambdaFunctionURLRequest{
		"not base64": {RawPath: "/", Body: "*", IsBase64Encoded: true},
		"bad escape": {RawPath: "/%zz"},
		"bad method": {RawPath: "/", RequestContext: events.LambdaFunctionURLRequestContext{
			HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{Method: "GET /"},
		}},
	}
	for name, event := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was asked") })
			answer, err := functionurl.Adapt(handler)(t.Context(), event)
			if err != nil || answer.StatusCode != http.StatusBadRequest {
				t.Errorf("status %d, error %v", answer.StatusCode, err)
			}
		})
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		handler http.HandlerFunc
		want    events.LambdaFunctionURLResponse
	}{
		"JSON as text": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.WriteHeader(http.StatusCreated)
				_, _ = w.Write([]byte(`{"ok":true}`))
			},
			events.LambdaFunctionURLResponse{
				StatusCode: http.StatusCreated,
				Headers:    map[string]string{"Content-Type": "application/json; charset=utf-8"},
				Body:       `{"ok":true}`,
			},
		},
		"bytes as base64": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/octet-stream")
				_, _ = w.Write(bytes.Repeat([]byte{0}, 2))
				w.WriteHeader(http.StatusTeapot)
				_, _ = w.Write([]byte{255})
			},
			events.LambdaFunctionURLResponse{
				StatusCode:      http.StatusOK,
				Headers:         map[string]string{"Content-Type": "application/octet-stream"},
				Body:            "AAD/",
				IsBase64Encoded: true,
			},
		},
		"cookies and repeated headers": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Add("Set-Cookie", "a=1")
				w.Header().Add("Set-Cookie", "b=2")
				w.Header().Add("Vary", "Accept")
				w.Header().Add("Vary", "Origin")
				w.WriteHeader(http.StatusNoContent)
			},
			events.LambdaFunctionURLResponse{
				StatusCode:      http.StatusNoContent,
				Headers:         map[string]string{"Vary": "Accept,Origin"},
				Cookies:         []string{"a=1", "b=2"},
				IsBase64Encoded: true,
			},
		},
		"nothing": {
			func(http.ResponseWriter, *http.Request) {},
			events.LambdaFunctionURLResponse{StatusCode: http.StatusOK, Headers: map[string]string{}, IsBase64Encoded: true},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := functionurl.Adapt(c.handler)(t.Context(), events.LambdaFunctionURLRequest{RawPath: "/"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}

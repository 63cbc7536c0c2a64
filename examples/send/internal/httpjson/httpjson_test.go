package httpjson_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sendform/examples/send/internal/httpjson"
)

func TestRouter(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		method, path, body string
		wantStatus         int
		wantBody           string
		wantAllow          string
		wantLog            []string
	}{
		"answer":         {"GET", "/things/7", "", 200, `{"id":"7"}`, "", []string{`"route":"GET /things/{id}"`, `"status":200`}},
		"refusal":        {"GET", "/refused", "", 403, `{"error":"not yours"}`, "", []string{`"status":403`}},
		"failure":        {"GET", "/failed", "", 500, `{"error":"internal error"}`, "", []string{"disk on fire", `"status":500`}},
		"unavailable":    {"GET", "/unavailable", "", 503, `{"error":"try later"}`, "", []string{"no route", `"status":503`}},
		"unknown path":   {"GET", "/nowhere", "", 404, `{"error":"Not Found"}`, "", []string{`"status":404`}},
		"unknown method": {"DELETE", "/things/7", "", 405, `{"error":"Method Not Allowed"}`, "GET, HEAD", []string{`"status":405`}},
		"body":           {"POST", "/echo", `{"name":"a"}`, 200, `{"name":"a"}`, "", nil},
		"not JSON":       {"POST", "/echo", `name`, 400, `{"error":"the body is not the JSON that is expected here"}`, "", nil},
		"wrong type":     {"POST", "/echo", `{"name":1}`, 400, `{"error":"the body is not the JSON that is expected here"}`, "", nil},
		"empty body":     {"POST", "/echo", ``, 400, `{"error":"the body is not the JSON that is expected here"}`, "", nil},
		"long body":      {"POST", "/echo", `{"name":"` + strings.Repeat("a", 17<<10) + `"}`, 413, `{"error":"the body is larger than 16 KiB"}`, "", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			router := httpjson.NewRouter(slog.New(slog.NewJSONHandler(&log, nil)))
			router.Handle("GET /things/{id}", func(w http.ResponseWriter, r *http.Request) error {
				httpjson.Write(w, http.StatusOK, map[string]string{"id": r.PathValue("id")})
				return nil
			})
			router.Handle("GET /refused", func(http.ResponseWriter, *http.Request) error {
				return httpjson.Refuse(http.StatusForbidden, "not yours")
			})
			router.Handle("GET /failed", func(http.ResponseWriter, *http.Request) error { return errors.New("disk on fire") })
			router.Handle("GET /unavailable", func(http.ResponseWriter, *http.Request) error {
				return httpjson.Unavailable("try later", errors.New("no route"))
			})
			router.Handle("POST /echo", func(w http.ResponseWriter, r *http.Request) error {
				var body struct {
					Name string `json:"name"`
				}
				if err := httpjson.Read(w, r, &body); err != nil {
					return err
				}
				httpjson.Write(w, http.StatusOK, body)
				return nil
			})

			request := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			request.Header.Set("X-Access-Token", "secret-token")
			answer := httptest.NewRecorder()
			router.ServeHTTP(answer, request)

			if answer.Code != c.wantStatus {
				t.Errorf("status %d, want %d", answer.Code, c.wantStatus)
			}
			if got := strings.TrimSpace(answer.Body.String()); got != c.wantBody {
				t.Errorf("body %s, want %s", got, c.wantBody)
			}
			for header, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Allow": c.wantAllow} {
				if got := answer.Header().Get(header); got != want {
					t.Errorf("header %s is %q, want %q", header, got, want)
				}
			}
			for _, want := range c.wantLog {
				if !strings.Contains(log.String(), want) {
					t.Errorf("log %s does not say %s", log.String(), want)
				}
			}
			for _, secret := range []string{"secret-token", "things/7"} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("log %s says %s", log.String(), secret)
				}
			}
		})
	}
}

package user_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendform/examples/send/internal/objectstest"
	"sendform/examples/send/internal/user"
)

// owners judges tokens: token to owner. A token named "down" cannot be judged.
type owners map[string]string

func (o owners) Validate(_ context.Context, token string) (string, bool, error) {
	if token == "down" {
		return "", false, errors.New("Admin does not answer")
	}
	owner, valid := o[token]
	return owner, valid, nil
}

func now() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 999, time.UTC) }

const (
	// created, uploaded and complete are transfers of Ann's in these states.
	created  = "11111111111111111111111111111111"
	uploaded = "22222222222222222222222222222222"
	complete = "33333333333333333333333333333333"
	// lost is complete by its metadata, and its content is gone.
	lost = "44444444444444444444444444444444"
	// broken has metadata that is no JSON.
	broken  = "55555555555555555555555555555555"
	unknown = "99999999999999999999999999999999"

	metaCreated  = `{"owner":"ann","state":"created","created":"2026-11-23T08:00:00Z","size":0,"sha256":""}`
	viewCreated  = `{"state":"created","created":"2026-11-23T08:00:00Z","size":0,"sha256":""}`
	metaComplete = `{"owner":"ann","state":"complete","created":"2026-11-23T08:00:00Z","size":5,"sha256":"9fe6f5ee4f54e08d05ac79ec6d86c1e00b3a3fc35cd9ed0ec68dbe3bae93d99f"}`
)

func bucket(t *testing.T) *objectstest.Bucket {
	t.Helper()
	var bucket objectstest.Bucket
	for key, body := range map[string]string{
		created + "/meta.json":  metaCreated,
		uploaded + "/meta.json": metaCreated,
		uploaded + "/content":   "bytes",
		complete + "/meta.json": metaComplete,
		complete + "/content":   "bytes",
		lost + "/meta.json":     metaComplete,
		broken + "/meta.json":   "{",
		"no-id/meta.json":       metaComplete,
	} {
		if err := bucket.Put(t.Context(), "transfers/"+key, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	return &bucket
}

func handler(bucket *objectstest.Bucket, log *bytes.Buffer) http.Handler {
	tokens := owners{"ann-token": "ann", "ann-other-token": "ann", "bob-token": "bob"}
	return user.Handler(bucket, tokens, now, slog.New(slog.NewJSONHandler(log, nil)))
}

func ask(handler http.Handler, method, path, token, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		request.Header.Set("X-Access-Token", token)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestAPI(t *testing.T) {
	t.Parallel()
	const of = "/api/transfers/"
	digest := `"size":5,"sha256":"277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"`
	viewMeasured := `{"state":"complete","created":"2026-11-23T08:00:00Z",` + digest + `}`
	viewComplete := strings.Replace(metaComplete, `"owner":"ann",`, "", 1)
	large := strings.Repeat("x", user.MaxContent+1)
	cases := map[string]struct {
		method, path, token, body string
		wantStatus                int
		want                      string // body, not compared when empty
	}{
		"health": {"GET", "/info/health", "", "", 200, `{"status":"ok"}`},

		"create without token":     {"POST", "/api/transfers", "", "", 401, `{"error":"the header x-access-token is missing"}`},
		"create with wrong token":  {"POST", "/api/transfers", "revoked", "", 401, `{"error":"the access token is not valid"}`},
		"create while Admin fails": {"POST", "/api/transfers", "down", "", 503, `{"error":"access tokens cannot be checked at the moment"}`},

		"upload":                       {"PUT", of + created + "/content", "ann-token", "bytes", 204, ""},
		"upload by another token":      {"PUT", of + created + "/content", "ann-other-token", "bytes", 204, ""},
		"upload the largest":           {"PUT", of + created + "/content", "ann-token", large[1:], 204, ""},
		"upload too much":              {"PUT", of + created + "/content", "ann-token", large, 413, `{"error":"the content is larger than 4194304 bytes"}`},
		"upload nothing":               {"PUT", of + created + "/content", "ann-token", "", 400, `{"error":"the content is empty"}`},
		"upload again":                 {"PUT", of + uploaded + "/content", "ann-token", "other", 409, `{"error":"the content is already uploaded"}`},
		"upload to a complete one":     {"PUT", of + complete + "/content", "ann-token", "other", 409, `{"error":"the content is already uploaded"}`},
		"upload without token":         {"PUT", of + created + "/content", "", "bytes", 401, ""},
		"upload by somebody else":      {"PUT", of + created + "/content", "bob-token", "bytes", 403, `{"error":"the transfer belongs to somebody else"}`},
		"upload to unknown":            {"PUT", of + unknown + "/content", "ann-token", "bytes", 404, `{"error":"there is no such transfer"}`},
		"upload to what is no id":      {"PUT", of + "no-id/content", "ann-token", "bytes", 404, `{"error":"there is no such transfer"}`},
		"complete":                     {"POST", of + uploaded + "/complete", "ann-token", "", 200, viewMeasured},
		"complete again":               {"POST", of + complete + "/complete", "ann-token", "", 200, viewComplete},
		"complete before upload":       {"POST", of + created + "/complete", "ann-token", "", 409, `{"error":"the content is not uploaded yet"}`},
		"complete without token":       {"POST", of + uploaded + "/complete", "", "", 401, ""},
		"complete by somebody else":    {"POST", of + uploaded + "/complete", "bob-token", "", 403, ""},
		"complete unknown":             {"POST", of + unknown + "/complete", "ann-token", "", 404, ""},
		"describe a created one":       {"GET", of + created, "", "", 200, viewCreated},
		"describe a complete one":      {"GET", of + complete, "", "", 200, viewComplete},
		"describe unknown":             {"GET", of + unknown, "", "", 404, `{"error":"there is no such transfer"}`},
		"describe in capitals":         {"GET", of + strings.Repeat("A", 32), "", "", 404, ""},
		"describe with broken storage": {"GET", of + broken, "", "", 500, `{"error":"internal error"}`},
		"download":                     {"GET", of + complete + "/content", "", "", 200, "bytes"},
		"download before complete":     {"GET", of + uploaded + "/content", "", "", 409, `{"error":"the transfer is not complete yet"}`},
		"download without content":     {"GET", of + lost + "/content", "", "", 404, `{"error":"there is no such transfer"}`},
		"download unknown":             {"GET", of + unknown + "/content", "", "", 404, ""},
		"delete":                       {"DELETE", of + complete, "ann-token", "", 204, ""},
		"delete without token":         {"DELETE", of + complete, "", "", 401, ""},
		"delete by somebody else":      {"DELETE", of + complete, "bob-token", "", 403, ""},
		"delete unknown":               {"DELETE", of + unknown, "ann-token", "", 404, ""},
		"no such route":                {"GET", "/", "", "", 404, `{"error":"Not Found"}`},
		"no such method":               {"PATCH", of + complete, "", "", 405, `{"error":"Method Not Allowed"}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			answer := ask(handler(bucket(t), &log), c.method, c.path, c.token, c.body)
			if answer.Code != c.wantStatus {
				t.Errorf("status %d, want %d: %s", answer.Code, c.wantStatus, answer.Body)
			}
			if got := strings.TrimSpace(answer.Body.String()); c.want != "" && got != c.want {
				t.Errorf("body %s, want %s", got, c.want)
			}
			if c.token != "" && strings.Contains(log.String(), c.token) {
				t.Errorf("the log has the token: %s", log.String())
			}
		})
	}
}

func TestCreateStoresTheOwner(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var bucket objectstest.Bucket
	answer := ask(handler(&bucket, &log), "POST", "/api/transfers", "ann-token", "")
	var made struct{ ID string }
	if err := json.Unmarshal(answer.Body.Bytes(), &made); err != nil || answer.Code != http.StatusCreated {
		t.Fatalf("status %d, body %s, %v", answer.Code, answer.Body, err)
	}
	if len(made.ID) != 32 {
		t.Errorf("id %q does not have 128 bits in hexadecimal", made.ID)
	}
	stored, err := bucket.Get(t.Context(), "transfers/"+made.ID+"/meta.json")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"owner":"ann","state":"created","created":"2026-11-23T09:00:00Z","size":0,"sha256":""}`
	if diff := cmp.Diff(want, string(stored)); diff != "" {
		t.Errorf("meta.json (-want +got):\n%s", diff)
	}
}

func TestRefusedWritesChangeNothing(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	bucket := bucket(t)
	handler := handler(bucket, &log)
	ask(handler, "PUT", "/api/transfers/"+complete+"/content", "ann-token", "other")
	ask(handler, "DELETE", "/api/transfers/"+complete, "bob-token", "")
	if got := ask(handler, "GET", "/api/transfers/"+complete+"/content", "", "").Body.String(); got != "bytes" {
		t.Errorf("the content is %q", got)
	}
}

func TestDeleteLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, id := range []string{created, uploaded, complete, lost} {
		var log bytes.Buffer
		bucket := bucket(t)
		if answer := ask(handler(bucket, &log), "DELETE", "/api/transfers/"+id, "ann-token", ""); answer.Code != http.StatusNoContent {
			t.Errorf("status %d: %s", answer.Code, answer.Body)
		}
		if keys, err := bucket.List(t.Context(), "transfers/"+id); err != nil || len(keys) != 0 {
			t.Errorf("left: %v, %v", keys, err)
		}
	}
}

func TestStorageFails(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		method, path string
		wantStatus   int
	}{
		"health does not need it": {"GET", "/info/health", 200},
		"create":                  {"POST", "/api/transfers", 500},
		"describe":                {"GET", "/api/transfers/" + complete, 500},
		"download":                {"GET", "/api/transfers/" + complete + "/content", 500},
		"delete":                  {"DELETE", "/api/transfers/" + complete, 500},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			bucket := &objectstest.Bucket{Err: errors.New("AccessDenied for role user")}
			answer := ask(handler(bucket, &log), c.method, c.path, "ann-token", "")
			if answer.Code != c.wantStatus {
				t.Errorf("status %d, want %d", answer.Code, c.wantStatus)
			}
			if strings.Contains(answer.Body.String(), "AccessDenied") {
				t.Errorf("the answer shows the cause: %s", answer.Body)
			}
			if c.wantStatus == 500 && !strings.Contains(log.String(), "AccessDenied for role user") {
				t.Errorf("the log does not show the cause: %s", log.String())
			}
		})
	}
}

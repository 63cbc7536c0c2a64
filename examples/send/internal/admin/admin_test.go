package admin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendform/examples/send/internal/admin"
	"sendform/examples/send/internal/objectstest"
)

const (
	header = "x-the-key"
	key    = "operator-key"
	secret = "ann-secret"
	// annID is the SHA-256 of secret.
	annID   = "ee8dae49b99a4f8203b217d8274209533399ef04a3643e4a15ddcd8a516b2015"
	annJSON = `{"id":"` + annID + `","name":"ann","created":"2026-11-23T08:00:00Z"}`
)

func now() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 999, time.UTC) }

// bucket has one API key and one token.
func bucket(t *testing.T) *objectstest.Bucket {
	t.Helper()
	var bucket objectstest.Bucket
	for key, body := range map[string]string{
		admin.KeyObject(key):          "",
		"tokens/" + annID + ".json":   annJSON,
		"tokens/not-a-token.json":     annJSON,
		"somewhere/else/entirely.txt": "",
	} {
		if err := bucket.Put(t.Context(), key, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	return &bucket
}

func ask(bucket *objectstest.Bucket, log *bytes.Buffer, method, path, key, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		request.Header.Set(header, key)
	}
	answer := httptest.NewRecorder()
	admin.Handler(bucket, header, now, slog.New(slog.NewJSONHandler(log, nil))).ServeHTTP(answer, request)
	return answer
}

func TestAPI(t *testing.T) {
	t.Parallel()
	const badName = `{"error":"the name must have 1 to 100 characters"}`
	cases := map[string]struct {
		method, path, key, body string
		wantStatus              int
		want                    string // body, not compared when empty
	}{
		"health": {"GET", "/info/health", "", "", 200, `{"status":"ok"}`},

		"issue":                 {"POST", "/tokens", key, `{"name":"bob"}`, 201, ""},
		"issue the longest":     {"POST", "/tokens", key, `{"name":"` + strings.Repeat("é", 100) + `"}`, 201, ""},
		"issue without key":     {"POST", "/tokens", "", `{"name":"bob"}`, 401, `{"error":"the header x-the-key is missing"}`},
		"issue with wrong key":  {"POST", "/tokens", "guess", `{"name":"bob"}`, 401, `{"error":"the API key is not valid"}`},
		"issue without name":    {"POST", "/tokens", key, `{}`, 400, badName},
		"issue with blank name": {"POST", "/tokens", key, `{"name":"  "}`, 400, badName},
		"issue with long name":  {"POST", "/tokens", key, `{"name":"` + strings.Repeat("é", 101) + `"}`, 400, badName},
		"issue without JSON":    {"POST", "/tokens", key, `bob`, 400, ""},

		"list":                {"GET", "/tokens", key, "", 200, `{"tokens":[` + annJSON + `]}`},
		"list without key":    {"GET", "/tokens", "", "", 401, ""},
		"list with wrong key": {"GET", "/tokens", "guess", "", 401, ""},

		"revoke":                {"DELETE", "/tokens/" + annID, key, "", 204, ""},
		"revoke unknown":        {"DELETE", "/tokens/" + strings.Repeat("0", 64), key, "", 404, `{"error":"there is no such token"}`},
		"revoke what is no id":  {"DELETE", "/tokens/not-a-token", key, "", 404, ""},
		"revoke another object": {"DELETE", "/tokens/..%2Fapi-keys", key, "", 404, ""},
		"revoke without key":    {"DELETE", "/tokens/" + annID, "", "", 401, ""},
		"revoke with wrong key": {"DELETE", "/tokens/" + annID, "guess", "", 401, ""},

		"validate":                 {"POST", "/tokens/validate", "", `{"token":"ann-secret"}`, 200, `{"valid":true,"name":"ann"}`},
		"validate unknown":         {"POST", "/tokens/validate", "", `{"token":"guess"}`, 200, `{"valid":false}`},
		"validate nothing":         {"POST", "/tokens/validate", "", `{}`, 200, `{"valid":false}`},
		"validate an id":           {"POST", "/tokens/validate", "", `{"token":"` + annID + `"}`, 200, `{"valid":false}`},
		"validate an API key":      {"POST", "/tokens/validate", "", `{"token":"` + key + `"}`, 200, `{"valid":false}`},
		"a token is no API key":    {"GET", "/tokens", secret, "", 401, ""},
		"validate without JSON":    {"POST", "/tokens/validate", "", `ann-secret`, 400, ""},
		"validate has no GET form": {"GET", "/tokens/validate", key, "", 405, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			answer := ask(bucket(t), &log, c.method, c.path, c.key, c.body)
			if answer.Code != c.wantStatus {
				t.Errorf("status %d, want %d: %s", answer.Code, c.wantStatus, answer.Body)
			}
			if got := strings.TrimSpace(answer.Body.String()); c.want != "" && got != c.want {
				t.Errorf("body %s, want %s", got, c.want)
			}
			for _, hidden := range []string{key, secret} {
				if strings.Contains(log.String(), hidden) {
					t.Errorf("the log has %s: %s", hidden, log.String())
				}
			}
		})
	}
}

// TestTokenLife issues a token, uses it, revokes it, and sees that only its hash
// was ever stored.
func TestTokenLife(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	bucket := bucket(t)
	answer := ask(bucket, &log, "POST", "/tokens", key, `{"name":" bob "}`)
	var issued struct{ ID, Name, Token string }
	if err := json.Unmarshal(answer.Body.Bytes(), &issued); err != nil || answer.Code != http.StatusCreated {
		t.Fatalf("status %d, body %s, %v", answer.Code, answer.Body, err)
	}
	if len(issued.Token) != 43 || issued.Name != "bob" {
		t.Errorf("issued %+v, want 256 bits in base64url for bob", issued)
	}
	keys, err := bucket.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		body, err := bucket.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(key+string(body), issued.Token) {
			t.Errorf("object %s has the token", key)
		}
	}
	stored, err := bucket.Get(t.Context(), "tokens/"+issued.ID+".json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"id":"`+issued.ID+`","name":"bob","created":"2026-11-23T09:00:00Z"}`, string(stored)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}

	validate := func() string {
		return strings.TrimSpace(ask(bucket, &log, "POST", "/tokens/validate", "", `{"token":"`+issued.Token+`"}`).Body.String())
	}
	if got := validate(); got != `{"valid":true,"name":"bob"}` {
		t.Errorf("before it is revoked: %s", got)
	}
	if answer := ask(bucket, &log, "DELETE", "/tokens/"+issued.ID, key, ""); answer.Code != http.StatusNoContent {
		t.Errorf("status %d: %s", answer.Code, answer.Body)
	}
	if got := validate(); got != `{"valid":false}` {
		t.Errorf("after it is revoked: %s", got)
	}
	if answer := ask(bucket, &log, "DELETE", "/tokens/"+issued.ID, key, ""); answer.Code != http.StatusNotFound {
		t.Errorf("revoked twice: status %d", answer.Code)
	}
	if strings.Contains(log.String(), issued.Token) {
		t.Errorf("the log has the token: %s", log.String())
	}
}

// TestKeyObject holds the name that operators use with other tools.
func TestKeyObject(t *testing.T) {
	t.Parallel()
	want := "api-keys/" + annID
	if got := admin.KeyObject(secret); got != want {
		t.Errorf("the object is %s, want %s", got, want)
	}
}

func TestRemovedKeyIsRefused(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	bucket := bucket(t)
	if err := bucket.Delete(t.Context(), admin.KeyObject(key)); err != nil {
		t.Fatal(err)
	}
	if answer := ask(bucket, &log, "GET", "/tokens", key, ""); answer.Code != http.StatusUnauthorized {
		t.Errorf("status %d", answer.Code)
	}
}

func TestNoTokensAreAnEmptyList(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var bucket objectstest.Bucket
	if err := bucket.Put(t.Context(), admin.KeyObject(key), nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(ask(&bucket, &log, "GET", "/tokens", key, "").Body.String()); got != `{"tokens":[]}` {
		t.Errorf("list is %s", got)
	}
}

func TestStorageFails(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		method, path, body string
		wantStatus         int
	}{
		"health does not need it": {"GET", "/info/health", "", 200},
		"issue":                   {"POST", "/tokens", `{"name":"bob"}`, 500},
		"validate":                {"POST", "/tokens/validate", `{"token":"ann-secret"}`, 500},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			bucket := &objectstest.Bucket{Err: errors.New("AccessDenied for role admin")}
			answer := ask(bucket, &log, c.method, c.path, key, c.body)
			if answer.Code != c.wantStatus || strings.Contains(answer.Body.String(), "AccessDenied") {
				t.Errorf("status %d, body %s, want %d", answer.Code, answer.Body, c.wantStatus)
			}
		})
	}
}

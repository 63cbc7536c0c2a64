package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendform/examples/send/client"
	"sendform/examples/send/internal/admin"
	"sendform/examples/send/internal/objectstest"
	"sendform/examples/send/internal/user"
)

// fixture is a deployment whose parts a test may break before start.
type fixture struct {
	transfers, tokens objectstest.Bucket
	secrets           []string // every key and token that went over the wire
	around            func(http.Handler) http.Handler
}

func (f *fixture) start(t *testing.T) deployment {
	t.Helper()
	logger := slog.New(slog.NewJSONHandler(io.Discard, nil))
	serve := func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	}
	around := f.around
	if around == nil {
		around = func(next http.Handler) http.Handler { return next }
	}
	adminURL := serve(f.watch(around(admin.Handler(&f.tokens, admin.DefaultKeyHeader, time.Now, logger))))
	judge := client.Tokens{HTTP: http.DefaultClient, BaseURL: adminURL}
	userURL := serve(f.watch(around(user.Handler(&f.transfers, judge, time.Now, logger))))
	return deployment{
		http: http.DefaultClient, operator: http.DefaultClient, userURL: userURL, adminURL: adminURL, keyHeader: admin.DefaultKeyHeader,
		transfers: &f.transfers, admin: &f.tokens,
	}
}

// watch remembers the secrets. The acceptance asks one thing after the other.
func (f *fixture) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"X-Api-Key", "X-Access-Token"} {
			if secret := r.Header.Get(name); secret != "" {
				f.secrets = append(f.secrets, secret)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// line is the protocol as its readers see it.
type line struct {
	Check, Resource, Attribute, Wanted, Got string
	OK                                      bool
}

func decode(t *testing.T, output []byte) []line {
	t.Helper()
	var lines []line
	for text := range bytes.Lines(output) {
		var line line
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&line); err != nil {
			t.Fatalf("line %s: %v", text, err)
		}
		if line.Check == "" || line.Resource == "" || line.Attribute == "" || line.Wanted == "" || line.Got == "" {
			t.Errorf("line has an empty part: %s", text)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestAcceptsWhatWorks(t *testing.T) {
	t.Parallel()
	var fixture fixture
	var output bytes.Buffer
	if !fixture.start(t).accept(t.Context(), newReport(&output)) {
		t.Errorf("not accepted:\n%s", &output)
	}
	var checks []string
	for _, line := range decode(t, output.Bytes()) {
		checks = append(checks, line.Check)
	}
	want := []string{
		"api key: registered",
		"api key: a wrong one is refused",
		"token: issued",
		"token: listed without its secret",
		"transfer: encrypted",
		"transfer: a wrong token is refused",
		"transfer: created",
		"transfer: uploaded",
		"transfer: no download before it is complete",
		"transfer: completed",
		"transfer: metadata",
		"transfer: download equals upload",
		"transfer: decrypted content equals the file",
		"transfer: decrypted name equals the file's",
		"storage: the stored bytes are the ciphertext",
		"storage: the transfer's objects",
		"storage: plaintext or file name in an object",
		"storage: plaintext or file name in an object",
		"transfer: deleted",
		"transfer: unknown after it was deleted",
		"storage: nothing is left of a deleted transfer",
		"token: revoked",
		"transfer: a revoked token is refused",
		"api key: removed",
		"api key: a removed one is refused",
	}
	if diff := cmp.Diff(want, checks); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
	fixture.wantEmpty(t)
	fixture.wantNoSecrets(t, output.String())
}

func (f *fixture) wantEmpty(t *testing.T) {
	t.Helper()
	for _, bucket := range []*objectstest.Bucket{&f.transfers, &f.tokens} {
		if keys, err := bucket.List(context.WithoutCancel(t.Context()), ""); err != nil || len(keys) != 0 {
			t.Errorf("left behind: %v, %v", keys, err)
		}
	}
}

func (f *fixture) wantNoSecrets(t *testing.T, output string) {
	t.Helper()
	for _, secret := range f.secrets {
		if strings.Contains(output, secret) {
			t.Errorf("the output has a key or token")
		}
	}
}

// answering lets one route answer something else than it would, after the
// handler did its work or instead of it.
func answering(method, suffix string, instead bool, status int, body string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != method || !strings.HasSuffix(r.URL.Path, suffix) {
				next.ServeHTTP(w, r)
				return
			}
			if !instead {
				next.ServeHTTP(httptest.NewRecorder(), r)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
}

func TestFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		around func(http.Handler) http.Handler
		want   []string // checks that fail
	}{
		"Admin takes every key": {
			answering(http.MethodPost, "/tokens", true, http.StatusCreated, `{"id":"1","token":"made-up-token"}`),
			[]string{"api key: a wrong one is refused", "token: listed without its secret", "transfer: created"},
		},
		"Admin takes every token": {
			answering(http.MethodPost, "/tokens/validate", true, http.StatusOK, `{"valid":true,"name":"anybody"}`),
			[]string{"transfer: a wrong token is refused", "transfer: a revoked token is refused"},
		},
		"Admin issues and its answer is lost": {
			answering(http.MethodPost, "/tokens", false, http.StatusBadGateway, ""),
			[]string{"api key: a wrong one is refused", "token: issued"},
		},
		"User does not upload": {
			answering(http.MethodPut, "/content", true, http.StatusForbidden, ""),
			[]string{"transfer: uploaded"},
		},
		"User completes and says it does not": {
			answering(http.MethodPost, "/complete", false, http.StatusInternalServerError, ""),
			[]string{"transfer: completed"},
		},
		"User hands out other bytes": {
			answering(http.MethodGet, "/content", true, http.StatusOK, "other bytes"),
			[]string{
				"transfer: no download before it is complete", "transfer: download equals upload",
				"transfer: decrypted content equals the file", "transfer: decrypted name equals the file's",
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fixture := fixture{around: c.around}
			var output bytes.Buffer
			if fixture.start(t).accept(t.Context(), newReport(&output)) {
				t.Error("accepted")
			}
			var failed []string
			for _, line := range decode(t, output.Bytes()) {
				if !line.OK {
					failed = append(failed, line.Check)
				}
			}
			if diff := cmp.Diff(c.want, failed); diff != "" {
				t.Errorf("failed checks (-want +got):\n%s\n%s", diff, &output)
			}
			fixture.wantEmpty(t)
			fixture.wantNoSecrets(t, output.String())
		})
	}
}

// TestFindsPlaintext has a User that stores what the client gave it besides what
// it should store.
func TestFindsPlaintext(t *testing.T) {
	t.Parallel()
	var fixture fixture
	deployed := fixture.start(t)
	leaky := &leakyBucket{Bucket: &fixture.transfers}
	deployed.transfers = leaky
	var output bytes.Buffer
	report := newReport(&output)
	file := newFile()
	leaky.leak = slices.Concat([]byte("meta "), []byte(file.Name))
	deployed.checkStored(t.Context(), report, "1", file, nil)
	leaky.leak = file.Content
	deployed.checkStored(t.Context(), report, "1", file, nil)
	var got []string
	for _, line := range decode(t, output.Bytes()) {
		if line.Check == "storage: plaintext or file name in an object" {
			got = append(got, line.Got)
		}
	}
	if diff := cmp.Diff([]string{"file name", "plaintext"}, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

type leakyBucket struct {
	*objectstest.Bucket
	leak []byte
}

func (b *leakyBucket) Get(context.Context, string) ([]byte, error) { return b.leak, nil }

func (b *leakyBucket) List(_ context.Context, prefix string) ([]string, error) {
	return []string{prefix + "content"}, nil
}

func TestStorageThatRefuses(t *testing.T) {
	t.Parallel()
	fixture := fixture{tokens: objectstest.Bucket{Err: errors.New("AccessDenied")}}
	var output bytes.Buffer
	if fixture.start(t).accept(t.Context(), newReport(&output)) {
		t.Error("accepted")
	}
	if first := decode(t, output.Bytes())[0]; first.OK || first.Check != "api key: registered" || first.Got != "AccessDenied" {
		t.Errorf("first line is %+v", first)
	}
}

// TestInterruptedRunCleansUp cancels in the middle of the transfer.
func TestInterruptedRunCleansUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	fixture := fixture{around: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/complete") {
				cancel()
			}
			next.ServeHTTP(w, r)
		})
	}}
	var output bytes.Buffer
	if fixture.start(t).accept(ctx, newReport(&output)) {
		t.Error("accepted")
	}
	fixture.wantEmpty(t)
}

func TestMissingSettings(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	environment := map[string]string{"USER_URL": "https://user.example/", "TRANSFERS_BUCKET": "transfers"}
	code := run(t.Context(), func(name string) string { return environment[name] }, &stdout, &stderr)
	if code != exitSettings || stdout.Len() != 0 || stderr.String() != "acceptance: not set: ADMIN_URL, ADMIN_BUCKET\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
}

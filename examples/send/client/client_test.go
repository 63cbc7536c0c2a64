package client_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sendform/examples/send/client"
	"sendform/examples/send/internal/admin"
	"sendform/examples/send/internal/objectstest"
	"sendform/examples/send/internal/user"
)

// service is both functions behind HTTP servers, with Admin judging User's
// tokens over HTTP.
type service struct {
	transfers *objectstest.Bucket
	userURL   string
	tokens    client.Tokens
}

const operatorKey = "operator-key"

func start(t *testing.T) service {
	t.Helper()
	var tokens objectstest.Bucket
	if err := tokens.Put(t.Context(), admin.KeyObject(operatorKey), nil); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewJSONHandler(io.Discard, nil))
	adminServer := httptest.NewServer(admin.Handler(&tokens, admin.DefaultKeyHeader, time.Now, logger))
	t.Cleanup(adminServer.Close)
	operator := client.Tokens{
		HTTP: adminServer.Client(), BaseURL: adminServer.URL + "/", KeyHeader: admin.DefaultKeyHeader, Key: operatorKey,
	}
	var transfers objectstest.Bucket
	judge := client.Tokens{HTTP: adminServer.Client(), BaseURL: adminServer.URL}
	userServer := httptest.NewServer(user.Handler(&transfers, judge, time.Now, logger))
	t.Cleanup(userServer.Close)
	return service{transfers: &transfers, userURL: userServer.URL + "/", tokens: operator}
}

func (s service) transfersOf(t *testing.T, owner string) (client.Transfers, client.Token) {
	t.Helper()
	token, err := s.tokens.Issue(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	return client.Transfers{HTTP: http.DefaultClient, BaseURL: s.userURL, Token: token.Secret}, token
}

func (s service) recipient() client.Transfers {
	return client.Transfers{HTTP: http.DefaultClient, BaseURL: s.userURL}
}

func wantStatus(t *testing.T, status int, err error) {
	t.Helper()
	var answer *client.StatusError
	if !errors.As(err, &answer) || answer.Status != status {
		t.Errorf("error is %v, want status %d", err, status)
	}
}

func TestSendAndReceive(t *testing.T) {
	t.Parallel()
	files := map[string]client.File{
		"text":         {Name: "résumé.txt", Content: []byte("plain text")},
		"empty":        {Name: "empty", Content: []byte{}},
		"without name": {Content: []byte("plain text")},
		"large":        {Name: "large.bin", Content: bytes.Repeat([]byte{0, 1, 2, 255}, 1<<19)},
	}
	service := start(t)
	sender, _ := service.transfersOf(t, "ann")
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			link, err := sender.Send(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			sent, err := client.ParseLink(link.String())
			if err != nil {
				t.Fatal(err)
			}
			received, err := service.recipient().Receive(t.Context(), sent)
			if err != nil {
				t.Fatal(err)
			}
			if received.Name != file.Name || !bytes.Equal(received.Content, file.Content) {
				t.Errorf("received %q with %d bytes that differ", received.Name, len(received.Content))
			}

			keys, err := service.transfers.List(t.Context(), "transfers/"+link.ID+"/")
			if err != nil || len(keys) != 2 {
				t.Errorf("stored: %v, %v", keys, err)
			}
			for _, key := range keys {
				stored, err := service.transfers.Get(t.Context(), key)
				if err != nil {
					t.Fatal(err)
				}
				if file.Name != "" && bytes.Contains(stored, []byte(file.Name)) {
					t.Errorf("%s has the file's name", key)
				}
				if len(file.Content) > 0 && bytes.Contains(stored, file.Content) {
					t.Errorf("%s has the plain text", key)
				}
			}

			if err := sender.Delete(t.Context(), link.ID); err != nil {
				t.Fatal(err)
			}
			_, err = service.recipient().Receive(t.Context(), link)
			wantStatus(t, http.StatusNotFound, err)
		})
	}
}

func TestRevokedTokenIsRefused(t *testing.T) {
	t.Parallel()
	service := start(t)
	sender, token := service.transfersOf(t, "ann")
	id, err := sender.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := service.tokens.Revoke(t.Context(), token.ID); err != nil {
		t.Fatal(err)
	}
	_, err = sender.Create(t.Context())
	wantStatus(t, http.StatusUnauthorized, err)
	wantStatus(t, http.StatusUnauthorized, sender.Upload(t.Context(), id, []byte("bytes")))
	wantStatus(t, http.StatusUnauthorized, sender.Delete(t.Context(), id))
}

func TestOnlyTheOwnerWrites(t *testing.T) {
	t.Parallel()
	service := start(t)
	ann, _ := service.transfersOf(t, "ann")
	bob, _ := service.transfersOf(t, "bob")
	id, err := ann.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, http.StatusForbidden, bob.Upload(t.Context(), id, []byte("bytes")))
	if err := ann.Upload(t.Context(), id, []byte("bytes")); err != nil {
		t.Fatal(err)
	}
	_, err = bob.Complete(t.Context(), id)
	wantStatus(t, http.StatusForbidden, err)
	wantStatus(t, http.StatusForbidden, bob.Delete(t.Context(), id))
	if _, err := ann.Complete(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	service := start(t)
	sender, _ := service.transfersOf(t, "ann")
	_, err := sender.Send(t.Context(), client.File{Name: "large", Content: make([]byte, user.MaxContent)})
	wantStatus(t, http.StatusRequestEntityTooLarge, err)
	if err == nil || !strings.Contains(err.Error(), "larger than 4194304 bytes") {
		t.Errorf("error %v does not say the limit", err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	service := start(t)
	issued, err := service.tokens.Issue(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	list, err := service.tokens.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].ID != issued.ID || list[0].Name != "ann" || list[0].Secret != "" || list[0].Created.IsZero() {
		t.Errorf("list is %+v", list)
	}
	if owner, valid, err := service.tokens.Validate(t.Context(), issued.Secret); owner != "ann" || !valid || err != nil {
		t.Errorf("validated %q, %t, %v", owner, valid, err)
	}
	if _, valid, err := service.tokens.Validate(t.Context(), "guess"); valid || err != nil {
		t.Errorf("a guess: %t, %v", valid, err)
	}
	guessing := service.tokens
	guessing.Key = "guess"
	_, err = guessing.Issue(t.Context(), "ann")
	wantStatus(t, http.StatusUnauthorized, err)
	wantStatus(t, http.StatusUnauthorized, guessing.Revoke(t.Context(), issued.ID))
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"plain text error": {
			func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "Internal Server Error", http.StatusBadGateway)
			},
			"GET /api/transfers/1: status 502",
		},
		"not JSON": {
			func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
			"GET /api/transfers/1: decode answer",
		},
		"cut off": {
			func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "10") },
			"GET /api/transfers/1: read answer",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.handler)
			defer server.Close()
			transfers := client.Transfers{HTTP: server.Client(), BaseURL: server.URL, Token: "secret-token"}
			_, err := transfers.Metadata(t.Context(), "1")
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret-token") {
				t.Errorf("error is %v, want %s", err, c.want)
			}
		})
	}
}

package localcloud

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestOriginAnswers(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }
	for name, test := range map[string]struct {
		method string
		write  func(w http.ResponseWriter)
		status int // 0: there is no response
		length int64
		body   string
		broken bool // the body ends with an error
	}{
		"nothing": {status: 200, length: -1, write: func(http.ResponseWriter) {}},
		"a body":  {status: 200, length: -1, body: "text", write: func(w http.ResponseWriter) { _, _ = io.WriteString(w, "text") }},
		"the first status counts": {status: 404, length: 0, write: func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(http.StatusNotFound)
			w.WriteHeader(http.StatusOK)
		}},
		"the head of a body": {method: http.MethodHead, status: 200, length: 4, write: func(w http.ResponseWriter) { w.Header().Set("Content-Length", "4") }},
		"a body cut short": {status: 200, length: 4, body: "te", broken: true, write: func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "te")
		}},
		"a connection cut within the body": {status: 200, length: -1, body: "te", broken: true, write: func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "te")
			panic(http.ErrAbortHandler)
		}},
		"a connection cut before": {write: func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(name, func(t *testing.T) {
			answer := newOriginAnswer(httptest.NewRequest(test.method, "/", nil), now)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				answer.run(func() { test.write(answer) })
			}()
			<-answer.begun
			if test.status == 0 {
				if answer.err == nil {
					t.Error("there is no error")
				}
				<-ended
				return
			}
			body, err := io.ReadAll(answer.response.Body)
			if answer.err != nil || answer.response.StatusCode != test.status || answer.response.ContentLength != test.length {
				t.Errorf("got %v, status %d, length %d", answer.err, answer.response.StatusCode, answer.response.ContentLength)
			}
			if string(body) != test.body || (err != nil) != test.broken {
				t.Errorf("body %q, then %v", body, err)
			}
			if date := answer.response.Header.Get("Date"); date != "Wed, 04 Mar 2026 12:00:00 GMT" {
				t.Errorf("dated %q", date)
			}
			<-ended
		})
	}
}

// TestOriginAnswersNobodyReads sees that a handler does not hang when its reader goes.
func TestOriginAnswersNobodyReads(t *testing.T) {
	answer := newOriginAnswer(httptest.NewRequest(http.MethodGet, "/", nil), time.Now)
	if err := answer.response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	answer.run(func() {
		if _, err := io.WriteString(answer, "text"); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("writing: %v", err)
		}
	})
}

// S3 spells headers as AWS does; who reads them asks for Go's spelling.
func TestOriginAnswersAreRead(t *testing.T) {
	answer := newOriginAnswer(httptest.NewRequest(http.MethodGet, "/", nil), time.Now)
	w := http.ResponseWriter(answer)
	name := strings.ToLower("X-Amz-Meta-Colour")
	w.Header()[name] = []string{"blue"}
	w.WriteHeader(http.StatusOK)
	if got := answer.response.Header.Get(name); got != "blue" {
		t.Errorf("got %q of %v", got, answer.response.Header)
	}
}

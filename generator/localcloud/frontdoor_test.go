package localcloud

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sendform/generator/localcloud/api"
)

// broken is a service whose only call does not end as calls do.
type broken struct{ handle func() error }

// Route implements [api.Service].
func (b broken) Route(*api.Request) (api.Operation, error) {
	return api.Operation{Name: "Break", Handle: func(http.ResponseWriter, *api.Request) error { return b.handle() }}, nil
}

// WriteError implements [api.Service].
func (b broken) WriteError(w http.ResponseWriter, _ *api.Request, e *api.Error) {
	w.WriteHeader(e.Status)
	_, _ = io.WriteString(w, e.Code+": "+e.Message)
}

// TestABrokenServiceEndsItsCallOnly tells the caller nothing of what is inside, and the
// log everything.
func TestABrokenServiceEndsItsCallOnly(t *testing.T) {
	var log strings.Builder
	c, err := Open(t.Context(), Options{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for name, handle := range map[string]func() error{
		"an error": func() error { return errors.New("the inside") },
		"a panic":  func() error { panic("the inside") },
	} {
		log.Reset()
		answer := httptest.NewRecorder()
		c.door.answer(answer, httptest.NewRequest(http.MethodGet, "/", nil), destination{
			name: "broken", service: broken{handle}, caller: caller{principal: api.Principal{Kind: api.Anonymous}},
		})
		if body := answer.Body.String(); answer.Code != http.StatusInternalServerError || !strings.HasPrefix(body, "InternalFailure: ") || strings.Contains(body, "inside") {
			t.Errorf("%s: %d %s", name, answer.Code, body)
		}
		if !strings.Contains(log.String(), "the inside") {
			t.Errorf("%s: the log has %q", name, log.String())
		}
		calls := c.Record()
		if last := calls[len(calls)-1]; last.Operation != "Break" || last.Error != "InternalFailure" || last.Status != http.StatusInternalServerError {
			t.Errorf("%s: it is recorded as %+v", name, last)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

package standin

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// closedBody is a request's body after the SDK has closed it: it has ended for those
// who read, and fails for those who let it write itself.
type closedBody struct{ io.ReadCloser }

func (closedBody) WriteTo(io.Writer) (int64, error) { return 0, errors.New("closed") }

func TestRequestsOutliveTheirClosedBodies(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, closedBody{io.NopCloser(strings.NewReader("text"))})
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = 4
	var connections Connections
	defer connections.Close()
	made, err := newCloud(settings{}, &connections)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := made.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if got, err := io.ReadAll(answer.Body); err != nil || string(got) != "text" {
		t.Errorf("got %q, %v", got, err)
	}
}

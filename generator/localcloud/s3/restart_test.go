package s3_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sendform/generator/localcloud/s3"
	"sendform/generator/localcloud/store"
)

// After a restart the objects are there, and what a killed process left is not.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	serve := func(use func(f *front)) {
		t.Helper()
		db, err := store.Open(filepath.Join(dir, "rows"))
		if err != nil {
			t.Fatal(err)
		}
		f := &front{dir: filepath.Join(dir, "bodies")}
		if f.service, err = s3.New(db, f.dir, func() time.Time { return start }); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(f)
		f.url, f.client = server.URL, server.Client()
		use(f)
		server.Close()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	serve(func(f *front) {
		client := f.bucket(t, "lasting")
		put(t.Context(), t, client, "lasting", "key", "body")
	})
	for _, left := range []string{"incoming/HALF", "kept/WITHOUTROW"} {
		if err := os.WriteFile(filepath.Join(dir, "bodies", left), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	serve(func(f *front) {
		response, body := f.raw(t, account, "GET", "/lasting/key", nil, "")
		if response.StatusCode != http.StatusOK || body != "body" {
			t.Errorf("after the restart the object is %s %q", response.Status, body)
		}
		if kept, incoming := f.files(t); kept != 1 || incoming != 0 {
			t.Errorf("%d bodies kept, %d incoming; want 1 and 0", kept, incoming)
		}
	})
}

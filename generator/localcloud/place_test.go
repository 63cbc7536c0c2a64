package localcloud_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sendform/generator/localcloud"
)

// TestFindTheProcessThatServes looks for the cloud of a folder before, while and after
// it is served.
func TestFindTheProcessThatServes(t *testing.T) {
	dir := t.TempDir()
	notServed := func(when string) {
		t.Helper()
		if _, err := localcloud.Find(t.Context(), dir); !errors.Is(err, localcloud.ErrNotServed) {
			t.Errorf("%s: got %v, want ErrNotServed", when, err)
		}
	}
	notServed("before")
	cloud, err := localcloud.Open(t.Context(), localcloud.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	place, err := localcloud.Find(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if place.URL() != cloud.URL() || place.CAFile() != cloud.CAFile() {
		t.Errorf("got %s and %s, want %s and %s", place.URL(), place.CAFile(), cloud.URL(), cloud.CAFile())
	}
	if got, want := place.RootCredentials("111122223333"), cloud.RootCredentials("111122223333"); got != want {
		t.Error("the credentials that are found are not the cloud's")
	}
	note := filepath.Join(dir, "serving.json")
	info, err := os.Stat(note)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}

	// A killed process leaves its note, and something else may get its port.
	other := open(t, t.TempDir())
	left, err := json.Marshal(map[string]any{"pid": os.Getpid(), "address": strings.TrimPrefix(other.URL(), "https://")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(note, left, 0o600); err != nil {
		t.Fatal(err)
	}
	notServed("another cloud at its address")

	if err := cloud.Close(); err != nil {
		t.Fatal(err)
	}
	notServed("after")
	if _, err := os.Stat(note); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the note is still there: %v", err)
	}
}

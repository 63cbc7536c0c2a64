package rehearsal_test

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
)

func TestFindServed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		endpoint, bundle string
		found            bool
		problem          string
	}{
		"an IPv4 address":         {endpoint: "https://127.0.0.1:4566", found: true},
		"an IPv6 address":         {endpoint: "http://[::1]:4566", found: true},
		"a name":                  {endpoint: "https://localhost", found: true},
		"nothing is set":          {},
		"another machine":         {endpoint: "https://192.0.2.7:4566"},
		"a name like a loopback":  {endpoint: "https://127.0.0.1.example.com"},
		"all addresses":           {endpoint: "https://0.0.0.0:4566"},
		"no URL":                  {endpoint: "https://user:hidden@[", problem: "AWS_ENDPOINT_URL is not a URL"},
		"no bundle":               {endpoint: "https://127.0.0.1:4566", bundle: empty + ".missing", problem: "no such file"},
		"nothing in the bundle":   {endpoint: "https://127.0.0.1:4566", bundle: empty, problem: "holds no certificate"},
		"AWS with its own bundle": {bundle: empty},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			variables := map[string]string{"AWS_ENDPOINT_URL": test.endpoint, "AWS_CA_BUNDLE": test.bundle}
			_, found, err := rehearsal.FindServed(func(name string) string { return variables[name] })
			if found != test.found {
				t.Errorf("found %t, want %t", found, test.found)
			}
			if test.problem == "" && err != nil || test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)) {
				t.Errorf("got %v, want %q", err, test.problem)
			}
			if err != nil && strings.Contains(err.Error(), "hidden") {
				t.Errorf("a password is shown: %v", err)
			}
		})
	}
}

// TestPrepareLeadsEverythingToTheCloud asks for hosts of AWS and expects the server of
// this test to answer, whatever the process would be led by.
func TestPrepareLeadsEverythingToTheCloud(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.7:3128")
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			http.Redirect(w, r, "https://example.com/", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, r.Host) // the test sees it when this fails
	}))
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_CA_BUNDLE": bundle}
	served, found, err := rehearsal.FindServed(func(name string) string { return variables[name] })
	if err != nil || !found {
		t.Fatalf("found %t: %v", found, err)
	}
	defer served.Close()
	given := map[string]string{"HTTPS_PROXY": "http://192.0.2.7:3128", "AWS_REGION": "eu-west-2"}
	cfg := served.Prepare(lifecycle.Config{Environ: given}, false)
	if cfg.Provider == nil {
		t.Error("the stand-in is not the provider")
	}
	if served.Prepare(lifecycle.Config{Environ: given}, true).Provider != nil {
		t.Error("the stand-in takes the place of the registry's provider")
	}
	for name, want := range map[string]string{
		"AWS_REGION": "eu-west-2", "AWS_CA_BUNDLE": bundle, "SSL_CERT_FILE": bundle,
		"HTTPS_PROXY": "http://" + server.Listener.Addr().String(),
	} {
		if got := cfg.Environ[name]; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if given["HTTPS_PROXY"] != "http://192.0.2.7:3128" {
		t.Error("the caller's variables were changed")
	}
	// The certificate of httptest is for example.com.
	for path, want := range map[string]int{"/": http.StatusOK, "/elsewhere": http.StatusFound} {
		answer, err := cfg.HTTP.Get("https://example.com" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != want || want == http.StatusOK && string(body) != "example.com" {
			t.Errorf("%s: got %s %q (%v)", path, answer.Status, body, err)
		}
	}
}

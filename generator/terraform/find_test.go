package terraform

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// fakeTerraform is a shell script that tells a version. Any other command leaves its environment in the data folder.
func fakeTerraform(version string) string {
	return fmt.Sprintf(`#!/bin/sh
case $1 in
version) echo '{"terraform_version": %q, "platform": "fake", "provider_selections": {}}' ;;
*) env > "$TF_DATA_DIR/environ" ;;
esac
`, version)
}

// executable writes a script to dir/terraform.
func executable(t *testing.T, dir, script string) string {
	t.Helper()
	file := filepath.Join(dir, "terraform")
	if err := os.WriteFile(file, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// nowhere is a base URL where nobody listens.
func nowhere(t *testing.T) string {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return server.URL
}

func TestFind(t *testing.T) {
	const tooOld = "#!/bin/sh\necho '{\"terraform_version\": \"1.5.7\"}'\n"
	tests := map[string]struct {
		// onPath and cached are versions or scripts; "" is none.
		onPath, cached string
		// want is the version that is found, where it is.
		want   string
		inPath bool
		// inText are parts of the error.
		inText []string
	}{
		"on PATH":                     {onPath: "1.11.0", want: "1.11.0", inPath: true},
		"newer on PATH":               {onPath: "1.99.3", cached: "1.12.0", want: "1.99.3", inPath: true},
		"pre-release of a later one":  {onPath: "1.13.0-rc2", want: "1.13.0-rc2", inPath: true},
		"only in the cache":           {cached: "1.12.0", want: "1.12.0"},
		"too old on PATH":             {onPath: "1.10.5", cached: "1.12.0", want: "1.12.0"},
		"too new on PATH":             {onPath: "2.0.0", cached: "1.12.0", want: "1.12.0"},
		"broken on PATH":              {onPath: "#!/bin/sh\necho broken >&2; exit 1\n", cached: "1.12.0", want: "1.12.0"},
		"none, no network":            {inText: []string{"none on PATH", "downloading it failed", "connection refused"}},
		"too old, no network":         {onPath: tooOld, inText: []string{"PATH/terraform is version 1.5.7", "downloading it failed"}},
		"both too old, no network":    {onPath: "0.12.31", cached: "1.0.0", inText: []string{"is version 0.12.31", "cache/terraform is version 1.0.0"}},
		"no version, no network":      {onPath: "#!/bin/sh\necho hello\n", inText: []string{"PATH/terraform does not tell its version"}},
		"not executable, no network":  {onPath: "#!/no/such/interpreter\n", inText: []string{"PATH/terraform does not tell its version"}},
		"what is needed, and the way": {inText: []string{">= 1.11.0, < 2.0.0", "https://developer.hashicorp.com/terraform/install", "cache/terraform"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			folders := map[string]string{"PATH": test.onPath, "cache": test.cached}
			for folder, script := range folders {
				if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
					t.Fatal(err)
				}
				if script == "" {
					continue
				}
				if !strings.HasPrefix(script, "#!") {
					script = fakeTerraform(script)
				}
				executable(t, filepath.Join(dir, folder), script)
			}
			t.Setenv("PATH", filepath.Join(dir, "PATH"))
			cache := filepath.Join(dir, "cache")
			got, err := find(t.Context(), Options{CacheDir: cache}, source{baseURL: nowhere(t)})
			if test.want == "" {
				if err == nil {
					t.Fatalf("found %+v", got)
				}
				for _, part := range test.inText {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("no %q in:\n%v", part, err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := filepath.Join(cache, "terraform")
			if test.inPath {
				want = filepath.Join(dir, "PATH", "terraform")
			}
			if got.Path != want || got.Version.String() != test.want {
				t.Errorf("found %s at %s", got.Version, got.Path)
			}
		})
	}
}

func TestFindByRelativePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("bin", 0o755); err != nil {
		t.Fatal(err)
	}
	executable(t, "bin", fakeTerraform("1.12.0"))
	// Go refuses relative entries of PATH, as a folder that somebody else wrote could shadow the real one.
	t.Setenv("PATH", "bin")
	if got, err := find(t.Context(), Options{CacheDir: "cache"}, source{baseURL: nowhere(t)}); err == nil {
		t.Errorf("found %s", got.Path)
	}
	executable(t, "cache", fakeTerraform("1.12.0"))
	got, err := find(t.Context(), Options{CacheDir: "cache"}, source{})
	if err != nil || !filepath.IsAbs(got.Path) {
		t.Errorf("found %q: %v", got.Path, err)
	}
}

func TestFindCancelled(t *testing.T) {
	dir := t.TempDir()
	executable(t, dir, fakeTerraform("1.12.0"))
	t.Setenv("PATH", dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, Options{CacheDir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// releaseSite serves the given versions of a fake Terraform as releases.hashicorp.com does, signed with a key of its own.
func releaseSite(t *testing.T, versions ...string) source {
	t.Helper()
	key, err := openpgp.NewEntity("releases", "", "releases@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	var publicKey bytes.Buffer
	armored, err := armor.Encode(&publicKey, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(key.Serialize(armored), armored.Close()); err != nil {
		t.Fatal(err)
	}

	type build struct {
		Name     string `json:"name"`
		Version  string `json:"version"`
		OS       string `json:"os"`
		Arch     string `json:"arch"`
		Filename string `json:"filename"`
		URL      string `json:"url"`
	}
	type release struct {
		Name       string   `json:"name"`
		Version    string   `json:"version"`
		Sums       string   `json:"shasums"`
		Signatures []string `json:"shasums_signatures"`
		Builds     []build  `json:"builds"`
	}
	files := make(map[string][]byte)
	index := make(map[string]release)
	for _, v := range versions {
		var archive, signature bytes.Buffer
		w := zip.NewWriter(&archive)
		file, err := w.Create("terraform")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(fakeTerraform(v))); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		stem := "terraform_" + v
		name := fmt.Sprintf("%s_%s_%s.zip", stem, runtime.GOOS, runtime.GOARCH)
		dir := "/terraform/" + v + "/"
		sums := fmt.Sprintf("%x  %s\n", sha256.Sum256(archive.Bytes()), name)
		if err := openpgp.DetachSign(&signature, key, strings.NewReader(sums), nil); err != nil {
			t.Fatal(err)
		}
		files[dir+name] = archive.Bytes()
		files[dir+stem+"_SHA256SUMS"] = []byte(sums)
		files[dir+stem+"_SHA256SUMS.sig"] = signature.Bytes()
		index[v] = release{
			Name: "terraform", Version: v, Sums: stem + "_SHA256SUMS", Signatures: []string{stem + "_SHA256SUMS.sig"},
			Builds: []build{{"terraform", v, runtime.GOOS, runtime.GOARCH, name, dir + name}},
		}
	}
	listing, err := json.Marshal(map[string]any{"name": "terraform", "versions": index})
	if err != nil {
		t.Fatal(err)
	}
	files["/terraform/index.json"] = listing
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		switch path.Ext(r.URL.Path) {
		case ".json":
			w.Header().Set("Content-Type", "application/json")
		case ".zip":
			w.Header().Set("Content-Type", "application/zip")
		}
		w.Write(content)
	}))
	t.Cleanup(server.Close)
	return source{baseURL: server.URL, publicKey: publicKey.String()}
}

func TestInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	site := releaseSite(t, "1.5.7", "1.12.1", "1.14.0-beta1", "1.13.4", "2.0.0")
	cache := filepath.Join(t.TempDir(), "not", "yet")
	var log bytes.Buffer
	opts := Options{CacheDir: cache, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	got, err := find(t.Context(), opts, site)
	if err != nil {
		t.Fatal(err)
	}
	if got.Version.String() != "1.13.4" || got.Path != filepath.Join(cache, "terraform") {
		t.Errorf("installed %s at %s", got.Version, got.Path)
	}
	if !strings.Contains(log.String(), "installing Terraform") {
		t.Errorf("log: %s", log.String())
	}
	entries, err := os.ReadDir(cache)
	if err != nil || len(entries) != 1 {
		t.Errorf("the cache holds %v: %v", entries, err)
	}
	if again, err := find(t.Context(), opts, source{baseURL: nowhere(t)}); err != nil || again.Path != got.Path {
		t.Errorf("the second time: %+v, %v", again, err)
	}
}

func TestInstallReplacesOldCopy(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	cache := t.TempDir()
	executable(t, cache, fakeTerraform("1.5.7"))
	got, err := find(t.Context(), Options{CacheDir: cache}, releaseSite(t, "1.12.1"))
	if err != nil || got.Version.String() != "1.12.1" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestInstallRefuses(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	genuine, forged := releaseSite(t, "1.12.1"), releaseSite(t, "1.12.1")
	tests := map[string]struct {
		from source
		want string
	}{
		"another's signature": {source{forged.baseURL, genuine.publicKey}, "signature"},
		"nothing that fits":   {releaseSite(t, "1.5.7"), "no matching version"},
		"no release site":     {source{genuine.baseURL + "/elsewhere", genuine.publicKey}, "404"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			got, err := find(t.Context(), Options{CacheDir: cache}, test.from)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %+v, %v", got, err)
			}
			if entries, err := os.ReadDir(cache); err != nil || len(entries) > 0 {
				t.Errorf("the cache holds %v: %v", entries, err)
			}
		})
	}
}

func TestBrief(t *testing.T) {
	t.Parallel()
	long := brief(errors.New(strings.Repeat("é", 1000) + "\nmore"))
	if len(long) > 310 || strings.Contains(long, "\n") || !strings.HasSuffix(long, "é...") {
		t.Errorf("got %q", long)
	}
}

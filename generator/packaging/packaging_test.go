package packaging

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// folder writes files (path to content) below a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		write(t, filepath.Join(dir, path), content, 0o644)
	}
	return dir
}

func write(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func goProgram() map[string]string {
	return map[string]string{
		"go.mod":  "module example.com/function\n\ngo 1.24\n",
		"main.go": "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"started\\n\") }\n",
	}
}

func goSource(dir string) Source {
	return Source{Dir: dir, Runtime: "provided.al2023", GOOS: runtime.GOOS, GOARCH: runtime.GOARCH}
}

func pythonSource(dir string) Source { return Source{Dir: dir, Runtime: "python3.13"} }

func mustBuild(t *testing.T, source Source, zipPath string) Package {
	t.Helper()
	built, err := Build(t.Context(), source, zipPath)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// contents reads a zip file as "mode name time" lines, in its own order.
func contents(t *testing.T, zipPath string) []string {
	t.Helper()
	archive, err := zip.OpenReader(zipPath)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var lines []string
	for _, file := range archive.File {
		if file.Method != zip.Deflate {
			t.Errorf("%s is not deflated", file.Name)
		}
		lines = append(lines, file.Mode().String()+" "+file.Name+" "+file.Modified.UTC().Format(time.DateTime))
	}
	return lines
}

func TestGoProgramBecomesBootstrap(t *testing.T) {
	t.Parallel()
	first := mustBuild(t, goSource(folder(t, goProgram())), filepath.Join(t.TempDir(), "new", "first.zip"))
	elsewhere := mustBuild(t, goSource(folder(t, goProgram())), filepath.Join(t.TempDir(), "second.zip"))

	if diff := cmp.Diff([]string{"-rwxr-xr-x bootstrap 1980-01-01 00:00:00"}, contents(t, first.Path)); diff != "" {
		t.Errorf("zip file (-want +got):\n%s", diff)
	}
	zipped, err := os.ReadFile(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(zipped)
	want := Package{
		Path:   first.Path,
		SHA256: base64.StdEncoding.EncodeToString(sum[:]),
		Hex:    hex.EncodeToString(sum[:]),
		Size:   int64(len(zipped)),
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("package (-want +got):\n%s", diff)
	}
	if first.Hex != elsewhere.Hex {
		t.Errorf("a copy of the folder elsewhere gives other bytes: %s and %s", first.Hex, elsewhere.Hex)
	}
}

func TestGoSettingsOfAPersonDoNotChangeTheBytes(t *testing.T) {
	dir := folder(t, goProgram())
	plain := mustBuild(t, goSource(dir), filepath.Join(t.TempDir(), "plain.zip"))
	t.Setenv("GOFLAGS", "-gcflags=all=-N")
	t.Setenv("GOAMD64", "v3")
	t.Setenv("GOARM64", "v9.0")
	t.Setenv("GOOS", "plan9")
	set := mustBuild(t, goSource(dir), filepath.Join(t.TempDir(), "set.zip"))
	if plain.Hex != set.Hex {
		t.Error("GOFLAGS, GOAMD64, GOARM64 or GOOS changed the bytes")
	}
}

func TestBuildForAnotherArchitecture(t *testing.T) {
	t.Parallel()
	source := goSource(folder(t, goProgram()))
	here := mustBuild(t, source, filepath.Join(t.TempDir(), "here.zip"))
	source.GOARCH = map[string]string{"amd64": "arm64"}[source.GOARCH]
	if source.GOARCH == "" {
		source.GOARCH = "amd64"
	}
	there := mustBuild(t, source, filepath.Join(t.TempDir(), "there.zip"))
	if here.Hex == there.Hex {
		t.Error("two architectures give the same bytes")
	}
}

func TestFolderIsZippedSorted(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"handler.py":                            "def run(event, context): return {}\n",
		"app/z.py":                              "z = 1\n",
		"app/a.py":                              "a = 1\n",
		"app-b.py":                              "b = 1\n",
		"app/__pycache__/a.cpython-313.pyc":     "cache",
		"stale.pyc":                             "cache",
		".env":                                  "SECRET=1\n",
		".git/config":                           "[core]\n",
		"app/.hidden/inside.py":                 "hidden = 1\n",
		"node_modules/left/in/because/it/is.js": "1\n",
	}
	first, second := folder(t, files), folder(t, files)
	for _, dir := range []string{first, second} {
		write(t, filepath.Join(dir, "run.sh"), "#!/bin/sh\n", 0o700)
	}
	// Another mode that means the same, and another time.
	if err := os.Chmod(filepath.Join(second, "handler.py"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(second, "handler.py"), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}

	built := mustBuild(t, pythonSource(first), filepath.Join(t.TempDir(), "first.zip"))
	want := []string{
		"-rw-r--r-- app-b.py 1980-01-01 00:00:00",
		"-rw-r--r-- app/a.py 1980-01-01 00:00:00",
		"-rw-r--r-- app/z.py 1980-01-01 00:00:00",
		"-rw-r--r-- handler.py 1980-01-01 00:00:00",
		"-rw-r--r-- node_modules/left/in/because/it/is.js 1980-01-01 00:00:00",
		"-rwxr-xr-x run.sh 1980-01-01 00:00:00",
	}
	if diff := cmp.Diff(want, contents(t, built.Path)); diff != "" {
		t.Errorf("zip file (-want +got):\n%s", diff)
	}
	if copied := mustBuild(t, pythonSource(second), filepath.Join(t.TempDir(), "second.zip")); copied.Hex != built.Hex {
		t.Error("a copy of the folder elsewhere gives other bytes")
	}
	archive, err := zip.OpenReader(built.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	file, err := archive.Open("handler.py")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(content) != files["handler.py"] {
		t.Errorf("handler.py holds %q", content)
	}
}

func TestReadyBootstrapIsZippedAsItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bootstrap"), "#!/bin/sh\n", 0o755)
	built := mustBuild(t, goSource(dir), filepath.Join(t.TempDir(), "package.zip"))
	if diff := cmp.Diff([]string{"-rwxr-xr-x bootstrap 1980-01-01 00:00:00"}, contents(t, built.Path)); diff != "" {
		t.Errorf("zip file (-want +got):\n%s", diff)
	}
}

func TestZipIsWrittenOnlyWhenItChanges(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"handler.py": "a = 1\n"})
	place := t.TempDir()
	zipPath := filepath.Join(place, "package.zip")
	first := mustBuild(t, pythonSource(dir), zipPath)
	old := time.Unix(1_000_000_000, 0)
	if err := os.Chtimes(zipPath, old, old); err != nil {
		t.Fatal(err)
	}

	if again := mustBuild(t, pythonSource(dir), zipPath); again != first {
		t.Errorf("second build gives %+v, want %+v", again, first)
	}
	if info, err := os.Stat(zipPath); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("an unchanged zip file was written again: %v, %v", info.ModTime(), err)
	}

	write(t, filepath.Join(dir, "handler.py"), "a = 2\n", 0o644)
	if changed := mustBuild(t, pythonSource(dir), zipPath); changed.Hex == first.Hex {
		t.Error("a changed file gives the same bytes")
	}
	if info, err := os.Stat(zipPath); err != nil || info.ModTime().Equal(old) {
		t.Errorf("the changed zip file was not written: %v", err)
	}

	before, err := os.ReadFile(zipPath)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Build(t.Context(), pythonSource(t.TempDir()), zipPath); err == nil {
		t.Error("an empty folder was packaged")
	}
	if after, err := os.ReadFile(zipPath); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a build that failed changed the zip file: %v", err)
	}
	left, err := os.ReadDir(place)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "package.zip" {
		t.Errorf("beside the zip file lies %v", left)
	}
}

func TestZipIsKeptForTheNextTime(t *testing.T) {
	t.Parallel()
	source := pythonSource(folder(t, map[string]string{"handler.py": "a = 1\n"}))
	source.Cache = filepath.Join(t.TempDir(), "[cache]") // no pattern
	build := func() Package { return mustBuild(t, source, filepath.Join(t.TempDir(), "package.zip")) }
	kept := func() string {
		t.Helper()
		entries, err := os.ReadDir(source.Cache)
		if err != nil || len(entries) != 1 {
			t.Fatalf("the cache has %v, %v", entries, err)
		}
		return filepath.Join(source.Cache, entries[0].Name())
	}
	first := build()
	if again := build(); again.Hex != first.Hex || again.Size != first.Size {
		t.Errorf("got %+v, then %+v", first, again)
	}
	write(t, kept(), "kept", 0o644)
	if again := build(); again.Size != int64(len("kept")) {
		t.Errorf("zipped anew: %+v", again)
	}
	write(t, filepath.Join(source.Dir, "handler.py"), "a = 2\n", 0o644)
	changed := build()
	if err := os.RemoveAll(source.Cache); err != nil {
		t.Fatal(err)
	}
	if anew := build(); changed.Hex != anew.Hex || changed.Hex == first.Hex {
		t.Errorf("%+v of changed files, %+v without a cache, %+v before", changed, anew, first)
	}
	if err := os.Chmod(filepath.Join(source.Dir, "handler.py"), 0o755); err != nil {
		t.Fatal(err)
	}
	if executable := build(); executable.Hex == changed.Hex {
		t.Error("a mode that changed is not seen")
	}
	kept()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		source func(t *testing.T) Source
		want   []string
	}{
		"relative folder": {
			func(*testing.T) Source { return pythonSource("examples") },
			[]string{"package examples", "must be absolute"},
		},
		"missing folder": {
			func(t *testing.T) Source { return pythonSource(filepath.Join(t.TempDir(), "gone")) },
			[]string{"gone: the folder does not exist", "create it"},
		},
		"a file": {
			func(t *testing.T) Source {
				return pythonSource(filepath.Join(folder(t, map[string]string{"handler.py": ""}), "handler.py"))
			},
			[]string{"handler.py: this is a file"},
		},
		"empty folder": {
			func(t *testing.T) Source { return pythonSource(t.TempDir()) },
			[]string{"nothing in the folder"},
		},
		"only hidden files": {
			func(t *testing.T) Source { return pythonSource(folder(t, map[string]string{".env": "", "a.pyc": ""})) },
			[]string{"nothing in the folder"},
		},
		"provided without program": {
			func(t *testing.T) Source { return goSource(folder(t, map[string]string{"README.md": ""})) },
			[]string{"no Go files", "no executable file bootstrap", "provided.al2023"},
		},
		"bootstrap that cannot be executed": {
			func(t *testing.T) Source { return goSource(folder(t, map[string]string{"bootstrap": ""})) },
			[]string{"no executable file bootstrap"},
		},
		"Go for another system only": {
			func(t *testing.T) Source {
				return goSource(folder(t, map[string]string{"main_plan9.go": "package main\n"}))
			},
			[]string{"no Go files for " + runtime.GOOS},
		},
		"Go library": {
			func(t *testing.T) Source {
				return goSource(folder(t, map[string]string{"go.mod": "module x\n", "a.go": "package library\n"}))
			},
			[]string{"named library", "must be package main"},
		},
		"compile error": {
			func(t *testing.T) Source {
				files := goProgram()
				files["wrong.go"] = "package main\n\nvar wrong int = \"text\"\n"
				return goSource(folder(t, files))
			},
			[]string{"compile for", "./wrong.go:3:17", "cannot use"},
		},
		"syntax error": {
			func(t *testing.T) Source {
				files := goProgram()
				files["main.go"] = "pakage main\n"
				return goSource(folder(t, files))
			},
			[]string{"compile for", "main.go:1:1", "expected 'package'"},
		},
		"symbolic link": {
			func(t *testing.T) Source {
				dir := folder(t, map[string]string{"handler.py": ""})
				if err := os.Symlink("/etc/hostname", filepath.Join(dir, "host")); err != nil {
					t.Fatal(err)
				}
				return pythonSource(dir)
			},
			[]string{"host is a symbolic link"},
		},
		"symbolic link to a folder": {
			func(t *testing.T) Source {
				dir := folder(t, map[string]string{"handler.py": ""})
				if err := os.Symlink(t.TempDir(), filepath.Join(dir, "linked")); err != nil {
					t.Fatal(err)
				}
				return pythonSource(dir)
			},
			[]string{"linked is a symbolic link"},
		},
		"too large": {
			func(t *testing.T) Source {
				dir := folder(t, map[string]string{"model.bin": ""})
				if err := os.Truncate(filepath.Join(dir, "model.bin"), MaxUnzipped+1); err != nil {
					t.Fatal(err)
				}
				return pythonSource(dir)
			},
			[]string{"262144001 bytes unzipped, Lambda takes 262144000"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zipPath := filepath.Join(t.TempDir(), "package.zip")
			_, err := Build(t.Context(), c.source(t), zipPath)
			if err == nil {
				t.Fatal("was packaged")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not say %q", err, part)
				}
			}
			if _, err := os.Stat(zipPath); !os.IsNotExist(err) {
				t.Errorf("a zip file was left: %v", err)
			}
		})
	}
}

func TestNoGoCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Build(t.Context(), goSource(folder(t, goProgram())), filepath.Join(t.TempDir(), "package.zip"))
	if err == nil || !strings.Contains(err.Error(), "the go command is not on PATH") {
		t.Errorf("error is %v", err)
	}
}

// TestCancelEndsTheCompiler puts a compiler on PATH that never ends by itself,
// and neither does its child, which holds the output open.
func TestCancelEndsTheCompiler(t *testing.T) {
	bin, started := t.TempDir(), filepath.Join(t.TempDir(), "started")
	write(t, filepath.Join(bin, "go"), "#!/bin/sh\nsleep 600 &\necho started >\"$STARTED\"\nwait\n", 0o755)
	if err := syscall.Mkfifo(started, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("STARTED", started)
	t.Setenv("TMPDIR", t.TempDir())

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan error, 1)
	go func() {
		_, err := Build(ctx, goSource(folder(t, goProgram())), filepath.Join(t.TempDir(), "package.zip"))
		result <- err
	}()
	if _, err := os.ReadFile(started); err != nil {
		t.Fatal(err)
	}
	cancel()
	begin := time.Now()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	// With the child alive, Build would wait for the end of compilerGrace.
	if took := time.Since(begin); took >= compilerGrace {
		t.Errorf("the compiler's child was not ended: Build returned after %s", took)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

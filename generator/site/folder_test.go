package site

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folder writes files. A text that begins with -> is a link.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		to, isLink := strings.CutPrefix(text, "-> ")
		err := error(nil)
		if isLink {
			err = os.Symlink(to, file)
		} else {
			err = os.WriteFile(file, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadFolder(t *testing.T) {
	dir := folder(t, map[string]string{
		"index.html": "hello", "docs/a page.html": "", "docs/same.html": "-> ../index.html",
		".well-known/security.txt": "Contact: mailto:security@example.com", "releases.html": "news", "docs/releases/1.txt": "1",
	})
	read, err := ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".well-known/security.txt", "docs/a page.html", "docs/releases/1.txt", "docs/same.html", "index.html", "releases.html"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(read.files))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	hello := File{
		SHA256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", Size: 5,
		ContentType: "text/html; charset=utf-8", CacheControl: fresh,
	}
	if read.files["index.html"] != hello || read.files["docs/same.html"] != hello {
		t.Errorf("index.html is %+v, and what links to it %+v", read.files["index.html"], read.files["docs/same.html"])
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"empty":                {nil, []string{"is empty: there is nothing to publish"}},
		"hidden":               {map[string]string{"index.html": "", ".env": "", ".git/config": "", "docs/.DS_Store": ""}, []string{".env is hidden", ".git is hidden", "docs/.DS_Store is hidden"}},
		"not at the top":       {map[string]string{"docs/.well-known/a.txt": ""}, []string{"docs/.well-known is hidden"}},
		"leads out":            {map[string]string{"index.html": "", "passwords.txt": "-> /etc/passwd"}, []string{"passwords.txt is a link that leads out"}},
		"leads out a long way": {map[string]string{"a/b.txt": "-> ../../outside"}, []string{"a/b.txt is a link that leads out"}},
		"leads nowhere":        {map[string]string{"a.txt": "-> b.txt"}, []string{"a.txt is a link that leads out of the folder or nowhere"}},
		"link to a folder":     {map[string]string{"a/b.txt": "", "c": "-> a"}, []string{"c is a link to something that is no file"}},
		"releases":             {map[string]string{"releases/v1.0.0/index.html": ""}, []string{"releases is where the releases are in the bucket"}},
		"control character":    {map[string]string{"a\nb.txt": ""}, []string{"cannot be an address"}},
		"backslash":            {map[string]string{`a\b.txt`: ""}, []string{"cannot be an address"}},
		"not UTF-8":            {map[string]string{"a\xff.txt": ""}, []string{"cannot be an address"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadFolder(folder(t, tc.files))
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
	if _, err := ReadFolder(filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("a folder is read that is not there")
	}
}

func TestNameFollowsFromContent(t *testing.T) {
	name := func(files map[string]string) string {
		t.Helper()
		read, err := ReadFolder(folder(t, files))
		if err != nil {
			t.Fatal(err)
		}
		name := read.Name()
		if err := CheckRelease(name); err != nil {
			t.Error(err)
		}
		return name
	}
	a := name(map[string]string{"index.html": "a", "b.css": "b"})
	if again := name(map[string]string{"b.css": "b", "index.html": "a"}); again != a {
		t.Errorf("the same content is %s and %s", a, again)
	}
	for _, other := range []map[string]string{{"index.html": "a"}, {"index.html": "a", "b.css": "c"}, {"index.html": "a", "c.css": "b"}} {
		if name(other) == a {
			t.Errorf("%v has the same name", other)
		}
	}
}

func TestNamesOfReleases(t *testing.T) {
	for name, fits := range map[string]bool{
		"v1.2.3": true, "content-3f2a9c1b0d4e": true, "2026_11": true, strings.Repeat("a", 64): true,
		"": false, "latest": false, "../v1": false, "a/b": false, ".hidden": false, "v1 2": false, strings.Repeat("a", 65): false, "v1\n": false,
	} {
		if err := CheckRelease(name); (err == nil) != fits {
			t.Errorf("%q: %v", name, err)
		}
	}
}

package registry

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"sendform/generator/render"
)

// newerArguments are those of rendered HCL that providers older than it is for do not
// have, and since when they are there.
func newerArguments() map[string]string {
	return map[string]string{
		"invoked_via_function_url": "6.28",
	}
}

// olderVersion is the version of the newest provider in the mirror, if that is too old
// for rendered HCL.
func olderVersion(t *testing.T, mirror string) string {
	t.Helper()
	if mirror == "" {
		return ""
	}
	found, err := filepath.Glob(filepath.Join(mirror, "registry.terraform.io", "hashicorp", "aws", "*.*.*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no hashicorp/aws in %s (%v)", mirror, err)
	}
	var newest *version.Version
	for _, folder := range found {
		v, err := version.NewVersion(filepath.Base(folder))
		if err != nil {
			t.Fatal(err)
		}
		if newest == nil || v.GreaterThan(newest) {
			newest = v
		}
	}
	t.Logf("hashicorp/aws %s", newest)
	wanted, err := version.NewConstraint(render.ProviderVersion)
	if err != nil {
		t.Fatal(err)
	}
	if wanted.Check(newest) {
		return ""
	}
	return newest.String()
}

// relaxed is a copy of a repository whose rendered HCL takes an older provider than it
// is for, and has no argument that it does not know.
func relaxed(t *testing.T, repository, older string) string {
	t.Helper()
	root := t.TempDir()
	entries, err := os.ReadDir(repository)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		from, to := filepath.Join(repository, entry.Name()), filepath.Join(root, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case entry.IsDir():
			err = os.CopyFS(to, os.DirFS(from))
		default:
			var text []byte
			if text, err = os.ReadFile(from); err == nil {
				err = os.WriteFile(to, text, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{render.ModulesFolder, render.RootsFolder} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(file string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(file) != ".tf" {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			relaxed := strings.ReplaceAll(string(text), `"`+render.ProviderVersion+`"`, `"`+older+`"`)
			for argument := range newerArguments() {
				relaxed = regexp.MustCompile(`(?m)^\s*`+argument+`\s*=.*\n`).ReplaceAllString(relaxed, "")
			}
			return os.WriteFile(file, []byte(relaxed), 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

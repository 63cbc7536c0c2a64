package main

import (
	"context"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is rendered into the golden trees")

// TestGoldenEnvironments renders each environment of testdata/environments and
// compares its out folder, file by file. The trees of dev, qa and prod are this
// repository's own, which make check compares.
func TestGoldenEnvironments(t *testing.T) {
	all, err := os.ReadDir("testdata/environments")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		t.Run(e.Name(), func(t *testing.T) {
			golden := filepath.Join("testdata", "environments", e.Name())
			root := goldenRepository(t, golden)
			want := tree(t, filepath.Join(golden, "out"))
			if *update {
				if err := os.RemoveAll(filepath.Join(golden, "out")); err != nil {
					t.Fatal(err)
				}
				if err := os.CopyFS(filepath.Join(golden, "out"), os.DirFS(filepath.Join(root, "out"))); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, tree(t, filepath.Join(root, "out"))); diff != "" {
				t.Errorf("go test ./generator -run Golden -update, then look at the difference (-want +got):\n%s", diff)
			}
		})
	}
}

// goldenRepository makes a repository of an environment and of this one's
// templates, and renders it.
func goldenRepository(t *testing.T, golden string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(golden)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(root, "out")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(root, "templates"), os.DirFS("../templates")); err != nil {
		t.Fatal(err)
	}
	gen := genCommand{}
	if err := gen.Run(context.Background(), &commands{Root: root}, output{out: io.Discard, err: io.Discard}); err != nil {
		t.Fatal(err)
	}
	return root
}

// tree reads all files below dir by their paths; without dir there are none.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return nil
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(file)
		files[filepath.ToSlash(name)] = string(content)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}

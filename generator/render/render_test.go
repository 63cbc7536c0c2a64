package render_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/render"
)

const repository = "../.."

// rendered renders the repository's own environments.
func rendered(t *testing.T, templates fs.FS) ([]render.File, error) {
	t.Helper()
	r, err := render.New(templates)
	if err != nil {
		return nil, err
	}
	files, err := r.Modules(components.Kinds())
	if err != nil {
		return nil, err
	}
	names, err := environment.Names(repository)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		env, err := environment.Load(repository, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range env.Targets {
			root, err := r.Root(target)
			if err != nil {
				return nil, err
			}
			files = append(files, root...)
		}
	}
	return files, nil
}

// TestCommittedFilesAreRendered uses what is committed as golden files.
func TestCommittedFilesAreRendered(t *testing.T) {
	files, err := rendered(t, os.DirFS(filepath.Join(repository, "templates")))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Errorf("only %d files are rendered", len(files))
	}
	for _, f := range files {
		committed, err := os.ReadFile(filepath.Join(repository, f.Path))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(string(committed), string(f.Content)); diff != "" {
			t.Errorf("%s (-committed +rendered):\n%s", f.Path, diff)
		}
		if strings.HasSuffix(f.Path, ".tf") && string(hclwrite.Format(f.Content)) != string(f.Content) {
			t.Errorf("%s is not formatted", f.Path)
		}
	}
}

// TestTemplateMistakes breaks one template and expects to be told where.
func TestTemplateMistakes(t *testing.T) {
	tests := map[string]struct{ file, content, want string }{
		"not HCL":        {"storage/main.tf.tmpl", "resource \"x\" {\n  a = = 1\n}", "template storage/main.tf.tmpl renders HCL that does not parse: line 4 of what it renders, invalid expression"},
		"not a template": {"storage/main.tf.tmpl", "{{ .Kind", "template storage/main.tf.tmpl"},
		"no such field":  {"storage/main.tf.tmpl", "{{ .Kinds }}", "template storage/main.tf.tmpl"},
		"no output":      {"storage/outputs.tf.tmpl", "", `template storage/outputs.tf.tmpl has no output "bucket", which components refer to`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			templates := copyTemplates(t)
			templates[test.file] = &fstest.MapFile{Data: []byte(test.content)}
			_, err := rendered(t, templates)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func copyTemplates(t *testing.T) fstest.MapFS {
	t.Helper()
	templates := fstest.MapFS{}
	source := os.DirFS(filepath.Join(repository, "templates"))
	names, err := fs.Glob(source, "*/*.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(source, name)
		if err != nil {
			t.Fatal(err)
		}
		templates[name] = &fstest.MapFile{Data: text}
	}
	return templates
}

func TestNoModuleNamesAPlaceOrAnAccount(t *testing.T) {
	files, err := rendered(t, os.DirFS(filepath.Join(repository, "templates")))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Path, render.ModulesFolder+"/") {
			continue
		}
		for _, forbidden := range []string{"eu-west", "us-east", "arn:aws:", "provider \"aws\""} {
			if strings.Contains(string(f.Content), forbidden) {
				t.Errorf("%s contains %q", f.Path, forbidden)
			}
		}
	}
}

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
	r, err := render.New(templates, components.Kinds())
	if err != nil {
		return nil, err
	}
	files, err := r.Modules()
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
	add := func(lines string) func(string) string { return func(text string) string { return text + lines } }
	replace := func(old, new string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, new, 1) }
	}
	storage, function, shared := "storage/main.tf.tmpl", "function/main.tf.tmpl", "root/shared.tf.tmpl"
	tests := map[string]struct {
		file   string
		change func(string) string
		want   []string
	}{
		"not HCL":        {storage, replace("var.bucket", "= var.bucket"), []string{"template storage/main.tf.tmpl, line 2: invalid expression: ", "rendered: bucket        = = var.bucket"}},
		"not a template": {storage, add("{{ .Kind"), []string{"template storage/main.tf.tmpl", "unclosed action"}},
		"no such field":  {storage, add("{{ .Kinds }}"), []string{"template storage/main.tf.tmpl", "Kinds"}},
		"no output": {
			"storage/outputs.tf.tmpl", replace(`output "bucket"`, `output "name"`),
			[]string{`template storage/outputs.tf.tmpl has no output "bucket", which components refer to`},
		},
		"unknown argument": {
			storage, replace("force_destroy =", "force_destory ="),
			[]string{
				`template storage/main.tf.tmpl, line 3: unsupported argument: aws_s3_bucket.this has no argument "force_destory"; did you mean "force_destroy"?`,
				"rendered: force_destory = var.force_destroy",
			},
		},
		"in a template that others include": {
			"module/private.tf.tmpl", replace("block_public_acls ", "block_public_acl "),
			[]string{
				`template module/private.tf.tmpl, line 6: unsupported argument: aws_s3_bucket_public_access_block.this has no argument "block_public_acl"; did you mean "block_public_acls"?`,
			},
		},
		"unknown variable": {
			function, replace("var.timeout_s", "var.timeout"),
			[]string{`unknown reference: var has no "timeout"; did you mean "timeout_s"?`, "template function/main.tf.tmpl, line "},
		},
		"two at a time": {
			function, func(text string) string {
				return strings.Replace(strings.Replace(text, "var.timeout_s", "var.timeout", 1), "memory_size ", "memory_siz ", 1)
			},
			[]string{`var has no "timeout"`, `has no argument "memory_siz"`},
		},
		"in a root": {
			shared, replace("use_lockfile = true\n", "use_lockfile = = true\n"),
			[]string{"template root/shared.tf.tmpl, line 17: invalid expression: ", "rendered: use_lockfile = = true"},
		},
		"an argument that a module does not have": {
			shared, replace("{{ .Arguments }}", "colour = 1\n  {{ .Arguments }}"),
			[]string{`template root/shared.tf.tmpl, line 42: unsupported argument: The module has no variable "colour". Allowed: `, "rendered: colour = 1"},
		},
		"a character that means something else": {storage, add("# \ue000"), []string{"template storage/main.tf.tmpl contains one of the characters U+E000 to U+E003"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			templates := copyTemplates(t)
			before := string(templates[test.file].Data)
			after := test.change(before)
			if before == after {
				t.Fatal("the template is as it was")
			}
			templates[test.file] = &fstest.MapFile{Data: []byte(after)}
			_, err := rendered(t, templates)
			if err == nil {
				t.Fatal("no mistake was found")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %s", err, want)
				}
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
		for _, forbidden := range []string{"\"eu-west", "\"us-east", "arn:aws:", "provider \"aws\""} {
			if strings.Contains(string(f.Content), forbidden) {
				t.Errorf("%s contains %q", f.Path, forbidden)
			}
		}
	}
}

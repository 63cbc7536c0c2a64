package environment_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendform/generator/environment"
)

// repository writes environment files, and the folder of one package, into a
// folder of their own.
func repository(t *testing.T, base, qa string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{"base.hcl": base, "qa.hcl": qa} {
		file := filepath.Join(root, environment.Folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "app"), 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

const base = `project "shop" {
  artifacts = bucket.code
  tags {
    project = project.name
  }
  bucket "code" {}
  bucket "files" {
    name              = "${environment.account_id}-files-${environment.region}"
    expire_after_days = 1
  }
  function "front" {
    package = "app"
    environment {
      BACK  = function.back.url
      FILES = bucket.files.name
      LINK  = "${function.back.url}/x?b=${bucket.files.arn}"
    }
    access {
      files = "read-write"
    }
  }
  function "back" {
    package   = "app"
    public    = true
    memory_mb = 256
  }
}
`

const qa = `environment "qa" {
  account_id = "111122223333"
  regions    = ["eu-west-2", "us-east-1"]
  bucket "files" {
    expire_after_days = 7
  }
  function "front" {
    timeout_s = 20
    environment {
      FILES = "elsewhere"
    }
  }
}
`

func TestLoadLayersAndResolves(t *testing.T) {
	env, err := environment.Load(repository(t, base, qa), "qa")
	if err != nil {
		t.Fatal(err)
	}
	if len(env.Targets) != 2 {
		t.Fatalf("got %d targets, want one for each region", len(env.Targets))
	}
	target := env.Targets[1]
	files := target.Bucket("files")
	if files.Name != "111122223333-files-us-east-1" || files.ExpireAfterDays != 7 {
		t.Errorf("bucket: got %+v", files)
	}
	if got := target.Bucket("code").Name; got != "111122223333--shop-qa-code--us-east-1" {
		t.Errorf("a bucket without a name is called %q", got)
	}
	front := target.Function("front")
	got := map[string]string{}
	for _, s := range front.Settings {
		got[s.Name] = s.Value.String()
	}
	want := map[string]string{
		"BACK":  "${function.back.url}",
		"FILES": "elsewhere",
		"LINK":  "${function.back.url}/x?b=arn:aws:s3:::111122223333-files-us-east-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if front.TimeoutS != 20 || front.MemoryMB != 128 || target.Function("back").MemoryMB != 256 {
		t.Errorf("layers are mixed up: %+v", front)
	}
	if front.RoleARN != "arn:aws:iam::111122223333:role/shop-qa-front-us-east-1" {
		t.Errorf("role: %s", front.RoleARN)
	}
	if target.Tags["project"] != "shop" || target.Artifacts != "code" {
		t.Errorf("target: %+v", target)
	}
}

// TestMistakes replaces one line of a good file by a wrong one; what is said must
// name the place, and what would be right.
func TestMistakes(t *testing.T) {
	tests := map[string]struct {
		file, line, by string // replaces line by by
		want           string // file:line:column: summary; detail begins with…
	}{
		"unknown attribute": {
			"qa", "timeout_s = 20", "timeouts = 20",
			`qa.hcl:8:5: Unsupported argument; An argument named "timeouts" is not expected here. Did you mean "timeout_s"?`,
		},
		"unknown block": {
			"qa", `bucket "files" {`, `buckets "files" {`,
			`qa.hcl:4:3: Unsupported block type; Blocks of type "buckets" are not expected here. Did you mean "bucket"?`,
		},
		"unknown bucket": {
			"base", "bucket.files.arn", "bucket.filez.arn",
			`base.hcl:16:43: Unknown reference; bucket has no "filez"; did you mean "files"? It has: code, files.`,
		},
		"unknown attribute of a function": {
			"base", "BACK  = function.back.url", "BACK  = function.back.uri",
			`base.hcl:14:15: Unknown reference; function.back has no "uri"; did you mean "url"? It has: arn, name, url.`,
		},
		"unknown kind": {
			"base", "BACK  = function.back.url", "BACK  = functions.back.url",
			`base.hcl:14:15: Unknown reference; There is no "functions" to refer to; did you mean "function"? References start with: bucket, environment, function, project.`,
		},
		"wrong type": {
			"base", "memory_mb = 256", `memory_mb = "much"`,
			`base.hcl:25:18: Unsuitable value type; Unsuitable value: a number is required`,
		},
		"memory": {
			"base", "memory_mb = 256", "memory_mb = 64",
			`base.hcl:25:17: Out of range; 64 is not between 128 and 10240 MB.`,
		},
		"timeout, laid over": {
			"qa", "timeout_s = 20", "timeout_s = 901",
			`qa.hcl:8:17: Out of range; 901 is not between 1 and 900 seconds.`,
		},
		"region": {
			"qa", `["eu-west-2", "us-east-1"]`, `["eu-west-22"]`,
			`qa.hcl:3:16: Unknown region; "eu-west-22" is none; did you mean "eu-west-2"? Allowed: af-south-1`,
		},
		"account": {
			"qa", `"111122223333"`, `"1111222233"`,
			`qa.hcl:2:16: Not an account id; "1111222233" is not: twelve digits are.`,
		},
		"bucket name": {
			"base", `"${environment.account_id}-files-${environment.region}"`, `"Files_${environment.region}"`,
			`base.hcl:8:25: Not a bucket name; "Files_eu-west-2" (15 characters) cannot name a bucket: only lower-case`,
		},
		"bucket name that is long only in one region": {
			"base", `"${environment.account_id}-files-${environment.region}"`, `"a-very-long-name-for-a-bucket-that-nobody-would-type-${environment.region}-x"`,
			`base.hcl:8:25: Not a bucket name; "a-very-long-name-for-a-bucket-that-nobody-would-type-eu-west-2-x" (64 characters)`,
		},
		"missing attribute": {
			"qa", `account_id = "111122223333"`, "",
			`qa.hcl:1:18: Missing required argument; The argument "account_id" is required, but no definition was found.`,
		},
		"package folder": {
			"base", `package   = "app"`, `package   = "../app"`,
			`base.hcl:23:17: No such folder; "../app" is no folder of this repository.`,
		},
		"access": {
			"base", `files = "read-write"`, `files = "readwrite"`,
			`base.hcl:19:15: Unknown access; "readwrite" is none; did you mean "read-write"? Allowed: read-only, read-write.`,
		},
		"access to an unknown bucket": {
			"base", `files = "read-write"`, `file = "read-write"`,
			`base.hcl:19:7: Unknown bucket; "file" is none; did you mean "files"? Allowed: code, files.`,
		},
		"reserved variable": {
			"base", "FILES = bucket.files.name", `AWS_REGION = "x"`,
			`base.hcl:15:7: Reserved variable; Lambda sets AWS_REGION itself.`,
		},
		"function without a URL": {
			"base", "public    = true", "",
			`base.hcl:14:15: Function without a URL; function.back has no URL: set public = true in it.`,
		},
		"known only after an apply": {
			"base", `package = "app"`, `package = function.back.url`,
			`base.hcl:12:15: Unsuitable value type; This value is known only after an apply; here a value is needed now.`,
		},
		"computed with an unknown value": {
			"base", "BACK  = function.back.url", `BACK  = function.back.url == "x"`,
			`base.hcl:14:15: Known only after an apply; A value that is known only after an apply can be used as it is`,
		},
		"itself": {
			"base", "BACK  = function.back.url", "BACK  = function.front.url",
			`base.hcl:14:15: Function without a URL; function.front has no URL`,
		},
		"syntax": {
			"base", "memory_mb = 256", "memory_mb = = 256",
			`base.hcl:25:17: Invalid expression; Expected the start of an expression`,
		},
		"block twice": {
			"base", `bucket "code" {}`, "bucket \"code\" {}\n  bucket \"code\" {}",
			`base.hcl:7:3: Written twice; bucket code is already defined at line 6 of this file.`,
		},
		"name of the environment": {
			"qa", `environment "qa" {`, `environment "quality" {`,
			`qa.hcl:1:13: Environment and file disagree; This file is envs/qa.hcl, so its environment must be called "qa".`,
		},
		"artifacts": {
			"base", "artifacts = bucket.code", "artifacts = bucket.code.name",
			`base.hcl:2:15: Bucket expected; Name the bucket that packages are uploaded to: artifacts = bucket.NAME.`,
		},
		"retention": {
			"base", "memory_mb = 256", "log_retention_days = 8",
			`base.hcl:25:26: Not a retention that CloudWatch Logs has; 8 is not; these are: 1 3 5`,
		},
		"label": {
			"base", `bucket "code" {}`, `bucket "Code" {}`,
			`base.hcl:6:10: Not a name; "Code" cannot name the bucket`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"base": base, "qa": qa}
			if !strings.Contains(files[test.file], test.line) {
				t.Fatalf("%s.hcl has no line %q to replace", test.file, test.line)
			}
			files[test.file] = strings.Replace(files[test.file], test.line, test.by, 1)
			_, err := environment.Load(repository(t, files["base"], files["qa"]), "qa")
			var mistakes *environment.Mistakes
			if !errors.As(err, &mistakes) {
				t.Fatalf("got %v, want mistakes", err)
			}
			said := describe(mistakes)
			for _, line := range said {
				if strings.HasPrefix(line, "envs/"+test.want) {
					return
				}
			}
			t.Errorf("got\n%s\nwant a line that begins with\nenvs/%s", strings.Join(said, "\n"), test.want)
		})
	}
}

func describe(m *environment.Mistakes) []string {
	var lines []string
	for _, d := range m.Diagnostics {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s; %s", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column, d.Summary, d.Detail))
	}
	return lines
}

func TestCycleIsShownLinkByLink(t *testing.T) {
	cyclic := strings.Replace(base, "memory_mb = 256", "environment {\n      FRONT = function.front.url\n    }", 1)
	cyclic = strings.Replace(cyclic, `package = "app"`, "package = \"app\"\n    public = true", 1)
	_, err := environment.Load(repository(t, cyclic, qa), "qa")
	var mistakes *environment.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("got %v, want mistakes", err)
	}
	want := "envs/base.hcl:27:15: Functions need each other; None of them can be created first:\n" +
		"  function.front needs function.back for BACK (envs/base.hcl:15)\n" +
		"  function.back needs function.front for FRONT (envs/base.hcl:27)\n" +
		"Let one of them learn the address at run time instead."
	if diff := cmp.Diff([]string{want}, describe(mistakes)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAllMistakesInOneRun(t *testing.T) {
	wrong := strings.NewReplacer("memory_mb = 256", "memory_mb = 1", "bucket.files.arn", "bucket.fils.arn").Replace(base)
	_, err := environment.Load(repository(t, wrong, strings.Replace(qa, "timeout_s = 20", "timeout_s = 0", 1)), "qa")
	var mistakes *environment.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("got %v, want mistakes", err)
	}
	if got := describe(mistakes); len(got) != 3 {
		t.Errorf("want three mistakes, got\n%s", strings.Join(got, "\n"))
	}
}

func TestUnknownEnvironment(t *testing.T) {
	_, err := environment.Load(repository(t, base, qa), "qq")
	want := `there is no environment "qq"; did you mean "qa"? envs has: qa`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = environment.Load(t.TempDir(), "qa")
	if err == nil || !strings.Contains(err.Error(), "no folder envs here") {
		t.Errorf("got %v", err)
	}
}

// FuzzLoad looks for files that make the decoder panic.
func FuzzLoad(f *testing.F) {
	f.Add(base, qa)
	f.Add("", "")
	f.Add(`project "p" { bucket {} }`, `environment "qa" { regions = [null] }`)
	f.Fuzz(func(t *testing.T, base, qa string) {
		_, err := environment.Load(repository(t, base, qa), "qa")
		var mistakes *environment.Mistakes
		if err != nil && !errors.As(err, &mistakes) {
			t.Errorf("got %v, want mistakes with places", err)
		}
	})
}

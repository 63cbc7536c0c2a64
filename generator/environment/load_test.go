package environment_test

import (
	"errors"
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

func TestCycleIsShownLinkByLink(t *testing.T) {
	cyclic := strings.Replace(base, "memory_mb = 256", "environment {\n      FRONT = function.front.url\n    }", 1)
	cyclic = strings.Replace(cyclic, `package = "app"`, "package = \"app\"\n    public = true", 1)
	_, err := environment.Load(repository(t, cyclic, qa), "qa")
	var mistakes *environment.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("got %v, want mistakes", err)
	}
	want := "envs/base.hcl:27:15: Components need each other; None of them can be created first:\n" +
		"  function.front needs function.back for BACK (envs/base.hcl:15)\n" +
		"  function.back needs function.front for FRONT (envs/base.hcl:27)\n" +
		"Let function.back learn it at run time: put it into a parameter, and give the function the parameter's name.\n" +
		"  parameter \"front-url\" {\n    value = function.front.url\n  }\n" +
		"and in function.back, in place of the setting:\n  parameters {\n    FRONT = parameter.front-url\n  }"
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
	if err == nil || !strings.Contains(err.Error(), "no folder envs in ") {
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

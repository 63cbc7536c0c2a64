package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sendform/generator/environment"
)

// TestRehearsalOfThePresentDeployment takes the golden environment that has the shape
// of what is deployed today through two rounds: Python functions with their
// dependencies in a layer, snapshots behind an alias, secrets, and a distribution in
// front of it all.
func TestRehearsalOfThePresentDeployment(t *testing.T) {
	t.Parallel()
	sendform, root := build(t), goldenCopy(t)
	environ := map[string]string{"SENDFORM_TERRAFORM": findTerraform(t).Path}
	if out, code := sendform.run(t, root, environ, "gen"); code != 0 {
		t.Fatalf("gen: exit code %d:\n%s", code, out)
	}
	out, code := sendform.run(t, root, environ, "rehearse", "dev")
	if code != 0 || !strings.Contains(out, "rehearse dev/eu-west-2 passed") {
		t.Errorf("rehearse: exit code %d:\n%s", code, out)
	}
	for _, want := range []string{"layer.dependencies", "cdn.send", "parameter.distribution-id"} {
		if !strings.Contains(out, want) {
			t.Errorf("the rehearsal does not make %s:\n%s", want, out)
		}
	}
	// It has a component of each kind, and is made, planned again, locked down and deleted.
	if strings.Contains(out, "warns") {
		t.Errorf("Terraform warns:\n%s", out)
	}
}

// goldenCopy is a copy of the environment in the shape of the present deployment, which
// is not rendered yet.
func goldenCopy(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	golden := filepath.Join(repository(t), "generator", "testdata", "environments", "python")
	for folder, from := range map[string]string{"envs": golden, "app": golden, "layers": golden, "site": golden, "templates": repository(t)} {
		if err := os.CopyFS(filepath.Join(root, folder), os.DirFS(filepath.Join(from, folder))); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// rendered renders a repository and loads an environment of it.
func rendered(t *testing.T, sendform program, root, name string) environment.Target {
	t.Helper()
	if out, code := sendform.run(t, root, nil, "gen"); code != 0 {
		t.Fatalf("gen: exit code %d:\n%s", code, out)
	}
	env, err := environment.Load(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return env.Targets[0]
}

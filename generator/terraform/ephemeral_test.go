package terraform

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEphemeralValuesLeaveNoTrace hands a value over and looks for it in every file
// that Terraform and the Root have written.
func TestEphemeralValuesLeaveNoTrace(t *testing.T) {
	// Longer than a pipe holds, so that writing waits for reading.
	secret := strings.Repeat("canary", 20_000)
	received := filepath.Join(t.TempDir(), "received")
	f := newFixture(t, `
variable "secrets" {
  type      = map(string)
  sensitive = true
  ephemeral = true
}

resource "terraform_data" "this" {
  provisioner "local-exec" {
    command     = "printf %s \"$DIGEST\" > '`+received+`'"
    environment = { DIGEST = sha256(var.secrets["key"]) }
  }
}
`, func(cfg *Config) {
		cfg.Ephemeral = map[string]any{"secrets": map[string]string{"key": secret}}
	})
	f.init(t)
	_, file := f.plan(t, PlanOptions{})
	saved, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ApplyPlan(t.Context(), file, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(received); err != nil {
		t.Errorf("the value did not arrive: %v", err)
	}
	if bytes.Contains(saved, []byte("canarycanary")) {
		t.Error("the saved plan has the value")
	}
	for _, dir := range []string{f.dir, f.dataDir, filepath.Dir(f.state)} {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if strings.HasSuffix(name, ".tfvars.json") {
				t.Errorf("the pipe %s is left", name)
			}
			content, err := os.ReadFile(name)
			if bytes.Contains(content, []byte("canarycanary")) {
				t.Errorf("%s has the value", name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPipeServesEveryReader reads more than once, as Terraform may.
func TestPipeServesEveryReader(t *testing.T) {
	file, stop, err := pipeEphemeral(t.TempDir(), map[string]any{"secrets": map[string]string{"key": "value"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(content); got != `{"secrets":{"key":"value"}}` {
			t.Fatalf("got %s", got)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
		t.Errorf("the pipe is left: %v", err)
	}
}

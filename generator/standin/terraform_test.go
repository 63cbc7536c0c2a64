package standin_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"sendform/generator/standin"
)

// workspace is a folder with a configuration that Terraform runs in. Each command
// gets its own instance of the provider.
type workspace struct {
	t       *testing.T
	dir     string
	tf      *tfexec.Terraform
	environ map[string]string
}

func newWorkspace(t *testing.T, environ map[string]string) *workspace {
	t.Helper()
	path, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatalf("terraform must be on PATH: %v", err)
	}
	dir := t.TempDir()
	tf, err := tfexec.NewTerraform(dir, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := tf.SetEnv(map[string]string{
		"PATH":               os.Getenv("PATH"),
		"HOME":               dir,
		"CHECKPOINT_DISABLE": "1",
	}); err != nil {
		t.Fatal(err)
	}
	return &workspace{t: t, dir: dir, tf: tf, environ: environ}
}

// write puts a file into the folder.
func (w *workspace) write(name, content string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// run serves an instance while do runs.
func (w *workspace) run(do func(context.Context, tfexec.ReattachInfo) error) error {
	w.t.Helper()
	server, err := standin.Serve(w.t.Context(), standin.Options{Environ: w.environ, Dir: w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := server.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	return do(w.t.Context(), server.Reattach())
}

func (w *workspace) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *workspace) init() {
	w.t.Helper()
	w.must(w.run(func(ctx context.Context, info tfexec.ReattachInfo) error {
		return w.tf.Init(ctx, tfexec.Reattach(info))
	}))
}

func (w *workspace) apply() error {
	w.t.Helper()
	return w.run(func(ctx context.Context, info tfexec.ReattachInfo) error {
		return w.tf.Apply(ctx, tfexec.Reattach(info))
	})
}

// applyPlan does what the last call of planned or changes has found.
func (w *workspace) applyPlan() {
	w.t.Helper()
	w.must(w.run(func(ctx context.Context, info tfexec.ReattachInfo) error {
		return w.tf.Apply(ctx, tfexec.Reattach(info), tfexec.DirOrPlan(w.planFile()))
	}))
}

// planFile is where the last plan is.
func (w *workspace) planFile() string { return filepath.Join(w.dir, "plan") }

func (w *workspace) destroy() {
	w.t.Helper()
	w.must(w.run(func(ctx context.Context, info tfexec.ReattachInfo) error {
		return w.tf.Destroy(ctx, tfexec.Reattach(info))
	}))
}

// changes returns what a plan would do, by address; empty when it does nothing.
func (w *workspace) changes() map[string]tfjson.Actions {
	w.t.Helper()
	var text strings.Builder
	found := map[string]tfjson.Actions{}
	for address, change := range w.planned() {
		found[address] = change.Change.Actions
		fmt.Fprintf(&text, "%s: %v\n%s", address, change.Change.Actions, cmp.Diff(change.Change.Before, change.Change.After))
	}
	w.t.Log(text.String())
	return found
}

// exists reports whether a file is in the folder.
func (w *workspace) exists(name string) bool {
	_, err := os.Stat(filepath.Join(w.dir, name))
	return err == nil
}

// wantNoChanges is the promise that a second plan is empty.
func (w *workspace) wantNoChanges() {
	w.t.Helper()
	if found := w.changes(); len(found) > 0 {
		w.t.Fatalf("the plan must be empty, it changes %v", found)
	}
}

// state returns the attributes of every resource and data source, by address.
func (w *workspace) state() map[string]map[string]any {
	w.t.Helper()
	found := map[string]map[string]any{}
	w.must(w.run(func(ctx context.Context, info tfexec.ReattachInfo) error {
		state, err := w.tf.Show(ctx, tfexec.Reattach(info))
		if err != nil {
			return err
		}
		if state.Values == nil {
			return nil
		}
		for _, resource := range state.Values.RootModule.Resources {
			found[resource.Address] = maps.Clone(resource.AttributeValues)
		}
		return nil
	}))
	return found
}

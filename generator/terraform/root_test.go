package terraform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	tfjson "github.com/hashicorp/terraform-json"
)

const twoResources = `
resource "terraform_data" "box" {
  input            = "x"
  triggers_replace = [%q]
}

module "inner" {
  source = "./inner"
}

output "box" {
  value = terraform_data.box.output
}

output "secret" {
  value     = "hidden"
  sensitive = true
}
`

const innerModule = `
resource "terraform_data" "item" {
  for_each = toset(["a b"])
  input    = each.key
}
`

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	f := newFixture(t, fmt.Sprintf(twoResources, "one"), nil)
	f.write(t, "inner/main.tf", innerModule)
	before := f.files(t)
	ctx := t.Context()

	start := time.Now()
	f.init(t)
	t.Logf("init with version: %v", time.Since(start))
	start = time.Now()
	if err := f.Validate(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("validate: %v", time.Since(start))

	start = time.Now()
	plan, file := f.plan(t, PlanOptions{})
	t.Logf("plan: %v", time.Since(start))
	want := Plan{
		HasChanges: true,
		Changes: []Change{
			{Address: `module.inner.terraform_data.item["a b"]`, Module: "module.inner", ResourceType: "terraform_data", Action: Create},
			{Address: "terraform_data.box", ResourceType: "terraform_data", Action: Create},
		},
		Summary: Summary{Add: 2},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("first plan:\n%s", diff)
	}

	var events []Event
	start = time.Now()
	if err := f.ApplyPlan(ctx, file, func(e Event) { events = append(events, e) }); err != nil {
		t.Fatal(err)
	}
	t.Logf("apply: %v", time.Since(start))
	assertApplied(t, events, Create, "terraform_data.box", `module.inner.terraform_data.item["a b"]`)
	if last := events[len(events)-1]; last.Kind != ChangeSummary || last.Summary != (Summary{Add: 2}) {
		t.Errorf("last event: %+v", last)
	}

	start = time.Now()
	outputs, err := f.Output(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("output: %v", time.Since(start))
	if got := string(outputs["box"].Value); got != `"x"` {
		t.Errorf("output box: %s", got)
	}
	if secret := outputs["secret"]; string(secret.Value) != `"hidden"` || !secret.Sensitive {
		t.Errorf("output secret: %s, sensitive %v", secret.Value, secret.Sensitive)
	}

	start = time.Now()
	state, err := f.Show(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("show: %v", time.Since(start))
	if got := state.Values.RootModule.Resources; len(got) != 1 || got[0].Address != "terraform_data.box" {
		t.Errorf("resources of the root module: %+v", got)
	}

	if plan, _ := f.plan(t, PlanOptions{}); !cmp.Equal(Plan{}, plan) {
		t.Errorf("second plan is not empty: %+v", plan)
	}

	f.write(t, "main.tf", fmt.Sprintf(twoResources, "two"))
	start = time.Now()
	plan, _ = f.plan(t, PlanOptions{})
	t.Logf("plan with replacement: %v", time.Since(start))
	want = Plan{
		HasChanges: true,
		Changes: []Change{{
			Address: "terraform_data.box", ResourceType: "terraform_data", Action: Replace,
			Reason: "cannot_update", ReplacePaths: []string{"triggers_replace"},
		}},
		Summary: Summary{Add: 1, Remove: 1},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan with replacement:\n%s", diff)
	}

	plan, file = f.plan(t, PlanOptions{Destroy: true, Targets: []string{"module.inner"}})
	if len(plan.Changes) != 1 || plan.Changes[0].Module != "module.inner" || plan.Changes[0].Action != Delete {
		t.Errorf("targeted destroy plan: %+v", plan.Changes)
	}
	if len(plan.Warnings) == 0 {
		t.Error("no warning of the use of targets")
	}
	events = nil
	if err := f.ApplyPlan(ctx, file, func(e Event) { events = append(events, e) }); err != nil {
		t.Fatal(err)
	}
	assertApplied(t, events, Delete, `module.inner.terraform_data.item["a b"]`)

	_, file = f.plan(t, PlanOptions{Destroy: true})
	if err := f.ApplyPlan(ctx, file, nil); err != nil {
		t.Fatal(err)
	}
	if state, err = f.Show(ctx); err != nil || state.Values != nil {
		t.Errorf("after destroy: %+v, %v", state, err)
	}
	if after := f.files(t); after != before {
		t.Errorf("files in the root folder: %q became %q", before, after)
	}
}

// assertApplied fails unless exactly these addresses were started and then completed with the action.
func assertApplied(t *testing.T, events []Event, action Action, addresses ...string) {
	t.Helper()
	got := make(map[string][]Kind)
	for _, e := range events {
		if e.Address == "" {
			continue
		}
		got[e.Address] = append(got[e.Address], e.Kind)
		if e.Action != action || e.ResourceType != "terraform_data" || !strings.HasPrefix(e.Address, e.Module) {
			t.Errorf("event: %+v", e)
		}
		if e.Kind == ApplyComplete && (e.Elapsed <= 0 || e.Elapsed > patience) {
			t.Errorf("elapsed: %v", e.Elapsed)
		}
	}
	want := make(map[string][]Kind)
	for _, address := range addresses {
		want[address] = []Kind{ApplyStart, ApplyComplete}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events by address:\n%s", diff)
	}
}

func TestPlanOfImportMoveAndForget(t *testing.T) {
	t.Parallel()
	f := newFixture(t, `
import {
  to = terraform_data.adopted
  id = "found"
}

resource "terraform_data" "adopted" {}
`, nil)
	f.init(t)
	plan, file := f.plan(t, PlanOptions{})
	if len(plan.Changes) != 1 || plan.Changes[0].ImportID != "found" || plan.Changes[0].Action != Import || plan.Summary.Import != 1 {
		t.Fatalf("plan of an import: %+v", plan)
	}
	if err := f.ApplyPlan(t.Context(), file, nil); err != nil {
		t.Fatal(err)
	}
	f.write(t, "main.tf", `
moved {
  from = terraform_data.adopted
  to   = terraform_data.renamed
}

resource "terraform_data" "renamed" {}
`)
	plan, _ = f.plan(t, PlanOptions{})
	if len(plan.Changes) != 1 || plan.Changes[0].Action != Move || !plan.HasChanges {
		t.Fatalf("plan of a move: %+v", plan)
	}
	f.write(t, "main.tf", `
removed {
  from = terraform_data.adopted
  lifecycle {
    destroy = false
  }
}
`)
	plan, _ = f.plan(t, PlanOptions{})
	if len(plan.Changes) != 1 || plan.Changes[0].Action != Forget || !plan.HasChanges {
		t.Fatalf("plan of a removed block: %+v", plan)
	}
}

func TestPlanFile(t *testing.T) {
	t.Parallel()
	f := newFixture(t, `resource "terraform_data" "box" {}`, nil)
	f.init(t)
	out := filepath.Join(t.TempDir(), "plan")
	if err := os.WriteFile(out, []byte("an old one"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Plan(t.Context(), PlanOptions{Out: out}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode of the plan: %o", mode)
	}
	if saved, err := f.ShowPlan(t.Context(), out); err != nil || len(saved.ResourceChanges) != 1 {
		t.Errorf("saved plan: %+v, %v", saved, err)
	}

	f.write(t, "main.tf", `resource "terraform_data" "box" { input = terraform_data.missing }`)
	if _, err := f.Plan(t.Context(), PlanOptions{Out: out}); err == nil {
		t.Error("a plan of a wrong reference succeeded")
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a failed plan left a file: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(f.dataDir, "plan-*")); err != nil || len(left) > 0 {
		t.Errorf("temporary plans: %v, %v", left, err)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	apply := func(t *testing.T, f fixture) error {
		f.init(t)
		_, file := f.plan(t, PlanOptions{})
		return f.ApplyPlan(t.Context(), file, nil)
	}
	tests := map[string]struct {
		config string
		run    func(*testing.T, fixture) error
		want   Error
		// inText are parts of the error's text.
		inText []string
	}{
		"apply": {
			config: "resource \"terraform_data\" \"box\" {\n  provisioner \"local-exec\" {\n    command = \"exit 3\"\n  }\n}\n",
			run:    apply,
			want: Error{Command: "apply", Diagnostics: []tfjson.Diagnostic{{
				Severity: "error", Summary: "local-exec provisioner error", Address: "terraform_data.box",
				Range: &tfjson.Range{Filename: "main.tf", Start: tfjson.Pos{Line: 2}},
			}}},
			inText: []string{"terraform apply: local-exec provisioner error\n", "(terraform_data.box, main.tf:2): ", "exit status 3"},
		},
		"apply with a line longer than 64 KiB": {
			config: `
resource "terraform_data" "box" {
  lifecycle {
    postcondition {
      condition     = self.id == ""
      error_message = format("%0100000d", 7)
    }
  }
}
`,
			run: apply,
			want: Error{Command: "apply", Diagnostics: []tfjson.Diagnostic{{
				Severity: "error", Summary: "Resource postcondition failed",
				Range: &tfjson.Range{Filename: "main.tf", Start: tfjson.Pos{Line: 5}},
			}}},
			inText: []string{strings.Repeat("0", 99999) + "7"},
		},
		"apply of a stale plan": {
			config: `resource "terraform_data" "box" {}`,
			run: func(t *testing.T, f fixture) error {
				f.init(t)
				_, file := f.plan(t, PlanOptions{})
				if err := f.ApplyPlan(t.Context(), file, nil); err != nil {
					t.Fatal(err)
				}
				return f.ApplyPlan(t.Context(), file, nil)
			},
			want:   Error{Command: "apply", Diagnostics: []tfjson.Diagnostic{{Severity: "error", Summary: "Saved plan is stale"}}},
			inText: []string{"terraform apply: Saved plan is stale"},
		},
		"plan": {
			config: "resource \"terraform_data\" \"box\" {\n  input = terraform_data.missing.output\n}\n",
			run: func(t *testing.T, f fixture) error {
				f.init(t)
				_, err := f.Plan(t.Context(), PlanOptions{})
				return err
			},
			want: Error{Command: "plan", Diagnostics: []tfjson.Diagnostic{{
				Severity: "error", Summary: "Reference to undeclared resource",
				Range: &tfjson.Range{Filename: "main.tf", Start: tfjson.Pos{Line: 2}},
			}}},
			inText: []string{"(main.tf:2)", "terraform_data"},
		},
		"validate": {
			config: "resource \"terraform_data\" \"box\" {\n  colour = \"red\"\n}\n",
			run: func(t *testing.T, f fixture) error {
				f.init(t)
				return f.Validate(t.Context())
			},
			want: Error{Command: "validate", Diagnostics: []tfjson.Diagnostic{{
				Severity: "error", Summary: "Unsupported argument",
				Range: &tfjson.Range{Filename: "main.tf", Start: tfjson.Pos{Line: 2}},
			}}},
			inText: []string{"terraform validate: Unsupported argument\n", "(main.tf:2)", `"colour"`},
		},
		"init": {
			config: "module \"inner\" {\n  source = \"./missing\"\n}\n",
			run:    func(t *testing.T, f fixture) error { return f.Init(t.Context()) },
			want: Error{Command: "init", Diagnostics: []tfjson.Diagnostic{{
				Severity: "error", Summary: "Unreadable module directory",
			}}},
			inText: []string{"terraform init: Unreadable module directory", "missing"},
		},
		"show, which has no machine-readable errors": {
			config: `resource "terraform_data" "box" {}`,
			run: func(t *testing.T, f fixture) error {
				f.init(t)
				_, err := f.ShowPlan(t.Context(), filepath.Join(f.dir, "main.tf"))
				return err
			},
			want: Error{Command: "show", Diagnostics: []tfjson.Diagnostic{{
				Severity: "error", Summary: "Failed to read the given file as a state or plan file",
			}}},
			inText: []string{"terraform show: Failed to read", "State read error"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, test.config, nil)
			err := test.run(t, f)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			ignore := cmp.Options{
				cmpopts.IgnoreUnexported(Error{}),
				cmpopts.IgnoreFields(tfjson.Diagnostic{}, "Detail", "Snippet"),
				cmpopts.IgnoreFields(tfjson.Range{}, "End"),
				cmpopts.IgnoreFields(tfjson.Pos{}, "Column", "Byte"),
			}
			first := Error{Command: got.Command, Diagnostics: slices.Clone(got.Diagnostics[:1])}
			if diff := cmp.Diff(test.want, first, ignore); diff != "" {
				t.Error(diff)
			}
			for _, part := range test.inText {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("no %q in:\n%v", part, err)
				}
			}
			if f.locked() {
				t.Error("the state is locked")
			}
		})
	}
}

func TestLockHeldByAnother(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	holder := newFixture(t, g.config(), nil)
	holder.init(t)
	_, file := holder.plan(t, PlanOptions{})
	began := time.Now().Add(-time.Second)
	done := holder.start(t.Context(), file)
	g.wait(t)

	_, err := holder.Plan(t.Context(), PlanOptions{})
	var lock *LockError
	if !errors.As(err, &lock) {
		t.Fatalf("got %v", err)
	}
	if lock.ID == "" || !strings.Contains(lock.Who, "@") || lock.Path != holder.state || lock.Operation != "OperationTypeApply" {
		t.Errorf("lock: %+v", lock)
	}
	if lock.Created.Before(began) || lock.Created.After(time.Now()) {
		t.Errorf("the lock was created at %v", lock.Created)
	}
	if text := err.Error(); !strings.Contains(text, lock.Who) || !strings.Contains(text, lock.ID) || strings.Contains(text, "\n") {
		t.Errorf("text: %s", text)
	}
	var failure *Error
	if !errors.As(err, &failure) || failure.Command != "plan" {
		t.Errorf("Terraform's own error: %+v", failure)
	}

	g.open(t)
	if err := await(t, done); err != nil {
		t.Errorf("the holder's apply: %v", err)
	}
	if plan, _ := holder.plan(t, PlanOptions{}); plan.HasChanges {
		t.Errorf("changes after the apply: %+v", plan.Changes)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Config)
		want   string
	}{
		"relative data folder": {func(c *Config) { c.DataDir = "data" }, "not absolute"},
		"missing root folder":  {func(c *Config) { c.Dir = filepath.Join(c.Dir, "missing") }, "missing"},
		"workspace":            {func(c *Config) { c.Environ = map[string]string{"TF_WORKSPACE": "x"} }, "TF_WORKSPACE"},
		"variable":             {func(c *Config) { c.Environ = map[string]string{"TF_VAR_x": "secret"} }, "TF_VAR_x"},
		"no executable":        {func(c *Config) { c.Executable = Executable{} }, "no suitable terraform"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{
				Executable: Executable{Path: "/terraform"},
				Dir:        t.TempDir(),
				DataDir:    t.TempDir(),
			}
			test.change(&cfg)
			_, err := New(cfg)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells a value: %v", err)
			}
		})
	}
}

// TestWarnings wants each command to tell what Terraform warns of, apart from what
// follows from the targets that it was given.
func TestWarnings(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	f := newFixture(t, `
resource "terraform_data" "box" {}

check "box" {
  assert {
    condition     = terraform_data.box.id == ""
    error_message = "It is full."
  }
}
`, func(c *Config) {
		c.Warn = func(text string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, text)
		}
	})
	f.init(t)
	_, file := f.plan(t, PlanOptions{Targets: []string{"terraform_data.box"}})
	if err := f.ApplyPlan(t.Context(), file, nil); err != nil {
		t.Fatal(err)
	}
	if len(told) > 0 {
		t.Errorf("warned of targets: %q", told)
	}
	f.plan(t, PlanOptions{})
	want := []string{"terraform plan warns: Check block assertion failed (main.tf:6): It is full."}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

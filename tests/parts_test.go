package tests

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sendform/generator/lifecycle"
)

// TestSavedPlanIsAppliedAsItWasReviewed saves a plan, sees every change since refused,
// applies it, and sees it refused once the state has moved on.
func TestSavedPlanIsAppliedAsItWasReviewed(t *testing.T) {
	t.Parallel()
	s, _ := stage(t, load(t, "dev"))
	ctx := t.Context()
	if err := errors.Join(s.Build(ctx), s.CreateState(ctx)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "plan")
	plan, err := s.SavePlan(ctx, file)
	if err != nil || plan.Summary.Add != 47 {
		t.Fatalf("%+v: %v", plan.Summary, err)
	}
	receipt := file + ".receipt.json"
	whole, err := os.ReadFile(receipt)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what, want string) {
		t.Helper()
		if err := s.DeployPlan(ctx, file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	for old, c := range map[string]struct{ with, want string }{
		`"out/dev/eu-west-2/main.tf": "`: {`"out/dev/eu-west-2/main.tf": "0`, "this has changed since: out/dev/eu-west-2/main.tf; make a new plan: sendform plan dev --region eu-west-2 --out " + file},
		`"modules/cdn/main.tf"`:          {`"modules/cdn/gone.tf"`, "this has changed since: modules/cdn/gone.tf, modules/cdn/main.tf; "},
		`"user": "`:                      {`"user": "0`, "this has changed since: package user; "},
		`"plan": "`:                      {`"plan": "0`, "this has changed since: the plan itself; "},
		`"dev/eu-west-2"`:                {`"qa/eu-west-2"`, "is a plan for qa/eu-west-2, not for dev/eu-west-2"},
		`sendform.receipt/1`:             {`sendform.receipt/0`, `its schema is "sendform.receipt/0", not sendform.receipt/1`},
	} {
		if err := os.WriteFile(receipt, bytes.Replace(whole, []byte(old), []byte(c.with), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(old, c.want)
	}
	if err := os.Remove(receipt); err != nil {
		t.Fatal(err)
	}
	refused("no receipt", "has no receipt")
	if err := os.WriteFile(receipt, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.DeployPlan(ctx, file); err != nil {
		t.Fatal(err)
	}
	refused("an older state", "Saved plan is stale")
}

// TestOneComponentAfterTheOther makes and deletes a target step by step, and stops at
// a gate.
func TestOneComponentAfterTheOther(t *testing.T) {
	t.Parallel()
	s, _ := stage(t, load(t, "dev"))
	ctx := t.Context()
	var asked []string
	err := s.DeployStepwise(ctx, func(a lifecycle.Address, plan lifecycle.Plan) error {
		asked = append(asked, a.String())
		for _, c := range plan.Changes {
			if want := "module." + a.Kind + "_" + a.Name; c.Module != want {
				t.Errorf("%s: %s is changed too", a, c.Address)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 11 || asked[10] != "cdn.send" {
		t.Errorf("asked for %v", asked)
	}
	closed := errors.New("the gate is closed")
	asked = nil
	err = s.UndeployStepwise(ctx, func(a lifecycle.Address, _ lifecycle.Plan) error {
		asked = append(asked, a.String())
		if a.Kind == "function" {
			return closed
		}
		return nil
	})
	if want := []string{"cdn.send", "function.user"}; !errors.Is(err, closed) || !slices.Equal(asked, want) {
		t.Errorf("asked for %v: %v, want %v", asked, err, want)
	}
	if err := s.Only(); err != nil {
		t.Fatal(err)
	}
	found, err := s.Exists(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		want := "yes"
		if e.Component.Kind == "cdn" {
			want = "no"
		}
		if e.Answer() != want {
			t.Errorf("%s stands: %s, want %s", e.Component, e.Answer(), want)
		}
	}
}

func TestOnlyOneComponent(t *testing.T) {
	t.Parallel()
	s, _ := stage(t, load(t, "dev"))
	ctx := t.Context()
	if err := s.Only("function.usr"); err == nil || !strings.Contains(err.Error(), `dev/eu-west-2 has no component "function.usr"; it has: identity.admin, `) {
		t.Errorf("%v", err)
	}
	if err := s.Only("function.user"); err != nil {
		t.Fatal(err)
	}
	if err := s.Deploy(ctx, func(lifecycle.Plan) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Only(); err != nil {
		t.Fatal(err)
	}
	found, err := s.Exists(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var standing []string
	for _, e := range found {
		if e.Standing > 0 {
			standing = append(standing, e.Component.String())
		}
	}
	want := []string{
		"state.eu-west-2", "identity.admin", "identity.user", "storage.admin", "storage.artifacts", "storage.transfers",
		"artifact.admin", "artifact.user", "function.admin", "function.user",
	}
	if !slices.Equal(standing, want) {
		t.Errorf("%v stand, want what function.user needs: %v", standing, want)
	}
}

// TestWhatIsNotRightEndsTheApply wants another time-out than the HCL says: the apply
// must end at the function, before the distribution is built on it.
func TestWhatIsNotRightEndsTheApply(t *testing.T) {
	t.Parallel()
	target := load(t, "dev")
	target.Functions = slices.Clone(target.Functions)
	for i := range target.Functions {
		target.Functions[i].TimeoutS++
	}
	s, _ := stage(t, target)
	ctx := t.Context()
	err := s.Deploy(ctx, func(lifecycle.Plan) error { return nil })
	var findings lifecycle.Findings
	var step *lifecycle.StepError
	if !errors.As(err, &findings) || !errors.As(err, &step) || step.Step != "apply" {
		t.Fatalf("%v, want findings in the step apply", err)
	}
	if findings[0].Component.Kind != "function" || findings[0].Attribute != "timeout_s" {
		t.Errorf("%v", findings)
	}
	found, err := s.Exists(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		if e.Component.Kind == "cdn" && e.Answer() == "yes" {
			t.Error("the distribution was made on a function that is not right")
		}
	}
}

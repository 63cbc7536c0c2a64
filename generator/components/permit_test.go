package components_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// TestStatementsNameActionsAndResources looks at every statement that a role of this
// repository's environments or of a golden one gets.
func TestStatementsNameActionsAndResources(t *testing.T) {
	roots, err := filepath.Glob("../testdata/environments/*")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, root := range append(roots, "../..") {
		opened, err := environment.Open(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range opened.Names() {
			env, err := opened.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, target := range env.Targets {
				for _, s := range statements(target) {
					seen++
					checkStatement(t, filepath.Join(root, target.Key()), s)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no statement was looked at")
	}
}

func statements(t environment.Target) []components.Statement {
	var all []components.Statement
	for _, c := range append(components.Bootstrap(t), components.Of(t)...) {
		switch inputs := c.Inputs.(type) {
		case components.IdentityInputs:
			all = append(all, inputs.Statements...)
		case components.DeployerInputs:
			for _, p := range append(inputs.PlanPolicies, inputs.ApplyPolicies...) {
				all = append(all, p.Statements...)
			}
		}
	}
	return all
}

func checkStatement(t *testing.T, where string, s components.Statement) {
	t.Helper()
	for _, action := range s.Actions {
		if service, name, found := strings.Cut(action, ":"); !found || service == "" || strings.ContainsAny(name, "*?") {
			t.Errorf("%s: %s: action %q names no single action", where, s.Sid, action)
		}
	}
	tracing := !slices.ContainsFunc(s.Actions, func(action string) bool { return !strings.HasPrefix(action, "xray:") })
	for _, resource := range s.Resources {
		if !strings.HasPrefix(resource, "arn:") && (resource != "*" || !tracing) {
			t.Errorf("%s: %s: resource %q is no ARN", where, s.Sid, resource)
		}
	}
}

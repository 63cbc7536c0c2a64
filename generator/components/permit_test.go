package components_test

import (
	"encoding/json"
	"fmt"
	"os"
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
	for _, use := range []components.Use{components.PlanUse, components.DeployUse} {
		for _, p := range components.Policies(t, use) {
			all = append(all, p.Statements...)
		}
	}
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
	// These know no resource.
	anything := !slices.ContainsFunc(s.Actions, func(action string) bool {
		return !strings.HasPrefix(action, "xray:") && !strings.HasPrefix(action, "cloudfront:List") && action != "lambda:ListLayerVersions"
	})
	for _, resource := range s.Resources {
		if !strings.HasPrefix(resource, "arn:") && (resource != "*" || !anything) {
			t.Errorf("%s: %s: resource %q is no ARN", where, s.Sid, resource)
		}
	}
}

// TestPoliciesFit packs the permissions of a target with many functions: each policy is
// as small as IAM wants it, and nothing is lost or there twice.
func TestPoliciesFit(t *testing.T) {
	env, err := environment.Load("../testdata/environments/everything", "qa")
	if err != nil {
		t.Fatal(err)
	}
	target := env.Targets[0]
	for i := range 60 {
		f := target.Functions[0]
		f.Label = fmt.Sprintf("more-%d", i)
		f.ARN, f.RoleARN = f.ARN+"-"+f.Label, f.RoleARN+"-"+f.Label
		target.Functions = append(target.Functions, f)
	}
	want := map[string]int{}
	for _, s := range components.Permissions(target, components.DeployUse) {
		want[s.Sid] = len(s.Resources)
	}
	policies := components.Policies(target, components.DeployUse)
	for _, p := range policies {
		document, err := p.Document()
		if err != nil {
			t.Fatal(err)
		}
		if len(document) > 6144 {
			t.Errorf("policy %s has %d characters", p.Name, len(document))
		}
		for _, s := range p.Statements {
			want[strings.TrimRight(s.Sid, "0123456789")] -= len(s.Resources)
		}
	}
	for sid, left := range want {
		if left != 0 {
			t.Errorf("%s: %d resources too few", sid, left)
		}
	}
	if len(policies) < 4 || len(policies) > 10 { // a role takes ten
		t.Errorf("%d policies", len(policies))
	}
}

// TestPermissionsAreReadable wants each sort of thing of the recorded file to be one that
// some target has, and no action to be there that is recorded now.
func TestPermissionsAreReadable(t *testing.T) {
	text, err := os.ReadFile("permissions.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded map[string]map[components.Use][]string
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	for sort, uses := range components.Unrecorded() {
		for use, actions := range uses {
			for _, action := range actions {
				if slices.Contains(recorded[sort][use], action) {
					t.Errorf("%s to %s a %s is recorded: take it out of Unrecorded", action, use, sort)
				}
			}
		}
	}
	sorts := map[string]bool{}
	for _, at := range [][2]string{{"../testdata/environments/python", "dev"}, {"../..", "prod"}} {
		env, err := environment.Load(at[0], at[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, thing := range components.Things(env.Targets[0]) {
			sorts[thing.Sort] = true
			if len(recorded[thing.Sort][components.DeployUse]) == 0 {
				t.Errorf("nothing is recorded for %s", thing.Sort)
			}
		}
	}
	for sort := range recorded {
		if !sorts[sort] {
			t.Errorf("there is no thing of the sort %s", sort)
		}
	}
}

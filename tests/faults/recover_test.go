//go:build linux

package faults

import (
	"context"
	"os"
	"testing"

	"sendform/generator/localcloud/fault"
)

// TestKilledTerraformIsRecoveredFrom kills terraform while a target is made, when the
// answer to a call is lost, and then makes it, or deletes it. The state that the killed
// one leaves is empty and locked.
func TestKilledTerraformIsRecoveredFrom(t *testing.T) {
	distribution := fault.Rule{Service: "cloudfront", Operation: "CreateDistribution*", Kind: fault.ResetAfter}
	tests := map[string]struct {
		rule   fault.Rule
		delete bool
		stage  func(*testing.T) *scene
		always bool // not only when all is tried
	}{
		"apply after a distribution":   {rule: distribution, stage: scratch},
		"destroy after a distribution": {rule: distribution, delete: true, stage: scratch, always: true},
		"destroy after the first role": {rule: fault.Rule{Service: "iam", Operation: "PutRolePolicy", Kind: fault.ResetAfter}, delete: true, stage: scratch},
		"apply after everything":       {rule: distribution, stage: everything},
		"destroy after everything":     {rule: distribution, delete: true, stage: everything},
		"apply after a secret":         {rule: fault.Rule{Service: "secretsmanager", Operation: "CreateSecret", Kind: fault.ResetAfter}, stage: everything},
		"destroy after a parameter":    {rule: fault.Rule{Service: "ssm", Operation: "PutParameter", Kind: fault.ResetAfter}, delete: true, stage: everything},
		"apply after an edge function": {rule: fault.Rule{Service: "cloudfront", Operation: "CreateFunction", Kind: fault.ResetAfter}, stage: everything, always: true},
	}
	whole := os.Getenv(scope) != ""
	for name, test := range tests {
		if !test.always && !whole {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s := test.stage(t)
			test.rule.Nth = 1
			watching, stop := context.WithCancel(ctx)
			killed := s.atCall(watching, test.rule, func() error { return killTerraform(s.dir) })
			err := s.create(ctx)
			stop()
			if killErr := <-killed; killErr != nil || err == nil {
				t.Fatalf("not killed: %v, %v", killErr, err)
			}
			s.Cloud.SetFaults(fault.Rules{})
			if !test.delete {
				if err := s.create(ctx); err != nil {
					t.Fatal(err)
				}
				if err := s.PlanIsEmpty(ctx); err != nil {
					t.Errorf("what was adopted is not as planned: %v", err)
				}
			}
			if err := s.remove(ctx); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"that run is gone", "is adopted: "} {
				if !s.heard(text) {
					t.Errorf("nobody is told %q: %q", text, s.notes)
				}
			}
			if left, err := s.left(ctx); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

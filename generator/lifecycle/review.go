package lifecycle

import (
	"context"
	"path/filepath"

	tfjson "github.com/hashicorp/terraform-json"
)

// PlanFile is where [Deployment.Deploy] saves the plan that it asks to approve.
func (d *Deployment) PlanFile() string { return filepath.Join(d.cfg.Work, "plan") }

// SavedPlan returns everything that a saved plan holds, sensitive values too: the
// caller keeps those out of sight.
func (d *Deployment) SavedPlan(ctx context.Context, file string) (*tfjson.Plan, error) {
	return d.root.ShowPlan(ctx, file)
}

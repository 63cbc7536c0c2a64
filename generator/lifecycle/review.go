package lifecycle

import (
	"context"
	"path/filepath"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"

	"sendform/generator/terraform"
)

// PlanFile is where [Deployment.Deploy] saves the plan that it asks to approve.
func (d *Deployment) PlanFile() string { return filepath.Join(d.cfg.Work, "plan") }

// SavedPlan returns everything that a saved plan holds, sensitive values too: the
// caller keeps those out of sight.
func (d *Deployment) SavedPlan(ctx context.Context, file string) (*tfjson.Plan, error) {
	return d.root.ShowPlan(ctx, file)
}

// dataTypes are the resource types whose destruction loses what nobody can make again.
var dataTypes = []string{"aws_cloudwatch_log_group", "aws_s3_bucket", "aws_secretsmanager_secret", "aws_ssm_parameter"}

// LosesData lists the resources with data that a plan destroys or replaces.
func LosesData(p Plan) []string {
	var lost []string
	for _, c := range p.Changes {
		if (c.Action == terraform.Delete || c.Action == terraform.Replace) && slices.Contains(dataTypes, c.ResourceType) {
			lost = append(lost, c.Address)
		}
	}
	return lost
}

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"sendform/generator/terraform"
)

// CreateState makes the state bucket right, and what else stands before the rest.
// The bucket itself is made here when it is missing, empty and private as S3 makes
// buckets: Terraform keeps the state of its settings in it too, so it must stand
// before the first init. Terraform runs only when AWS says that a setting is not as
// it should be.
func (d *Deployment) CreateState(ctx context.Context) error {
	release, err := d.own("apply")
	if err != nil {
		return err
	}
	defer release()
	right := true
	for _, c := range d.bootstrap {
		v, err := d.verifyComponent(ctx, c)
		if err != nil {
			return fmt.Errorf("look at %s: %w", c.Address, err)
		}
		right = right && len(v.findings) == 0
	}
	if right {
		return nil
	}
	t := d.cfg.Target
	stood, err := d.StateStands(ctx)
	if err != nil {
		return err
	}
	input := &s3.CreateBucketInput{Bucket: &t.StateBucket}
	if t.Region != "us-east-1" { // the one region that must not be named
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(t.Region),
		}
	}
	if !stood {
		_, err := d.observer.s3.CreateBucket(ctx, input)
		var ours *types.BucketAlreadyOwnedByYou // its answer to an earlier attempt was lost
		if err != nil && !errors.As(err, &ours) {
			return fmt.Errorf("make the state bucket %s: %w", t.StateBucket, err)
		}
	}
	if err := d.stateRoot.Init(ctx); err != nil {
		return err
	}
	file := filepath.Join(d.cfg.Work, "plan-state")
	plan, err := d.planState(ctx, terraform.PlanOptions{Out: file}, stood)
	if err != nil {
		return err
	}
	if plan.HasChanges {
		if err := d.applyLocking(ctx, d.stateModule(), file, func(terraform.Event) {}); err != nil {
			return err
		}
	}
	d.cfg.Tell(Event{Kind: Note, Text: fmt.Sprintf("state bucket %s: %d settings added, %d changed", t.StateBucket, plan.Summary.Add, plan.Summary.Change)})
	return nil
}

// planState plans the settings of the state bucket and the roles of those who deploy.
// Where the bucket stood before, roles may stand that the state lacks.
func (d *Deployment) planState(ctx context.Context, options terraform.PlanOptions, stood bool) (terraform.Plan, error) {
	if stood {
		return d.planAdopting(ctx, d.stateModule(), options)
	}
	return d.planLocking(ctx, d.stateRoot, options)
}

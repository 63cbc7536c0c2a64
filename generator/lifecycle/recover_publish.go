package lifecycle

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/terraform"
)

// publishRewrites puts in force what was written and never published, because a run
// ended between the two. Terraform sees no difference there: the provider compares what
// is written, and takes for granted on import that it is published
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/publish-function.html).
func (d *Deployment) publishRewrites(ctx context.Context) error {
	chosen := d.chosen(d.components)
	for _, x := range d.cfg.Target.Distributions {
		address := components.Address{Kind: components.CDNKind, Name: x.Label}
		if x.Rewrite == "" || !slices.ContainsFunc(chosen, func(c components.Component) bool { return c.Address == address }) {
			continue
		}
		if err := d.publishRewrite(ctx, x); err != nil {
			return fmt.Errorf("%s: publish %s: %w", address, components.RewriteName(x), err)
		}
	}
	return nil
}

func (d *Deployment) publishRewrite(ctx context.Context, x environment.Distribution) error {
	name := aws.String(components.RewriteName(x))
	written, err := d.observer.cdn.GetFunction(ctx, &cloudfront.GetFunctionInput{Name: name, Stage: types.FunctionStageDevelopment})
	if nothingStands(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if string(written.FunctionCode) != x.Rewrite {
		return nil // Terraform changes it, and publishes it then
	}
	live, err := d.observer.cdn.GetFunction(ctx, &cloudfront.GetFunctionInput{Name: name, Stage: types.FunctionStageLive})
	if err != nil && !nothingStands(err) {
		return err
	}
	if err == nil && string(live.FunctionCode) == x.Rewrite {
		return nil
	}
	if _, err := d.observer.cdn.PublishFunction(ctx, &cloudfront.PublishFunctionInput{Name: name, IfMatch: written.ETag}); err != nil {
		return err
	}
	d.note("the last run did not finish; the function %s was written and not published: it is now", *name)
	return nil
}

// onlyDeletes tells whether a plan is one to destroy.
func onlyDeletes(p terraform.Plan) bool {
	return len(p.Changes) > 0 && !slices.ContainsFunc(p.Changes, func(c terraform.Change) bool { return c.Action != terraform.Delete })
}

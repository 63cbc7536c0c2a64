package standin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

const (
	// deployment is how long a change of a distribution may take to be everywhere.
	deployment = 90 * time.Minute

	// certificateAppearance is how long CloudFront may not know a new certificate.
	certificateAppearance = time.Minute

	// distributionRelease is how long others may be in the way of a deletion.
	distributionRelease = 3 * time.Minute

	// distributionZone is the hosted zone of every distribution's own domain,
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html.
	distributionZone = "Z2FDTNDATAQYW2"
)

func cloudfrontDistribution() kind {
	return kind{
		title:      "CloudFront Distribution",
		attributes: distributionAttributes(),
		global:     true,
		tagged:     true,
		refused: map[string]string{
			"continuous_deployment_policy_id": "it has no type for such a policy, and could not take it away from a distribution to delete.",
		},
		create: createDistribution,
		read:   readDistribution,
		update: updateDistribution,
		remove: deleteDistribution,
	}
}

func createDistribution(ctx context.Context, d *schema.ResourceData, c *clients) error {
	input := &cloudfront.CreateDistributionWithTagsInput{
		DistributionConfigWithTags: &types.DistributionConfigWithTags{
			DistributionConfig: distributionConfig(d),
			Tags:               &types.Tags{Items: tagList(tagsOf(d), cloudfrontTag)},
		},
	}
	err := until(ctx, certificateAppearance, withCode("InvalidViewerCertificate"), func(ctx context.Context) error {
		made, err := c.cloudfront.CreateDistributionWithTags(ctx, input)
		if err == nil {
			d.SetId(aws.ToString(made.Distribution.Id))
		}
		return err
	})
	if err != nil {
		return err
	}
	return awaitDeploymentIfWanted(ctx, d, c)
}

func readDistribution(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.cloudfront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(d.Id())})
	if err != nil {
		return err
	}
	tags, err := c.cloudfront.ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: found.Distribution.ARN})
	if err != nil {
		return fmt.Errorf("tags: %w", err)
	}
	distribution := found.Distribution
	return errors.Join(
		c.tags.set(d, tagMap(tags.Tags.Items, cloudfrontTagParts)),
		setAll(d, distributionValues(distribution.DistributionConfig)),
		setAll(d, map[string]any{
			"arn":                            aws.ToString(distribution.ARN),
			"domain_name":                    aws.ToString(distribution.DomainName),
			"etag":                           aws.ToString(found.ETag),
			"hosted_zone_id":                 distributionZone,
			"in_progress_validation_batches": int(aws.ToInt32(distribution.InProgressInvalidationBatches)),
			"last_modified_time":             aws.ToTime(distribution.LastModifiedTime).String(),
			"status":                         aws.ToString(distribution.Status),
			"trusted_key_groups":             activeKeyGroups(distribution.ActiveTrustedKeyGroups),
			"trusted_signers":                activeSigners(distribution.ActiveTrustedSigners),
		}),
	)
}

func updateDistribution(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if d.HasChangesExcept("tags", "tags_all") {
		input := &cloudfront.UpdateDistributionInput{
			DistributionConfig: distributionConfig(d),
			Id:                 aws.String(d.Id()),
			IfMatch:            aws.String(d.Get("etag").(string)),
		}
		err := putDistribution(ctx, c, input)
		if hasCode(err, "PreconditionFailed") {
			// Somebody else has changed it since the plan was made, which wins.
			found, getErr := c.cloudfront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: input.Id})
			if getErr != nil {
				return getErr
			}
			input.IfMatch = found.ETag
			err = putDistribution(ctx, c, input)
		}
		if err != nil {
			return err
		}
		if err := awaitDeploymentIfWanted(ctx, d, c); err != nil {
			return err
		}
	}
	return updateDistributionTags(ctx, d, c)
}

func putDistribution(ctx context.Context, c *clients, input *cloudfront.UpdateDistributionInput) error {
	return until(ctx, certificateAppearance, withCode("InvalidViewerCertificate"), func(ctx context.Context) error {
		_, err := c.cloudfront.UpdateDistribution(ctx, input)
		return err
	})
}

func updateDistributionTags(ctx context.Context, d *schema.ResourceData, c *clients) error {
	arn := aws.String(d.Get("arn").(string))
	set, remove := changedTags(d)
	if len(remove) > 0 {
		_, err := c.cloudfront.UntagResource(ctx, &cloudfront.UntagResourceInput{Resource: arn, TagKeys: &types.TagKeys{Items: remove}})
		if err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		_, err := c.cloudfront.TagResource(ctx, &cloudfront.TagResourceInput{
			Resource: arn, Tags: &types.Tags{Items: tagList(set, cloudfrontTag)},
		})
		if err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

func awaitDeploymentIfWanted(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if !d.Get("wait_for_deployment").(bool) {
		return nil
	}
	_, err := awaitDeployment(ctx, c, d.Id())
	return err
}

// awaitDeployment returns the distribution once its last change is everywhere.
func awaitDeployment(ctx context.Context, c *clients, id string) (*cloudfront.GetDistributionOutput, error) {
	var found *cloudfront.GetDistributionOutput
	err := until(ctx, deployment, isPending, func(ctx context.Context) (err error) {
		found, err = c.cloudfront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &id})
		if err == nil && aws.ToString(found.Distribution.Status) != "Deployed" {
			err = fmt.Errorf("deployment: %w", errPending)
		}
		return err
	})
	return found, err
}

// disableDistribution takes a distribution out of service, starting from what is in
// force and not from the configuration, and returns it when that is everywhere.
func disableDistribution(ctx context.Context, c *clients, id string) (*cloudfront.GetDistributionOutput, error) {
	found, err := awaitDeployment(ctx, c, id)
	if err != nil || !aws.ToBool(found.Distribution.DistributionConfig.Enabled) {
		return found, err
	}
	config := found.Distribution.DistributionConfig
	config.Enabled = aws.Bool(false)
	_, err = c.cloudfront.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
		DistributionConfig: config, Id: &id, IfMatch: found.ETag,
	})
	if err != nil {
		return nil, fmt.Errorf("disable: %w", err)
	}
	return awaitDeployment(ctx, c, id)
}

func deleteDistribution(ctx context.Context, d *schema.ResourceData, c *clients) error {
	id := d.Id()
	if d.Get("retain_on_delete").(bool) {
		_, err := disableDistribution(ctx, c, id)
		return err
	}
	changed := withCode("DistributionNotDisabled", "InvalidIfMatchVersion", "PreconditionFailed")
	err := until(ctx, distributionRelease, changed, func(ctx context.Context) error {
		found, err := disableDistribution(ctx, c, id)
		if err != nil {
			return err
		}
		_, err = c.cloudfront.DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: &id, IfMatch: found.ETag})
		return err
	})
	if err != nil {
		return err
	}
	return until(ctx, deployment, isPending, func(ctx context.Context) error {
		_, err := c.cloudfront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &id})
		if err == nil {
			err = fmt.Errorf("deletion: %w", errPending)
		}
		return err
	})
}

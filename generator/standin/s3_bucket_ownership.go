package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func s3BucketOwnership() kind {
	return kind{
		title: "S3 Bucket Ownership Controls",
		attributes: map[string]*schema.Schema{
			"bucket": bucketName(),
			"rule": atLeastOne(requiredBlock(map[string]*schema.Schema{
				"object_ownership": checked(requiredString(), validation.StringInSlice(
					[]string{"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"}, false)),
			})),
		},
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putOwnership(ctx, d, c); err != nil {
				return err
			}
			d.SetId(d.Get("bucket").(string))
			return nil
		},
		read:   readOwnership,
		update: putOwnership,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			return until(ctx, bucketPropagation, withCode("OperationAborted"), func(ctx context.Context) error {
				_, err := c.s3.DeleteBucketOwnershipControls(ctx, &s3.DeleteBucketOwnershipControlsInput{Bucket: bucketOf(d)})
				return absent(err, "OwnershipControlsNotFoundError")
			})
		},
		adopt: adoptBucket,
	}
}

func putOwnership(ctx context.Context, d *schema.ResourceData, c *clients) error {
	wanted, _ := block(d.Get("rule"))
	return onBucket(ctx, func(ctx context.Context) error {
		_, err := c.s3.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
			Bucket: bucketOf(d),
			OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{
				{ObjectOwnership: types.ObjectOwnership(wanted["object_ownership"].(string))},
			}},
		})
		return err
	})
}

func readOwnership(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: bucketOf(d)})
	if err != nil {
		return absent(err, "OwnershipControlsNotFoundError")
	}
	var flat []any
	if found.OwnershipControls != nil {
		for _, rule := range found.OwnershipControls.Rules {
			flat = append(flat, map[string]any{"object_ownership": string(rule.ObjectOwnership)})
		}
	}
	return d.Set("rule", flat)
}

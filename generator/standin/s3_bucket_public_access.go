package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func s3BucketPublicAccess() kind {
	return kind{
		title: "S3 Bucket Public Access Block",
		attributes: map[string]*schema.Schema{
			"block_public_acls":       boolDefault(false),
			"block_public_policy":     boolDefault(false),
			"bucket":                  bucketName(),
			"ignore_public_acls":      boolDefault(false),
			"restrict_public_buckets": boolDefault(false),
		},
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putPublicAccess(ctx, d, c); err != nil {
				return err
			}
			d.SetId(d.Get("bucket").(string))
			return nil
		},
		read:   readPublicAccess,
		update: putPublicAccess,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.s3.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: bucketOf(d)})
			return absent(err, "NoSuchPublicAccessBlockConfiguration")
		},
		adopt: adoptBucket,
	}
}

func putPublicAccess(ctx context.Context, d *schema.ResourceData, c *clients) error {
	flag := func(argument string) *bool { return aws.Bool(d.Get(argument).(bool)) }
	return onBucket(ctx, func(ctx context.Context) error {
		_, err := c.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
			Bucket: bucketOf(d),
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls:       flag("block_public_acls"),
				BlockPublicPolicy:     flag("block_public_policy"),
				IgnorePublicAcls:      flag("ignore_public_acls"),
				RestrictPublicBuckets: flag("restrict_public_buckets"),
			},
		})
		return err
	})
}

func readPublicAccess(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: bucketOf(d)})
	if err != nil {
		return absent(err, "NoSuchPublicAccessBlockConfiguration")
	}
	access := found.PublicAccessBlockConfiguration
	if access == nil {
		return errGone
	}
	return setAll(d, map[string]any{
		"block_public_acls":       aws.ToBool(access.BlockPublicAcls),
		"block_public_policy":     aws.ToBool(access.BlockPublicPolicy),
		"ignore_public_acls":      aws.ToBool(access.IgnorePublicAcls),
		"restrict_public_buckets": aws.ToBool(access.RestrictPublicBuckets),
	})
}

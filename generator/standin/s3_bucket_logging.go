package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func s3BucketLogging() kind {
	prefixes := []string{"target_object_key_format.0.partitioned_prefix", "target_object_key_format.0.simple_prefix"}
	return kind{
		title: "S3 Bucket Logging",
		attributes: ownedBucket(map[string]*schema.Schema{
			"target_bucket": requiredString(),
			"target_grant": blockSet(map[string]*schema.Schema{
				"grantee": requiredBlock(map[string]*schema.Schema{
					"display_name":  computedString(),
					"email_address": optionalString(),
					"id":            optionalString(),
					"type":          oneOf(requiredString(), types.Type("").Values()),
					"uri":           optionalString(),
				}),
				"permission": oneOf(requiredString(), types.BucketLogsPermission("").Values()),
			}),
			"target_object_key_format": optionalBlock(map[string]*schema.Schema{
				"partitioned_prefix": exactlyOne(optionalBlock(map[string]*schema.Schema{
					"partition_date_source": oneOf(requiredString(), types.PartitionDateSource("").Values()),
				}), prefixes...),
				"simple_prefix": exactlyOne(optionalBlock(map[string]*schema.Schema{}), prefixes...),
			}),
			"target_prefix": checked(requiredString(), validation.StringLenBetween(0, 800)),
		}),
		refused: map[string]string{
			"target_grant": "a policy of the target bucket that allows logging.s3.amazonaws.com: a bucket that enforces its owner's ownership, as every new one does, takes no grants",
		},
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putLogging(ctx, d, c); err != nil {
				return err
			}
			return setOwnedID(d)
		},
		read:   readLogging,
		update: putLogging,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			return until(ctx, bucketPropagation, withCode("OperationAborted"), func(ctx context.Context) error {
				_, err := c.s3.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{
					Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d), BucketLoggingStatus: &types.BucketLoggingStatus{},
				})
				return err
			})
		},
		adopt: adoptOwned,
	}
}

func putLogging(ctx context.Context, d *schema.ResourceData, c *clients) error {
	enabled := &types.LoggingEnabled{
		TargetBucket: aws.String(d.Get("target_bucket").(string)),
		TargetPrefix: aws.String(d.Get("target_prefix").(string)),
	}
	if format, ok := block(d.Get("target_object_key_format")); ok {
		enabled.TargetObjectKeyFormat = &types.TargetObjectKeyFormat{}
		if partitioned, ok := block(format["partitioned_prefix"]); ok {
			enabled.TargetObjectKeyFormat.PartitionedPrefix = &types.PartitionedPrefix{
				PartitionDateSource: types.PartitionDateSource(partitioned["partition_date_source"].(string)),
			}
		} else {
			enabled.TargetObjectKeyFormat.SimplePrefix = &types.SimplePrefix{}
		}
	}
	return onBucket(ctx, func(ctx context.Context) error {
		_, err := c.s3.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{
			Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d),
			BucketLoggingStatus: &types.BucketLoggingStatus{LoggingEnabled: enabled},
		})
		return err
	})
}

func readLogging(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.s3.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d)})
	if err != nil {
		return err
	}
	enabled := found.LoggingEnabled
	if enabled == nil {
		return errGone
	}
	var format []any
	switch f := enabled.TargetObjectKeyFormat; {
	case f == nil:
	case f.PartitionedPrefix != nil:
		format = one(map[string]any{
			"partitioned_prefix": one(map[string]any{"partition_date_source": string(f.PartitionedPrefix.PartitionDateSource)}),
		})
	case f.SimplePrefix != nil:
		format = one(map[string]any{"simple_prefix": []any{nil}}) // a block without arguments
	}
	return setAll(d, map[string]any{
		"target_bucket":            aws.ToString(enabled.TargetBucket),
		"target_object_key_format": format,
		"target_prefix":            aws.ToString(enabled.TargetPrefix),
	})
}

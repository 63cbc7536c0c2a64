package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func s3BucketEncryption() kind {
	return kind{
		title: "S3 Bucket Server-side Encryption Configuration",
		attributes: ownedBucket(map[string]*schema.Schema{
			"rule": {
				Type: schema.TypeSet, Required: true,
				Elem: &schema.Resource{Schema: map[string]*schema.Schema{
					"apply_server_side_encryption_by_default": optionalBlock(map[string]*schema.Schema{
						"kms_master_key_id": optionalString(),
						"sse_algorithm": checked(requiredString(),
							validation.StringInSlice([]string{"AES256", "aws:kms", "aws:kms:dsse"}, false)),
					}),
					"bucket_key_enabled": optionalBool(),
				}},
			},
		}),
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putEncryption(ctx, d, c); err != nil {
				return err
			}
			return setOwnedID(d)
		},
		read:   readEncryption,
		update: putEncryption,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.s3.DeleteBucketEncryption(ctx, &s3.DeleteBucketEncryptionInput{
				Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d),
			})
			return absent(err, "ServerSideEncryptionConfigurationNotFoundError")
		},
		adopt: adoptOwned,
	}
}

func putEncryption(ctx context.Context, d *schema.ResourceData, c *clients) error {
	var rules []types.ServerSideEncryptionRule
	for _, wanted := range blocks(d.Get("rule")) {
		rule := types.ServerSideEncryptionRule{BucketKeyEnabled: aws.Bool(wanted["bucket_key_enabled"].(bool))}
		if byDefault, ok := block(wanted["apply_server_side_encryption_by_default"]); ok {
			rule.ApplyServerSideEncryptionByDefault = &types.ServerSideEncryptionByDefault{
				KMSMasterKeyID: nonEmpty(byDefault["kms_master_key_id"]),
				SSEAlgorithm:   types.ServerSideEncryption(byDefault["sse_algorithm"].(string)),
			}
		}
		rules = append(rules, rule)
	}
	return onBucket(ctx, func(ctx context.Context) error {
		_, err := c.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
			Bucket:                            bucketOf(d),
			ExpectedBucketOwner:               ownerOf(d),
			ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: rules},
		})
		return err
	})
}

func readEncryption(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{
		Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d),
	})
	if err != nil {
		return absent(err, "ServerSideEncryptionConfigurationNotFoundError")
	}
	return d.Set("rule", flattenEncryptionRules(found.ServerSideEncryptionConfiguration))
}

func flattenEncryptionRules(configuration *types.ServerSideEncryptionConfiguration) []any {
	var flat []any
	if configuration == nil {
		return flat
	}
	for _, rule := range configuration.Rules {
		element := map[string]any{"bucket_key_enabled": aws.ToBool(rule.BucketKeyEnabled)}
		if byDefault := rule.ApplyServerSideEncryptionByDefault; byDefault != nil {
			element["apply_server_side_encryption_by_default"] = one(map[string]any{
				"kms_master_key_id": aws.ToString(byDefault.KMSMasterKeyID),
				"sse_algorithm":     string(byDefault.SSEAlgorithm),
			})
		}
		flat = append(flat, element)
	}
	return flat
}

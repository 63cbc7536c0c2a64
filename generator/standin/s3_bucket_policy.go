package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func s3BucketPolicy() kind {
	return kind{
		title: "S3 Bucket Policy",
		attributes: map[string]*schema.Schema{
			"bucket": bucketName(),
			"policy": policyDocument(requiredString()),
		},
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putBucketPolicy(ctx, d, c); err != nil {
				return err
			}
			d.SetId(d.Get("bucket").(string))
			return nil
		},
		read:   readBucketPolicy,
		update: putBucketPolicy,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			return until(ctx, bucketPropagation, withCode("OperationAborted"), func(ctx context.Context) error {
				_, err := c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: bucketOf(d)})
				return absent(err, "NoSuchBucketPolicy")
			})
		},
		adopt: adoptBucket,
	}
}

func putBucketPolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	// A role that the policy names and that was just made is malformed for a while.
	return until(ctx, bucketPropagation, withCode("MalformedPolicy", "NoSuchBucket", "OperationAborted"),
		func(ctx context.Context) error {
			_, err := c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
				Bucket: bucketOf(d),
				Policy: aws.String(d.Get("policy").(string)),
			})
			return err
		})
}

func readBucketPolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucketOf(d)})
	if err != nil {
		return absent(err, "NoSuchBucketPolicy")
	}
	return d.Set("policy", keepPolicy(d.Get("policy").(string), aws.ToString(found.Policy)))
}

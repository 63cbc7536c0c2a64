package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func s3BucketCORS() kind {
	return kind{
		title: "S3 Bucket CORS Configuration",
		attributes: ownedBucket(map[string]*schema.Schema{
			"cors_rule": {
				Type: schema.TypeSet, Required: true, MaxItems: 100,
				Elem: &schema.Resource{Schema: map[string]*schema.Schema{
					"allowed_headers": stringSet(),
					"allowed_methods": required(stringSet()),
					"allowed_origins": required(stringSet()),
					"expose_headers":  stringSet(),
					"id":              optionalString(),
					"max_age_seconds": optionalInt(),
				}},
			},
		}),
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putCORS(ctx, d, c); err != nil {
				return err
			}
			return setOwnedID(d)
		},
		read:   readCORS,
		update: putCORS,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.s3.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{
				Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d),
			})
			return absent(err, "NoSuchCORSConfiguration")
		},
		adopt: adoptOwned,
	}
}

func putCORS(ctx context.Context, d *schema.ResourceData, c *clients) error {
	var rules []types.CORSRule
	for _, wanted := range blocks(d.Get("cors_rule")) {
		rules = append(rules, types.CORSRule{
			AllowedHeaders: stringsOf(wanted["allowed_headers"]),
			AllowedMethods: stringsOf(wanted["allowed_methods"]),
			AllowedOrigins: stringsOf(wanted["allowed_origins"]),
			ExposeHeaders:  stringsOf(wanted["expose_headers"]),
			ID:             nonEmpty(wanted["id"]),
			MaxAgeSeconds:  nonZero(wanted["max_age_seconds"]),
		})
	}
	return onBucket(ctx, func(ctx context.Context) error {
		_, err := c.s3.PutBucketCors(ctx, &s3.PutBucketCorsInput{
			Bucket:              bucketOf(d),
			ExpectedBucketOwner: ownerOf(d),
			CORSConfiguration:   &types.CORSConfiguration{CORSRules: rules},
		})
		return err
	})
}

func readCORS(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.s3.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d)})
	if err != nil {
		return absent(err, "NoSuchCORSConfiguration")
	}
	var flat []any
	for _, rule := range found.CORSRules {
		flat = append(flat, map[string]any{
			"allowed_headers": rule.AllowedHeaders,
			"allowed_methods": rule.AllowedMethods,
			"allowed_origins": rule.AllowedOrigins,
			"expose_headers":  rule.ExposeHeaders,
			"id":              aws.ToString(rule.ID),
			"max_age_seconds": int(aws.ToInt32(rule.MaxAgeSeconds)),
		})
	}
	return d.Set("cors_rule", flat)
}

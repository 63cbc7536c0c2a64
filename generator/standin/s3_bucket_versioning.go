package standin

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// versioningDisabled is Terraform's word for a bucket that never had versioning;
// AWS has none.
const versioningDisabled = "Disabled"

func s3BucketVersioning() kind {
	return kind{
		title: "S3 Bucket Versioning",
		attributes: ownedBucket(map[string]*schema.Schema{
			"mfa": optionalString(),
			"versioning_configuration": requiredBlock(map[string]*schema.Schema{
				"mfa_delete": checked(optionalComputedString(), validation.StringInSlice([]string{"Enabled", "Disabled"}, false)),
				"status": checked(requiredString(),
					validation.StringInSlice([]string{"Enabled", "Suspended", versioningDisabled}, false)),
			}),
		}),
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putVersioning(ctx, d, c); err != nil {
				return err
			}
			return setOwnedID(d)
		},
		read:   readVersioning,
		update: putVersioning,
		remove: removeVersioning,
		diff:   versioningDiff,
		adopt:  adoptOwned,
	}
}

func putVersioning(ctx context.Context, d *schema.ResourceData, c *clients) error {
	wanted, _ := block(d.Get("versioning_configuration"))
	if wanted["status"] == versioningDisabled {
		return nil
	}
	configuration := &types.VersioningConfiguration{
		Status: types.BucketVersioningStatus(wanted["status"].(string)),
	}
	if mfa, _ := wanted["mfa_delete"].(string); mfa != "" {
		configuration.MFADelete = types.MFADelete(mfa)
	}
	return onBucket(ctx, func(ctx context.Context) error {
		_, err := c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket:                  bucketOf(d),
			ExpectedBucketOwner:     ownerOf(d),
			MFA:                     nonEmpty(d.Get("mfa")),
			VersioningConfiguration: configuration,
		})
		return err
	})
}

func readVersioning(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{
		Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d),
	})
	if err != nil {
		return err
	}
	status := string(found.Status)
	if status == "" {
		status = versioningDisabled
	}
	return d.Set("versioning_configuration", one(map[string]any{
		"mfa_delete": string(found.MFADelete),
		"status":     status,
	}))
}

// removeVersioning suspends: versioning that was once on can never be off again.
func removeVersioning(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if wanted, _ := block(d.Get("versioning_configuration")); wanted["status"] == versioningDisabled {
		return nil
	}
	return until(ctx, bucketPropagation, withCode("OperationAborted"), func(ctx context.Context) error {
		_, err := c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket:              bucketOf(d),
			ExpectedBucketOwner: ownerOf(d),
			VersioningConfiguration: &types.VersioningConfiguration{
				Status: types.BucketVersioningStatusSuspended,
			},
		})
		if hasCode(err, "InvalidBucketState") {
			return nil // object lock keeps versioning on
		}
		return err
	})
}

func versioningDiff(d *schema.ResourceDiff, _ *clients) error {
	before, after := d.GetChange("versioning_configuration.0.status")
	if d.Id() != "" && after == versioningDisabled && before != versioningDisabled {
		return fmt.Errorf("versioning_configuration.status cannot be updated from '%s' to '%s'", before, after)
	}
	return nil
}

package standin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/id"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func s3Bucket() kind {
	limit := schema.DefaultTimeout(20 * time.Minute)
	return kind{
		title:      "S3 Bucket",
		attributes: s3BucketAttributes(),
		tagged:     true,
		refused:    separateResources(),
		timeouts:   &schema.ResourceTimeout{Create: limit, Read: limit, Update: limit, Delete: schema.DefaultTimeout(time.Hour)},
		create:     createBucket,
		read:       readBucket,
		update:     updateBucket,
		remove:     deleteBucket,
	}
}

func createBucket(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := d.Get("bucket").(string)
	if name == "" {
		name = uniqueName(d.Get("bucket_prefix").(string))
	}
	input := &s3.CreateBucketInput{Bucket: aws.String(name), ACL: types.BucketCannedACLPrivate}
	// us-east-1 is the one region that must not be named,
	// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html.
	if c.region != "us-east-1" {
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(c.region),
		}
	}
	if d.Get("object_lock_enabled").(bool) {
		input.ObjectLockEnabledForBucket = aws.Bool(true)
	}
	// The name of a bucket that was just deleted is taken for a while.
	err := until(ctx, d.Timeout(schema.TimeoutCreate), withCode("OperationAborted"), func(ctx context.Context) error {
		_, err := c.s3.CreateBucket(ctx, input)
		return err
	})
	if err != nil {
		return err
	}
	d.SetId(name)
	if tags := tagsOf(d); len(tags) > 0 {
		return putBucketTags(ctx, c, name, tags)
	}
	return nil
}

// uniqueName makes a name as the registry provider does.
func uniqueName(prefix string) string {
	if prefix == "" {
		return id.UniqueId()
	}
	return id.PrefixedUniqueId(prefix)
}

// uniqueSuffix is what uniqueName puts behind a prefix: a time and a count.
var uniqueSuffix = regexp.MustCompile(`[0-9]{18}[0-9a-f]{8}$`)

// namePrefix is the prefix that uniqueName made a name of, or nothing. By it an import
// finds out how the name was given, as the registry provider does.
func namePrefix(name string) string {
	if at := uniqueSuffix.FindStringIndex(name); at != nil {
		return name[:at[0]]
	}
	return ""
}

func putBucketTags(ctx context.Context, c *clients, bucket string, tags map[string]string) error {
	return onBucket(ctx, func(ctx context.Context) error {
		_, err := c.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{
			Bucket:  aws.String(bucket),
			Tagging: &types.Tagging{TagSet: tagList(tags, s3Tag)},
		})
		if err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
		return nil
	})
}

func updateBucket(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if !d.HasChange("tags_all") {
		return nil // force_destroy is Terraform's alone
	}
	// S3 replaces all tags at once, so those that are not ours must be sent along.
	present, err := c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String(d.Id())})
	if err != nil && !hasCode(err, "NoSuchTagSet") {
		return fmt.Errorf("read tags: %w", err)
	}
	tags := map[string]string{}
	if present != nil {
		tags = tagMap(present.TagSet, s3TagParts)
		maps.DeleteFunc(tags, func(key, _ string) bool { return !c.tags.ignored(key) })
	}
	maps.Copy(tags, tagsOf(d))
	if len(tags) > 0 {
		return putBucketTags(ctx, c, d.Id(), tags)
	}
	_, err = c.s3.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: aws.String(d.Id())})
	if err != nil {
		return fmt.Errorf("remove tags: %w", err)
	}
	return nil
}

func deleteBucket(ctx context.Context, d *schema.ResourceData, c *clients) error {
	remove := func(ctx context.Context) error {
		_, err := c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(d.Id())})
		return err
	}
	err := until(ctx, bucketPropagation, withCode("OperationAborted"), remove)
	if hasCode(err, "BucketNotEmpty") && d.Get("force_destroy").(bool) {
		if err := emptyBucket(ctx, d, c); err != nil {
			return fmt.Errorf("emptying: %w", err)
		}
		err = until(ctx, bucketPropagation, withCode("OperationAborted", "BucketNotEmpty"), remove)
	}
	if err != nil {
		return err
	}
	return until(ctx, bucketPropagation, isPending, func(ctx context.Context) error {
		_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(d.Id())})
		if err == nil {
			return fmt.Errorf("%w: the bucket is still there", errPending)
		}
		return err
	})
}

func emptyBucket(ctx context.Context, d *schema.ResourceData, c *clients) error {
	return eachVersions(ctx, c.s3, d.Id(), "", func(versions []types.ObjectIdentifier) error {
		input := &s3.DeleteObjectsInput{
			Bucket: aws.String(d.Id()),
			Delete: &types.Delete{Objects: versions, Quiet: aws.Bool(true)},
		}
		if d.Get("object_lock_enabled").(bool) {
			input.BypassGovernanceRetention = aws.Bool(true)
		}
		deleted, err := c.s3.DeleteObjects(ctx, input)
		if err != nil {
			return fmt.Errorf("delete objects: %w", err)
		}
		// Errors of single objects come with status 200.
		if len(deleted.Errors) > 0 {
			first := deleted.Errors[0]
			return fmt.Errorf("delete objects: %d failed, the first is %s: %s: %s", len(deleted.Errors),
				aws.ToString(first.Key), aws.ToString(first.Code), aws.ToString(first.Message))
		}
		return nil
	})
}

func readBucket(ctx context.Context, d *schema.ResourceData, c *clients) error {
	head, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(d.Id())})
	if err != nil {
		return err
	}
	region := aws.ToString(head.BucketRegion)
	if region == "" {
		region = c.region
	}
	found, err := readBucketSettings(ctx, c.s3, d.Id())
	if err != nil {
		return err
	}
	suffix := partitionOf(region).dnsSuffix
	var website, websiteDomain string
	if found.website != nil {
		websiteDomain = "s3-website." + region + "." + suffix
		website = d.Id() + ".s3-website." + region + "." + suffix
	}
	return errors.Join(
		found.set(d),
		c.tags.set(d, tagMap(found.tags(), s3TagParts)),
		setAll(d, map[string]any{
			"arn":                         "arn:" + partitionOf(region).id + ":s3:::" + d.Id(),
			"bucket":                      d.Id(),
			"bucket_prefix":               namePrefix(d.Id()),
			"bucket_domain_name":          d.Id() + ".s3." + suffix,
			"bucket_region":               region,
			"bucket_regional_domain_name": d.Id() + ".s3." + region + "." + suffix,
			"hosted_zone_id":              websiteZone(region),
		}),
		setFound(d, map[string]string{"website_domain": websiteDomain, "website_endpoint": website}),
	)
}

// websiteZone is the Route 53 zone of a region's S3 websites,
// https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints.
func websiteZone(region string) string {
	return map[string]string{
		"af-south-1":     "Z83WF9RJE8B12",
		"ap-east-1":      "ZNB98KWMFR0R6",
		"ap-northeast-1": "Z2M4EHUR26P7ZW",
		"ap-northeast-2": "Z3W03O7B5YMIYP",
		"ap-northeast-3": "Z2YQB5RD63NC85",
		"ap-south-1":     "Z11RGJOFQNVJUP",
		"ap-southeast-1": "Z3O0J2DXBE1FTB",
		"ap-southeast-2": "Z1WCIGYICN2BYD",
		"ca-central-1":   "Z1QDHH18159H29",
		"eu-central-1":   "Z21DNDUVLTQW6Q",
		"eu-north-1":     "Z3BAZG2TWCNX0D",
		"eu-south-1":     "Z30OZKI7KPW7MI",
		"eu-west-1":      "Z1BKCTXD74EZPE",
		"eu-west-2":      "Z3GKZC51ZF0DB4",
		"eu-west-3":      "Z3R1K369G5AVDG",
		"me-south-1":     "Z1MPMWCPA7YB62",
		"sa-east-1":      "Z7KQH4QJS55SO",
		"us-east-1":      "Z3AQBSTGFYJSTF",
		"us-east-2":      "Z2O1EMRO9K5GLX",
		"us-gov-east-1":  "Z2NIFVYYW2VKV1",
		"us-gov-west-1":  "Z31GFT0UA1I2HV",
		"us-west-1":      "Z2F56UZL2M1ACD",
		"us-west-2":      "Z3BJ6K6RIION7M",
	}[region]
}

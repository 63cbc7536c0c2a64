package standin

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func s3BucketLifecycle() kind {
	limit := schema.DefaultTimeout(3 * time.Minute)
	attributes := ownedBucket(map[string]*schema.Schema{
		"rule": {
			Type: schema.TypeList, Required: true,
			Elem: &schema.Resource{Schema: lifecycleRuleAttributes()},
		},
		"transition_default_minimum_object_size": checked(optionalComputedString(),
			validation.StringInSlice([]string{defaultMinimumSize, "varies_by_storage_class"}, false)),
	})
	attributes["expected_bucket_owner"].Computed = true
	return kind{
		title:      "S3 Bucket Lifecycle Configuration",
		attributes: attributes,
		diff: func(d *schema.ResourceDiff, _ *clients) error {
			if d.Id() == "" && !given(d.GetRawConfig(), "transition_default_minimum_object_size") {
				return d.SetNew("transition_default_minimum_object_size", defaultMinimumSize)
			}
			return nil
		},
		timeouts: &schema.ResourceTimeout{Create: limit, Update: limit},
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putLifecycle(ctx, d, c); err != nil {
				return err
			}
			return setOwnedID(d)
		},
		read:   readLifecycle,
		update: putLifecycle,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.s3.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{
				Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d),
			})
			return absent(err, "NoSuchLifecycleConfiguration")
		},
		adopt: adoptOwned,
	}
}

// defaultMinimumSize is what AWS takes when nothing is said
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html).
const defaultMinimumSize = string(types.TransitionDefaultMinimumObjectSizeAllStorageClasses128k)

// lifecycleRuleAttributes keeps sizes and numbers of versions as text, because
// zero and nothing differ there.
func lifecycleRuleAttributes() map[string]*schema.Schema {
	number := func() *schema.Schema { return checked(optionalString(), wholeNumber) }
	transition := func(attributes map[string]*schema.Schema) *schema.Schema {
		attributes["storage_class"] = requiredString()
		return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: attributes}}
	}
	return map[string]*schema.Schema{
		"abort_incomplete_multipart_upload": optionalBlock(map[string]*schema.Schema{"days_after_initiation": optionalInt()}),
		"expiration": optionalBlock(map[string]*schema.Schema{
			"date":                         lifecycleDateArgument(),
			"days":                         {Type: schema.TypeInt, Optional: true, Default: 0},
			"expired_object_delete_marker": {Type: schema.TypeBool, Optional: true, Default: false},
		}),
		"filter": optionalBlock(map[string]*schema.Schema{
			"and": optionalBlock(map[string]*schema.Schema{
				"object_size_greater_than": optionalInt(),
				"object_size_less_than":    optionalInt(),
				"prefix":                   optionalString(),
				"tags":                     stringMap(),
			}),
			"object_size_greater_than": number(),
			"object_size_less_than":    number(),
			"prefix":                   optionalString(),
			"tag": optionalBlock(map[string]*schema.Schema{
				"key":   requiredString(),
				"value": requiredString(),
			}),
		}),
		"id": checked(requiredString(), validation.StringLenBetween(1, 255)),
		"noncurrent_version_expiration": optionalBlock(map[string]*schema.Schema{
			"newer_noncurrent_versions": number(),
			"noncurrent_days":           optionalInt(),
		}),
		"noncurrent_version_transition": transition(map[string]*schema.Schema{
			"newer_noncurrent_versions": number(),
			"noncurrent_days":           optionalInt(),
		}),
		"prefix":     deprecated(optionalString(), "Use filter instead"),
		"status":     checked(requiredString(), validation.StringInSlice([]string{"Enabled", "Disabled"}, false)),
		"transition": transition(map[string]*schema.Schema{"date": lifecycleDateArgument(), "days": optionalInt()}),
	}
}

func lifecycleDateArgument() *schema.Schema {
	return checked(optionalString(), validation.IsRFC3339Time)
}

func wholeNumber(value any, argument string) ([]string, []error) {
	text, _ := value.(string)
	if _, err := strconv.ParseUint(text, 10, 63); text != "" && err != nil {
		return nil, []error{fmt.Errorf("%s must be a whole number, got %q", argument, text)}
	}
	return nil, nil
}

func putLifecycle(ctx context.Context, d *schema.ResourceData, c *clients) error {
	var rules []types.LifecycleRule
	for _, wanted := range blocks(d.Get("rule")) {
		rule, err := expandLifecycleRule(wanted)
		if err != nil {
			return fmt.Errorf("rule %s: %w", wanted["id"], err)
		}
		rules = append(rules, rule)
	}
	return onBucket(ctx, func(ctx context.Context) error {
		_, err := c.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
			Bucket:                 bucketOf(d),
			ExpectedBucketOwner:    ownerOf(d),
			LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
			TransitionDefaultMinimumObjectSize: types.TransitionDefaultMinimumObjectSize(
				d.Get("transition_default_minimum_object_size").(string)),
		})
		return err
	})
}

func readLifecycle(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{
		Bucket: bucketOf(d), ExpectedBucketOwner: ownerOf(d),
	})
	if err != nil {
		return absent(err, "NoSuchLifecycleConfiguration")
	}
	var flat []any
	for _, rule := range found.Rules {
		flat = append(flat, flattenLifecycleRule(rule))
	}
	return setAll(d, map[string]any{
		"rule":                                   flat,
		"transition_default_minimum_object_size": string(found.TransitionDefaultMinimumObjectSize),
	})
}

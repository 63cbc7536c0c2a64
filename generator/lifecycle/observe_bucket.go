package lifecycle

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (o observer) versioning(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &bucket})
	if err != nil {
		return nil, err
	}
	// A bucket that was versioned once is never without a status again: what is suspended
	// keeps no version of what is written from then on, as if it had never been
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html).
	if out.Status == types.BucketVersioningStatusEnabled {
		return "Enabled", nil
	}
	return "Disabled", nil
}

func (o observer) encryption(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "ServerSideEncryptionConfigurationNotFoundError")
	}
	var algorithms []string
	for _, r := range out.ServerSideEncryptionConfiguration.Rules {
		algorithms = append(algorithms, string(r.ApplyServerSideEncryptionByDefault.SSEAlgorithm))
	}
	return strings.Join(algorithms, ", "), nil
}

func (o observer) publicAccessBlock(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "NoSuchPublicAccessBlockConfiguration")
	}
	c := out.PublicAccessBlockConfiguration
	return map[string]any{
		"block_public_acls":       aws.ToBool(c.BlockPublicAcls),
		"block_public_policy":     aws.ToBool(c.BlockPublicPolicy),
		"ignore_public_acls":      aws.ToBool(c.IgnorePublicAcls),
		"restrict_public_buckets": aws.ToBool(c.RestrictPublicBuckets),
	}, nil
}

func (o observer) objectOwnership(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "OwnershipControlsNotFoundError")
	}
	var owners []string
	for _, r := range out.OwnershipControls.Rules {
		owners = append(owners, string(r.ObjectOwnership))
	}
	return strings.Join(owners, ", "), nil
}

func (o observer) lifecycle(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "NoSuchLifecycleConfiguration")
	}
	rules := map[string]any{}
	for _, r := range out.Rules {
		rules[aws.ToString(r.ID)] = lifecycleRule(r)
	}
	return rules, nil
}

func lifecycleRule(r types.LifecycleRule) map[string]any {
	//lint:ignore SA1019 rules of long ago have it, and S3 answers with it
	prefix := aws.ToString(r.Prefix)
	rule := map[string]any{"status": string(r.Status), "prefix": prefix}
	if f := r.Filter; f != nil {
		rule["prefix"] = prefix + aws.ToString(f.Prefix) // S3 takes one of the two
		if f.And != nil || f.Tag != nil || f.ObjectSizeGreaterThan != nil || f.ObjectSizeLessThan != nil {
			rule["filter"] = "more than a prefix"
		}
	}
	if e := r.Expiration; e != nil {
		rule["expiration_days"] = int(aws.ToInt32(e.Days))
		if e.Date != nil {
			rule["expiration_date"] = e.Date.Format(time.DateOnly)
		}
		if aws.ToBool(e.ExpiredObjectDeleteMarker) {
			rule["expired_delete_markers"] = true
		}
	}
	if e := r.NoncurrentVersionExpiration; e != nil {
		rule["noncurrent_expiration_days"] = int(aws.ToInt32(e.NoncurrentDays))
		if e.NewerNoncurrentVersions != nil {
			rule["noncurrent_versions"] = int(*e.NewerNoncurrentVersions)
		}
	}
	if a := r.AbortIncompleteMultipartUpload; a != nil {
		rule["abort_upload_days"] = int(aws.ToInt32(a.DaysAfterInitiation))
	}
	if n := len(r.Transitions) + len(r.NoncurrentVersionTransitions); n > 0 {
		rule["transitions"] = n
	}
	return rule
}

func (o observer) cors(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "NoSuchCORSConfiguration")
	}
	if len(out.CORSRules) != 1 {
		return fmt.Sprintf("%d rules", len(out.CORSRules)), nil
	}
	r := out.CORSRules[0]
	return map[string]any{
		"allowed_origins": r.AllowedOrigins,
		"allowed_methods": r.AllowedMethods,
		"allowed_headers": r.AllowedHeaders,
		"exposed_headers": r.ExposeHeaders,
		"max_age_seconds": int(aws.ToInt32(r.MaxAgeSeconds)),
	}, nil
}

func (o observer) bucketPolicy(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "NoSuchBucketPolicy")
	}
	return parsePolicy(aws.ToString(out.Policy))
}

func (o observer) bucketTags(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &bucket})
	if errorCode(err) == "NoSuchTagSet" {
		return tagSet(nil), nil
	}
	if err != nil {
		return nil, err
	}
	return tagSet(out.TagSet), nil
}

func tagSet(tags []types.Tag) map[string]any {
	byName := map[string]string{}
	for _, t := range tags {
		byName[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return ownTags(byName)
}

// acl is "private" when nobody but the bucket's owner has a grant.
func (o observer) acl(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &bucket})
	if err != nil {
		return nil, err
	}
	var others []string
	for _, g := range out.Grants {
		if g.Grantee == nil || aws.ToString(g.Grantee.ID) == aws.ToString(out.Owner.ID) {
			continue
		}
		others = append(others, fmt.Sprintf("%s for %s%s", g.Permission, aws.ToString(g.Grantee.URI), aws.ToString(g.Grantee.ID)))
	}
	if len(others) == 0 {
		return "private", nil
	}
	return strings.Join(others, ", "), nil
}

func (o observer) website(ctx context.Context, bucket string) (any, error) {
	_, err := o.s3.GetBucketWebsite(ctx, &s3.GetBucketWebsiteInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "NoSuchWebsiteConfiguration")
	}
	return "served", nil
}

// objectLock tells how long objects cannot be deleted by default. A bucket that has
// Object Lock keeps it; without such a rule nothing follows from it.
func (o observer) objectLock(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "ObjectLockConfigurationNotFoundError")
	}
	rule := out.ObjectLockConfiguration.Rule
	if rule == nil || rule.DefaultRetention == nil {
		return nil, nil
	}
	r := rule.DefaultRetention
	return map[string]any{"mode": string(r.Mode), "days": int(aws.ToInt32(r.Days)), "years": int(aws.ToInt32(r.Years))}, nil
}

// replication names the buckets that objects are copied to.
func (o observer) replication(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &bucket})
	if err != nil {
		return absent(err, "ReplicationConfigurationNotFoundError")
	}
	var targets []string
	for _, r := range out.ReplicationConfiguration.Rules {
		if r.Destination != nil {
			targets = append(targets, aws.ToString(r.Destination.Bucket))
		}
	}
	return targets, nil
}

// notifications names who is told of what happens to objects.
func (o observer) notifications(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: &bucket})
	if err != nil {
		return nil, err
	}
	told := []string{}
	for _, c := range out.LambdaFunctionConfigurations {
		told = append(told, aws.ToString(c.LambdaFunctionArn))
	}
	for _, c := range out.QueueConfigurations {
		told = append(told, aws.ToString(c.QueueArn))
	}
	for _, c := range out.TopicConfigurations {
		told = append(told, aws.ToString(c.TopicArn))
	}
	if out.EventBridgeConfiguration != nil {
		told = append(told, "EventBridge")
	}
	return told, nil
}

// logging names the bucket that access logs go to.
func (o observer) logging(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: &bucket})
	if err != nil || out.LoggingEnabled == nil {
		return nil, err
	}
	return aws.ToString(out.LoggingEnabled.TargetBucket), nil
}

package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

// bucket asks for every setting at once; S3 has a call for each.
func (o observer) bucket(ctx context.Context, name string, want map[string]any) (map[string]any, error) {
	head, err := o.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	if err != nil {
		return nil, err
	}
	settings := []struct {
		attribute string
		ask       func(context.Context, string) (any, error)
	}{
		{"versioning", o.versioning},
		{"encryption", o.encryption},
		{"public_access_block", o.publicAccessBlock},
		{"object_ownership", o.objectOwnership},
		{"lifecycle", o.lifecycle},
		{"cors", o.cors},
		{"policy", o.bucketPolicy},
		{"tags", o.bucketTags},
		{"acl", o.acl},
		{"website", o.website},
		{"lock", o.lock},
	}
	answers := make([]any, len(settings))
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range settings {
		if _, wanted := want[s.attribute]; !wanted {
			continue
		}
		group.Go(func() (err error) {
			answers[i], err = s.ask(ctx, name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	got := map[string]any{"region": aws.ToString(head.BucketRegion)}
	for i, s := range settings {
		got[s.attribute] = answers[i]
	}
	return got, nil
}

func (o observer) versioning(ctx context.Context, bucket string) (any, error) {
	out, err := o.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &bucket})
	if err != nil {
		return nil, err
	}
	if out.Status == "" {
		return "Disabled", nil
	}
	return string(out.Status), nil
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
	rule := map[string]any{"status": string(r.Status), "prefix": ""}
	if f := r.Filter; f != nil {
		rule["prefix"] = aws.ToString(f.Prefix)
		if f.And != nil || f.Tag != nil || f.ObjectSizeGreaterThan != nil || f.ObjectSizeLessThan != nil {
			rule["filter"] = "more than a prefix"
		}
	}
	if e := r.Expiration; e != nil {
		rule["expiration_days"] = int(aws.ToInt32(e.Days))
	}
	if e := r.NoncurrentVersionExpiration; e != nil {
		rule["noncurrent_expiration_days"] = int(aws.ToInt32(e.NoncurrentDays))
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
	if err != nil {
		return absent(err, "NoSuchTagSet")
	}
	tags := map[string]string{}
	for _, t := range out.TagSet {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return ownTags(tags), nil
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

// lock tries what Terraform's lock depends on: of two writers that each want to
// create an object, exactly one does.
func (o observer) lock(ctx context.Context, bucket string) (result any, err error) {
	key := "sendform-verify.tflock"
	put := func() (*s3.PutObjectOutput, error) {
		return o.s3.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &bucket, Key: &key, Body: strings.NewReader("{}"), IfNoneMatch: aws.String("*"),
		})
	}
	first, err := put()
	if errorCode(err) == "PreconditionFailed" {
		return "held by " + key + ", which a verification left behind or another one has just now", nil
	}
	if err != nil {
		return nil, err
	}
	_, secondErr := put()
	// The version is named, so that nothing of the trial stays in a versioned bucket.
	_, err = o.s3.DeleteObject(context.WithoutCancel(ctx), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: first.VersionId})
	switch {
	case err != nil:
		return nil, err
	case secondErr == nil:
		return "a second writer got in", nil
	case errorCode(secondErr) != "PreconditionFailed":
		return nil, secondErr
	}
	return "works", nil
}

// object reads the whole object: its hash is what counts.
func (o observer) object(ctx context.Context, id string) (map[string]any, error) {
	bucket, key, _ := strings.Cut(id, "/")
	out, err := o.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, out.Body); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	return map[string]any{"sha256": base64.StdEncoding.EncodeToString(hash.Sum(nil))}, nil
}

// absent turns the error that says "not configured" into nothing.
func absent(err error, code string) (any, error) {
	if errorCode(err) == code {
		return nil, nil
	}
	return nil, err
}

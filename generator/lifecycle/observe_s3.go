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
	"golang.org/x/sync/errgroup"
)

// settingsAtOnce is how many settings of a bucket are asked for at a time: with all
// buckets at once, no more than there are connections kept.
const settingsAtOnce = 4

// bucket asks for every setting; S3 has a call for each.
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
		{"object_lock", o.objectLock},
		{"replication", o.replication},
		{"notifications", o.notifications},
		{"logging", o.logging},
		{"lock", o.lock},
	}
	answers := make([]any, len(settings))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(settingsAtOnce)
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
	tags, err := o.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"sha256": base64.StdEncoding.EncodeToString(hash.Sum(nil)), "tags": tagSet(tags.TagSet),
		"encryption": string(out.ServerSideEncryption),
	}, nil
}

// absent turns the error that says "not configured" into nothing.
func absent(err error, code string) (any, error) {
	if errorCode(err) == code {
		return nil, nil
	}
	return nil, err
}

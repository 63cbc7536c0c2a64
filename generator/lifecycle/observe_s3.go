package lifecycle

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"sendform/generator/components"
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

// abandonedAfter is how old the object of a verification is that has left it behind:
// none takes that long.
const abandonedAfter = 5 * time.Minute

// lock tries what Terraform's lock depends on: of two writers that each want to
// create an object, exactly one does. An object of the trial that cannot be deleted
// would stay, so that nothing is tried under Object Lock.
func (o observer) lock(ctx context.Context, bucket string) (result any, err error) {
	if locked, err := o.objectLock(ctx, bucket); err != nil || locked != nil {
		return "not tried under Object Lock", err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// A trial that is begun is ended, also when something else has failed meanwhile: its
	// object would hold up the next verification.
	ctx = context.WithoutCancel(ctx)
	mine := rand.Text()
	put := func() (version *string, err error) {
		out, err := o.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(components.LockTrial), Body: strings.NewReader(mine), IfNoneMatch: aws.String("*")})
		if err != nil {
			return nil, err
		}
		return out.VersionId, nil
	}
	version, err := put()
	if errorCode(err) == "PreconditionFailed" {
		if version, err = o.leftLock(ctx, bucket, mine); errors.Is(err, errHeld) {
			return "held by " + components.LockTrial + ", which another verification has just now, or has left behind: then delete it", nil
		}
	}
	if err != nil {
		return nil, err
	}
	_, secondErr := put()
	// The version is named, so that nothing of the trial stays in a versioned bucket.
	_, err = o.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String(components.LockTrial), VersionId: version})
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

// errHeld says that the lock that was to be tried is another's.
var errHeld = errors.New("held")

// leftLock is the version of a lock that stood before: it may be our own, when S3's
// answer to the one who wrote it was lost, or that of a verification that died. Another's
// is errHeld.
func (o observer) leftLock(ctx context.Context, bucket, mine string) (version *string, err error) {
	out, err := o.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String(components.LockTrial)})
	if isGone(err) || errorCode(err) == "AccessDenied" { // until just now; or a role may not look
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", components.LockTrial, err)
	}
	if string(text) != mine && time.Since(aws.ToTime(out.LastModified)) < abandonedAfter {
		return nil, errHeld
	}
	return out.VersionId, nil
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

package standin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// bucketPropagation is how long a new bucket may be unknown to other calls, and
// how long changes of one bucket may be in each other's way.
const bucketPropagation = 2 * time.Minute

// onBucket changes a bucket that may have been made, or may be under change,
// this very moment.
func onBucket(ctx context.Context, change func(context.Context) error) error {
	return until(ctx, bucketPropagation, withCode("NoSuchBucket", "OperationAborted"), change)
}

// ownedBucket is the arguments of those parts of a bucket that name its owner.
func ownedBucket(attributes map[string]*schema.Schema) map[string]*schema.Schema {
	attributes["bucket"] = bucketName()
	attributes["expected_bucket_owner"] = forceNew(deprecated(checked(optionalString(), accountID),
		"This argument is deprecated and will be removed in a future major version."))
	return attributes
}

// bucketName is the argument by which a part of a bucket names it.
func bucketName() *schema.Schema { return forceNew(requiredString()) }

// setOwnedID sets the id of a part of a bucket: bucket or bucket,owner. An owner that
// was not given is empty in the state, as the registry provider has it, not null.
func setOwnedID(d *schema.ResourceData) error {
	id := d.Get("bucket").(string)
	owner := d.Get("expected_bucket_owner").(string)
	if owner != "" {
		id += "," + owner
	}
	d.SetId(id)
	return d.Set("expected_bucket_owner", owner)
}

// adoptOwned takes the id apart that setOwnedID made.
func adoptOwned(d *schema.ResourceData) error {
	bucket, owner, _ := strings.Cut(d.Id(), ",")
	return setAll(d, map[string]any{"bucket": bucket, "expected_bucket_owner": owner})
}

// adoptBucket is for parts of a bucket whose id is the bucket's name.
func adoptBucket(d *schema.ResourceData) error { return d.Set("bucket", d.Id()) }

func bucketOf(d *schema.ResourceData) *string { return aws.String(d.Get("bucket").(string)) }

func ownerOf(d *schema.ResourceData) *string { return nonEmpty(d.Get("expected_bucket_owner")) }

// accountID checks an account's number.
func accountID(value any, argument string) ([]string, []error) {
	id, _ := value.(string)
	if len(id) == 12 && strings.Trim(id, "0123456789") == "" {
		return nil, nil
	}
	return nil, []error{fmt.Errorf("%s must be an account id of twelve digits, got %q", argument, id)}
}

// s3Tag and s3TagParts are for tagList and tagMap.
func s3Tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func s3TagParts(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// eachVersions calls visit with the versions and delete markers of a bucket whose
// keys start with prefix, a page at a time.
func eachVersions(
	ctx context.Context, client *s3.Client, bucket, prefix string, visit func([]types.ObjectIdentifier) error,
) error {
	pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{
		Bucket: aws.String(bucket),
		Prefix: nonEmpty(prefix),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list object versions: %w", err)
		}
		var versions []types.ObjectIdentifier
		for _, version := range page.Versions {
			versions = append(versions, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			versions = append(versions, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
		}
		if len(versions) == 0 {
			continue
		}
		if err := visit(versions); err != nil {
			return err
		}
	}
	return nil
}

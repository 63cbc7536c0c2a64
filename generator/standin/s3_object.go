package standin

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func s3Object() kind {
	return kind{
		title:      "S3 Object",
		attributes: s3ObjectAttributes(),
		tagged:     true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if err := putObject(ctx, d, c); err != nil {
				return err
			}
			d.SetId(d.Get("bucket").(string) + "/" + d.Get("key").(string))
			return nil
		},
		read:   readObject,
		update: updateObject,
		remove: deleteObject,
		diff:   objectDiff,
		adopt:  adoptObject,
	}
}

// objectContent lists the arguments whose change writes the object again, and so
// makes a new version of it.
func objectContent() []string {
	return []string{
		"bucket_key_enabled", "cache_control", "checksum_algorithm", "content", "content_base64",
		"content_disposition", "content_encoding", "content_language", "content_type", "etag",
		"kms_key_id", "metadata", "server_side_encryption", "source", "source_hash",
		"storage_class", "website_redirect",
	}
}

func s3ObjectAttributes() map[string]*schema.Schema {
	attributes := map[string]*schema.Schema{
		"acl":                           optionalComputedString(),
		"arn":                           computedString(),
		"bucket":                        forceNew(requiredString()),
		"bucket_key_enabled":            computed(optionalBool()),
		"cache_control":                 optionalString(),
		"checksum_algorithm":            optionalString(),
		"checksum_crc32":                computedString(),
		"checksum_crc32c":               computedString(),
		"checksum_crc64nvme":            computedString(),
		"checksum_sha1":                 computedString(),
		"checksum_sha256":               computedString(),
		"content":                       conflicts(optionalString(), "source", "content_base64"),
		"content_base64":                conflicts(optionalString(), "source", "content"),
		"content_disposition":           optionalString(),
		"content_encoding":              optionalString(),
		"content_language":              optionalString(),
		"content_type":                  optionalComputedString(),
		"etag":                          conflicts(optionalComputedString(), "kms_key_id"),
		"force_destroy":                 boolDefault(false),
		"key":                           checked(forceNew(requiredString()), validation.NoZeroValues),
		"kms_key_id":                    optionalComputedString(),
		"metadata":                      stringMap(),
		"object_lock_legal_hold_status": optionalString(),
		"object_lock_mode":              optionalString(),
		"object_lock_retain_until_date": checked(optionalString(), validation.IsRFC3339Time),
		"override_provider":             optionalBlock(map[string]*schema.Schema{"default_tags": optionalBlock(map[string]*schema.Schema{"tags": emptyMap()})}),
		"server_side_encryption":        optionalComputedString(),
		"source":                        conflicts(optionalString(), "content", "content_base64"),
		"source_hash":                   optionalString(),
		"storage_class":                 optionalComputedString(),
		"version_id":                    computedString(),
		"website_redirect":              optionalString(),
	}
	attributes["metadata"].ValidateDiagFunc = lowerCaseKeys
	return attributes
}

func objectDiff(d *schema.ResourceDiff, _ *clients) error {
	if d.Id() == "" || !planned(d, objectContent()) {
		return nil
	}
	fresh := []string{
		"checksum_crc32", "checksum_crc32c", "checksum_crc64nvme", "checksum_sha1", "checksum_sha256", "version_id",
	}
	if !given(d.GetRawConfig(), "etag") {
		fresh = append(fresh, "etag")
	}
	for _, attribute := range fresh {
		if err := d.SetNewComputed(attribute); err != nil {
			return fmt.Errorf("plan %s: %w", attribute, err)
		}
	}
	return nil
}

// openContent opens what the object shall hold.
func openContent(d *schema.ResourceData, c *clients) (io.ReadSeekCloser, error) {
	if source := d.Get("source").(string); source != "" {
		if rest, ok := strings.CutPrefix(source, "~/"); ok {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, fmt.Errorf("expand the home directory in source: %w", err)
			}
			source = filepath.Join(home, rest)
		}
		file, err := os.Open(c.path(source))
		if err != nil {
			return nil, fmt.Errorf("open source: %w", err)
		}
		return file, nil
	}
	content := []byte(d.Get("content").(string))
	if encoded := d.Get("content_base64").(string); encoded != "" {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, fmt.Errorf("decode content_base64: %w", err)
		}
		content = decoded
	}
	return struct {
		*bytes.Reader
		io.Closer
	}{bytes.NewReader(content), io.NopCloser(nil)}, nil
}

func putObject(ctx context.Context, d *schema.ResourceData, c *clients) (err error) {
	content, err := openContent(d, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	tags := url.Values{}
	for key, value := range tagsOf(d) {
		tags.Set(key, value)
	}
	input := &s3.PutObjectInput{
		Bucket:                    bucketOf(d),
		Key:                       keyOf(d),
		ACL:                       types.ObjectCannedACL(d.Get("acl").(string)),
		CacheControl:              nonEmpty(d.Get("cache_control")),
		ChecksumAlgorithm:         types.ChecksumAlgorithm(d.Get("checksum_algorithm").(string)),
		ContentDisposition:        nonEmpty(d.Get("content_disposition")),
		ContentEncoding:           nonEmpty(d.Get("content_encoding")),
		ContentLanguage:           nonEmpty(d.Get("content_language")),
		ContentType:               nonEmpty(d.Get("content_type")),
		Metadata:                  stringsByKey(d.Get("metadata")),
		ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatus(d.Get("object_lock_legal_hold_status").(string)),
		ObjectLockMode:            types.ObjectLockMode(d.Get("object_lock_mode").(string)),
		SSEKMSKeyId:               nonEmpty(d.Get("kms_key_id")),
		ServerSideEncryption:      types.ServerSideEncryption(d.Get("server_side_encryption").(string)),
		StorageClass:              types.StorageClass(d.Get("storage_class").(string)),
		Tagging:                   nonEmpty(tags.Encode()),
		WebsiteRedirectLocation:   nonEmpty(d.Get("website_redirect")),
	}
	if input.SSEKMSKeyId != nil {
		input.ServerSideEncryption = types.ServerSideEncryptionAwsKms
	}
	if d.Get("bucket_key_enabled").(bool) {
		input.BucketKeyEnabled = aws.Bool(true)
	}
	if input.ObjectLockRetainUntilDate, err = expandDate(d.Get("object_lock_retain_until_date")); err != nil {
		return err
	}
	return onBucket(ctx, func(ctx context.Context) error {
		if _, err := content.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read content: %w", err)
		}
		input.Body = content
		_, err := c.s3.PutObject(ctx, input)
		return err
	})
}

func updateObject(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if d.HasChanges(objectContent()...) {
		return putObject(ctx, d, c)
	}
	if d.HasChange("acl") {
		_, err := c.s3.PutObjectAcl(ctx, &s3.PutObjectAclInput{
			Bucket: bucketOf(d), Key: keyOf(d), ACL: types.ObjectCannedACL(d.Get("acl").(string)),
		})
		if err != nil {
			return fmt.Errorf("set ACL: %w", err)
		}
	}
	if d.HasChange("object_lock_legal_hold_status") {
		_, err := c.s3.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{
			Bucket: bucketOf(d), Key: keyOf(d),
			LegalHold: &types.ObjectLockLegalHold{
				Status: types.ObjectLockLegalHoldStatus(d.Get("object_lock_legal_hold_status").(string)),
			},
		})
		if err != nil {
			return fmt.Errorf("set legal hold: %w", err)
		}
	}
	if d.HasChanges("object_lock_mode", "object_lock_retain_until_date") {
		until, err := expandDate(d.Get("object_lock_retain_until_date"))
		if err != nil {
			return err
		}
		_, err = c.s3.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{
			Bucket: bucketOf(d), Key: keyOf(d),
			Retention: &types.ObjectLockRetention{
				Mode: types.ObjectLockRetentionMode(d.Get("object_lock_mode").(string)), RetainUntilDate: until,
			},
			BypassGovernanceRetention: aws.Bool(d.Get("force_destroy").(bool)),
		})
		if err != nil {
			return fmt.Errorf("set retention: %w", err)
		}
	}
	if d.HasChange("tags_all") {
		_, err := c.s3.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{
			Bucket: bucketOf(d), Key: keyOf(d), Tagging: &types.Tagging{TagSet: tagList(tagsOf(d), s3Tag)},
		})
		if err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

func readObject(ctx context.Context, d *schema.ResourceData, c *clients) error {
	input := &s3.HeadObjectInput{Bucket: bucketOf(d), Key: keyOf(d)}
	if d.Get("checksum_algorithm").(string) != "" {
		input.ChecksumMode = types.ChecksumModeEnabled
	}
	head, err := c.s3.HeadObject(ctx, input)
	if err != nil {
		return err
	}
	tags, err := c.s3.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: bucketOf(d), Key: keyOf(d)})
	if err != nil {
		return fmt.Errorf("read tags: %w", err)
	}
	storage := string(head.StorageClass)
	if storage == "" {
		storage = string(types.StorageClassStandard) // S3 does not name the usual one
	}
	retain := ""
	if head.ObjectLockRetainUntilDate != nil {
		retain = head.ObjectLockRetainUntilDate.UTC().Format(time.RFC3339)
	}
	return errors.Join(
		c.tags.set(d, tagMap(tags.TagSet, s3TagParts)),
		setAll(d, map[string]any{
			"arn":                           "arn:" + partitionOf(c.region).id + ":s3:::" + d.Get("bucket").(string) + "/" + d.Get("key").(string),
			"bucket_key_enabled":            aws.ToBool(head.BucketKeyEnabled),
			"cache_control":                 aws.ToString(head.CacheControl),
			"checksum_crc32":                aws.ToString(head.ChecksumCRC32),
			"checksum_crc32c":               aws.ToString(head.ChecksumCRC32C),
			"checksum_crc64nvme":            aws.ToString(head.ChecksumCRC64NVME),
			"checksum_sha1":                 aws.ToString(head.ChecksumSHA1),
			"checksum_sha256":               aws.ToString(head.ChecksumSHA256),
			"content_disposition":           aws.ToString(head.ContentDisposition),
			"content_encoding":              aws.ToString(head.ContentEncoding),
			"content_language":              aws.ToString(head.ContentLanguage),
			"content_type":                  aws.ToString(head.ContentType),
			"etag":                          strings.Trim(aws.ToString(head.ETag), `"`),
			"metadata":                      head.Metadata,
			"object_lock_legal_hold_status": string(head.ObjectLockLegalHoldStatus),
			"object_lock_mode":              string(head.ObjectLockMode),
			"object_lock_retain_until_date": retain,
			"server_side_encryption":        string(head.ServerSideEncryption),
			"storage_class":                 storage,
			"version_id":                    aws.ToString(head.VersionId),
			"website_redirect":              aws.ToString(head.WebsiteRedirectLocation),
		}),
		setFound(d, map[string]string{"kms_key_id": aws.ToString(head.SSEKMSKeyId)}),
	)
}

// deleteObject deletes every version of an object in a bucket that has versions.
func deleteObject(ctx context.Context, d *schema.ResourceData, c *clients) error {
	remove := func(version *string) error {
		input := &s3.DeleteObjectInput{Bucket: bucketOf(d), Key: keyOf(d), VersionId: version}
		if d.Get("force_destroy").(bool) && version != nil {
			input.BypassGovernanceRetention = aws.Bool(true)
		}
		_, err := c.s3.DeleteObject(ctx, input)
		return err
	}
	if d.Get("version_id").(string) == "" {
		return remove(nil)
	}
	key := d.Get("key").(string)
	return eachVersions(ctx, c.s3, d.Get("bucket").(string), key, func(versions []types.ObjectIdentifier) error {
		for _, version := range versions {
			if aws.ToString(version.Key) != key {
				continue // the key is only the beginning of another one
			}
			if err := remove(version.VersionId); err != nil {
				return fmt.Errorf("delete version %s: %w", aws.ToString(version.VersionId), err)
			}
		}
		return nil
	})
}

// adoptObject takes bucket/key and s3://bucket/key.
func adoptObject(d *schema.ResourceData) error {
	bucket, key, found := strings.Cut(strings.TrimPrefix(d.Id(), "s3://"), "/")
	if !found || bucket == "" || key == "" {
		return errors.New("the id must be bucket/key or s3://bucket/key")
	}
	d.SetId(bucket + "/" + key)
	return setAll(d, map[string]any{"bucket": bucket, "key": key})
}

func keyOf(d *schema.ResourceData) *string { return aws.String(d.Get("key").(string)) }

// emptyMap is a map that may have nothing in it: default tags can be left out of an
// object, not replaced.
func emptyMap() *schema.Schema {
	return checked(stringMap(), func(value any, argument string) ([]string, []error) {
		if len(stringsByKey(value)) > 0 {
			return nil, []error{fmt.Errorf("%s must be empty: an object's own tags belong into its tags argument", argument)}
		}
		return nil, nil
	})
}

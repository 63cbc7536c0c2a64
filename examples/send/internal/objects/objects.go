// Package objects keeps small objects in one S3 bucket. It knows S3, not what
// the objects mean.
//
// It needs s3:GetObject, s3:PutObject and s3:DeleteObject on the objects and
// s3:ListBucket on the bucket: without the last one S3 answers 403 instead of
// 404 for an object that does not exist, see
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html.
package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// Bucket is one S3 bucket. It is safe for concurrent use.
type Bucket struct {
	client *s3.Client
	name   string
}

// NewBucket returns the bucket of that name. It makes no call.
func NewBucket(client *s3.Client, name string) Bucket {
	return Bucket{client: client, name: name}
}

// Get returns an object's bytes, or an error that is fs.ErrNotExist.
func (b Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	output, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if hasCode(err, "NoSuchKey") {
		return nil, fmt.Errorf("get object %s: %w", key, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", key, err)
	}
	defer output.Body.Close()
	body, err := io.ReadAll(output.Body)
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", key, err)
	}
	return body, nil
}

// Put writes an object, whether it existed before or not.
func (b Bucket) Put(ctx context.Context, key string, body []byte) error {
	return b.put(ctx, key, body, nil)
}

// Create writes an object that must not exist yet; if it does, the error is
// fs.ErrExist and the object stays as it was.
func (b Bucket) Create(ctx context.Context, key string, body []byte) error {
	return b.put(ctx, key, body, aws.String("*"))
}

func (b Bucket) put(ctx context.Context, key string, body []byte, ifNoneMatch *string) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:      &b.name,
		Key:         &key,
		Body:        bytes.NewReader(body),
		IfNoneMatch: ifNoneMatch,
		// The bucket encrypts anyway. It is asked for because a bucket policy may
		// deny every upload that does not ask.
		ServerSideEncryption: types.ServerSideEncryptionAes256,
	})
	if hasCode(err, "PreconditionFailed") {
		return fmt.Errorf("put object %s: %w", key, fs.ErrExist)
	}
	if err != nil {
		return fmt.Errorf("put object %s: %w", key, err)
	}
	return nil
}

// Delete removes an object. One that does not exist is no error, as in S3.
func (b Bucket) Delete(ctx context.Context, key string) error {
	if _, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key}); err != nil {
		return fmt.Errorf("delete object %s: %w", key, err)
	}
	return nil
}

// List returns the keys that start with prefix, in the order of their bytes.
func (b Bucket) List(ctx context.Context, prefix string) ([]string, error) {
	var keys []string
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list objects %s*: %w", prefix, err)
		}
		for _, object := range page.Contents {
			keys = append(keys, aws.ToString(object.Key))
		}
	}
	return keys, nil
}

func hasCode(err error, code string) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && answer.ErrorCode() == code
}

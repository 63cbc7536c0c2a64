package site

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// release is the manifest of a release.
type release struct {
	Name  string `json:"release"`
	Files Files  `json:"files"`
}

// latest is the manifest of what is served.
type latest struct {
	// Release is empty while something changes, and after a run that died at it.
	Release string            `json:"release"`
	Files   map[string]served `json:"files"`

	etag string // of the manifest itself; empty if there is none
}

// served is a file with the ETag of its object. The ETag is empty while the object is
// changed: then nobody knows what is there.
type served struct {
	File

	ETag string `json:"etag"`
}

func (s Site) readRelease(ctx context.Context, name string) (r release, found bool, err error) {
	_, found, err = s.readJSON(ctx, manifestKey(name), &r)
	return r, found, err
}

func (s Site) readLatest(ctx context.Context) (latest, error) {
	var l latest
	etag, _, err := s.readJSON(ctx, latestKey, &l)
	l.etag = etag
	return l, err
}

// writeLatest says what is served, if nobody else has said so since it was read.
func (s Site) writeLatest(ctx context.Context, l latest) (latest, error) {
	in := &s3.PutObjectInput{IfMatch: &l.etag}
	if l.etag == "" {
		in = &s3.PutObjectInput{IfNoneMatch: aws.String("*")}
	}
	etag, err := s.writeJSON(ctx, latestKey, l, in)
	l.etag = etag
	return l, err
}

func (s Site) readJSON(ctx context.Context, key string, into any) (etag string, found bool, err error) {
	text, etag, err := s.read(ctx, key)
	if isMissing(err) {
		return "", false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return "", false, fmt.Errorf("read %s of bucket %s: %w", key, s.place.Bucket, err)
	}
	return etag, true, nil
}

func (s Site) read(ctx context.Context, key string) (text []byte, etag string, err error) {
	out, err := s.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.place.Bucket, Key: &key})
	if err != nil {
		return nil, "", err
	}
	defer out.Body.Close()
	text, err = io.ReadAll(out.Body)
	return text, aws.ToString(out.ETag), err
}

// writeJSON writes a manifest on the conditions of in.
func (s Site) writeJSON(ctx context.Context, key string, content any, in *s3.PutObjectInput) (etag string, err error) {
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", key, err)
	}
	text = append(text, '\n')
	in.Bucket, in.Key, in.Body = &s.place.Bucket, &key, bytes.NewReader(text)
	in.ContentType, in.CacheControl = aws.String("application/json"), aws.String("no-cache")
	in.ServerSideEncryption = encryption
	out, err := s.s3.PutObject(ctx, in)
	if err = meanwhile(err); errors.Is(err, errMeanwhile) {
		// Where the answer to the first attempt was lost, the second has found its work.
		if there, etag, err := s.read(ctx, key); err == nil && bytes.Equal(there, text) {
			return etag, nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("write %s of bucket %s: %w", key, s.place.Bucket, err)
	}
	return aws.ToString(out.ETag), nil
}

// Release is one that can be served.
type Release struct {
	Name   string
	Latest bool // it is what is served
	Made   time.Time
}

// Releases lists all complete releases, the newest first.
func (s Site) Releases(ctx context.Context) ([]Release, error) {
	now, err := s.readLatest(ctx)
	if err != nil {
		return nil, err
	}
	var all []Release
	pages := s3.NewListObjectsV2Paginator(s.s3, &s3.ListObjectsV2Input{Bucket: &s.place.Bucket, Prefix: aws.String(kept), Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the releases in bucket %s: %w", s.place.Bucket, err)
		}
		for _, o := range page.Contents {
			name, isManifest := strings.CutSuffix(strings.TrimPrefix(aws.ToString(o.Key), kept), ".json")
			if isManifest && CheckRelease(name) == nil {
				all = append(all, Release{name, name == now.Release, aws.ToTime(o.LastModified)})
			}
		}
	}
	slices.SortFunc(all, func(a, b Release) int { return cmp.Or(b.Made.Compare(a.Made), cmp.Compare(b.Name, a.Name)) })
	return all, nil
}

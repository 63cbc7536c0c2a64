package site

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

// Publish makes a release of a folder and serves it. A release that is there already
// is not made again, and none is ever changed.
func (s Site) Publish(ctx context.Context, folder Folder, name string) (Published, error) {
	if err := CheckRelease(name); err != nil {
		return Published{}, err
	}
	if root := s.place.DefaultRootObject; root != "" && folder.files[root] == (File{}) {
		return Published{}, fmt.Errorf("%s has no %s, which the distribution serves for /", folder.dir, root)
	}
	standing, found, err := s.readRelease(ctx, name)
	if err != nil {
		return Published{}, err
	}
	if found {
		if others := differing(standing.Files, folder.files); len(others) > 0 {
			return Published{}, fmt.Errorf("release %s is there with other files, and releases are not changed: publish as another one (%s)", name, some(others))
		}
		return s.serve(ctx, standing)
	}
	wanted := release{Name: name, Files: folder.files}
	sent, err := s.upload(ctx, folder, wanted)
	if err != nil {
		return Published{}, err
	}
	published, err := s.serve(ctx, wanted)
	published.Sent = sent
	return published, err
}

// differing are the paths where two sites are not the same, sorted.
func differing(a, b Files) []string {
	paths := map[string]bool{}
	for path, file := range a {
		if b[path] != file {
			paths[path] = true
		}
	}
	for path, file := range b {
		if a[path] != file {
			paths[path] = true
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// upload makes a release. What the release that is served has too is copied from it
// inside of S3; only the rest is sent.
func (s Site) upload(ctx context.Context, folder Folder, r release) (sent int, err error) {
	now, err := s.readLatest(ctx)
	if err != nil {
		return 0, err
	}
	standing := map[File]string{} // keys by content and headers
	if now.Release != "" {
		for path, file := range now.Files {
			standing[file.File] = objectKey(now.Release, path)
		}
	}
	root, err := os.OpenRoot(folder.dir)
	if err != nil {
		return 0, fmt.Errorf("open the folder of the site: %w", err)
	}
	defer root.Close()
	var sending atomic.Int64
	err = eachPath(ctx, r.Files.paths(), func(ctx context.Context, path string) error {
		if from := standing[r.Files[path]]; from != "" {
			_, err := s.copy(ctx, from, objectKey(r.Name, path))
			if !isMissing(err) {
				return err
			} // else somebody has taken it away
		}
		sending.Add(1)
		return s.send(ctx, root, path, r)
	})
	if err != nil {
		return 0, err
	}
	if err := s.removeRest(ctx, r); err != nil {
		return 0, err
	}
	_, err = s.writeJSON(ctx, manifestKey(r.Name), r, &s3.PutObjectInput{IfNoneMatch: aws.String("*")})
	return int(sending.Load()), err
}

func (s Site) send(ctx context.Context, root *os.Root, path string, r release) error {
	body, err := root.Open(path)
	if err != nil {
		return fmt.Errorf("send %s: %w", path, err)
	}
	defer body.Close()
	file := r.Files[path]
	sum, err := hex.DecodeString(file.SHA256)
	if err != nil {
		return fmt.Errorf("send %s: %w", path, err)
	}
	_, err = s.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.place.Bucket, Key: aws.String(objectKey(r.Name, path)), Body: body, ContentLength: &file.Size,
		ContentType: &file.ContentType, CacheControl: &file.CacheControl, ServerSideEncryption: encryption,
		// S3 refuses what has changed since it was read.
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum)),
	})
	if err != nil {
		return fmt.Errorf("send %s to bucket %s: %w", path, s.place.Bucket, err)
	}
	return nil
}

// copy copies an object inside of the bucket, with its headers.
func (s Site) copy(ctx context.Context, from, to string) (etag string, err error) {
	// S3 takes a plus for a space there.
	source := strings.ReplaceAll((&url.URL{Path: s.place.Bucket + "/" + from}).EscapedPath(), "+", "%2B")
	out, err := s.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &s.place.Bucket, Key: &to, CopySource: &source, ServerSideEncryption: encryption})
	if err != nil {
		return "", fmt.Errorf("copy %s to %s in bucket %s: %w", from, to, s.place.Bucket, err)
	}
	return aws.ToString(out.CopyObjectResult.ETag), nil
}

// removeRest removes what a run that died has left of a release, where that had files
// which it now has not.
func (s Site) removeRest(ctx context.Context, r release) error {
	prefix := objectKey(r.Name, "")
	var rest []string
	pages := s3.NewListObjectsV2Paginator(s.s3, &s3.ListObjectsV2Input{Bucket: &s.place.Bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list release %s in bucket %s: %w", r.Name, s.place.Bucket, err)
		}
		for _, o := range page.Contents {
			if _, wanted := r.Files[strings.TrimPrefix(aws.ToString(o.Key), prefix)]; !wanted {
				rest = append(rest, aws.ToString(o.Key))
			}
		}
	}
	return s.remove(ctx, rest)
}

// remove deletes objects. One that is gone is no mistake.
func (s Site) remove(ctx context.Context, keys []string) error {
	const most = 1000 // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
	for some := range slices.Chunk(keys, most) {
		var objects []types.ObjectIdentifier
		for _, key := range some {
			objects = append(objects, types.ObjectIdentifier{Key: aws.String(key)})
		}
		out, err := s.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &s.place.Bucket, Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)}})
		if err != nil {
			return fmt.Errorf("delete from bucket %s: %w", s.place.Bucket, err)
		}
		if len(out.Errors) > 0 {
			refused := out.Errors[0]
			return fmt.Errorf("delete %s from bucket %s: %s: %s", aws.ToString(refused.Key), s.place.Bucket, aws.ToString(refused.Code), aws.ToString(refused.Message))
		}
	}
	return nil
}

// eachPath does something with every path, some of them at a time.
func eachPath(ctx context.Context, paths []string, do func(context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, path := range paths {
		group.Go(func() error { return do(ctx, path) })
	}
	return group.Wait()
}

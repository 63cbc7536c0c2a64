package site

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Published is what a run has done.
type Published struct {
	Release     string
	Already     bool     // it was served before; nothing was done
	Sent        int      // files that came from this machine
	Changed     []string // paths that are served with something else now
	Removed     []string // paths where nothing is served any more
	Invalidated []string // what CloudFront was told to forget
	Strange     []string // paths of objects that are of no release; they are left alone
}

func (p Published) String() string {
	text := fmt.Sprintf("release %s is served: %s sent, %d changed, %d removed, %s invalidated",
		p.Release, counted(p.Sent, "file"), len(p.Changed), len(p.Removed), counted(len(p.Invalidated), "path"))
	if p.Already {
		text = fmt.Sprintf("release %s was served before, nothing has changed", p.Release)
	}
	if len(p.Strange) > 0 {
		text += fmt.Sprintf("; %s of no release in the bucket, left alone: %s", counted(len(p.Strange), "object"), some(p.Strange))
	}
	return text
}

// Switch serves a release that is there, for example an earlier one.
func (s Site) Switch(ctx context.Context, name string) (Published, error) {
	if err := CheckRelease(name); err != nil {
		return Published{}, err
	}
	r, found, err := s.readRelease(ctx, name)
	if err != nil {
		return Published{}, err
	}
	if !found {
		return Published{}, s.unknown(ctx, name)
	}
	return s.serve(ctx, r)
}

func (s Site) unknown(ctx context.Context, name string) error {
	all, err := s.Releases(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no release %s in bucket %s, and no other: publish one first", name, s.place.Bucket)
	}
	return fmt.Errorf("there is no release %s in bucket %s; it has: %s", name, s.place.Bucket, some(names))
}

// changes is what there is to do until a release is served.
type changes struct{ copies, removals []string }

// compare says what to do so that a release is served: what differs from it, by the
// manifest or by the objects that are really there, and what was served and is not in it.
func compare(now latest, objects map[string]string, r release) changes {
	var c changes
	for _, path := range r.Files.paths() {
		standing := now.Files[path]
		if standing.File != r.Files[path] || standing.ETag == "" || standing.ETag != objects[path] {
			c.copies = append(c.copies, path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(now.Files)) {
		if _, wanted := r.Files[path]; !wanted {
			c.removals = append(c.removals, path)
		}
	}
	return c
}

// during is the manifest while these changes are made: nobody knows any more what is at
// their paths. A run that dies leaves it so, and the next one does all of them.
func (c changes) during(now latest, r release) latest {
	marked := latest{Files: maps.Clone(now.Files), etag: now.etag}
	if marked.Files == nil {
		marked.Files = map[string]served{}
	}
	for _, path := range c.copies {
		marked.Files[path] = served{File: r.Files[path]}
	}
	for _, path := range c.removals {
		marked.Files[path] = served{File: now.Files[path].File}
	}
	return marked
}

// serve makes what is served the same as a release.
func (s Site) serve(ctx context.Context, r release) (Published, error) {
	p := Published{Release: r.Name}
	now, err := s.readLatest(ctx)
	if err != nil {
		return p, err
	}
	objects, err := s.objects(ctx)
	if err != nil {
		return p, err
	}
	for _, path := range slices.Sorted(maps.Keys(objects)) {
		_, known := now.Files[path]
		if _, wanted := r.Files[path]; !known && !wanted {
			p.Strange = append(p.Strange, path)
		}
	}
	c := compare(now, objects, r)
	if now.Release == r.Name && len(c.copies)+len(c.removals) == 0 {
		p.Already = true
		return p, nil
	}
	if now, err = s.writeLatest(ctx, c.during(now, r)); err != nil {
		return p, err
	}
	if err := s.change(ctx, c, r, now.Files); err != nil {
		return p, err
	}
	p.Changed, p.Removed = c.copies, c.removals
	if p.Invalidated, err = s.invalidate(ctx, slices.Concat(c.copies, c.removals)); err != nil {
		return p, err
	}
	now.Release = r.Name
	_, err = s.writeLatest(ctx, now)
	return p, err
}

// change copies and removes. Pages come last, when all that they refer to is there, and
// what they no longer refer to is removed behind them.
func (s Site) change(ctx context.Context, c changes, r release, standing map[string]served) error {
	var mu sync.Mutex
	one := func(ctx context.Context, path string) error {
		etag, err := s.copy(ctx, objectKey(r.Name, path), path)
		if isMissing(err) {
			return fmt.Errorf("release %s has lost %s: publish it as another release", r.Name, path)
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		standing[path] = served{File: r.Files[path], ETag: etag}
		return nil
	}
	var pages, others []string
	for _, path := range c.copies {
		if isPage(r.Files[path].ContentType) {
			pages = append(pages, path)
		} else {
			others = append(others, path)
		}
	}
	for _, paths := range [][]string{others, pages} {
		if err := eachPath(ctx, paths, one); err != nil {
			return err
		}
	}
	for _, path := range c.removals {
		delete(standing, path)
	}
	return s.remove(ctx, c.removals)
}

// objects are the ETags of all objects in the bucket by their keys, but for releases.
func (s Site) objects(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	in := &s3.ListObjectsV2Input{Bucket: &s.place.Bucket}
	behind := false // all releases: keys come in the order of their bytes
	for {
		page, err := s.s3.ListObjectsV2(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list what is served from bucket %s: %w", s.place.Bucket, err)
		}
		in.ContinuationToken = page.NextContinuationToken
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if !strings.HasPrefix(key, kept) {
				all[key] = aws.ToString(o.ETag)
			} else if !behind {
				behind = true
				in = &s3.ListObjectsV2Input{Bucket: &s.place.Bucket, StartAfter: aws.String(kept + "\U0010ffff")}
				page.IsTruncated = aws.Bool(true)
				break
			}
		}
		if !aws.ToBool(page.IsTruncated) {
			return all, nil
		}
	}
}

// maxInvalidations is from how many paths on all is forgotten: a thousand paths a month
// cost nothing, and a wildcard counts as one
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PayingForInvalidation.html).
const maxInvalidations = 50

// invalidate lets the distribution forget what it keeps of these paths.
func (s Site) invalidate(ctx context.Context, paths []string) ([]string, error) {
	forgotten := s.invalidations(paths)
	if len(forgotten) == 0 {
		return nil, nil
	}
	_, err := s.cdn.CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{
		DistributionId: &s.place.Distribution,
		InvalidationBatch: &cftypes.InvalidationBatch{
			CallerReference: aws.String(rand.Text()),
			Paths:           &cftypes.Paths{Items: forgotten, Quantity: aws.Int32(int32(len(forgotten)))},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("let distribution %s forget %s: %w", s.place.Distribution, counted(len(forgotten), "path"), err)
	}
	return forgotten, nil
}

// invalidations are what CloudFront calls these paths. A folder's page is known by the
// folder too: the default root object as /, and others where a function rewrites requests
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html).
func (s Site) invalidations(paths []string) []string {
	var all []string
	for _, p := range paths {
		all = append(all, (&url.URL{Path: "/" + p}).EscapedPath())
		if s.place.DefaultRootObject != "" && path.Base(p) == s.place.DefaultRootObject {
			folder := strings.TrimSuffix("/"+p, s.place.DefaultRootObject)
			all = append(all, (&url.URL{Path: folder}).EscapedPath())
		}
	}
	if len(all) > maxInvalidations {
		return []string{"/*"}
	}
	slices.Sort(all)
	return all
}

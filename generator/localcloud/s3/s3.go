// Package s3 is the local cloud's S3: buckets with their configurations, objects
// with versions, multipart uploads, and the tagging calls of S3 Control.
//
// It speaks S3's REST XML and names for every call the IAM actions and ARNs that
// AWS's service authorization reference gives. It must not know who may do what:
// the front door decides that from what an operation declares. It must not know
// any other service.
package s3

import (
	"context"
	"fmt"
	"io"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// The tables. A bucket's name is unique over all accounts and regions, so it is a
// key by itself.
var (
	buckets   = store.NewTable[bucket]("s3 buckets")
	versions  = store.NewTable[version]("s3 versions")
	uploads   = store.NewTable[upload]("s3 uploads")
	parts     = store.NewTable[part]("s3 parts")
	sequences = store.NewTable[uint64]("s3 sequences")
)

// Service answers S3's calls and the three tagging calls of S3 Control.
type Service struct {
	db     *store.Store
	bodies *bodies
	now    func() time.Time
}

var _ api.Service = (*Service)(nil)

// New makes the service over rows in db and object bodies as files under dir,
// which it creates and has to itself. Files there that no row knows, left by a
// process that was killed, are removed.
func New(db *store.Store, dir string, now func() time.Time) (*Service, error) {
	bodies, err := openBodies(dir)
	if err != nil {
		return nil, err
	}
	s := &Service{db: db, bodies: bodies, now: now}
	if err := s.sweep(); err != nil {
		return nil, err
	}
	return s, nil
}

// Object opens the body of an object for another service, which has asked for
// permission already. An empty versionID means the current version. The caller
// closes it. Errors are *api.Error with S3's codes: NoSuchBucket, NoSuchKey,
// NoSuchVersion.
func (s *Service) Object(ctx context.Context, bucket, key, versionID string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read object %s of bucket %s: %w", key, bucket, err)
	}
	v, file, err := s.open(bucket, key, versionID)
	if err != nil {
		return nil, err
	}
	if v.DeleteMarker {
		return nil, noSuchKey(key)
	}
	return file, nil
}

// sweep removes the bodies that no row refers to.
func (s *Service) sweep() error {
	known := map[string]bool{}
	err := s.db.View(func(tx store.Tx) error {
		err := versions.Scan(tx, "", "", func(_ string, v version) bool {
			known[v.Body] = true
			return true
		})
		if err != nil {
			return err
		}
		return parts.Scan(tx, "", "", func(_ string, p part) bool {
			known[p.Body] = true
			return true
		})
	})
	if err != nil {
		return fmt.Errorf("look for object bodies without a row: %w", err)
	}
	return s.bodies.sweep(known)
}

// second is now as precise as S3 keeps times of objects and buckets.
func (s *Service) second() time.Time { return s.now().UTC().Truncate(time.Second) }

package s3

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// version is a row: one version of an object, or a delete marker in its place. The
// current version of a key is its newest row; a bucket without versioning has one
// row per key, of the id null.
type version struct {
	Bucket, Key  string
	ID           string
	Sequence     uint64 // grows with every write to the service
	DeleteMarker bool
	Modified     time.Time

	Body     string // names the file; empty for a delete marker
	Size     int64
	ETag     string // without quotes
	Checksum checksum
	Parts    []partOfObject // of an object that was uploaded in parts
	attributes
}

// attributes are what the writer of an object says about it.
type attributes struct {
	Headers      map[string]string // Content-Type and others that come back as they came
	Metadata     map[string]string // by header name without x-amz-meta-
	Tags         []tag
	StorageClass string
	Encryption   objectEncryption
}

type objectEncryption struct {
	Algorithm string
	KMSKeyID  string
	BucketKey bool
}

// partOfObject is what remains of a part once its upload is complete.
type partOfObject struct {
	Number   int
	Size     int64
	Checksum checksum
}

const nullVersion = "null"

// rowKey sorts the rows of a bucket by key and those of a key from new to old.
func (v version) rowKey() string {
	return store.Key(v.Bucket, v.Key, fmt.Sprintf("%016x", ^v.Sequence))
}

// storageClass is as documents have it; headers leave STANDARD out.
func (a attributes) storageClass() string {
	if a.StorageClass == "" {
		return "STANDARD"
	}
	return a.StorageClass
}

// findVersion reads a version by its id, or the current one if the id is empty. It
// may be a delete marker.
func findVersion(tx store.Tx, bucket, key, id string) (v version, found bool, err error) {
	err = versions.Scan(tx, store.Key(bucket, key, ""), "", func(_ string, row version) bool {
		if id == "" || row.ID == id {
			v, found = row, true
		}
		return !found
	})
	return v, found, err
}

// mustVersion is findVersion where absence is S3's error.
func mustVersion(tx store.Tx, bucket, key, id string) (version, error) {
	v, found, err := findVersion(tx, bucket, key, id)
	switch {
	case err != nil:
		return version{}, err
	case found:
		return v, nil
	case id == "":
		return version{}, noSuchKey(key)
	default:
		return version{}, noSuchVersion(key, id)
	}
}

// find reads the bucket and the version that a call names.
func (s *Service) find(c *call) (b bucket, v version, err error) {
	err = s.db.View(func(tx store.Tx) error {
		if b, err = mustBucket(tx, c.bucket); err != nil {
			return err
		}
		v, err = mustVersion(tx, c.bucket, c.key, c.versionID())
		return err
	})
	return b, v, err
}

// open reads a version and opens its body, which then stays readable even if the
// object is deleted. A delete marker has no body.
func (s *Service) open(bucket, key, id string) (v version, file *os.File, err error) {
	s.bodies.removal.RLock()
	defer s.bodies.removal.RUnlock()
	err = s.db.View(func(tx store.Tx) error {
		if _, err := mustBucket(tx, bucket); err != nil {
			return err
		}
		v, err = mustVersion(tx, bucket, key, id)
		return err
	})
	if err != nil || v.DeleteMarker {
		return v, nil, err
	}
	file, err = s.bodies.open(v.Body)
	return v, file, err
}

// addVersion writes v as the current version of its key: beside the older ones if
// the bucket keeps versions, else in place of the one with the id null. It returns
// the body that is not needed any more.
func addVersion(tx store.Tx, b bucket, v *version) (replaced string, err error) {
	if v.Sequence, err = nextSequence(tx); err != nil {
		return "", err
	}
	v.ID = nullVersion
	if b.versionsKept() {
		v.ID = fmt.Sprintf("%016x%s", v.Sequence, rand.Text())
	} else if replaced, err = dropVersion(tx, v.Bucket, v.Key, nullVersion); err != nil {
		return "", err
	}
	return replaced, versions.Put(tx, v.rowKey(), *v)
}

// dropVersion removes a version for good and returns its body's id. One that is not
// there is no error.
func dropVersion(tx store.Tx, bucket, key, id string) (body string, err error) {
	v, found, err := findVersion(tx, bucket, key, id)
	if err != nil || !found {
		return "", err
	}
	return v.Body, versions.Delete(tx, v.rowKey())
}

// sequenceOf is the sequence that a version's id begins with.
func sequenceOf(id string) (sequence uint64, ok bool) {
	const digits = 16
	if len(id) < digits {
		return 0, false
	}
	sequence, err := strconv.ParseUint(id[:digits], 16, 64)
	return sequence, err == nil
}

func nextSequence(tx store.Tx) (uint64, error) {
	const key = "versions"
	last, _, err := sequences.Get(tx, key)
	if err != nil {
		return 0, err
	}
	return last + 1, sequences.Put(tx, key, last+1)
}

// setVersionID names the version in an answer, where the bucket has versions.
func setVersionID(w http.ResponseWriter, b bucket, v version) {
	if b.versionsNamed() {
		w.Header().Set("X-Amz-Version-Id", v.ID)
	}
}

// methodNotAllowedOnMarker is the answer to a call that names a delete marker by
// its version id.
func methodNotAllowedOnMarker(w http.ResponseWriter, v version) *api.Error {
	w.Header().Set("X-Amz-Delete-Marker", "true")
	w.Header().Set("X-Amz-Version-Id", v.ID)
	w.Header().Set("Allow", http.MethodDelete)
	return failure(http.StatusMethodNotAllowed, "MethodNotAllowed",
		"The specified method is not allowed against this resource.",
		"Method", "", "ResourceType", "DeleteMarker")
}

package s3

import (
	"errors"
	"net/http"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// maxBatch is the most keys that one DeleteObjects takes.
const maxBatch = 1000

// deletion is what came of a delete: what the key has now.
type deletion struct {
	marker    bool   // a delete marker was made, or removed
	versionID string // of the marker, or of the version that was removed
	body      string // not needed any more
}

// deleteVersion removes a version for good, or without an id the current one: a
// bucket with versioning gets a delete marker over it. What is not there is no error.
func (s *Service) deleteVersion(tx store.Tx, b bucket, key, id string) (deletion, error) {
	if id != "" {
		v, found, err := findVersion(tx, b.Name, key, id)
		if err != nil || !found {
			return deletion{versionID: id}, err
		}
		return deletion{marker: v.DeleteMarker, versionID: id, body: v.Body}, versions.Delete(tx, v.rowKey())
	}
	if !b.versionsNamed() {
		body, err := dropVersion(tx, b.Name, key, nullVersion)
		return deletion{body: body}, err
	}
	marker := version{Bucket: b.Name, Key: key, DeleteMarker: true, Modified: s.second()}
	body, err := addVersion(tx, b, &marker)
	return deletion{marker: true, versionID: marker.ID, body: body}, err
}

func (s *Service) deleteObject(w http.ResponseWriter, c *call) error {
	var done deletion
	err := s.db.Update(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil {
			return err
		}
		if err := checkDelete(tx, b.Name, c.key, c.Header.Get("If-Match")); err != nil {
			return err
		}
		done, err = s.deleteVersion(tx, b, c.key, c.versionID())
		return err
	})
	if err != nil {
		return err
	}
	s.bodies.remove(done.body)
	if done.versionID != "" {
		w.Header().Set("X-Amz-Version-Id", done.versionID)
	}
	if done.marker {
		w.Header().Set("X-Amz-Delete-Marker", "true")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// checkDelete evaluates a condition on the current version, whose ETag must be among tags.
func checkDelete(tx store.Tx, bucket, key, tags string) error {
	if tags == "" {
		return nil
	}
	v, found, err := findVersion(tx, bucket, key, "")
	switch {
	case err != nil:
		return err
	case !found || v.DeleteMarker:
		return noSuchKey(key)
	case !matchesETag(tags, v.ETag):
		return preconditionFailed("If-Match")
	}
	return nil
}

// deleteRequest is the document of DeleteObjects.
type deleteRequest struct {
	Objects []objectToDelete `xml:"Object"`
	Quiet   bool
}

type objectToDelete struct {
	Key       string
	VersionID string `xml:"VersionId"`
	// The conditions of a deletion; only the ETag exists outside of directory buckets.
	ETag             string
	LastModifiedTime string
	Size             string
}

// readBatch reads what is to be deleted before access is asked for, as each key
// needs its own permission.
func readBatch(c *call) error {
	if err := readXML(c.Request, "Delete", &c.batch); err != nil {
		return err
	}
	if len(c.batch.Objects) == 0 || len(c.batch.Objects) > maxBatch {
		return malformedXML()
	}
	for _, object := range c.batch.Objects {
		if object.Key == "" {
			return malformedXML()
		}
		if err := checkKey(object.Key); err != nil {
			return err
		}
		if object.LastModifiedTime != "" || object.Size != "" {
			return api.NotImplemented("s3", "DeleteObjects on a condition other than ETag")
		}
	}
	return nil
}

func (d deleteRequest) access(on api.Access, b bucket) []api.Access {
	needs := make([]api.Access, len(d.Objects))
	for i, object := range d.Objects {
		needs[i] = on
		needs[i].Action = "s3:DeleteObject"
		if object.VersionID != "" {
			needs[i].Action = "s3:DeleteObjectVersion"
		}
		needs[i].Resource = objectARN(b.Name, object.Key)
	}
	return needs
}

func (s *Service) deleteObjects(w http.ResponseWriter, c *call) error {
	type deleted struct {
		Key                   string
		VersionID             string `xml:"VersionId,omitempty"`
		DeleteMarker          bool   `xml:",omitempty"`
		DeleteMarkerVersionID string `xml:"DeleteMarkerVersionId,omitempty"`
	}
	type failed struct {
		Key       string
		VersionID string `xml:"VersionId,omitempty"`
		Code      string
		Message   string
	}
	var out struct {
		Deleted []deleted
		Errors  []failed `xml:"Error"`
	}
	var bodies []string
	err := s.db.Update(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil {
			return err
		}
		for i, object := range c.batch.Objects {
			err := checkDelete(tx, b.Name, object.Key, object.ETag)
			refused, isDenied := c.Denied[i]
			if isDenied || errors.As(err, &refused) {
				out.Errors = append(out.Errors, failed{object.Key, object.VersionID, refused.Code, refused.Message})
				continue
			}
			if err != nil {
				return err
			}
			done, err := s.deleteVersion(tx, b, object.Key, object.VersionID)
			if err != nil {
				return err
			}
			bodies = append(bodies, done.body)
			entry := deleted{Key: object.Key, VersionID: object.VersionID, DeleteMarker: done.marker}
			if done.marker {
				entry.DeleteMarkerVersionID = done.versionID
			}
			if !c.batch.Quiet {
				out.Deleted = append(out.Deleted, entry)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.bodies.remove(bodies...)
	return writeXML(w, "DeleteResult", out)
}

package s3

import (
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"sendform/generator/localcloud/store"
)

type tag struct{ Key, Value string }

type tagSet struct {
	Tags []tag `xml:"Tag"`
}

type tagging struct{ TagSet tagSet }

// The most tags that a bucket and an object take.
const (
	maxBucketTags = 50
	maxObjectTags = 10
)

var taggingDocument = document[tagging]{
	root: "Tagging", putStatus: http.StatusNoContent,
	field:         func(b *bucket) **tagging { return &b.Tagging },
	absentCode:    "NoSuchTagSet",
	absentMessage: "The TagSet does not exist",
	check: func(_ bucket, wanted *tagging) error {
		return checkTags(wanted.TagSet.Tags, maxBucketTags)
	},
}

// checkTags holds tags against S3's limits.
func checkTags(tags []tag, most int) error {
	if len(tags) > most {
		message := "Object tags cannot be greater than 10"
		if most == maxBucketTags {
			message = "Bucket tag count cannot be greater than 50"
		}
		return failure(http.StatusBadRequest, "BadRequest", message)
	}
	seen := map[string]bool{}
	for _, t := range tags {
		switch length := utf8.RuneCountInString(t.Key); {
		case length == 0 || length > 128:
			return invalidTag("The TagKey you have provided is invalid", t.Key)
		case utf8.RuneCountInString(t.Value) > 256:
			return invalidTag("The TagValue you have provided is invalid", t.Key)
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return invalidTag("System tags cannot be added/updated by requester", t.Key)
		case seen[t.Key]:
			return invalidTag("Cannot provide multiple Tags with the same key", t.Key)
		}
		seen[t.Key] = true
	}
	return nil
}

func invalidTag(message, key string) error {
	return failure(http.StatusBadRequest, "InvalidTag", message, "TagKey", key)
}

// headerTags reads the header x-amz-tagging, which has the form of a query.
func headerTags(h http.Header) ([]tag, error) {
	values, err := url.ParseQuery(h.Get("X-Amz-Tagging"))
	if err != nil {
		return nil, invalidArgument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
			"x-amz-tagging", h.Get("X-Amz-Tagging"))
	}
	var tags []tag
	for key, all := range values {
		for _, value := range all {
			tags = append(tags, tag{key, value})
		}
	}
	sort.Slice(tags, func(i, j int) bool { return tags[i].Key < tags[j].Key })
	return tags, checkTags(tags, maxObjectTags)
}

func (s *Service) getObjectTagging(w http.ResponseWriter, c *call) error {
	b, v, err := s.find(c)
	if err != nil {
		return err
	}
	if v.DeleteMarker {
		return methodNotAllowedOnMarker(w, v)
	}
	setVersionID(w, b, v)
	return writeXML(w, "Tagging", tagging{tagSet{v.Tags}})
}

func (s *Service) putObjectTagging(w http.ResponseWriter, c *call) error {
	var wanted tagging
	if err := readXML(c.Request, "Tagging", &wanted); err != nil {
		return err
	}
	if err := checkTags(wanted.TagSet.Tags, maxObjectTags); err != nil {
		return err
	}
	return s.retag(w, c, wanted.TagSet.Tags, http.StatusOK)
}

func (s *Service) deleteObjectTagging(w http.ResponseWriter, c *call) error {
	return s.retag(w, c, nil, http.StatusNoContent)
}

func (s *Service) retag(w http.ResponseWriter, c *call, tags []tag, status int) error {
	err := s.db.Update(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil {
			return err
		}
		v, err := mustVersion(tx, c.bucket, c.key, c.versionID())
		if err != nil {
			return err
		}
		if v.DeleteMarker {
			return methodNotAllowedOnMarker(w, v)
		}
		v.Tags = tags
		setVersionID(w, b, v)
		return versions.Put(tx, v.rowKey(), v)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(status)
	return nil
}

// The calls of S3 Control have the same tags under other names; version 6 of the
// registry provider tags buckets with them.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html

func (s *Service) listTagsForResource(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	var out struct {
		Tags []tag `xml:"Tags>Tag"`
	}
	if b.Tagging != nil {
		out.Tags = b.Tagging.TagSet.Tags
	}
	return writeXML(w, "ListTagsForResourceResult", out)
}

func (s *Service) tagResource(w http.ResponseWriter, c *call) error {
	var wanted struct {
		Tags []tag `xml:"Tags>Tag"`
	}
	if err := readXML(c.Request, "TagResourceRequest", &wanted); err != nil {
		return err
	}
	return s.retagBucket(w, c, func(tags []tag) ([]tag, error) {
		if err := checkTags(wanted.Tags, maxBucketTags); err != nil {
			return nil, err
		}
		tags = slices.DeleteFunc(tags, func(old tag) bool {
			return slices.ContainsFunc(wanted.Tags, func(t tag) bool { return t.Key == old.Key })
		})
		return append(tags, wanted.Tags...), nil
	})
}

func (s *Service) untagResource(w http.ResponseWriter, c *call) error {
	return s.retagBucket(w, c, func(tags []tag) ([]tag, error) {
		return slices.DeleteFunc(tags, func(t tag) bool { return slices.Contains(c.query["tagKeys"], t.Key) }), nil
	})
}

func (s *Service) retagBucket(w http.ResponseWriter, c *call, apply func([]tag) ([]tag, error)) error {
	err := s.change(c.bucket, func(b *bucket) error {
		var tags []tag
		if b.Tagging != nil {
			tags = b.Tagging.TagSet.Tags
		}
		tags, err := apply(tags)
		if err != nil {
			return err
		}
		b.Tagging = nil
		if len(tags) > 0 {
			b.Tagging = &tagging{tagSet{tags}}
		}
		return checkTags(tags, maxBucketTags)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

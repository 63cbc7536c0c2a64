package s3

import (
	"net/http"
	"strings"
	"time"
)

// checkRead evaluates the conditions of a read in the order of RFC 9110: an ETag
// outweighs a date. prefix is "", or X-Amz-Copy-Source- for the source of a copy.
func checkRead(h http.Header, prefix string, v version) error {
	unmodified := func(name string) (since, given bool) {
		date, err := http.ParseTime(h.Get(prefix + name))
		return err == nil && !v.Modified.After(date), err == nil
	}
	if tags := h.Get(prefix + "If-Match"); tags != "" {
		if !matchesETag(tags, v.ETag) {
			return preconditionFailed(prefix + "If-Match")
		}
	} else if since, given := unmodified("If-Unmodified-Since"); given && !since {
		return preconditionFailed(prefix + "If-Unmodified-Since")
	}
	// A read that would bring what the client has is answered 304, a copy 412.
	same := func(condition string) error {
		if prefix != "" {
			return preconditionFailed(prefix + condition)
		}
		return failure(http.StatusNotModified, "NotModified", "Not Modified")
	}
	if tags := h.Get(prefix + "If-None-Match"); tags != "" {
		if matchesETag(tags, v.ETag) {
			return same("If-None-Match")
		}
	} else if since, given := unmodified("If-Modified-Since"); given && since {
		return same("If-Modified-Since")
	}
	return nil
}

// checkWrite evaluates the conditions of a write on the current version of the key,
// inside of the transaction that writes: of two writers with If-None-Match: * one
// wins. (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html)
func checkWrite(h http.Header, key string, current version, found bool) error {
	exists := found && !current.DeleteMarker
	if tags := h.Get("If-None-Match"); tags != "" {
		if tags != "*" {
			return failure(http.StatusNotImplemented, "NotImplemented",
				"A header you provided implies functionality that is not implemented", "Header", "If-None-Match")
		}
		if exists {
			return preconditionFailed("If-None-Match")
		}
	}
	if tags := h.Get("If-Match"); tags != "" {
		switch {
		case !exists:
			return noSuchKey(key)
		case !matchesETag(tags, current.ETag):
			return preconditionFailed("If-Match")
		}
	}
	return nil
}

// matchesETag compares with a list of ETags; clients send them with and without quotes.
func matchesETag(list, etag string) bool {
	for _, one := range strings.Split(list, ",") {
		one = strings.Trim(strings.TrimPrefix(strings.TrimSpace(one), "W/"), `"`)
		if one == "*" || one == etag {
			return true
		}
	}
	return false
}

func httpTime(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

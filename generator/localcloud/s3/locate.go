package s3

import (
	"net"
	"net/url"
	"strings"
	"unicode/utf8"

	"sendform/generator/localcloud/api"
)

// level is what a request's URL points at.
type level string

const (
	ofService level = "service"
	ofBucket  level = "bucket"
	ofObject  level = "object"
	ofControl level = "control" // a resource of S3 Control, by ARN
)

// location is where a request's URL points.
type location struct {
	bucket, key string
	control     bool // S3 Control; bucket is then from the ARN
}

func (l location) level() level {
	switch {
	case l.control:
		return ofControl
	case l.key != "":
		return ofObject
	case l.bucket != "":
		return ofBucket
	default:
		return ofService
	}
}

const controlTags = "/v20180820/tags/"

// locate reads bucket and key from the host (virtual-hosted style) and the path.
func locate(r *api.Request) location {
	// S3 Control signs as s3 too. Its calls always name the account in a header,
	// which tells them from a bucket called v20180820.
	if resource, is := strings.CutPrefix(r.URL.Path, controlTags); is && r.Header.Get("X-Amz-Account-Id") != "" {
		bucket, _ := strings.CutPrefix(resource, "arn:aws:s3:::")
		return location{bucket: bucket, control: true}
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if bucket := bucketOfHost(r.Host); bucket != "" {
		return location{bucket: bucket, key: path}
	}
	bucket, key, _ := strings.Cut(path, "/")
	return location{bucket: bucket, key: key}
}

// bucketOfHost is the bucket in a host such as bucket.s3.eu-west-2.amazonaws.com or
// bucket.s3.amazonaws.com; empty where the host names none.
func bucketOfHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host, is := strings.CutSuffix(strings.ToLower(host), ".amazonaws.com")
	if !is {
		return ""
	}
	if bucket, is := strings.CutSuffix(host, ".s3"); is {
		return bucket
	}
	// A bucket's name may have .s3. in it, a region's may not: the last one counts.
	if at := strings.LastIndex(host, ".s3."); at > 0 {
		return host[:at]
	}
	return ""
}

// checkKey refuses keys that S3 refuses.
func checkKey(key string) error {
	const longest = 1024 // bytes of UTF-8
	switch {
	case len(key) > longest:
		return failure(400, "KeyTooLongError", "Your key is too long", "Size", itoa(len(key)), "MaxSizeAllowed", itoa(longest))
	case !utf8.ValidString(key), strings.ContainsRune(key, 0):
		return failure(400, "InvalidURI", "Couldn't parse the specified URI.", "URI", url.PathEscape(key))
	default:
		return nil
	}
}

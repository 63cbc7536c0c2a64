// Package site publishes static files: it keeps each release of them in a bucket beside
// what is served, serves one of them, and lets a CloudFront distribution forget what
// changed by that.
//
// It must not know environments, Terraform or the application: it is told the name of a
// bucket and the id of a distribution.
//
// What is served are the objects at the top of the bucket, copied from a release inside
// of S3. Releases are below releases/, each with a manifest beside it:
//
//	releases/v1.2.3/index.html   as it was sent, with its headers
//	releases/v1.2.3.json         what the release has; written last, so it is complete
//	releases/latest.json         what is served
package site

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// Place is where a site is served from.
type Place struct {
	Bucket            string
	Distribution      string // its id
	DefaultRootObject string // what it serves for /; empty for nothing
}

// Site is a place with the means to change it.
type Site struct {
	place Place
	s3    *s3.Client
	cdn   *cloudfront.Client
}

// New prepares a site. Nothing is asked yet.
func New(cfg aws.Config, place Place) Site {
	return Site{
		place: place,
		s3: s3.NewFromConfig(cfg, func(o *s3.Options) {
			// At an endpoint with an IP address there are no names for buckets.
			o.UsePathStyle = cfg.BaseEndpoint != nil
		}),
		cdn: cloudfront.NewFromConfig(cfg),
	}
}

// atOnce is how many objects are written at a time.
const atOnce = 8

// encryption is what uploads must ask for where a bucket is locked down.
const encryption = types.ServerSideEncryptionAes256

// kept is where releases are; nothing of a site may have a path that begins so.
const kept = "releases/"

const latestKey = kept + "latest.json"

// objectKey is where a release has a file.
func objectKey(release, path string) string { return kept + release + "/" + path }

func manifestKey(release string) string { return kept + release + ".json" }

// maxReleaseName is how long the name of a release may be.
const maxReleaseName = 64

var releaseName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// CheckRelease refuses what cannot be the name of a release.
func CheckRelease(name string) error {
	if name == "latest" || len(name) > maxReleaseName || !releaseName.MatchString(name) {
		return fmt.Errorf("%q cannot be the name of a release: at most %d letters, digits, dots, dashes and underscores, beginning with a letter or a digit, and not latest, "+
			"which says what is served", name, maxReleaseName)
	}
	return nil
}

// errMeanwhile says that two publish at the same time.
var errMeanwhile = errors.New("somebody else has published or switched meanwhile: run this again")

// meanwhile makes a failed condition of a write say what it means.
func meanwhile(err error) error {
	switch code(err) {
	case "PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey":
		return errMeanwhile
	}
	return err
}

func isMissing(err error) bool { return code(err) == "NoSuchKey" }

// code is AWS's code of an error, or empty.
func code(err error) string {
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return ""
}

// counted is a number with a noun, for example 1 file.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// some names the first of many.
func some(names []string) string {
	const enough = 5
	if len(names) <= enough {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:enough], ", "), len(names)-enough)
}

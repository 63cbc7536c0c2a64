package s3

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// bucket is a row: a bucket with all its configurations. A nil configuration is one
// that was never set or was deleted.
type bucket struct {
	Name, Account, Region string
	Created               time.Time
	ACL                   string // canned; empty is private

	Versioning   *versioning
	Encryption   *encryption
	PublicAccess *publicAccess
	Ownership    *ownership
	Lifecycle    *lifecycle
	CORS         *cors
	Tagging      *tagging
	Logging      *logging
	Website      *website
	Replication  *replication
	Notification *notification
	ObjectLock   *objectLock
	Policy       string // JSON as it was put; empty without one
}

// versionsKept tells whether a new version leaves the older ones in place.
func (b bucket) versionsKept() bool {
	return b.Versioning != nil && b.Versioning.Status == "Enabled"
}

// versionsNamed tells whether answers carry version ids: from the first time that
// versioning was enabled, also after it was suspended.
func (b bucket) versionsNamed() bool { return b.Versioning != nil }

func (b bucket) ownershipRule() string {
	if b.Ownership == nil {
		return objectWriter
	}
	return b.Ownership.Rules[0].ObjectOwnership
}

// grant is the bucket's side of a permission for p. While RestrictPublicBuckets is
// on, a public policy lets in AWS services and principals of the bucket's own
// account alone; for all others it is as if there were none.
func (b bucket) grant(p api.Principal) api.Access {
	policy := b.Policy
	if policy != "" && b.PublicAccess != nil && b.PublicAccess.RestrictPublicBuckets &&
		p.Account != b.Account && p.Kind != api.AWSService && isPublic(policy) {
		policy = ""
	}
	return api.Access{Owner: b.Account, Policy: policy}
}

// createRequest is the document of CreateBucket.
type createRequest struct {
	LocationConstraint string
	Location           *struct{ Name, Type string }
	Bucket             *struct{ DataRedundancy, Type string }
	Tags               []tag `xml:"Tags>Tag"`
}

func readCreation(c *call) error {
	data, err := readDocument(c.Request)
	if err != nil || len(data) == 0 {
		return err
	}
	return decodeXML(data, "CreateBucketConfiguration", &c.creation)
}

// bucketName is the rule for names, ipAddress and reserved are the exceptions
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	ipAddress  = regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`)
	reserved   = regexp.MustCompile(`^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3|-an)$`)
)

func validBucketName(name string) bool {
	return bucketName.MatchString(name) && !strings.Contains(name, "..") &&
		!ipAddress.MatchString(name) && !reserved.MatchString(name)
}

func (s *Service) createBucket(w http.ResponseWriter, c *call) error {
	b, err := s.newBucket(c)
	if err != nil {
		return err
	}
	err = s.db.Update(func(tx store.Tx) error {
		old, taken, err := buckets.Get(tx, b.Name)
		switch {
		case err != nil:
			return err
		case !taken:
			return buckets.Put(tx, b.Name, b)
		case old.Account != c.Account():
			return failure(http.StatusConflict, "BucketAlreadyExists",
				"The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
				"BucketName", b.Name)
		case old.Region == "us-east-1" && c.Region == "us-east-1":
			// In the oldest region creating a bucket again succeeds and changes nothing
			// but its ACL, which here is always private
			// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html).
			return nil
		default:
			return failure(http.StatusConflict, "BucketAlreadyOwnedByYou",
				"Your previous request to create the named bucket succeeded and you already own it.",
				"BucketName", b.Name)
		}
	})
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/"+b.Name)
	w.Header().Set("X-Amz-Bucket-Arn", bucketARN(b.Name))
	w.WriteHeader(http.StatusOK)
	return nil
}

// newBucket checks what CreateBucket asks for and fills in what every new bucket
// has: all public access blocked and no ACLs since April 2023, AES256 since January
// 2023, SSE-C refused since April 2026.
func (s *Service) newBucket(c *call) (bucket, error) {
	if !validBucketName(c.bucket) {
		return bucket{}, failure(http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid.", "BucketName", c.bucket)
	}
	if c.creation.Location != nil || c.creation.Bucket != nil {
		return bucket{}, api.NotImplemented("s3", "CreateBucket of a directory bucket")
	}
	if namespace := c.Header.Get("X-Amz-Bucket-Namespace"); namespace != "" && namespace != "global" {
		return bucket{}, api.NotImplemented("s3", "CreateBucket in the namespace "+namespace)
	}
	if err := checkLocation(c.creation.LocationConstraint, c.Region); err != nil {
		return bucket{}, err
	}
	rule := c.Header.Get("X-Amz-Object-Ownership")
	if rule == "" {
		rule = bucketOwnerEnforced
	}
	owned := ownership{Rules: []ownershipRule{{ObjectOwnership: rule}}}
	if err := checkOwnership(owned); err != nil {
		return bucket{}, invalidArgument("Invalid x-amz-object-ownership header: "+rule, "x-amz-object-ownership", rule)
	}
	if hasACL(c.Header) && c.Header.Get("X-Amz-Acl") != "private" {
		if rule == bucketOwnerEnforced {
			return bucket{}, failure(http.StatusBadRequest, "InvalidBucketAclWithObjectOwnership",
				"Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
		}
		return bucket{}, api.NotImplemented("s3", "CreateBucket with an ACL")
	}
	b := bucket{
		Name: c.bucket, Account: c.Account(), Region: c.Region, Created: s.second(),
		Ownership:    &owned,
		PublicAccess: &publicAccess{true, true, true, true},
		Encryption:   defaultEncryption(),
	}
	if wantsObjectLock(c.Header) {
		b.ObjectLock = &objectLock{ObjectLockEnabled: "Enabled"}
		b.Versioning = &versioning{Status: "Enabled"}
	}
	if len(c.creation.Tags) > 0 {
		b.Tagging = &tagging{TagSet: tagSet{c.creation.Tags}}
		if err := checkTags(c.creation.Tags, maxBucketTags); err != nil {
			return bucket{}, err
		}
	}
	return b, nil
}

func wantsObjectLock(h http.Header) bool {
	wanted, err := strconv.ParseBool(h.Get("X-Amz-Bucket-Object-Lock-Enabled"))
	return err == nil && wanted
}

// checkLocation compares the region that is asked for with that of the endpoint.
func checkLocation(constraint, region string) error {
	if constraint == "EU" { // the name of eu-west-1 before regions had names
		constraint = "eu-west-1"
	}
	switch {
	case region == "us-east-1" && constraint == "us-east-1":
		return failure(http.StatusBadRequest, "InvalidLocationConstraint", "The specified location-constraint is not valid",
			"LocationConstraint", constraint)
	case constraint == region, region == "us-east-1" && constraint == "":
		return nil
	case constraint == "":
		constraint = "unspecified"
	}
	return failure(http.StatusBadRequest, "IllegalLocationConstraintException",
		"The "+constraint+" location constraint is incompatible for the region specific endpoint this request was sent to.")
}

func (s *Service) headBucket(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	w.Header().Set("X-Amz-Bucket-Region", b.Region)
	w.Header().Set("X-Amz-Bucket-Arn", bucketARN(b.Name))
	w.Header().Set("X-Amz-Access-Point-Alias", "false")
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Service) deleteBucket(w http.ResponseWriter, c *call) error {
	var bodies []string
	err := s.db.Update(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil {
			return err
		}
		empty := true
		err = versions.Scan(tx, store.Key(b.Name, ""), "", func(string, version) bool {
			empty = false
			return false
		})
		if err != nil {
			return err
		}
		if !empty {
			message := "The bucket you tried to delete is not empty"
			if b.versionsNamed() {
				message += ". You must delete all versions in the bucket."
			}
			return failure(http.StatusConflict, "BucketNotEmpty", message, "BucketName", b.Name)
		}
		// Uploads that were never completed do not keep a bucket from going.
		if bodies, err = abortAll(tx, store.Key(b.Name, "")); err != nil {
			return err
		}
		return buckets.Delete(tx, b.Name)
	})
	if err != nil {
		return err
	}
	s.bodies.remove(bodies...)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) getBucketLocation(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	region := b.Region
	if region == "us-east-1" { // the region without a name in this call
		region = ""
	}
	return writeXML(w, "LocationConstraint", struct {
		Region string `xml:",chardata"`
	}{region})
}

type owner struct {
	ID          string
	DisplayName string `xml:",omitempty"`
}

// canonicalUser is the id that S3 has for an account beside its number.
func canonicalUser(account string) owner {
	sum := sha256.Sum256([]byte("canonical user of " + account))
	return owner{ID: hex.EncodeToString(sum[:])}
}

func (s *Service) listBuckets(w http.ResponseWriter, c *call) error {
	type entry struct {
		Name         string
		CreationDate timestamp
		BucketRegion string
		BucketARN    string `xml:"BucketArn"`
	}
	var out struct {
		Owner             owner
		Buckets           []entry `xml:"Buckets>Bucket"`
		ContinuationToken string  `xml:",omitempty"`
		Prefix            string  `xml:",omitempty"`
	}
	limit, err := c.number("max-buckets", 10000, 10000)
	if err != nil {
		return err
	}
	after, err := decodeToken(c.query.Get("continuation-token"))
	if err != nil {
		return err
	}
	out.Owner, out.Prefix = canonicalUser(c.Account()), c.query.Get("prefix")
	err = s.db.View(func(tx store.Tx) error {
		return buckets.Scan(tx, out.Prefix, after, func(name string, b bucket) bool {
			if b.Account != c.Account() || !matches(c.query.Get("bucket-region"), b.Region) {
				return true
			}
			if len(out.Buckets) == limit {
				out.ContinuationToken = encodeToken(out.Buckets[limit-1].Name)
				return false
			}
			out.Buckets = append(out.Buckets, entry{name, timestamp(b.Created), b.Region, bucketARN(name)})
			return true
		})
	})
	if err != nil {
		return err
	}
	return writeXML(w, "ListAllMyBucketsResult", out)
}

func matches(wanted, got string) bool { return wanted == "" || wanted == got }

// Tokens are opaque to callers: the key after which a list goes on.
func encodeToken(key string) string { return base64.URLEncoding.EncodeToString([]byte(key)) }

func decodeToken(token string) (string, error) {
	key, err := base64.URLEncoding.DecodeString(token)
	if err != nil || strings.ContainsRune(string(key), 0) {
		return "", invalidArgument("The continuation token provided is incorrect", "continuation-token", token)
	}
	return string(key), nil
}

// number reads a parameter that bounds a list.
func (c *call) number(name string, fallback, most int) (int, error) {
	return boundOf(name, c.query.Get(name), fallback, most)
}

// boundOf reads the bound of a list that a parameter or header gives.
func boundOf(name, text string, fallback, most int) (int, error) {
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1<<31-1 {
		return 0, invalidArgument("Provided "+name+" not an integer or within integer range", name, text)
	}
	return min(n, most), nil
}

// bucket reads the bucket that the call names.
func (s *Service) bucket(c *call) (b bucket, err error) {
	err = s.db.View(func(tx store.Tx) error {
		b, err = mustBucket(tx, c.bucket)
		return err
	})
	return b, err
}

func mustBucket(tx store.Tx, name string) (bucket, error) {
	b, found, err := buckets.Get(tx, name)
	if err != nil {
		return bucket{}, err
	}
	if !found {
		return bucket{}, noSuchBucket(name)
	}
	return b, nil
}

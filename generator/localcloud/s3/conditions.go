package s3

import (
	"net/url"
	"slices"
	"strings"
)

// conditions are the request's values of S3's condition keys. A key whose header
// or parameter is not in the request is not there: policies test that with Null
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html).
func (s *Service) conditions(c *call) map[string][]string {
	values := map[string][]string{}
	set := func(key string, from map[string][]string, name string) {
		if value, present := from[name]; present {
			values["s3:"+key] = slices.Clone(value)
		}
	}
	for _, name := range []string{"prefix", "delimiter", "max-keys", "versionId"} {
		set(strings.ToLower(name), c.query, name)
	}
	for _, name := range []string{
		"X-Amz-Acl", "X-Amz-Copy-Source", "X-Amz-Metadata-Directive", "X-Amz-Object-Ownership",
		"X-Amz-Grant-Full-Control", "X-Amz-Grant-Read", "X-Amz-Grant-Read-Acp", "X-Amz-Grant-Write", "X-Amz-Grant-Write-Acp",
		"X-Amz-Server-Side-Encryption", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id",
		"X-Amz-Server-Side-Encryption-Customer-Algorithm",
		"X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location", "X-Amz-Content-Sha256",
		"If-Match", "If-None-Match",
	} {
		set(strings.ToLower(name), c.Header, name)
	}
	if constraint := c.creation.LocationConstraint; constraint != "" {
		values["s3:locationconstraint"] = []string{constraint}
	}
	// Tags that cannot be read are refused by the call itself.
	if tags, err := url.ParseQuery(c.Header.Get("X-Amz-Tagging")); err == nil {
		for key, value := range tags {
			values["s3:requestobjecttag/"+strings.ToLower(key)] = slices.Clone(value)
			values["s3:requestobjecttagkeys"] = append(values["s3:requestobjecttagkeys"], key)
		}
	}
	return values
}

// writeActions are what a write needs besides s3:PutObject.
func writeActions(c *call) []string {
	var actions []string
	if c.Header.Get("X-Amz-Tagging") != "" {
		actions = append(actions, "PutObjectTagging")
	}
	if hasACL(c.Header) {
		actions = append(actions, "PutObjectAcl")
	}
	return actions
}

func attributeActions(c *call) []string {
	if c.versionID() != "" {
		return []string{"GetObjectVersionAttributes"}
	}
	return []string{"GetObjectAttributes"}
}

func creationActions(c *call) []string {
	var actions []string
	// The list that every bucket has takes no permission of its own
	// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html).
	if hasACL(c.Header) && c.Header.Get("X-Amz-Acl") != "private" {
		actions = append(actions, "PutBucketAcl")
	}
	if wantsObjectLock(c.Header) {
		actions = append(actions, "PutBucketObjectLockConfiguration", "PutBucketVersioning")
	}
	if c.Header.Get("X-Amz-Object-Ownership") != "" {
		actions = append(actions, "PutBucketOwnershipControls")
	}
	if len(c.creation.Tags) > 0 {
		actions = append(actions, "TagResource")
	}
	return actions
}

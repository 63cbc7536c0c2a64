package s3

import (
	"net/http"
	"strings"

	"sendform/generator/localcloud/api"
)

// hasACL tells whether a request brings an access control list.
func hasACL(h http.Header) bool {
	if h.Get("X-Amz-Acl") != "" {
		return true
	}
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-Grant-") {
			return true
		}
	}
	return false
}

func noACLs() *api.Error {
	return failure(http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs")
}

func publicACLBlocked() *api.Error {
	return accessDenied("Access Denied because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting.")
}

// checkACL refuses the lists of objects that a bucket refuses. The local cloud keeps
// none: everything belongs to the bucket's owner, as is the default since April 2023.
func checkACL(b bucket, h http.Header) error {
	canned := h.Get("X-Amz-Acl")
	switch {
	case !hasACL(h), canned == "private", canned == "bucket-owner-full-control":
		return nil
	case b.ownershipRule() == bucketOwnerEnforced:
		return noACLs()
	case b.PublicAccess != nil && b.PublicAccess.BlockPublicAcls && strings.HasPrefix(canned, "public-"):
		return publicACLBlocked()
	default:
		return api.NotImplemented("s3", "a write with an ACL other than private or bucket-owner-full-control")
	}
}

// cannedGrants are what the canned lists let in beside the owner
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl).
var cannedGrants = map[string][]grant{
	"private":           nil,
	"public-read":       {{everybody, "READ"}},
	"public-read-write": {{everybody, "READ"}, {everybody, "WRITE"}},
	"authenticated-read": {
		{grantee{XSI: schemaInstance, Type: "Group", URI: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}, "READ"},
	},
}

var everybody = grantee{XSI: schemaInstance, Type: "Group", URI: "http://acs.amazonaws.com/groups/global/AllUsers"}

const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

type grant struct {
	Grantee    grantee
	Permission string
}

type grantee struct {
	XSI  string `xml:"xmlns:xsi,attr"`
	Type string `xml:"xsi:type,attr"`
	*owner
	URI string `xml:",omitempty"`
}

// getBucketACL answers full control for the owner, and what the bucket's list adds.
func (s *Service) getBucketACL(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	by := canonicalUser(b.Account)
	full := grant{grantee{XSI: schemaInstance, Type: "CanonicalUser", owner: &by}, "FULL_CONTROL"}
	return writeXML(w, "AccessControlPolicy", struct {
		Owner  owner
		Grants []grant `xml:"AccessControlList>Grant"`
	}{by, append([]grant{full}, cannedGrants[b.ACL]...)})
}

// putBucketACL takes the canned lists of buckets.
func (s *Service) putBucketACL(w http.ResponseWriter, c *call) error {
	canned := c.Header.Get("X-Amz-Acl")
	if _, known := cannedGrants[canned]; !known {
		return api.NotImplemented("s3", "PutBucketAcl with grants or the list "+canned)
	}
	err := s.change(c.bucket, func(b *bucket) error {
		switch {
		case canned == "private":
			b.ACL = ""
			return nil
		case b.ownershipRule() == bucketOwnerEnforced:
			return noACLs()
		case b.PublicAccess != nil && b.PublicAccess.BlockPublicAcls:
			return publicACLBlocked()
		}
		b.ACL = canned
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

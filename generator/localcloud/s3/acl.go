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

// checkACL refuses the lists that a bucket refuses. The local cloud keeps none:
// everything belongs to the bucket's owner, as is the default since April 2023.
func checkACL(b bucket, h http.Header) error {
	canned := h.Get("X-Amz-Acl")
	switch {
	case !hasACL(h), canned == "private", canned == "bucket-owner-full-control":
		return nil
	case b.ownershipRule() == bucketOwnerEnforced:
		return failure(http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs")
	case b.PublicAccess != nil && b.PublicAccess.BlockPublicAcls && strings.HasPrefix(canned, "public-"):
		return accessDenied("Access Denied because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting.")
	default:
		return api.NotImplemented("s3", "a write with an ACL other than private or bucket-owner-full-control")
	}
}

// getBucketACL answers the list of every bucket that has none: full control for
// its owner.
func (s *Service) getBucketACL(w http.ResponseWriter, c *call) error {
	type grantee struct {
		XSI  string `xml:"xmlns:xsi,attr"`
		Type string `xml:"xsi:type,attr"`
		owner
	}
	type grant struct {
		Grantee    grantee
		Permission string
	}
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	by := canonicalUser(b.Account)
	return writeXML(w, "AccessControlPolicy", struct {
		Owner  owner
		Grants []grant `xml:"AccessControlList>Grant"`
	}{by, []grant{{
		Grantee:    grantee{XSI: "http://www.w3.org/2001/XMLSchema-instance", Type: "CanonicalUser", owner: by},
		Permission: "FULL_CONTROL",
	}}})
}

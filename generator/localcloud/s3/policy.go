package s3

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

const maxPolicy = 20 << 10 // bytes, without white space on AWS

func malformedPolicy(message string) *api.Error {
	return failure(http.StatusBadRequest, "MalformedPolicy", message)
}

// checkPolicy refuses what PutBucketPolicy refuses: what is no policy at all, and
// what makes no sense on this bucket.
func checkPolicy(text, bucket string) error {
	p, err := identity.ParsePolicy(text)
	if err != nil {
		return malformedPolicy(err.Error())
	}
	for _, statement := range p.Statements {
		if err := checkStatement(statement, bucket); err != nil {
			return err
		}
	}
	return nil
}

var (
	principalARN = regexp.MustCompile(`^arn:aws:(iam::\d{12}:(root|user/.+|role/.+)|sts::\d{12}:(assumed-role|federated-user)/.+|iam::cloudfront:user/.+)$`)
	accountID    = regexp.MustCompile(`^\d{12}$`)
)

func checkStatement(s identity.Statement, bucket string) error {
	principals := slices.Concat(s.Principals, s.NotPrincipals)
	resources := slices.Concat(s.Resources, s.NotResources)
	switch {
	case len(principals) == 0:
		return malformedPolicy("Missing required field Principal")
	case len(resources) == 0:
		return malformedPolicy("Missing required field Resource")
	}
	for _, action := range slices.Concat(s.Actions, s.NotActions) {
		if action != "*" && !strings.HasPrefix(strings.ToLower(action), "s3:") {
			return malformedPolicy("Policy has invalid action")
		}
	}
	arn := bucketARN(bucket)
	for _, resource := range resources {
		if resource != arn && !strings.HasPrefix(resource, arn+"/") && resource != arn+"*" && resource != "*" {
			return malformedPolicy("Policy has invalid resource")
		}
	}
	for _, p := range principals {
		if p.Type == "AWS" && p.Value != "*" && !accountID.MatchString(p.Value) && !principalARN.MatchString(p.Value) {
			return malformedPolicy("Invalid principal in policy")
		}
	}
	return nil
}

// isPublic tells whether a stored policy lets in somebody who is not named, by the
// rules of
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status.
func isPublic(policy string) bool {
	p, err := identity.ParsePolicy(policy)
	if err != nil {
		return true // nothing can be said for it
	}
	return slices.ContainsFunc(p.Statements, public)
}

func public(s identity.Statement) bool {
	everybody := len(s.NotPrincipals) > 0 || slices.ContainsFunc(s.Principals, func(p identity.PrincipalPattern) bool {
		return p.Type == "AWS" && strings.Contains(p.Value, "*")
	})
	return !s.Deny && everybody && !slices.ContainsFunc(s.Conditions, narrows)
}

// narrowing are the condition keys whose fixed values make a statement non-public.
var narrowing = map[string]bool{
	"aws:sourcearn": true, "aws:sourcevpc": true, "aws:sourcevpce": true, "aws:sourceowner": true,
	"aws:sourceaccount": true, "aws:sourceip": true, "aws:vpcsourceip": true, "aws:userid": true,
	"aws:principalorgid": true, "aws:principalorgpaths": true, "aws:principalarn": true, "aws:principalaccount": true,
	"aws:sourceorgid": true, "aws:sourceorgpaths": true,
	"s3:x-amz-server-side-encryption-aws-kms-key-id": true, "s3:dataaccesspointarn": true, "s3:dataaccesspointaccount": true,
}

// narrows tells whether a condition holds for fixed values only: a known key, an
// operator that compares for equality, no wildcard, no variable, no huge network.
func narrows(c identity.Condition) bool {
	if !narrowing[strings.ToLower(c.Key)] || len(c.Values) == 0 {
		return false
	}
	// ForAllValues holds also where the request has no such key: it does not narrow.
	operator := strings.TrimPrefix(strings.ToLower(c.Operator), "foranyvalue:")
	for _, text := range c.Values {
		if strings.Contains(text, "${") {
			return false
		}
		switch operator {
		case "stringequals", "stringequalsignorecase", "arnequals", "stringlike", "arnlike":
			if strings.ContainsAny(text, "*?") {
				return false
			}
		case "ipaddress":
			if wholeInternet(text) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// wholeInternet tells whether a network is so large that AWS counts it as public:
// broader than /8 for IPv4 or /32 for IPv6.
func wholeInternet(network string) bool {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		_, err := netip.ParseAddr(network)
		return err != nil
	}
	if prefix.Addr().Is4() {
		return prefix.Bits() < 8
	}
	return prefix.Bits() < 32
}

func (s *Service) getBucketPolicy(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	if b.Policy == "" {
		return noSuchBucketPolicy(b.Name)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", itoa(len(b.Policy)))
	_, _ = w.Write([]byte(b.Policy)) // a client that has gone needs no answer
	return nil
}

func noSuchBucketPolicy(bucket string) *api.Error {
	return failure(http.StatusNotFound, "NoSuchBucketPolicy", "The bucket policy does not exist", "BucketName", bucket)
}

func (s *Service) putBucketPolicy(w http.ResponseWriter, c *call) error {
	text, err := readDocument(c.Request)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return failure(http.StatusBadRequest, "MissingRequestBodyError", "Request Body is empty")
	}
	if len(text) > maxPolicy {
		return failure(http.StatusBadRequest, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
	}
	if err := checkPolicy(string(text), c.bucket); err != nil {
		return err
	}
	err = s.change(c.bucket, func(b *bucket) error {
		if b.PublicAccess != nil && b.PublicAccess.BlockPublicPolicy && isPublic(string(text)) {
			return accessDenied("User: " + c.Principal.ARN + " is not authorized to perform: s3:PutBucketPolicy on resource: \"" +
				bucketARN(b.Name) + "\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.")
		}
		b.Policy = string(text)
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) deleteBucketPolicy(w http.ResponseWriter, c *call) error {
	err := s.change(c.bucket, func(b *bucket) error {
		b.Policy = ""
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) getBucketPolicyStatus(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	if b.Policy == "" {
		return noSuchBucketPolicy(b.Name)
	}
	return writeXML(w, "PolicyStatus", struct {
		IsPublic bool
	}{isPublic(b.Policy)})
}

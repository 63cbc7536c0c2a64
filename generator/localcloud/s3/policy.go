package s3

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
)

// policyDocument is a bucket policy as far as S3 itself reads it: to refuse a
// malformed one and to tell a public one. Whom it lets do what is not decided here.
type policyDocument struct {
	Version   string
	ID        string `json:"Id"`
	Statement oneOrMany[policyStatement]
}

type policyStatement struct {
	Sid                     string
	Effect                  string
	Principal, NotPrincipal principals
	Action, NotAction       oneOrMany[string]
	Resource, NotResource   oneOrMany[string]
	Condition               map[string]map[string]oneOrMany[any]
}

// oneOrMany is a value that policies write alone or in a list.
type oneOrMany[T any] []T

// UnmarshalJSON reads either form.
func (m *oneOrMany[T]) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return strictJSON(data, (*[]T)(m))
	}
	var one T
	if err := strictJSON(data, &one); err != nil {
		return err
	}
	*m = oneOrMany[T]{one}
	return nil
}

// principals are the members of a Principal element by kind (AWS, Service,
// Federated, CanonicalUser); a plain "*" is AWS.
type principals map[string]oneOrMany[string]

// UnmarshalJSON reads "*" and the form by kind.
func (p *principals) UnmarshalJSON(data []byte) error {
	if string(data) == `"*"` {
		*p = principals{"AWS": {"*"}}
		return nil
	}
	return strictJSON(data, (*map[string]oneOrMany[string])(p))
}

// strictJSON refuses members that the type does not have.
func strictJSON(data []byte, out any) error {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	return decoder.Decode(out)
}

const maxPolicy = 20 << 10 // bytes, without white space on AWS

func malformedPolicy(message string) *api.Error {
	return failure(http.StatusBadRequest, "MalformedPolicy", message)
}

// parsePolicy reads a bucket policy and refuses what PutBucketPolicy refuses.
func parsePolicy(text []byte, bucket string) (policyDocument, error) {
	var p policyDocument
	if !json.Valid(text) {
		return p, malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
	}
	if err := strictJSON(text, &p); err != nil {
		return p, malformedPolicy("Policy has an unknown element or one of the wrong type")
	}
	if p.Version != "" && p.Version != "2012-10-17" && p.Version != "2008-10-17" {
		return p, malformedPolicy("The policy must contain a valid version string")
	}
	if len(p.Statement) == 0 {
		return p, malformedPolicy("Missing required field Statement")
	}
	for _, statement := range p.Statement {
		if err := statement.check(bucket); err != nil {
			return p, err
		}
	}
	return p, nil
}

var (
	principalARN = regexp.MustCompile(`^arn:aws:(iam::\d{12}:(root|user/.+|role/.+)|sts::\d{12}:(assumed-role|federated-user)/.+|iam::cloudfront:user/.+)$`)
	accountID    = regexp.MustCompile(`^\d{12}$`)
)

func (s policyStatement) check(bucket string) error {
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return malformedPolicy("Invalid effect: " + s.Effect)
	case (s.Principal == nil) == (s.NotPrincipal == nil):
		return malformedPolicy("Missing required field Principal")
	case (s.Action == nil) == (s.NotAction == nil):
		return malformedPolicy("Missing required field Action")
	case (s.Resource == nil) == (s.NotResource == nil):
		return malformedPolicy("Missing required field Resource")
	}
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		if action != "*" && !strings.HasPrefix(strings.ToLower(action), "s3:") {
			return malformedPolicy("Policy has invalid action")
		}
	}
	arn := bucketARN(bucket)
	for _, resource := range slices.Concat(s.Resource, s.NotResource) {
		if resource != arn && !strings.HasPrefix(resource, arn+"/") && resource != arn+"*" && resource != "*" {
			return malformedPolicy("Policy has invalid resource")
		}
	}
	for _, of := range []principals{s.Principal, s.NotPrincipal} {
		for kind, names := range of {
			if !slices.Contains([]string{"AWS", "Service", "Federated", "CanonicalUser"}, kind) {
				return malformedPolicy("Invalid principal in policy")
			}
			for _, name := range names {
				if kind == "AWS" && name != "*" && !accountID.MatchString(name) && !principalARN.MatchString(name) {
					return malformedPolicy("Invalid principal in policy")
				}
			}
		}
	}
	return nil
}

// isPublic tells whether a stored policy lets in somebody who is not named, by the
// rules of
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status.
func isPublic(policy string) bool {
	var p policyDocument
	if err := json.Unmarshal([]byte(policy), &p); err != nil {
		return true // nothing can be said for it
	}
	return slices.ContainsFunc(p.Statement, policyStatement.public)
}

func (s policyStatement) public() bool {
	if s.Effect != "Allow" {
		return false
	}
	everybody := s.NotPrincipal != nil
	for _, name := range s.Principal["AWS"] {
		everybody = everybody || strings.Contains(name, "*")
	}
	if !everybody {
		return false
	}
	for operator, keys := range s.Condition {
		for key, values := range keys {
			if narrows(operator, key, values) {
				return false
			}
		}
	}
	return true
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
func narrows(operator, key string, values oneOrMany[any]) bool {
	if !narrowing[strings.ToLower(key)] || len(values) == 0 {
		return false
	}
	// ForAllValues holds also where the request has no such key: it does not narrow.
	operator = strings.TrimPrefix(strings.ToLower(operator), "foranyvalue:")
	for _, value := range values {
		text, isText := value.(string)
		if !isText || strings.Contains(text, "${") {
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
	if _, err := parsePolicy(text, c.bucket); err != nil {
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

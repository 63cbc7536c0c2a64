package localcloud

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// authorise asks for every permission that a call needs.
func (c *Cloud) authorise(p api.Principal, needed []api.Access, keys map[string][]string) error {
	if len(needed) == 0 {
		return nil
	}
	var policies identity.Policies
	if p.Kind == api.AssumedRole {
		var err error
		if policies, err = c.services.iam.PoliciesOf(p.RoleARN); err != nil {
			return err
		}
	}
	for _, access := range needed {
		q := identity.Question{Principal: p, Access: access, Keys: keys}
		if len(access.Context) > 0 {
			q.Keys = map[string][]string{}
			for _, from := range []map[string][]string{keys, access.Context} {
				for name, values := range from {
					q.Keys[name] = values
				}
			}
		}
		if err := identity.Evaluate(q, policies); err != nil {
			return err
		}
	}
	return nil
}

// requestKeys are the global condition keys of a request
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
func requestKeys(p api.Principal, region string, secure bool, now time.Time) map[string][]string {
	keys := map[string][]string{
		"aws:securetransport":  {strconv.FormatBool(secure)},
		"aws:currenttime":      {now.UTC().Format(time.RFC3339)},
		"aws:epochtime":        {strconv.FormatInt(now.Unix(), 10)},
		"aws:requestedregion":  {region},
		"aws:viaawsservice":    {"false"},
		"aws:principaltype":    {principalType(p)},
		"aws:principalaccount": {p.Account},
	}
	if p.Kind != api.Anonymous {
		keys["aws:userid"] = []string{p.UserID}
		keys["aws:principalarn"] = []string{p.ARN}
		if p.RoleARN != "" {
			keys["aws:principalarn"] = []string{p.RoleARN}
		}
	}
	return keys
}

func principalType(p api.Principal) string {
	switch p.Kind {
	case api.Root:
		return "Account"
	case api.AssumedRole:
		return "AssumedRole"
	case api.AWSService:
		return "Service"
	default:
		return "Anonymous"
	}
}

// denied puts a refusal into the words of a service.
func denied(service string, err error) error {
	var refusal *identity.Denied
	if !errors.As(err, &refusal) {
		return err
	}
	code := "AccessDeniedException"
	switch service {
	case "s3", "iam", "sts":
		code = "AccessDenied"
	}
	return api.Errorf(http.StatusForbidden, code, "%s", refusal.Reason)
}

// signatureError puts a failed signature into the words of a service. S3, the query
// services and the JSON services each have their own.
func signatureError(service string, f identity.Failure) error {
	words := map[identity.Failure][3]string{
		identity.Malformed:  {"AuthorizationHeaderMalformed", "IncompleteSignature", "IncompleteSignatureException"},
		identity.UnknownKey: {"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"},
		identity.Expired:    {"ExpiredToken", "ExpiredToken", "ExpiredTokenException"},
		identity.Skewed:     {"RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException"},
		identity.Mismatch:   {"SignatureDoesNotMatch", "SignatureDoesNotMatch", "InvalidSignatureException"},
	}[f]
	says := map[identity.Failure]string{
		identity.Malformed:  "The request's signature cannot be read.",
		identity.UnknownKey: "The security token included in the request is invalid.",
		identity.Expired:    "The security token included in the request is expired.",
		identity.Skewed:     "The difference between the request time and the current time is too large.",
		identity.Mismatch:   "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
	}[f]
	status := http.StatusForbidden
	if f == identity.Malformed || (f == identity.Expired && service == "s3") {
		status = http.StatusBadRequest
	}
	code := words[2]
	switch service {
	case "s3":
		code = words[0]
	case "iam", "sts":
		code = words[1]
	}
	return api.Errorf(status, code, "%s", says)
}

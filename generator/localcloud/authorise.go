package localcloud

import (
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// authorise asks for every permission that a call needs, and hands those that are
// denied to refused, by their indices, until that returns an error.
func (c *Cloud) authorise(p api.Principal, needed []api.Access, keys map[string][]string, refused func(int, error) error) error {
	if len(needed) == 0 {
		return nil
	}
	policies, err := c.services.iam.PoliciesOf(p)
	if err != nil {
		return err
	}
	for i, access := range needed {
		q := identity.Question{Principal: p, Access: access, Keys: map[string][]string{}}
		maps.Copy(q.Keys, keys)
		maps.Copy(q.Keys, policies.Keys())
		maps.Copy(q.Keys, access.Context)
		if err := identity.Evaluate(q, policies); err != nil {
			if err := refused(i, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// requestKeys are the global condition keys of a request
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
func requestKeys(p api.Principal, region string, secure bool, now time.Time) map[string][]string {
	keys := map[string][]string{
		"aws:securetransport": {strconv.FormatBool(secure)},
		"aws:currenttime":     {now.UTC().Format(time.RFC3339)},
		"aws:epochtime":       {strconv.FormatInt(now.Unix(), 10)},
		"aws:viaawsservice":   {"false"},
		"aws:principaltype":   {principalType(p)},
	}
	if region != "" {
		keys["aws:requestedregion"] = []string{region}
	}
	if p.Kind != api.Anonymous {
		keys["aws:principalisawsservice"] = []string{strconv.FormatBool(p.Kind == api.AWSService)}
	}
	switch p.Kind {
	case api.Anonymous:
		keys["aws:principalaccount"] = []string{"anonymous"}
	case api.Root, api.User, api.AssumedRole:
		keys["aws:principalaccount"] = []string{p.Account}
		keys["aws:userid"] = []string{p.UserID}
		keys["aws:principalarn"] = []string{p.ARN}
		if p.RoleARN != "" {
			keys["aws:principalarn"] = []string{p.RoleARN}
		}
		if p.Kind == api.User {
			keys["aws:username"] = []string{p.UserName()}
		}
		if !p.Issued.IsZero() {
			keys["aws:tokenissuetime"] = []string{p.Issued.UTC().Format(time.RFC3339)}
			keys["aws:multifactorauthpresent"] = []string{"false"} // only temporary credentials have it
		}
	case api.WebIdentity:
		keys["aws:federatedprovider"] = []string{p.ARN}
	case api.AWSService:
		keys["aws:principalservicename"] = []string{p.ARN}
	}
	if p.Provider != "" {
		keys["aws:federatedprovider"] = []string{p.Provider}
	}
	return keys
}

func principalType(p api.Principal) string {
	switch p.Kind {
	case api.Root:
		return "Account"
	case api.User:
		return "User"
	case api.AssumedRole:
		return "AssumedRole"
	case api.WebIdentity:
		return "FederatedUser"
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
	case "s3", "iam", "sts", "cloudfront":
		code = "AccessDenied"
	}
	return api.Errorf(http.StatusForbidden, code, "%s", refusal.Reason)
}

// refusal is how the services word one failed signature: S3, the query services and
// the JSON services have a code each.
type refusal struct {
	s3, query, json string
	message         string
}

// refusals are from https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// and https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html.
var refusals = map[identity.Failure]refusal{
	identity.Malformed: {
		"AuthorizationHeaderMalformed", "IncompleteSignature", "IncompleteSignatureException",
		"The request's signature cannot be read.",
	},
	identity.WrongScope: {
		"AuthorizationHeaderMalformed", "SignatureDoesNotMatch", "InvalidSignatureException",
		"Credential should be scoped to the service and the region that the request is sent to.",
	},
	identity.UnknownKey: {
		"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException",
		"The security token included in the request is invalid.",
	},
	identity.Expired: {
		"ExpiredToken", "ExpiredToken", "ExpiredTokenException",
		"The security token included in the request is expired.",
	},
	identity.Lapsed: {
		"AccessDenied", "SignatureDoesNotMatch", "InvalidSignatureException",
		"Request has expired.",
	},
	identity.Skewed: {
		"RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException",
		"The difference between the request time and the current time is too large.",
	},
	identity.Mismatch: {
		"SignatureDoesNotMatch", "SignatureDoesNotMatch", "InvalidSignatureException",
		"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
	},
	identity.Unsigned: {
		"AccessDenied", "SignatureDoesNotMatch", "InvalidSignatureException",
		"There were headers present in the request which were not signed.",
	},
}

// signatureError puts a failed signature into the words of a service.
func signatureError(service string, f identity.Failure, presigned bool) error {
	words := refusals[f]
	status, code := http.StatusForbidden, words.json
	switch service {
	case "s3":
		code = words.s3
		if f == identity.Malformed || f == identity.WrongScope || f == identity.Expired {
			status = http.StatusBadRequest
		}
		if presigned && code == "AuthorizationHeaderMalformed" {
			code = "AuthorizationQueryParametersError"
		}
	case "iam", "sts", "cloudfront":
		code = words.query
	}
	if f == identity.Malformed {
		status = http.StatusBadRequest
	}
	return api.Errorf(status, code, "%s", words.message)
}

// unsigned is the answer to a request without a signature where one is needed.
func unsigned(service string) error {
	code := "MissingAuthenticationTokenException"
	if service == "iam" || service == "cloudfront" {
		code = "MissingAuthenticationToken"
	}
	return api.Errorf(http.StatusForbidden, code, "Request is missing Authentication Token")
}

package iam

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// Sizes in characters without white space
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const (
	maxTrust   = 2048
	maxInline  = 10240 // of all inline policies of a role together
	maxManaged = 6144
)

// characters counts as IAM does: white space is free.
func characters(document string) int {
	n := 0
	for _, r := range document {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// encode writes a document as IAM answers it: percent-encoded by RFC 3986, so a plus
// sign, too, because most clients decode it as a form.
func encode(document string) string { return strings.ReplaceAll(url.QueryEscape(document), "+", "%20") }

// checkIdentityPolicy refuses what is no policy of an identity: its statements name
// resources, and no principals.
func checkIdentityPolicy(document string) error {
	return checkPolicy(document, func(s identity.Statement) string {
		switch {
		case len(s.Principals)+len(s.NotPrincipals) > 0:
			return "Policy document should not specify a principal."
		case len(s.Resources)+len(s.NotResources) == 0:
			return "Policy statement must contain resources."
		}
		for _, resource := range slices.Concat(s.Resources, s.NotResources) {
			if resource != "*" && !strings.HasPrefix(resource, "arn:") && !strings.HasPrefix(resource, "*:") {
				return "Resource " + resource + ` must be in ARN format or "*".`
			}
		}
		return ""
	})
}

// checkTrust refuses what is no trust policy of a role: its statements name principals,
// actions of STS, and no resources.
func checkTrust(document string) error {
	err := checkPolicy(document, func(s identity.Statement) string {
		switch {
		case len(s.Principals)+len(s.NotPrincipals) == 0:
			return "Missing required field Principal"
		case len(s.Resources)+len(s.NotResources) > 0:
			return "Has prohibited field Resource"
		}
		for _, action := range slices.Concat(s.Actions, s.NotActions) {
			if action != "*" && !strings.HasPrefix(strings.ToLower(action), "sts:") {
				return "AssumeRole policy may only specify STS AssumeRole actions."
			}
		}
		return ""
	})
	if err == nil && characters(document) > maxTrust {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", maxTrust)
	}
	return err
}

// checkPolicy refuses a document that is no policy, or of which wrong names something
// in a statement that does not belong there.
func checkPolicy(document string, wrong func(identity.Statement) string) error {
	p, err := identity.ParsePolicy(document)
	if err != nil {
		return malformed(upperFirst(err.Error()))
	}
	for _, s := range p.Statements {
		if message := wrong(s); message != "" {
			return malformed(message)
		}
	}
	return nil
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

func malformed(message string) error {
	return api.Errorf(http.StatusBadRequest, "MalformedPolicyDocument", "%s", message)
}

func limitExceeded(format string, args ...any) error {
	return api.Errorf(http.StatusConflict, "LimitExceeded", format, args...)
}

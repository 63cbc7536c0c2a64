package iam

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// Sizes in characters without white space
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const (
	maxTrust   = 2048
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
		for _, p := range slices.Concat(s.Principals, s.NotPrincipals) {
			if form, known := principalForms[p.Type]; !known || !form.MatchString(p.Value) {
				return "Invalid principal in policy: " + strconv.Quote(p.Type) + ":" + strconv.Quote(p.Value)
			}
		}
		if trustsAllOfGitHub(s) {
			return "A trust policy for " + github + " must have a condition on " + github + ":sub."
		}
		return ""
	})
	if err == nil && characters(document) > maxTrust {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", maxTrust)
	}
	return err
}

var statementID = regexp.MustCompile(`^[0-9A-Za-z]*$`)

// principalForms are how the principals of a trust policy look, by their type. Whether
// there is such a role or user is not asked.
var principalForms = map[string]*regexp.Regexp{
	"AWS":       regexp.MustCompile(`^(\*|\d{12}|arn:aws:(iam::\d{12}:(root|user/.+|role/.+)|sts::\d{12}:assumed-role/.+/.+))$`),
	"Service":   regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com$`),
	"Federated": regexp.MustCompile(`^(arn:aws:iam::\d{12}:(oidc|saml)-provider/.+|[a-z0-9.-]+)$`),
}

// github is the issuer that every repository of GitHub shares.
const github = "token.actions.githubusercontent.com"

// trustsAllOfGitHub tells whether a statement lets in every workflow of everybody,
// which IAM refuses
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html).
func trustsAllOfGitHub(s identity.Statement) bool {
	isGitHub := func(p identity.PrincipalPattern) bool {
		return p.Type == "Federated" && strings.HasSuffix(p.Value, ":oidc-provider/"+github)
	}
	checksSubject := func(c identity.Condition) bool { return strings.EqualFold(c.Key, github+":sub") }
	return !s.Deny && slices.ContainsFunc(s.Principals, isGitHub) && !slices.ContainsFunc(s.Conditions, checksSubject)
}

// checkPolicy refuses a document that is no policy, or of which wrong names something
// in a statement that does not belong there.
func checkPolicy(document string, wrong func(identity.Statement) string) error {
	p, err := identity.ParsePolicy(document)
	if err != nil {
		return malformed(upperFirst(err.Error()))
	}
	seen := map[string]bool{}
	for _, s := range p.Statements {
		switch {
		case !statementID.MatchString(s.Sid):
			return malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		case s.Sid != "" && seen[s.Sid]:
			return malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		seen[s.Sid] = true
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

package sts

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/query"
)

// Limits of AssumeRole
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
const (
	minDuration     = 15 * time.Minute
	maxDuration     = 12 * time.Hour
	defaultDuration = time.Hour
	maxChained      = time.Hour // of a role that is assumed by a role
	maxPolicy       = 2048      // characters of a session policy
	maxPolicyARNs   = 10
	maxExternalID   = 1224 // characters, of which all are ASCII
	maxTags         = 50
	maxTagKey       = 128 // characters, as the next
	maxTagValue     = 256
)

var (
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
)

// assumption is a wish to assume a role, with all that does not depend on the role
// checked.
type assumption struct {
	roleARN, name string
	lifetime      time.Duration
	policy        string
	policyARNs    []string
	tags          map[string]string
}

func readAssumption(form query.Form) (assumption, error) {
	a := assumption{roleARN: form.Get("RoleArn"), name: form.Get("RoleSessionName"), policy: form.Get("Policy")}
	if err := form.Require("RoleArn", "RoleSessionName"); err != nil {
		return a, err
	}
	switch {
	case len(a.roleARN) < 20 || !strings.HasPrefix(a.roleARN, "arn:"):
		return a, invalid("%s is invalid", a.roleARN)
	case !sessionName.MatchString(a.name):
		return a, invalid("1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", a.name)
	case utf8.RuneCountInString(a.policy) > maxPolicy:
		return a, invalid("1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to %d", maxPolicy)
	}
	if a.policy != "" {
		if err := checkSessionPolicy(a.policy); err != nil {
			return a, err
		}
	}
	for _, member := range form.Members("PolicyArns") {
		a.policyARNs = append(a.policyARNs, member["arn"])
	}
	if len(a.policyARNs) > maxPolicyARNs {
		return a, invalid("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to %d", maxPolicyARNs)
	}
	var err error
	if a.tags, err = sessionTags(form); err != nil {
		return a, err
	}
	a.lifetime, err = duration(form, defaultDuration, maxDuration)
	return a, err
}

func checkSessionPolicy(document string) error {
	p, err := identity.ParsePolicy(document)
	message := "This policy contains invalid Json"
	switch {
	case err != nil:
		message = err.Error()
	case slices.ContainsFunc(p.Statements, func(s identity.Statement) bool { return len(s.Principals)+len(s.NotPrincipals) > 0 }):
		message = "Policy document should not specify a principal."
	case slices.ContainsFunc(p.Statements, func(s identity.Statement) bool { return len(s.Resources)+len(s.NotResources) == 0 }):
		message = "Policy statement must contain resources."
	default:
		return nil
	}
	return api.Errorf(http.StatusBadRequest, "MalformedPolicyDocument", "%s", message)
}

func sessionTags(form query.Form) (map[string]string, error) {
	list := form.Members("Tags")
	if len(list) > maxTags {
		return nil, invalid("1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to %d", maxTags)
	}
	tags, seen := map[string]string{}, map[string]bool{}
	for _, t := range list {
		key, value := t["Key"], t["Value"]
		if n := utf8.RuneCountInString(key); n < 1 || n > maxTagKey || utf8.RuneCountInString(value) > maxTagValue {
			return nil, invalid("1 validation error detected: a session tag's key must have 1 to %d characters, its value at most %d", maxTagKey, maxTagValue)
		}
		if seen[strings.ToLower(key)] {
			return nil, api.Errorf(http.StatusBadRequest, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		tags[key], seen[strings.ToLower(key)] = value, true
	}
	return tags, nil
}

// duration reads DurationSeconds.
func duration(form query.Form, otherwise, longest time.Duration) (time.Duration, error) {
	text := form.Get("DurationSeconds")
	if text == "" {
		return otherwise, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 32)
	d := time.Duration(seconds) * time.Second
	if err != nil || d < minDuration || d > longest {
		return 0, invalid("1 validation error detected: Value '%s' at 'durationSeconds' failed to satisfy constraint: Member must have value between %d and %d",
			text, int(minDuration.Seconds()), int(longest.Seconds()))
	}
	return d, nil
}

// role finds the role to assume, and what must be allowed. AWS does not tell a role
// that is not there from one that does not trust the caller: an account that nobody
// has makes it a refusal.
func (s *Service) role(a assumption, action string, context map[string][]string) (Role, api.Access, error) {
	role, found, err := s.iam.RoleByARN(a.roleARN)
	if !found {
		role.Account = "none"
	}
	context["sts:rolesessionname"] = []string{a.name}
	for key, value := range a.tags {
		context["aws:requesttag/"+strings.ToLower(key)] = []string{value}
		context["aws:tagkeys"] = append(context["aws:tagkeys"], key)
	}
	return role, api.Access{
		Action: action, Resource: a.roleARN, Owner: role.Account, Policy: role.Trust, PolicyRequired: true, Context: context,
	}, err
}

func (s *Service) routeAssumeRole(r *api.Request, form query.Form) (api.Operation, error) {
	const name = "AssumeRole"
	if err := refuse(form, name, "SerialNumber", "TokenCode", "SourceIdentity", "TransitiveTagKeys", "ProvidedContexts"); err != nil {
		return api.Operation{}, err
	}
	a, err := readAssumption(form)
	if err != nil {
		return api.Operation{}, err
	}
	context := map[string][]string{}
	if external := form.Get("ExternalId"); external != "" {
		if len(external) < 2 || len(external) > maxExternalID || !externalID.MatchString(external) {
			return api.Operation{}, invalid("1 validation error detected: Value '%s' at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*", external)
		}
		context["sts:externalid"] = []string{external}
	}
	if r.Principal.Kind == api.AssumedRole && a.lifetime > maxChained {
		return api.Operation{}, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	role, access, err := s.role(a, "sts:AssumeRole", context)
	if err != nil {
		return api.Operation{}, err
	}
	needed := []api.Access{access}
	if len(a.tags) > 0 {
		access.Action = "sts:TagSession"
		needed = append(needed, access)
	}
	return api.Operation{Name: name, Access: needed, Handle: func(w http.ResponseWriter, r *api.Request) error {
		c, user, err := s.assume(role, a, "")
		if err != nil {
			return err
		}
		return query.Write(w, r, namespace, name, struct {
			Credentials     credentials
			AssumedRoleUser assumedRole
		}{answer(c), user})
	}}, nil
}

// assumedRole is the session as STS answers it.
type assumedRole struct {
	ARN string `xml:"Arn"`
	ID  string `xml:"AssumedRoleId"`
}

// assume makes the credentials of a session. provider is the OIDC provider that it
// came through, or empty.
func (s *Service) assume(role Role, a assumption, provider string) (identity.Credentials, assumedRole, error) {
	if a.lifetime > role.MaxSession {
		return identity.Credentials{}, assumedRole{}, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	for _, arn := range a.policyARNs {
		has, err := s.iam.HasPolicy(role.Account, arn)
		if err != nil {
			return identity.Credentials{}, assumedRole{}, err
		}
		if !has {
			return identity.Credentials{}, assumedRole{}, api.Errorf(http.StatusBadRequest, "MalformedPolicyDocument", "Policy %s does not exist.", arn)
		}
	}
	session := identity.Session{
		Account: role.Account, RoleARN: role.ARN, RoleID: role.ID, Name: a.name, Provider: provider,
		Policy: a.policy, PolicyARNs: a.policyARNs, Tags: a.tags,
	}
	c, err := s.minter.Temporary(session, a.lifetime)
	if err != nil {
		return c, assumedRole{}, fmt.Errorf("assume %s: %w", role.ARN, err)
	}
	p := session.Principal()
	return c, assumedRole{p.ARN, p.UserID}, nil
}

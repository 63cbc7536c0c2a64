package identity

import (
	"fmt"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
)

// Policies are the policies that have a say in a request, besides the resource's
// own.
type Policies struct {
	Identity []Policy // of the principal
	Boundary *Policy  // the permissions boundary, if the principal has one
	Session  *Policy  // handed over when the role was assumed, if any
}

// Question is one permission asked for.
type Question struct {
	Principal api.Principal
	Access    api.Access
	// Keys are all condition keys of the request, in lower case.
	Keys map[string][]string
}

// Denied says why a request is not allowed, in AWS's words.
type Denied struct{ Reason string }

func (d *Denied) Error() string { return d.Reason }

// Evaluate answers a question as AWS does within one account and across two
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html):
// an explicit deny wins; in one account either the principal's or the resource's
// policy must allow, across accounts both; boundary and session only limit, but for
// what the resource's policy gives to the session itself.
func Evaluate(q Question, p Policies) error {
	var resource *Policy
	if q.Access.Policy != "" {
		parsed, err := ParsePolicy(q.Access.Policy)
		if err != nil {
			return fmt.Errorf("evaluate the resource's policy: %w", err)
		}
		resource = &parsed
	}
	if reason := q.explicitDeny(p, resource); reason != "" {
		return q.denied("with an explicit deny in " + reason)
	}
	sameAccount := q.Access.Owner == "" || q.Access.Owner == q.Principal.Account
	byResource := q.letInBy(resource, true)
	if q.Principal.Kind != api.AssumedRole {
		asOwner := q.Principal.Kind == api.Root && sameAccount && !q.Access.PolicyRequired
		if asOwner || byResource {
			return nil
		}
		return q.notAllowedBy("resource-based policy")
	}
	byIdentity := slices.ContainsFunc(p.Identity, q.allowedBy)
	switch {
	case !byResource && (!sameAccount || q.Access.PolicyRequired):
		return q.notAllowedBy("resource-based policy")
	// A policy that names the role's own account, not the role, leaves the choice to
	// the role's policies.
	case !byIdentity && !(sameAccount && q.letInBy(resource, false)):
		return q.notAllowedBy("identity-based policy")
	case sameAccount && q.namesSession(resource):
		return nil
	case p.Boundary != nil && !q.allowedBy(*p.Boundary):
		return q.notAllowedBy("permissions boundary")
	case p.Session != nil && !q.allowedBy(*p.Session):
		return q.notAllowedBy("session policy")
	}
	return nil
}

// letInBy tells whether the resource's policy allows it. asAccount tells whether a
// statement about the principal's whole account counts.
func (q Question) letInBy(resource *Policy, asAccount bool) bool {
	return resource != nil && slices.ContainsFunc(resource.Statements, func(s Statement) bool {
		return !s.Deny && q.matchesResourcePolicy(s, asAccount)
	})
}

// namesSession tells whether the resource's policy allows it to the session by name,
// which neither boundary nor session policy limits.
func (q Question) namesSession(resource *Policy) bool {
	return resource != nil && slices.ContainsFunc(resource.Statements, func(s Statement) bool {
		return !s.Deny && slices.Contains(s.Principals, PrincipalPattern{Type: "AWS", Value: q.Principal.ARN}) && q.matches(s)
	})
}

// explicitDeny names the kind of policy that denies, or nothing.
func (q Question) explicitDeny(p Policies, resource *Policy) string {
	denies := func(policy Policy) bool {
		return slices.ContainsFunc(policy.Statements, func(s Statement) bool { return s.Deny && q.matches(s) })
	}
	switch {
	case resource != nil && slices.ContainsFunc(resource.Statements, func(s Statement) bool { return s.Deny && q.matchesResourcePolicy(s, true) }):
		return "a resource-based policy"
	case slices.ContainsFunc(p.Identity, denies):
		return "an identity-based policy"
	case p.Boundary != nil && denies(*p.Boundary):
		return "a permissions boundary"
	case p.Session != nil && denies(*p.Session):
		return "a session policy"
	}
	return ""
}

func (q Question) allowedBy(p Policy) bool {
	return slices.ContainsFunc(p.Statements, func(s Statement) bool { return !s.Deny && q.matches(s) })
}

// matches compares action, resource and conditions, which is all that a policy of
// an identity has.
func (q Question) matches(s Statement) bool {
	return q.matchesAction(s) && q.matchesResource(s) && q.fulfils(s)
}

func (q Question) matchesAction(s Statement) bool {
	has := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			return wildcard(strings.ToLower(pattern), strings.ToLower(q.Access.Action))
		})
	}
	if len(s.NotActions) > 0 {
		return !has(s.NotActions)
	}
	return has(s.Actions)
}

func (q Question) matchesResource(s Statement) bool {
	has := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			return wildcard(s.pattern(pattern, q.Keys), q.Access.Resource)
		})
	}
	switch {
	case len(s.NotResources) > 0:
		return !has(s.NotResources)
	case len(s.Resources) == 0:
		return true // a trust policy has no resource: it is on the role itself
	}
	return has(s.Resources)
}

func (q Question) fulfils(s Statement) bool {
	return !slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !s.holds(c, q.Keys) })
}

// matchesResourcePolicy also compares the principal. asAccount tells whether a
// statement about the principal's whole account counts.
func (q Question) matchesResourcePolicy(s Statement, asAccount bool) bool {
	is := func(pattern PrincipalPattern) bool { return q.isPrincipal(pattern, asAccount) }
	switch {
	case len(s.NotPrincipals) > 0:
		if slices.ContainsFunc(s.NotPrincipals, is) {
			return false
		}
	case !slices.ContainsFunc(s.Principals, is):
		return false
	}
	return q.matches(s)
}

func (q Question) isPrincipal(pattern PrincipalPattern, asAccount bool) bool {
	p := q.Principal
	switch pattern.Type {
	case "Service":
		return p.Kind == api.AWSService && pattern.Value == p.ARN
	case "AWS":
		switch {
		case pattern.Value == "*":
			return true
		case p.Account == "":
			return false
		case pattern.Value == p.Account, strings.HasSuffix(pattern.Value, "::"+p.Account+":root"):
			return asAccount
		}
		return pattern.Value == p.ARN || pattern.Value == p.RoleARN
	}
	return false
}

func (q Question) notAllowedBy(kind string) error {
	return q.denied("because no " + kind + " allows the " + q.Access.Action + " action")
}

func (q Question) denied(why string) error {
	who := q.Principal.ARN
	if q.Principal.Kind == api.Anonymous {
		who = "anonymous"
	}
	return &Denied{fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", who, q.Access.Action, q.Access.Resource, why)}
}

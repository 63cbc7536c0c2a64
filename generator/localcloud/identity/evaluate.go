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
	// Tags are the principal's, which conditions and variables know as
	// aws:PrincipalTag/….
	Tags map[string]string
}

// Keys are the condition keys that come with the principal's policies, in lower case.
func (p Policies) Keys() map[string][]string {
	keys := map[string][]string{}
	for name, value := range p.Tags {
		keys["aws:principaltag/"+strings.ToLower(name)] = []string{value}
	}
	return keys
}

// Question is one permission asked for.
type Question struct {
	Principal api.Principal
	Access    api.Access
	// Keys are all condition keys of the request, in lower case.
	Keys map[string][]string
}

// Denied says why a request is not allowed, in AWS's words.
type Denied struct {
	Reason   string
	Explicit bool // a policy says so; otherwise none allows it
}

func (d *Denied) Error() string { return d.Reason }

// Evaluate answers a question as AWS does within one account and across two
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html):
// an explicit deny wins; in one account either the principal's or the resource's
// policy must allow, across accounts both; boundary and session only limit, but for
// what the resource's policy gives to the session or the user itself.
func Evaluate(q Question, p Policies) error {
	var resource *Policy
	if q.Access.Policy != "" {
		parsed, err := ParsePolicy(q.Access.Policy)
		if err != nil {
			return fmt.Errorf("evaluate the resource's policy: %w", err)
		}
		resource = &parsed
	}
	if kind := q.explicitDeny(p, resource); kind != "" {
		return q.denied(true, "with an explicit deny in "+kind)
	}
	sameAccount := q.Access.Owner == "" || q.Access.Owner == q.Principal.Account
	reached := q.letInBy(resource)
	if q.Principal.Kind != api.AssumedRole && q.Principal.Kind != api.User {
		asOwner := q.Principal.Kind == api.Root && sameAccount && !q.Access.PolicyRequired
		if asOwner || reached != nobody {
			return nil
		}
		return q.notAllowedBy("resource-based policy")
	}
	switch {
	case reached == nobody && (!sameAccount || q.Access.PolicyRequired):
		return q.notAllowedBy("resource-based policy")
	// A policy that names the principal's own account, not the principal, leaves the
	// choice to the principal's policies.
	case !slices.ContainsFunc(p.Identity, q.allowedBy) && (!sameAccount || reached < theRole):
		return q.notAllowedBy("identity-based policy")
	case sameAccount && reached == itself:
		return nil
	case p.Boundary != nil && !q.allowedBy(*p.Boundary):
		return q.notAllowedBy("permissions boundary")
	case p.Session != nil && !q.allowedBy(*p.Session):
		return q.notAllowedBy("session policy")
	}
	return nil
}

// explicitDeny names the kind of policy that denies, or nothing.
func (q Question) explicitDeny(p Policies, resource *Policy) string {
	denies := func(policy Policy) bool {
		return slices.ContainsFunc(policy.Statements, func(s Statement) bool { return s.Deny && q.matches(s) })
	}
	switch {
	case resource != nil && slices.ContainsFunc(resource.Statements, func(s Statement) bool { return s.Deny && q.reach(s) != nobody && q.matches(s) }):
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

func (q Question) notAllowedBy(kind string) error {
	return q.denied(false, "because no "+kind+" allows the "+q.Access.Action+" action")
}

func (q Question) denied(explicit bool, why string) error {
	who := q.Principal.ARN
	switch q.Principal.Kind {
	case api.Anonymous:
		who = "anonymous"
	case api.WebIdentity: // who that is, is not told
		return &Denied{"Not authorized to perform " + q.Access.Action, explicit}
	}
	return &Denied{fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", who, q.Access.Action, q.Access.Resource, why), explicit}
}

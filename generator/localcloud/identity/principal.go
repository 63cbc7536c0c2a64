package identity

import (
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
)

// reach is how closely a statement of a resource's policy names a principal.
type reach int

const (
	nobody     reach = iota
	theAccount       // all of its account
	theRole          // the role behind a session
	itself           // the session or the user, or everybody
)

// letInBy tells how closely the resource's policy names the principal where it allows
// what is asked.
func (q Question) letInBy(resource *Policy) reach {
	closest := nobody
	if resource == nil {
		return closest
	}
	for _, s := range resource.Statements {
		if !s.Deny && q.matches(s) {
			closest = max(closest, q.reach(s))
		}
	}
	return closest
}

// reach tells how closely a statement of a resource's policy names the principal.
func (q Question) reach(s Statement) reach {
	if len(s.NotPrincipals) > 0 {
		if q.excepted(s) {
			return nobody
		}
		return itself
	}
	closest := nobody
	for _, pattern := range s.Principals {
		closest = max(closest, q.named(pattern))
	}
	return closest
}

// excepted tells whether NotPrincipal leaves the principal out. To leave it out of a
// Deny, its account must be listed too, and for a session also its role
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
func (q Question) excepted(s Statement) bool {
	named := func(at reach) bool {
		return slices.ContainsFunc(s.NotPrincipals, func(pattern PrincipalPattern) bool { return q.named(pattern) == at })
	}
	if everybody := slices.ContainsFunc(s.NotPrincipals, isEverybody); everybody || !s.Deny {
		return everybody || named(theAccount) || named(theRole) || named(itself)
	}
	switch q.Principal.Kind {
	case api.AssumedRole:
		return named(itself) && named(theRole) && named(theAccount)
	case api.User:
		return named(itself) && named(theAccount)
	}
	return named(itself)
}

func isEverybody(pattern PrincipalPattern) bool {
	return pattern == PrincipalPattern{Type: "AWS", Value: "*"}
}

// named tells how closely one entry of Principal or NotPrincipal names the principal.
// "*" names everybody directly: neither boundary nor session policy limits what it
// gives.
func (q Question) named(pattern PrincipalPattern) reach {
	p := q.Principal
	switch {
	case isEverybody(pattern):
		return itself
	case pattern.Type == "Service" && p.Kind == api.AWSService && pattern.Value == p.ARN,
		pattern.Type == "Federated" && p.Kind == api.WebIdentity && pattern.Value == p.ARN:
		return itself
	case pattern.Type != "AWS" || p.Account == "":
		return nobody
	case pattern.Value == p.ARN:
		return itself
	case pattern.Value == p.Account || strings.HasSuffix(pattern.Value, "::"+p.Account+":root"):
		if p.Kind == api.Root {
			return itself
		}
		return theAccount
	case p.RoleARN != "" && pattern.Value == p.RoleARN:
		return theRole
	}
	return nobody
}

package iam

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

// maxAttached is how many managed policies a role may have.
const maxAttached = 10

var policyName = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)

func checkPolicyName(name string) error {
	if !policyName.MatchString(name) {
		return invalid("The specified value for policyName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	}
	return nil
}

func rolePolicyCalls() map[string]call {
	return map[string]call{
		"PutRolePolicy":                 {resource: theRole, do: putRolePolicy},
		"GetRolePolicy":                 {resource: theRole, do: getRolePolicy, reads: true},
		"DeleteRolePolicy":              {resource: theRole, do: deleteRolePolicy},
		"ListRolePolicies":              {resource: theRole, do: listRolePolicies, reads: true},
		"AttachRolePolicy":              {resource: theRole, do: attachRolePolicy},
		"DetachRolePolicy":              {resource: theRole, do: detachRolePolicy},
		"ListAttachedRolePolicies":      {resource: theRole, do: listAttachedRolePolicies, reads: true},
		"PutRolePermissionsBoundary":    {resource: theRole, do: putBoundary},
		"DeleteRolePermissionsBoundary": {resource: theRole, do: deleteBoundary},
	}
}

func putRolePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("RoleName", "PolicyName", "PolicyDocument"); err != nil {
		return nil, err
	}
	document := f.Get("PolicyDocument")
	if err := cmp.Or(checkPolicyName(f.Get("PolicyName")), checkIdentityPolicy(document)); err != nil {
		return nil, err
	}
	return nil, s.change(tx, account, f, func(r *role) error {
		if r.Inline == nil {
			r.Inline = map[string]string{}
		}
		r.Inline[f.Get("PolicyName")] = document
		size := 0
		for _, d := range r.Inline {
			size += characters(d)
		}
		if size > maxInline {
			return limitExceeded("Maximum policy size of %d bytes exceeded for role %s", maxInline, r.Name)
		}
		return nil
	})
}

func getRolePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	r, err := s.role(tx, account, f)
	if err != nil {
		return nil, err
	}
	document, found := r.Inline[f.Get("PolicyName")]
	if !found {
		return nil, noSuchEntity("The role policy with name %s cannot be found.", f.Get("PolicyName"))
	}
	return struct{ RoleName, PolicyName, PolicyDocument string }{r.Name, f.Get("PolicyName"), encode(document)}, nil
}

func deleteRolePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return nil, s.change(tx, account, f, func(r *role) error {
		if _, found := r.Inline[f.Get("PolicyName")]; !found {
			return noSuchEntity("The role policy with name %s cannot be found.", f.Get("PolicyName"))
		}
		delete(r.Inline, f.Get("PolicyName"))
		return nil
	})
}

func listRolePolicies(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	r, err := s.role(tx, account, f)
	if err != nil {
		return nil, err
	}
	names, next, err := paginateList(f, slices.Sorted(maps.Keys(r.Inline)), strings.Clone)
	return struct {
		PolicyNames []string `xml:"PolicyNames>member"`
		page
	}{names, next}, err
}

func attachRolePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	arn := f.Get("PolicyArn")
	if _, err := s.policy(tx, account, arn); err != nil {
		return nil, err
	}
	return nil, s.change(tx, account, f, func(r *role) error {
		if slices.Contains(r.Attached, arn) {
			return nil
		}
		r.Attached = append(r.Attached, arn)
		if len(r.Attached) > maxAttached {
			return limitExceeded("Cannot exceed quota for PoliciesPerRole: %d", maxAttached)
		}
		return nil
	})
}

func detachRolePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	arn := f.Get("PolicyArn")
	return nil, s.change(tx, account, f, func(r *role) error {
		i := slices.Index(r.Attached, arn)
		if i < 0 {
			return noSuchEntity("Policy %s was not found.", arn)
		}
		r.Attached = slices.Delete(r.Attached, i, i+1)
		return nil
	})
}

func listAttachedRolePolicies(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	r, err := s.role(tx, account, f)
	if err != nil {
		return nil, err
	}
	type attached struct {
		Name string `xml:"PolicyName"`
		ARN  string `xml:"PolicyArn"`
	}
	var list []attached
	for _, arn := range slices.Sorted(slices.Values(r.Attached)) {
		list = append(list, attached{arn[strings.LastIndexByte(arn, '/')+1:], arn})
	}
	list, next, err := paginateList(f, list, func(a attached) string { return a.ARN })
	return struct {
		AttachedPolicies []attached `xml:"AttachedPolicies>member"`
		page
	}{list, next}, err
}

func putBoundary(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	arn := f.Get("PermissionsBoundary")
	if _, err := s.policy(tx, account, arn); err != nil {
		return nil, err
	}
	return nil, s.change(tx, account, f, func(r *role) error {
		r.Boundary = arn
		return nil
	})
}

func deleteBoundary(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return nil, s.change(tx, account, f, func(r *role) error {
		r.Boundary = ""
		return nil
	})
}

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

// maxAttached is how many managed policies a role or user may have.
const maxAttached = 10

var policyName = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)

func checkPolicyName(name string) error {
	if !policyName.MatchString(name) {
		return invalid("The specified value for policyName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	}
	return nil
}

// attachmentCalls are the calls for the policies of a role or user: PutRolePolicy,
// ListAttachedUserPolicies and so on.
func attachmentCalls(k kind) map[string]call {
	noun := string(k)
	return map[string]call{
		"Put" + noun + "Policy":                 {resource: k.existing, do: k.putPolicy},
		"Get" + noun + "Policy":                 {resource: k.existing, do: k.getPolicy, reads: true},
		"Delete" + noun + "Policy":              {resource: k.existing, do: k.deletePolicy},
		"List" + noun + "Policies":              {resource: k.existing, do: k.listPolicies, reads: true},
		"Attach" + noun + "Policy":              {resource: k.existing, do: k.attachPolicy},
		"Detach" + noun + "Policy":              {resource: k.existing, do: k.detachPolicy},
		"ListAttached" + noun + "Policies":      {resource: k.existing, do: k.listAttached, reads: true},
		"Put" + noun + "PermissionsBoundary":    {resource: k.existing, do: k.putBoundary},
		"Delete" + noun + "PermissionsBoundary": {resource: k.existing, do: k.deleteBoundary},
	}
}

func (k kind) putPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require(string(k)+"Name", "PolicyName", "PolicyDocument"); err != nil {
		return nil, err
	}
	document := f.Get("PolicyDocument")
	if err := cmp.Or(checkPolicyName(f.Get("PolicyName")), checkIdentityPolicy(document)); err != nil {
		return nil, err
	}
	return nil, k.change(s, tx, account, f, func(e *entity) error {
		if e.Inline == nil {
			e.Inline = map[string]string{}
		}
		e.Inline[f.Get("PolicyName")] = document
		size := 0
		for _, d := range e.Inline {
			size += characters(d)
		}
		if limit := k.maxInline(); size > limit {
			return limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", limit, k.noun(), e.Name)
		}
		return nil
	})
}

// maxInline is the size of all inline policies together, in characters without white
// space (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
func (k kind) maxInline() int {
	if k == aUser {
		return 2048
	}
	return 10240
}

func (k kind) noInline(name string) error {
	return noSuchEntity("The %s policy with name %s cannot be found.", k.noun(), name)
}

func (k kind) getPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	e, err := k.get(s, tx, account, f)
	if err != nil {
		return nil, err
	}
	document, found := e.Inline[f.Get("PolicyName")]
	if !found {
		return nil, k.noInline(f.Get("PolicyName"))
	}
	answer := struct {
		RoleName, UserName         string `xml:",omitempty"`
		PolicyName, PolicyDocument string
	}{PolicyName: f.Get("PolicyName"), PolicyDocument: encode(document)}
	if k == aUser {
		answer.UserName = e.Name
	} else {
		answer.RoleName = e.Name
	}
	return answer, nil
}

func (k kind) deletePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return nil, k.change(s, tx, account, f, func(e *entity) error {
		if _, found := e.Inline[f.Get("PolicyName")]; !found {
			return k.noInline(f.Get("PolicyName"))
		}
		delete(e.Inline, f.Get("PolicyName"))
		return nil
	})
}

func (k kind) listPolicies(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	e, err := k.get(s, tx, account, f)
	if err != nil {
		return nil, err
	}
	names, next, err := paginateList(f, slices.Sorted(maps.Keys(e.Inline)), strings.Clone)
	return struct {
		PolicyNames []string `xml:"PolicyNames>member"`
		page
	}{names, next}, err
}

func (k kind) attachPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	arn := f.Get("PolicyArn")
	if _, err := s.policy(tx, account, arn); err != nil {
		return nil, err
	}
	return nil, k.change(s, tx, account, f, func(e *entity) error {
		if slices.Contains(e.Attached, arn) {
			return nil
		}
		e.Attached = append(e.Attached, arn)
		if len(e.Attached) > maxAttached {
			return limitExceeded("Cannot exceed quota for PoliciesPer%s: %d", k, maxAttached)
		}
		return nil
	})
}

func (k kind) detachPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	arn := f.Get("PolicyArn")
	return nil, k.change(s, tx, account, f, func(e *entity) error {
		i := slices.Index(e.Attached, arn)
		if i < 0 {
			return noSuchEntity("Policy %s was not found.", arn)
		}
		e.Attached = slices.Delete(e.Attached, i, i+1)
		return nil
	})
}

func (k kind) listAttached(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	e, err := k.get(s, tx, account, f)
	if err != nil {
		return nil, err
	}
	type attached struct {
		Name string `xml:"PolicyName"`
		ARN  string `xml:"PolicyArn"`
	}
	prefix := f.Get("PathPrefix")
	var list []attached
	for _, arn := range slices.Sorted(slices.Values(e.Attached)) {
		if path, name := splitPolicyARN(arn); strings.HasPrefix(path, prefix) {
			list = append(list, attached{name, arn})
		}
	}
	list, next, err := paginateList(f, list, func(a attached) string { return a.ARN })
	return struct {
		AttachedPolicies []attached `xml:"AttachedPolicies>member"`
		page
	}{list, next}, err
}

func (k kind) putBoundary(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	arn := f.Get("PermissionsBoundary")
	if _, err := s.policy(tx, account, arn); err != nil {
		return nil, err
	}
	return nil, k.change(s, tx, account, f, func(e *entity) error {
		e.Boundary = arn
		return nil
	})
}

func (k kind) deleteBoundary(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return nil, k.change(s, tx, account, f, func(e *entity) error {
		e.Boundary = ""
		return nil
	})
}

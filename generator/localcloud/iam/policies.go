package iam

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

// Sizes in characters without white space
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const (
	maxInline  = 10240
	maxManaged = 6144
	maxVersion = 5
)

// page says whether a list goes on.
type page struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// paginate reads Marker and MaxItems, lets list collect, and makes the page. list
// returns the key that the next page starts after, or empty.
func paginate(f query.Form, list func(after string, limit int) (last string, err error)) (page, error) {
	limit := 100
	if n, err := strconv.Atoi(f.Get("MaxItems")); err == nil && n > 0 && n <= 1000 {
		limit = n
	}
	after, err := base64.RawURLEncoding.DecodeString(f.Get("Marker"))
	if err != nil {
		return page{}, invalid("Invalid Marker.")
	}
	last, err := list(string(after), limit)
	if err != nil || last == "" {
		return page{}, err
	}
	return page{IsTruncated: true, Marker: base64.RawURLEncoding.EncodeToString([]byte(last))}, nil
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
	if _, err := parsePolicy(document); err != nil {
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
			return api.Errorf(http.StatusConflict, "LimitExceeded", "Maximum policy size of %d bytes exceeded for role %s", maxInline, r.Name)
		}
		return nil
	})
}

// characters counts as IAM does: white space is free.
func characters(document string) int {
	return len(strings.Join(strings.Fields(document), ""))
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
	return struct {
		PolicyNames []string `xml:"PolicyNames>member"`
		page
	}{slices.Sorted(maps.Keys(r.Inline)), page{}}, err
}

func attachRolePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	arn := f.Get("PolicyArn")
	if _, err := s.policy(tx, arn); err != nil {
		return nil, err
	}
	return nil, s.change(tx, account, f, func(r *role) error {
		if !slices.Contains(r.Attached, arn) {
			r.Attached = append(r.Attached, arn)
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
	type attached struct {
		Name string `xml:"PolicyName"`
		ARN  string `xml:"PolicyArn"`
	}
	var list []attached
	for _, arn := range r.Attached {
		list = append(list, attached{arn[strings.LastIndexByte(arn, '/')+1:], arn})
	}
	return struct {
		AttachedPolicies []attached `xml:"AttachedPolicies>member"`
		page
	}{list, page{}}, err
}

func putBoundary(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	arn := f.Get("PermissionsBoundary")
	if _, err := s.policy(tx, arn); err != nil {
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

// policy is a row of the table of customer-managed policies, by ARN.
type policy struct {
	Account, Name, Path, ID, Description string
	Created, Updated                     time.Time
	Default                              string // id of the version that counts
	Made                                 int    // how many versions were ever made
	Versions                             []version
}

type version struct {
	ID       string
	Document string
	Created  time.Time
}

func (p policy) arn() string { return "arn:aws:iam::" + p.Account + ":policy" + p.Path + p.Name }

func (p policy) version(id string) version {
	if i := slices.IndexFunc(p.Versions, func(v version) bool { return v.ID == id }); i >= 0 {
		return p.Versions[i]
	}
	return version{}
}

func (s *Service) policy(tx store.Tx, arn string) (policy, error) {
	p, found, err := s.policies.Get(tx, arn)
	if err == nil && !found {
		err = noSuchEntity("Policy %s was not found.", arn)
	}
	return p, err
}

func managedPolicyCalls() map[string]call {
	byARN := func(_ string, f query.Form) string { return f.Get("PolicyArn") }
	byName := func(account string, f query.Form) string {
		return policy{Account: account, Path: path(f), Name: f.Get("PolicyName")}.arn()
	}
	return map[string]call{
		"CreatePolicy":        {resource: byName, do: createPolicy},
		"GetPolicy":           {resource: byARN, do: getPolicy, reads: true},
		"GetPolicyVersion":    {resource: byARN, do: getPolicyVersion, reads: true},
		"ListPolicyVersions":  {resource: byARN, do: listPolicyVersions, reads: true},
		"CreatePolicyVersion": {resource: byARN, do: createPolicyVersion},
		"DeletePolicyVersion": {resource: byARN, do: deletePolicyVersion},
		"DeletePolicy":        {resource: byARN, do: deletePolicy},
	}
}

type policyAnswer struct {
	PolicyName       string
	PolicyID         string `xml:"PolicyId"`
	ARN              string `xml:"Arn"`
	Path             string
	DefaultVersionID string `xml:"DefaultVersionId"`
	Description      string `xml:",omitempty"`
	IsAttachable     bool
	CreateDate       string
	UpdateDate       string
}

func (p policy) answer() policyAnswer {
	return policyAnswer{p.Name, p.ID, p.arn(), p.Path, p.Default, p.Description, true, timestamp(p.Created), timestamp(p.Updated)}
}

type versionAnswer struct {
	Document         string `xml:",omitempty"`
	VersionID        string `xml:"VersionId"`
	IsDefaultVersion bool
	CreateDate       string
}

func (p policy) versionAnswer(v version) versionAnswer {
	return versionAnswer{encode(v.Document), v.ID, v.ID == p.Default, timestamp(v.Created)}
}

func (p *policy) add(document string, now time.Time) (version, error) {
	if _, err := parsePolicy(document); err != nil {
		return version{}, err
	}
	if characters(document) > maxManaged {
		return version{}, api.Errorf(http.StatusConflict, "LimitExceeded", "Cannot exceed quota for PolicySize: %d", maxManaged)
	}
	if len(p.Versions) == maxVersion {
		return version{}, api.Errorf(http.StatusConflict, "LimitExceeded",
			"A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersion)
	}
	p.Made++
	v := version{ID: fmt.Sprintf("v%d", p.Made), Document: document, Created: now}
	p.Versions = append(p.Versions, v)
	return v, nil
}

func createPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("PolicyName", "PolicyDocument"); err != nil {
		return nil, err
	}
	p := policy{
		Account: account, Name: f.Get("PolicyName"), Path: path(f), ID: newID("ANPA"),
		Description: f.Get("Description"), Created: s.now(), Updated: s.now(), Default: "v1",
	}
	if _, err := p.add(f.Get("PolicyDocument"), s.now()); err != nil {
		return nil, err
	}
	_, taken, err := s.policies.Get(tx, p.arn())
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, api.Errorf(http.StatusConflict, "EntityAlreadyExists", "A policy called %s already exists. Duplicate names are not allowed.", p.Name)
	}
	return struct{ Policy policyAnswer }{p.answer()}, s.policies.Put(tx, p.arn(), p)
}

func getPolicy(s *Service, tx store.Tx, _ string, f query.Form) (any, error) {
	p, err := s.policy(tx, f.Get("PolicyArn"))
	return struct{ Policy policyAnswer }{p.answer()}, err
}

func getPolicyVersion(s *Service, tx store.Tx, _ string, f query.Form) (any, error) {
	p, err := s.policy(tx, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	v := p.version(f.Get("VersionId"))
	if v.ID == "" {
		return nil, noSuchEntity("Policy %s version %s does not exist or is not attachable.", p.arn(), f.Get("VersionId"))
	}
	return struct{ PolicyVersion versionAnswer }{p.versionAnswer(v)}, nil
}

func listPolicyVersions(s *Service, tx store.Tx, _ string, f query.Form) (any, error) {
	p, err := s.policy(tx, f.Get("PolicyArn"))
	var list []versionAnswer
	for _, v := range slices.Backward(p.Versions) { // newest first
		v.Document = ""
		list = append(list, p.versionAnswer(v))
	}
	return struct {
		Versions []versionAnswer `xml:"Versions>member"`
		page
	}{list, page{}}, err
}

func createPolicyVersion(s *Service, tx store.Tx, _ string, f query.Form) (any, error) {
	p, err := s.policy(tx, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	v, err := p.add(f.Get("PolicyDocument"), s.now())
	if err != nil {
		return nil, err
	}
	if f.Get("SetAsDefault") == "true" {
		p.Default = v.ID
	}
	p.Updated = s.now()
	v.Document = ""
	return struct{ PolicyVersion versionAnswer }{p.versionAnswer(v)}, s.policies.Put(tx, p.arn(), p)
}

func deletePolicyVersion(s *Service, tx store.Tx, _ string, f query.Form) (any, error) {
	p, err := s.policy(tx, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	id := f.Get("VersionId")
	switch {
	case p.version(id).ID == "":
		return nil, noSuchEntity("Policy %s version %s does not exist or is not attachable.", p.arn(), id)
	case id == p.Default:
		return nil, api.Errorf(http.StatusConflict, "DeleteConflict", "Cannot delete the default version of a policy.")
	}
	p.Versions = slices.DeleteFunc(p.Versions, func(v version) bool { return v.ID == id })
	return nil, s.policies.Put(tx, p.arn(), p)
}

func deletePolicy(s *Service, tx store.Tx, _ string, f query.Form) (any, error) {
	p, err := s.policy(tx, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	if len(p.Versions) > 1 {
		return nil, api.Errorf(http.StatusConflict, "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	used := false
	err = s.roles.Scan(tx, "", "", func(_ string, r role) bool {
		used = used || r.Boundary == p.arn() || slices.Contains(r.Attached, p.arn())
		return !used
	})
	if err != nil {
		return nil, err
	}
	if used {
		return nil, api.Errorf(http.StatusConflict, "DeleteConflict", "Cannot delete a policy attached to entities.")
	}
	return nil, s.policies.Delete(tx, p.arn())
}

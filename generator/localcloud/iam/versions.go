package iam

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

// maxVersions is how many versions a managed policy may have.
const maxVersions = 5

type version struct {
	ID       string
	Document string
	Created  time.Time
}

// number is 3 for v3.
func (v version) number() int {
	n, _ := strconv.Atoi(strings.TrimPrefix(v.ID, "v")) // ids are made here
	return n
}

func (p policy) version(id string) version {
	if i := slices.IndexFunc(p.Versions, func(v version) bool { return v.ID == id }); i >= 0 {
		return p.Versions[i]
	}
	return version{}
}

func versionCalls() map[string]call {
	return map[string]call{
		"CreatePolicyVersion":     {resource: policyByARN, do: createPolicyVersion},
		"GetPolicyVersion":        {resource: policyByARN, do: getPolicyVersion, reads: true},
		"ListPolicyVersions":      {resource: policyByARN, do: listPolicyVersions, reads: true},
		"SetDefaultPolicyVersion": {resource: policyByARN, do: setDefaultVersion},
		"DeletePolicyVersion":     {resource: policyByARN, do: deletePolicyVersion},
	}
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
	if err := checkIdentityPolicy(document); err != nil {
		return version{}, err
	}
	if characters(document) > maxManaged {
		return version{}, limitExceeded("Cannot exceed quota for PolicySize: %d", maxManaged)
	}
	if len(p.Versions) == maxVersions {
		return version{}, limitExceeded(
			"A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
	}
	p.Made++
	v := version{ID: fmt.Sprintf("v%d", p.Made), Document: document, Created: now}
	p.Versions = append(p.Versions, v)
	return v, nil
}

func getPolicyVersion(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	v := p.version(f.Get("VersionId"))
	if v.ID == "" {
		return nil, noVersion(p.arn(), f.Get("VersionId"))
	}
	return struct{ PolicyVersion versionAnswer }{p.versionAnswer(v)}, nil
}

func listPolicyVersions(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	// Newest first, as IAM lists them; pages want keys that go up.
	newest := slices.Clone(p.Versions)
	slices.Reverse(newest)
	listed, next, err := paginateList(f, newest, func(v version) string { return fmt.Sprintf("%08d", p.Made-v.number()) })
	var list []versionAnswer
	for _, v := range listed {
		v.Document = ""
		list = append(list, p.versionAnswer(v))
	}
	return struct {
		Versions []versionAnswer `xml:"Versions>member"`
		page
	}{list, next}, err
}

func createPolicyVersion(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.ownPolicy(tx, account, f.Get("PolicyArn"))
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

func deletePolicyVersion(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.ownPolicy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	id := f.Get("VersionId")
	switch {
	case p.version(id).ID == "":
		return nil, noVersion(p.arn(), id)
	case id == p.Default:
		return nil, deleteConflict("Cannot delete the default version of a policy.")
	}
	p.Versions = slices.DeleteFunc(p.Versions, func(v version) bool { return v.ID == id })
	return nil, s.policies.Put(tx, p.arn(), p)
}

func noVersion(arn, id string) error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", arn, id)
}

func setDefaultVersion(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.ownPolicy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	id := f.Get("VersionId")
	if p.version(id).ID == "" {
		return nil, noVersion(p.arn(), id)
	}
	p.Default, p.Updated = id, s.now()
	return nil, s.policies.Put(tx, p.arn(), p)
}

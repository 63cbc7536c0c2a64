package iam

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

// maxVersions is how many versions a managed policy may have.
const maxVersions = 5

// policy is a row of the table of customer-managed policies, by ARN.
type policy struct {
	Account, Name, Path, ID, Description string
	Tags                                 map[string]string
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

// number is 3 for v3.
func (v version) number() int {
	n, _ := strconv.Atoi(strings.TrimPrefix(v.ID, "v")) // ids are made here
	return n
}

func (p policy) arn() string { return "arn:aws:iam::" + p.Account + ":policy" + p.Path + p.Name }

func (p policy) version(id string) version {
	if i := slices.IndexFunc(p.Versions, func(v version) bool { return v.ID == id }); i >= 0 {
		return p.Versions[i]
	}
	return version{}
}

// policy finds a policy of an account, or says that it has none of that ARN: the
// policies of other accounts are none of its business.
func (s *Service) policy(tx store.Tx, account, arn string) (policy, error) {
	p, found, err := s.policies.Get(tx, arn)
	if err == nil && (!found || p.Account != account) {
		err = noSuchEntity("Policy %s does not exist or is not attachable.", arn)
	}
	return p, err
}

func managedPolicyCalls() map[string]call {
	byARN := func(_ *Service, _ string, f query.Form) (string, error) { return f.Get("PolicyArn"), nil }
	byName := func(_ *Service, account string, f query.Form) (string, error) {
		return policy{Account: account, Path: path(f), Name: f.Get("PolicyName")}.arn(), nil
	}
	return map[string]call{
		"CreatePolicy":        {resource: byName, do: createPolicy},
		"GetPolicy":           {resource: byARN, do: getPolicy, reads: true},
		"GetPolicyVersion":    {resource: byARN, do: getPolicyVersion, reads: true},
		"ListPolicyVersions":  {resource: byARN, do: listPolicyVersions, reads: true},
		"CreatePolicyVersion": {resource: byARN, do: createPolicyVersion},
		"DeletePolicyVersion": {resource: byARN, do: deletePolicyVersion},
		"DeletePolicy":        {resource: byARN, do: deletePolicy},
		"TagPolicy":           {resource: byARN, do: tagPolicy},
		"UntagPolicy":         {resource: byARN, do: untagPolicy},
	}
}

type policyAnswer struct {
	PolicyName       string
	PolicyID         string `xml:"PolicyId"`
	ARN              string `xml:"Arn"`
	Path             string
	DefaultVersionID string `xml:"DefaultVersionId"`
	Description      string `xml:",omitempty"`
	Attachments      int    `xml:"AttachmentCount"`
	Boundaries       int    `xml:"PermissionsBoundaryUsageCount"`
	IsAttachable     bool
	CreateDate       string
	UpdateDate       string
	Tags             []tag `xml:"Tags>member,omitempty"`
}

func (p policy) answer(used uses) policyAnswer {
	return policyAnswer{
		PolicyName: p.Name, PolicyID: p.ID, ARN: p.arn(), Path: p.Path, DefaultVersionID: p.Default,
		Description: p.Description, Attachments: used.attachments, Boundaries: used.boundaries, IsAttachable: true,
		CreateDate: timestamp(p.Created), UpdateDate: timestamp(p.Updated), Tags: sorted(p.Tags),
	}
}

// uses is how many roles have a policy attached, and as their boundary.
type uses struct{ attachments, boundaries int }

func (s *Service) uses(tx store.Tx, p policy) (used uses, err error) {
	err = s.roles.Scan(tx, p.Account+"\x00", "", func(_ string, r role) bool {
		if slices.Contains(r.Attached, p.arn()) {
			used.attachments++
		}
		if r.Boundary == p.arn() {
			used.boundaries++
		}
		return true
	})
	return used, err
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

func createPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("PolicyName", "PolicyDocument"); err != nil {
		return nil, err
	}
	p := policy{
		Account: account, Name: f.Get("PolicyName"), Path: path(f), ID: newID("ANPA"),
		Description: f.Get("Description"), Created: s.now(), Updated: s.now(), Default: "v1",
	}
	if err := cmp.Or(checkPolicyName(p.Name), checkPath(p.Path), checkDescription(p.Description)); err != nil {
		return nil, err
	}
	var err error
	if p.Tags, err = tagsOf(f, nil); err != nil {
		return nil, err
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
	return struct{ Policy policyAnswer }{p.answer(uses{})}, s.policies.Put(tx, p.arn(), p)
}

func getPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	used, err := s.uses(tx, p)
	return struct{ Policy policyAnswer }{p.answer(used)}, err
}

func getPolicyVersion(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	v := p.version(f.Get("VersionId"))
	if v.ID == "" {
		return nil, noSuchEntity("Policy %s version %s does not exist or is not attachable.", p.arn(), f.Get("VersionId"))
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
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
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
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
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

func deletePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	if len(p.Versions) > 1 {
		return nil, api.Errorf(http.StatusConflict, "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	used, err := s.uses(tx, p)
	if err != nil {
		return nil, err
	}
	if used.attachments+used.boundaries > 0 {
		return nil, api.Errorf(http.StatusConflict, "DeleteConflict", "Cannot delete a policy attached to entities.")
	}
	return nil, s.policies.Delete(tx, p.arn())
}

func tagPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	if p.Tags, err = tagsOf(f, p.Tags); err != nil {
		return nil, err
	}
	return nil, s.policies.Put(tx, p.arn(), p)
}

func untagPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	for _, key := range f.List("TagKeys") {
		delete(p.Tags, key)
	}
	return nil, s.policies.Put(tx, p.arn(), p)
}

package iam

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

// policy is a row of the table of customer-managed policies, by ARN.
type policy struct {
	Account, Name, Path, ID, Description string
	Tags                                 map[string]string
	Created, Updated                     time.Time
	Default                              string // id of the version that counts
	Made                                 int    // how many versions were ever made
	Versions                             []version
}

func (p policy) arn() string { return "arn:aws:iam::" + p.Account + ":policy" + p.Path + p.Name }

// policy finds a policy of an account or of AWS, or says that there is none of that
// ARN: the policies of other accounts are none of an account's business.
func (s *Service) policy(tx store.Tx, account, arn string) (policy, error) {
	p, found, err := s.anyPolicy(tx, arn)
	if err == nil && (!found || p.Account != account && p.Account != awsAccount) {
		err = noSuchEntity("Policy %s does not exist or is not attachable.", arn)
	}
	return p, err
}

// ownPolicy finds a policy that the account may change, which it may not with AWS's.
func (s *Service) ownPolicy(tx store.Tx, account, arn string) (policy, error) {
	p, err := s.policy(tx, account, arn)
	if err == nil && p.Account != account {
		err = api.Errorf(http.StatusForbidden, "AccessDenied", "Policy %s belongs to AWS and cannot be changed.", arn)
	}
	return p, err
}

// anyPolicy finds a policy of whatever account.
func (s *Service) anyPolicy(tx store.Tx, arn string) (policy, bool, error) {
	if p, found := awsManagedByARN(arn); found {
		return p, true, nil
	}
	return s.policies.Get(tx, arn)
}

// splitPolicyARN reads path and name of arn:aws:iam::account:policy/path/name.
func splitPolicyARN(arn string) (path, name string) {
	_, resource, _ := strings.Cut(arn, ":policy")
	slash := strings.LastIndexByte(resource, '/') + 1
	return resource[:slash], resource[slash:]
}

func policyByARN(_ *Service, _ string, f query.Form) (string, error) { return f.Get("PolicyArn"), nil }

func managedPolicyCalls() map[string]call {
	byName := func(_ *Service, account string, f query.Form) (string, error) {
		return policy{Account: account, Path: path(f), Name: f.Get("PolicyName")}.arn(), nil
	}
	return map[string]call{
		"CreatePolicy":          {resource: byName, do: createPolicy},
		"GetPolicy":             {resource: policyByARN, do: getPolicy, reads: true},
		"ListPolicies":          {resource: anything, do: listPolicies, reads: true},
		"ListEntitiesForPolicy": {resource: policyByARN, do: listEntities, reads: true},
		"DeletePolicy":          {resource: policyByARN, do: deletePolicy},
		"TagPolicy":             {resource: policyByARN, do: tagPolicy},
		"UntagPolicy":           {resource: policyByARN, do: untagPolicy},
		"ListPolicyTags":        {resource: policyByARN, do: listPolicyTags, reads: true},
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

// uses is how many roles and users of an account have a policy attached, and as their
// boundary.
type uses struct{ attachments, boundaries int }

func (s *Service) uses(tx store.Tx, account string, p policy) (used uses, err error) {
	for _, k := range []kind{aRole, aUser} {
		err := k.each(s, tx, account, func(e entity) bool {
			if slices.Contains(e.Attached, p.arn()) {
				used.attachments++
			}
			if e.Boundary == p.arn() {
				used.boundaries++
			}
			return true
		})
		if err != nil {
			return used, err
		}
	}
	return used, nil
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
	// A name is taken under whatever path and in whatever case
	// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html).
	taken := false
	err = s.policies.Scan(tx, "arn:aws:iam::"+account+":policy/", "", func(_ string, other policy) bool {
		taken = strings.EqualFold(other.Name, p.Name)
		return !taken
	})
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
	used, err := s.uses(tx, account, p)
	return struct{ Policy policyAnswer }{p.answer(used)}, err
}

func deletePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.ownPolicy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	if len(p.Versions) > 1 {
		return nil, deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	used, err := s.uses(tx, account, p)
	if err != nil {
		return nil, err
	}
	if used.attachments+used.boundaries > 0 {
		return nil, deleteConflict("Cannot delete a policy attached to entities.")
	}
	return nil, s.policies.Delete(tx, p.arn())
}

func tagPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.ownPolicy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	if p.Tags, err = tagsOf(f, p.Tags); err != nil {
		return nil, err
	}
	return nil, s.policies.Put(tx, p.arn(), p)
}

func untagPolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.ownPolicy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	for _, key := range f.List("TagKeys") {
		delete(p.Tags, key)
	}
	return nil, s.policies.Put(tx, p.arn(), p)
}

func listPolicyTags(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	return listTags(f, p.Tags)
}

// listPolicies lists the account's policies and AWS's, as Scope asks for.
func listPolicies(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	var all []policy
	scope := f.Get("Scope")
	if scope != "Local" {
		all = append(all, ofAWS...)
	}
	if scope != "AWS" {
		err := s.policies.Scan(tx, "arn:aws:iam::"+account+":", "", func(_ string, p policy) bool {
			all = append(all, p)
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	var answers []policyAnswer
	for _, p := range all {
		used, err := s.uses(tx, account, p)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(p.Path, f.Get("PathPrefix")) && used.wanted(f) {
			a := p.answer(used)
			a.Tags, a.Description = nil, "" // ListPolicies leaves them out
			answers = append(answers, a)
		}
	}
	slices.SortFunc(answers, func(a, b policyAnswer) int { return strings.Compare(a.ARN, b.ARN) })
	answers, next, err := paginateList(f, answers, func(a policyAnswer) string { return a.ARN })
	return struct {
		Policies []policyAnswer `xml:"Policies>member"`
		page
	}{answers, next}, err
}

// wanted tells whether a policy is used as OnlyAttached and PolicyUsageFilter ask.
func (u uses) wanted(f query.Form) bool {
	switch f.Get("PolicyUsageFilter") {
	case "PermissionsBoundary":
		return u.boundaries > 0
	case "PermissionsPolicy":
		return u.attachments > 0
	default:
		return f.Get("OnlyAttached") != "true" || u.attachments+u.boundaries > 0
	}
}

// listEntities lists who has a policy attached, or as the boundary.
func listEntities(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.policy(tx, account, f.Get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	type found struct {
		kind     kind
		id, name string
	}
	var all []found
	for _, k := range []kind{aRole, aUser} {
		if filter := f.Get("EntityFilter"); filter != "" && filter != string(k) {
			continue
		}
		err := k.each(s, tx, account, func(e entity) bool {
			has := slices.Contains(e.Attached, p.arn())
			if f.Get("PolicyUsageFilter") == "PermissionsBoundary" {
				has = e.Boundary == p.arn()
			}
			if has && strings.HasPrefix(e.Path, f.Get("PathPrefix")) {
				all = append(all, found{k, e.ID, e.Name})
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	all, next, err := paginateList(f, all, func(e found) string { return store.Key(string(e.kind), e.name) })
	type roleEntry struct {
		Name string `xml:"RoleName"`
		ID   string `xml:"RoleId"`
	}
	type userEntry struct {
		Name string `xml:"UserName"`
		ID   string `xml:"UserId"`
	}
	answer := struct {
		Roles  []roleEntry `xml:"PolicyRoles>member"`
		Users  []userEntry `xml:"PolicyUsers>member"`
		Groups struct{}    `xml:"PolicyGroups"`
		page
	}{page: next}
	for _, e := range all {
		if e.kind == aRole {
			answer.Roles = append(answer.Roles, roleEntry{e.name, e.id})
		} else {
			answer.Users = append(answer.Users, userEntry{e.name, e.id})
		}
	}
	return answer, err
}

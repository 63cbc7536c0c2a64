package iam

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

// entity is what roles and users have in common.
type entity struct {
	Account, Name, Path, ID string
	Created                 time.Time
	Tags                    map[string]string
	Inline                  map[string]string // policy documents by name
	Attached                []string          // ARNs of managed policies
	Boundary                string            // ARN, or empty
}

// kind tells roles and users apart, by the word that IAM's actions, parameters and
// answers have for them.
type kind string

const (
	aRole kind = "Role"
	aUser kind = "User"
)

// noun is the kind in a sentence.
func (k kind) noun() string { return strings.ToLower(string(k)) }

// name is the name of the role or user that a request is about.
func (k kind) name(f query.Form) string { return f.Get(string(k) + "Name") }

func (k kind) arn(e entity) string {
	return "arn:aws:iam::" + e.Account + ":" + k.noun() + e.Path + e.Name
}

// get finds a role or a user, or says that there is none.
func (k kind) get(s *Service, tx store.Tx, account string, f query.Form) (entity, error) {
	if k == aUser {
		u, err := s.user(tx, account, f)
		return u.entity, err
	}
	r, err := s.role(tx, account, f)
	return r.entity, err
}

// change finds a role or a user, changes it and keeps it.
func (k kind) change(s *Service, tx store.Tx, account string, f query.Form, how func(*entity) error) error {
	if k == aUser {
		return s.changeUser(tx, account, f, func(u *user) error { return how(&u.entity) })
	}
	return s.changeRole(tx, account, f, func(r *role) error { return how(&r.entity) })
}

// made is the ARN of what a request asks to make.
func (k kind) made(_ *Service, account string, f query.Form) (string, error) {
	return k.arn(entity{Account: account, Path: path(f), Name: k.name(f)}), nil
}

// existing is the ARN of what a request names, without its path. One that is not there
// is asked about as if it were at the root.
func (k kind) existing(s *Service, account string, f query.Form) (arn string, err error) {
	err = s.db.View(func(tx store.Tx) error {
		e, found, err := k.find(s, tx, account, k.name(f))
		if !found {
			e = entity{Account: account, Path: "/", Name: k.name(f)}
		}
		arn = k.arn(e)
		return err
	})
	return arn, err
}

// find is get for whom a missing one is no error.
func (k kind) find(s *Service, tx store.Tx, account, name string) (entity, bool, error) {
	if k == aUser {
		u, found, err := s.users.Get(tx, store.Key(account, name))
		return u.entity, found, err
	}
	r, found, err := s.roles.Get(tx, store.Key(account, name))
	return r.entity, found, err
}

// each visits the roles or users of an account in the order of their names.
func (k kind) each(s *Service, tx store.Tx, account string, visit func(entity) bool) error {
	if k == aUser {
		return s.users.Scan(tx, account+"\x00", "", func(_ string, u user) bool { return visit(u.entity) })
	}
	return s.roles.Scan(tx, account+"\x00", "", func(_ string, r role) bool { return visit(r.entity) })
}

// checkFree refuses a name that is taken, in whatever case
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html).
func (k kind) checkFree(s *Service, tx store.Tx, account, name string) error {
	taken := false
	err := k.each(s, tx, account, func(e entity) bool {
		taken = strings.EqualFold(e.Name, name)
		return !taken
	})
	if err == nil && taken {
		err = api.Errorf(http.StatusConflict, "EntityAlreadyExists", "%s with name %s already exists.", k, name)
	}
	return err
}

// checkUnused refuses to delete what still has policies.
func (e entity) checkUnused() error {
	if len(e.Inline) > 0 {
		return deleteConflict("Cannot delete entity, must delete policies first.")
	}
	if len(e.Attached) > 0 {
		return deleteConflict("Cannot delete entity, must detach all policies first.")
	}
	return nil
}

var (
	entityName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	pathForm   = regexp.MustCompile(`^(/|/[\x21-\x7e]+/)$`)
)

// newEntity reads what CreateRole and CreateUser have in common.
func (k kind) newEntity(s *Service, tx store.Tx, account string, f query.Form) (entity, error) {
	e := entity{
		Account: account, Name: k.name(f), Path: path(f), Created: s.now(),
		Boundary: f.Get("PermissionsBoundary"), Inline: map[string]string{},
	}
	if !entityName.MatchString(e.Name) {
		return e, invalid("The specified value for " + k.noun() + "Name is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	}
	if err := checkPath(e.Path); err != nil {
		return e, err
	}
	var err error
	if e.Tags, err = tagsOf(f, nil); err != nil {
		return e, err
	}
	if e.Boundary != "" {
		if _, err := s.policy(tx, account, e.Boundary); err != nil {
			return e, err
		}
	}
	return e, k.checkFree(s, tx, account, e.Name)
}

func path(f query.Form) string {
	if p := f.Get("Path"); p != "" {
		return p
	}
	return "/"
}

func checkPath(path string) error {
	if len(path) > maxPath || !pathForm.MatchString(path) {
		return invalid("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	}
	return nil
}

// maxPath is the length of a path in characters.
const maxPath = 512

type boundary struct {
	Type string `xml:"PermissionsBoundaryType"`
	ARN  string `xml:"PermissionsBoundaryArn"`
}

func (e entity) boundary() *boundary {
	if e.Boundary == "" {
		return nil
	}
	return &boundary{"PermissionsBoundaryPolicy", e.Boundary}
}

// tagCalls are the calls for tags of a role or user.
func tagCalls(k kind) map[string]call {
	return map[string]call{
		"Tag" + string(k): {resource: k.existing, do: func(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
			return nil, k.change(s, tx, account, f, func(e *entity) (err error) {
				e.Tags, err = tagsOf(f, e.Tags)
				return err
			})
		}},
		"Untag" + string(k): {resource: k.existing, do: func(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
			return nil, k.change(s, tx, account, f, func(e *entity) error {
				for _, key := range f.List("TagKeys") {
					delete(e.Tags, key)
				}
				return nil
			})
		}},
		"List" + string(k) + "Tags": {resource: k.existing, reads: true, do: func(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
			e, err := k.get(s, tx, account, f)
			if err != nil {
				return nil, err
			}
			return listTags(f, e.Tags)
		}},
	}
}

// conditionKeys are the keys that IAM's own calls add to a request
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html).
func (s *Service) conditionKeys(account string, f query.Form) (map[string][]string, error) {
	keys := map[string][]string{}
	for _, t := range f.Members("Tags") {
		keys["aws:requesttag/"+strings.ToLower(t["Key"])] = []string{t["Value"]}
		keys["aws:tagkeys"] = append(keys["aws:tagkeys"], t["Key"])
	}
	keys["aws:tagkeys"] = append(keys["aws:tagkeys"], f.List("TagKeys")...)
	if arn := f.Get("PolicyArn"); arn != "" {
		keys["iam:policyarn"] = []string{arn}
	}
	err := s.db.View(func(tx store.Tx) error {
		for _, k := range []kind{aRole, aUser} {
			e, found, err := k.find(s, tx, account, k.name(f))
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			for name, value := range e.Tags {
				keys["aws:resourcetag/"+strings.ToLower(name)] = []string{value}
				keys["iam:resourcetag/"+strings.ToLower(name)] = []string{value}
			}
			if e.Boundary != "" {
				keys["iam:permissionsboundary"] = []string{e.Boundary}
			}
		}
		return nil
	})
	if arn := f.Get("PermissionsBoundary"); arn != "" {
		keys["iam:permissionsboundary"] = []string{arn}
	}
	return keys, err
}

// policiesOf reads the policies of a role or user.
func (s *Service) policiesOf(tx store.Tx, k kind, e entity) (identity.Policies, error) {
	policies := identity.Policies{Tags: maps.Clone(e.Tags)}
	for _, name := range slices.Sorted(maps.Keys(e.Inline)) {
		p, err := s.parsed.parse("policy "+name+" of "+k.arn(e), e.Inline[name])
		if err != nil {
			return policies, err
		}
		policies.Identity = append(policies.Identity, p)
	}
	for _, arn := range e.Attached {
		p, err := s.managed(tx, arn)
		if err != nil {
			return policies, err
		}
		policies.Identity = append(policies.Identity, p)
	}
	if e.Boundary == "" {
		return policies, nil
	}
	p, err := s.managed(tx, e.Boundary)
	policies.Boundary = &p
	return policies, err
}

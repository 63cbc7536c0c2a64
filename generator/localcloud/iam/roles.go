package iam

import (
	"cmp"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
	"sendform/generator/localcloud/sts"
)

// role is a row of the table of roles, by account and name.
type role struct {
	Account, Name, Path, ID string
	Description             string
	Trust                   string // its policy document
	MaxSessionSeconds       int
	Created                 time.Time
	Tags                    map[string]string
	Inline                  map[string]string // documents by name
	Attached                []string          // ARNs of managed policies
	Boundary                string            // ARN, or empty
}

func (r role) arn() string { return roleARN(r.Account, r.Path, r.Name) }

func roleCalls() map[string]call {
	return map[string]call{
		"CreateRole":                  {resource: newRole, do: createRole},
		"GetRole":                     {resource: theRole, do: getRole, reads: true},
		"DeleteRole":                  {resource: theRole, do: deleteRole},
		"UpdateRole":                  {resource: theRole, do: updateRole},
		"UpdateRoleDescription":       {resource: theRole, do: updateRoleDescription},
		"UpdateAssumeRolePolicy":      {resource: theRole, do: updateAssumeRolePolicy},
		"ListRoles":                   {resource: anything, do: listRoles, reads: true},
		"TagRole":                     {resource: theRole, do: tagRole},
		"UntagRole":                   {resource: theRole, do: untagRole},
		"ListRoleTags":                {resource: theRole, do: listRoleTags, reads: true},
		"ListInstanceProfilesForRole": {resource: theRole, do: listInstanceProfiles, reads: true},
	}
}

func newRole(_ *Service, account string, f query.Form) (string, error) {
	return roleARN(account, path(f), f.Get("RoleName")), nil
}

func path(f query.Form) string {
	if p := f.Get("Path"); p != "" {
		return p
	}
	return "/"
}

// roleAnswer is a role as IAM answers it.
type roleAnswer struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	ARN                      string `xml:"Arn"`
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string `xml:",omitempty"`
	MaxSessionDuration       int
	PermissionsBoundary      *boundary `xml:",omitempty"`
	Tags                     []tag     `xml:"Tags>member,omitempty"`
	RoleLastUsed             struct{}
}

type boundary struct {
	Type string `xml:"PermissionsBoundaryType"`
	ARN  string `xml:"PermissionsBoundaryArn"`
}

func (r role) answer() roleAnswer {
	a := roleAnswer{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: r.arn(), CreateDate: timestamp(r.Created),
		AssumeRolePolicyDocument: encode(r.Trust), Description: r.Description,
		MaxSessionDuration: r.MaxSessionSeconds, Tags: sorted(r.Tags),
	}
	if r.Boundary != "" {
		a.PermissionsBoundary = &boundary{"PermissionsBoundaryPolicy", r.Boundary}
	}
	return a
}

// role finds a role, or says that there is none.
func (s *Service) role(tx store.Tx, account string, f query.Form) (role, error) {
	name := f.Get("RoleName")
	r, found, err := s.roles.Get(tx, store.Key(account, name))
	if err == nil && !found {
		err = noSuchEntity("The role with name %s cannot be found.", name)
	}
	return r, err
}

// change finds a role, changes it and keeps it.
func (s *Service) change(tx store.Tx, account string, f query.Form, how func(*role) error) error {
	r, err := s.role(tx, account, f)
	if err != nil {
		return err
	}
	if err := how(&r); err != nil {
		return err
	}
	return s.roles.Put(tx, store.Key(account, r.Name), r)
}

var (
	roleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	pathForm = regexp.MustCompile(`^(/|/[\x21-\x7e]+/)$`)
)

const (
	defaultSession = 3600 // seconds, as the next two
	minSession     = 3600
	maxSession     = 43200
	maxDescription = 1000 // characters
)

func createRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("RoleName", "AssumeRolePolicyDocument"); err != nil {
		return nil, err
	}
	r := role{
		Account: account, Name: f.Get("RoleName"), Path: path(f), ID: newID("AROA"),
		Description: f.Get("Description"), Trust: f.Get("AssumeRolePolicyDocument"),
		MaxSessionSeconds: defaultSession, Created: s.now(), Boundary: f.Get("PermissionsBoundary"),
		Inline: map[string]string{},
	}
	if !roleName.MatchString(r.Name) {
		return nil, invalid("The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	}
	if err := cmp.Or(checkPath(r.Path), setMaxSession(&r, f), checkDescription(r.Description), checkTrust(r.Trust)); err != nil {
		return nil, err
	}
	var err error
	if r.Tags, err = tagsOf(f, nil); err != nil {
		return nil, err
	}
	if r.Boundary != "" {
		if _, err := s.policy(tx, account, r.Boundary); err != nil {
			return nil, err
		}
	}
	if err := s.checkFree(tx, account, r.Name); err != nil {
		return nil, err
	}
	return struct{ Role roleAnswer }{r.answer()}, s.roles.Put(tx, store.Key(account, r.Name), r)
}

// checkFree refuses a name that a role has, in whatever case
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html).
func (s *Service) checkFree(tx store.Tx, account, name string) error {
	taken := false
	err := s.roles.Scan(tx, account+"\x00", "", func(_ string, r role) bool {
		taken = strings.EqualFold(r.Name, name)
		return !taken
	})
	if err == nil && taken {
		err = api.Errorf(http.StatusConflict, "EntityAlreadyExists", "Role with name %s already exists.", name)
	}
	return err
}

func checkPath(path string) error {
	if !pathForm.MatchString(path) {
		return invalid("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	}
	return nil
}

func checkDescription(text string) error {
	if utf8.RuneCountInString(text) > maxDescription {
		return invalid("1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 1000")
	}
	return nil
}

func setMaxSession(r *role, f query.Form) error {
	text := f.Get("MaxSessionDuration")
	if text == "" {
		return nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < minSession || seconds > maxSession {
		return invalid("1 validation error detected: Value '" + text + "' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200")
	}
	r.MaxSessionSeconds = seconds
	return nil
}

func getRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	r, err := s.role(tx, account, f)
	return struct{ Role roleAnswer }{r.answer()}, err
}

func deleteRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	r, err := s.role(tx, account, f)
	if err != nil {
		return nil, err
	}
	if len(r.Inline) > 0 {
		return nil, api.Errorf(http.StatusConflict, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	}
	if len(r.Attached) > 0 {
		return nil, api.Errorf(http.StatusConflict, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	}
	return nil, s.roles.Delete(tx, store.Key(account, r.Name))
}

func updateRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return struct{}{}, s.change(tx, account, f, func(r *role) error {
		if f.Has("Description") {
			r.Description = f.Get("Description")
		}
		return cmp.Or(checkDescription(r.Description), setMaxSession(r, f))
	})
}

func updateRoleDescription(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	var after role
	err := s.change(tx, account, f, func(r *role) error {
		r.Description = f.Get("Description")
		after = *r
		return checkDescription(r.Description)
	})
	return struct{ Role roleAnswer }{after.answer()}, err
}

func updateAssumeRolePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("PolicyDocument"); err != nil {
		return nil, err
	}
	return nil, s.change(tx, account, f, func(r *role) error {
		r.Trust = f.Get("PolicyDocument")
		return checkTrust(r.Trust)
	})
}

func listRoles(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	prefix := f.Get("PathPrefix")
	var roles []roleAnswer
	next, err := paginate(f, func(after string, limit int) (string, error) {
		last := ""
		err := s.roles.Scan(tx, account+"\x00", after, func(key string, r role) bool {
			if !strings.HasPrefix(r.Path, prefix) {
				return true
			}
			if len(roles) == limit {
				last = store.Key(account, roles[limit-1].RoleName)
				return false
			}
			a := r.answer()
			a.Tags, a.PermissionsBoundary = nil, nil // ListRoles leaves them out
			roles = append(roles, a)
			return true
		})
		return last, err
	})
	return struct {
		Roles []roleAnswer `xml:"Roles>member"`
		page
	}{roles, next}, err
}

func tagRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return nil, s.change(tx, account, f, func(r *role) (err error) {
		r.Tags, err = tagsOf(f, r.Tags)
		return err
	})
}

func untagRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return nil, s.change(tx, account, f, func(r *role) error {
		for _, key := range f.List("TagKeys") {
			delete(r.Tags, key)
		}
		return nil
	})
}

func listRoleTags(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	r, err := s.role(tx, account, f)
	if err != nil {
		return nil, err
	}
	tags, next, err := paginateList(f, sorted(r.Tags), func(t tag) string { return t.Key })
	return struct {
		Tags []tag `xml:"Tags>member"`
		page
	}{tags, next}, err
}

func listInstanceProfiles(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	_, err := s.role(tx, account, f)
	return struct {
		InstanceProfiles struct{}
		page
	}{}, err
}

// RoleByARN implements [sts.Roles].
func (s *Service) RoleByARN(arn string) (found sts.Role, ok bool, err error) {
	account, name := splitRoleARN(arn)
	err = s.db.View(func(tx store.Tx) error {
		r, has, err := s.roles.Get(tx, store.Key(account, name))
		if err != nil || !has || r.arn() != arn {
			return err
		}
		ok = true
		found = sts.Role{
			ARN: r.arn(), ID: r.ID, Account: account, Trust: r.Trust,
			MaxSession: time.Duration(r.MaxSessionSeconds) * time.Second,
		}
		return nil
	})
	return found, ok, err
}

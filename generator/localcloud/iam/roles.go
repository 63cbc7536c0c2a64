package iam

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

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

func newRole(account string, f query.Form) string {
	return roleARN(account, path(f), f.Get("RoleName"))
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

type tag struct{ Key, Value string }

func (r role) answer() roleAnswer {
	a := roleAnswer{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: r.arn(), CreateDate: timestamp(r.Created),
		AssumeRolePolicyDocument: encode(r.Trust), Description: r.Description,
		MaxSessionDuration: r.MaxSessionSeconds, Tags: r.tags(),
	}
	if r.Boundary != "" {
		a.PermissionsBoundary = &boundary{"PermissionsBoundaryPolicy", r.Boundary}
	}
	return a
}

// encode writes a document as IAM answers it: percent-encoded by RFC 3986.
func encode(document string) string { return url.PathEscape(document) }

func (r role) tags() []tag {
	var tags []tag
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		tags = append(tags, tag{key, r.Tags[key]})
	}
	return tags
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
	defaultSession = 3600
	minSession     = 3600
	maxSession     = 43200
)

func createRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("RoleName", "AssumeRolePolicyDocument"); err != nil {
		return nil, err
	}
	r := role{
		Account: account, Name: f.Get("RoleName"), Path: path(f), ID: newID("AROA"),
		Description: f.Get("Description"), Trust: f.Get("AssumeRolePolicyDocument"),
		MaxSessionSeconds: defaultSession, Created: s.now(), Boundary: f.Get("PermissionsBoundary"),
		Tags: tagsOf(f), Inline: map[string]string{},
	}
	if !roleName.MatchString(r.Name) {
		return nil, invalid("The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	}
	if !pathForm.MatchString(r.Path) {
		return nil, invalid("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	}
	if err := setMaxSession(&r, f); err != nil {
		return nil, err
	}
	if _, err := parsePolicy(r.Trust); err != nil {
		return nil, err
	}
	key := store.Key(account, r.Name)
	_, taken, err := s.roles.Get(tx, key)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, api.Errorf(http.StatusConflict, "EntityAlreadyExists", "Role with name %s already exists.", r.Name)
	}
	return struct{ Role roleAnswer }{r.answer()}, s.roles.Put(tx, key, r)
}

func invalid(message string) error {
	return api.Errorf(http.StatusBadRequest, "ValidationError", "%s", message)
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

func tagsOf(f query.Form) map[string]string {
	tags := map[string]string{}
	for _, t := range f.Members("Tags") {
		tags[t["Key"]] = t["Value"]
	}
	return tags
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
		return setMaxSession(r, f)
	})
}

func updateRoleDescription(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	var after role
	err := s.change(tx, account, f, func(r *role) error {
		r.Description = f.Get("Description")
		after = *r
		return nil
	})
	return struct{ Role roleAnswer }{after.answer()}, err
}

func updateAssumeRolePolicy(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("PolicyDocument"); err != nil {
		return nil, err
	}
	return nil, s.change(tx, account, f, func(r *role) error {
		r.Trust = f.Get("PolicyDocument")
		_, err := parsePolicy(r.Trust)
		return err
	})
}

func listRoles(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	prefix := f.Get("PathPrefix")
	var roles []roleAnswer
	next, err := paginate(f, func(after string, limit int) (string, error) {
		last := ""
		err := s.roles.Scan(tx, account+"\x00", after, func(key string, r role) bool {
			if len(r.Path) < len(prefix) || r.Path[:len(prefix)] != prefix {
				return true
			}
			if len(roles) == limit {
				last = store.Key(account, roles[limit-1].RoleName)
				return false
			}
			roles = append(roles, r.answer())
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
	return nil, s.change(tx, account, f, func(r *role) error {
		if r.Tags == nil {
			r.Tags = map[string]string{}
		}
		maps.Copy(r.Tags, tagsOf(f))
		return nil
	})
}

func untagRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return nil, s.change(tx, account, f, func(r *role) error {
		for _, key := range f.Members("TagKeys") {
			delete(r.Tags, key[""])
		}
		return nil
	})
}

func listRoleTags(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	r, err := s.role(tx, account, f)
	return struct {
		Tags []tag `xml:"Tags>member"`
		page
	}{r.tags(), page{}}, err
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

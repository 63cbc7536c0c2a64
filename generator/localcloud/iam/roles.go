package iam

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
	"sendform/generator/localcloud/sts"
)

// role is a row of the table of roles, by account and name.
type role struct {
	entity
	Description       string
	Trust             string // its policy document
	MaxSessionSeconds int
}

func (r role) arn() string { return aRole.arn(r.entity) }

func roleCalls() map[string]call {
	return map[string]call{
		"CreateRole":                  {resource: aRole.made, do: createRole},
		"GetRole":                     {resource: aRole.existing, do: getRole, reads: true},
		"DeleteRole":                  {resource: aRole.existing, do: deleteRole},
		"UpdateRole":                  {resource: aRole.existing, do: updateRole},
		"UpdateRoleDescription":       {resource: aRole.existing, do: updateRoleDescription},
		"UpdateAssumeRolePolicy":      {resource: aRole.existing, do: updateAssumeRolePolicy},
		"ListRoles":                   {resource: anything, do: listRoles, reads: true},
		"ListInstanceProfilesForRole": {resource: aRole.existing, do: listInstanceProfiles, reads: true},
	}
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

func (r role) answer() roleAnswer {
	return roleAnswer{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: r.arn(), CreateDate: timestamp(r.Created),
		AssumeRolePolicyDocument: encode(r.Trust), Description: r.Description,
		MaxSessionDuration: r.MaxSessionSeconds, Tags: sorted(r.Tags),
		PermissionsBoundary: r.boundary(),
	}
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

// changeRole finds a role, changes it and keeps it.
func (s *Service) changeRole(tx store.Tx, account string, f query.Form, how func(*role) error) error {
	r, err := s.role(tx, account, f)
	if err != nil {
		return err
	}
	if err := how(&r); err != nil {
		return err
	}
	return s.roles.Put(tx, store.Key(account, r.Name), r)
}

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
	e, err := aRole.newEntity(s, tx, account, f)
	if err != nil {
		return nil, err
	}
	e.ID = newID("AROA")
	r := role{
		entity: e, Description: f.Get("Description"), Trust: f.Get("AssumeRolePolicyDocument"),
		MaxSessionSeconds: defaultSession,
	}
	if err := cmp.Or(setMaxSession(&r, f), checkDescription(r.Description), checkTrust(r.Trust)); err != nil {
		return nil, err
	}
	return struct{ Role roleAnswer }{r.answer()}, s.roles.Put(tx, store.Key(account, r.Name), r)
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
	if err := r.checkUnused(); err != nil {
		return nil, err
	}
	return nil, s.roles.Delete(tx, store.Key(account, r.Name))
}

func updateRole(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return struct{}{}, s.changeRole(tx, account, f, func(r *role) error {
		if f.Has("Description") {
			r.Description = f.Get("Description")
		}
		return cmp.Or(checkDescription(r.Description), setMaxSession(r, f))
	})
}

func updateRoleDescription(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	var after role
	err := s.changeRole(tx, account, f, func(r *role) error {
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
	return nil, s.changeRole(tx, account, f, func(r *role) error {
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

// splitRoleARN reads account and name of arn:aws:iam::account:role/path/name.
func splitRoleARN(arn string) (account, name string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") {
		return "", ""
	}
	return parts[4], arn[strings.LastIndexByte(arn, '/')+1:]
}

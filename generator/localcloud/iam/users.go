package iam

import (
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

// user is a row of the table of users, by account and name.
type user struct {
	entity
	Keys []accessKey
}

func userCalls() map[string]call {
	return map[string]call{
		"CreateUser":        {resource: aUser.made, do: createUser},
		"GetUser":           {resource: aUser.existing, do: getUser, reads: true},
		"DeleteUser":        {resource: aUser.existing, do: deleteUser},
		"ListUsers":         {resource: anything, do: listUsers, reads: true},
		"ListGroupsForUser": {resource: aUser.existing, do: listGroups, reads: true},
		"CreateAccessKey":   {resource: aUser.existing, do: createAccessKey},
		"ListAccessKeys":    {resource: aUser.existing, do: listAccessKeys, reads: true},
		"UpdateAccessKey":   {resource: aUser.existing, do: updateAccessKey},
		"DeleteAccessKey":   {resource: aUser.existing, do: deleteAccessKey},
	}
}

// ownUser fills in the caller's own name where a call about users names none. asRoot
// says that the call is about the account's root user, of whom only GetUser knows.
func ownUser(action string, p api.Principal, f query.Form) (asRoot bool, err error) {
	switch action {
	case "GetUser", "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey":
	default:
		return false, nil
	}
	switch {
	case f.Get("UserName") != "":
		return false, nil
	case p.Kind == api.User:
		f.Set("UserName", p.UserName())
		return false, nil
	case p.Kind == api.Root && action == "GetUser":
		return true, nil
	}
	return false, invalid("Must specify userName when calling with non-User credentials")
}

// userAnswer is a user as IAM answers it.
type userAnswer struct {
	Path                string `xml:",omitempty"`
	UserName            string `xml:",omitempty"`
	UserID              string `xml:"UserId"`
	ARN                 string `xml:"Arn"`
	CreateDate          string
	PermissionsBoundary *boundary `xml:",omitempty"`
	Tags                []tag     `xml:"Tags>member,omitempty"`
}

func (u user) answer() userAnswer {
	return userAnswer{
		Path: u.Path, UserName: u.Name, UserID: u.ID, ARN: aUser.arn(u.entity), CreateDate: timestamp(u.Created),
		PermissionsBoundary: u.boundary(), Tags: sorted(u.Tags),
	}
}

// rootUser is what GetUser answers to the root user of an account.
func rootUser(account string, now time.Time) any {
	return struct{ User userAnswer }{userAnswer{
		UserID: account, ARN: "arn:aws:iam::" + account + ":root", CreateDate: timestamp(now),
	}}
}

// user finds a user, or says that there is none.
func (s *Service) user(tx store.Tx, account string, f query.Form) (user, error) {
	name := f.Get("UserName")
	u, found, err := s.users.Get(tx, store.Key(account, name))
	if err == nil && !found {
		err = noSuchEntity("The user with name %s cannot be found.", name)
	}
	return u, err
}

// changeUser finds a user, changes it and keeps it.
func (s *Service) changeUser(tx store.Tx, account string, f query.Form, how func(*user) error) error {
	u, err := s.user(tx, account, f)
	if err != nil {
		return err
	}
	if err := how(&u); err != nil {
		return err
	}
	return s.users.Put(tx, store.Key(account, u.Name), u)
}

func createUser(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("UserName"); err != nil {
		return nil, err
	}
	e, err := aUser.newEntity(s, tx, account, f)
	if err != nil {
		return nil, err
	}
	e.ID = newID("AIDA")
	u := user{entity: e}
	return struct{ User userAnswer }{u.answer()}, s.users.Put(tx, store.Key(account, u.Name), u)
}

func getUser(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	u, err := s.user(tx, account, f)
	return struct{ User userAnswer }{u.answer()}, err
}

func deleteUser(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	u, err := s.user(tx, account, f)
	if err != nil {
		return nil, err
	}
	if len(u.Keys) > 0 {
		return nil, deleteConflict("Cannot delete entity, must delete access keys first.")
	}
	if err := u.checkUnused(); err != nil {
		return nil, err
	}
	return nil, s.users.Delete(tx, store.Key(account, u.Name))
}

func listUsers(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	prefix := f.Get("PathPrefix")
	var all []userAnswer
	err := s.users.Scan(tx, account+"\x00", "", func(_ string, u user) bool {
		a := u.answer()
		a.Tags, a.PermissionsBoundary = nil, nil // ListUsers leaves them out
		if strings.HasPrefix(u.Path, prefix) {
			all = append(all, a)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	users, next, err := paginateList(f, all, func(u userAnswer) string { return u.UserName })
	return struct {
		Users []userAnswer `xml:"Users>member"`
		page
	}{users, next}, err
}

// listGroups answers that a user is in no group: there are none here.
func listGroups(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	_, err := s.user(tx, account, f)
	return struct {
		Groups struct{}
		page
	}{}, err
}

// accessKey is one key of a user. Its secret follows from its id, and is kept nowhere.
type accessKey struct {
	ID      string
	Active  bool
	Created time.Time
}

func (k accessKey) status() string {
	if k.Active {
		return "Active"
	}
	return "Inactive"
}

// owner is a row of the table of access keys, by id.
type owner struct{ Account, User string }

// maxKeys is how many access keys a user may have.
const maxKeys = 2

func createAccessKey(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	type answer struct {
		UserName        string
		AccessKeyID     string `xml:"AccessKeyId"`
		Status          string
		SecretAccessKey string
		CreateDate      string
	}
	made, err := s.keys.User(account)
	if err != nil {
		return nil, err
	}
	key := accessKey{ID: made.AccessKeyID, Active: true, Created: s.now()}
	err = s.changeUser(tx, account, f, func(u *user) error {
		if len(u.Keys) == maxKeys {
			return limitExceeded("Cannot exceed quota for AccessKeysPerUser: %d", maxKeys)
		}
		u.Keys = append(u.Keys, key)
		return s.owners.Put(tx, key.ID, owner{account, u.Name})
	})
	return struct{ AccessKey answer }{
		answer{f.Get("UserName"), key.ID, key.status(), made.SecretAccessKey, timestamp(key.Created)},
	}, err
}

func listAccessKeys(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	u, err := s.user(tx, account, f)
	if err != nil {
		return nil, err
	}
	type entry struct {
		UserName    string
		AccessKeyID string `xml:"AccessKeyId"`
		Status      string
		CreateDate  string
	}
	slices.SortFunc(u.Keys, func(a, b accessKey) int { return strings.Compare(a.ID, b.ID) })
	keys, next, err := paginateList(f, u.Keys, func(k accessKey) string { return k.ID })
	var list []entry
	for _, k := range keys {
		list = append(list, entry{u.Name, k.ID, k.status(), timestamp(k.Created)})
	}
	return struct {
		List []entry `xml:"AccessKeyMetadata>member"`
		page
	}{list, next}, err
}

func (u user) key(id string) (int, error) {
	i := slices.IndexFunc(u.Keys, func(k accessKey) bool { return k.ID == id })
	if i < 0 {
		return 0, noSuchEntity("The Access Key with id %s cannot be found.", id)
	}
	return i, nil
}

func updateAccessKey(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	status := f.Get("Status")
	if status != "Active" && status != "Inactive" {
		return nil, invalid("1 validation error detected: Value '" + status + "' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]")
	}
	return nil, s.changeUser(tx, account, f, func(u *user) error {
		i, err := u.key(f.Get("AccessKeyId"))
		if err == nil {
			u.Keys[i].Active = status == "Active"
		}
		return err
	})
}

func deleteAccessKey(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	return nil, s.changeUser(tx, account, f, func(u *user) error {
		i, err := u.key(f.Get("AccessKeyId"))
		if err != nil {
			return err
		}
		u.Keys = slices.Delete(u.Keys, i, i+1)
		return s.owners.Delete(tx, f.Get("AccessKeyId"))
	})
}

// UserByKey implements [identity.Users].
func (s *Service) UserByKey(accessKey string) (p api.Principal, ok bool, err error) {
	err = s.db.View(func(tx store.Tx) error {
		o, found, err := s.owners.Get(tx, accessKey)
		if err != nil || !found {
			return err
		}
		u, found, err := s.users.Get(tx, store.Key(o.Account, o.User))
		if err != nil || !found {
			return err
		}
		i, missing := u.key(accessKey)
		if missing != nil || !u.Keys[i].Active {
			return nil
		}
		p, ok = api.Principal{Kind: api.User, Account: u.Account, ARN: aUser.arn(u.entity), UserID: u.ID}, true
		return nil
	})
	return p, ok, err
}

// Package iam answers the calls of AWS's Identity and Access Management for roles,
// customer-managed policies and OIDC providers, and tells the front door which policies have a say
// in a role's requests.
//
// It must not decide what is allowed: package identity does.
package iam

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

const namespace = "https://iam.amazonaws.com/doc/2010-05-08/"

// Service answers IAM calls. IAM is global: an account's roles are the same in
// every region.
type Service struct {
	db        *store.Store
	now       func() time.Time
	roles     store.Table[role]
	policies  store.Table[policy]
	providers store.Table[provider]
}

// New makes the service.
func New(db *store.Store, now func() time.Time) *Service {
	return &Service{
		db: db, now: now,
		roles:     store.NewTable[role]("iam roles"),
		policies:  store.NewTable[policy]("iam policies"),
		providers: store.NewTable[provider]("iam oidc providers"),
	}
}

// call is one action: what it needs to be allowed, and what it does. Its result is
// the answer's …Result element; nil for none.
type call struct {
	resource func(s *Service, account string, f query.Form) (arn string, err error)
	do       func(s *Service, tx store.Tx, account string, f query.Form) (result any, err error)
	reads    bool
}

// WriteError implements [api.Service].
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	query.WriteError(w, r, namespace, e)
}

// Route implements [api.Service].
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	form, err := query.Parse(r)
	if err != nil {
		return api.Operation{}, err
	}
	action := form.Get("Action")
	c, known := calls()[action]
	if !known {
		return api.Operation{}, api.NotImplemented("iam", action)
	}
	if action == "GetUser" && r.Principal.Kind == api.AssumedRole && form.Get("UserName") == "" {
		return api.Operation{}, invalid("Must specify userName when calling with non-User credentials")
	}
	resource, err := c.resource(s, r.Account(), form)
	if err != nil {
		return api.Operation{}, err
	}
	access := []api.Access{{Action: "iam:" + action, Resource: resource}}
	return api.Operation{Name: action, Access: access, Handle: func(w http.ResponseWriter, r *api.Request) error {
		var result any
		run := func(tx store.Tx) (err error) {
			result, err = c.do(s, tx, r.Account(), form)
			return err
		}
		transaction := s.db.Update
		if c.reads {
			transaction = s.db.View
		}
		if err := transaction(run); err != nil {
			return err
		}
		return query.Write(w, r, namespace, action, result)
	}}, nil
}

func calls() map[string]call {
	all := map[string]call{}
	for _, some := range []map[string]call{roleCalls(), rolePolicyCalls(), managedPolicyCalls(), oidcCalls()} {
		maps.Copy(all, some)
	}
	all["GetUser"] = call{resource: anything, reads: true, do: getUser}
	return all
}

func anything(*Service, string, query.Form) (string, error) { return "*", nil }

// theRole is the role that a request names, without its path. One that is not there is
// asked about as if it were at the root.
func theRole(s *Service, account string, f query.Form) (string, error) {
	arn := roleARN(account, "/", f.Get("RoleName"))
	err := s.db.View(func(tx store.Tx) error {
		r, found, err := s.roles.Get(tx, store.Key(account, f.Get("RoleName")))
		if err == nil && found {
			arn = r.arn()
		}
		return err
	})
	return arn, err
}

func roleARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":role" + path + name
}

// getUser answers for the root user, which is the only user there is.
func getUser(s *Service, _ store.Tx, account string, f query.Form) (any, error) {
	if name := f.Get("UserName"); name != "" {
		return nil, noSuchEntity("The user with name %s cannot be found.", name)
	}
	type user struct {
		UserID     string `xml:"UserId"`
		ARN        string `xml:"Arn"`
		CreateDate string
	}
	return struct{ User user }{user{account, "arn:aws:iam::" + account + ":root", timestamp(s.now())}}, nil
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func noSuchEntity(format string, args ...any) error {
	return api.Errorf(http.StatusNotFound, "NoSuchEntity", format, args...)
}

// newID makes an id such as AROA… for a role: the prefix and seventeen letters or
// digits.
func newID(prefix string) string { return prefix + rand.Text()[:17] }

func invalid(message string) error {
	return api.Errorf(http.StatusBadRequest, "ValidationError", "%s", message)
}

func invalidInput(message string) error {
	return api.Errorf(http.StatusBadRequest, "InvalidInput", "%s", message)
}

// PoliciesOf answers which policies have a say in what a role's session does.
func (s *Service) PoliciesOf(session api.Principal) (identity.Policies, error) {
	var policies identity.Policies
	account, name := splitRoleARN(session.RoleARN)
	err := s.db.View(func(tx store.Tx) error {
		r, found, err := s.roles.Get(tx, store.Key(account, name))
		if err != nil || !found || r.arn() != session.RoleARN {
			return err // a role that is gone allows nothing
		}
		// A role that was made again is another one: it has another id, and the sessions of
		// the first are worth nothing.
		if id, _, known := strings.Cut(session.UserID, ":"); known && id != r.ID {
			return nil
		}
		for name, document := range r.Inline {
			p, err := identity.ParsePolicy(document)
			if err != nil {
				return fmt.Errorf("policy %s of role %s: %w", name, r.Name, err)
			}
			policies.Identity = append(policies.Identity, p)
		}
		for _, arn := range r.Attached {
			p, err := s.managed(tx, arn)
			if err != nil {
				return err
			}
			policies.Identity = append(policies.Identity, p)
		}
		if r.Boundary != "" {
			p, err := s.managed(tx, r.Boundary)
			if err != nil {
				return err
			}
			policies.Boundary = &p
		}
		return nil
	})
	return policies, err
}

// managed is the default version of a customer-managed policy. One that is not
// there allows nothing.
func (s *Service) managed(tx store.Tx, arn string) (identity.Policy, error) {
	p, found, err := s.policies.Get(tx, arn)
	if err != nil || !found {
		return identity.Policy{}, err
	}
	parsed, err := identity.ParsePolicy(p.version(p.Default).Document)
	if err != nil {
		return identity.Policy{}, fmt.Errorf("policy %s: %w", arn, err)
	}
	return parsed, nil
}

// splitRoleARN reads account and name of arn:aws:iam::account:role/path/name.
func splitRoleARN(arn string) (account, name string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") {
		return "", ""
	}
	return parts[4], arn[strings.LastIndexByte(arn, '/')+1:]
}

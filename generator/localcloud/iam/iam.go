// Package iam answers the calls of AWS's Identity and Access Management for roles,
// users and their access keys, managed policies and OIDC providers, and tells the
// front door which policies have a say in a request. There are no groups and no
// instance profiles, and of AWS's own policies only a few.
//
// It must not decide what is allowed: package identity does.
package iam

import (
	"crypto/rand"
	"maps"
	"net/http"
	"slices"
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
	keys      Keys
	now       func() time.Time
	roles     store.Table[role]
	users     store.Table[user]
	owners    store.Table[owner]
	policies  store.Table[policy]
	providers store.Table[provider]
	parsed    parsedPolicies
	deciding  customerPolicies
}

// Keys makes access keys.
type Keys interface {
	User(account string) (identity.Credentials, error)
}

// New makes the service.
func New(db *store.Store, keys Keys, now func() time.Time) *Service {
	return &Service{
		db: db, keys: keys, now: now,
		roles:     store.NewTable[role]("iam roles"),
		users:     store.NewTable[user]("iam users"),
		owners:    store.NewTable[owner]("iam access keys"),
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
	if !r.Principal.Issued.IsZero() && r.Principal.Kind != api.AssumedRole {
		// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
		return api.Operation{}, api.Errorf(http.StatusForbidden, "InvalidClientTokenId",
			"The security token included in the request is invalid: credentials of GetSessionToken without MFA cannot call IAM.")
	}
	asRoot, err := ownUser(action, r.Principal, form)
	if err != nil {
		return api.Operation{}, err
	}
	if asRoot {
		c = call{resource: rootARN, reads: true, do: func(s *Service, _ store.Tx, account string, _ query.Form) (any, error) {
			return rootUser(account, s.now()), nil
		}}
	}
	resource, err := c.resource(s, r.Account(), form)
	if err != nil {
		return api.Operation{}, err
	}
	keys, err := s.conditionKeys(r.Account(), form)
	if err != nil {
		return api.Operation{}, err
	}
	access := []api.Access{{Action: "iam:" + action, Resource: resource, Context: keys}}
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
	for _, some := range []map[string]call{
		roleCalls(), attachmentCalls(aRole), tagCalls(aRole),
		userCalls(), attachmentCalls(aUser), tagCalls(aUser),
		managedPolicyCalls(), versionCalls(), oidcCalls(), simulationCalls(),
	} {
		maps.Copy(all, some)
	}
	all["ListAccountAliases"] = call{resource: anything, reads: true, do: listAccountAliases}
	return all
}

func anything(*Service, string, query.Form) (string, error) { return "*", nil }

func rootARN(_ *Service, account string, _ query.Form) (string, error) {
	return "arn:aws:iam::" + account + ":root", nil
}

// listAccountAliases answers that the account has none: there is no console to sign in
// to.
func listAccountAliases(*Service, store.Tx, string, query.Form) (any, error) {
	return struct {
		AccountAliases struct{}
		page
	}{}, nil
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

func deleteConflict(message string) error {
	return api.Errorf(http.StatusConflict, "DeleteConflict", "%s", message)
}

// PoliciesOf answers which policies have a say in what a principal does: none but the
// resource's own for whoever is neither a user nor a role's session.
func (s *Service) PoliciesOf(p api.Principal) (policies identity.Policies, err error) {
	k, name := aUser, p.UserName()
	if p.Kind == api.AssumedRole {
		k = aRole
		_, name = splitRoleARN(p.RoleARN)
	}
	if name == "" {
		return policies, nil
	}
	err = s.db.View(func(tx store.Tx) error {
		e, found, err := k.find(s, tx, p.Account, name)
		if err != nil || !found {
			return err // who is gone may do nothing
		}
		// A role or user that was made again is another one: it has another id, and the
		// sessions of the first are worth nothing. A service that acts for a role, as Lambda
		// does when it writes logs, has no session.
		if id, _, _ := strings.Cut(p.UserID, ":"); p.UserID != "" && id != e.ID {
			return nil
		}
		if policies, err = s.policiesOf(tx, k, e); err != nil {
			return err
		}
		policies.Session, err = s.sessionPolicy(tx, p)
		return err
	})
	if policies.Tags == nil {
		policies.Tags = map[string]string{}
	}
	maps.Copy(policies.Tags, p.SessionTags)
	return policies, err
}

// sessionPolicy is what was handed over when the role was assumed, all of it in one
// policy: what one of them allows is allowed. It is nil if nothing was.
func (s *Service) sessionPolicy(tx store.Tx, p api.Principal) (*identity.Policy, error) {
	if p.SessionPolicy == "" && len(p.SessionPolicyARNs) == 0 {
		return nil, nil
	}
	var all identity.Policy
	if p.SessionPolicy != "" {
		policy, err := s.parsed.parse("session policy of "+p.ARN, p.SessionPolicy)
		if err != nil {
			return nil, err
		}
		all.Statements = slices.Clone(policy.Statements)
	}
	for _, arn := range p.SessionPolicyARNs {
		policy, err := s.managed(tx, arn)
		if err != nil {
			return nil, err
		}
		all.Statements = append(all.Statements, policy.Statements...)
	}
	return &all, nil
}

// HasPolicy tells whether an account can use a managed policy.
func (s *Service) HasPolicy(account, arn string) (has bool, err error) {
	err = s.db.View(func(tx store.Tx) error {
		p, found, err := s.anyPolicy(tx, arn)
		has = found && (p.Account == account || p.Account == awsAccount)
		return err
	})
	return has, err
}

// managed is the default version of a managed policy. One that is not there allows
// nothing.
func (s *Service) managed(tx store.Tx, arn string) (identity.Policy, error) {
	p, found := awsManagedByARN(arn)
	if !found {
		var err error
		if p, found, err = s.deciding.get(tx, s.policies, arn); err != nil || !found {
			return identity.Policy{}, err
		}
	}
	return s.parsed.parse("policy "+arn, p.version(p.Default).Document)
}

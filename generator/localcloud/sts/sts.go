// Package sts answers the calls of AWS's Security Token Service: who am I, and
// assuming a role.
//
// It must not know how roles are kept.
package sts

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/query"
)

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// Role is what STS needs to know of a role.
type Role struct {
	ARN, ID, Account string
	Trust            string        // its trust policy
	MaxSession       time.Duration // how long a session may last
}

// Roles finds roles.
type Roles interface {
	// RoleByARN answers false when there is no such role.
	RoleByARN(arn string) (Role, bool, error)
}

// Service answers STS calls.
type Service struct {
	minter *identity.Minter
	roles  Roles
}

// New makes the service.
func New(minter *identity.Minter, roles Roles) *Service { return &Service{minter, roles} }

// Route implements [api.Service].
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	form, err := query.Parse(r)
	if err != nil {
		return api.Operation{}, err
	}
	switch action := form.Get("Action"); action {
	case "GetCallerIdentity":
		return api.Operation{Name: action, Handle: callerIdentity}, nil // needs no permission
	case "AssumeRole":
		return s.routeAssumeRole(form)
	default:
		return api.Operation{}, api.NotImplemented("sts", action)
	}
}

// WriteError implements [api.Service].
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	query.WriteError(w, r, namespace, e)
}

func callerIdentity(w http.ResponseWriter, r *api.Request) error {
	if r.Principal.Kind == api.Anonymous {
		return api.Errorf(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	p := r.Principal
	return query.Write(w, r, namespace, "GetCallerIdentity", struct {
		ARN     string `xml:"Arn"`
		UserID  string `xml:"UserId"`
		Account string
	}{p.ARN, p.UserID, p.Account})
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func (s *Service) routeAssumeRole(form query.Form) (api.Operation, error) {
	if err := form.Require("RoleArn", "RoleSessionName"); err != nil {
		return api.Operation{}, err
	}
	arn := form.Get("RoleArn")
	role, found, err := s.roles.RoleByARN(arn)
	if err != nil {
		return api.Operation{}, err
	}
	access := api.Access{Action: "sts:AssumeRole", Resource: arn, Owner: role.Account, Policy: role.Trust}
	if external := form.Get("ExternalId"); external != "" {
		access.Context = map[string][]string{"sts:externalid": {external}}
	}
	if !found {
		// AWS does not tell a role that is not there from one that does not trust the
		// caller: an account that nobody has makes it a refusal.
		access.Owner = "none"
	}
	return api.Operation{
		Name: "AssumeRole", Access: []api.Access{access},
		Handle: func(w http.ResponseWriter, r *api.Request) error { return s.assumeRole(w, r, role, form) },
	}, nil
}

func (s *Service) assumeRole(w http.ResponseWriter, r *api.Request, role Role, form query.Form) error {
	name := form.Get("RoleSessionName")
	if !sessionName.MatchString(name) {
		return api.Errorf(http.StatusBadRequest, "ValidationError", "Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", name)
	}
	lifetime := time.Hour
	if text := form.Get("DurationSeconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 900 || time.Duration(seconds)*time.Second > role.MaxSession {
			return api.Errorf(http.StatusBadRequest, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
		}
		lifetime = time.Duration(seconds) * time.Second
	}
	if form.Get("Policy") != "" || len(form.Members("PolicyArns")) > 0 {
		return api.NotImplemented("sts", "AssumeRole with a session policy")
	}
	session := identity.Session{Account: role.Account, RoleARN: role.ARN, RoleID: role.ID, Name: name}
	c, err := s.minter.Role(session, lifetime)
	if err != nil {
		return fmt.Errorf("assume %s: %w", role.ARN, err)
	}
	type credentials struct {
		AccessKeyID     string `xml:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      string
	}
	type user struct {
		ARN string `xml:"Arn"`
		ID  string `xml:"AssumedRoleId"`
	}
	return query.Write(w, r, namespace, "AssumeRole", struct {
		Credentials     credentials
		AssumedRoleUser user
	}{
		credentials{c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires.Format(time.RFC3339)},
		user{session.Principal().ARN, strings.Join([]string{role.ID, name}, ":")},
	})
}

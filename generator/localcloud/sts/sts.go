// Package sts answers the calls of AWS's Security Token Service: who am I, assuming a
// role, by a web identity too, and temporary credentials of one's own.
//
// AssumeRoleWithWebIdentity checks a token's issuer, audience and times, and the
// role's trust policy, as AWS does. The issuer's keys are on the network, where the
// local cloud never goes. So it accepts only tokens that the cloud has signed itself
// ([identity.Minter.WebIdentity]): a rehearsal gets one for the subject that it wants
// to try, and a real token is refused with a message that says why.
//
// Unlike on AWS the root user may assume roles that trust its account: it is the only
// principal that a new cloud has. Multi-factor devices, source identities, transitive
// tags and SAML are missing.
//
// It must not know how roles, policies and providers are kept.
package sts

import (
	"maps"
	"net/http"
	"slices"
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

// IAM is what STS asks of IAM.
type IAM interface {
	// RoleByARN answers false when there is no such role.
	RoleByARN(arn string) (Role, bool, error)
	// Provider answers which audiences an OIDC provider is for, and false when there is
	// no such provider.
	Provider(arn string) (audiences []string, found bool, err error)
	// HasPolicy tells whether an account can use a managed policy.
	HasPolicy(account, policyARN string) (bool, error)
}

// Service answers STS calls.
type Service struct {
	minter *identity.Minter
	iam    IAM
	now    func() time.Time
}

// New makes the service.
func New(minter *identity.Minter, iam IAM, now func() time.Time) *Service {
	return &Service{minter, iam, now}
}

// Route implements [api.Service].
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	form, err := query.Parse(r)
	if err != nil {
		return api.Operation{}, err
	}
	action := form.Get("Action")
	open, known := calls[action]
	if !known {
		return api.Operation{}, api.NotImplemented("sts", action)
	}
	if r.Principal.Kind == api.Anonymous && action != withWebIdentity {
		return api.Operation{}, api.Errorf(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	return open(s, r, form)
}

// calls is every call that the service has.
var calls = map[string]func(*Service, *api.Request, query.Form) (api.Operation, error){
	"GetCallerIdentity": routeCallerIdentity,
	"GetAccessKeyInfo":  routeAccessKeyInfo,
	"GetSessionToken":   (*Service).routeSessionToken,
	"AssumeRole":        (*Service).routeAssumeRole,
	withWebIdentity:     (*Service).routeWebIdentity,
}

// Operations lists the calls of the service.
func Operations() []api.Offer {
	return api.Offers(slices.Collect(maps.Keys(calls)), map[string]string{
		"AssumeRole":      "no MFA, source identity, transitive tags or provided contexts",
		"GetSessionToken": "no MFA",
		withWebIdentity:   "only tokens that the local cloud has signed",
	})
}

// WriteError implements [api.Service].
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	query.WriteError(w, r, namespace, e)
}

// routeCallerIdentity routes a call that needs no permission.
func routeCallerIdentity(*Service, *api.Request, query.Form) (api.Operation, error) {
	return api.Operation{Name: "GetCallerIdentity", Handle: callerIdentity}, nil
}

func routeAccessKeyInfo(_ *Service, _ *api.Request, form query.Form) (api.Operation, error) {
	return api.Operation{
		Name: "GetAccessKeyInfo", Access: []api.Access{{Action: "sts:GetAccessKeyInfo", Resource: "*"}},
		Handle: func(w http.ResponseWriter, r *api.Request) error { return accessKeyInfo(w, r, form) },
	}, nil
}

func callerIdentity(w http.ResponseWriter, r *api.Request) error {
	p := r.Principal
	return query.Write(w, r, namespace, "GetCallerIdentity", struct {
		ARN     string `xml:"Arn"`
		UserID  string `xml:"UserId"`
		Account string
	}{p.ARN, p.UserID, p.Account})
}

func accessKeyInfo(w http.ResponseWriter, r *api.Request, form query.Form) error {
	if err := form.Require("AccessKeyId"); err != nil {
		return err
	}
	account, known := identity.AccountOf(form.Get("AccessKeyId"))
	if !known {
		return invalid("Invalid type or value for AccessKeyId.")
	}
	return query.Write(w, r, namespace, "GetAccessKeyInfo", struct{ Account string }{account})
}

// Lifetimes of the credentials of GetSessionToken
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html).
const (
	defaultUserSession = 12 * time.Hour
	maxUserSession     = 36 * time.Hour
	maxRootSession     = time.Hour
)

func (s *Service) routeSessionToken(r *api.Request, form query.Form) (api.Operation, error) {
	if err := refuse(form, "GetSessionToken", "SerialNumber", "TokenCode"); err != nil {
		return api.Operation{}, err
	}
	if !r.Principal.Issued.IsZero() {
		return api.Operation{}, api.Errorf(http.StatusForbidden, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	}
	lifetime, err := duration(form, defaultUserSession, maxUserSession)
	if err != nil {
		return api.Operation{}, err
	}
	if r.Principal.Kind == api.Root {
		lifetime = min(lifetime, maxRootSession) // a longer one is cut down to it
	}
	p := r.Principal
	// It needs no permission.
	return api.Operation{Name: "GetSessionToken", Handle: func(w http.ResponseWriter, r *api.Request) error {
		c, err := s.minter.Temporary(identity.Session{Account: p.Account, UserARN: p.ARN, UserID: p.UserID}, lifetime)
		if err != nil {
			return err
		}
		return query.Write(w, r, namespace, "GetSessionToken", struct{ Credentials credentials }{answer(c)})
	}}, nil
}

// credentials are temporary credentials as STS answers them.
type credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func answer(c identity.Credentials) credentials {
	return credentials{c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires.Format(time.RFC3339)}
}

// refuse says that the local cloud does not have a call with one of the parameters.
func refuse(form query.Form, call string, parameters ...string) error {
	for _, name := range parameters {
		if form.Get(name) != "" || len(form.Members(name)) > 0 {
			return api.NotImplemented("sts", call+" with "+name)
		}
	}
	return nil
}

func invalid(format string, args ...any) error {
	return api.Errorf(http.StatusBadRequest, "ValidationError", format, args...)
}

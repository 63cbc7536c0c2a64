package sts

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/query"
)

const withWebIdentity = "AssumeRoleWithWebIdentity"

// routeWebIdentity answers a call that carries no signature: its caller is whoever the
// token speaks for.
func (s *Service) routeWebIdentity(_ *api.Request, form query.Form) (api.Operation, error) {
	if err := form.Require("WebIdentityToken"); err != nil {
		return api.Operation{}, err
	}
	if err := refuse(form, withWebIdentity, "ProviderId"); err != nil { // of the time before OIDC
		return api.Operation{}, err
	}
	a, err := readAssumption(form)
	if err != nil {
		return api.Operation{}, err
	}
	a.tags = nil // a web identity's tags would come with the token
	claims, provider, err := s.webIdentity(form.Get("WebIdentityToken"), a.roleARN)
	if err != nil {
		return api.Operation{}, err
	}
	issuer := strings.ToLower(strings.TrimPrefix(claims.Issuer, "https://"))
	role, access, err := s.role(a, "sts:"+withWebIdentity, map[string][]string{
		issuer + ":aud": claims.Audience[:1],
		issuer + ":sub": {claims.Subject},
	})
	if err != nil {
		return api.Operation{}, err
	}
	return api.Operation{
		Name: withWebIdentity, Access: []api.Access{access},
		Principal: api.Principal{Kind: api.WebIdentity, ARN: provider},
		Handle: func(w http.ResponseWriter, r *api.Request) error {
			c, user, err := s.assume(role, a, provider)
			if err != nil {
				return err
			}
			return query.Write(w, r, namespace, withWebIdentity, struct {
				Credentials     credentials
				AssumedRoleUser assumedRole
				Subject         string `xml:"SubjectFromWebIdentityToken"`
				Provider        string
				Audience        string
			}{answer(c), user, claims.Subject, provider, claims.Audience[0]})
		},
	}, nil
}

// webIdentity checks a token, and finds the provider in the role's account that stands
// for its issuer.
func (s *Service) webIdentity(jwt, roleARN string) (claims identity.Claims, provider string, err error) {
	bad := func(code, format string, args ...any) (identity.Claims, string, error) {
		return identity.Claims{}, "", api.Errorf(http.StatusBadRequest, code, format, args...)
	}
	claims, err = s.minter.ReadWebIdentity(jwt)
	if errors.Is(err, identity.ErrNoToken) {
		return bad("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	account := strings.Split(roleARN+":::::", ":")[4]
	provider = "arn:aws:iam::" + account + ":oidc-provider/" + strings.TrimPrefix(claims.Issuer, "https://")
	audiences, found, lookup := s.iam.Provider(provider)
	now := s.now()
	switch {
	case lookup != nil:
		return claims, "", lookup
	case !found:
		return bad("InvalidIdentityToken", "No OpenIDConnect provider found in your account for %s", claims.Issuer)
	case err != nil:
		return bad("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider: the local cloud contacts nobody, and accepts only tokens that it has signed itself.")
	case len(claims.Audience) == 0 || !slices.Contains(audiences, claims.Audience[0]):
		return bad("InvalidIdentityToken", "Incorrect token audience")
	case claims.Subject == "":
		return bad("InvalidIdentityToken", "Missing a required claim: sub")
	case claims.Expires <= now.Unix():
		return bad("ExpiredTokenException", "Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), claims.Expires)
	case claims.Issued > now.Add(maxSkew).Unix():
		return bad("InvalidIdentityToken", "Token is issued in the future")
	}
	return claims, provider, nil
}

// maxSkew is how far a token's clock may be ahead.
const maxSkew = 5 * time.Minute

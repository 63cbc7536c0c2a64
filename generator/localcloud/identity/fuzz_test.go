package identity_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// FuzzParsePolicy asks whatever parses. The answer is yes or a refusal, a deny of
// everything turns every yes round, and a boundary never gives anything.
func FuzzParsePolicy(f *testing.F) {
	f.Add(allow("s3:*", "*", to(`{"AWS":["*"]}`), when("Bool", "aws:SecureTransport", `"false"`)), "false")
	f.Add(allow("s3:G?t*", "arn:aws:s3:::${aws:username, 'box'}/*", `"NotPrincipal":{"AWS":"111111111111"}`), "x")
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*"],"NotResource":"*"}]}`, "")
	f.Add(allow("*", "*", when("ForAnyValue:NumericLessThanIfExists", "aws:SecureTransport", `[1,"${*}"]`)), "0")
	f.Add(allow("*", "*", when("IpAddress", "aws:SecureTransport", `"::1/64"`)), "::1")
	f.Add(`{"Statement":[[]]}`, "")
	denial := parse(f, deny("*", "*"))
	f.Fuzz(func(t *testing.T, source, value string) {
		p, err := identity.ParsePolicy(source)
		if err != nil {
			return
		}
		for _, who := range []api.Principal{role, user, root, anonymous, lambda, web} {
			q := identity.Question{
				Principal: who, Access: api.Access{Action: get, Resource: object, Owner: mine, Policy: source},
				Keys: map[string][]string{"aws:securetransport": {value}, "aws:username": {value}},
			}
			free := identity.Evaluate(q, identity.Policies{Identity: []identity.Policy{p}})
			limited := identity.Evaluate(q, identity.Policies{Identity: []identity.Policy{p}, Boundary: &p, Session: &p})
			if free != nil && limited == nil {
				t.Errorf("%s: limits give what was refused: %v", who.Kind, free)
			}
			err := identity.Evaluate(q, identity.Policies{Identity: []identity.Policy{p, denial}})
			var denied *identity.Denied
			if !errors.As(err, &denied) || !denied.Explicit {
				t.Errorf("%s: a deny of everything answers %v", who.Kind, err)
			}
		}
	})
}

// nobodys knows no user.
type nobodys struct{}

func (nobodys) UserByKey(string) (api.Principal, bool, error) { return api.Principal{}, false, nil }

// FuzzSignature hands over signatures that nobody made: none is accepted.
func FuzzSignature(f *testing.F) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	minter := identity.NewMinter([]byte(strings.Repeat("s", 32)), func() time.Time { return now })
	key := minter.Root(mine).AccessKeyID
	const scope = "/20261123/eu-west-2/s3/aws4_request"
	f.Add("AWS4-HMAC-SHA256 Credential="+key+scope+", SignedHeaders=host;x-amz-date, Signature=00", "", "")
	f.Add("AWS4-HMAC-SHA256 Credential=/////,SignedHeaders=;;,Signature=", "token.mac", "x=1")
	f.Add("AWS4-HMAC-SHA256 =,,=", "", "")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="+url.QueryEscape(key+scope)+
		"&X-Amz-Date=20261123T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=-1")
	f.Fuzz(func(t *testing.T, authorization, token, query string) {
		r := &http.Request{
			Method: http.MethodGet, Host: "box.s3.eu-west-2.amazonaws.com",
			URL:    &url.URL{Path: "/a", RawQuery: query},
			Header: http.Header{"Authorization": {authorization}, "X-Amz-Date": {"20261123T120000Z"}, "X-Amz-Security-Token": {token}},
		}
		_, _ = identity.Scope(r)
		signed, failure, err := minter.Verify(r, nil, "s3", "", nobodys{})
		if err != nil {
			t.Fatal(err)
		}
		if failure == identity.None && signed.Principal.Kind != api.Anonymous {
			t.Errorf("accepted as %s", signed.Principal.ARN)
		}
	})
}

// FuzzWebIdentity hands over tokens that nobody signed.
func FuzzWebIdentity(f *testing.F) {
	minter := identity.NewMinter([]byte(strings.Repeat("s", 32)), time.Now)
	other := identity.NewMinter([]byte(strings.Repeat("t", 32)), time.Now)
	foreign, err := other.WebIdentity("https://example.com", "me", "you", time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(foreign)
	f.Add("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if claims, err := minter.ReadWebIdentity(token); err == nil {
			t.Errorf("accepted as %+v", claims)
		}
	})
}

package identity

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Claims are what the token of a web identity says
// (https://openid.net/specs/openid-connect-core-1_0.html#IDToken).
type Claims struct {
	Issuer   string   `json:"iss"` // an https URL, for example https://token.actions.githubusercontent.com
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Issued   int64    `json:"iat"` // seconds since 1970, as Expires
	Expires  int64    `json:"exp"`
}

// audience is one text, or a list.
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(data []byte) error {
	return (*oneOrMore[string])(a).UnmarshalJSON(data)
}

// Why a token of a web identity is not accepted.
var (
	ErrNoToken      = errors.New("it is no JSON web token")
	ErrForeignToken = errors.New("it is not signed by this local cloud, which cannot fetch the keys of other issuers")
)

// tokenHeader is the first part of every token that a minter signs. Reading a token
// takes no algorithm from it: whatever a minter has not signed is foreign.
const tokenHeader = `{"alg":"HS256","typ":"JWT"}`

// WebIdentity signs the token of a web identity, as an OIDC provider would. It is for
// rehearsals: AWS accepts no such token, and the local cloud none of a real provider.
func (m *Minter) WebIdentity(issuer, subject, audience string, lifetime time.Duration) (string, error) {
	now := m.now()
	claims, err := json.Marshal(Claims{
		Issuer: issuer, Subject: subject, Audience: []string{audience},
		Issued: now.Unix(), Expires: now.Add(lifetime).Unix(),
	})
	if err != nil {
		return "", fmt.Errorf("make the token of a web identity: %w", err)
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(tokenHeader)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	return signed + "." + m.tokenMAC(signed), nil
}

// ReadWebIdentity reads a token and verifies its signature: an error wraps [ErrNoToken]
// or [ErrForeignToken]. Whether it has expired, and whether anybody trusts its issuer,
// is for the caller to find out.
func (m *Minter) ReadWebIdentity(jwt string) (Claims, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 || slices.Contains(parts, "") {
		return Claims{}, fmt.Errorf("read a token: %w: it does not have three parts", ErrNoToken)
	}
	var claims Claims
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(body, &claims)
	}
	if err != nil || claims.Issuer == "" {
		return Claims{}, fmt.Errorf("read a token: %w: its claims cannot be read", ErrNoToken)
	}
	if !hmac.Equal([]byte(parts[2]), []byte(m.tokenMAC(parts[0]+"."+parts[1]))) {
		return claims, fmt.Errorf("verify a token: %w", ErrForeignToken)
	}
	return claims, nil
}

// tokenMAC is the whole code, as a JSON web signature has it.
func (m *Minter) tokenMAC(signed string) string {
	return base64.RawURLEncoding.EncodeToString(m.mac("web identity", signed))
}

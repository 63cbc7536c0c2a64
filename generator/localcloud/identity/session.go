package identity

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
)

// Session is what temporary credentials stand for: one use of a role, or of a user's
// or the root user's own permissions (GetSessionToken).
type Session struct {
	Account string
	// RoleARN and RoleID (AROA…) are the role's, Name is the session's. They are empty
	// for the session of a user.
	RoleARN, RoleID, Name string
	// UserARN and UserID (AIDA…) are the user's; empty for the session of a role.
	UserARN, UserID string `json:",omitempty"`
	// Provider is the ARN of the OIDC provider whose token began the session, or empty.
	Provider string `json:",omitempty"`
	// Policy, as JSON, and PolicyARNs limit the session of a role.
	Policy     string   `json:",omitempty"`
	PolicyARNs []string `json:",omitempty"`
	// Tags are aws:PrincipalTag/… of the session.
	Tags map[string]string `json:",omitempty"`
}

// Principal is who a session speaks for. Whoever verifies a signature adds when the
// session began.
func (s Session) Principal() api.Principal {
	if s.RoleARN == "" {
		kind := api.User
		if strings.HasSuffix(s.UserARN, ":root") {
			kind = api.Root
		}
		return api.Principal{Kind: kind, Account: s.Account, ARN: s.UserARN, UserID: s.UserID}
	}
	role := s.RoleARN[strings.LastIndexByte(s.RoleARN, '/')+1:]
	return api.Principal{
		Kind: api.AssumedRole, Account: s.Account,
		ARN:     fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", s.Account, role, s.Name),
		RoleARN: s.RoleARN, UserID: s.RoleID + ":" + s.Name, Provider: s.Provider,
		SessionPolicy: s.Policy, SessionPolicyARNs: s.PolicyARNs, SessionTags: s.Tags,
	}
}

// token is what a session token says; its bearer cannot change it unnoticed.
type token struct {
	Session
	Issued, Expires time.Time
}

// Temporary makes the credentials of a session.
func (m *Minter) Temporary(s Session, lifetime time.Duration) (Credentials, error) {
	issued := m.now().UTC().Truncate(time.Second)
	t := token{Session: s, Issued: issued, Expires: issued.Add(lifetime)}
	claims, err := json.Marshal(t)
	if err != nil {
		return Credentials{}, fmt.Errorf("make a session token: %w", err)
	}
	body := base64.RawURLEncoding.EncodeToString(claims)
	sessionToken := body + "." + m.derive("token", body)
	key := temporaryPrefix + keyID(s.Account, m.mac("key", sessionToken))
	return Credentials{
		AccessKeyID: key, SecretAccessKey: m.derive("session", key+sessionToken),
		SessionToken: sessionToken, Expires: t.Expires,
	}, nil
}

// session reads a session token that this minter made.
func (m *Minter) session(sessionToken string) (api.Principal, Failure) {
	body, mac, _ := strings.Cut(sessionToken, ".")
	if !hmac.Equal([]byte(mac), []byte(m.derive("token", body))) {
		return api.Principal{}, UnknownKey
	}
	claims, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return api.Principal{}, UnknownKey
	}
	var t token
	if err := json.Unmarshal(claims, &t); err != nil {
		return api.Principal{}, UnknownKey
	}
	if m.now().After(t.Expires) {
		return api.Principal{}, Expired
	}
	p := t.Principal()
	p.Issued = t.Issued
	return p, None
}

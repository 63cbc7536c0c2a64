// Package identity knows who signs a request and what a policy allows: it makes
// credentials, verifies AWS signatures and evaluates IAM policies.
//
// It must not know any service's calls or keep anything: credentials are derived
// from one secret, and policies are handed in.
package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
)

// Credentials are what a client signs its requests with.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // empty for the root credentials of an account
	Expires         time.Time // zero for credentials that do not expire
}

// Session is one use of a role.
type Session struct {
	Account string
	RoleARN string
	RoleID  string // AROA…
	Name    string
	Policy  string `json:",omitempty"` // limits the session, as JSON; empty for none
}

// Minter makes credentials and recognises those that it made. It keeps no list:
// everything follows from its secret, so a cloud that is started again on the same
// folder still knows the credentials that it gave away.
type Minter struct {
	secret []byte
	now    func() time.Time
}

// NewMinter makes a minter. The secret must be random and at least 32 bytes.
func NewMinter(secret []byte, now func() time.Time) *Minter {
	return &Minter{secret: secret, now: now}
}

const (
	rootPrefix, rootSuffix = "AKIA", "ROOT"
	rolePrefix             = "ASIA"
	accountLength          = 12
)

// Root makes the credentials of an account's root user. The account, twelve
// digits, can be read in the access key.
func (m *Minter) Root(account string) Credentials {
	key := rootPrefix + account + rootSuffix
	return Credentials{AccessKeyID: key, SecretAccessKey: m.derive("root", key)}
}

// Role makes temporary credentials of a role.
func (m *Minter) Role(s Session, lifetime time.Duration) (Credentials, error) {
	expires := m.now().Add(lifetime).UTC().Truncate(time.Second)
	claims, err := json.Marshal(token{Session: s, Expires: expires})
	if err != nil {
		return Credentials{}, fmt.Errorf("make a session token: %w", err)
	}
	body := base64.RawURLEncoding.EncodeToString(claims)
	sessionToken := body + "." + m.derive("token", body)
	key := rolePrefix + strings.ToUpper(keyID(m.derive("key", sessionToken)))
	return Credentials{
		AccessKeyID: key, SecretAccessKey: m.derive("role", key+sessionToken),
		SessionToken: sessionToken, Expires: expires,
	}, nil
}

// token is what a session token says; its bearer cannot change it unnoticed.
type token struct {
	Session
	Expires time.Time
}

// keyID takes the sixteen characters of an access key behind its prefix.
func keyID(random string) string {
	alphanumeric := strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '2' && r <= '7') {
			return r
		}
		return 'x'
	}, random)
	return alphanumeric[:16]
}

func (m *Minter) derive(purpose, of string) string {
	mac := hmac.New(sha256.New, m.secret)
	mac.Write([]byte(purpose + "\x00" + of))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:40]
}

// recognise finds the secret of an access key, and who it speaks for.
func (m *Minter) recognise(key, sessionToken string) (secret string, p api.Principal, failure Failure) {
	if sessionToken == "" {
		account := strings.TrimSuffix(strings.TrimPrefix(key, rootPrefix), rootSuffix)
		if len(account) != accountLength || key != rootPrefix+account+rootSuffix {
			return "", p, UnknownKey
		}
		return m.derive("root", key), api.Principal{
			Kind: api.Root, Account: account, ARN: "arn:aws:iam::" + account + ":root", UserID: account,
		}, None
	}
	body, mac, _ := strings.Cut(sessionToken, ".")
	if !hmac.Equal([]byte(mac), []byte(m.derive("token", body))) {
		return "", p, UnknownKey
	}
	claims, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return "", p, UnknownKey
	}
	var t token
	if err := json.Unmarshal(claims, &t); err != nil {
		return "", p, UnknownKey
	}
	if m.now().After(t.Expires) {
		return "", p, Expired
	}
	return m.derive("role", key+sessionToken), t.Principal(), None
}

// Principal is who a session speaks for.
func (s Session) Principal() api.Principal {
	role := s.RoleARN[strings.LastIndexByte(s.RoleARN, '/')+1:]
	return api.Principal{
		Kind: api.AssumedRole, Account: s.Account,
		ARN:     fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", s.Account, role, s.Name),
		RoleARN: s.RoleARN, UserID: s.RoleID + ":" + s.Name, SessionPolicy: s.Policy,
	}
}

// Package identity knows who signs a request and what a policy allows: it makes
// credentials, verifies AWS signatures and evaluates IAM policies.
//
// It also signs and verifies the tokens of web identities (see [Claims]). The local
// cloud contacts nobody, so it cannot fetch the keys of a token's issuer: it accepts
// only tokens that it has signed itself, whatever issuer they name. Everything else
// that AWS checks of a token is checked.
//
// It must not know any service's calls or keep anything: credentials are derived
// from one secret, and policies and users are handed in.
package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
)

// Credentials are what a client signs its requests with.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // empty for credentials that last
	Expires         time.Time // zero for credentials that do not expire
}

// Users finds the users whose access keys were made by [Minter.User].
type Users interface {
	// UserByKey answers false when no user has the key, or when it is not active.
	UserByKey(accessKey string) (api.Principal, bool, error)
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
	lastingPrefix, rootSuffix = "AKIA", "ROOT"
	temporaryPrefix           = "ASIA"
	accountLength             = 12
)

// Root makes the credentials of an account's root user. The account, twelve
// digits, can be read in the access key.
func (m *Minter) Root(account string) Credentials {
	key := lastingPrefix + account + rootSuffix
	return Credentials{AccessKeyID: key, SecretAccessKey: m.derive("root", key)}
}

// User makes new credentials for a user of an account. Whoever asks for them keeps the
// access key and whose it is; the secret follows from it.
func (m *Minter) User(account string) (Credentials, error) {
	random := make([]byte, sha256.Size)
	if _, err := rand.Read(random); err != nil {
		return Credentials{}, fmt.Errorf("make an access key: %w", err)
	}
	key := lastingPrefix + keyID(account, random)
	return Credentials{AccessKeyID: key, SecretAccessKey: m.derive("user", key)}, nil
}

// Bits of an access key behind its prefix. AWS's keys have the account's number in the
// same place, which is how sts:GetAccessKeyInfo answers without a look at any account.
const (
	accountShift = 7
	accountMask  = 1<<40 - 1
)

// keyID makes the sixteen characters of an access key behind its prefix: the account,
// then what is random.
func keyID(account string, random []byte) string {
	number, err := strconv.ParseUint(account, 10, 64)
	if err != nil {
		number = 0 // accounts are twelve digits everywhere
	}
	var b [10]byte
	copy(b[:], random)
	var head [8]byte
	copy(head[2:], b[:6])
	bits := binary.BigEndian.Uint64(head[:])&(1<<accountShift-1) | number&accountMask<<accountShift
	binary.BigEndian.PutUint64(head[:], bits)
	copy(b[:6], head[2:])
	return base32.StdEncoding.EncodeToString(b[:])
}

// AccountOf reads the account, twelve digits, in an access key that a minter made.
func AccountOf(accessKey string) (string, bool) {
	if account, isRoot := rootAccount(accessKey); isRoot {
		return account, true
	}
	rest, lasts := strings.CutPrefix(accessKey, lastingPrefix)
	if !lasts {
		rest, lasts = strings.CutPrefix(accessKey, temporaryPrefix)
	}
	b, err := base32.StdEncoding.DecodeString(rest)
	if !lasts || err != nil || len(b) != 10 {
		return "", false
	}
	var head [8]byte
	copy(head[2:], b[:6])
	account := fmt.Sprintf("%012d", binary.BigEndian.Uint64(head[:])>>accountShift&accountMask)
	return account, len(account) == accountLength
}

func rootAccount(key string) (string, bool) {
	account := strings.TrimSuffix(strings.TrimPrefix(key, lastingPrefix), rootSuffix)
	digits := strings.Trim(account, "0123456789") == ""
	return account, digits && len(account) == accountLength && key == lastingPrefix+account+rootSuffix
}

func (m *Minter) mac(purpose, of string) []byte {
	mac := hmac.New(sha256.New, m.secret)
	mac.Write([]byte(purpose + "\x00" + of))
	return mac.Sum(nil)
}

func (m *Minter) derive(purpose, of string) string {
	return base64.RawURLEncoding.EncodeToString(m.mac(purpose, of))[:40]
}

// recognise finds the secret of an access key, and who it speaks for.
func (m *Minter) recognise(key, sessionToken string, users Users) (secret string, p api.Principal, f Failure, err error) {
	if sessionToken != "" {
		p, f = m.session(sessionToken)
		return m.derive("session", key+sessionToken), p, f, nil
	}
	if account, isRoot := rootAccount(key); isRoot {
		return m.derive("root", key), api.Principal{
			Kind: api.Root, Account: account, ARN: "arn:aws:iam::" + account + ":root", UserID: account,
		}, None, nil
	}
	p, found, err := users.UserByKey(key)
	if err != nil || !found {
		return "", p, UnknownKey, err
	}
	return m.derive("user", key), p, None, nil
}

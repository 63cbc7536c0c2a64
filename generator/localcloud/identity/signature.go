package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"sendform/generator/localcloud/api"
)

// Failure is why a signature is not accepted. Services have different words for
// the same failure.
type Failure string

// The failures.
const (
	None       Failure = ""
	Malformed  Failure = "malformed"
	WrongScope Failure = "wrong scope" // signed for another service or region
	UnknownKey Failure = "unknown key"
	Expired    Failure = "expired" // the session token
	Lapsed     Failure = "lapsed"  // the presigned URL
	Skewed     Failure = "skewed"
	Mismatch   Failure = "mismatch"
	Unsigned   Failure = "unsigned" // the signature leaves out an x-amz- header
)

const (
	algorithm    = "AWS4-HMAC-SHA256"
	timeFormat   = "20060102T150405Z"
	maxSkew      = 15 * time.Minute
	maxPresigned = 7 * 24 * time.Hour
	// presignedLifetime is for presigned URLs that do not say how long they last, which
	// S3 refuses; those for GetCallerIdentity never say.
	presignedLifetime = 15 * time.Minute
	s3                = "s3"
	// UnsignedPayload stands for the hash of a body that is not part of the
	// signature.
	UnsignedPayload = "UNSIGNED-PAYLOAD"
)

// Signed is what a request's signature says.
type Signed struct {
	Principal api.Principal
	Region    string // from the signature's scope; empty for an anonymous request
	Payload   string // what stands for the body: its hash, or a word such as UNSIGNED-PAYLOAD
}

// signature is the parts of a signature, from a header or from a query.
type signature struct {
	key, region, service string
	headers              []string
	hex                  string
	at                   time.Time
	presigned            bool // it is in the query
	expires              time.Duration
	token                string
}

// Scope reads the service and region that a request claims to be signed for,
// without verifying anything. It is how a request at the bare endpoint finds its
// service.
func Scope(r *http.Request) (region, service string) {
	s, signed, ok := parse(r)
	if !signed || !ok {
		return "", ""
	}
	return s.region, s.service
}

// Verify checks the signature of a request to a service, and in a region where the
// host name has one. body is the request's body, but for S3, whose bodies are streamed
// and compared with their signed hash by S3. A request without a signature is
// anonymous. An error says that users could not be read.
func (m *Minter) Verify(r *http.Request, body []byte, service, region string, users Users) (Signed, Failure, error) {
	s, signed, ok := parse(r)
	if !signed {
		return Signed{Principal: api.Principal{Kind: api.Anonymous}, Payload: UnsignedPayload}, None, nil
	}
	if !ok {
		return Signed{}, Malformed, nil
	}
	result := Signed{Region: s.region, Payload: payload(r, s, body)}
	if s.service != service || (region != "" && s.region != region) {
		return result, WrongScope, nil
	}
	secret, principal, failure, err := m.recognise(s.key, s.token, users)
	if err != nil {
		return result, failure, fmt.Errorf("find the owner of access key %s: %w", s.key, err)
	}
	if failure != None {
		return result, failure, nil
	}
	result.Principal = principal
	age := m.now().Sub(s.at)
	switch {
	case age < -maxSkew, !s.presigned && age > maxSkew:
		return result, Skewed, nil
	case s.presigned && age > s.expires:
		return result, Lapsed, nil
	}
	credentials := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: secret, SessionToken: s.token}
	wanted, err := sign(r, s, credentials, result.Payload)
	if err != nil {
		return result, Malformed, nil
	}
	switch {
	case !hmac.Equal([]byte(wanted), []byte(s.hex)):
		return result, Mismatch, nil
	case service == s3 && !signsAll(r.Header, s.headers):
		return result, Unsigned, nil
	}
	return result, None, nil
}

// signsAll tells whether all x-amz- headers are signed, which S3 insists on: whoever
// was given a presigned URL must not add, say, x-amz-acl. The payload's hash is part of
// every signature anyway.
func signsAll(header http.Header, signed []string) bool {
	for name := range header {
		if strings.HasPrefix(name, "X-Amz-") && name != payloadHeader && !slices.Contains(signed, strings.ToLower(name)) {
			return false
		}
	}
	return true
}

// payload is what stands for the body in the signature. Only S3 takes the client's
// word for it; the others hash what they got.
func payload(r *http.Request, s signature, body []byte) string {
	if s.service != s3 {
		hash := sha256.Sum256(body)
		return hex.EncodeToString(hash[:])
	}
	if claimed := r.Header.Get(payloadHeader); claimed != "" {
		return claimed
	}
	if claimed := r.URL.Query().Get(payloadHeader); s.presigned && claimed != "" {
		return claimed
	}
	return UnsignedPayload
}

const payloadHeader = "X-Amz-Content-Sha256"

// parse reads a signature. signed is false for a request that has none, ok is false
// for one that cannot be read.
func parse(r *http.Request) (s signature, signed, ok bool) {
	if header := r.Header.Get("Authorization"); strings.HasPrefix(header, algorithm+" ") {
		s, ok = parseHeader(r, strings.TrimPrefix(header, algorithm+" "))
		return s, true, ok
	}
	if strings.Contains(r.URL.RawQuery, "X-Amz-Algorithm="+algorithm) {
		s, ok = parseQuery(r)
		return s, true, ok
	}
	return s, false, true
}

func parseHeader(r *http.Request, header string) (s signature, ok bool) {
	scope := ""
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			scope = value
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.hex = value
		}
	}
	s.token = r.Header.Get("X-Amz-Security-Token")
	at, err := time.Parse(timeFormat, r.Header.Get("X-Amz-Date"))
	if err != nil {
		at, err = http.ParseTime(r.Header.Get("Date"))
	}
	s.at = at
	return s, s.parseScope(scope) && err == nil && len(s.headers) > 0 && s.hex != ""
}

func parseQuery(r *http.Request) (s signature, ok bool) {
	q := r.URL.Query()
	s.presigned = true
	s.headers = strings.Split(q.Get("X-Amz-SignedHeaders"), ";")
	s.hex = q.Get("X-Amz-Signature")
	s.token = q.Get("X-Amz-Security-Token")
	at, err := time.Parse(timeFormat, q.Get("X-Amz-Date"))
	s.at, s.expires = at, presignedLifetime
	if !s.parseScope(q.Get("X-Amz-Credential")) || err != nil || s.hex == "" {
		return s, false
	}
	if s.service != s3 && !q.Has("X-Amz-Expires") {
		return s, true
	}
	seconds, err := strconv.ParseInt(q.Get("X-Amz-Expires"), 10, 32)
	s.expires = time.Duration(seconds) * time.Second
	return s, err == nil && s.expires > 0 && s.expires <= maxPresigned
}

// parseScope reads key/date/region/service/aws4_request.
func (s *signature) parseScope(scope string) bool {
	parts := strings.Split(scope, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" {
		return false
	}
	s.key, s.region, s.service = parts[0], parts[2], parts[3]
	return true
}

// sign signs the request again, with nothing in it but what was signed, and
// returns the signature in hexadecimal.
func sign(r *http.Request, s signature, credentials aws.Credentials, payload string) (string, error) {
	u := *r.URL
	u.Scheme, u.Host = "https", r.Host
	again := &http.Request{Method: r.Method, URL: &u, Host: r.Host, Header: http.Header{}}
	for _, name := range s.headers {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = s.service == s3
		o.DisableHeaderHoisting = true // what belongs into the query is there already
	})
	if !s.presigned {
		if err := signer.SignHTTP(context.Background(), credentials, again, payload, s.service, s.region, s.at); err != nil {
			return "", err
		}
		_, hexSignature, _ := strings.Cut(again.Header.Get("Authorization"), "Signature=")
		return hexSignature, nil
	}
	q := u.Query()
	for _, name := range []string{"Algorithm", "Credential", "Date", "SignedHeaders", "Security-Token", "Signature"} {
		q.Del("X-Amz-" + name)
	}
	u.RawQuery = q.Encode()
	signedURL, _, err := signer.PresignHTTP(context.Background(), credentials, again, payload, s.service, s.region, s.at)
	if err != nil {
		return "", err
	}
	_, hexSignature, _ := strings.Cut(signedURL, "X-Amz-Signature=")
	hexSignature, _, _ = strings.Cut(hexSignature, "&")
	return hexSignature, nil
}

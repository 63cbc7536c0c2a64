package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
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
	UnknownKey Failure = "unknown key"
	Expired    Failure = "expired"
	Skewed     Failure = "skewed"
	Mismatch   Failure = "mismatch"
)

const (
	algorithm    = "AWS4-HMAC-SHA256"
	timeFormat   = "20060102T150405Z"
	maxSkew      = 15 * time.Minute
	maxPresigned = 7 * 24 * time.Hour
	// UnsignedPayload stands for the hash of a body that is not part of the
	// signature.
	UnsignedPayload = "UNSIGNED-PAYLOAD"
)

// Signed is what a request's signature says.
type Signed struct {
	Principal       api.Principal
	Region, Service string // the signature's scope; empty for an anonymous request
	Payload         string // X-Amz-Content-Sha256, or what stands for it
}

// signature is the parts of a signature, from a header or from a query.
type signature struct {
	key, region, service string
	headers              []string
	hex                  string
	at                   time.Time
	expires              time.Duration // 0 for a header
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

// Verify checks the signature of a request. body is the request's body when it was
// read already; it is hashed only where no header says what its hash is. A request
// without a signature is anonymous.
func (m *Minter) Verify(r *http.Request, body []byte) (Signed, Failure) {
	s, signed, ok := parse(r)
	if !signed {
		return Signed{Principal: api.Principal{Kind: api.Anonymous}, Payload: UnsignedPayload}, None
	}
	if !ok {
		return Signed{}, Malformed
	}
	result := Signed{Region: s.region, Service: s.service, Payload: r.Header.Get("X-Amz-Content-Sha256")}
	secret, principal, failure := m.recognise(s.key, s.token)
	if failure != None {
		return result, failure
	}
	result.Principal = principal
	age := m.now().Sub(s.at)
	switch {
	case s.expires == 0 && age.Abs() > maxSkew:
		return result, Skewed
	case s.expires > 0 && (age > s.expires || age < -maxSkew):
		return result, Expired
	}
	if result.Payload == "" {
		result.Payload = UnsignedPayload
		if s.expires == 0 {
			hash := sha256.Sum256(body)
			result.Payload = hex.EncodeToString(hash[:])
		}
	}
	credentials := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: secret, SessionToken: s.token}
	wanted, err := sign(r, s, credentials, result.Payload)
	if err != nil {
		return result, Malformed
	}
	if !hmac.Equal([]byte(wanted), []byte(s.hex)) {
		return result, Mismatch
	}
	if s.expires == 0 && !payloadMatches(result.Payload, body, s.service) {
		return result, Mismatch
	}
	return result, None
}

// payloadMatches compares the body with its signed hash. S3 bodies are streamed,
// and S3 compares them itself.
func payloadMatches(payload string, body []byte, service string) bool {
	if service == "s3" || len(payload) != 2*sha256.Size {
		return true
	}
	hash := sha256.Sum256(body)
	return strings.EqualFold(payload, hex.EncodeToString(hash[:]))
}

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
	s.headers = strings.Split(q.Get("X-Amz-SignedHeaders"), ";")
	s.hex = q.Get("X-Amz-Signature")
	s.token = q.Get("X-Amz-Security-Token")
	at, err := time.Parse(timeFormat, q.Get("X-Amz-Date"))
	seconds, numberErr := strconv.Atoi(q.Get("X-Amz-Expires"))
	s.at, s.expires = at, time.Duration(seconds)*time.Second
	return s, s.parseScope(q.Get("X-Amz-Credential")) && err == nil && numberErr == nil &&
		s.expires > 0 && s.expires <= maxPresigned && s.hex != ""
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
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.service == "s3" })
	if s.expires == 0 {
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

// Package signedcall lets an HTTP client call function URLs that take signed calls
// only (AWS_IAM). A URL that takes any call takes a signed one too. It knows AWS's
// signature, not the application.
package signedcall

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Transport signs requests for Lambda with the credentials of a configuration, in its
// region, and sends them through Base.
type Transport struct {
	Base http.RoundTripper
	AWS  aws.Config
}

// RoundTrip implements [http.RoundTripper]. The request must be able to give its body
// again, as those of [http.NewRequest] are.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	sum := sha256.New()
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, fmt.Errorf("sign the call of %s: %w", r.URL.Host, err)
		}
		defer body.Close()
		if _, err := io.Copy(sum, body); err != nil {
			return nil, fmt.Errorf("sign the call of %s: %w", r.URL.Host, err)
		}
	}
	credentials, err := t.AWS.Credentials.Retrieve(r.Context())
	if err != nil {
		return nil, fmt.Errorf("sign the call of %s: %w", r.URL.Host, err)
	}
	signed := r.Clone(r.Context())
	err = v4.NewSigner().SignHTTP(r.Context(), credentials, signed, hex.EncodeToString(sum.Sum(nil)), "lambda", t.AWS.Region, time.Now())
	if err != nil {
		return nil, fmt.Errorf("sign the call of %s: %w", r.URL.Host, err)
	}
	return t.Base.RoundTrip(signed)
}

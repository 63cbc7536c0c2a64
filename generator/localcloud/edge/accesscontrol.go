package edge

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxPayload is the size of a body for a signed Lambda origin, in bytes; Lambda itself
// takes 6 MB, in Base64.
const maxPayload = 16 << 20

// lambdaMismatch is what Lambda answers to a signature whose payload hash is wrong.
const lambdaMismatch = `{"message":"The request signature we calculated does not match the signature you provided. ` +
	`Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`

// signs tells whether a request to the origin is signed. Without "always" the viewer's
// own Authorization header wins, if it is forwarded.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html#oac-advanced-settings-lambda
func (c AccessControl) signs(out *http.Request) bool {
	if c.Type == "" {
		return false
	}
	switch c.Signing {
	case SignAlways:
		return true
	case SignNoOverride:
		return out.Header.Get("Authorization") == ""
	}
	return false
}

// checkPayload refuses, in Lambda's name, a body that does not have the hash under
// which CloudFront signs it: the viewer's x-amz-content-sha256, or that of no body.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html#create-oac-overview-lambda
func checkPayload(out *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(out.Body, maxPayload+1))
	if err != nil {
		return nil, fmt.Errorf("read the viewer's request: %w", err)
	}
	if len(body) > maxPayload {
		return synthetic(out, http.StatusRequestEntityTooLarge, `{"Message":"Request must be smaller than 6291456 bytes"}`, "RequestEntityTooLargeException"), nil
	}
	declared := out.Header.Get("X-Amz-Content-Sha256")
	if declared == "" {
		declared = hashOf(nil)
	}
	if !strings.EqualFold(declared, hashOf(body)) {
		return synthetic(out, http.StatusForbidden, lambdaMismatch, "InvalidSignatureException"), nil
	}
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil, nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// synthetic is an answer that the origin would give.
func synthetic(out *http.Request, status int, body, errorType string) *http.Response {
	return &http.Response{
		StatusCode: status, Request: out, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/json"}, "X-Amzn-Errortype": {errorType}},
	}
}

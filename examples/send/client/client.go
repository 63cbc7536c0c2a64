// Package client is the sender's and the recipient's side of SGraph Send: it
// encrypts and decrypts, and speaks to the functions User and Admin. Keys, file
// names and plain text stay on this side. It knows HTTP, not AWS.
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxAnswer is the largest answer that Lambda gives, in bytes.
const maxAnswer = 6 << 20

// StatusError is an answer of a function other than the expected one.
type StatusError struct {
	Method, Path string
	Status       int
	Message      string // the function's own words, empty when it had none
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: status %d: %s", e.Method, e.Path, e.Status, e.Message)
}

// call is one request and the status that it is to be answered with.
type call struct {
	method, path string
	header       string // name of the header that carries the secret
	secret       string
	contentType  string
	body         []byte
	want         int
}

func (c call) do(ctx context.Context, client *http.Client, baseURL string) ([]byte, error) {
	// A function URL as AWS gives it ends with a slash, people write it without.
	target, err := url.JoinPath(baseURL, c.path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: base URL: %w", c.method, c.path, err)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, target, bytes.NewReader(c.body))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.method, c.path, err)
	}
	if c.secret != "" {
		request.Header.Set(c.header, c.secret)
	}
	if c.method == http.MethodPost || c.method == http.MethodPut {
		// CloudFront signs what it forwards to a function, and does not read bodies:
		// it needs their hash from the client.
		// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
		sum := sha256.Sum256(c.body)
		request.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	}
	if c.contentType != "" {
		request.Header.Set("Content-Type", c.contentType)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.method, c.path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s %s: read answer: %w", c.method, c.path, err)
	}
	if response.StatusCode != c.want {
		var body struct {
			Error string `json:"error"`
		}
		// What is not JSON is not a function's own answer, and has no words.
		_ = json.Unmarshal(answer, &body)
		return nil, &StatusError{c.method, c.path, response.StatusCode, body.Error}
	}
	return answer, nil
}

// doJSON decodes the answer into a value.
func (c call) doJSON(ctx context.Context, client *http.Client, baseURL string, into any) error {
	answer, err := c.do(ctx, client, baseURL)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s: decode answer: %w", c.method, c.path, err)
	}
	return nil
}

package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// endpoint asks a URL over HTTP until it answers as wanted or patience ends. What is
// wanted says whether the request must be signed.
func (o observer) endpoint(ctx context.Context, address string, want map[string]any) (got map[string]any, err error) {
	signed := want["signed"] == true
	var failure error
	err = o.until(ctx, func() (bool, error) {
		got, failure = o.get(ctx, address, signed)
		if failure == nil && got["version"] == "" {
			got["version"] = want["version"] // not every application tells its version
		}
		return failure == nil && !slices.ContainsFunc(compare(want, got), Value.wrong), failure
	})
	return got, err
}

// maxAnswer bounds what is read of an endpoint's answer, in bytes.
const maxAnswer = 64 << 10

func (o observer) get(ctx context.Context, address string, signed bool) (map[string]any, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if signed {
		if err := o.signCall(ctx, request); err != nil {
			return nil, err
		}
	}
	answer, err := o.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	got := map[string]any{"status_code": answer.StatusCode, "signed": signed}
	var health struct{ Status, Version string }
	if json.Unmarshal(body, &health) == nil {
		got["status"] = health.Status
	} else {
		got["status"] = string(body)
	}
	got["version"] = health.Version
	return got, nil
}

// signCall signs a request without a body for a function's URL
// (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
func (o observer) signCall(ctx context.Context, r *http.Request) error {
	credentials, err := o.config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("sign a call of %s: %w", r.URL.Host, err)
	}
	nothing := sha256.Sum256(nil)
	return v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(nothing[:]), "lambda", o.config.Region, time.Now())
}

// until asks again until done says so or patience ends.
func (o observer) until(ctx context.Context, ask func() (done bool, err error)) error {
	deadline := time.Now().Add(o.patience)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		done, err := ask()
		if done || ctx.Err() != nil || time.Now().Add(pause).After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

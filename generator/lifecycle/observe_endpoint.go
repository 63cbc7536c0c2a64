package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// endpoint asks a URL over HTTP until it answers as wanted or patience ends.
func (o observer) endpoint(ctx context.Context, address string, want map[string]any) (map[string]any, error) {
	deadline := time.Now().Add(o.patience)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		got, err := o.get(ctx, address)
		if err == nil {
			if differences, _ := compare(want, got); len(differences) == 0 {
				return got, nil
			}
		}
		if ctx.Err() != nil || time.Now().Add(pause).After(deadline) {
			return got, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// maxAnswer bounds what is read of an endpoint's answer, in bytes.
const maxAnswer = 64 << 10

func (o observer) get(ctx context.Context, address string) (map[string]any, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
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
	got := map[string]any{"status_code": answer.StatusCode}
	var health struct{ Status string }
	if json.Unmarshal(body, &health) == nil {
		got["status"] = health.Status
	} else {
		got["status"] = string(body)
	}
	return got, nil
}

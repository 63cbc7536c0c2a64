package standin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/smithy-go"
)

// The pauses between two attempts: short at first, because a local cloud is
// usually ready at once.
const (
	firstPause = 20 * time.Millisecond
	longest    = 2 * time.Second
)

// errGone says that what was asked for is not in AWS.
var errGone = errors.New("not found")

// errPending says that something has not reached the wanted state yet.
var errPending = errors.New("not ready")

// until attempts something again, with growing pauses, for as long as its error
// is one of those that again accepts. It gives up with the last error after limit,
// and at once when ctx ends.
func until(ctx context.Context, limit time.Duration, again func(error) bool, attempt func(context.Context) error) error {
	deadline := time.Now().Add(limit)
	for pause := firstPause; ; pause = min(2*pause, longest) {
		err := attempt(ctx)
		if err == nil || !again(err) {
			return err
		}
		if time.Now().Add(pause).After(deadline) {
			return fmt.Errorf("after %s: %w", limit, err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w while waiting: %w", ctx.Err(), err)
		case <-timer.C:
		}
	}
}

// isPending accepts errPending, for until.
func isPending(err error) bool { return errors.Is(err, errPending) }

// isGone reports whether an error says that what was asked for is not there.
func isGone(err error) bool {
	return errors.Is(err, errGone) || hasCode(err,
		"NoSuchBucket",
		"NoSuchCachePolicy",
		"NoSuchDistribution",
		"NoSuchEntity",
		"NoSuchFunctionExists",
		"NoSuchKey",
		"NoSuchOriginAccessControl",
		"NoSuchOriginRequestPolicy",
		"NoSuchResponseHeadersPolicy",
		"NotFound", // HEAD requests of S3 have no body that could hold a code
		"ResourceNotFoundException",
	)
}

// hasCode reports whether AWS answered with one of the codes.
func hasCode(err error, codes ...string) bool {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return false
	}
	for _, code := range codes {
		if answer.ErrorCode() == code {
			return true
		}
	}
	return false
}

// withCode is hasCode for until.
func withCode(codes ...string) func(error) bool {
	return func(err error) bool { return hasCode(err, codes...) }
}

// absent turns errors with one of the codes into errGone: the codes by which a
// service says that a part of a thing is not configured.
func absent(err error, codes ...string) error {
	if hasCode(err, codes...) {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return err
}

package standin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
)

func TestUntil(t *testing.T) {
	busy, broken := errors.New("busy"), errors.New("broken")
	isBusy := func(err error) bool { return errors.Is(err, busy) }
	for name, test := range map[string]struct {
		answers  []error
		limit    time.Duration
		want     error
		attempts int
	}{
		"at once":        {answers: []error{nil}, limit: time.Minute, attempts: 1},
		"the third time": {answers: []error{busy, busy, nil}, limit: time.Minute, attempts: 3},
		"other error":    {answers: []error{busy, broken}, limit: time.Minute, want: broken, attempts: 2},
		"out of time":    {answers: []error{busy}, limit: 0, want: busy, attempts: 1},
	} {
		t.Run(name, func(t *testing.T) {
			attempts := 0
			err := until(t.Context(), test.limit, isBusy, func(context.Context) error {
				attempts++
				return test.answers[attempts-1]
			})
			if !errors.Is(err, test.want) || attempts != test.attempts {
				t.Errorf("got %v after %d attempts", err, attempts)
			}
		})
	}
}

func TestUntilEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := until(ctx, time.Hour, isPending, func(context.Context) error {
		cancel()
		return errPending
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, errPending) {
		t.Errorf("got %v, want both reasons", err)
	}
}

func TestErrorsOfLambda(t *testing.T) {
	answer := func(code, message string) error {
		return fmt.Errorf("creating: %w", &smithy.GenericAPIError{Code: code, Message: message})
	}
	for _, test := range []struct {
		err  error
		busy bool
	}{
		{answer("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."), true},
		{answer("InvalidParameterValueException", "Unzipped size must be smaller"), false},
		{answer("ResourceConflictException", "The operation cannot be performed at this time. An update is in progress"), true},
		{answer("ResourceConflictException", "Function already exist: a"), false},
		{answer("ResourceConflictException", "The statement id (a) provided already exists."), false},
		{errors.New("cannot be assumed by Lambda"), false},
		{nil, false},
	} {
		if got := isFunctionBusy(test.err); got != test.busy {
			t.Errorf("%v: got %v", test.err, got)
		}
	}
}

func TestGone(t *testing.T) {
	missing := &smithy.GenericAPIError{Code: "NoSuchCORSConfiguration"}
	if isGone(missing) {
		t.Error("a bucket without CORS is not gone")
	}
	err := absent(missing, "NoSuchCORSConfiguration")
	if !isGone(err) || !strings.Contains(err.Error(), "NoSuchCORSConfiguration") {
		t.Errorf("got %v", err)
	}
	if absent(nil, "NoSuchCORSConfiguration") != nil {
		t.Error("no error must stay none")
	}
}

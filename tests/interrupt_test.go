package tests

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
)

// TestInterruptedRunsAreFinishedByTheNext interrupts a round trip at different
// points, as Ctrl-C does, and runs it again on the same cloud: it must go through,
// from whatever the first one left.
func TestInterruptedRunsAreFinishedByTheNext(t *testing.T) {
	tests := map[string]func(lifecycle.Event) bool{
		"while components are created": func(e lifecycle.Event) bool { return e.Kind == lifecycle.ComponentDone },
		"before verifying":             func(e lifecycle.Event) bool { return e.Kind == lifecycle.StepStarted && e.Step == "verify" },
		"before deleting":              func(e lifecycle.Event) bool { return e.Kind == lifecycle.StepStarted && e.Step == "delete" },
	}
	for name, when := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "rehearsal")
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			err := roundTrip(ctx, t, dir, func(e lifecycle.Event) {
				if when(e) {
					interrupt()
				}
			})
			if !errors.Is(err, lifecycle.ErrInterrupted) {
				t.Fatalf("got %v, want an interruption", err)
			}
			if err := roundTrip(t.Context(), t, dir, func(lifecycle.Event) {}); err != nil {
				t.Errorf("the second run: %v", err)
			}
		})
	}
}

func roundTrip(ctx context.Context, t *testing.T, dir string, tell func(lifecycle.Event)) error {
	t.Helper()
	s, err := rehearsal.Open(t.Context(), rehearsal.Options{
		Target: load(t, "dev"), Repository: repository(t), Dir: dir, Terraform: findTerraform(t), Tell: tell,
	})
	if err != nil {
		return err
	}
	return errors.Join(s.RoundTrip(ctx), s.Close())
}

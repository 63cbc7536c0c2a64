package tests

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
)

// TestInterruptedRunsAreFinishedByTheNext interrupts round trips on one cloud, each at
// a later point than the one before, as Ctrl-C does: each begins with whatever the last
// one left, and one that nobody interrupts must go through.
func TestInterruptedRunsAreFinishedByTheNext(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "rehearsal")
	for _, point := range []struct {
		name string
		when func(lifecycle.Event) bool
	}{
		{"while components are created", func(e lifecycle.Event) bool { return e.Kind == lifecycle.ComponentDone }},
		{"before verifying", func(e lifecycle.Event) bool { return e.Kind == lifecycle.StepStarted && e.Step == "verify" }},
		{"before deleting", func(e lifecycle.Event) bool { return e.Kind == lifecycle.StepStarted && e.Step == "delete" }},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		err := roundTrip(ctx, t, dir, func(e lifecycle.Event) {
			if point.when(e) {
				interrupt()
			}
		})
		interrupt()
		if !errors.Is(err, lifecycle.ErrInterrupted) {
			t.Fatalf("%s: got %v, want an interruption", point.name, err)
		}
	}
	if err := roundTrip(t.Context(), t, dir, func(lifecycle.Event) {}); err != nil {
		t.Errorf("the run that nobody interrupted: %v", err)
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
	return errors.Join(s.RoundTrip(ctx, nil), s.Close())
}

package lifecycle

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// told runs steps and returns what was told of them.
func told(ctx context.Context, steps []step) (text string, err error) {
	var all []string
	d := &Deployment{cfg: Config{Tell: oneByOne(func(e Event) {
		line := string(e.Kind) + " " + e.Step
		switch {
		case errors.Is(e.Err, ErrInterrupted):
			line += " interrupted"
		case e.Err != nil:
			line += " failed"
		}
		all = append(all, line)
	})}}
	err = d.run(ctx, steps)
	return strings.Join(all, ", "), err
}

func TestStepsSideBySide(t *testing.T) {
	first := make(chan struct{})
	text, err := told(t.Context(), []step{
		{name: "plan", do: func(context.Context) (string, error) { <-first; return "", nil }},
		{name: "verify", do: func(context.Context) (string, error) { close(first); return "", nil }, beside: true},
		{name: "delete", do: func(context.Context) (string, error) { return "", nil }},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text, "step started plan, step started verify, step done ") || !strings.HasSuffix(text, ", step started delete, step done delete") {
		t.Errorf("told: %s", text)
	}
}

// TestAStepThatFailsEndsTheOneBesideIt has the other one be interrupted, and the failure
// be what the run says.
func TestAStepThatFailsEndsTheOneBesideIt(t *testing.T) {
	wrong := errors.New("wrong")
	wait := func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }
	text, err := told(t.Context(), []step{
		{name: "plan", do: wait},
		{name: "verify", do: func(context.Context) (string, error) { return "", wrong }, beside: true},
		{name: "delete", do: func(context.Context) (string, error) { t.Error("deleted"); return "", nil }},
	})
	if want := "step started plan, step started verify, step done verify failed, step done plan interrupted"; text != want {
		t.Errorf("told: %s", text)
	}
	var failed *StepError
	if !errors.As(err, &failed) || failed.Step != "verify" || !errors.Is(err, wrong) || errors.Is(err, ErrInterrupted) {
		t.Errorf("the run ends with %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if text, err = told(ctx, []step{{name: "plan", do: wait}, {name: "verify", do: wait, beside: true}}); !errors.Is(err, ErrInterrupted) || strings.Count(text, " interrupted") != 2 {
		t.Errorf("interrupted from outside: %s, %v", text, err)
	}
}

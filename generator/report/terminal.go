// Package report shows what happens: runs, findings and mistakes, for people on a
// terminal and in logs.
//
// It must not decide anything: it draws the values that other rooms hand it.
package report

import (
	"errors"
	"fmt"
	"io"
	"time"

	"sendform/generator/lifecycle"
)

// Terminal draws a run as plain lines, each written when it happens.
type Terminal struct {
	out   io.Writer
	begun time.Time
	steps []lifecycle.Event
}

// NewTerminal starts the clock of a run.
func NewTerminal(out io.Writer) *Terminal { return &Terminal{out: out, begun: time.Now()} }

// Head names the run.
func (t *Terminal) Head(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// Tell draws one event. Events come one after the other.
func (t *Terminal) Tell(e lifecycle.Event) {
	switch e.Kind {
	case lifecycle.StepStarted:
		fmt.Fprintf(t.out, "%*d/%d %s\n", digits(e.Of), e.Number, e.Of, e.Step)
	case lifecycle.Note:
		fmt.Fprintf(t.out, "      %s\n", e.Text)
	case lifecycle.ComponentDone:
		fmt.Fprintf(t.out, "      %-28s %-14s %6.2f s\n", e.Component, plural(e.Resources, "resource"), e.Took.Seconds())
	case lifecycle.StepDone:
		t.steps = append(t.steps, e)
		if e.Err != nil {
			fmt.Fprintf(t.out, "  ✗ %s after %.2f s\n", outcome(e.Err), e.Took.Seconds())
			return
		}
		fmt.Fprintf(t.out, "  ✓ %-60s %6.2f s\n", e.Text, e.Took.Seconds())
	}
}

// Summary closes a run: every step with its time, and how it ended.
func (t *Terminal) Summary(name string, err error) {
	fmt.Fprintf(t.out, "\n")
	for _, s := range t.steps {
		mark := "✓"
		if s.Err != nil {
			mark = "✗"
		}
		fmt.Fprintf(t.out, "  %s %-16s %6.2f s\n", mark, s.Step, s.Took.Seconds())
	}
	total := time.Since(t.begun).Seconds()
	if err == nil {
		fmt.Fprintf(t.out, "%s passed in %.2f s\n", name, total)
		return
	}
	fmt.Fprintf(t.out, "%s %s after %.2f s\n", name, outcome(err), total)
}

func outcome(err error) string {
	if errors.Is(err, lifecycle.ErrInterrupted) {
		return "interrupted"
	}
	return "failed"
}

func digits(n int) int { return len(fmt.Sprint(n)) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

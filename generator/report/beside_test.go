package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sendform/generator/lifecycle"
)

// sideBySide are two steps at a time, of which the second is done first, and one behind
// them.
func sideBySide() []lifecycle.Event {
	plan := lifecycle.Event{Kind: lifecycle.StepStarted, Step: "plan again", Number: 1, Of: 3}
	verify := lifecycle.Event{Kind: lifecycle.StepStarted, Step: "verify", Number: 2, Of: 3}
	remove := lifecycle.Event{Kind: lifecycle.StepStarted, Step: "delete", Number: 3, Of: 3}
	done := func(e lifecycle.Event, text string) lifecycle.Event {
		e.Kind, e.Text, e.Took = lifecycle.StepDone, text, time.Second
		return e
	}
	return []lifecycle.Event{
		plan, verify,
		{Kind: lifecycle.Checked, Component: files, Values: []lifecycle.Value{{OK: true}}},
		done(verify, "354 values are right"), done(plan, "no changes"),
		remove, done(remove, "43 resources destroyed"),
	}
}

func TestStepsSideBySideAreTold(t *testing.T) {
	var out bytes.Buffer
	run := Begin(&out, Options{Command: "rehearse", Targets: subjects("qa"), Getenv: func(string) string { return "" }, Now: newClock().now})
	teller := run.Teller("qa")
	for _, e := range sideBySide() {
		teller.Tell(e)
	}
	if err := teller.Done(nil); err != nil {
		t.Fatal(err)
	}
	if err := run.End(nil, ""); err != nil {
		t.Fatal(err)
	}
	// Whose result a line is, it says where the line above may be another step's. The
	// summary has the steps in their order.
	at := 0
	for _, want := range []string{
		"1/3 plan again\n", "2/3 verify\n", "✓ verify: 354 values are right ", "✓ plan again: no changes ",
		"3/3 delete\n", "✓ 43 resources destroyed ", "✓ plan again ", "✓ verify ", "✓ delete ",
	} {
		i := strings.Index(out.String()[at:], want)
		if i < 0 {
			t.Fatalf("%q is not where it should be:\n%s", want, out.String())
		}
		at += i + len(want)
	}
	steps := run.record.Targets[0].Steps
	if steps[0].Text != "no changes" || steps[1].Text != "354 values are right" || len(steps[0].Checks) != 0 || len(steps[1].Checks) != 1 {
		t.Errorf("recorded: %+v and %+v", *steps[0], *steps[1])
	}
}

func TestOverviewHasStepsSideBySide(t *testing.T) {
	p := []*progress{{name: "qa"}}
	o := &overview{targets: p}
	heads := []string{}
	for _, e := range sideBySide() {
		made := eventOf(e, masker(nil))
		made.Target = "qa"
		o.follow(made)
		if e.Kind != lifecycle.Checked {
			heads = append(heads, p[0].rows(time.Time{}, 200, 10, style{})[0])
		}
	}
	for i, want := range []string{
		"qa  1/3 plan again  0.0 s",
		"qa  1/3 plan again  0.0 s  2/3 verify  0.0 s",
		"qa  1/3 plan again  0.0 s  1 value asked, 0 wrong",
		"qa  1 value asked, 0 wrong",
		"qa  3/3 delete  0.0 s",
		"qa",
	} {
		if heads[i] != want {
			t.Errorf("%d: got %q, want %q", i, heads[i], want)
		}
	}
}

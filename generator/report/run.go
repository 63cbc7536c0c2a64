// Package report shows what happens: runs, plans, findings and mistakes, for people
// on a terminal, in logs and in a browser, and for programs.
//
// It must not decide anything: it draws the values that other rooms hand it.
package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"sendform/generator/components"
	"sendform/generator/lifecycle"
)

// Subject is a target that something is done with.
type Subject struct {
	Name       string // environment/region
	Account    string
	Components []components.Component // each behind what it needs
}

// Options says how a run is shown.
type Options struct {
	// Command is what runs, for example apply.
	Command string
	Targets []Subject
	// JSON writes each event as an [Event]. Else people read it.
	JSON bool
	// Getenv is asked for NO_COLOR and TERM.
	Getenv func(string) string
	// Now is the clock.
	Now func() time.Time
}

// Run shows what a command does while it does it, and keeps it for the report. It
// may be told things by many targets at the same time.
type Run struct {
	now     func() time.Time
	command string

	mu     sync.Mutex
	view   view
	record Record
}

// Begin starts to show a run on out: redrawn in place where out is a terminal, by
// plain lines where it is not. The run must be ended by [Run.End].
func Begin(out io.Writer, o Options) *Run {
	r := &Run{now: o.Now, command: o.Command}
	screen, onScreen := screenOf(out, o.Getenv)
	switch {
	case o.JSON:
		r.view = newLines(out)
	case onScreen:
		r.view = newOverview(screen, o.Now)
	default:
		r.view = newPlain(out, style{})
	}
	var names []string
	for _, t := range o.Targets {
		names = append(names, t.Name)
	}
	r.tell(Event{Kind: runStarted, Command: o.Command, Targets: names})
	for _, t := range o.Targets {
		drawn := componentsOf(t.Components)
		r.record.Targets = append(r.record.Targets, &Target{
			Name: t.Name, Account: t.Account, Components: drawn, Steps: []*Step{}, Policies: policiesOf(t.Components),
		})
		r.tell(Event{Kind: targetStarted, Target: t.Name, needs: drawn})
	}
	return r
}

// tell hands an event to everybody who wants it.
func (r *Run) tell(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Schema, e.Time = EventSchema, r.now()
	r.record.note(e)
	r.view.draw(e)
}

func (r *Run) ask(question func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.pause()
	return question()
}

// End closes the run. Unless dir is empty it writes report.json and report.html
// there.
func (r *Run) End(err error, dir string) error {
	e := Event{Kind: runDone, Result: resultOf(err)}
	if err != nil && !slices.ContainsFunc(r.record.Targets, func(t *Target) bool { return t.Error != "" }) {
		e.Error = err.Error() // no target has told it
	}
	e.Seconds = seconds(r.now().Sub(r.record.Started))
	r.tell(e)
	r.view.close()
	if dir == "" {
		return err
	}
	return errors.Join(err, r.record.write(dir))
}

// Teller is how a target tells what happens with it.
type Teller struct {
	run   *Run
	name  string
	mask  func(string) string
	begun time.Time
}

// Teller returns the one of a target, and starts its clock.
func (r *Run) Teller(target string) *Teller {
	return &Teller{run: r, name: target, mask: masker(nil), begun: r.now()}
}

func (t *Teller) tell(e Event) {
	e.Target = t.name
	t.run.tell(e)
}

// Hide hides the values of secrets in all that is told from now on.
func (t *Teller) Hide(secrets map[string]string) { t.mask = masker(secrets) }

// Ask lets a question have the terminal for itself, and returns the answer's error.
func (t *Teller) Ask(question func() error) error { return t.run.ask(question) }

// Tell tells what a lifecycle does.
func (t *Teller) Tell(e lifecycle.Event) { t.tell(eventOf(e, t.mask)) }

// Text says something about the target.
func (t *Teller) Text(format string, args ...any) {
	t.tell(Event{Kind: kindOf(lifecycle.Note), Text: t.mask(fmt.Sprintf(format, args...))})
}

// Plan tells what would change, and returns that without the values of secrets.
func (t *Teller) Plan(p PlanSummary) PlanSummary {
	masked := p.masked(t.mask)
	t.tell(Event{Kind: planned, Plan: &masked})
	return masked
}

// Exists tells how much of a component stands.
func (t *Teller) Exists(e lifecycle.Existence) {
	t.tell(Event{
		Kind: existence, Component: e.Component.String(),
		Exists: &Existence{Answer: e.Answer(), Standing: e.Standing, Of: e.Of},
	})
}

// Done tells how it ended. The error that it returns is nil, or a [Failure].
func (t *Teller) Done(err error) error {
	took := t.run.now().Sub(t.begun)
	e := Event{Kind: targetDone, Result: resultOf(err), Seconds: seconds(took), took: took}
	if err != nil {
		e.Error = t.mask(err.Error())
	}
	t.tell(e)
	if err == nil {
		return nil
	}
	return &Failure{Command: t.run.command, Target: t.name, Err: err, mask: t.mask}
}

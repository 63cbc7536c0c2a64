package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// plain draws a run as lines, each written when it happens.
type plain struct {
	out     io.Writer
	style   style
	command string
	targets int
	begun   map[string]bool    // targets that have a step
	open    map[string]int     // steps that are under way, by target
	beside  map[string]bool    // targets of which several steps are, or were just now
	steps   map[string][]Event // that are done, by target
	ended   []Event            // targets
}

func newPlain(out io.Writer, s style) *plain {
	return &plain{
		out: out, style: s, begun: map[string]bool{}, open: map[string]int{}, beside: map[string]bool{},
		steps: map[string][]Event{},
	}
}

// line writes one line, which says whose it is where there are several targets.
func (p *plain) line(target, format string, args ...any) {
	if p.targets > 1 && target != "" {
		fmt.Fprintf(p.out, "%s │ ", target)
	}
	fmt.Fprintf(p.out, format+"\n", args...)
}

func (p *plain) draw(e Event) {
	switch e.Kind {
	case runStarted:
		p.command, p.targets = e.Command, len(e.Targets)
	case "step_started":
		p.begun[e.Target] = true
		p.open[e.Target]++
		p.beside[e.Target] = p.open[e.Target] > 1
		p.line(e.Target, "%*d/%d %s", digits(e.Of), e.Number, e.Of, e.Step)
	case "component_done":
		p.line(e.Target, "      %-28s %-14s %6.2f s", e.Component, plural(e.Resources, "resource"), e.took.Seconds())
	case "resource_waiting":
		p.line(e.Target, "      still at it after %.0f s: %s of %s", e.took.Seconds(), e.Action, e.Resource)
	default:
		p.lasting(e)
	}
}

// lasting draws what stays on a terminal too, above the overview.
func (p *plain) lasting(e Event) {
	switch e.Kind {
	case "note":
		if p.begun[e.Target] {
			e.Text = "      " + e.Text
		}
		p.line(e.Target, "%s", e.Text)
	case "resource_failed":
		p.line(e.Target, "  %s %s of %s failed after %.2f s", p.style.mark(Failed), e.Action, e.Resource, e.took.Seconds())
	case "step_done":
		p.steps[e.Target] = append(p.steps[e.Target], e)
		switch {
		case e.Text == "":
			e.Text = e.Step
		case p.beside[e.Target]:
			e.Text = e.Step + ": " + e.Text // the line above may be another one's
		}
		p.open[e.Target]--
		if e.Result != Passed {
			p.line(e.Target, "  %s %s %s after %.2f s", p.style.mark(e.Result), e.Step, e.Result, e.took.Seconds())
			return
		}
		p.line(e.Target, "  %s %-60s %6.2f s", p.style.mark(e.Result), e.Text, e.took.Seconds())
	case planned:
		fmt.Fprintf(p.out, "%s", e.Plan.text(e.Target))
	case existence:
		fmt.Fprintf(p.out, "%s %-28s %-7s %d of %d\n", e.Target, e.Component, e.Exists.Answer, e.Exists.Standing, e.Exists.Of)
	case targetDone:
		p.ended = append(p.ended, e)
	case runDone:
		p.summary()
	}
}

// summary closes a run: every step with its time, and how each target ended.
func (p *plain) summary() {
	steps := 0
	for _, t := range p.ended {
		done := p.steps[t.Target]
		slices.SortStableFunc(done, func(a, b Event) int { return cmp.Compare(a.Number, b.Number) })
		for i, s := range done {
			if i == 0 {
				p.line("", "")
			}
			p.line(t.Target, "  %s %-16s %6.2f s", p.style.mark(s.Result), s.Step, s.took.Seconds())
			steps++
		}
	}
	if steps == 0 {
		return
	}
	if p.targets > 1 {
		p.line("", "")
	}
	for _, t := range p.ended {
		p.line("", "%s %s %s in %.2f s", p.command, t.Target, t.Result, t.took.Seconds())
	}
	if missing := p.targets - len(p.ended); missing > 0 {
		p.line("", "%s not begun", plural(missing, "target"))
	}
}

func (*plain) pause() {}
func (*plain) close() {}

// style writes marks, in colours where they are wanted.
type style struct{ colours bool }

// Colours by their numbers in ECMA-48, as every terminal has them.
const (
	bold, faint, red, green, yellow, cyan = 1, 2, 31, 32, 33, 36
)

func (s style) paint(colour int, text string) string {
	if !s.colours {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", colour, text)
}

func (s style) mark(r Result) string {
	if r == Passed {
		return s.paint(green, "✓")
	}
	return s.paint(red, "✗")
}

func clock(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
}

func digits(n int) int { return len(fmt.Sprint(n)) }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

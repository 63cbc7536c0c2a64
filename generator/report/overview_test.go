package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sendform/generator/lifecycle"
	"sendform/generator/terraform"
)

// window is a terminal as far as the overview uses one: it keeps the lines that a
// person sees.
type window struct {
	lines []string
	at    int // the line that the cursor is in
}

func (w *window) Write(p []byte) (int, error) {
	text := string(p)
	for text != "" {
		rest, isCode := strings.CutPrefix(text, "\x1b[")
		switch {
		case isCode:
			end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' })
			n, _ := strconv.Atoi(rest[:end])
			switch rest[end] {
			case 'A':
				w.at -= n
			case 'J':
				w.lines = w.lines[:min(w.at, len(w.lines))]
			}
			text = rest[end+1:]
		case text[0] == '\r':
			text = text[1:]
		default:
			line, after, _ := strings.Cut(text, "\n")
			w.lines = append(w.lines[:w.at], line)
			w.at++
			text = after
		}
	}
	return len(p), nil
}

// overviewOf draws events of two targets on a window of a size. It stands still
// between events.
func overviewOf(w *window, width, height int) *overview {
	o := &overview{
		screen: screen{Writer: w, size: func() (int, int) { return width, height }}, now: newClock().now,
		stop: make(chan struct{}),
	}
	o.lasting = newPlain(o.screen, style{})
	at := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	draw := func(target string, e lifecycle.Event) {
		made := eventOf(e, masker(nil))
		made.Target, made.Time = target, at
		o.draw(made)
	}
	o.draw(Event{Kind: runStarted, Command: "apply", Targets: []string{"qa/eu-west-2", "qa/us-east-1"}})
	for _, s := range subjects("qa/eu-west-2", "qa/us-east-1") {
		o.draw(Event{Kind: targetStarted, Target: s.Name, needs: componentsOf(s.Components)})
		draw(s.Name, lifecycle.Event{Kind: lifecycle.StepStarted, Step: "apply", Number: 1, Of: 2})
		for _, c := range s.Components {
			draw(s.Name, lifecycle.Event{Kind: lifecycle.ComponentPlanned, Component: c.Address, Resources: 2, Action: terraform.Create})
		}
	}
	for _, name := range []string{"a", "b"} {
		draw("qa/eu-west-2", lifecycle.Event{
			Kind: lifecycle.ResourceStarted, Component: files, Action: terraform.Create, Resource: "module.storage_files.aws_s3_bucket." + name,
		})
	}
	draw("qa/eu-west-2", lifecycle.Event{
		Kind: lifecycle.ResourceDone, Component: files, Action: terraform.Create, Resource: "module.storage_files.aws_s3_bucket.a",
	})
	draw("qa/us-east-1", lifecycle.Event{Kind: lifecycle.StepDone, Step: "apply", Number: 1, Of: 2, Text: "8 resources added", Took: time.Second})
	draw("qa/us-east-1", lifecycle.Event{Kind: lifecycle.StepStarted, Step: "verify", Number: 2, Of: 2})
	draw("qa/us-east-1", lifecycle.Event{Kind: lifecycle.Checked, Component: files, Values: []lifecycle.Value{{OK: true}, {OK: false}}})
	return o
}

func TestOverview(t *testing.T) {
	var w window
	o := overviewOf(&w, 100, 30)
	o.tick()
	golden(t, "overview.txt", strings.Join(w.lines, "\n")+"\n")
	o.tick()
	if drawn := len(w.lines); drawn != w.at {
		t.Errorf("the cursor is in line %d of %d", w.at, drawn)
	}

	// A question has the terminal for itself, until something happens.
	o.pause()
	o.tick()
	if got := strings.Join(w.lines, "\n"); strings.Contains(got, "waiting") || !strings.Contains(got, "8 resources added") {
		t.Errorf("while a question is asked the window has\n%s", got)
	}

	// At the end nothing of the overview is left, and what lasts is.
	o.draw(Event{Kind: targetDone, Target: "qa/us-east-1", Result: Passed})
	o.draw(Event{Kind: targetDone, Target: "qa/eu-west-2", Result: Failed})
	o.draw(Event{Kind: runDone, Result: Failed})
	o.close()
	got := strings.Join(w.lines, "\n")
	for _, want := range []string{"apply qa/us-east-1 passed", "apply qa/eu-west-2 failed", "✓ apply: 8 resources added"} {
		if !strings.Contains(got, want) {
			t.Errorf("the window has no %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "waiting") {
		t.Errorf("the overview is left:\n%s", got)
	}
}

func TestOverviewFitsTheWindow(t *testing.T) {
	for _, size := range [][2]int{{40, 8}, {20, 4}, {10, 3}} {
		o := overviewOf(&window{}, size[0], size[1])
		picture := o.picture()
		if len(picture) >= size[1] {
			t.Errorf("%d lines in a window of %d", len(picture), size[1])
		}
		for _, line := range picture {
			if n := len([]rune(line)); n >= size[0] {
				t.Errorf("%d letters in a window of %d: %q", n, size[0], line)
			}
		}
	}
}

// TestOverviewOfADeletion has the order the other way round: a function goes before
// the role that it needs.
func TestOverviewOfADeletion(t *testing.T) {
	p := progress{
		needs: map[string][]string{"function.front": {"identity.front"}}, reverse: true,
		open: map[string]int{"function.front": 1, "identity.front": 1}, begun: map[string]bool{"function.front": true},
	}
	if got := strings.Join(p.waiting(), "; "); got != "identity.front for function.front" {
		t.Errorf("what waits: %s", got)
	}
}

func TestOverviewKeepsItsClockGoing(t *testing.T) {
	drawn := make(chan struct{}, 1)
	o := newOverview(screen{Writer: writerFunc(func() {
		select {
		case drawn <- struct{}{}:
		default:
		}
	}), size: func() (int, int) { return 80, 24 }}, time.Now)
	o.draw(Event{Kind: targetStarted, Target: "qa"})
	o.draw(Event{Kind: "step_started", Target: "qa", Step: "build", Number: 1, Of: 1, Time: time.Now()})
	<-drawn // neither event has drawn anything
	o.close()
}

type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

func TestScreen(t *testing.T) {
	getenv := func(string) string { return "xterm" }
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, is := screenOf(file, getenv); is {
		t.Error("a file is taken for a terminal")
	}
	if _, is := screenOf(&bytes.Buffer{}, getenv); is {
		t.Error("a buffer is taken for a terminal")
	}

	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	tests := map[string]struct {
		environ     map[string]string
		is, colours bool
	}{
		"a terminal": {map[string]string{"TERM": "xterm"}, true, true},
		"NO_COLOR":   {map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, true, false},
		"dumb":       {map[string]string{"TERM": "dumb"}, false, false},
		"unknown":    {nil, false, false},
	}
	for name, test := range tests {
		s, is := screenOf(terminal, func(name string) string { return test.environ[name] })
		if is != test.is || s.style.colours != test.colours {
			t.Errorf("%s: drawn on: %v, colours: %v", name, is, s.style.colours)
		}
	}
}

func TestColours(t *testing.T) {
	if got := (style{}).mark(Failed); got != "✗" {
		t.Errorf("without colours: %q", got)
	}
	if got := (style{colours: true}).mark(Passed); got != "\x1b[32m✓\x1b[0m" {
		t.Errorf("with colours: %q", got)
	}
}

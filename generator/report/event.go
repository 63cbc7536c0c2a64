package report

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sendform/generator/components"
	"sendform/generator/lifecycle"
)

// EventSchema names the form of an [Event]. The number rises when a field changes
// its meaning or goes; new fields and kinds do not raise it.
const EventSchema = "sendform.event/1"

// Event is one line of `--json`. docs/report.md describes the fields.
type Event struct {
	Schema    string        `json:"schema"`
	Time      time.Time     `json:"time"`
	Kind      string        `json:"kind"`
	Command   string        `json:"command,omitempty"`
	Targets   []string      `json:"targets,omitempty"`
	Target    string        `json:"target,omitempty"`
	Step      string        `json:"step,omitempty"`
	Number    int           `json:"number,omitempty"`
	Of        int           `json:"of,omitempty"`
	Component string        `json:"component,omitempty"`
	Resource  string        `json:"resource,omitempty"`
	Action    string        `json:"action,omitempty"`
	Resources int           `json:"resources,omitempty"`
	Values    []Value       `json:"values,omitempty"`
	Plan      *PlanSummary  `json:"plan,omitempty"`
	Exists    *Existence    `json:"exists,omitempty"`
	Result    Result        `json:"result,omitempty"`
	Text      string        `json:"text,omitempty"`
	Error     string        `json:"error,omitempty"`
	Seconds   float64       `json:"seconds,omitempty"`
	needs     []Component   // of runs that begin with a target
	took      time.Duration // Seconds, not rounded
}

// The kinds of events beside those of a lifecycle, whose names have a _ for each
// space.
const (
	runStarted    = "run_started"
	targetStarted = "target_started"
	planned       = "plan"
	existence     = "exists"
	targetDone    = "target_done"
	runDone       = "run_done"
)

// Result is how something ended.
type Result string

// The results of steps, targets and runs.
const (
	Passed      Result = "passed"
	Failed      Result = "failed"
	Interrupted Result = "interrupted"
)

func resultOf(err error) Result {
	switch {
	case err == nil:
		return Passed
	case errors.Is(err, lifecycle.ErrInterrupted):
		return Interrupted
	default:
		return Failed
	}
}

// Value is what was wanted of one attribute, and what AWS answered.
type Value struct {
	Attribute string `json:"attribute"`
	Wanted    string `json:"wanted"`
	Got       string `json:"got"`
	OK        bool   `json:"ok"`
}

// Existence is how much of a component stands in AWS.
type Existence struct {
	Answer   string `json:"answer"` // yes, partly or no
	Standing int    `json:"standing"`
	Of       int    `json:"of"`
}

func kindOf(k lifecycle.EventKind) string { return strings.ReplaceAll(string(k), " ", "_") }

// eventOf turns what a lifecycle tells into an event. Texts that may hold what
// nobody should see go through mask.
func eventOf(e lifecycle.Event, mask func(string) string) Event {
	made := Event{
		Kind: kindOf(e.Kind), Step: e.Step, Number: e.Number, Of: e.Of,
		Resource: mask(e.Resource), Action: string(e.Action), Resources: e.Resources,
		Text: mask(e.Text), Seconds: seconds(e.Took), took: e.Took,
	}
	if e.Component != (components.Address{}) {
		made.Component = e.Component.String()
	}
	for _, v := range e.Values {
		made.Values = append(made.Values, Value{Attribute: mask(v.Attribute), Wanted: mask(v.Wanted), Got: mask(v.Got), OK: v.OK})
	}
	if e.Kind == lifecycle.StepDone {
		made.Result = resultOf(e.Err)
	}
	if e.Err != nil {
		made.Text, made.Error = "", mask(e.Err.Error())
	}
	return made
}

// seconds is a time for people and for files: to the millisecond.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// masker hides values wherever they stand in a text, also with the quotes and line
// ends that Go and JSON write differently.
func masker(secrets map[string]string) func(string) string {
	// The longest first: one may be the beginning of another.
	values := slices.SortedFunc(maps.Values(secrets), func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, value := range values {
		if value == "" {
			continue
		}
		quoted := strconv.Quote(value)
		asJSON, err := json.Marshal(value)
		if err != nil {
			asJSON = []byte(quoted) // a string is always written
		}
		for _, form := range []string{value, quoted[1 : len(quoted)-1], string(asJSON[1 : len(asJSON)-1])} {
			pairs = append(pairs, form, hidden)
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

// hidden stands where a secret would.
const hidden = "(sensitive)"

// view draws events as they come.
type view interface {
	draw(Event)
	// pause takes away what would be in the way of a question, until the next event.
	pause()
	close()
}

// lines writes each event as a JSON object on a line of its own.
type lines struct{ encoder *json.Encoder }

func newLines(out io.Writer) lines {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return lines{encoder}
}

// draw passes over a reader that has gone: the run matters more.
func (l lines) draw(e Event) { _ = l.encoder.Encode(e) }

func (lines) pause() {}
func (lines) close() {}

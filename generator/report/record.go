package report

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// RecordSchema names the form of a [Record]. The number rises when a field changes
// its meaning or goes; new fields do not raise it.
const RecordSchema = "sendform.report/1"

// Record is all that is known of a run when it is over. docs/report.md describes the
// fields. Times are seconds since the start of the run.
type Record struct {
	Schema  string    `json:"schema"`
	Command string    `json:"command"`
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Result  Result    `json:"result"`
	Error   string    `json:"error,omitempty"`
	Targets []*Target `json:"targets"`
}

// Target is what was done with one target.
type Target struct {
	Name       string       `json:"name"` // environment/region
	Account    string       `json:"account"`
	Result     Result       `json:"result"`
	Error      string       `json:"error,omitempty"`
	Components []Component  `json:"components"`
	Plan       *PlanSummary `json:"plan,omitempty"`
	Steps      []*Step      `json:"steps"`
	Policies   []Policy     `json:"policies,omitempty"`
}

// Component is a part of a target, behind all that it needs.
type Component struct {
	Address string   `json:"address"`
	Needs   []string `json:"needs"`
}

// Policy is what a role may do.
type Policy struct {
	Role     string          `json:"role"`
	Name     string          `json:"name"`
	Document json.RawMessage `json:"document"`
}

// Step is one part of a run, for example create.
type Step struct {
	Name      string     `json:"name"`
	Number    int        `json:"number"`
	Of        int        `json:"of"`
	Start     float64    `json:"start"`
	Seconds   float64    `json:"seconds"`
	Result    Result     `json:"result"`
	Text      string     `json:"text,omitempty"`
	Error     string     `json:"error,omitempty"`
	Notes     []string   `json:"notes,omitempty"`
	Resources []Resource `json:"resources,omitempty"`
	Checks    []Check    `json:"checks,omitempty"`
}

// Resource is what Terraform did with one resource.
type Resource struct {
	Component string  `json:"component"`
	Address   string  `json:"address"`
	Action    string  `json:"action"`
	Start     float64 `json:"start"`
	Seconds   float64 `json:"seconds"`
	Result    Result  `json:"result"`
}

// Check is what AWS was asked about one resource.
type Check struct {
	Component string  `json:"component"`
	Resource  string  `json:"resource"`
	OK        bool    `json:"ok"`
	Values    []Value `json:"values"`
}

// note adds an event to the record.
func (r *Record) note(e Event) {
	since := func(begun time.Duration) float64 { return seconds(e.Time.Sub(r.Started) - begun) }
	if e.Kind == runStarted {
		*r = Record{Schema: RecordSchema, Command: e.Command, Started: e.Time, Targets: []*Target{}}
		return
	}
	if e.Kind == runDone {
		r.Seconds, r.Result, r.Error = since(0), e.Result, e.Error
		for _, t := range r.Targets {
			t.sort()
		}
		return
	}
	t := r.target(e.Target)
	if t == nil {
		return
	}
	switch e.Kind {
	case planned:
		t.Plan = e.Plan
	case targetDone:
		t.Result, t.Error = e.Result, e.Error
	case "step_started":
		t.Steps = append(t.Steps, &Step{Name: e.Step, Number: e.Number, Of: e.Of, Start: since(0)})
	}
	if s := t.stepOf(e); s != nil {
		s.note(e, since)
	}
}

// stepOf is the step that an event belongs to: the one that it names, else the one that
// was begun last.
func (t *Target) stepOf(e Event) *Step {
	if i := slices.IndexFunc(t.Steps, func(s *Step) bool { return s.Number == e.Number }); i >= 0 {
		return t.Steps[i]
	}
	if len(t.Steps) == 0 {
		return nil
	}
	return t.Steps[len(t.Steps)-1]
}

func (r *Record) target(name string) *Target {
	i := slices.IndexFunc(r.Targets, func(t *Target) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return r.Targets[i]
}

// note adds what belongs to the step that is under way.
func (s *Step) note(e Event, since func(time.Duration) float64) {
	switch e.Kind {
	case "note":
		s.Notes = append(s.Notes, e.Text)
	case "resource_done", "resource_failed":
		result := Passed
		if e.Kind == "resource_failed" {
			result = Failed
		}
		s.Resources = append(s.Resources, Resource{
			Component: e.Component, Address: e.Resource, Action: e.Action,
			Start: max(since(e.took), s.Start), Seconds: e.Seconds, Result: result,
		})
	case "checked":
		wrong := slices.ContainsFunc(e.Values, func(v Value) bool { return !v.OK })
		s.Checks = append(s.Checks, Check{Component: e.Component, Resource: e.Resource, OK: !wrong, Values: append([]Value{}, e.Values...)})
	case "step_done":
		s.Seconds, s.Result, s.Text, s.Error = e.Seconds, e.Result, e.Text, e.Error
	}
}

// sort puts what happened at the same time into one order, and closes what the end
// of the run has cut off.
func (t *Target) sort() {
	for _, s := range t.Steps {
		slices.SortStableFunc(s.Checks, func(a, b Check) int {
			return cmp.Or(strings.Compare(a.Component, b.Component), strings.Compare(a.Resource, b.Resource))
		})
		slices.SortStableFunc(s.Resources, func(a, b Resource) int { return cmp.Compare(a.Start, b.Start) })
		s.Result = cmp.Or(s.Result, Interrupted)
	}
	t.Result = cmp.Or(t.Result, Interrupted)
}

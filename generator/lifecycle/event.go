package lifecycle

import (
	"strings"
	"time"

	"sendform/generator/components"
	"sendform/generator/terraform"
)

// Event is something that happened during a run.
type Event struct {
	Kind      EventKind
	Step      string             // for StepStarted and StepDone
	Number    int                // of the step, from 1
	Of        int                // how many steps there are
	Component components.Address // for ComponentDone
	Resources int                // for ComponentDone: how many were changed
	Text      string             // what a StepDone achieved, or what a Note or Check says
	Took      time.Duration      // of what is done
	Err       error              // why a step failed
}

// EventKind tells events apart.
type EventKind string

// The kinds of events.
const (
	StepStarted   EventKind = "step started"
	StepDone      EventKind = "step done"
	ComponentDone EventKind = "component done"
	Note          EventKind = "note"
)

// tracker turns Terraform's events on resources into one event for each
// component, when the last of its changes is done.
type tracker struct {
	known   []components.Component
	open    map[components.Address]int
	total   map[components.Address]int
	started map[components.Address]time.Time
	tell    func(Event)
}

func newTracker(plan terraform.Plan, known []components.Component, tell func(Event)) *tracker {
	t := &tracker{
		known: known, tell: tell,
		open: map[components.Address]int{}, total: map[components.Address]int{},
		started: map[components.Address]time.Time{},
	}
	for _, c := range plan.Changes {
		steps := 1
		if c.Action == terraform.Replace {
			steps = 2 // Terraform tells of the deletion and of the creation
		}
		address := componentOf(c.Module, known)
		t.open[address] += steps
		t.total[address] += steps
	}
	return t
}

func (t *tracker) receive(e terraform.Event) {
	address := componentOf(e.Module, t.known)
	switch e.Kind {
	case terraform.ApplyStart:
		if _, begun := t.started[address]; !begun {
			t.started[address] = time.Now()
		}
	case terraform.ApplyComplete:
		t.open[address]--
		if t.open[address] == 0 {
			t.tell(Event{
				Kind: ComponentDone, Component: address, Resources: t.total[address], Took: time.Since(t.started[address]),
			})
		}
	}
}

// componentOf finds the component whose module has this address, for example
// module.function_user.
func componentOf(module string, known []components.Component) components.Address {
	name := strings.TrimPrefix(module, "module.")
	for _, c := range known {
		if name == c.Address.Kind+"_"+c.Address.Name {
			return c.Address
		}
	}
	return components.Address{Kind: name}
}

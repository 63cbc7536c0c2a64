package lifecycle

import (
	"cmp"
	"strings"
	"sync"
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
	Component components.Address // for all kinds but those of steps and Note
	Resources int                // for ComponentPlanned and ComponentDone: how many are changed
	// Resource is its address in Terraform; for Checked what AWS calls it, for example
	// role sgraph-send-qa-user.
	Resource string
	Action   terraform.Action // for ComponentPlanned and the kinds that begin with Resource
	Values   []Value          // for Checked: all that were compared
	Text     string           // what a StepDone achieved, or what a Note or Check says
	Took     time.Duration    // of what is done
	Err      error            // why a step failed
}

// EventKind tells events apart.
type EventKind string

// The kinds of events.
const (
	StepStarted   EventKind = "step started"
	StepDone      EventKind = "step done"
	ComponentDone EventKind = "component done"
	Note          EventKind = "note"
	// ComponentPlanned comes before the first change of an apply, once for each component
	// that has changes. Its Action is Delete where all of them are.
	ComponentPlanned EventKind = "component planned"
	// Terraform begins with a resource, is still at it, is done with it, could not do it.
	ResourceStarted EventKind = "resource started"
	ResourceWaiting EventKind = "resource waiting"
	ResourceDone    EventKind = "resource done"
	ResourceFailed  EventKind = "resource failed"
	// Checked says what AWS was asked about one resource, and what it answered.
	Checked EventKind = "checked"
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
	action := map[components.Address]terraform.Action{}
	for _, c := range plan.Changes {
		steps := 1
		if c.Action == terraform.Replace {
			steps = 2 // Terraform tells of the deletion and of the creation
		}
		address := componentOf(c.Module, known)
		t.open[address] += steps
		t.total[address] += steps
		if c.Action != terraform.Delete {
			action[address] = c.Action
		}
	}
	for _, c := range known {
		if n := t.total[c.Address]; n > 0 {
			tell(Event{Kind: ComponentPlanned, Component: c.Address, Resources: n, Action: cmp.Or(action[c.Address], terraform.Delete)})
		}
	}
	return t
}

// resourceEvents are the kinds of Terraform's events that are told as they come.
var resourceEvents = map[terraform.Kind]EventKind{
	terraform.ApplyStart: ResourceStarted, terraform.ApplyProgress: ResourceWaiting,
	terraform.ApplyComplete: ResourceDone, terraform.ApplyErrored: ResourceFailed,
}

func (t *tracker) receive(e terraform.Event) {
	address := componentOf(e.Module, t.known)
	if kind, told := resourceEvents[e.Kind]; told {
		t.tell(Event{Kind: kind, Component: address, Resource: e.Address, Action: e.Action, Took: e.Elapsed})
	}
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

// oneByOne lets events of things that happen at the same time come one after the
// other.
func oneByOne(tell func(Event)) func(Event) {
	var turn sync.Mutex
	return func(e Event) {
		turn.Lock()
		defer turn.Unlock()
		tell(e)
	}
}

// moduleOf is the address of a component's module.
func moduleOf(a components.Address) string { return "module." + a.Kind + "_" + a.Name }

// componentOf finds the component whose module has this address, for example
// module.function_user.
func componentOf(module string, known []components.Component) components.Address {
	for _, c := range known {
		if module == moduleOf(c.Address) {
			return c.Address
		}
	}
	return components.Address{Kind: strings.TrimPrefix(module, "module.")}
}

package terraform

import (
	"bytes"
	"encoding/json"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

// Kind is the type of a message of Terraform's machine-readable UI.
// See https://developer.hashicorp.com/terraform/internals/machine-readable-ui.
type Kind string

// The kinds of messages that become events.
const (
	ApplyStart    Kind = "apply_start"
	ApplyProgress Kind = "apply_progress"
	ApplyComplete Kind = "apply_complete"
	ApplyErrored  Kind = "apply_errored"
	Diagnostic    Kind = "diagnostic"
	ChangeSummary Kind = "change_summary"
)

// Action is what Terraform does, or plans to do, with a resource instance.
type Action string

// The actions of a plan. An event of a replacement is either a Delete or a Create.
const (
	Create  Action = "create"
	Read    Action = "read"
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
	Forget  Action = "remove"
	Import  Action = "import"
	Move    Action = "move"
)

// Event is one step of a running apply.
type Event struct {
	Kind Kind
	// Address, Module ("" is the root module), ResourceType and Action are set for the kinds that begin with Apply.
	Address      string
	Module       string
	ResourceType string
	Action       Action
	// Elapsed is the time since the action's start, by Terraform's clock.
	Elapsed time.Duration
	// Diagnostic is set for the kind Diagnostic: an error or a warning.
	Diagnostic tfjson.Diagnostic
	// Summary is set for the kind ChangeSummary.
	Summary Summary
}

// Summary counts resource instances. A replacement is one to add and one to remove.
type Summary struct {
	Add    int `json:"add"`
	Change int `json:"change"`
	Import int `json:"import"`
	Remove int `json:"remove"`
}

// message is one line of the machine-readable UI, of whichever type.
type message struct {
	Type string    `json:"type"`
	Text string    `json:"@message"`
	Time time.Time `json:"@timestamp"`
	Hook struct {
		Resource       resource `json:"resource"`
		Action         Action   `json:"action"`
		ElapsedSeconds float64  `json:"elapsed_seconds"`
	} `json:"hook"`
	Change struct {
		Resource  resource `json:"resource"`
		Action    Action   `json:"action"`
		Reason    string   `json:"reason"`
		Importing struct {
			ID string `json:"id"`
		} `json:"importing"`
	} `json:"change"`
	Summary    Summary           `json:"changes"`
	Diagnostic tfjson.Diagnostic `json:"diagnostic"`
}

type resource struct {
	Address string `json:"addr"`
	Module  string `json:"module"`
	Type    string `json:"resource_type"`
}

// messageWriter cuts what terraform prints into lines of any length and hands on those that are messages. Some output
// is plain text even with -json, so a line that is no message is passed over.
type messageWriter struct {
	partial []byte
	receive func(message)
}

// Write never fails: terraform would block on a pipe that is read no more.
func (w *messageWriter) Write(p []byte) (int, error) {
	written := len(p)
	for {
		line, rest, whole := bytes.Cut(p, []byte("\n"))
		w.partial = append(w.partial, line...)
		if !whole {
			return written, nil
		}
		w.flush()
		p = rest
	}
}

// flush takes what there is as a line, such as a last one without an end.
func (w *messageWriter) flush() {
	var m message
	if err := json.Unmarshal(w.partial, &m); err == nil {
		w.receive(m)
	}
	w.partial = w.partial[:0]
}

// eventReader turns the messages of an apply into events.
type eventReader struct {
	receive func(Event)
	started map[action]time.Time
}

// action identifies a step of an apply: a replacement has two of the same address.
type action struct {
	address string
	action  Action
}

// newEventReader returns a reader that hands events to receive, which may be nil.
func newEventReader(receive func(Event)) *eventReader {
	if receive == nil {
		receive = func(Event) {}
	}
	return &eventReader{receive: receive, started: make(map[action]time.Time)}
}

func (r *eventReader) read(m message) {
	event := Event{Kind: Kind(m.Type)}
	switch event.Kind {
	case ApplyStart, ApplyProgress, ApplyComplete, ApplyErrored:
		event.Address = m.Hook.Resource.Address
		event.Module = m.Hook.Resource.Module
		event.ResourceType = m.Hook.Resource.Type
		event.Action = m.Hook.Action
		event.Elapsed = r.elapsed(m)
	case Diagnostic:
		event.Diagnostic = m.Diagnostic
	case ChangeSummary:
		event.Summary = m.Summary
	default:
		return
	}
	r.receive(event)
}

// elapsed takes the difference of the messages' times, as elapsed_seconds has whole seconds only.
func (r *eventReader) elapsed(m message) time.Duration {
	step := action{m.Hook.Resource.Address, m.Hook.Action}
	if Kind(m.Type) == ApplyStart {
		r.started[step] = m.Time
	}
	if start, ok := r.started[step]; ok {
		return m.Time.Sub(start)
	}
	return time.Duration(m.Hook.ElapsedSeconds * float64(time.Second))
}

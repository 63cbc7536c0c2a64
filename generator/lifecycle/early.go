package lifecycle

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"sendform/generator/components"
	"sendform/generator/terraform"
)

// errNotRight ends an apply because something that it has made is not right.
var errNotRight = errors.New("a component that was made is not right")

// earlyVerification verifies components while others are still being made, and ends
// the apply when one is not right: what would be built on it is not.
type earlyVerification struct {
	d    *Deployment
	ctx  context.Context // of the apply
	stop context.CancelCauseFunc
	made map[components.Address]components.Component

	changed  bool // whether Terraform has begun with something
	running  sync.WaitGroup
	mu       sync.Mutex
	findings Findings
}

func (d *Deployment) verifyEarly(ctx context.Context, plan terraform.Plan) *earlyVerification {
	e := &earlyVerification{d: d, made: map[components.Address]components.Component{}}
	e.ctx, e.stop = context.WithCancelCause(ctx)
	for _, c := range d.components {
		if slices.ContainsFunc(plan.Changes, func(x terraform.Change) bool {
			return x.Module == moduleOf(c.Address) && x.Action != terraform.Delete
		}) {
			e.made[c.Address] = c
		}
	}
	return e
}

// receive looks at a component as soon as its last resource is done.
func (e *earlyVerification) receive(event Event) {
	e.changed = e.changed || event.Kind == ResourceStarted
	c, made := e.made[event.Component]
	if event.Kind != ComponentDone || !made {
		return
	}
	e.running.Go(func() {
		if err := e.d.removeLeftPermissions(e.ctx, []components.Component{c}); err != nil {
			return // it is done again behind the apply
		}
		var v verification
		// What AWS does not answer now, the verification behind the apply asks again.
		err := e.d.observer.until(e.ctx, func() (bool, error) {
			var err error
			v, err = e.d.verifyComponent(e.ctx, c)
			return err == nil && len(v.findings) == 0, err
		})
		if err != nil || len(v.findings) == 0 {
			return
		}
		e.mu.Lock()
		e.findings = append(e.findings, v.findings...)
		e.mu.Unlock()
		e.stop(errNotRight)
	})
}

// end waits for what is still looked at. When the apply ended halfway it says what
// stands, and when something is not right, what that is.
func (e *earlyVerification) end(ctx context.Context, applied error) error {
	e.running.Wait()
	e.stop(nil)
	if e.changed && ctx.Err() == nil && (applied != nil || len(e.findings) > 0) {
		e.d.tellWhatStands(ctx)
	}
	if len(e.findings) == 0 {
		return applied
	}
	return e.findings
}

// tellWhatStands says of each component whether it is there: a run that failed has
// nothing else to say about it.
func (d *Deployment) tellWhatStands(ctx context.Context) {
	found, err := d.Exists(ctx)
	if err != nil {
		d.note("stopped; AWS does not answer what stands: %v", err)
		return
	}
	standing := map[string][]string{}
	for _, x := range found {
		standing[x.Answer()] = append(standing[x.Answer()], x.Component.String())
	}
	parts := []string{"stopped."}
	for _, part := range []struct{ answer, text string }{{"yes", "What stands"}, {"partly", "What stands in part"}, {"no", "What does not"}} {
		if names := standing[part.answer]; len(names) > 0 {
			parts = append(parts, part.text+": "+strings.Join(names, ", ")+".")
		}
	}
	d.note("%s", strings.Join(parts, " "))
}

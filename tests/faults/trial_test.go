//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud"
	"sendform/generator/localcloud/fault"
)

// phase is a part of a target's life in which calls fail.
type phase string

const (
	stating  phase = "state"  // the state bucket is made
	creating phase = "create" // the rest is made and verified
	deleting phase = "delete" // the rest is deleted, and that is verified
)

// do is what happens in a phase.
func (p phase) do(ctx context.Context, s *scene) error {
	switch p {
	case stating:
		return s.CreateState(ctx)
	case creating:
		return s.create(ctx)
	default:
		return s.remove(ctx)
	}
}

// point is a call of a phase: the nth one of its operation on its resource.
type point struct {
	phase phase
	call  fault.Rule // without a kind
}

// reads tells whether the call changes nothing, by the names that AWS gives calls.
func (p point) reads() bool {
	return slices.ContainsFunc([]string{"Get", "List", "Head", "Describe"}, func(prefix string) bool {
		return strings.HasPrefix(p.call.Operation, prefix)
	})
}

// trial is one way in which one call goes wrong.
type trial struct {
	point
	disturbance
}

func (t trial) String() string {
	return fmt.Sprintf("%s %s of %s", t.phase, t.disturbance.name, strings.ReplaceAll(t.rule().String(), " "+string(t.kind), ""))
}

func (t trial) rule() fault.Rule {
	r := t.call
	r.Kind, r.Delay = t.kind, t.delay
	return r
}

// disturbance is what happens at a call.
type disturbance struct {
	name  string
	kind  fault.Kind
	delay time.Duration
	kills bool // terraform, when the call has come
}

// untilKilled is enough to kill a process in. The call goes on if that was not so.
const untilKilled = 3 * time.Second

func disturbances() []disturbance {
	return []disturbance{
		{name: "throttled", kind: fault.Throttle},
		{name: "500", kind: fault.Internal},
		{name: "reset before the effect", kind: fault.ResetBefore},
		{name: "reset after the effect", kind: fault.ResetAfter},
		{name: "terraform killed before the effect", kind: fault.Slow, delay: untilKilled, kills: true},
		{name: "terraform killed after the effect", kind: fault.ResetAfter, kills: true},
	}
}

// limit is how long a trial may take on a busy machine.
const limit = 3 * time.Minute

// recorded takes prod through its life and lists the calls of each phase.
func recorded(ctx context.Context, s *scene) ([]point, error) {
	var all []point
	for _, p := range []phase{stating, creating, deleting} {
		before := len(s.Cloud.Record())
		if err := p.do(ctx, s); err != nil {
			return nil, fmt.Errorf("%s without faults: %w", p, err)
		}
		all = append(all, points(p, s.Cloud.Record()[before:])...)
	}
	return all, nil
}

func points(p phase, calls []localcloud.Call) []point {
	var all []point
	for i, c := range calls {
		if c.Operation == "" {
			continue
		}
		rule := fault.Rule{Service: c.Service, Operation: c.Operation, Resource: named(c)}
		for _, earlier := range calls[:i+1] {
			if earlier.Service == rule.Service && earlier.Operation == rule.Operation && named(earlier) == rule.Resource {
				rule.Nth++
			}
		}
		all = append(all, point{p, rule})
	}
	return all
}

// named is the resource of a call, as far as it is called the same in each rehearsal:
// CloudFront gives its things ids by chance.
func named(c localcloud.Call) string {
	switch {
	case len(c.Resources) == 0 || c.Resources[0] == "*":
		return ""
	case c.Service == "cloudfront":
		return c.Resources[0][:strings.LastIndex(c.Resources[0], "/")+1] + "*"
	default:
		return c.Resources[0]
	}
}

// oncePerOperation keeps the first call of each operation in each phase.
func oncePerOperation(all []point) []point {
	type operation struct {
		phase              phase
		service, operation string
	}
	seen := map[operation]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(p point) bool {
		o := operation{p.phase, p.call.Service, p.call.Operation}
		again := seen[o]
		seen[o] = true
		return again
	})
}

// errNotReached says that a run did not make the call, as a poll that was not needed.
var errNotReached = errors.New("the call was not made")

// attempt carries out a trial in a scene that has nothing but the state bucket, and for
// the phase state not even that. Whatever went wrong, the next run must go well, and
// nothing may be left at the end.
func (s *scene) attempt(ctx context.Context, t trial) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if t.phase == deleting {
		if err := s.create(ctx); err != nil {
			return fmt.Errorf("without a fault: %w", err)
		}
	}
	unhit, err := s.disturbed(ctx, t)
	if err != nil {
		return fmt.Errorf("the next run: %w", err)
	}
	if t.phase != deleting {
		if err := s.create(ctx); t.phase == stating && err != nil {
			return fmt.Errorf("create afterwards: %w", err)
		}
		if err := s.remove(ctx); err != nil {
			return fmt.Errorf("delete afterwards: %w", err)
		}
	}
	left, err := s.left(ctx)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("left: %v", left)
	}
	return unhit
}

// disturbed runs a phase with the disturbance and, when that has ended it, once more.
// unhit tells that nothing happened.
func (s *scene) disturbed(ctx context.Context, t trial) (unhit, err error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	var killed <-chan error
	if t.kills {
		killed = s.atCall(watching, t.rule(), func() error { return killTerraform(s.dir) })
	} else {
		s.Cloud.SetFaults(fault.Rules{Calls: []fault.Rule{t.rule()}})
	}
	first := t.phase.do(ctx, s)
	if !s.hit() {
		unhit = errNotReached
	}
	stop()
	if killed != nil {
		if err := <-killed; errors.Is(err, errNoTerraform) {
			unhit = errNotReached
		} else if err != nil {
			return nil, err
		}
	}
	if first != nil {
		if err := t.phase.do(ctx, s); err != nil {
			return nil, fmt.Errorf("%w\nthe disturbed run: %w", err, first)
		}
	}
	s.Cloud.SetFaults(fault.Rules{})
	return unhit, nil
}

// worker carries out trials one after the other, in one scene as long as all goes well.
type worker struct{ s *scene }

func (w *worker) attempt(ctx context.Context, t trial) error {
	if t.phase == stating {
		fresh, closeIt, err := temporary(ctx)
		if err != nil {
			return err
		}
		return errors.Join(fresh.attempt(ctx, t), closeIt())
	}
	if w.s == nil {
		s, _, err := temporary(ctx)
		if err != nil {
			return err
		}
		w.s = s
		if err := s.CreateState(ctx); err != nil {
			return err
		}
	}
	err := w.s.attempt(ctx, t)
	if err != nil && !errors.Is(err, errNotReached) {
		return errors.Join(err, w.close())
	}
	return err
}

func (w *worker) close() error {
	if w.s == nil {
		return nil
	}
	s := w.s
	w.s = nil
	return errors.Join(s.Close(), os.RemoveAll(s.dir))
}

// temporary opens a scene in a folder that goes with it.
func temporary(ctx context.Context) (s *scene, closeIt func() error, err error) {
	dir, err := os.MkdirTemp("", "faults-")
	if err != nil {
		return nil, nil, err
	}
	if s, err = open(ctx, dir); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, func() error { return errors.Join(s.Close(), os.RemoveAll(dir)) }, nil
}

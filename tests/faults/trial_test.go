//go:build linux

package faults

import (
	"cmp"
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

func phases() []phase { return []phase{stating, creating, deleting} }

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
	busy  bool       // whether a terraform works when it comes
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

// limit is how long a disturbed phase may take on a busy machine, the next run included.
const limit = 3 * time.Minute

// recorded takes prod through its life and lists the calls of each phase, in the same
// order whichever was made first: shards of several runs make up the whole.
func recorded(ctx context.Context, s *scene) ([]point, error) {
	var all []point
	for _, p := range phases() {
		before := len(s.Cloud.Record())
		working := watchTerraform(s.dir)
		err := p.do(ctx, s)
		work, watchErr := working()
		if err := errors.Join(err, watchErr); err != nil {
			return nil, fmt.Errorf("%s without faults: %w", p, err)
		}
		made := points(p, s.Cloud.Record()[before:], work)
		slices.SortFunc(made, func(a, b point) int {
			return cmp.Or(
				strings.Compare(a.call.Service, b.call.Service), strings.Compare(a.call.Operation, b.call.Operation),
				strings.Compare(a.call.Resource, b.call.Resource), cmp.Compare(a.call.Nth, b.call.Nth),
			)
		})
		all = append(all, made...)
	}
	return all, nil
}

func points(p phase, calls []localcloud.Call, work []span) []point {
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
		busy := slices.ContainsFunc(work, func(w span) bool { return !c.Time.Before(w.begin) && !c.Time.After(w.end) })
		all = append(all, point{p, rule, busy})
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

// life is a life of a target in which something goes wrong: once in a phase or in several
// of them, in their order.
type life []trial

func (l life) String() string {
	var names []string
	for _, t := range l {
		names = append(names, t.String())
	}
	return strings.Join(names, ", ")
}

// together is how many calls of a phase fail in one life, where nothing is killed: each
// is one of another kind or on another resource. One that does not end well is tried
// again with each of its trials alone.
const together = 12

// lives puts trials into as few lives as may be: those of different phases, because each
// phase must end well before the next one begins, and several of a phase.
func lives(all []trial) []life {
	of := map[phase][][]trial{}
	for _, t := range all {
		packs := of[t.phase]
		at := slices.IndexFunc(packs, func(pack []trial) bool { return fits(pack, t) })
		if at < 0 {
			of[t.phase] = append(packs, []trial{t})
			continue
		}
		packs[at] = append(packs[at], t)
	}
	var list []life
	for i := range max(len(of[stating]), len(of[creating]), len(of[deleting])) {
		var l life
		for _, p := range phases() {
			if i < len(of[p]) {
				l = append(l, of[p][i]...)
			}
		}
		list = append(list, l)
	}
	return list
}

// fits tells whether a trial can be in one phase of a life with others. A call that is
// repeated is the next of its kind: none of these may be disturbed too.
func fits(pack []trial, t trial) bool {
	if len(pack) == together || t.kills {
		return false
	}
	return !slices.ContainsFunc(pack, func(other trial) bool {
		a, b := other.call, t.call
		a.Nth, b.Nth = 0, 0
		return other.kills || a == b
	})
}

// in are the trials of a phase.
func (l life) in(p phase) []trial {
	return slices.DeleteFunc(slices.Clone(l), func(t trial) bool { return t.phase != p })
}

// live goes through a life in a scene that has nothing but the state bucket or, where a
// trial is about that, not even that. Whatever went wrong in a phase, the next run must go
// well, and nothing may be left at the end. unhit has the trials in which nothing happened.
func (s *scene) live(ctx context.Context, l life) (unhit []trial, err error) {
	for _, p := range phases() {
		trials := l.in(p)
		if p == stating && len(trials) == 0 {
			continue
		}
		missed, err := s.disturbed(ctx, p, trials)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", life(trials), err)
		}
		unhit = append(unhit, missed...)
	}
	left, err := s.left(ctx)
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("left: %v", left)
	}
	return unhit, nil
}

// disturbed runs a phase with the disturbances. One of them may end a run: the next one
// must go well, unless it comes to another of them first.
func (s *scene) disturbed(ctx context.Context, p phase, trials []trial) (unhit []trial, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	var killed <-chan error
	if len(trials) == 1 && trials[0].kills {
		killed = s.atCall(watching, trials[0].rule(), func() error { return killTerraform(s.dir) })
	} else {
		var rules []fault.Rule
		for _, t := range trials {
			rules = append(rules, t.rule())
		}
		s.Cloud.SetFaults(fault.Rules{Calls: rules})
	}
	var ended []error
	for hits := 0; ; {
		err := p.do(ctx, s)
		if err == nil {
			break
		}
		ended = append(ended, err)
		if s.hits() == hits {
			return nil, fmt.Errorf("a run that was not disturbed, behind others: %w", errors.Join(ended...))
		}
		hits = s.hits()
	}
	for i, hit := range s.Cloud.FaultHits() {
		if hit.Calls == 0 {
			unhit = append(unhit, trials[i])
		}
	}
	stop()
	if killed != nil {
		if err := <-killed; errors.Is(err, errNoTerraform) {
			unhit = trials
		} else if err != nil {
			return nil, err
		}
	}
	s.Cloud.SetFaults(fault.Rules{})
	return unhit, nil
}

// worker goes through lives one after the other, in one scene as long as all goes well.
type worker struct{ s *scene }

// attempt says of each trial of a life how it ended. Where that is not clear, each is tried
// in a life of its own.
func (w *worker) attempt(ctx context.Context, l life) []error {
	results := make([]error, len(l))
	unhit, err := w.live(ctx, l)
	if len(l) == 1 {
		if err == nil && len(unhit) > 0 {
			err = errNotReached
		}
		return []error{err}
	}
	alone := false
	for i, t := range l {
		if err == nil && !slices.Contains(unhit, t) {
			continue
		}
		results[i] = w.attempt(ctx, life{t})[0]
		alone = alone || results[i] != nil && !errors.Is(results[i], errNotReached)
	}
	if err != nil && !alone {
		results[0] = fmt.Errorf("not alone, but in one life with %s: %w", l[1:], err)
	}
	return results
}

func (w *worker) live(ctx context.Context, l life) (unhit []trial, err error) {
	if l[0].phase == stating {
		fresh, closeIt, err := temporary(ctx)
		if err != nil {
			return nil, err
		}
		unhit, err = fresh.live(ctx, l)
		return unhit, errors.Join(err, closeIt())
	}
	if w.s == nil {
		s, _, err := temporary(ctx)
		if err != nil {
			return nil, err
		}
		w.s = s
		if err := s.CreateState(ctx); err != nil {
			return nil, err
		}
	}
	if unhit, err = w.s.live(ctx, l); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return unhit, nil
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

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"sendform/generator/components"
	"sendform/generator/terraform"
)

// step is one part of a run: what it is called, and a function that says in a few
// words what it achieved.
type step struct {
	name string
	do   func(context.Context) (string, error)
	// beside runs it beside the step before: neither needs what the other does.
	beside bool
}

// RoundTrip proves that the target can be made, verified, locked down, deleted and
// made again from nothing. It stops at the first step that fails.
//
// What stands before the rest is made by this deployment, and all that follows by the one
// that as returns, of the same target with other rights; nil is this one.
func (d *Deployment) RoundTrip(ctx context.Context, as func(context.Context) (*Deployment, error)) error {
	const operation = "round trip"
	before := []step{{name: "build", do: d.build}, {name: "state", do: d.createState, beside: true}}
	of := len(before) + len(d.lives())
	if err := d.changePart(ctx, operation, before, 0, of); err != nil {
		return err
	}
	who := d
	if as != nil {
		var err error
		if who, err = as(ctx); err != nil {
			return err
		}
		who.packages = d.packages
	}
	defer removePlan(who.PlanFile()) // where a run ends between a plan to delete and the deletion
	return who.changePart(ctx, operation, who.lives(), len(before), of)
}

// lives are the steps of two lives of the target.
func (d *Deployment) lives() []step {
	steps := []step{{name: "create", do: d.create}}
	if len(d.sites()) > 0 {
		steps = append(steps, step{name: "publish", do: d.publish})
	}
	steps = append(
		steps,
		step{name: "plan again", do: d.planAgain},
		step{name: "verify", do: d.verify, beside: true},
		step{name: "lock down", do: d.lockDown},
	)
	steps = append(steps, d.verifyAndDelete()...)
	steps = append(steps, step{name: "create again", do: d.createAgain})
	return append(steps, d.verifyAndDelete()...)
}

// verifyAndDelete are the steps that end a life. What is to be deleted is planned from
// the state alone, while the verification finds out whether AWS is as that says.
func (d *Deployment) verifyAndDelete() []step {
	file := d.PlanFile()
	var plan Plan
	return []step{
		{name: "plan to delete", do: func(ctx context.Context) (text string, err error) {
			plan, err = d.planUnread(ctx, file)
			return fmt.Sprintf("%d resources to destroy", plan.Summary.Remove), err
		}},
		{name: "verify", do: d.verify, beside: true},
		{name: "delete", do: func(ctx context.Context) (string, error) {
			return fmt.Sprintf("%d resources destroyed", plan.Summary.Remove), d.Apply(ctx, file, plan)
		}},
		{name: "verify deleted", do: d.verifyDeleted},
	}
}

// change runs steps that change the target, as its only owner on this machine.
func (d *Deployment) change(ctx context.Context, operation string, steps []step) error {
	return d.changePart(ctx, operation, steps, 0, len(steps))
}

// changePart is change for some of a run's steps: before says how many there were, of how
// many there are in all.
func (d *Deployment) changePart(ctx context.Context, operation string, steps []step, before, of int) error {
	release, err := d.own(operation)
	if err != nil {
		return err
	}
	defer release()
	return d.runPart(ctx, steps, before, of)
}

func (d *Deployment) run(ctx context.Context, steps []step) error {
	return d.runPart(ctx, steps, 0, len(steps))
}

// runPart does steps one after the other, but for those that run beside another, and ends
// with the first that fails.
func (d *Deployment) runPart(ctx context.Context, steps []step, before, of int) error {
	for first := 0; first < len(steps); {
		last := first + 1
		for last < len(steps) && steps[last].beside {
			last++
		}
		group, groupCtx := errgroup.WithContext(ctx)
		for i, s := range steps[first:last] {
			e := Event{Kind: StepStarted, Step: s.name, Number: before + first + i + 1, Of: of}
			d.cfg.Tell(e)
			group.Go(func() error { return d.do(groupCtx, ctx, s, e) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
		first = last
	}
	return nil
}

// do does a step that is told to be started. The run's own context tells whether a step
// that ended early was interrupted from outside.
func (d *Deployment) do(ctx, whole context.Context, s step, e Event) error {
	begun := time.Now()
	e.Text, e.Err = s.do(ctx)
	if e.Err != nil && ctx.Err() != nil && (whole.Err() != nil || errors.Is(e.Err, context.Canceled)) {
		e.Err = fmt.Errorf("%w: %w", ErrInterrupted, e.Err)
	}
	e.Kind, e.Took = StepDone, time.Since(begun)
	d.cfg.Tell(e)
	if e.Err != nil {
		return &StepError{Step: s.name, Err: e.Err}
	}
	return nil
}

// ErrInterrupted says that a run was ended from outside, not by a failure.
var ErrInterrupted = errors.New("interrupted")

// StepError says which step of a run failed.
type StepError struct {
	Step string
	Err  error
}

func (e *StepError) Error() string { return e.Step + ": " + e.Err.Error() }
func (e *StepError) Unwrap() error { return e.Err }

func (d *Deployment) build(ctx context.Context) (string, error) {
	t := d.cfg.Target
	return fmt.Sprintf("functions packaged: %d, acceptance programs built: %d", len(t.Functions), len(t.Acceptance)), d.Build(ctx)
}

func (d *Deployment) createState(ctx context.Context) (string, error) {
	return "the state bucket stands", d.CreateState(ctx)
}

func (d *Deployment) create(ctx context.Context) (string, error) {
	c, err := d.Create(ctx)
	if err != nil {
		return c.String(), err
	}
	return c.String(), d.findVersion(ctx) // before steps look at it side by side
}

// createAgain makes the target as its file says, locked down or not.
func (d *Deployment) createAgain(ctx context.Context) (string, error) {
	d.SetLockDown(d.asWritten)
	return d.create(ctx)
}

// lockDown makes the target strict, and tries whether it is. One that was made so from
// the start is not planned again: it was planned just before, with no changes.
func (d *Deployment) lockDown(ctx context.Context) (string, error) {
	if d.cfg.Target.LockDown {
		text, err := d.tryLockDown(ctx)
		return "made so from the start; " + text, err
	}
	d.SetLockDown(true)
	changes, err := d.planAndApply(ctx, false)
	if err != nil {
		return "", err
	}
	text, err := d.tryLockDown(ctx)
	return changes.String() + "; " + text, err
}

func (d *Deployment) tryLockDown(ctx context.Context) (string, error) {
	tried, err := d.TryLockDown(ctx)
	return fmt.Sprintf("%d attempts ended as they must", tried), err
}

func (d *Deployment) planAgain(ctx context.Context) (string, error) {
	return "no changes", d.PlanIsEmpty(ctx)
}

func (d *Deployment) verify(ctx context.Context) (string, error) {
	compared, err := d.Verify(ctx)
	if err != nil {
		return "", err
	}
	checks, err := d.Accept(ctx)
	return fmt.Sprintf("%d values in AWS are right, %d acceptance checks passed", compared, checks), err
}

func (d *Deployment) delete(ctx context.Context) (string, error) {
	c, err := d.Delete(ctx)
	return fmt.Sprintf("%d resources destroyed", c.Destroyed), err
}

func (d *Deployment) verifyDeleted(ctx context.Context) (string, error) {
	asked, err := d.VerifyDeleted(ctx)
	return fmt.Sprintf("%d things asked for, none is left; the state bucket stays", asked), err
}

// verifyNothingLeft verifies behind a destruction. What is left the state does not have:
// the next destruction is to look for it.
func (d *Deployment) verifyNothingLeft(ctx context.Context) (string, error) {
	text, err := d.verifyDeleted(ctx)
	var left Findings
	if !errors.As(err, &left) {
		return text, err
	}
	markErr := d.mark(ctx)
	if isGone(markErr) {
		return text, fmt.Errorf("%w\nThere is no state bucket: run apply, which adopts what is left, then destroy", err)
	}
	if markErr != nil {
		return text, errors.Join(err, markErr)
	}
	return text, fmt.Errorf("%w\nRun it again: what is left is adopted and deleted", err)
}

// Plan is what Terraform would change.
type Plan = terraform.Plan

// Address names a component.
type Address = components.Address

// Deploy makes the target and verifies it; one that is to be locked down is tried too.
// Once it is known what would change,
// approve is asked; its error ends the run with nothing changed but for the state
// bucket, which is made before.
func (d *Deployment) Deploy(ctx context.Context, approve func(Plan) error) error {
	file := d.PlanFile()
	defer removePlan(file)
	var plan Plan
	steps := []step{
		{name: "build", do: d.build},
		{name: "plan", do: func(ctx context.Context) (string, error) {
			if err := d.CreateState(ctx); err != nil {
				return "", err
			}
			var err error
			if plan, err = d.Plan(ctx, file, false); err != nil {
				return "", err
			}
			return fmt.Sprintf("%d to add, %d to change, %d to destroy", plan.Summary.Add, plan.Summary.Change, plan.Summary.Remove), approve(plan)
		}},
		{name: "apply", do: func(ctx context.Context) (string, error) {
			if !plan.HasChanges {
				return "nothing to do", d.Apply(ctx, file, plan)
			}
			return changesOf(plan).String(), d.Apply(ctx, file, plan)
		}},
		{name: "verify", do: d.verify},
	}
	if d.cfg.Target.LockDown {
		steps = append(steps, step{name: "lock down", do: d.tryLockDown})
	}
	return d.change(ctx, "apply", steps)
}

// Undeploy deletes the target and verifies that nothing of it is left.
func (d *Deployment) Undeploy(ctx context.Context) error {
	return d.change(ctx, "destroy", []step{{name: "build", do: d.build}, {name: "delete", do: d.delete}, {name: "verify deleted", do: d.verifyNothingLeft}})
}

// VerifyAll verifies the target, its acceptance programs included.
func (d *Deployment) VerifyAll(ctx context.Context) error {
	return d.run(ctx, []step{{name: "build", do: d.build}, {name: "verify", do: d.verify}})
}

// VerifyGone verifies that nothing of the target is left.
func (d *Deployment) VerifyGone(ctx context.Context) error {
	return d.run(ctx, []step{{name: "build", do: d.build}, {name: "verify deleted", do: d.verifyDeleted}})
}

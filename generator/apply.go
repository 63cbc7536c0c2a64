package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/report"
)

type applyCommand struct {
	deployable
	reporting
	breaking
	versioned

	Plan        string `help:"Apply this plan of sendform plan --out as it was reviewed; nobody is asked." type:"path" placeholder:"FILE"`
	Step        bool   `help:"Make one component after the other, and ask before each."`
	AutoApprove bool   `help:"Do not ask before something is changed."`
	Confirm     string `help:"The environment's name: lets a protected environment lose data." placeholder:"NAME"`
}

func (c *applyCommand) Help() string {
	return "Example: sendform apply qa\n\nA plan that was made from other HCL, other packages or an older state is refused."
}

// Run makes every target that is selected, and verifies it.
func (c *applyCommand) Run(ctx context.Context, all *commands, o output) error {
	return c.run(ctx, all, named{o, "apply", c.Report}, func(*lifecycle.Deployment) {})
}

func (c *applyCommand) run(ctx context.Context, all *commands, n named, prepare func(*lifecycle.Deployment)) error {
	if c.Plan != "" && c.Release+c.Commit != "" {
		return errors.New("--plan has the version that it was made with: leave --release and --commit away")
	}
	if c.Plan != "" && (!c.one(all.Root) || c.Step || len(c.Component) > 0) {
		return errors.New("--plan is one plan of all components: name one environment, one --region if it has several, and neither --step nor --component")
	}
	return deploy(ctx, all.Root, c.deployable, n, secretsOf, func(d *lifecycle.Deployment, t environment.Target, teller *report.Teller) error {
		prepare(d)
		c.tell(d)
		d.BreakLock(c.BreakLock)
		review := func(what string, plan lifecycle.Plan) error {
			summary, err := summarize(ctx, d, d.PlanFile(), plan)
			if err != nil {
				return err
			}
			teller.Plan(summary)
			return c.approve(t, what, plan, teller, n.output)
		}
		switch {
		case c.Plan != "":
			return d.DeployPlan(ctx, c.Plan)
		case c.Step:
			return d.DeployStepwise(ctx, func(a lifecycle.Address, plan lifecycle.Plan) error { return review("Apply "+a.String(), plan) })
		}
		return d.Deploy(ctx, func(plan lifecycle.Plan) error { return review("Apply this", plan) })
	})
}

// approve asks whether a plan is to be applied. Data of a protected environment is
// lost only when its name was typed.
func (c *applyCommand) approve(t environment.Target, what string, plan lifecycle.Plan, teller *report.Teller, o output) error {
	lost := lifecycle.LosesData(plan)
	switch {
	case !plan.HasChanges:
		return nil
	case t.Protected && len(lost) > 0 && c.Confirm != t.Environment:
		if c.AutoApprove {
			return fmt.Errorf("%s is protected, and this deletes %s: apply it with --confirm %s", t.Environment, strings.Join(lost, ", "), t.Environment)
		}
		return teller.Ask(func() error {
			return confirm(o, fmt.Sprintf("%s? This deletes %s, and %s is protected. Type the environment's name: ", what, strings.Join(lost, ", "), t.Environment), t.Environment)
		})
	case c.AutoApprove:
		return nil
	}
	return teller.Ask(func() error { return confirm(o, what+"? Type yes: ", "yes") })
}

type lockdownCommand struct{ applyCommand }

func (c *lockdownCommand) Help() string {
	return "Example: sendform lockdown dev\n\nFunction URLs take signed calls only, and buckets refuse uploads that do not ask for encryption. " +
		"Then it is tried: what must be refused, and what must still work. The next apply makes of it again what the environment's file says; " +
		"lock_down = true there keeps it locked."
}

// Run locks every target down that is selected, verifies it and tries it.
func (c *lockdownCommand) Run(ctx context.Context, all *commands, o output) error {
	return c.run(ctx, all, named{o, "lockdown", c.Report}, func(d *lifecycle.Deployment) { d.SetLockDown(true) })
}

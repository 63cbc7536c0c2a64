package main

import (
	"context"
	"fmt"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/report"
)

type roundtripCommand struct {
	deployable
	reporting

	AutoApprove bool `help:"Do not ask."`
}

func (c *roundtripCommand) Help() string {
	return "Example: sendform roundtrip dev\n\nCreates, verifies, locks down, verifies, deletes, verifies that nothing is left, and does it once more. " +
		"What stands before is deleted in the end. A protected environment is refused."
}

// Run takes every target that is selected through two lives.
func (c *roundtripCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.deployable, named{o, "roundtrip", c.Report}, secretsOf, func(d *lifecycle.Deployment, t environment.Target, teller *report.Teller) error {
		switch {
		case t.Protected:
			return fmt.Errorf("%s is protected, and a round trip deletes it: nothing was done. Use another environment, or sendform rehearse %s", t.Environment, t.Environment)
		case !c.AutoApprove:
			question := fmt.Sprintf("This creates and deletes %s in account %s, twice. Type the environment's name: ", t.Key(), t.AccountID)
			if err := teller.Ask(func() error { return confirm(o, question, t.Environment) }); err != nil {
				return err
			}
		}
		return d.RoundTrip(ctx, nil)
	})
}

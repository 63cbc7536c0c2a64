package main

import (
	"context"
	"fmt"

	"sendform/generator/components"
	"sendform/generator/report"
)

type graphCommand struct {
	Environment string `arg:"" name:"env" help:"Name of the environment, as in envs/qa.hcl."`
	Region      string `help:"Only this region of it." placeholder:"REGION"`
	Format      string `help:"How it is drawn: ${enum}." enum:"mermaid,svg" default:"mermaid"`
}

func (c *graphCommand) Help() string {
	return "Example: sendform graph qa --format svg > qa.svg\n\nAn arrow leads from a component to one that must stand before it. The regions of an environment have the same components; the first one is drawn unless --region names another."
}

// Run draws the components of a target and what each needs.
func (c *graphCommand) Run(_ context.Context, all *commands, o output) error {
	targets, err := targetsOf(all.Root, c.Environment, c.Region)
	if err != nil {
		return err
	}
	t := targets[0]
	parts := components.Of(t)
	if c.Format == "svg" {
		return report.SVG(o.out, fmt.Sprintf("Components of %s and what they need", t.Key()), parts)
	}
	return report.Mermaid(o.out, parts)
}

package main

import (
	"cmp"
	"fmt"
	"strings"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/render"
)

type policyCommand struct {
	Environment string `arg:"" name:"env" help:"Name of an environment, as in envs/qa.hcl."`
	Region      string `help:"Its region, if it has several." placeholder:"REGION"`
	For         string `help:"Whose policies: deploy, plan, or the name of a function." default:"deploy" placeholder:"deploy|plan|FUNCTION"`
}

func (c *policyCommand) Help() string {
	return "Example: sendform policy qa --for plan\n\nPrints IAM policies as a JSON list: for a role that plans and verifies, for one that creates, changes, verifies, locks down and deletes, " +
		"or what a function may do at run time. Each is as small as IAM's limit asks for."
}

// Run prints the policies of one target.
func (c *policyCommand) Run(all *commands, o output) error {
	targets, err := targetsOf(all.Root, c.Environment, c.Region)
	if err != nil {
		return err
	}
	if len(targets) > 1 {
		var regions []string
		for _, t := range targets {
			regions = append(regions, t.Region)
		}
		return fmt.Errorf("%s has several regions, and a policy is for one: say --region, one of %s", c.Environment, strings.Join(regions, ", "))
	}
	policies, err := c.policies(targets[0])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "[%s]\n", render.Policies(policies))
	return err
}

func (c *policyCommand) policies(t environment.Target) ([]components.NamedRules, error) {
	switch use := components.Use(c.For); use {
	case components.DeployUse, components.PlanUse:
		return components.Policies(t, use), nil
	}
	var functions []string
	for _, f := range t.Functions {
		if f.Label == c.For {
			return []components.NamedRules{components.FunctionPolicy(f, t)}, nil
		}
		functions = append(functions, f.Label)
	}
	return nil, fmt.Errorf("%s has no function %q; --for takes deploy, plan, or one of: %s", t.Key(), c.For, cmp.Or(strings.Join(functions, ", "), "no function"))
}

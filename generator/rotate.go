package main

import (
	"context"
	"fmt"

	"sendform/generator/environment"
)

type rotateCommand struct {
	Environment string   `arg:"" name:"env" help:"Name of an environment, as in envs/dev.hcl."`
	Secrets     []string `arg:"" name:"secret" help:"Names of its secrets, as in secret \"api-key\"."`
}

func (c *rotateCommand) Help() string {
	return "Example: sendform rotate dev api-key\n\nRaises the secrets' versions in the environment's file and renders it. " +
		"The next apply writes the values that it is given; nothing else makes it write them again."
}

// Run raises versions and renders the environment.
func (c *rotateCommand) Run(ctx context.Context, all *commands, o output) error {
	raised, err := environment.RaiseSecrets(all.Root, c.Environment, c.Secrets)
	if err != nil {
		return err
	}
	gen := genCommand{Environments: []string{c.Environment}}
	if _, err := gen.write(ctx, all.Root); err != nil {
		return fmt.Errorf("render %s with the new versions: %w", c.Environment, err)
	}
	for _, label := range c.Secrets {
		fmt.Fprintf(o.out, "secret.%s has version %d: the next apply writes %s\n", label, raised[label], secretVariable(label))
	}
	return nil
}

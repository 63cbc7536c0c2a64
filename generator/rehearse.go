package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"sendform/generator/environment"
	"sendform/generator/rehearsal"
	"sendform/generator/report"
	"sendform/generator/terraform"
)

type rehearseCommand struct {
	selection
	showing
	reporting
	Provider string `help:"Which provider Terraform uses: ${enum}." enum:"standin,registry" default:"standin"`
	Dir      string `help:"Keep the local cloud and Terraform's data in this folder." type:"path" placeholder:"DIR"`
	Listen   string `help:"Address of the local cloud; any free loopback port if not given." placeholder:"ADDR"`
}

func (c *rehearseCommand) Help() string {
	return "Example: sendform rehearse qa\n\nNo account, network or container is used: Terraform applies the rendered HCL, as it is, to a local cloud in this process. " +
		"Functions really run there. Nothing is left behind."
}

// Run rehearses one target after the other and stops at the first that fails.
func (c *rehearseCommand) Run(ctx context.Context, all *commands, o output) error {
	targets, err := c.targets(all.Root)
	if err != nil {
		return err
	}
	if err := inSync(ctx, all.Root, c.Environment); err != nil {
		return err
	}
	executable, err := findTerraform(ctx, all.Root)
	if err != nil {
		return err
	}
	run := c.begin("rehearse", o, targets)
	for _, t := range targets {
		teller := run.Teller(t.Key())
		err = c.rehearse(ctx, all.Root, t, executable, teller, o)
		teller.Done(err)
		if err != nil {
			break
		}
	}
	return run.End(err, c.Report)
}

func (c *rehearseCommand) rehearse(ctx context.Context, root string, t environment.Target, executable terraform.Executable, teller *report.Teller, o output) (err error) {
	stage, err := rehearsal.Open(ctx, rehearsal.Options{
		Target: t, Repository: root, Dir: c.Dir, Listen: c.Listen,
		Terraform: executable, Registry: c.Provider == "registry", Tell: teller.Tell,
		// What goes wrong inside of the local cloud is not in AWS's answers.
		Logger: slog.New(slog.NewTextHandler(o.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return fmt.Errorf("rehearse %s: %w", t.Key(), err)
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	teller.Text("rehearse %s: account %s on a local cloud at %s, Terraform %s", t.Key(), t.AccountID, stage.Cloud.URL(), executable.Version)
	return stage.RoundTrip(ctx)
}

// findTerraform allows a minute or so for an installation on a slow line.
func findTerraform(ctx context.Context, root string) (terraform.Executable, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	return terraform.Find(ctx, terraform.Options{CacheDir: filepath.Join(root, ".sendform", "terraform")})
}

// inSync refuses to deploy what nobody has reviewed: HCL that is not what the
// environment files say.
func inSync(ctx context.Context, root, name string) error {
	gen := genCommand{Environments: []string{name}}
	changes, err := gen.changes(ctx, root)
	if err != nil {
		return err
	}
	if len(changes) > 0 {
		return fmt.Errorf("%s is out of sync with envs/ and templates/, and %d files in all: run `make gen ENV=%s` first", changes[0].Path, len(changes), name)
	}
	return nil
}

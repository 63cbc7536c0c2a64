package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"time"

	"sendform/generator/environment"
	"sendform/generator/localcloud/fault"
	"sendform/generator/rehearsal"
	"sendform/generator/report"
	"sendform/generator/terraform"
)

type rehearseCommand struct {
	selection
	sideBySide
	showing
	reporting
	Provider string `help:"Which provider Terraform uses: ${enum}." enum:"standin,registry" default:"standin"`
	Mirror   string `help:"Folder that the registry's provider is installed from, laid out as terraform providers mirror does." placeholder:"DIR" type:"existingdir" env:"SENDFORM_PROVIDER_MIRROR"`
	Dir      string `help:"Keep the local cloud and Terraform's data in this folder." type:"path" placeholder:"DIR"`
	Listen   string `help:"Address of the local cloud; any free loopback port if not given." placeholder:"ADDR"`

	Faults []string `help:"Have calls of the local cloud fail, for example 's3:PutObject throttle nth=2', or be true later, for example 'consistency iam-role=2s'; may be given more than once." sep:"none" placeholder:"RULE"`
}

func (c *rehearseCommand) Help() string {
	return "Example: sendform rehearse qa\n\nNo account, network or container is used: Terraform applies the rendered HCL, as it is, to a local cloud in this process. " +
		"Functions really run there. Nothing is left behind."
}

// Run rehearses every target that is selected, each on a cloud of its own.
func (c *rehearseCommand) Run(ctx context.Context, all *commands, o output) error {
	// As a generation, a rehearsal lives for seconds: a tenth of its work was collecting
	// garbage.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(1 << 30)
	faults, err := fault.Parse(c.Faults)
	if err != nil {
		return fmt.Errorf("--faults: %w", err)
	}
	targets, err := c.targets(all.Root)
	if err != nil {
		return err
	}
	if err := inSync(ctx, all.Root, c.Environments); err != nil {
		return err
	}
	executable, err := findTerraform(ctx, all.Root)
	if err != nil {
		return err
	}
	if c.Listen != "" && len(targets) > 1 {
		return fmt.Errorf("%d targets have a local cloud each, and --listen has one address: name one target", len(targets))
	}
	run := c.begin("rehearse", o, targets)
	err = c.each(ctx, run, targets, func(t environment.Target, teller *report.Teller) error {
		dir := c.Dir
		if dir != "" && len(targets) > 1 {
			dir = filepath.Join(dir, t.Environment, t.Region)
		}
		return c.rehearse(ctx, all.Root, dir, t, faults, executable, teller, o)
	})
	return run.End(err, c.Report)
}

func (c *rehearseCommand) rehearse(ctx context.Context, root, dir string, t environment.Target, faults fault.Rules, executable terraform.Executable, teller *report.Teller, o output) (err error) {
	stage, err := rehearsal.Open(ctx, rehearsal.Options{
		Target: t, Repository: root, Dir: dir, Listen: c.Listen, Faults: faults,
		Terraform: executable, Registry: c.Provider == "registry", Mirror: c.Mirror, Tell: teller.Tell,
		// What goes wrong inside of the local cloud is not in AWS's answers.
		Logger: slog.New(slog.NewTextHandler(o.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	teller.Text("rehearse %s: account %s on a local cloud at %s, Terraform %s", t.Key(), t.AccountID, stage.Cloud.URL(), executable.Version)
	err = stage.RoundTripAsDeployer(ctx)
	for _, hit := range stage.Cloud.FaultHits() {
		teller.Text("%s: %d calls failed by it", hit.Rule, hit.Calls)
	}
	return err
}

// findTerraform allows a minute or so for an installation on a slow line.
func findTerraform(ctx context.Context, root string) (terraform.Executable, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	return terraform.Find(ctx, terraform.Options{CacheDir: filepath.Join(root, ".sendform", "terraform")})
}

// inSync refuses to deploy what nobody has reviewed: HCL that is not what the
// environment files say.
func inSync(ctx context.Context, root string, names []string) error {
	gen := genCommand{Environments: names}
	changes, err := gen.changes(ctx, root)
	if err != nil {
		return err
	}
	if len(changes) > 0 {
		return fmt.Errorf("%s is out of sync with envs/ and templates/, and %d files in all: run `make gen` first", changes[0].Path, len(changes))
	}
	return nil
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"

	"golang.org/x/sync/errgroup"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/render"
	"sendform/generator/report"
)

type genCommand struct {
	Environments []string `arg:"" optional:"" name:"env" help:"Environments to render; all if none is named."`
	Check        bool     `help:"Write nothing; show the differences. Exit code 2 if there are any."`
	JSON         bool     `help:"Print mistakes and changes as JSON, in the form of terraform validate -json." name:"json"`
}

func (c *genCommand) Help() string {
	return "Example: sendform gen qa\n\nA rendered file that nobody renders any more is removed; a file that was written by hand is never overwritten. Exit codes: 0 done or in sync, 1 a mistake, 2 out of sync (with --check)."
}

// Run renders everything before it writes anything.
func (c *genCommand) Run(ctx context.Context, all *commands, o output) error {
	// A generation lives for less than a second and keeps little, so collecting
	// garbage often is half of its work. The limit bounds what that may cost.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(256 << 20)
	if c.JSON {
		return c.asJSON(ctx, all.Root, o)
	}
	if c.Check {
		return c.check(ctx, all.Root, o)
	}
	changes, err := c.write(ctx, all.Root)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(o.out)
	for _, change := range changes {
		fmt.Fprintf(out, "%s %s\n", change.Verb, change.Path)
	}
	if len(changes) == 0 {
		fmt.Fprintln(out, "nothing to do: modules/ and out/ are in sync with envs/ and templates/")
	}
	return out.Flush()
}

// asJSON does the same for a machine that reads the result.
func (c *genCommand) asJSON(ctx context.Context, root string, o output) error {
	generate := c.write
	if c.Check {
		generate = c.changes
	}
	changes, err := generate(ctx, root)
	var listed []report.FileChange
	for _, change := range changes {
		listed = append(listed, report.FileChange{Path: change.Path, Action: string(change.Verb)})
	}
	if printErr := report.GenerationJSON(o.out, listed, err); printErr != nil {
		return printErr
	}
	switch {
	case err != nil:
		return errReported
	case c.Check && len(changes) > 0:
		return errDifferent
	}
	return nil
}

func (c *genCommand) check(ctx context.Context, root string, o output) error {
	changes, err := c.changes(ctx, root)
	if err != nil {
		return err
	}
	for _, change := range changes {
		fmt.Fprint(o.out, change.Diff())
	}
	if len(changes) > 0 {
		fmt.Fprintf(o.err, "sendform: %d rendered files are out of sync with envs/ and templates/: run `make gen`\n", len(changes))
		return errDifferent
	}
	fmt.Fprintln(o.out, "modules/ and out/ are in sync with envs/ and templates/")
	return nil
}

// write makes all changes, or none, and answers with those it made.
func (c *genCommand) write(ctx context.Context, root string) (changes []render.Change, err error) {
	staging := render.NewStaging(root)
	defer func() { err = errors.Join(err, staging.Close()) }()
	if err := c.generate(ctx, root, staging.Add); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, errStopped
	}
	return staging.Commit() // takes milliseconds and is not stopped in the middle
}

// changes lists what has to change, in the order of the files' paths.
func (c *genCommand) changes(ctx context.Context, root string) ([]render.Change, error) {
	var all []render.Change
	batches := make(chan []render.Change)
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		for batch := range batches {
			all = append(all, batch...)
		}
	}()
	err := c.generate(ctx, root, func(batch []render.Change) error {
		batches <- batch
		return nil
	})
	close(batches)
	<-collected
	render.Sort(all)
	return all, err
}

// errStopped is what Ctrl-C makes of a generation.
var errStopped = errors.New("interrupted; nothing was written")

// generate renders modules and environments side by side and hands over what has
// to change, from several goroutines. What is in sync is forgotten at once, so that
// memory does not grow with the number of environments.
func (c *genCommand) generate(ctx context.Context, root string, take func([]render.Change) error) error {
	repository, err := environment.Open(root)
	if err != nil {
		return err
	}
	names, owned := c.Environments, []string{render.ModulesFolder}
	if len(names) == 0 {
		names = repository.Names()
		owned = append(owned, render.RootsFolder) // environments that are gone included
	}
	for _, name := range c.Environments {
		owned = append(owned, path.Join(render.RootsFolder, name))
	}
	renderer, err := render.New(os.DirFS(filepath.Join(root, "templates")), components.Kinds())
	if err != nil {
		return err
	}
	comparison, err := render.NewComparison(root, owned)
	if err != nil {
		return err
	}
	compare := func(files []render.File, err error) error {
		if err != nil {
			return err
		}
		changes, err := comparison.Changes(files)
		if err != nil || len(changes) == 0 {
			return err
		}
		return take(changes)
	}

	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	group.Go(func() error { return compare(renderer.Modules()) })
	mistaken := make([]*environment.Mistakes, len(names))
	for i, name := range names {
		group.Go(func() error {
			if ctx.Err() != nil {
				return errStopped
			}
			env, err := repository.Load(name)
			if errors.As(err, &mistaken[i]) {
				return nil // all of them are reported together
			}
			if err != nil {
				return err
			}
			for _, target := range env.Targets {
				if err := compare(renderer.Root(target)); err != nil {
					return fmt.Errorf("render %s: %w", target.Key(), err)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := together(mistaken); err != nil {
		return err
	}
	orphans, err := comparison.Rest()
	if err != nil {
		return err
	}
	return take(orphans)
}

// together makes one error of the mistakes of several environments.
func together(mistaken []*environment.Mistakes) error {
	mistaken = slices.DeleteFunc(mistaken, func(m *environment.Mistakes) bool { return m == nil })
	if len(mistaken) == 0 {
		return nil
	}
	all := environment.Mistakes{Sources: map[string][]byte{}}
	for _, m := range mistaken {
		all.Add(m)
	}
	return &all
}

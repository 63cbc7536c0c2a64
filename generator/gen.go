package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/render"
)

type genCommand struct {
	Environments []string `arg:"" optional:"" name:"env" help:"Environments to render; all if none is named."`
	Check        bool     `help:"Write nothing; show the differences. Exit code 2 if there are any."`
}

func (c *genCommand) Help() string {
	return "Example: sendform gen qa\n\nA rendered file that nobody renders any more is removed; a file that was written by hand is never overwritten."
}

// Run renders everything before it writes anything.
func (c *genCommand) Run(all *commands, o output) error {
	changes, err := c.changes(all.Root)
	if err != nil {
		return err
	}
	if c.Check {
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
	if err := render.Write(all.Root, changes); err != nil {
		return err
	}
	for _, change := range changes {
		fmt.Fprintf(o.out, "%s %s\n", change.Verb(), change.Path)
	}
	if len(changes) == 0 {
		fmt.Fprintln(o.out, "nothing to do: modules/ and out/ are in sync with envs/ and templates/")
	}
	return nil
}

func (c *genCommand) changes(root string) ([]render.Change, error) {
	names := c.Environments
	owned := []string{render.ModulesFolder}
	if len(names) == 0 {
		var err error
		if names, err = environment.Names(root); err != nil {
			return nil, err
		}
		owned = append(owned, render.RootsFolder) // environments that are gone included
	}
	environments, err := loadAll(root, names)
	if err != nil {
		return nil, err
	}
	renderer, err := render.New(os.DirFS(filepath.Join(root, "templates")))
	if err != nil {
		return nil, err
	}
	files, err := renderer.Modules(components.Kinds())
	if err != nil {
		return nil, err
	}
	for _, env := range environments {
		if len(c.Environments) > 0 {
			owned = append(owned, path.Join(render.RootsFolder, env.Name))
		}
		for _, target := range env.Targets {
			rendered, err := renderer.Root(target)
			if err != nil {
				return nil, fmt.Errorf("render %s: %w", target.Key(), err)
			}
			files = append(files, rendered...)
		}
	}
	return render.Compare(root, files, owned)
}

package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/report"
	"sendform/generator/site"
)

type siteCommand struct {
	Publish  sitePublishCommand  `cmd:"" help:"Make a release of a folder of static files, and serve it."`
	Switch   siteSwitchCommand   `cmd:"" help:"Serve another release, for example an earlier one."`
	Releases siteReleasesCommand `cmd:"" help:"List the releases, the newest first."`
}

// served says which distributions are meant, each of which serves static files.
type served struct {
	sideBySide
	showing

	Environment  string `arg:"" name:"env" help:"Name of an environment, as in envs/qa.hcl."`
	Region       string `help:"Only this region of it." placeholder:"REGION"`
	Distribution string `help:"Which of its distributions, if it has several; as in distribution \"send\"." placeholder:"NAME"`
}

type sitePublishCommand struct {
	served
	Folder  string `arg:"" optional:"" name:"dir" help:"Folder of the site; the one that the environment's file names if not given." type:"path"`
	Release string `help:"Name of the release; one that follows from the content if not given." placeholder:"vX.Y.Z"`
}

func (c *sitePublishCommand) Help() string {
	return "Example: sendform site publish qa --release v1.2.3\n\n" +
		"Files that the release before has too are copied from it, only the others are sent. Releases stay, and are never changed."
}

// Run publishes on every target that is selected.
func (c *sitePublishCommand) Run(ctx context.Context, all *commands, o output) error {
	if c.Release != "" {
		if err := site.CheckRelease(c.Release); err != nil {
			return err
		}
	}
	folders := map[string]site.Folder{} // by distribution
	prepare := func(x environment.Distribution) (err error) {
		folders[x.Label], err = site.ReadFolder(cmp.Or(c.Folder, filepath.Join(all.Root, filepath.FromSlash(x.Site))))
		return err
	}
	return c.each(ctx, all.Root, named{output: o, command: "site publish"}, c.chosen, prepare, func(s site.Site, x environment.Distribution) ([]string, error) {
		folder := folders[x.Label]
		done, err := s.Publish(ctx, folder, cmp.Or(c.Release, folder.Name()))
		return []string{done.String()}, err
	})
}

// chosen are the distributions to publish on. Without a folder all are that have one in
// the environment's file.
func (c *sitePublishCommand) chosen(t environment.Target) ([]environment.Distribution, error) {
	if c.Folder != "" || c.Distribution != "" || len(t.Distributions) == 0 {
		x, err := c.distribution(t)
		if err == nil && c.Folder == "" && x.Site == "" {
			err = fmt.Errorf("distribution.%s of %s has no site: name a folder, here or as site in its file", x.Label, t.Environment)
		}
		return []environment.Distribution{x}, err
	}
	all := slices.DeleteFunc(slices.Clone(t.Distributions), func(x environment.Distribution) bool { return x.Site == "" })
	if len(all) == 0 {
		return nil, fmt.Errorf("no distribution of %s has a site: name a folder, here or as site in its file", t.Environment)
	}
	return all, nil
}

type siteSwitchCommand struct {
	served
	Release string `help:"Name of the release." required:"" placeholder:"vX.Y.Z"`
}

func (c *siteSwitchCommand) Help() string {
	return "Example: sendform site switch qa --release v1.2.2\n\nNothing is sent: what is served is copied from the release inside of S3."
}

// Run serves the release on every target that is selected.
func (c *siteSwitchCommand) Run(ctx context.Context, all *commands, o output) error {
	if err := site.CheckRelease(c.Release); err != nil {
		return err
	}
	return c.each(ctx, all.Root, named{output: o, command: "site switch"}, c.one, nothing, func(s site.Site, _ environment.Distribution) ([]string, error) {
		done, err := s.Switch(ctx, c.Release)
		return []string{done.String()}, err
	})
}

type siteReleasesCommand struct{ served }

func (c *siteReleasesCommand) Help() string { return "Example: sendform site releases qa" }

// Run lists the releases of every target that is selected.
func (c *siteReleasesCommand) Run(ctx context.Context, all *commands, o output) error {
	return c.each(ctx, all.Root, named{output: o, command: "site releases"}, c.one, nothing, func(s site.Site, _ environment.Distribution) ([]string, error) {
		releases, err := s.Releases(ctx)
		if err != nil {
			return nil, err
		}
		lines := []string{}
		for _, r := range releases {
			line := r.Made.UTC().Format(time.DateTime) + "  " + r.Name
			if r.Latest {
				line += "  is served"
			}
			lines = append(lines, line)
		}
		if len(lines) == 0 {
			lines = append(lines, "there are no releases yet")
		}
		return lines, nil
	})
}

// nothing is what commands prepare that read no folder.
func nothing(environment.Distribution) error { return nil }

// each does something with the sites that are chosen of every target, and tells what
// that has said. What can be refused without AWS is refused before: it prepares each of
// them first.
func (s served) each(ctx context.Context, root string, n named, choose func(environment.Target) ([]environment.Distribution, error),
	prepare func(environment.Distribution) error, do func(site.Site, environment.Distribution) ([]string, error),
) error {
	targets, err := targetsOf(root, s.Environment, s.Region)
	if err != nil {
		return err
	}
	// Targets of an environment have the same distributions.
	chosen, err := choose(targets[0])
	if err != nil {
		return err
	}
	for _, x := range chosen {
		if err := prepare(x); err != nil {
			return err
		}
	}
	on := deployable{selection: selection{[]string{s.Environment}, s.Region}, sideBySide: s.sideBySide, showing: s.showing}
	return deploy(ctx, root, on, n, noSecrets, func(d *lifecycle.Deployment, t environment.Target, teller *report.Teller) error {
		chosen, err := choose(t)
		if err != nil {
			return err
		}
		for _, x := range chosen {
			found, err := d.Site(ctx, x)
			if err != nil {
				return err
			}
			lines, err := do(found, x)
			if err != nil {
				return fmt.Errorf("distribution.%s: %w", x.Label, err)
			}
			for _, line := range lines {
				teller.Text("distribution.%s: %s", x.Label, line)
			}
		}
		return nil
	})
}

// one is the distribution that is meant.
func (s served) one(t environment.Target) ([]environment.Distribution, error) {
	x, err := s.distribution(t)
	return []environment.Distribution{x}, err
}

func (s served) distribution(t environment.Target) (environment.Distribution, error) {
	var names []string
	for _, x := range t.Distributions {
		names = append(names, x.Label)
	}
	i := slices.Index(names, s.Distribution)
	switch {
	case len(names) == 0:
		return environment.Distribution{}, fmt.Errorf("%s has no distribution, so there is no bucket of static files to publish to: write a distribution with static = bucket.NAME into its file", t.Environment)
	case s.Distribution == "" && len(names) > 1:
		return environment.Distribution{}, fmt.Errorf("%s has several distributions, say which with --distribution: %s", t.Environment, strings.Join(names, ", "))
	case s.Distribution == "":
		i = 0
	case i < 0:
		return environment.Distribution{}, fmt.Errorf("%s has no distribution %q; it has: %s", t.Environment, s.Distribution, strings.Join(names, ", "))
	}
	return t.Distributions[i], nil
}

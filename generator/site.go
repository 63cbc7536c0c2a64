package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// served is a distribution with a bucket of static files.
type served struct {
	sideBySide
	showing

	Environment  string `arg:"" name:"env" help:"Name of an environment, as in envs/qa.hcl."`
	Region       string `help:"Only this region of it." placeholder:"REGION"`
	Distribution string `help:"Which of its distributions, if it has several; as in distribution \"send\"." placeholder:"NAME"`
}

type sitePublishCommand struct {
	served
	Folder  string `arg:"" name:"dir" help:"Folder of the site." type:"path"`
	Release string `help:"Name of the release; one that follows from the content if not given." placeholder:"vX.Y.Z"`
}

func (c *sitePublishCommand) Help() string {
	return "Example: sendform site publish qa examples/send/site --release v1.2.3\n\n" +
		"Files that the release before has too are copied from it, only the others are sent. Releases stay, and are never changed."
}

// Run publishes the folder on every target that is selected.
func (c *sitePublishCommand) Run(ctx context.Context, all *commands, o output) error {
	folder, err := site.ReadFolder(c.Folder)
	if err != nil {
		return err
	}
	release := c.Release
	if release == "" {
		if release, err = folder.Name(); err != nil {
			return err
		}
	}
	if err := site.CheckRelease(release); err != nil {
		return err
	}
	return c.each(ctx, all.Root, named{output: o, command: "site publish"}, func(s site.Site, teller *report.Teller) error {
		done, err := s.Publish(ctx, folder, release)
		return tellPublished(teller, done, err)
	})
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
	return c.each(ctx, all.Root, named{output: o, command: "site switch"}, func(s site.Site, teller *report.Teller) error {
		done, err := s.Switch(ctx, c.Release)
		return tellPublished(teller, done, err)
	})
}

type siteReleasesCommand struct{ served }

func (c *siteReleasesCommand) Help() string { return "Example: sendform site releases qa" }

// Run lists the releases of every target that is selected.
func (c *siteReleasesCommand) Run(ctx context.Context, all *commands, o output) error {
	return c.each(ctx, all.Root, named{output: o, command: "site releases"}, func(s site.Site, teller *report.Teller) error {
		releases, err := s.Releases(ctx)
		if err != nil {
			return err
		}
		for _, r := range releases {
			is := ""
			if r.Latest {
				is = "  is served"
			}
			teller.Text("%s  %s%s", r.Since, r.Name, is)
		}
		if len(releases) == 0 {
			teller.Text("there are no releases yet")
		}
		return nil
	})
}

func tellPublished(teller *report.Teller, done site.Published, err error) error {
	if err == nil {
		teller.Text("%s", done)
	}
	return err
}

// each does something with the site of every target that is selected.
func (s served) each(ctx context.Context, root string, n named, do func(site.Site, *report.Teller) error) error {
	targets, err := targetsOf(root, s.Environment, s.Region)
	if err != nil {
		return err
	}
	// A mistake is told before anybody is asked for credentials.
	if _, err := s.distribution(targets[0]); err != nil {
		return err
	}
	on := deployable{selection: selection{[]string{s.Environment}, s.Region}, sideBySide: s.sideBySide, showing: s.showing}
	return deploy(ctx, root, on, n, noSecrets, func(d *lifecycle.Deployment, t environment.Target, teller *report.Teller) error {
		x, err := s.distribution(t)
		if err != nil {
			return err
		}
		found, err := d.Site(ctx, x)
		if err != nil {
			return err
		}
		return do(found, teller)
	})
}

// distribution is the one that is meant.
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

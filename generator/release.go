package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"

	"sendform/generator/environment"
)

type releaseCommand struct {
	Next releaseNextCommand `cmd:"" help:"Say which version an environment is deployed as next."`
}

type releaseNextCommand struct {
	Environment string `arg:"" name:"env" help:"Name of an environment, as in envs/dev.hcl."`
	Tag         bool   `help:"Tag the commit that is checked out with it. A commit that has such a tag already keeps it."`
	JSON        bool   `name:"json" help:"Print a JSON object."`
}

func (c *releaseNextCommand) Help() string {
	return "Example: sendform release next dev --tag\n\n" +
		"The git tags say which version is the newest. `release = \"minor\"` in the environment's file raises its last part (v0.2.15 to v0.2.16), " +
		"\"major\" the middle one (v0.2.15 to v0.3.0). Without any tag it is " + firstVersion + "."
}

// firstVersion is the one of a repository that has none.
const firstVersion = "v0.1.0"

// nextRelease is what the command answers.
type nextRelease struct {
	Environment string `json:"environment"`
	Release     string `json:"release"` // minor or major
	Newest      string `json:"newest"`  // empty when there is no version yet
	Version     string `json:"version"`
	Commit      string `json:"commit"`
	Tagged      bool   `json:"tagged"` // whether the commit has the version's tag now
}

// Run says which version comes next, and tags the commit with it if that is wanted.
func (c *releaseNextCommand) Run(ctx context.Context, all *commands, o output) error {
	env, err := environment.Load(all.Root, c.Environment)
	if err != nil {
		return err
	}
	release := env.Targets[0].Release
	if release == environment.NoRelease {
		return fmt.Errorf("%s raises no version, it is deployed as one that has a tag already; "+
			"write release = %q or %q into envs/%s.hcl if it should", c.Environment, environment.MinorRelease, environment.MajorRelease, c.Environment)
	}
	next, err := c.next(ctx, all.Root, release)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(o.out).Encode(next)
	}
	_, err = fmt.Fprintln(o.out, next.Version)
	return err
}

func (c *releaseNextCommand) next(ctx context.Context, root string, release environment.Release) (nextRelease, error) {
	next := nextRelease{Environment: c.Environment, Release: string(release)}
	commit, err := git(ctx, root, "rev-parse", "--verify", "HEAD^{commit}")
	if err != nil {
		return next, err
	}
	next.Commit = strings.TrimSpace(commit)
	newest, err := newestVersion(ctx, root)
	if err != nil {
		return next, err
	}
	next.Version = firstVersion
	if newest != nil {
		next.Newest = newest.Original()
		next.Version = raised(newest, release)
	}
	if !c.Tag {
		return next, nil
	}
	next.Tagged = true
	if newest != nil && raises(newest, release) {
		// A pipeline that is run again deploys what it has tagged the first time.
		at, err := git(ctx, root, "rev-parse", "--verify", "refs/tags/"+newest.Original()+"^{commit}")
		if err != nil {
			return next, err
		}
		if strings.TrimSpace(at) == next.Commit {
			next.Version = newest.Original()
			return next, nil
		}
	}
	if _, err := git(ctx, root, "tag", "--annotate", "--message", "Release of "+c.Environment, next.Version, next.Commit); err != nil {
		return next, fmt.Errorf("tag %s: %w; an annotated tag needs git's user.name and user.email", next.Version, err)
	}
	return next, nil
}

// versionTag is what a version looks like; other tags do not count.
var versionTag = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$`)

// newestVersion is the highest version among the tags of a repository, or nil.
func newestVersion(ctx context.Context, root string) (*version.Version, error) {
	tags, err := git(ctx, root, "tag", "--list", "v*")
	if err != nil {
		return nil, err
	}
	var all version.Collection
	for tag := range strings.Lines(tags) {
		if tag = strings.TrimSpace(tag); !versionTag.MatchString(tag) {
			continue
		}
		v, err := version.NewSemver(tag)
		if err != nil {
			return nil, fmt.Errorf("read tag %s as a version: %w", tag, err)
		}
		all = append(all, v)
	}
	if len(all) > 0 {
		return slices.MaxFunc(all, (*version.Version).Compare), nil
	}
	shallow, err := git(ctx, root, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(shallow) == "true" {
		return nil, errors.New("this clone is shallow and has no version tags, so nobody knows which version is the newest: git fetch --tags --unshallow")
	}
	return nil, nil
}

// raised is the version after another one.
func raised(v *version.Version, release environment.Release) string {
	parts := v.Segments64()
	if release == environment.MajorRelease {
		return fmt.Sprintf("v%d.%d.0", parts[0], parts[1]+1)
	}
	return fmt.Sprintf("v%d.%d.%d", parts[0], parts[1], parts[2]+1)
}

// raises tells whether a version is one that such a release makes.
func raises(v *version.Version, release environment.Release) bool {
	return (v.Segments64()[2] == 0) == (release == environment.MajorRelease)
}

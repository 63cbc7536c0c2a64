package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/packaging"
	"sendform/generator/render"
)

type matrixCommand struct {
	Environments []string `arg:"" optional:"" name:"env" help:"Environments; all if none is named."`
	ChangedSince string   `help:"Only targets that a change since this git revision touches, changes that are not committed included." placeholder:"REF"`
	Branch       string   `help:"Only environments that this branch deploys to." placeholder:"NAME"`
	Deployable   bool     `help:"Only targets with a deployer, whose roles a job can take."`
}

func (c *matrixCommand) Help() string {
	return "Example: sendform matrix --branch main --changed-since origin/main\n\nPrints {\"include\": [...]} as the matrix of a GitHub workflow wants it. A target is touched by a change of its rendered files, of a module that it uses, of the source of its packages, and of its site."
}

// pair is one environment in one region, for a CI job.
type pair struct {
	Environment string `json:"environment"`
	Region      string `json:"region"`
	AccountID   string `json:"account_id"`
	Branch      string `json:"branch"`
	Release     string `json:"release"`
	Protected   bool   `json:"protected"`
	Site        bool   `json:"site"`       // there are static files to publish
	PlanRole    string `json:"plan_role"`  // ARN of the role that the job takes to read; empty without a deployer
	ApplyRole   string `json:"apply_role"` // ARN of the one that changes
}

func pairOf(t environment.Target) pair {
	p := pair{Environment: t.Environment, Region: t.Region, AccountID: t.AccountID, Branch: t.Branch, Release: string(t.Release), Protected: t.Protected}
	p.Site = slices.ContainsFunc(t.Distributions, func(x environment.Distribution) bool { return x.Site != "" })
	if len(t.Deployers) > 0 {
		role := fmt.Sprintf("arn:%s:iam::%s:role/", t.Partition, t.AccountID)
		p.PlanRole, p.ApplyRole = role+t.Deployers[0].PlanRole, role+t.Deployers[0].ApplyRole
	}
	return p
}

// Run lists the active pairs of environment and region.
func (c *matrixCommand) Run(ctx context.Context, all *commands, o output) error {
	repository, err := environment.Open(all.Root)
	if err != nil {
		return err
	}
	names := c.Environments
	if len(names) == 0 {
		names = repository.Names()
	}
	var changed []string
	if c.ChangedSince != "" {
		if changed, err = changedFiles(ctx, all.Root, c.ChangedSince); err != nil {
			return err
		}
	}
	pairs := []pair{}
	for _, name := range names {
		env, err := repository.Load(name)
		if err != nil {
			return err
		}
		for _, t := range env.Targets {
			if c.Branch != "" && t.Branch != c.Branch || c.Deployable && len(t.Deployers) == 0 {
				continue
			}
			if c.ChangedSince != "" {
				touches, err := touched(ctx, all.Root, t, changed)
				if err != nil {
					return err
				}
				if !touches {
					continue
				}
			}
			pairs = append(pairs, pairOf(t))
		}
	}
	return json.NewEncoder(o.out).Encode(map[string][]pair{"include": pairs})
}

// changedFiles lists what differs between a revision and the working tree, by paths
// relative to root with slashes.
func changedFiles(ctx context.Context, root, revision string) ([]string, error) {
	if strings.HasPrefix(revision, "-") {
		return nil, fmt.Errorf("%q is no git revision", revision)
	}
	// This comes first: outside of a repository git diff tells of all its options.
	untracked, err := git(ctx, root, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	differing, err := git(ctx, root, "diff", "--name-only", "--relative", "-z", revision, "--")
	if err != nil {
		return nil, fmt.Errorf("%w; is the revision there? A shallow clone lacks older ones", err)
	}
	files := strings.Split(differing+untracked, "\x00")
	return slices.DeleteFunc(files, func(f string) bool { return f == "" }), nil
}

func git(ctx context.Context, root string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("git is not on PATH: install it, or put it there")
	}
	if err != nil {
		return "", fmt.Errorf("git %s in %s: %w: %s", args[0], root, err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// touched tells whether one of the changed files is part of what a target deploys.
func touched(ctx context.Context, root string, t environment.Target, changed []string) (bool, error) {
	if len(changed) == 0 {
		return false, nil
	}
	folders := []string{render.RootFolder(t)}
	for _, c := range slices.Concat(components.Bootstrap(t), components.Of(t)) {
		folders = append(folders, path.Join(render.ModulesFolder, c.Address.Kind))
	}
	var packages []string
	for _, f := range t.Functions {
		packages = append(packages, f.Package)
	}
	for _, y := range t.Layers {
		packages = append(packages, y.Package)
	}
	for _, a := range t.Acceptance {
		packages = append(packages, a.Package)
	}
	for _, x := range t.Distributions {
		if x.Site != "" {
			folders = append(folders, x.Site)
		}
	}
	if within(changed, append(folders, packages...)) {
		return true, nil
	}
	for _, p := range slices.Compact(slices.Sorted(slices.Values(packages))) {
		sources, err := packaging.Dependencies(ctx, root, filepath.Join(root, filepath.FromSlash(p)))
		if err != nil {
			return false, fmt.Errorf("find what %s is built from: %w", p, err)
		}
		if within(changed, sources) {
			return true, nil
		}
	}
	return false, nil
}

// within tells whether a file is one of the paths, or in one of them.
func within(files, paths []string) bool {
	return slices.ContainsFunc(files, func(f string) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return f == p || strings.HasPrefix(f, p+"/") })
	})
}

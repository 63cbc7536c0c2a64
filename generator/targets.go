package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"sendform/generator/environment"
	"sendform/generator/report"
)

// selection names environments, and one region if not all are meant.
type selection struct {
	Environments []string `arg:"" name:"env" help:"Names of environments, as in envs/qa.hcl."`
	Region       string   `help:"Only this region of them." placeholder:"REGION"`
}

func (s selection) targets(root string) ([]environment.Target, error) {
	var all []environment.Target
	var problems []error
	for _, name := range s.Environments {
		found, err := targetsOf(root, name, s.Region)
		all, problems = append(all, found...), append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return all, nil
}

// one tells whether a single target is selected.
func (s selection) one(root string) bool {
	targets, err := s.targets(root)
	return err != nil || len(targets) == 1 // what is wrong is told later
}

// targetsOf are an environment's targets, or the one of a region if that is given.
func targetsOf(root, name, region string) ([]environment.Target, error) {
	env, err := environment.Load(root, name)
	if err != nil {
		return nil, err
	}
	if region == "" {
		return env.Targets, nil
	}
	var regions []string
	for _, t := range env.Targets {
		if t.Region == region {
			return []environment.Target{t}, nil
		}
		regions = append(regions, t.Region)
	}
	return nil, fmt.Errorf("environment %s has no region %q; it has: %s", name, region, strings.Join(regions, ", "))
}

// sideBySide says how many targets something is done with at a time.
type sideBySide struct {
	Parallel int `help:"How many targets are worked on at a time." default:"4" placeholder:"N"`
}

// each does something with every target, some of them at a time. One that fails does
// not stop the others; none is begun any more once the context has ended.
func (s sideBySide) each(ctx context.Context, run *report.Run, targets []environment.Target, do func(environment.Target, *report.Teller) error) error {
	failures := make([]error, len(targets))
	places := make(chan struct{}, max(s.Parallel, 1))
	var working sync.WaitGroup
	for i, t := range targets {
		places <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		working.Go(func() {
			defer func() { <-places }()
			teller := run.Teller(t.Key())
			failures[i] = teller.Done(do(t, teller))
		})
	}
	working.Wait()
	return errors.Join(failures...)
}

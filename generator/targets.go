package main

import (
	"fmt"
	"strings"

	"sendform/generator/environment"
)

// selection names an environment, and one of its regions if not all are meant.
type selection struct {
	Environment string `arg:"" name:"env" help:"Name of the environment, as in envs/qa.hcl."`
	Region      string `help:"Only this region of it." placeholder:"REGION"`
}

func (s selection) targets(root string) ([]environment.Target, error) {
	env, err := environment.Load(root, s.Environment)
	if err != nil {
		return nil, err
	}
	if s.Region == "" {
		return env.Targets, nil
	}
	var regions []string
	for _, t := range env.Targets {
		if t.Region == s.Region {
			return []environment.Target{t}, nil
		}
		regions = append(regions, t.Region)
	}
	return nil, fmt.Errorf("environment %s has no region %q; it has: %s", s.Environment, s.Region, strings.Join(regions, ", "))
}

package lambda

import (
	"os"
	"path/filepath"
)

// folders are where a version's files are on this machine. A process here sees the
// machine's own file system, as nothing can be mounted without privileges on every
// machine: it finds its files through LAMBDA_TASK_ROOT and search paths.
type folders struct {
	task string // stands for /var/task
	opt  string // stands for /opt; empty without layers
}

// program is what a runtime runs.
type program struct {
	path   string
	args   []string
	env    []string // beyond what every runtime has, as NAME=value
	notice string   // for the function's log, when something is not as on AWS
}

// launcher is how a runtime starts a version whose files are at these places.
type launcher func(s *Service, config configuration, at folders) (program, *runtimeFailure)

// launchers are the runtimes that can run here; a runtime that is missing can be
// deployed but not invoked.
var launchers = map[string]launcher{
	"provided.al2":    bootstrap,
	"provided.al2023": bootstrap,
	"python3.9":       python,
	"python3.10":      python,
	"python3.11":      python,
	"python3.12":      python,
	"python3.13":      python,
	"python3.14":      python,
}

// bootstrap is what a custom runtime brings along, in its package or in a layer.
func bootstrap(_ *Service, _ configuration, at folders) (program, *runtimeFailure) {
	for _, dir := range []string{at.task, at.opt} {
		if dir == "" {
			continue
		}
		path := filepath.Join(dir, "bootstrap")
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return program{path: path}, nil
		}
	}
	return program{}, &runtimeFailure{
		kind:   "Runtime.InvalidEntrypoint",
		reason: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
	}
}

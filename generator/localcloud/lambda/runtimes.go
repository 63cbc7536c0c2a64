package lambda

import (
	"os"
	"path/filepath"
)

// launcher is how a runtime starts: the program to run for a version whose code
// is unpacked in root.
type launcher func(root string) (program string, failure *runtimeFailure)

// launchers are the runtimes that can run here; a runtime that is missing can be
// deployed but not invoked.
var launchers = map[string]launcher{
	"provided.al2":    bootstrap,
	"provided.al2023": bootstrap,
}

// bootstrap is what a custom runtime brings along.
func bootstrap(root string) (string, *runtimeFailure) {
	program := filepath.Join(root, "bootstrap")
	if info, err := os.Stat(program); err != nil || info.IsDir() {
		return "", &runtimeFailure{
			kind:   "Runtime.InvalidEntrypoint",
			reason: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
		}
	}
	return program, nil
}

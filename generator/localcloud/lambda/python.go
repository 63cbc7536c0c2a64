package lambda

import (
	"context"
	_ "embed" // the runtime's source
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// pythonRuntime speaks the Runtime API for functions in Python.
//
//go:embed runtime.py
var pythonRuntime []byte

// oldestPython is the minor version that runtime.py needs at least.
const oldestPython = 9

// interpreter is a Python of this machine.
type interpreter struct {
	path    string
	version string // as 3.13.1
}

// interpreters finds the Python of each runtime, once.
type interpreters struct {
	// find looks for a program by its name, as [exec.LookPath] does.
	find func(name string) (string, error)

	mu    sync.Mutex
	found map[string]*interpreter // by runtime; nil when there is none
}

// forRuntime is the interpreter for a runtime such as python3.13: that very version
// if the machine has it, else the one that it calls python3.
func (i *interpreters) forRuntime(runtime string) *interpreter {
	i.mu.Lock()
	defer i.mu.Unlock()
	if known, looked := i.found[runtime]; looked {
		return known
	}
	var chosen *interpreter
	for _, name := range []string{runtime, "python3", "python"} {
		if path, err := i.find(name); err == nil {
			if chosen = askInterpreter(path); chosen != nil {
				break
			}
		}
	}
	i.found[runtime] = chosen
	return chosen
}

// interpreterPatience is how long a program may take to say which Python it is.
const interpreterPatience = 10 * time.Second

// askInterpreter finds out what a program really is: version managers put programs
// of that name in the path that only choose another one, slowly, or none at all.
func askInterpreter(path string) *interpreter {
	ctx, cancel := context.WithTimeout(context.Background(), interpreterPatience)
	defer cancel()
	const question = "import sys; print(sys.executable, *sys.version_info[:3], sep='\\n')"
	out, err := exec.CommandContext(ctx, path, "-I", "-S", "-c", question).Output()
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 4 || !filepath.IsAbs(lines[0]) {
		return nil
	}
	var major, minor int
	if _, err := fmt.Sscan(lines[1], &major); err != nil || major != 3 {
		return nil
	}
	if _, err := fmt.Sscan(lines[2], &minor); err != nil || minor < oldestPython {
		return nil
	}
	return &interpreter{path: lines[0], version: strings.Join(lines[1:], ".")}
}

// python runs a function in Python with an interpreter of this machine. It is
// isolated (-I, -S): of the machine it sees only the standard library, so that what
// a package or a layer lacks is missing here as on AWS. It writes no byte code into
// packages, which on AWS are read-only.
func python(s *Service, config configuration, at folders) (program, *runtimeFailure) {
	found := s.interpreters.forRuntime(config.Runtime)
	if found == nil {
		return program{}, &runtimeFailure{
			kind: "Runtime.InvalidEntrypoint",
			reason: fmt.Sprintf("no Python 3.%d or later was found on this machine: install python3 to run functions of %s in the local cloud",
				oldestPython, config.Runtime),
		}
	}
	p := program{
		path: found.path,
		args: []string{"-I", "-S", "-B", "-u", "-X", "utf8", s.pythonRuntimeFile(), at.opt},
		env:  []string{"AWS_EXECUTION_ENV=AWS_Lambda_" + config.Runtime, "LANG=en_US.UTF-8"},
	}
	if !strings.HasPrefix("python"+found.version, config.Runtime+".") {
		p.notice = fmt.Sprintf("The local cloud has no %s: Python %s of this machine runs this function.", config.Runtime, found.version)
	}
	return p, nil
}

// pythonRuntimeFile is where interpreters read the runtime from.
func (s *Service) pythonRuntimeFile() string { return filepath.Join(s.Dir, "runtime.py") }

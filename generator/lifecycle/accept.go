package lifecycle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// acceptanceGrace is how long an acceptance program may take to clean up after it
// was asked to stop.
const acceptanceGrace = 10 * time.Second

// Accept runs the target's acceptance programs, which [Deployment.Build] has built,
// each as a process that gets its settings and the way to AWS by environment
// variables. It prints a JSON object a line: {"check", "resource", "attribute",
// "wanted", "got", "ok"}. Accept returns how many checks were made, and fails with
// [Findings] when one is not ok.
func (d *Deployment) Accept(ctx context.Context) (checks int, err error) {
	if len(d.only) > 0 {
		return 0, nil // the programs try the whole
	}
	var findings Findings
	for _, a := range d.cfg.Target.Acceptance {
		results, err := d.runAcceptance(ctx, a, d.programFile(a))
		checks += len(results)
		if err != nil {
			return checks, fmt.Errorf("acceptance.%s: %w", a.Label, err)
		}
		component := components.Address{Kind: "acceptance", Name: a.Label}
		for _, r := range results {
			value := Value{Attribute: r.Attribute + " (" + r.Check + ")", Wanted: r.Wanted, Got: r.Got, OK: r.OK}
			d.cfg.Tell(Event{Kind: Checked, Component: component, Resource: r.Resource, Values: []Value{value}})
			if !r.OK {
				findings = append(findings, Finding{
					Component: component, Resource: r.Resource, Attribute: value.Attribute, Wanted: r.Wanted, Got: r.Got,
				})
			}
		}
	}
	if len(findings) > 0 {
		return checks, findings
	}
	return checks, nil
}

// programFile is where an acceptance program is built: with the packages, which all
// deployments of a target share.
func (d *Deployment) programFile(a environment.Acceptance) string {
	return filepath.Join(d.cfg.Packages, "acceptance", a.Label)
}

type acceptanceResult struct {
	Check, Resource, Attribute, Wanted, Got string
	OK                                      bool
}

func (d *Deployment) runAcceptance(ctx context.Context, a environment.Acceptance, program string) ([]acceptanceResult, error) {
	variables := map[string]string{}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if v := os.Getenv(name); v != "" {
			variables[name] = v
		}
	}
	maps.Copy(variables, d.cfg.Environ)
	for _, s := range a.Settings {
		v, err := s.Value.Resolve(d.resolve(ctx))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		variables[s.Name] = v
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = acceptanceGrace
	for name, value := range variables {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	results, err := parseResults(stdout.Bytes())
	if err != nil {
		return nil, err
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return results, ctx.Err()
	case runErr == nil && len(results) == 0:
		return nil, errors.New("the program made no check")
	case runErr == nil:
		return results, nil
	case errors.As(runErr, &exit) && exit.ExitCode() == 1 && failed(results):
		return results, nil
	}
	return results, fmt.Errorf("the program ended with %w: %s", runErr, strings.TrimSpace(stderr.String()))
}

func failed(results []acceptanceResult) bool {
	for _, r := range results {
		if !r.OK {
			return true
		}
	}
	return false
}

func parseResults(output []byte) ([]acceptanceResult, error) {
	var results []acceptanceResult
	lines := bufio.NewScanner(bytes.NewReader(output))
	for lines.Scan() {
		var r acceptanceResult
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("the program printed a line that is no result: %q", lines.Text())
		}
		results = append(results, r)
	}
	return results, lines.Err()
}

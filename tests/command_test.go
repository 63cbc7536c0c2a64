package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program is where a built sendform is.
type program string

func build(t *testing.T) program {
	t.Helper()
	p, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// buildOnce links sendform for all tests: linking takes as long as a whole rehearsal.
var buildOnce = sync.OnceValues(func() (program, error) {
	p := filepath.Join(binaries, "sendform")
	if out, err := exec.Command("go", "build", "-o", p, "sendform/generator").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build sendform: %w\n%s", err, out)
	}
	return program(p), nil
})

// run runs a command on a repository with nothing of this process's environment but
// what programs are found by. It returns all that was printed, and the exit code.
func (p program) run(t *testing.T, root string, environ map[string]string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), string(p), append([]string{"--root", root}, args...)...)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+os.Getenv(name))
	}
	for name, value := range environ {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestCommandsAskTheDeployedEnvironment runs the commands that work without the
// registry provider as processes of their own, with nothing but environment
// variables leading them to the local cloud.
func TestCommandsAskTheDeployedEnvironment(t *testing.T) {
	target := load(t, "dev")
	s, _ := stage(t, target)
	ctx := t.Context()
	if err := s.Build(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(ctx); err != nil {
		t.Fatal(err)
	}
	program := build(t)
	sendform := func(environ map[string]string, args ...string) (string, int) {
		return program.run(t, repository(t), environ, args...)
	}

	out, code := sendform(s.Environ(), "exists", "dev")
	for _, want := range []string{"state.eu-west-2              yes     1 of 1", "storage.transfers            yes     1 of 1", "artifact.user                yes     1 of 1", "function.user                yes     4 of 4", "cdn.send                     yes     3 of 3"} {
		if !strings.Contains(out, want) {
			t.Errorf("exists does not say %q:\n%s", want, out)
		}
	}
	if code != 0 {
		t.Errorf("exists: exit code %d", code)
	}

	out, code = sendform(s.Environ(), "verify-deleted", "dev")
	if code != 1 || !strings.Contains(out, "function.user  function sgraph-send-dev-user\n    exists\n      wanted no\n      got    yes") {
		t.Errorf("verify-deleted: exit code %d:\n%s", code, out)
	}

	// Credentials of another account are refused before anything else is asked.
	other := s.Environ()
	root := s.Cloud.RootCredentials("999999999999")
	other["AWS_ACCESS_KEY_ID"], other["AWS_SECRET_ACCESS_KEY"] = root.AccessKeyID, root.SecretAccessKey
	for _, args := range [][]string{{"apply", "dev"}, {"destroy", "dev", "--auto-approve"}, {"verify", "dev"}, {"site", "releases", "dev"}} {
		out, code = sendform(other, args...)
		if code != 1 || !strings.Contains(out, "these credentials are for account 999999999999, and dev/eu-west-2 is in account 111122223333: nothing was done") {
			t.Errorf("%v: exit code %d:\n%s", args, code, out)
		}
	}

	// A protected environment is not destroyed by a flag that a script may have.
	prod := s.Environ()
	root = s.Cloud.RootCredentials(load(t, "prod").AccountID)
	prod["AWS_ACCESS_KEY_ID"], prod["AWS_SECRET_ACCESS_KEY"] = root.AccessKeyID, root.SecretAccessKey
	out, code = sendform(prod, "destroy", "prod", "--auto-approve")
	if code != 1 || !strings.Contains(out, "prod is protected: destroy it with --confirm prod") {
		t.Errorf("destroy: exit code %d:\n%s", code, out)
	}
}

//go:build linux

package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"sendform/generator/localcloud/fault"
	"sendform/tests/golden"
)

// TestToolIsKilledAtItsOwnWrites kills sendform, as kill -9 does, at each call by which it
// changes something itself: its own notes on the state, the trial of a lock, permissions
// that it takes away. No terraform works then. The same command, run again, must finish
// the job.
func TestToolIsKilledAtItsOwnWrites(t *testing.T) {
	if os.Getenv(scope) == "" {
		t.Skip("takes minutes: make test-faults; tests/recovery_test.go kills sendform three times")
	}
	t.Parallel()
	tool := newTool(t)
	ctx := t.Context()
	var all []trial
	// The first life makes the state bucket too, which stays.
	for _, p := range []phase{creating, deleting} {
		if err := tool.succeed(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []phase{creating, deleting} {
		own, err := tool.ownWrites(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range own {
			for _, d := range disturbances() {
				if d.kills {
					all = append(all, trial{w, d})
				}
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("it changes nothing itself")
	}
	tried := 0
	for _, next := range all {
		switch err := tool.killed(ctx, next); {
		case errors.Is(err, errNotReached):
			t.Logf("not reached: %s", next)
		case err != nil:
			t.Fatalf("%s: %v", next, err)
		default:
			tried++
		}
	}
	if tried == 0 {
		t.Error("no call was reached")
	}
	t.Logf("%d kills of sendform: ended well %d", len(all), tried)
}

// tool is sendform as a process of its own on a scene's cloud.
type tool struct {
	*scene

	program string
}

// newTool has an environment with everything, in a repository of its own.
func newTool(t *testing.T) *tool {
	t.Helper()
	repo, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	root, bin := t.TempDir(), t.TempDir()
	target, err := golden.Copy(root, repo, "python", "dev")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(root, "templates"), os.DirFS(filepath.Join(repo, "templates"))); err != nil {
		t.Fatal(err)
	}
	s, err := openFrom(t.Context(), t.TempDir(), root, target)
	if err != nil {
		t.Fatal(err)
	}
	made := &tool{scene: closing(t, s), program: filepath.Join(bin, "sendform")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", made.program, "sendform/generator").CombinedOutput(); err != nil {
		t.Fatalf("build sendform: %v\n%s", err, out)
	}
	if out, err := made.command(t.Context(), "gen").CombinedOutput(); err != nil {
		t.Fatalf("gen: %v\n%s", err, out)
	}
	return made
}

func (o *tool) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, o.program, append([]string{"--root", o.root}, args...)...)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+os.Getenv(name))
	}
	for name, value := range o.Environ() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "SENDFORM_SECRET_API_KEY=one", "SENDFORM_SECRET_ADMIN_API_KEY=two")
	return cmd
}

// arguments are those of the command that does a phase.
func arguments(p phase) []string {
	if p == deleting {
		return []string{"destroy", "dev", "--auto-approve"}
	}
	return []string{"apply", "dev", "--auto-approve"}
}

func (o *tool) succeed(ctx context.Context, p phase) error {
	if out, err := o.command(ctx, arguments(p)...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", p, err, out)
	}
	return nil
}

// ownWrites are the calls of a phase by which sendform itself changes something.
func (o *tool) ownWrites(ctx context.Context, p phase) ([]point, error) {
	before := len(o.Cloud.Record())
	working := watchTerraform(o.root)
	err := o.succeed(ctx, p)
	work, watchErr := working()
	if err := errors.Join(err, watchErr); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(points(p, o.Cloud.Record()[before:], work), func(w point) bool {
		return w.busy || w.reads() || w.call.Service == "sts"
	}), nil
}

// killed kills a command at a call, and runs it again. At the end nothing is left.
func (o *tool) killed(ctx context.Context, t trial) error {
	if t.phase == deleting {
		if err := o.succeed(ctx, creating); err != nil {
			return err
		}
	}
	var said bytes.Buffer
	cmd := o.command(ctx, arguments(t.phase)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	watching, stop := context.WithCancel(ctx)
	defer stop()
	if err := cmd.Start(); err != nil {
		return err
	}
	atCall := o.atCall(watching, t.rule(), cmd.Process.Kill)
	err := cmd.Wait()
	stop()
	killErr := <-atCall
	reached := o.hits() > 0
	o.Cloud.SetFaults(fault.Rules{})
	if reached && killErr != nil && !errors.Is(killErr, os.ErrProcessDone) {
		return killErr
	}
	if reached && err == nil {
		return fmt.Errorf("it was not killed:\n%s", said.String())
	}
	for _, p := range []phase{t.phase, deleting} {
		if err := o.succeed(ctx, p); err != nil {
			return fmt.Errorf("behind a kill: %w\nthe killed run:\n%s", err, said.String())
		}
	}
	if left, err := o.left(ctx); err != nil || len(left) > 0 {
		return errors.Join(err, fmt.Errorf("left: %v", left))
	}
	if !reached {
		return errNotReached
	}
	return nil
}

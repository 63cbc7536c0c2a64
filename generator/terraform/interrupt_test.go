package terraform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestInterruptedApply cancels an apply in the middle of its second resource.
func TestInterruptedApply(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		// sharesGroup behaves as where terraform-exec starts terraform in this process's group.
		sharesGroup bool
		// fromTerminal has Ctrl-C reach terraform directly as well.
		fromTerminal bool
	}{
		"group of its own":                 {},
		"shared group":                     {sharesGroup: true},
		"shared group, Ctrl-C in terminal": {sharesGroup: true, fromTerminal: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			f := newFixture(t, g.config(), nil)
			f.init(t)
			_, file := f.plan(t, PlanOptions{})
			ownGroup := runtime.GOOS == "linux"
			if f.sharesGroup == ownGroup {
				t.Errorf("sharesGroup: %v", f.sharesGroup)
			}
			f.sharesGroup = test.sharesGroup

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := f.start(ctx, file)
			pid := g.wait(t)
			if group, err := syscall.Getpgid(pid); err != nil || (group == pid) != ownGroup {
				t.Errorf("terraform %d is in process group %d: %v", pid, group, err)
			}
			if !f.locked() {
				t.Error("no lock during the apply")
			}
			if test.fromTerminal {
				if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
					t.Fatal(err)
				}
			}
			cancel()
			err := await(t, done)

			var failure *Error
			if !errors.Is(err, context.Canceled) || !errors.As(err, &failure) {
				t.Fatalf("got %v", err)
			}
			if text := err.Error(); !strings.HasPrefix(text, "terraform apply: interrupted; local-exec provisioner error") {
				t.Errorf("text: %s", text)
			}
			// This is what Terraform says when it is interrupted twice and gives up.
			for _, d := range failure.Diagnostics {
				if d.Summary == "operation canceled" {
					t.Error("terraform was stopped by force")
				}
			}
			if f.locked() {
				t.Error("the lock is left behind")
			}

			plan, file := f.plan(t, PlanOptions{})
			if len(plan.Changes) != 1 || plan.Changes[0].Address != "terraform_data.second" || plan.Changes[0].Reason != "tainted" {
				t.Errorf("the plan after the interrupt: %+v", plan.Changes)
			}
			done = f.start(t.Context(), file)
			g.wait(t)
			g.open(t)
			if err := await(t, done); err != nil {
				t.Errorf("the apply after the interrupt: %v", err)
			}
		})
	}
}

func TestWithholdInterrupt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		// cancelled and interrupted tell whether the caller cancels, and whether terraform says that it was interrupted.
		cancelled, interrupted bool
		want                   error
	}{
		"undisturbed":            {},
		"cancelled":              {cancelled: true, want: context.Canceled},
		"cancelled at terminal":  {cancelled: true, interrupted: true},
		"interrupted by another": {interrupted: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				interrupted := make(chan struct{})
				running, release := withholdInterrupt(ctx, interrupted, time.Second)
				defer release()
				if test.cancelled {
					cancel()
				}
				// The clock is synctest's.
				time.Sleep(time.Second / 2)
				if err := running.Err(); err != nil {
					t.Errorf("within the grace period: %v", err)
				}
				if test.interrupted {
					close(interrupted)
				}
				time.Sleep(time.Hour)
				if err := running.Err(); err != test.want {
					t.Errorf("after the grace period: %v", err)
				}
			})
		})
	}
}

// TestInitAfterOneThatWasKilled cuts files of the data folder off, as a terraform init
// leaves them that was killed while it wrote them.
func TestInitAfterOneThatWasKilled(t *testing.T) {
	t.Parallel()
	f := newFixture(t, fmt.Sprintf(twoResources, "one"), nil)
	f.write(t, "inner/main.tf", innerModule)
	f.init(t)
	for _, name := range []string{"terraform.tfstate", "modules/modules.json"} {
		file := filepath.Join(f.dataDir, name)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int64{0, info.Size() / 2} {
			if err := os.Truncate(file, size); err != nil {
				t.Fatal(err)
			}
			if err := f.Root.init(t.Context()); err != nil {
				t.Errorf("%s of %d bytes: %v", name, size, err)
			}
		}
	}
	if plan, _ := f.plan(t, PlanOptions{}); plan.Summary.Add != 2 {
		t.Errorf("got %+v", plan.Summary)
	}
}

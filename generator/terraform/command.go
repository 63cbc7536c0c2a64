package terraform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

const (
	// stopDelay is how long an interrupted terraform may take to stop before it is killed, which leaves the lock behind.
	// terraform-exec's default of one minute is shorter than some waits of a provider.
	stopDelay = 10 * time.Minute

	// interruptGrace is how long a terraform in our own process group gets to say that the terminal has interrupted it,
	// before it is interrupted from here.
	interruptGrace = 2 * time.Second

	// interruptNotice opens the message that Terraform prints on the first interrupt.
	interruptNotice = "Interrupt received."
)

// ownDoing are the warnings of plans and applies that have targets: whoever gave them knows.
var ownDoing = map[string]bool{"Resource targeting is in effect": true, "Applied changes may be incomplete": true}

// command is one terraform command to run.
type command struct {
	name string
	// provider tells that the command runs the provider.
	provider bool
	// message receives each line of the machine-readable UI; it may be nil.
	message func(message)
	do      func(context.Context, invocation) error
}

// invocation is what a command runs with.
type invocation struct {
	tf *tfexec.Terraform
	// reattach is nil when Terraform starts the provider itself.
	reattach tfexec.ReattachInfo
	// stdout reads the machine-readable UI.
	stdout io.Writer
	stderr io.Writer
}

// run serves the provider, runs the command, stops the provider, and turns a failure into an *Error or a *LockError.
func (r *Root) run(ctx context.Context, c command) (err error) {
	if ctx.Err() != nil {
		return &Error{Command: c.name, cause: ctx.Err()}
	}
	tf, err := r.takeInstance()
	if err != nil {
		return err
	}
	defer r.returnInstance(tf)
	in := invocation{tf: tf}
	if c.provider && r.reattach != nil {
		info, stop, serveErr := r.reattach(context.WithoutCancel(ctx))
		if serveErr != nil {
			return fmt.Errorf("serve the provider for terraform %s: %w", c.name, serveErr)
		}
		in.reattach = info
		defer func() {
			if stopErr := stop(); stopErr != nil {
				err = errors.Join(err, fmt.Errorf("stop the provider of terraform %s: %w", c.name, stopErr))
			}
		}()
	}

	var failures []tfjson.Diagnostic
	interrupted, confirmInterrupt := context.WithCancel(context.Background())
	defer confirmInterrupt()
	stdout := &messageWriter{receive: func(m message) {
		switch {
		case m.Type == "diagnostic" && m.Diagnostic.Severity == tfjson.DiagnosticSeverityError:
			failures = append(failures, m.Diagnostic)
		case m.Type == "diagnostic" && m.Diagnostic.Severity == tfjson.DiagnosticSeverityWarning && !ownDoing[m.Diagnostic.Summary]:
			r.warn(fmt.Sprintf("terraform %s warns: %s", c.name, describe(m.Diagnostic)))
		case m.Type == "log" && strings.Contains(m.Text, interruptNotice):
			confirmInterrupt()
		}
		if c.message != nil {
			c.message(m)
		}
	}}
	var stderr bytes.Buffer
	tf.SetStderr(&stderr)
	in.stdout, in.stderr = stdout, &stderr

	running := ctx
	if r.sharesGroup {
		var release func()
		running, release = withholdInterrupt(ctx, interrupted.Done(), interruptGrace)
		defer release()
	}
	err = c.do(running, in)
	stdout.flush()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		// terraform-exec's error of a cancelled command panics when asked for its text, if terraform succeeded after all.
		return &Error{Command: c.name, Diagnostics: failures, cause: ctx.Err()}
	case len(failures) == 0:
		failures = []tfjson.Diagnostic{plainDiagnostic(stderr.String(), err)}
	}
	return asLockError(&Error{Command: c.name, Diagnostics: failures, cause: err})
}

// withholdInterrupt returns a context that follows ctx, unless terraform tells within the grace period that it has been
// interrupted already. Where terraform shares our process group, Ctrl-C at a terminal reaches both processes; a second
// interrupt from here would make Terraform exit at once and abandon what it is doing.
func withholdInterrupt(ctx context.Context, interrupted <-chan struct{}, grace time.Duration) (context.Context, func()) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unregister := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-interrupted:
		case <-running.Done():
		case <-timer.C:
			cancel()
		}
	})
	return running, func() {
		unregister()
		cancel()
	}
}

// takeInstance returns a tfexec instance that no other command uses: the JSON commands of tfexec set the output of their
// instance. Instances are kept, as each of them runs "terraform version" once, which costs as much as a small command.
func (r *Root) takeInstance() (*tfexec.Terraform, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.idle); n > 0 {
		tf := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return tf, nil
	}
	return r.newInstance()
}

func (r *Root) returnInstance(tf *tfexec.Terraform) {
	tf.SetStdout(io.Discard)
	tf.SetStderr(io.Discard)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, tf)
}

func (r *Root) newInstance() (*tfexec.Terraform, error) {
	tf, err := tfexec.NewTerraform(r.dir, r.executable.Path)
	if err != nil {
		return nil, fmt.Errorf("terraform in %s: %w", r.dir, err)
	}
	if err := tf.SetEnv(r.environ); err != nil {
		return nil, fmt.Errorf("terraform in %s: %w", r.dir, err)
	}
	if err := tf.SetWaitDelay(stopDelay); err != nil {
		return nil, fmt.Errorf("terraform in %s: %w", r.dir, err)
	}
	return tf, nil
}

package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"sendform/generator/localcloud/identity"
)

const (
	// initAllowance is how long a runtime may take to ask for its first event
	// without that counting as part of the invocation.
	initAllowance = 10 * time.Second
	// grace is how long a process has to end by itself before it is killed.
	grace = 300 * time.Millisecond
)

// environment is an execution environment: one process of one version, with its
// Runtime API, that serves one invocation after the other.
type environment struct {
	config  configuration // of the version
	account string
	region  string
	now     func() time.Time
	expires time.Time // when its credentials do; zero for never

	// A restored environment asks for credentials with its token, which is empty for others.
	token       string
	credentials func(context.Context) (identity.Credentials, error)

	id     string // random; the last part of its log stream's name
	dir    string // its own folder, gone with it
	stream string // of its log
	api    *http.Server
	output *output
	pid    int
	killed chan struct{} // closed when the process shall end at once
	asked  chan struct{} // closed when it shall end soon
	ask    sync.Once
	kill   sync.Once

	work   chan *invocation // handed to the runtime when it asks for the next
	ready  chan struct{}    // closed when the runtime asks for its first event
	exited chan struct{}    // closed when the process and all of its are gone
	exit   string           // how the process ended; readable once exited is closed

	idleTimer *time.Timer // guarded by the pool

	mu          sync.Mutex
	current     *invocation
	begun       time.Time
	initialised bool          // the runtime has asked for its first event
	initTime    time.Duration // until the log has told it
	initError   *outcome      // what the runtime reported when it could not start
}

// invocation is one event on its way through an environment.
type invocation struct {
	id            string
	arn           string // as the caller named the function
	event         []byte
	clientContext string // JSON
	trace         string
	maxAnswer     int // bytes

	taken    chan struct{} // closed when the runtime has got it
	started  time.Time     // when that was
	finished chan outcome
}

// outcome is what an invocation came to.
type outcome struct {
	payload     []byte
	contentType string
	failed      bool // the function's own failure: X-Amz-Function-Error
	tail        []byte
	version     string
}

// runtimeFailure is a failure of the runtime as Lambda words it.
type runtimeFailure struct{ kind, reason string }

func (f runtimeFailure) outcome(requestID string) outcome {
	return failure(map[string]string{
		"errorType": f.kind, "errorMessage": fmt.Sprintf("RequestId: %s Error: %s", requestID, f.reason),
	})
}

func failure(body map[string]string) outcome {
	payload, err := json.Marshal(body)
	if err != nil {
		payload = []byte("{}") // a map of strings always encodes
	}
	return outcome{payload: payload, contentType: "application/json", failed: true}
}

// supervise runs the process and returns when it, and all that it started, is gone
// and what they printed is collected. The thread is its own: the kernel ends a process
// when the thread that started it does (PR_SET_PDEATHSIG, golang/go#27505).
func (e *environment) supervise(command *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := command.Start(); err != nil {
		e.output.finish()
		started <- err
		return
	}
	defer e.output.finish()
	e.pid = command.Process.Pid
	ended := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		e.endWhenAsked(ended)
	}()
	started <- nil
	err := command.Wait()
	// What the process started has the same group and shall not outlive it.
	_ = syscall.Kill(-e.pid, syscall.SIGKILL)
	endStragglers(e.id)
	close(ended)
	<-watched
	e.exit = exitReason(err)
}

// exitReason is how Lambda words the end of a runtime.
func exitReason(err error) string {
	if err == nil {
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: " + err.Error()
}

// endWhenAsked signals the process group when the environment shall end.
func (e *environment) endWhenAsked(ended <-chan struct{}) {
	signal := func(s syscall.Signal) { _ = syscall.Kill(-e.pid, s) } // it may be gone by itself
	select {
	case <-ended:
		return
	case <-e.killed:
		signal(syscall.SIGKILL)
		return
	case <-e.asked:
		signal(syscall.SIGTERM)
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-ended:
	case <-e.killed:
		signal(syscall.SIGKILL)
	case <-timer.C:
		signal(syscall.SIGKILL)
	}
}

// end asks the environment to end; exited tells when it has.
func (e *environment) end() { e.ask.Do(func() { close(e.asked) }) }

// endNow kills the environment and returns when it is gone.
func (e *environment) endNow() {
	e.kill.Do(func() { close(e.killed) })
	<-e.exited
}

func (e *environment) alive() bool {
	select {
	case <-e.exited:
		return false
	case <-e.asked:
		return false
	case <-e.killed:
		return false
	default:
		return true
	}
}

// run has the environment serve one invocation and returns when it is over. When
// the process of an environment that is not fresh ends before it takes the event,
// took is false and another environment may serve it.
func (e *environment) run(stopping context.Context, inv *invocation, fresh bool) (out outcome, took bool, err error) {
	timeout := e.timeout()
	limit := timeout
	if fresh {
		limit += initAllowance
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case e.work <- inv:
		<-inv.taken
	case <-e.exited:
		if !fresh {
			return outcome{}, false, nil
		}
		return e.failedStart(inv), true, nil
	case <-timer.C:
		e.endNow()
		return e.timedOut(inv, timeout), true, nil
	case <-stopping.Done():
		e.endNow()
		return outcome{}, true, errStopping
	}
	timer.Reset(timeout)
	select {
	case out = <-inv.finished:
	case <-e.exited:
		select {
		case out = <-inv.finished: // it answered, then ended
		default:
			out = runtimeFailure{kind: "Runtime.ExitError", reason: e.exit}.outcome(inv.id)
			e.output.line(fmt.Sprintf("RequestId: %s Error: %s", inv.id, e.exit))
			e.output.line("Runtime.ExitError")
		}
	case <-timer.C:
		e.endNow()
		return e.timedOut(inv, timeout), true, nil
	case <-stopping.Done():
		e.endNow()
		return outcome{}, true, errStopping
	}
	status := "success"
	if out.failed {
		status = "error"
	}
	return e.report(inv, out, status), true, nil
}

func (e *environment) timeout() time.Duration {
	return time.Duration(e.config.Timeout) * time.Second
}

// failedStart is the outcome when the runtime ended before it took any event.
func (e *environment) failedStart(inv *invocation) outcome {
	e.mu.Lock()
	reported := e.initError
	e.mu.Unlock()
	out := runtimeFailure{kind: "Runtime.ExitError", reason: e.exit}.outcome(inv.id)
	if reported != nil {
		out = *reported
	}
	inv.started = e.now()
	e.begin(inv)
	e.output.line(fmt.Sprintf("RequestId: %s Error: %s", inv.id, e.exit))
	return e.report(inv, out, "error")
}

func (e *environment) timedOut(inv *invocation, timeout time.Duration) outcome {
	if inv.started.IsZero() {
		inv.started = e.now().Add(-timeout)
		e.begin(inv)
	}
	message := fmt.Sprintf("%s %s Task timed out after %.2f seconds",
		e.now().UTC().Format("2006-01-02T15:04:05.000Z"), inv.id, timeout.Seconds())
	e.output.line(message)
	return e.report(inv, failure(map[string]string{"errorMessage": message}), "timeout")
}

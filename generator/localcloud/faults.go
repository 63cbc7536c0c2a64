package localcloud

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/fault"
)

// faults are rules with what they have seen of calls.
type faults struct {
	injector *fault.Injector
	horizon  *fault.Horizon
}

// SetFaults replaces the rules by which calls fail. They begin to count at nothing. A
// call that has begun goes on by the rules before.
func (c *Cloud) SetFaults(rules fault.Rules) {
	c.faults.Store(&faults{fault.NewInjector(rules.Calls), fault.NewHorizon(rules.Lags)})
}

// FaultHits tells how many calls each rule has made fail.
func (c *Cloud) FaultHits() []fault.Hit { return c.faults.Load().injector.Hits() }

// run authorises and does an operation, unless the cloud's rules are against it.
func (d *frontDoor) run(w http.ResponseWriter, r *api.Request, t destination, operation api.Operation, call *Call) error {
	rules := d.cloud.faults.Load()
	hit, fails := rules.injector.Next(fault.Call{Service: t.name, Operation: operation.Name, Resources: call.Resources})
	call.Fault = string(hit.Kind)
	if fails {
		switch hit.Kind {
		case fault.ResetBefore:
			return &cutError{}
		case fault.ResetAfter:
			return &cutError{cause: d.do(discarded{}, r, t, operation, call, rules)}
		case fault.Slow:
			if !pause(r, hit.Delay) {
				return &cutError{} // nothing is done for a caller that has gone
			}
		default:
			return hit.Kind.Refusal(t.name)
		}
	}
	return d.do(w, r, t, operation, call, rules)
}

// do authorises and does an operation whose effects others may see later.
func (d *frontDoor) do(w http.ResponseWriter, r *api.Request, t destination, operation api.Operation, call *Call, rules *faults) error {
	if err := d.authorise(r, t, operation); err != nil {
		return err
	}
	if refusal, lag := rules.horizon.Refuse(t.name, operation.Name, operation.Access, d.now()); refusal != nil {
		call.Fault = lag
		return refusal
	}
	if err := operation.Handle(w, r); err != nil {
		return d.reveal(err, r, t, operation, call)
	}
	rules.horizon.Done(t.name, operation.Name, operation.Access, d.now())
	return nil
}

// reveal is the error of an operation, or a refusal where that something is missing is
// not for its caller to know.
func (d *frontDoor) reveal(err error, r *api.Request, t destination, operation api.Operation, call *Call) error {
	var missing *api.Error
	if len(operation.Reveals) == 0 || !errors.As(err, &missing) || missing.Status != http.StatusNotFound {
		return err
	}
	for _, a := range operation.Reveals {
		call.Actions = append(call.Actions, a.Action)
		call.Resources = append(call.Resources, a.Resource)
	}
	if refusal := d.authorise(r, t, api.Operation{Access: operation.Reveals}); refusal != nil {
		return refusal
	}
	return err
}

// pause tells whether somebody still waits for the answer after it. A server hears that a
// caller has gone only when it has read all that the caller has sent (net/http reads on
// behind the body), so that what S3 would stream is read before.
func pause(r *api.Request, delay time.Duration) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// cutError ends a call without an answer.
type cutError struct {
	cause error // what the answer would have been; nil for success, or when nothing was done
}

func (e *cutError) Error() string { return "the connection is cut" }

// Unwrap is for [errors.As].
func (e *cutError) Unwrap() error { return e.cause }

// reset ends a connection as a machine does that breaks down: the client reads nothing
// more, and no end either.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // there is no connection, as to an origin
	}
	for {
		switch c := conn.(type) {
		case *tls.Conn:
			conn = c.NetConn() // closing it would say good-bye
			continue
		case *peekedConn:
			conn = c.Conn
			continue
		case *net.TCPConn:
			_ = c.SetLinger(0) // else it ends in good order, which is no answer either
		}
		_ = conn.Close() // the client may be gone
		return
	}
}

// discarded is an answer that nobody gets.
type discarded http.Header

// Header implements [http.ResponseWriter].
func (d discarded) Header() http.Header { return http.Header(d) }

// WriteHeader implements [http.ResponseWriter].
func (d discarded) WriteHeader(int) {}

// Write implements [http.ResponseWriter].
func (d discarded) Write(p []byte) (int, error) { return len(p), nil }

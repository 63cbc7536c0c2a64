package localcloud

import (
	"slices"
	"sync"
	"time"
)

// Call is one answered request, as the recorder keeps it. It has no header and no
// query, where credentials could be.
type Call struct {
	Time      time.Time
	Took      time.Duration
	Principal string // ARN; empty when anonymous
	Service   string
	Operation string // empty when the request was refused before it was understood
	Method    string
	Path      string
	Actions   []string // asked for, with the resource of the same index
	Resources []string
	Status    int
	Error     string // AWS's code, if it failed
}

// recorder keeps every call of a cloud's life.
type recorder struct {
	mu    sync.Mutex
	calls []Call
}

func (r *recorder) add(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

// Record lists the calls that the cloud has answered so far, in the order of their
// answers.
func (c *Cloud) Record() []Call {
	c.recorder.mu.Lock()
	defer c.recorder.mu.Unlock()
	return slices.Clone(c.recorder.calls)
}

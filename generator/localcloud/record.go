package localcloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Call is one request that came to an end, as the recorder keeps it. It has no header,
// no query and no body, where credentials could be.
type Call struct {
	Time      time.Time     `json:"time"` // when it came
	Took      time.Duration `json:"took_ns"`
	ID        string        `json:"id"`                  // the request id that the answer carries
	Principal string        `json:"principal,omitempty"` // ARN, or the name of an AWS service; empty when anonymous
	Region    string        `json:"region,omitempty"`
	Service   string        `json:"service,omitempty"`
	Operation string        `json:"operation,omitempty"` // empty when the request was refused before it was understood
	Method    string        `json:"method"`
	Path      string        `json:"path"`
	Actions   []string      `json:"actions,omitempty"` // asked for, with the resource of the same index
	Resources []string      `json:"resources,omitempty"`
	Status    int           `json:"status,omitempty"` // 0 when the connection was cut instead of an answer
	Error     string        `json:"error,omitempty"`  // AWS's code, if it failed
	Fault     string        `json:"fault,omitempty"`  // what a rule did to it: a fault.Kind, or the name of a lag
}

// size is about how many bytes the call takes in memory.
func (c Call) size() int {
	const itself, text = 320, 16
	n := itself + len(c.Principal) + len(c.Path) + len(c.ID)
	for i := range c.Actions {
		n += 2*text + len(c.Actions[i]) + len(c.Resources[i])
	}
	return n
}

// recorder keeps the latest calls of a cloud in memory, and all of them in a journal
// if there is one.
type recorder struct {
	logger *slog.Logger
	limit  int // bytes that the calls may take, about

	mu      sync.Mutex
	calls   []Call
	size    int
	journal *os.File // nil for none
}

// maxRecord is how many bytes of memory the recorded calls may take: some tens of
// thousands of them.
const maxRecord = 16 << 20

// journalFile has the calls of a cloud as lines of JSON.
func journalFile(dir string) string { return filepath.Join(dir, "calls.jsonl") }

// openRecorder starts a recorder, whose journal goes on where it ended.
func openRecorder(o Options) (*recorder, error) {
	r := &recorder{logger: o.Logger, limit: maxRecord}
	if !o.Journal {
		return r, nil
	}
	file, err := os.OpenFile(journalFile(o.Dir), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal of calls: %w", err)
	}
	r.journal = file
	return r, nil
}

func (r *recorder) add(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
	r.size += c.size()
	for r.size > r.limit && len(r.calls) > 1 {
		r.size -= r.calls[0].size()
		r.calls[0] = Call{} // its texts go now, its place with the next growth
		r.calls = r.calls[1:]
	}
	if r.journal == nil {
		return
	}
	if err := r.write(c); err != nil {
		r.logger.Error("the journal of calls ends here", "error", errors.Join(err, r.journal.Close()))
		r.journal = nil
	}
}

// write adds a line to the journal. It is written at once: a killed process has no
// call answered that is not there.
func (r *recorder) write(c Call) error {
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = r.journal.Write(append(line, '\n'))
	return err
}

func (r *recorder) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.journal == nil {
		return nil
	}
	err := r.journal.Close()
	r.journal = nil
	return err
}

// Record lists the latest calls that the cloud has answered, in the order of their
// answers. It forgets the oldest when they take too much memory, after some tens of
// thousands.
func (c *Cloud) Record() []Call {
	c.recorder.mu.Lock()
	defer c.recorder.mu.Unlock()
	return slices.Clone(c.recorder.calls)
}

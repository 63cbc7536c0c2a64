package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// ownership is who works on a target in this work folder: a file that is locked for as
// long as the run goes on. The operating system gives the lock back when the process
// ends, however it ends, so that a lock is never one of a process that is gone; a
// number of a process alone could be that of another one by now.
//
// What the file says outlives the run. From it the next run knows when a run that died
// may have taken a lock of Terraform's.
type ownership struct {
	path string

	mu    sync.Mutex
	depth int      // how many operations of this process hold it
	file  *os.File // nil while depth is 0
	saved owner
}

// owner is what the file says.
type owner struct {
	PID       int       `json:"pid"`
	Host      string    `json:"host"`
	Operation string    `json:"operation"` // such as apply
	Since     time.Time `json:"since"`
	// Claims are the times in which a run had Terraform take locks, and it is not known
	// that they were given back.
	Claims []claim `json:"claims,omitempty"`
}

// claim is a time in which one terraform command ran. Without an end the run died.
type claim struct {
	Begin time.Time `json:"begin"`
	End   time.Time `json:"end,omitzero"`
}

// lockDelay is how long a terraform may take from its start until it has the lock: it
// reads the configuration and the backend's settings before.
const lockDelay = time.Minute

// covers tells whether a lock of this time may be the claim's.
func (c claim) covers(created time.Time) bool {
	end := c.End
	if end.IsZero() {
		end = c.Begin.Add(lockDelay)
	}
	return !created.Before(c.Begin) && !created.After(end)
}

// BusyError says that another run on this machine works on the target.
type BusyError struct {
	Target    string
	Operation string
	PID       int
	Host      string
	Since     time.Time
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%s is being worked on: %s, process %d on %s, since %s (%s): wait until it has ended; nothing was changed",
		e.Target, e.Operation, e.PID, e.Host, e.Since.Format(time.RFC3339), time.Since(e.Since).Round(time.Second))
}

// take makes this process the owner, and says what ends that. An operation inside
// another one of the same deployment owns it already.
func (o *ownership) take(target, operation string) (release func(), err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.depth == 0 {
		if err := o.lock(target, operation); err != nil {
			return nil, err
		}
	}
	o.depth++
	return o.release, nil
}

func (o *ownership) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.depth--
	if o.depth == 0 {
		// To close it would not do: a process that this one is just starting has it open
		// too, until it is another program.
		_ = syscall.Flock(int(o.file.Fd()), syscall.LOCK_UN)
		_ = o.file.Close() // everything is written
		o.file = nil
	}
}

func (o *ownership) lock(target, operation string) error {
	if err := os.MkdirAll(filepath.Dir(o.path), 0o700); err != nil {
		return fmt.Errorf("make the work folder: %w", err)
	}
	file, err := os.OpenFile(o.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the owner's file: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	text, readErr := io.ReadAll(file)
	if readErr != nil {
		return errors.Join(fmt.Errorf("read the owner's file: %w", readErr), file.Close())
	}
	// One that died while it wrote leaves no whole text: then nothing is known of it.
	var last owner
	if json.Unmarshal(text, &last) != nil {
		last = owner{}
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		busy := &BusyError{Target: target, Operation: last.Operation, PID: last.PID, Host: last.Host, Since: last.Since}
		return errors.Join(busy, file.Close())
	case err != nil:
		return errors.Join(fmt.Errorf("lock %s: %w", o.path, err), file.Close())
	}
	host, err := os.Hostname()
	if err != nil {
		return errors.Join(fmt.Errorf("ask for the name of this machine: %w", err), file.Close())
	}
	o.file = file
	o.saved = owner{PID: os.Getpid(), Host: host, Operation: operation, Since: time.Now(), Claims: last.Claims}
	if last.Host != host {
		o.saved.Claims = nil // a folder that was moved says nothing about this machine
	}
	if err := o.write(); err != nil {
		o.file = nil
		return errors.Join(err, file.Close())
	}
	return nil
}

func (o *ownership) write() error {
	text, err := json.Marshal(o.saved)
	if err != nil {
		return fmt.Errorf("encode the owner: %w", err)
	}
	if err := o.file.Truncate(0); err != nil {
		return fmt.Errorf("write the owner's file: %w", err)
	}
	if _, err := o.file.WriteAt(text, 0); err != nil {
		return fmt.Errorf("write the owner's file: %w", err)
	}
	return nil
}

// claim notes that a terraform command is about to take a lock.
func (o *ownership) claim() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.saved.Claims = append(o.saved.Claims, claim{Begin: time.Now()})
	return o.write()
}

// settle notes how the command of the last claim ended. One that went well had the
// lock and gave it back, so no earlier one has it.
func (o *ownership) settle(well bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if well {
		o.saved.Claims = nil
	} else {
		o.saved.Claims[len(o.saved.Claims)-1].End = time.Now()
	}
	return o.write()
}

// drop forgets the last claim: its command did not get the lock, which is another's.
func (o *ownership) drop() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.saved.Claims = o.saved.Claims[:len(o.saved.Claims)-1]
	return o.write()
}

// mayHold tells whether a lock of Terraform's may be that of a run in this work folder
// on this machine. Nobody but this process owns the folder, so that run is gone; a
// command of this run may have taken it too, and not have heard that it did.
func (o *ownership) mayHold(host string, created time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if host != o.saved.Host {
		return false
	}
	for _, c := range o.saved.Claims {
		if c.covers(created) {
			return true
		}
	}
	return false
}

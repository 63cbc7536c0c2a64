package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"sendform/generator/render"
	"sendform/generator/terraform"
)

// LockedError says that another run has the lock of the state, and what to do.
type LockedError struct {
	Environment, Region string
	Wanted              string // the id that was to be broken, and is not the lock's
	Lock                *terraform.LockError
}

func (e *LockedError) Error() string {
	l := e.Lock
	since := ""
	if !l.Created.IsZero() {
		since = fmt.Sprintf(" since %s (%s)", l.Created.Format(time.RFC3339), time.Since(l.Created).Round(time.Second))
	}
	// Terraform says OperationTypeApply.
	operation := strings.ToLower(strings.TrimPrefix(l.Operation, "OperationType"))
	text := fmt.Sprintf("the state of %s/%s is locked by %s for %s%s; nothing was changed.", e.Environment, e.Region, l.Who, operation, since)
	if e.Wanted != "" {
		text += fmt.Sprintf(" Its lock is %s, not %s.", l.ID, e.Wanted)
	}
	return text + fmt.Sprintf(" Wait until that run has ended. If you know that it died: sendform apply %s --region %s --break-lock %s (destroy and lockdown take it too)",
		e.Environment, e.Region, l.ID)
}

// Unwrap returns Terraform's own words.
func (e *LockedError) Unwrap() error { return e.Lock }

// BreakLock lets what follows release the state lock with this id, whoever has it.
func (d *Deployment) BreakLock(id string) { d.breakLock = id }

// own makes this run the owner of the target on this machine until it is released.
func (d *Deployment) own(operation string) (release func(), err error) {
	return d.owner.take(d.cfg.Target.Key(), operation)
}

// locking runs a terraform command that takes the lock of a root module's state. A
// lock that a dead run of this machine has left, or that was named to be broken, is
// released, and the command is run again.
func (d *Deployment) locking(ctx context.Context, root *terraform.Root, do func() error) error {
	for {
		if err := d.owner.claim(); err != nil {
			return err
		}
		err := do()
		if settleErr := d.owner.settle(err == nil); settleErr != nil {
			return errors.Join(err, settleErr)
		}
		var lock *terraform.LockError
		if !errors.As(err, &lock) {
			return err
		}
		host := lock.Who[strings.LastIndex(lock.Who, "@")+1:]
		abandoned := false
		if d.owner.mayHold(host, lock.Created) {
			alive, err := terraformAlive(filepath.FromSlash(render.RootFolder(d.cfg.Target)), d.cfg.Environ["AWS_ENDPOINT_URL"])
			if err != nil {
				return err
			}
			abandoned = !alive
		}
		switch {
		case lock.ID == d.breakLock:
			d.note("the lock %s of %s is broken, as --break-lock says", lock.ID, lock.Who)
		case abandoned:
			d.note("the lock that a run on this machine took at %s is released: that run is gone", lock.Created.Format(time.RFC3339))
		default:
			if err := d.owner.drop(); err != nil {
				return err
			}
			return &LockedError{d.cfg.Target.Environment, d.cfg.Target.Region, d.breakLock, lock}
		}
		if err := root.Unlock(ctx, lock.ID); err != nil {
			return err
		}
	}
}

func (d *Deployment) note(format string, values ...any) {
	d.cfg.Tell(Event{Kind: Note, Text: fmt.Sprintf(format, values...)})
}

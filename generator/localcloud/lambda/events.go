package lambda

import (
	"errors"
	"net/http"
	"time"

	"sendform/generator/localcloud/store"
)

const (
	maxEventAge   = 6 * time.Hour   // an asynchronous event is dropped after it
	maxEventPause = 5 * time.Minute // between attempts when the cloud is at fault
)

// event is one row: an asynchronous event that was taken and is not done with. It
// outlives the cloud, and may be delivered again by the next one on the folder.
type event struct {
	ID        string // of the invocation, the same for every attempt
	Trace     string
	Account   string
	Region    string
	Function  string
	Qualifier string
	Payload   []byte
	Taken     time.Time
	Next      time.Time // when it may be tried
	Failures  int       // of the function
}

func (ev event) reference() reference {
	return reference{account: ev.Account, region: ev.Region, name: ev.Function, qualifier: ev.Qualifier}
}

// invokeLater takes an event and runs the function after the answer.
func (s *Service) invokeLater(c call, ref reference) (reply, error) {
	_, config, err := s.find(ref)
	if err != nil {
		return reply{}, err
	}
	if err := config.checkReady(); err != nil {
		return reply{}, err
	}
	payload, err := c.event("Event", maxEventPayload)
	if err != nil {
		return reply{}, err
	}
	inv := newInvocation(c.ID, c.Header.Get(traceHeader), ref, payload)
	ev := event{
		ID: inv.id, Trace: inv.trace, Account: ref.account, Region: ref.region, Function: ref.name, Qualifier: ref.qualifier,
		Payload: payload, Taken: s.Now(), Next: s.Now(),
	}
	err = s.DB.Update(func(tx store.Tx) error { return s.events.Put(tx, ev.ID, ev) })
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusAccepted}, s.background(func() { s.deliver(ev) })
}

// background does work that Close waits for.
func (s *Service) background(work func()) error {
	if err := s.begin(); err != nil {
		return err
	}
	go func() {
		defer s.work.Done()
		work()
	}()
	return nil
}

// deliver runs an asynchronous event until the function has taken it or nobody is to
// try any more. An event that waits when the cloud is closed stays.
func (s *Service) deliver(ev event) {
	pause := time.Second
	for s.wait(ev.Next.Sub(s.Now())) {
		done := s.attempt(&ev, &pause)
		if s.stopping.Err() != nil {
			return
		}
		err := s.DB.Update(func(tx store.Tx) error {
			if done {
				return s.events.Delete(tx, ev.ID)
			}
			return s.events.Put(tx, ev.ID, ev)
		})
		if err != nil {
			s.Logger.Error("keep an asynchronous event", "function", ev.Function, "error", err)
		}
		if done || err != nil {
			return
		}
	}
}

// attempt runs the event once and says whether that was the last time. Throttling
// and errors of the cloud do not count as failures; they are tried again, less and
// less often, until the event is too old.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
func (s *Service) attempt(ev *event, pause *time.Duration) (done bool) {
	f, config, err := s.find(ev.reference())
	if err != nil {
		return true // the function is gone, and the event with it
	}
	retries, age := f.eventLimits(ev.Qualifier)
	if s.Now().Sub(ev.Taken) > age {
		return true
	}
	var out outcome
	if err = config.checkReady(); err == nil {
		out, err = s.execute(s.stopping, f, config, newInvocation(ev.ID, ev.Trace, ev.reference(), ev.Payload))
	}
	delay := *pause
	switch {
	case err == nil && !out.failed:
		return true
	case err == nil && ev.Failures >= min(retries, len(s.retryDelays)):
		return true
	case err == nil:
		delay = s.retryDelays[ev.Failures]
		ev.Failures++
	default:
		*pause = min(2**pause, maxEventPause)
	}
	ev.Next = s.Now().Add(delay)
	return ev.Next.Sub(ev.Taken) > age
}

// wait returns false when the service stops meanwhile.
func (s *Service) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return s.stopping.Err() == nil
	case <-s.stopping.Done():
		return false
	}
}

// Resume takes up what an earlier cloud on the folder had begun: events that were
// taken and not delivered, and versions whose first start was under way. It is to be
// called once, when the other services can be reached.
func (s *Service) Resume() error {
	var events []event
	var starting []reference
	err := s.DB.View(func(tx store.Tx) error {
		return errors.Join(
			s.events.Scan(tx, "", "", func(_ string, ev event) bool {
				events = append(events, ev)
				return true
			}),
			s.functions.Scan(tx, "", "", func(_ string, f function) bool {
				for _, version := range f.Published {
					if version.snapshotPending() {
						starting = append(starting, f.reference().with(version.Version))
					}
				}
				return true
			}))
	})
	for _, ev := range events {
		err = errors.Join(err, s.background(func() { s.deliver(ev) }))
	}
	for _, ref := range starting {
		err = errors.Join(err, s.background(func() { s.takeSnapshot(ref) }))
	}
	return err
}

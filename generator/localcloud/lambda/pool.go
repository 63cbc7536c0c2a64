package lambda

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// processes is how many invocations of one function run at once when it has no
// reserved concurrency. AWS would start more; here the others wait their turn.
const processes = 10

// credentialsMargin is what must be left of an environment's credentials beyond
// the time that an invocation may take.
const credentialsMargin = time.Minute

// pool has the execution environments of one function.
type pool struct {
	turns chan struct{} // one is taken by each running invocation without a reservation

	mu       sync.Mutex
	idle     []*environment
	admitted int // invocations that run or wait
	epoch    int // counts retirements
}

// pool finds or makes the pool of a function.
func (s *Service) pool(functionID string) *pool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pools[functionID]
	if p == nil {
		p = &pool{turns: make(chan struct{}, processes)}
		s.pools[functionID] = p
	}
	return p
}

// retire ends the environments of a function that changed or is gone: idle ones
// at once, busy ones after what they do.
func (s *Service) retire(functionID string) {
	s.mu.Lock()
	p := s.pools[functionID]
	s.mu.Unlock()
	if p != nil {
		p.retire()
	}
}

func (p *pool) retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.epoch++
	for _, e := range p.idle {
		e.idleTimer.Stop()
		e.end()
	}
	p.idle = nil
}

// execute runs one invocation to its end. ctx bounds only the wait for a turn:
// as on AWS, a function goes on when its caller has left.
func (s *Service) execute(ctx context.Context, f function, config configuration, inv *invocation) (outcome, error) {
	p := s.pool(f.ID)
	if err := p.admit(f.Reserved); err != nil {
		return outcome{}, err
	}
	defer p.leave()
	if f.Reserved == nil {
		select {
		case p.turns <- struct{}{}:
			defer func() { <-p.turns }()
		case <-ctx.Done():
			return outcome{}, fmt.Errorf("wait to invoke %s: %w", f.Name, ctx.Err())
		case <-s.stopping.Done():
			return outcome{}, errStopping
		}
	}
	for {
		e, epoch := p.take(config, s.Now())
		fresh := e == nil
		if fresh {
			var broken *runtimeFailure
			var err error
			if e, broken, err = s.launch(ctx, f, config); err != nil {
				return outcome{}, err
			}
			if broken != nil {
				out := broken.outcome(inv.id)
				out.version = config.Version
				return out, nil
			}
		}
		out, took, err := e.run(s.stopping, inv, fresh)
		p.putBack(e, epoch, s.idleFor)
		if took {
			return out, err
		}
	}
}

// admit counts an invocation in, or refuses it when there are too many.
func (p *pool) admit(reserved *int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit := accountConcurrency
	if reserved != nil {
		limit = *reserved
	}
	if p.admitted >= limit {
		return throttled()
	}
	p.admitted++
	return nil
}

func (p *pool) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.admitted--
}

// now is the pool's epoch.
func (p *pool) now() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.epoch
}

// take finds an idle environment of this very version, the last used first, and
// ends those that it finds unfit. The epoch goes back with the environment.
func (p *pool) take(config configuration, now time.Time) (*environment, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fit := now.Add(time.Duration(config.Timeout)*time.Second + initAllowance + credentialsMargin)
	for i := len(p.idle) - 1; i >= 0; i-- {
		e := p.idle[i]
		if e.config.RevisionId != config.RevisionId {
			continue
		}
		p.idle = slices.Delete(p.idle, i, i+1)
		e.idleTimer.Stop()
		if e.alive() && (e.expires.IsZero() || e.expires.After(fit)) {
			return e, p.epoch
		}
		e.end()
	}
	return nil, p.epoch
}

// putBack keeps an environment for the next invocation, unless its function has
// changed since it was taken.
func (p *pool) putBack(e *environment, epoch int, idleFor time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if epoch != p.epoch || !e.alive() {
		e.end()
		return
	}
	e.idleTimer = time.AfterFunc(idleFor, func() { p.drop(e) })
	p.idle = append(p.idle, e)
}

// drop ends an environment that was idle for too long.
func (p *pool) drop(e *environment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := slices.Index(p.idle, e); at >= 0 {
		p.idle = slices.Delete(p.idle, at, at+1)
		e.end()
	}
}

// credentials are those of the version's role.
func (s *Service) credentials(ctx context.Context, config configuration) (identity.Credentials, error) {
	credentials, err := s.Roles.AssumeForService(ctx, config.Role, serviceName, config.FunctionName)
	if refused := (*api.Error)(nil); errors.As(err, &refused) {
		return credentials, api.Errorf(http.StatusForbidden, "AccessDeniedException",
			"The role defined for the function cannot be assumed by Lambda.")
	}
	if err != nil {
		return credentials, fmt.Errorf("assume the role of %s: %w", config.FunctionName, err)
	}
	return credentials, nil
}

func unavailableRuntime(name string) *api.Error {
	return api.Errorf(http.StatusBadGateway, "InvalidRuntimeException",
		"The runtime %s is not available in the local cloud; it runs provided.al2023, provided.al2 and python3.", name)
}

//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// scope is the variable that says how much is tried: a name of scopes, with or without a
// shard of it, as in "writes 2/8", or a number of trials. Without it, a few are.
const scope = "SENDFORM_FAULTS"

// sample is how many trials there are when nobody says how many.
const sample = 2

// outcome is how trials have ended.
type outcome struct {
	calls               int // of a rehearsal without faults
	tried               map[string]int
	unreached, failures int
	took                time.Duration
}

// TestEveryCallFailsOnce lets calls of a rehearsal of prod fail, one at a time and in
// each way, and expects the same run or the next one to end well and to leave nothing.
func TestEveryCallFailsOnce(t *testing.T) {
	begun := time.Now()
	s, _, err := temporary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := &worker{s} // it goes on where the rehearsal without faults has been
	all, err := recorded(t.Context(), s)
	if err != nil {
		t.Fatal(errors.Join(err, first.close()))
	}
	result := outcome{calls: len(all), tried: map[string]int{}}
	work := make(chan trial)
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range runtime.NumCPU() {
		w := &worker{}
		if i == 0 {
			w = first
		}
		group.Go(func() {
			for next := range work {
				started := time.Now()
				err := w.attempt(t.Context(), next)
				mu.Lock()
				t.Logf("%s: %s", time.Since(started).Round(time.Millisecond), next)
				switch {
				case errors.Is(err, errNotReached):
					result.unreached++
				case err != nil:
					result.failures++
					t.Errorf("%s: %v", next, err)
				default:
					result.tried[next.disturbance.name]++
				}
				mu.Unlock()
			}
			if err := w.close(); err != nil {
				t.Error(err)
			}
		})
	}
	chosen, err := choose(all, os.Getenv(scope))
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d calls, %d trials", len(all), len(chosen))
	feed(t.Context(), work, chosen)
	group.Wait()
	result.took = time.Since(begun)
	t.Logf("%d calls: tried %v, not reached %d, took %s", result.calls, result.tried, result.unreached, result.took)
	if about, whole := scopes[name(os.Getenv(scope))]; whole && result.failures == 0 && t.Context().Err() == nil {
		if err := result.write(about); err != nil {
			t.Error(err)
		}
	}
}

func feed(ctx context.Context, work chan<- trial, chosen []trial) {
	defer close(work)
	for _, next := range chosen {
		select {
		case work <- next:
		case <-ctx.Done():
			return
		}
	}
}

// scopes are what can be tried, as docs/reliability.md words it.
var scopes = map[string]string{
	"all":        "Each of them",
	"operations": "The first of each operation in each phase",
	"writes":     "The first of each operation that changes something, in each phase,",
}

// name is the name of a scope without its shard.
func name(given string) string {
	scope, _, _ := strings.Cut(given, " ")
	return scope
}

func choose(all []point, given string) ([]trial, error) {
	var chosen []trial
	switch name(given) {
	case "all":
		chosen = trials(all)
	case "operations":
		chosen = trials(oncePerOperation(all))
	case "writes":
		chosen = trials(slices.DeleteFunc(oncePerOperation(all), point.reads))
	default:
		number := sample
		if given != "" {
			var err error
			if number, err = strconv.Atoi(given); err != nil || number < 1 {
				return nil, fmt.Errorf("%s is all, operations, writes or a number of trials, not %q", scope, given)
			}
		}
		return ofToday(all, number), nil
	}
	return shard(chosen, given)
}

// shard keeps the kth of n parts of a scope that ends with k/n. Each call is in it with
// another disturbance than the call before.
func shard(all []trial, given string) ([]trial, error) {
	_, part, sharded := strings.Cut(given, " ")
	if !sharded {
		return all, nil
	}
	var k, n int
	if _, err := fmt.Sscanf(part, "%d/%d", &k, &n); err != nil || k < 1 || k > n {
		return nil, fmt.Errorf("a shard is named as 2/8, not %q", part)
	}
	var kept []trial
	for i, t := range all {
		if (i+i/len(disturbances()))%n == k-1 {
			kept = append(kept, t)
		}
	}
	return kept, nil
}

// ofToday is another few each day, the same ones all day.
func ofToday(all []point, number int) []trial {
	candidates := slices.DeleteFunc(trials(oncePerOperation(all)), func(t trial) bool { return t.phase == stating })
	day := int(time.Now().Unix() / int64(24*time.Hour/time.Second))
	var chosen []trial
	for i := range min(number, len(candidates)) {
		chosen = append(chosen, candidates[(day*7919+i*len(candidates)/number)%len(candidates)])
	}
	return chosen
}

func trials(all []point) []trial {
	var list []trial
	for _, p := range all {
		for _, d := range disturbances() {
			list = append(list, trial{p, d})
		}
	}
	return list
}

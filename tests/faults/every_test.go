//go:build linux

package faults

import (
	"cmp"
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
// shard of it, as in "writes 2/8", a number of trials, or how their names begin. Without
// it, a few are.
const scope = "SENDFORM_FAULTS"

// sample is how many trials there are when nobody says how many.
const sample = 2

// outcome is how trials have ended.
type outcome struct {
	tried               map[string]int
	unreached, failures int
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
	result := outcome{tried: map[string]int{}}
	work := make(chan life)
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range runtime.NumCPU() + 1 { // one often waits, as for a call that is tried again
		w := &worker{}
		if i == 0 {
			w = first
		}
		group.Go(func() {
			for next := range work {
				started := time.Now()
				ended := w.attempt(t.Context(), next)
				mu.Lock()
				t.Logf("%s: %s", time.Since(started).Round(time.Millisecond), next)
				for i, err := range ended {
					switch {
					case errors.Is(err, errNotReached):
						result.unreached++
						t.Logf("not reached: %s", next[i])
					case err != nil:
						result.failures++
						t.Errorf("%s: %v", next[i], err)
					default:
						result.tried[next[i].disturbance.name]++
					}
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
	feed(t.Context(), work, lives(chosen))
	group.Wait()
	// docs/reliability.md has a row for each such line.
	t.Logf("%d calls, %d trials: ended well %v, failed %d, call not reached %d, took %s",
		len(all), len(chosen), result.tried, result.failures, result.unreached, time.Since(begun).Round(time.Second))
}

func feed(ctx context.Context, work chan<- life, all []life) {
	defer close(work)
	for _, next := range all {
		select {
		case work <- next:
		case <-ctx.Done():
			return
		}
	}
}

// choose reads a scope: each call, the first of each operation in each phase, those of
// them that change something, a number of trials, or how the names of trials begin.
func choose(all []point, given string) ([]trial, error) {
	var chosen []trial
	name, _, _ := strings.Cut(given, " ")
	switch name {
	case "all":
		chosen = trials(all)
	case "operations":
		chosen = trials(oncePerOperation(all))
	case "writes":
		chosen = trials(slices.DeleteFunc(oncePerOperation(all), point.reads))
	default:
		number, err := strconv.Atoi(cmp.Or(given, strconv.Itoa(sample)))
		if err == nil {
			afterState := slices.DeleteFunc(trials(oncePerOperation(all)), func(t trial) bool { return t.phase == stating })
			return ofToday(afterState, number), nil
		}
		for _, t := range trials(all) {
			if strings.HasPrefix(t.String(), given) {
				chosen = append(chosen, t)
			}
		}
		if len(chosen) == 0 {
			return nil, fmt.Errorf("%s is all, operations, writes, a number of trials, or how trials begin, not %q", scope, given)
		}
		return chosen, nil
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
func ofToday(all []trial, number int) []trial {
	day := int(time.Now().Unix() / int64(24*time.Hour/time.Second))
	var chosen []trial
	for i := range min(number, len(all)) {
		chosen = append(chosen, all[(day*7919+i*len(all)/number)%len(all)])
	}
	return chosen
}

func trials(all []point) []trial {
	var list []trial
	for _, p := range all {
		for _, d := range disturbances() {
			if p.busy || !d.kills {
				list = append(list, trial{p, d})
			}
		}
	}
	return list
}

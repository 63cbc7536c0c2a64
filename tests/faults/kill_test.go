//go:build linux

package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"sendform/generator/localcloud/fault"
)

// errNoTerraform says that there is none to kill.
var errNoTerraform = errors.New("no terraform works there")

// killTerraform kills each terraform that works in a folder, as kill -9 does.
func killTerraform(dir string) error { return signalTerraform(dir, syscall.SIGKILL) }

// signalTerraform sends a signal to each terraform that works in a folder.
func signalTerraform(dir string, signal syscall.Signal) error {
	working, err := terraforms(dir)
	if err != nil {
		return err
	}
	if len(working) == 0 {
		return errNoTerraform
	}
	for _, pid := range working {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("send %s to terraform: %w", signal, err)
		}
	}
	return nil
}

// terraforms are the numbers of the processes of terraform that work in a folder.
func terraforms(dir string) (working []int, err error) {
	processes, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil, err
	}
	for _, file := range processes {
		environ, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !bytes.Contains(environ, []byte("TF_DATA_DIR="+dir+string(filepath.Separator))) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, err
		}
		working = append(working, pid)
	}
	return working, nil
}

// span is a time in which a terraform works.
type span struct{ begin, end time.Time }

// watchTerraform looks every few milliseconds whether a terraform works in a folder, until
// it is asked when one did.
func watchTerraform(dir string) (stop func() ([]span, error)) {
	ended, result := make(chan struct{}), make(chan error, 1)
	var all []span
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for worked := false; ; {
			now := time.Now()
			working, err := terraforms(dir)
			if err != nil {
				result <- err
				return
			}
			works := len(working) > 0
			if works && !worked {
				all = append(all, span{begin: now})
			}
			if works {
				all[len(all)-1].end = now
			}
			worked = works
			select {
			case <-ended:
				result <- nil
				return
			case <-tick.C:
			}
		}
	}()
	return func() ([]span, error) {
		close(ended)
		err := <-result
		return all, err
	}
}

// atCall does something once, as soon as the cloud has come to the call that a rule
// names, unless ctx ends before.
func (s *scene) atCall(ctx context.Context, rule fault.Rule, do func() error) (done <-chan error) {
	s.Cloud.SetFaults(fault.Rules{Calls: []fault.Rule{rule}})
	result := make(chan error, 1)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				result <- nil
				return
			case <-tick.C:
				if s.hits() > 0 {
					result <- do()
					return
				}
			}
		}
	}()
	return result
}

// hits are how many calls the rules have made fail.
func (s *scene) hits() int {
	n := 0
	for _, h := range s.Cloud.FaultHits() {
		n += h.Calls
	}
	return n
}

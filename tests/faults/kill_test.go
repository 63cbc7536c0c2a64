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
func killTerraform(dir string) error {
	processes, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return err
	}
	killed := 0
	for _, file := range processes {
		environ, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return err
		}
		if !bytes.Contains(environ, []byte("TF_DATA_DIR="+dir+string(filepath.Separator))) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return err
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("kill terraform: %w", err)
		}
		killed++
	}
	if killed == 0 {
		return errNoTerraform
	}
	return nil
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
				if s.hit() {
					result <- do()
					return
				}
			}
		}
	}()
	return result
}

// hit tells whether a rule has made a call fail.
func (s *scene) hit() bool {
	for _, h := range s.Cloud.FaultHits() {
		if h.Calls > 0 {
			return true
		}
	}
	return false
}

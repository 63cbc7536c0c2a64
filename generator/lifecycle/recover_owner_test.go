package lifecycle

import (
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// TestOwnershipEndsWhileProcessesStart takes and releases a target again and again while
// other processes are being started, which have its file open for a moment.
func TestOwnershipEndsWhileProcessesStart(t *testing.T) {
	t.Parallel()
	o := ownership{path: filepath.Join(t.TempDir(), "owner.json")}
	var done atomic.Bool
	started := make(chan error, 1)
	go func() {
		var err error
		for !done.Load() && err == nil {
			err = exec.CommandContext(t.Context(), "true").Run()
		}
		started <- err
	}()
	for range 300 {
		release, err := o.take("qa/eu-west-2", "apply")
		if err != nil {
			t.Error(err)
			break
		}
		release()
	}
	done.Store(true)
	if err := <-started; err != nil {
		t.Error(err)
	}
}

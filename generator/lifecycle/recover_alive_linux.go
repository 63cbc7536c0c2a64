package lifecycle

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// terraformAlive tells whether a terraform on this machine works on a root module, or
// may do so. folder is how the path of the module ends, and endpoint is the AWS that
// it works with. Terraform ends with the process that has started it (terraform-exec
// sees to that on Linux), so one that is alive belongs to somebody who is.
func terraformAlive(folder, endpoint string) (bool, error) {
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return false, fmt.Errorf("list processes: %w", err)
	}
	for _, p := range processes {
		name, err := os.ReadFile(filepath.Join(p, "comm"))
		if err != nil || !strings.HasPrefix(string(name), "terraform") || strings.HasPrefix(string(name), "terraform-provi") {
			continue // it has ended, or is something else
		}
		module, err := os.Readlink(filepath.Join(p, "cwd"))
		if err == nil && !strings.Contains(module+"/", "/"+folder+"/") && !strings.Contains(module, "/.sendform/adopt/") {
			continue
		}
		environ, environErr := os.ReadFile(filepath.Join(p, "environ"))
		if errors.Is(environErr, fs.ErrNotExist) || errors.Is(environErr, syscall.ESRCH) {
			continue
		}
		if environErr != nil || workingAt(environ, endpoint) { // another user's may be the one
			return true, nil
		}
	}
	return false, nil
}

// workingAt tells whether a process's variables lead to an AWS endpoint.
func workingAt(environ []byte, endpoint string) bool {
	const name = "AWS_ENDPOINT_URL="
	for pair := range bytes.SplitSeq(environ, []byte{0}) {
		if value, is := strings.CutPrefix(string(pair), name); is {
			return value == endpoint
		}
	}
	return endpoint == ""
}

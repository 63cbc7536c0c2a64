package tests

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestKilledRunsAreFinishedByTheNext kills sendform, and Terraform with it, while things
// are being made and while they are being deleted. The next run must finish the job: it
// releases the lock and adopts what the state lacks.
func TestKilledRunsAreFinishedByTheNext(t *testing.T) {
	t.Parallel()
	sendform, root := build(t), goldenCopy(t)
	if out, code := sendform.run(t, root, nil, "gen"); code != 0 {
		t.Fatalf("gen: exit code %d:\n%s", code, out)
	}
	sendform.serve(t, root, "127.0.0.1:0")
	command := func(args string) *exec.Cmd {
		// exec: what is killed is sendform itself.
		script := `eval "$("$0" --root "$1" cloud --exports dev)"; exec "$0" --root "$1" ` + args
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script, string(sendform), root)
		cmd.Env = append(os.Environ(), "SENDFORM_TERRAFORM="+findTerraform(t).Path, "SENDFORM_SECRET_API_KEY=one", "SENDFORM_SECRET_ADMIN_API_KEY=two")
		return cmd
	}
	killed := func(args, when string) {
		t.Helper()
		cmd := command(args)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		lines := bufio.NewScanner(out)
		seen := false
		for !seen && lines.Scan() {
			said.WriteString(lines.Text() + "\n")
			seen = strings.Contains(lines.Text(), when)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it says that it was killed
		if !seen {
			t.Fatalf("%s ended before %q:\n%s", args, when, said.String())
		}
	}
	succeed := func(args string) string {
		t.Helper()
		out, err := command(args).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
		return string(out)
	}

	killed("apply dev --auto-approve", "      identity.")
	killed("apply dev --auto-approve", "      function.")
	out := succeed("apply dev --auto-approve")
	if !strings.Contains(out, "the lock that a run on this machine took") {
		t.Errorf("nothing is said of the lock that was left:\n%s", out)
	}
	succeed("verify dev")
	killed("destroy dev --auto-approve", "      function.")
	succeed("destroy dev --auto-approve")
	succeed("verify-deleted dev")
	if left, err := filepath.Glob(filepath.Join(root, "out", "dev", "*", "*.tfstate*")); err != nil || len(left) > 0 {
		t.Errorf("states are left beside the HCL: %v %v", left, err)
	}
}

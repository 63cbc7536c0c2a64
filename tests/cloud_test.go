package tests

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommandsShareOneCloud deploys into a cloud that is a process of its own, kills
// that, and finds everything in the next process on the folder. A shell gets to the
// cloud by nothing but the exports that are printed.
func TestCommandsShareOneCloud(t *testing.T) {
	t.Parallel()
	sendform, root := build(t), deployableCopy(t)
	shell := func(wanted int, command string) string {
		t.Helper()
		script := `eval "$("$0" --root "$1" cloud --exports dev)"; "$0" --root "$1" ` + command
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script, string(sendform), root)
		// What a developer's shell may have set for an account in AWS.
		cmd.Env = append(os.Environ(), "SENDFORM_TERRAFORM="+findTerraform(t).Path, "AWS_PROFILE=work", "AWS_SESSION_TOKEN=old")
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != wanted {
			t.Fatalf("%s: exit code %d, want %d:\n%s", command, code, wanted, out)
		}
		return string(out)
	}

	killed := sendform.serve(t, root, "127.0.0.1:0")
	out := shell(0, "apply dev --auto-approve")
	if !strings.Contains(out, "acceptance checks passed") {
		t.Errorf("apply does not accept what it made:\n%s", out)
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait() // it says that it was killed
	out = shell(1, "verify dev")
	if !strings.Contains(out, "no process serves it any more") {
		t.Errorf("nobody is told that the cloud is gone:\n%s", out)
	}

	sendform.serve(t, root, "127.0.0.1:0")
	out = shell(0, "verify dev")
	if !strings.Contains(out, "acceptance checks passed") {
		t.Errorf("the functions do not answer after the restart:\n%s", out)
	}
	shell(0, "plan dev") // nothing is lost: there is nothing to change
	out = shell(0, "destroy dev --auto-approve")
	if !strings.Contains(out, "none is left") {
		t.Errorf("destroy does not look whether anything is left:\n%s", out)
	}
}

// serve starts sendform cloud and returns when it serves. It ends with the test.
func (p program) serve(t *testing.T, root, listen string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), string(p), "--root", root, "cloud", "--listen", listen)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // the test may have done so
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Ctrl-C ends it") {
			return cmd
		}
	}
	t.Fatal("sendform cloud ended")
	return nil
}

// deployableCopy is a copy of what of this repository is deployed from. Nobody else's
// deployments are in its folder .sendform.
func deployableCopy(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, folder := range []string{"envs", "templates", "modules", "out", "examples"} {
		if err := os.CopyFS(filepath.Join(root, folder), os.DirFS(filepath.Join(repository(t), folder))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(repository(t), file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

package lambda

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestProcessesEndWithTheCloud kills the process that started another.
func TestProcessesEndWithTheCloud(t *testing.T) {
	parent := exec.Command(os.Args[0], "-test.run=^$")
	parent.Env = []string{startOnly + "=1"}
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if killing := parent.Process.Kill(); killing != nil {
		t.Error(killing)
	}
	if parent.Wait() == nil {
		t.Error("the parent ended by itself")
	}
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	gone(t, pid)
}

// TestSessionsEndWithTheFunction has a function leave a child that is not in its
// process group any more.
func TestSessionsEndWithTheFunction(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	var left struct{ Child int }
	if err := json.Unmarshal(c.invoke("probe", `{"do":"leave a child","text":"in its own session"}`).Payload, &left); err != nil {
		t.Fatal(err)
	}
	c.invoke("probe", `{"do":"exit","count":1}`)
	gone(t, left.Child)
}

// TestSessionsEndWithTheNextCloud opens the folder of a cloud that was killed while
// a child of a function was in a session of its own.
func TestSessionsEndWithTheNextCloud(t *testing.T) {
	c := newCloud(t)
	const id = "0123456789abcdef0123456789abcdef"
	child := exec.Command("/bin/sleep", "600")
	child.Env = []string{"AWS_LAMBDA_LOG_STREAM_NAME=2026/01/01/[1]" + id}
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := c.service.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(c.service.environmentsDir(), id), 0o700); err != nil {
		t.Fatal(err)
	}
	c.service = c.open(c.service.Logs)
	if err := child.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the child ended with %v", err)
	}
}

func TestPeakMemory(t *testing.T) {
	if got := peakMemory(os.Getpid()); got < 1 || got > 100_000 {
		t.Errorf("%d MB", got)
	}
	if got := peakMemory(-1); got != 0 {
		t.Errorf("%d MB of no process", got)
	}
}

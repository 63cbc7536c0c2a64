package lambda

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
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

func TestPeakMemory(t *testing.T) {
	if got := peakMemory(os.Getpid()); got < 1 || got > 100_000 {
		t.Errorf("%d MB", got)
	}
	if got := peakMemory(-1); got != 0 {
		t.Errorf("%d MB of no process", got)
	}
}

package lambda

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// ownGroup puts a process into a group of its own, so that all that it starts
// can be ended with it, and has the kernel end it when the cloud dies.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// endStragglers kills what is left of an execution environment: the processes that
// were started with its log stream among their variables. One that left its group
// with setsid is found so; one that also cleared its variables is not.
func endStragglers(environmentID string) {
	// What is being started while one looks is found the next time.
	for range 3 {
		if killThoseWith([]byte("]"+environmentID+"\x00")) == 0 {
			return
		}
	}
}

// killThoseWith kills the processes that have a variable which ends so, and returns
// how many there were.
func killThoseWith(ending []byte) int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	killed := 0
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		// The handle comes first: it never means another process of the same number.
		process, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		// Those of other people cannot be read, and zombies have none.
		environ, err := os.ReadFile("/proc/" + entry.Name() + "/environ")
		if err == nil && bytes.Contains(environ, ending) && process.Signal(syscall.SIGKILL) == nil {
			killed++
		}
		_ = process.Release() // it only closes the handle
	}
	return killed
}

// peakMemory is the most memory in MB that a process has used so far; 0 when it
// is not known any more.
func peakMemory(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, err := strconv.Atoi(string(fields[0]))
	if err != nil {
		return 0
	}
	return (kilobytes + 1023) / 1024
}

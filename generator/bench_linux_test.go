package main

import (
	"os"
	"syscall"
)

// peakMemory is the most memory in MB that an ended process had at a time. Linux
// counts in KB (https://man7.org/linux/man-pages/man2/getrusage.2.html).
func peakMemory(state *os.ProcessState) float64 {
	return float64(state.SysUsage().(*syscall.Rusage).Maxrss) / 1024
}

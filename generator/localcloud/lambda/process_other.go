//go:build !linux

package lambda

import "syscall"

// ownGroup puts a process into a group of its own, so that all that it starts
// can be ended with it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// peakMemory is not known on this system.
func peakMemory(int) int { return 0 }

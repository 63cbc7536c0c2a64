//go:build !linux

package lambda

import "syscall"

// ownGroup puts a process into a group of its own, so that all that it starts
// can be ended with it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// endStragglers does nothing: on this system a process that left its group with
// setsid goes on.
func endStragglers(string) {}

// peakMemory is not known on this system.
func peakMemory(int) int { return 0 }

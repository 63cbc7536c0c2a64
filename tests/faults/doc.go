// Package faults proves that a run which was disturbed is finished by the next one: a
// call that fails, an answer that is lost, a process that is killed. Processes are
// found in /proc, so the tests are for Linux.
package faults

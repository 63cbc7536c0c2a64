//go:build linux

package faults

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// write writes docs/reliability.md.
func (o outcome) write(scope string) error {
	root, err := repository()
	if err != nil {
		return err
	}
	total := 0
	var rows strings.Builder
	for _, name := range slices.Sorted(maps.Keys(o.tried)) {
		fmt.Fprintf(&rows, "| %s | %d |\n", name, o.tried[name])
		total += o.tried[name]
	}
	text := fmt.Sprintf(`# Reliability

Written by `+"`make test-faults`"+`; do not edit.

A rehearsal of prod makes %d calls to AWS. %s failed once in each of the ways
below, one at a time: %d disturbed runs, %s on %d processors. Where the run did not
get over it by itself, the next one finished the job. Every one ended verified, and
after the destroy nothing was left in the cloud but the state bucket. %d more trials
did not come to their call: a poll that was not needed again, or a call that the tool
makes while no Terraform is there to be killed.

| what happened at the call | runs |
|---|---|
%s
How a run is recovered from is in [operations](operations.md).
`, o.calls, scope, total, o.took.Round(time.Second), runtime.NumCPU(), o.unreached, rows.String())
	return os.WriteFile(filepath.Join(root, "docs", "reliability.md"), []byte(text), 0o644)
}

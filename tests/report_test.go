package tests

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sendform/generator/report"
)

// TestReportOfARehearsal runs the command as programs do, and reads what it leaves.
func TestReportOfARehearsal(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "sendform")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./generator")
	build.Dir = repository(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, "--root", repository(t), "rehearse", "dev", "--json",
		"--dir", filepath.Join(dir, "rehearsal"), "--report", filepath.Join(dir, "report"))
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v:\n%s", err, problems.String())
	}

	seen := map[string]int{}
	var last report.Event
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		last = report.Event{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil || last.Schema != report.EventSchema {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		seen[last.Kind]++
	}
	if last.Kind != "run_done" || last.Result != report.Passed {
		t.Errorf("the last event is %+v", last)
	}
	if seen["step_started"] == 0 || seen["step_started"] != seen["step_done"] || seen["resource_started"] != seen["resource_done"] {
		t.Errorf("what begins does not end: %v", seen)
	}

	text, err := os.ReadFile(filepath.Join(dir, "report", "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record report.Record
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	if record.Schema != report.RecordSchema || record.Result != report.Passed || len(record.Targets) != 1 {
		t.Fatalf("the report is of %s, %s, with %d targets", record.Schema, record.Result, len(record.Targets))
	}
	checked := map[string]bool{}
	for _, s := range record.Targets[0].Steps {
		for _, c := range s.Checks {
			checked[c.Component] = true
		}
	}
	for _, c := range record.Targets[0].Components {
		if !checked[c.Address] {
			t.Errorf("nothing was asked about %s", c.Address)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "report", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), `id="t1-function.user"`) {
		t.Error("the page has no function.user")
	}
}

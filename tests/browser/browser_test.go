// Package browser looks at a report in a real browser. Debian's chromium and
// playwright-core do that; `make test-browser` installs the latter.
package browser

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sendform/generator/report"
)

// TestReport clicks through the report of a run of two targets, in each of which a
// verification has failed.
func TestReport(t *testing.T) {
	chromium := find(t, "chromium")
	node := find(t, "node")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(root, ".sendform", "browser", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "playwright-core")); err != nil {
		t.Skip("playwright-core is not there: run make test-browser")
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "report.html")
	draw(t, page)
	pictures := os.Getenv("PICTURES")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "click.cjs", chromium, page, pictures)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	// The browser keeps its profile below the folder of this test.
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules, "TMPDIR="+dir, "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func find(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not on this machine", program)
	}
	return path
}

// draw makes the page from the record that the tests of the report compare with.
func draw(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile("../../generator/report/testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var record report.Record
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := record.HTML(out); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

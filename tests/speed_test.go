package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkRehearsal measures a rehearsal of prod as a whole process, and beside it the
// same sequence of terraform commands over as many resources that do nothing: create,
// lock down, delete, create, delete.
func BenchmarkRehearsal(b *testing.B) {
	root, err := filepath.Abs("..")
	if err != nil {
		b.Fatal(err)
	}
	run := func(dir, program string, args ...string) string {
		b.Helper()
		cmd := exec.CommandContext(b.Context(), program, args...)
		cmd.Dir = dir
		for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
			cmd.Env = append(cmd.Env, name+"="+os.Getenv(name))
		}
		cmd.Env = append(cmd.Env, "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%s %v: %v\n%s", program, args, err, out)
		}
		return string(out)
	}
	program := filepath.Join(b.TempDir(), "sendform")
	run(root, "go", "build", "-o", program, "./generator")
	var shown string
	b.Run("prod", func(b *testing.B) {
		for b.Loop() {
			shown = run(root, program, "rehearse", "prod")
		}
		for step, took := range stepsOf(b, shown) {
			b.ReportMetric(took, strings.ReplaceAll(step, " ", "-")+"-sec")
		}
	})
	b.Run("terraform_data", func(b *testing.B) {
		added := regexp.MustCompile(`(\d+) resources added`).FindStringSubmatch(shown)
		if added == nil {
			b.Fatalf("the rehearsal does not say how many resources it made:\n%s", shown)
		}
		for b.Loop() {
			dir := b.TempDir()
			hcl := "variable \"lock_down\" {\n  default = false\n}\n\nresource \"terraform_data\" \"this\" {\n  count = " + added[1] +
				"\n  input = \"${count.index} ${var.lock_down}\"\n}\n"
			if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(hcl), 0o644); err != nil {
				b.Fatal(err)
			}
			run(dir, "terraform", "init")
			for _, plan := range [][]string{{}, {"-var=lock_down=true"}, {"-destroy"}, {}, {"-destroy"}} {
				run(dir, "terraform", append([]string{"plan", "-out=plan"}, plan...)...)
				run(dir, "terraform", "apply", "plan")
			}
		}
	})
}

// stepsOf reads what each step of a rehearsal took in all, in seconds.
func stepsOf(b *testing.B, shown string) map[string]float64 {
	b.Helper()
	steps := map[string]float64{}
	for _, line := range regexp.MustCompile(`(?m)^  ✓ ([a-z ]{16}) {1,3}(\d+\.\d\d) s$`).FindAllStringSubmatch(shown, -1) {
		took, err := strconv.ParseFloat(line[2], 64)
		if err != nil {
			b.Fatal(err)
		}
		steps[strings.TrimSuffix(strings.TrimSpace(line[1]), " again")] += took
	}
	return steps
}

// Package speed measures rehearsals beside what Terraform itself takes.
//
// It must not import Terratest, which looks for a terraform as soon as it is loaded.
package speed

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == inPlace {
		os.Exit(runMetered(os.Args[0], os.Args[1:]))
	}
	os.Exit(m.Run())
}

// BenchmarkRehearsal measures a rehearsal of prod as a whole process, and beside it the
// same sequence of terraform commands over as many resources that do nothing: create,
// lock down, delete, create, delete; once more with the modules of prod in which each
// resource does nothing. The processor's time of the terraform processes alone is what no
// other provider and no other cloud could make less.
func BenchmarkRehearsal(b *testing.B) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		b.Fatal(err)
	}
	var busy time.Duration // of processors, for all that was run
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
		busy += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		return string(out)
	}
	program := filepath.Join(b.TempDir(), "sendform")
	run(root, "go", "build", "-o", program, "./generator")
	var shown string
	b.Run("prod", func(b *testing.B) {
		busy = 0
		for b.Loop() {
			shown = run(root, program, "rehearse", "prod")
		}
		b.ReportMetric(busy.Seconds()/float64(b.N), "processor-sec")
		for step, took := range stepsOf(b, shown) {
			b.ReportMetric(took, strings.ReplaceAll(step, " ", "-")+"-sec")
		}
	})
	b.Run("terraform_alone", func(b *testing.B) {
		meter, restore := meterTerraform(b)
		for b.Loop() {
			run(root, program, "rehearse", "prod")
		}
		restore()
		b.ReportMetric(metered(b, meter).Seconds()/float64(b.N), "processor-sec")
	})
	commands := func(b *testing.B, dir string, given ...string) {
		b.Helper()
		busy = 0
		for b.Loop() {
			run(dir, "terraform", "init")
			for _, options := range [][]string{{}, {"-var=lock_down=true"}, {"-destroy"}, {}, {"-destroy"}} {
				run(dir, "terraform", slices.Concat([]string{"plan", "-out=plan"}, given, options)...)
				run(dir, "terraform", "apply", "plan")
			}
			for _, left := range []string{".terraform", "terraform.tfstate", "terraform.tfstate.backup"} {
				if err := os.RemoveAll(filepath.Join(dir, left)); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(busy.Seconds()/float64(b.N), "processor-sec")
	}
	b.Run("terraform_data", func(b *testing.B) {
		added := regexp.MustCompile(`(\d+) resources added`).FindStringSubmatch(shown)
		if added == nil {
			b.Fatalf("the rehearsal does not say how many resources it made:\n%s", shown)
		}
		dir := b.TempDir()
		hcl := "variable \"lock_down\" {\n  default = false\n}\n\nresource \"terraform_data\" \"this\" {\n  count = " + added[1] +
			"\n  input = \"${count.index} ${var.lock_down}\"\n}\n"
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(hcl), 0o644); err != nil {
			b.Fatal(err)
		}
		commands(b, dir)
	})
	b.Run("terraform_modules", func(b *testing.B) {
		dir := skeleton(b, root, filepath.Join("out", "prod", "eu-west-2"))
		for _, name := range []string{"admin", "user"} {
			if err := os.WriteFile(filepath.Join(dir, name+".zip"), []byte(name), 0o644); err != nil {
				b.Fatal(err)
			}
		}
		commands(b, dir, "-var=packages=.")
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

// What a folder has that meters terraform: this test program in its place, terraform
// itself, and how many nanoseconds each run has kept a processor busy, one a line.
const (
	inPlace = "terraform"
	itself  = "itself"
	times   = "times"
)

// meterTerraform puts a folder in front of PATH, until restore.
func meterTerraform(b *testing.B) (dir string, restore func()) {
	b.Helper()
	dir = b.TempDir()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		b.Fatal(err)
	}
	own, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for name, to := range map[string]string{inPlace: own, itself: terraform} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			b.Fatal(err)
		}
	}
	before := os.Getenv("PATH")
	b.Setenv("PATH", dir+string(filepath.ListSeparator)+before)
	return dir, func() { b.Setenv("PATH", before) }
}

// runMetered is what the test program does in the place of terraform.
func runMetered(program string, args []string) int {
	dir := filepath.Dir(program)
	cmd := exec.Command(filepath.Join(dir, itself), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	file, err := os.OpenFile(filepath.Join(dir, times), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(file, int64(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()))
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

func metered(b *testing.B, dir string) time.Duration {
	b.Helper()
	content, err := os.ReadFile(filepath.Join(dir, times))
	if err != nil {
		b.Fatal(err)
	}
	var sum time.Duration
	for line := range strings.Lines(string(content)) {
		n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(n)
	}
	return sum
}

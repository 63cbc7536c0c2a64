// Command bench runs the benchmarks and writes docs/benchmarks.md. Beside each time
// stands a ratio to something else of the same run, because times of one machine say
// little about another, and less when it was busy.
//
// It must not know how anything is measured: the benchmarks are beside the code.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
)

// The files that are written: what benchstat reads, and what people read.
const (
	raw      = ".sendform/bench.txt"
	document = "docs/benchmarks.md"
)

// count is how often each benchmark runs; the median counts.
const count = "5"

// suite is benchmarks that run together.
type suite struct {
	packages []string
	inMemory bool // temporary files are on a file system in memory, where there is one
}

// suites are all benchmarks. Those that write thousands of small files do so in
// memory: ext4 takes ever longer to make a file when many were deleted in the
// minutes before (recently_deleted in fs/ext4/ialloc.c of Linux), so a benchmark
// that repeats itself on a disk measures its own repetitions.
func suites() []suite {
	return []suite{
		{packages: []string{"./generator"}, inMemory: true},
		{packages: []string{"./generator/localcloud", "./generator/standin", "./tests/speed"}},
	}
}

// memory is where Linux has files in memory.
const memory = "/dev/shm"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var said bytes.Buffer
	for _, s := range suites() {
		if err := s.run(ctx, io.MultiWriter(os.Stdout, &said)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(raw), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(raw, said.Bytes(), 0o644); err != nil {
		return err
	}
	all, cpu, err := read(&said)
	if err != nil {
		return fmt.Errorf("read the results: %w", err)
	}
	var page strings.Builder
	fmt.Fprintf(&page, about, time.Now().UTC().Format(time.DateOnly), cpu, runtime.NumCPU(), runtime.GOOS, runtime.Version(), count)
	for _, row := range rows() {
		text, err := row.text(all)
		if err != nil {
			return err
		}
		page.WriteString(text)
	}
	return os.WriteFile(document, []byte(page.String()), 0o644)
}

func (s suite) run(ctx context.Context, out io.Writer) error {
	arguments := append([]string{"test", "-run", "^$", "-bench", ".", "-benchmem", "-count", count}, s.packages...)
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Stdout, command.Stderr = out, os.Stderr
	if info, err := os.Stat(memory); s.inMemory && err == nil && info.IsDir() {
		command.Env = append(os.Environ(), "TMPDIR="+memory)
	}
	if err := command.Run(); err != nil {
		return fmt.Errorf("go %s: %w", strings.Join(arguments, " "), err)
	}
	return nil
}

const about = `# Benchmarks

Written by ` + "`make bench`" + ` on %s: %s, %d cores, %s, %s. Each number is the median of %s runs; what ` + "`benchstat`" + ` reads is in ` + "`" + raw + "`" + `. The benchmarks are in ` + "`generator/bench_test.go`" + `, ` + "`generator/localcloud`" + `, ` + "`generator/standin`" + ` and ` + "`tests/speed`" + `; ` + "`go test -run '^$' -bench NAME ./generator`" + ` runs one.

Ratios are of the same run. Times depend on the machine and on what else it does. The generator's files are in memory where the machine has such a file system (` + "`" + memory + "`" + `); everything else is on its disk.

| what | measured | ratio | at most |
| --- | --- | --- | --- |
`

// results are the values of each benchmark, by its name and unit.
type results map[string]map[string][]float64

func read(text io.Reader) (results, string, error) {
	all := results{}
	cpu := "unknown processor"
	reader := benchfmt.NewReader(text, raw)
	for reader.Scan() {
		result, isResult := reader.Result().(*benchfmt.Result)
		if !isResult {
			continue
		}
		if config := result.GetConfig("cpu"); config != "" {
			cpu = strings.TrimSpace(config)
		}
		name := strings.TrimSuffix(result.Name.String(), fmt.Sprintf("-%d", runtime.NumCPU()))
		if all[name] == nil {
			all[name] = map[string][]float64{}
		}
		for _, value := range result.Values {
			all[name][value.Unit] = append(all[name][value.Unit], value.Value)
		}
	}
	return all, cpu, reader.Err()
}

func (r results) median(of measure) (float64, error) {
	values := slices.Sorted(slices.Values(r[of.benchmark][of.unit]))
	if len(values) == 0 {
		return 0, fmt.Errorf("%w: Benchmark%s has no %s", errMissing, of.benchmark, of.unit)
	}
	return values[len(values)/2], nil
}

var errMissing = errors.New("no such result")

// measure is a unit of a benchmark.
type measure struct{ benchmark, unit string }

func seconds(benchmark string) measure { return measure{benchmark, "sec/op"} }

// row is a line of the table.
type row struct {
	what string
	of   measure

	// over is what it is divided by, and says what that is; empty for no ratio.
	over measure
	says string

	limit string
}

func rows() []row {
	const busy = "processor-sec"
	created, unchanged := "GenerateProcess/new/roots=1000", "GenerateProcess/unchanged/roots=1000"
	peak := measure{created, "peak-B"}
	of := func(what, step string) row {
		return row{what: "— " + what, of: measure{"Rehearsal/prod", step + "-sec"}, over: seconds("Rehearsal/prod"), says: "of it"}
	}
	return []row{
		{what: "generate the three environments, in the process", of: seconds("Generate"), limit: "50 ms"},
		{what: "generate 1,000 root modules, a whole process, every file new", of: seconds(created), over: seconds("WriteFiles/roots=1000"), says: "of what it takes to write these files and do nothing else", limit: "500 ms"},
		{what: "the same, compared with 100 root modules", of: seconds(created), over: seconds("GenerateProcess/new/roots=100"), says: "(10 is linear)"},
		{what: "the same, nothing to change", of: seconds(unchanged), over: seconds(created), says: "of a first generation", limit: "500 ms"},
		{what: "memory at most, 1,000 root modules", of: peak, over: measure{"GenerateProcess/new/roots=100", "peak-B"}, says: "of that for 100"},
		{what: "rehearse prod, a whole process", of: seconds("Rehearsal/prod"), over: seconds("Rehearsal/terraform_data"), says: "of the same terraform commands over as many `terraform_data` resources", limit: "2.0 of that"},
		{what: "— Terraform alone: these commands over the same modules, each resource a `terraform_data`", of: seconds("Rehearsal/terraform_modules"), over: seconds("Rehearsal/terraform_data"), says: "of these commands"},
		{what: "— time of processors, all in all", of: measure{"Rehearsal/prod", busy}, over: measure{"Rehearsal/terraform_data", busy}, says: "of that of these commands"},
		{what: "— of it, the terraform processes", of: measure{"Rehearsal/terraform_alone", busy}, over: measure{"Rehearsal/terraform_data", busy}, says: "of that of these commands"},
		of("compile and zip two functions and the acceptance program", "build"),
		of("beside that: make the state bucket and the deployer's roles", "state"),
		of("create twice: plan, apply", "create"),
		of("plan: nothing to change", "plan"),
		of("beside that and the next: verify three times, the acceptance program included", "verify"),
		of("plan what is to be deleted, twice", "plan-to-delete"),
		of("lock down: attempts", "lock-down"),
		of("delete twice: apply, empty buckets", "delete"),
		of("verify twice that all is deleted", "verify-deleted"),
		{what: "open and close a local cloud", of: seconds("Open"), limit: "20 ms"},
		{what: "serve the stand-in provider until its first answer, and end it", of: seconds("FirstAnswer"), limit: "100 ms"},
		{what: "put an object of S3 in a local cloud, by AWS's SDK", of: seconds("Call/PutObject"), over: seconds("Call/GetObject"), says: "of getting it", limit: "2 ms"},
		{what: "get it", of: seconds("Call/GetObject"), limit: "2 ms"},
		{what: "get a role of IAM", of: seconds("Call/GetRole"), over: seconds("Call/GetObject"), says: "of getting an object of S3", limit: "2 ms"},
		{what: "put 2,000 objects at once", of: seconds("AtOnce/PutObject"), over: seconds("Call/PutObject"), says: "of putting one alone"},
		{what: "get them at once", of: seconds("AtOnce/GetObject"), over: seconds("Call/GetObject"), says: "of getting one alone"},
		{what: "invoke a function 500 times at once", of: seconds("AtOnce/Invoke"), over: seconds("AtOnce/PutObject"), says: "of putting 2,000 objects"},
	}
}

func (r row) text(all results) (string, error) {
	value, err := all.median(r.of)
	if err != nil {
		return "", err
	}
	ratio := ""
	if r.over != (measure{}) {
		over, err := all.median(r.over)
		if err != nil {
			return "", err
		}
		ratio = fmt.Sprintf("%.2f %s", value/over, r.says)
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", r.what, show(value, r.of.unit), ratio, r.limit), nil
}

func show(value float64, unit string) string {
	if unit == "sec/op" || strings.HasSuffix(unit, "-sec") {
		return fmt.Sprintf("%.3g ms", value*1000)
	}
	amount, _, _ := strings.Cut(unit, "-")
	if amount == "peak" {
		return fmt.Sprintf("%.0f MB", value/1e6)
	}
	return fmt.Sprintf("%.3g %s", value, unit)
}

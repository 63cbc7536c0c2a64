package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/terraform"
)

var update = flag.Bool("update", false, "write what is drawn into the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("go test ./generator/report -update, then look at the difference (-want +got):\n%s", diff)
	}
}

// fakeClock goes on by a tenth of a second whenever it is asked.
type fakeClock struct{ at time.Time }

func newClock() *fakeClock { return &fakeClock{time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)} }

func (c *fakeClock) now() time.Time {
	c.at = c.at.Add(100 * time.Millisecond)
	return c.at
}

// The values of secrets; none of them may be drawn. One has what Go and JSON write
// differently, and one is the beginning of another.
const (
	canary = "canary-3f9c"
	tricky = "line\n<\"two\">\x7f"
)

func secretsOfTest() map[string]string {
	return map[string]string{"a": canary, "b": canary + "-longer", "c": tricky}
}

var (
	files  = components.Address{Kind: "storage", Name: "files"}
	role   = components.Address{Kind: "identity", Name: "front"}
	front  = components.Address{Kind: "function", Name: "front"}
	cloudy = components.Address{Kind: "cdn", Name: "main"}
)

func subjects(names ...string) []Subject {
	nothing := func() []components.Resource { return nil }
	roles := func() []components.Resource {
		return []components.Resource{{
			Type: components.RoleResource, ID: environment.Literal("qa-front"),
			Want: map[string]any{"inline_policies": map[string]any{"permissions": map[string]any{
				"Read": map[string]any{"Effect": "Allow", "Action": []string{"s3:GetObject"}, "Resource": []string{"arn:aws:s3:::files/*"}},
			}}},
		}}
	}
	var all []Subject
	for _, name := range names {
		all = append(all, Subject{Name: name, Account: "111122223333", Components: []components.Component{
			{Address: files, Resources: nothing},
			{Address: role, Resources: roles},
			{Address: front, Needs: []components.Address{role, files}, Resources: nothing},
			{Address: cloudy, Needs: []components.Address{front, files}, Resources: nothing},
		}})
	}
	return all
}

// eventsOfRun are those of a run whose verification finds a mistake.
func eventsOfRun() []lifecycle.Event {
	value := func(attribute, wanted, got string) lifecycle.Value {
		return lifecycle.Value{Attribute: attribute, Wanted: wanted, Got: got, OK: wanted == got}
	}
	bucket, lambda := "module.storage_files.aws_s3_bucket.this", `module.function_front.aws_lambda_function.this["a"]`
	return []lifecycle.Event{
		{Kind: lifecycle.StepStarted, Step: "create", Number: 1, Of: 3},
		{Kind: lifecycle.Note, Text: "state bucket qa-state: 1 setting added"},
		{Kind: lifecycle.ComponentPlanned, Component: files, Resources: 1, Action: terraform.Create},
		{Kind: lifecycle.ComponentPlanned, Component: front, Resources: 1, Action: terraform.Create},
		{Kind: lifecycle.ResourceStarted, Component: files, Resource: bucket, Action: terraform.Create},
		{Kind: lifecycle.ResourceWaiting, Component: files, Resource: bucket, Action: terraform.Create, Took: 10 * time.Second},
		{Kind: lifecycle.ResourceDone, Component: files, Resource: bucket, Action: terraform.Create, Took: 120 * time.Millisecond},
		{Kind: lifecycle.ComponentDone, Component: files, Resources: 1, Took: 120 * time.Millisecond},
		{Kind: lifecycle.ResourceStarted, Component: front, Resource: lambda, Action: terraform.Create},
		{Kind: lifecycle.ResourceDone, Component: front, Resource: lambda, Action: terraform.Create, Took: 80 * time.Millisecond},
		{Kind: lifecycle.ComponentDone, Component: front, Resources: 1, Took: 80 * time.Millisecond},
		{Kind: lifecycle.StepDone, Step: "create", Number: 1, Of: 3, Text: "2 resources added, 0 changed, 0 destroyed", Took: time.Second},
		{Kind: lifecycle.StepStarted, Step: "lock down", Number: 2, Of: 3},
		{Kind: lifecycle.Checked, Component: files, Resource: "bucket qa-files", Values: []lifecycle.Value{value("plain HTTP", "refused", "refused")}},
		{Kind: lifecycle.StepDone, Step: "lock down", Number: 2, Of: 3, Text: "1 thing tried", Took: 100 * time.Millisecond},
		{Kind: lifecycle.StepStarted, Step: "verify", Number: 3, Of: 3},
		{Kind: lifecycle.Checked, Component: front, Resource: "function qa-front", Values: []lifecycle.Value{
			value("environment.KEY", "nothing", fmt.Sprintf("%q", canary+"-longer")),
			value("environment.OTHER", "nothing", fmt.Sprintf("%q", tricky)),
			value("memory_mb", "512", "512"),
			value("environment.HTML", "nothing", `"</script><img src=x onerror=alert(1)>"`),
		}},
		{Kind: lifecycle.Checked, Component: files, Resource: "bucket qa-files", Values: []lifecycle.Value{value("versioning", `"Enabled"`, `"Enabled"`)}},
		{Kind: lifecycle.StepDone, Step: "verify", Number: 3, Of: 3, Took: 300 * time.Millisecond, Err: lifecycle.Findings{
			{Component: front, Resource: "function qa-front", Attribute: "environment.KEY", Wanted: "nothing", Got: canary},
		}},
	}
}

// drawRun draws the run above and returns what was written, and the run.
func drawRun(t *testing.T, asJSON bool, names ...string) (string, *Run) {
	t.Helper()
	var out bytes.Buffer
	run := Begin(&out, Options{
		Command: "apply", Targets: subjects(names...), JSON: asJSON, Now: newClock().now, Getenv: func(string) string { return "" },
	})
	failure := errors.New("verify: 3 values are not as wanted, one of them " + canary)
	for _, name := range names {
		teller := run.Teller(name)
		teller.Hide(secretsOfTest())
		for _, e := range eventsOfRun() {
			teller.Tell(e)
		}
		teller.Done(failure)
	}
	if err := run.End(failure, ""); !errors.Is(err, failure) {
		t.Errorf("the run ended with %v", err)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("escape codes were written to what is no terminal")
	}
	refuseSecrets(t, out.String())
	return out.String(), run
}

// refuseSecrets fails where something shows a secret, in whichever way it is quoted.
func refuseSecrets(t *testing.T, text string) {
	t.Helper()
	for _, part := range []string{canary, "-longer", "line\n<", `line\n<`, `line\\n`, "two"} {
		if strings.Contains(text, part) {
			t.Errorf("a secret is shown: %q", part)
		}
	}
}

func TestPlainLines(t *testing.T) {
	one, _ := drawRun(t, false, "qa/eu-west-2")
	golden(t, "plain.txt", one)
	two, _ := drawRun(t, false, "qa/eu-west-2", "qa/us-east-1")
	golden(t, "plain-two.txt", two)
}

func TestJSONLines(t *testing.T) {
	out, _ := drawRun(t, true, "qa/eu-west-2")
	golden(t, "events.jsonl", out)
	for line := range strings.Lines(out) {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Schema != EventSchema || e.Kind == "" || e.Time.IsZero() {
			t.Errorf("%v: %s", err, line)
		}
	}
}

func TestRecord(t *testing.T) {
	_, run := drawRun(t, false, "qa/eu-west-2", "qa/us-east-1")
	var out bytes.Buffer
	if err := run.record.JSON(&out); err != nil {
		t.Fatal(err)
	}
	refuseSecrets(t, out.String())
	golden(t, "report.json", out.String())
}

// TestRecordOfACutRun has a target that was cut off in a step, and one not begun.
func TestRecordOfACutRun(t *testing.T) {
	run := Begin(&bytes.Buffer{}, Options{Command: "apply", Targets: subjects("qa/a", "qa/b"), Now: newClock().now, Getenv: os.Getenv})
	teller := run.Teller("qa/a")
	teller.Tell(lifecycle.Event{Kind: lifecycle.StepStarted, Step: "create", Number: 1, Of: 1})
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := run.End(fmt.Errorf("%w: by a signal", lifecycle.ErrInterrupted), dir); !errors.Is(err, lifecycle.ErrInterrupted) {
		t.Errorf("the run ended with %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record Record
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	if record.Result != Interrupted || record.Error != "interrupted: by a signal" {
		t.Errorf("the run is %q: %q", record.Result, record.Error)
	}
	if s := record.Targets[0].Steps[0]; s.Result != Interrupted {
		t.Errorf("the step is %q", s.Result)
	}
	if got := record.Targets[1]; got.Result != Interrupted || len(got.Steps) != 0 {
		t.Errorf("the target that was not begun is %q with %d steps", got.Result, len(got.Steps))
	}
	if _, err := os.Stat(filepath.Join(dir, "report.html")); err != nil {
		t.Error(err)
	}
}

func TestPage(t *testing.T) {
	_, run := drawRun(t, false, "qa/eu-west-2", "qa/us-east-1")
	var out bytes.Buffer
	if err := run.record.HTML(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	refuseSecrets(t, page)
	for _, want := range []string{
		`href="#t1-function.front"`, `id="t1-function.front"`, `id="t2-function.front"`, // links lead somewhere
		"✗ 3 of 4 values not as wanted", "<h3>Lock-down</h3>", "plain HTTP", "s3:GetObject",
		`&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("the page has %d scripts", n)
	}
	if found := regexp.MustCompile(`(?i)https?://|<link[^>]*stylesheet|\bsrc=["']|\sstyle=|\son[a-z]+="`).FindString(page); found != "" {
		t.Errorf("the page has %q, which needs the network or which its policy forbids", found)
	}
	// The policy's hashes are those of what the page has.
	for _, part := range []string{"style", "script"} {
		_, after, _ := strings.Cut(page, "<"+part+">")
		text, _, _ := strings.Cut(after, "</"+part+">")
		if policy := part + "-src &#39;" + strings.ReplaceAll(hashOf(text), "+", "&#43;") + "&#39;"; !strings.Contains(page, policy) {
			t.Errorf("the content security policy does not allow the page's own %s", part)
		}
	}
}

package terraform

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
)

// hook is a line about a resource in module.storage.
func hook(kind, second, action string, elapsed int) string {
	return fmt.Sprintf(`{"@level":"info","@message":"...","@module":"terraform.ui","@timestamp":"2026-11-23T09:18:%sZ",`+
		`"hook":{"resource":{"addr":"module.storage.aws_s3_bucket.this","module":"module.storage","resource":"aws_s3_bucket.this",`+
		`"implied_provider":"aws","resource_type":"aws_s3_bucket","resource_name":"this","resource_key":null},`+
		`"action":%q,"elapsed_seconds":%d},"type":%q}`, second, action, elapsed, kind)
}

func TestEvents(t *testing.T) {
	t.Parallel()
	bucket := func(kind Kind, action Action, elapsed time.Duration) Event {
		return Event{
			Kind: kind, Address: "module.storage.aws_s3_bucket.this", Module: "module.storage",
			ResourceType: "aws_s3_bucket", Action: action, Elapsed: elapsed,
		}
	}
	long := strings.Repeat("x", 1<<18)
	tests := map[string]struct {
		lines []string
		want  []Event
	}{
		"a resource's life": {
			[]string{
				hook("apply_start", "00.000000", "create", 0),
				hook("apply_progress", "10.500000", "create", 10),
				hook("apply_complete", "12.250000", "create", 12),
			},
			[]Event{
				bucket(ApplyStart, Create, 0),
				bucket(ApplyProgress, Create, 10500*time.Millisecond),
				bucket(ApplyComplete, Create, 12250*time.Millisecond),
			},
		},
		"a replacement is two steps": {
			[]string{
				hook("apply_start", "00.000000", "delete", 0),
				hook("apply_complete", "01.000000", "delete", 1),
				hook("apply_start", "02.000000", "create", 0),
				hook("apply_errored", "02.125000", "create", 0),
			},
			[]Event{
				bucket(ApplyStart, Delete, 0),
				bucket(ApplyComplete, Delete, time.Second),
				bucket(ApplyStart, Create, 0),
				bucket(ApplyErrored, Create, 125*time.Millisecond),
			},
		},
		"an end without a start": {
			[]string{hook("apply_complete", "12.000000", "create", 7)},
			[]Event{bucket(ApplyComplete, Create, 7*time.Second)},
		},
		"diagnostic and summary": {
			[]string{
				`{"@level":"warn","diagnostic":{"severity":"warning","summary":"Deprecated","detail":"Use the other."},"type":"diagnostic"}`,
				`{"@level":"info","changes":{"add":2,"change":3,"import":4,"remove":5,"operation":"apply"},"type":"change_summary"}`,
			},
			[]Event{
				{Kind: Diagnostic, Diagnostic: tfjson.Diagnostic{Severity: "warning", Summary: "Deprecated", Detail: "Use the other."}},
				{Kind: ChangeSummary, Summary: Summary{Add: 2, Change: 3, Import: 4, Remove: 5}},
			},
		},
		"lines that are no events": {
			[]string{
				"", "\x1b[32mSuccessfully configured the backend", "{", "null", "[]", `"text"`, `{"type":7}`, `{"type":"log"}`,
				`{"type":"provision_start","hook":{"resource":{"addr":"a.b"}}}`, `{"@timestamp":"yesterday","type":"apply_start"}`,
				hook("apply_start", "00.000000", "create", 0),
			},
			[]Event{bucket(ApplyStart, Create, 0)},
		},
		"lines longer than 64 KiB": {
			[]string{
				long,
				`{"diagnostic":{"severity":"error","summary":"Long","detail":"` + long + `"},"type":"diagnostic"}`,
				hook("apply_start", "00.000000", "create", 0),
			},
			[]Event{
				{Kind: Diagnostic, Diagnostic: tfjson.Diagnostic{Severity: "error", Summary: "Long", Detail: long}},
				bucket(ApplyStart, Create, 0),
			},
		},
	}
	for name, test := range tests {
		// Neither the size of the pieces that arrive nor a missing end of the last line makes a difference.
		for _, size := range []int{5, 1 << 16, 1 << 30} {
			for _, end := range []string{"", "\n", "\r\n"} {
				t.Run(fmt.Sprintf("%s, %d bytes at a time, end %q", name, size, end), func(t *testing.T) {
					t.Parallel()
					var got []Event
					w := &messageWriter{receive: newEventReader(func(e Event) { got = append(got, e) }).read}
					rest := strings.Join(test.lines, "\n") + end
					for rest != "" {
						piece := rest[:min(size, len(rest))]
						rest = rest[len(piece):]
						if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
							t.Fatalf("wrote %d of %d bytes: %v", n, len(piece), err)
						}
					}
					w.flush()
					if diff := cmp.Diff(test.want, got); diff != "" {
						t.Error(diff)
					}
				})
			}
		}
	}
}

func TestAttributePath(t *testing.T) {
	t.Parallel()
	tests := map[string]any{
		"bucket":               []any{"bucket"},
		"rule[0].name":         []any{"rule", float64(0), "name"},
		"tags.env":             []any{"tags", "env"},
		"not a list of steps.": "not a list of steps.",
	}
	for want, path := range tests {
		if got := AttributePath(path); got != want {
			t.Errorf("%v: got %q, want %q", path, got, want)
		}
	}
}

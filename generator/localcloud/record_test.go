package localcloud

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRecordForgetsTheOldest(t *testing.T) {
	r := &recorder{logger: slog.New(slog.DiscardHandler), limit: 10_000}
	for i := range 100 {
		r.add(Call{Status: i, Path: strings.Repeat("x", 500), Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::box"}})
	}
	if n := len(r.calls); n < 5 || n > 20 || r.size > r.limit {
		t.Errorf("%d calls are kept, of %d bytes", n, r.size)
	}
	if last := r.calls[len(r.calls)-1]; last.Status != 99 {
		t.Errorf("the last is %+v", last)
	}
	r.add(Call{Status: 100, Path: strings.Repeat("x", 20_000)})
	if len(r.calls) != 1 || r.calls[0].Status != 100 {
		t.Errorf("%d calls are kept beside one that is too large", len(r.calls))
	}
	r.add(Call{Status: 101})
	if len(r.calls) != 1 || r.calls[0].Status != 101 {
		t.Errorf("%d calls are kept after it", len(r.calls))
	}
}

// TestJournalGoesOn has two recorders, one after the other, write one file.
func TestJournalGoesOn(t *testing.T) {
	o := Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Journal: true}
	want := []Call{
		{
			Time: time.Date(2026, 3, 4, 12, 0, 0, 5, time.UTC), Took: 7 * time.Millisecond, ID: "1", Principal: "arn", Region: "eu-west-2",
			Service: "s3", Operation: "GetObject", Method: "GET", Path: "/box/a\nb", Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::box/a\nb"},
			Status: 503, Error: "SlowDown", Fault: "throttle",
		},
		{Time: time.Date(2026, 3, 4, 12, 0, 1, 0, time.UTC), ID: "2", Method: "GET", Path: "/"},
	}
	for _, call := range want {
		r, err := openRecorder(o)
		if err != nil {
			t.Fatal(err)
		}
		r.add(call)
		if err := r.close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := readJournal(t, o.Dir); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	info, err := os.Stat(journalFile(o.Dir))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
}

// TestJournalThatCannotBeWritten has the journal's file closed.
func TestJournalThatCannotBeWritten(t *testing.T) {
	var log strings.Builder
	r, err := openRecorder(Options{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&log, nil)), Journal: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.journal.Close(); err != nil {
		t.Fatal(err)
	}
	r.add(Call{ID: "1"})
	r.add(Call{ID: "2"})
	if len(r.calls) != 2 || strings.Count(log.String(), "the journal of calls ends here") != 1 {
		t.Errorf("%d calls are kept; the log has\n%s", len(r.calls), &log)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
}

func readJournal(t *testing.T, dir string) (calls []Call) {
	t.Helper()
	file, err := os.Open(journalFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var call Call
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, call)
	}
	return calls
}

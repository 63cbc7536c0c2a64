package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sendform/examples/send/client"
)

// subject is what a check is about: the resource that answers for it, and where
// it was looked at.
type subject struct {
	Resource  string `json:"resource"`
	Attribute string `json:"attribute"`
}

// report writes a line per check and remembers whether all were ok.
type report struct {
	lines  *json.Encoder
	failed bool
}

func newReport(w io.Writer) *report {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	return &report{lines: lines}
}

// check reports whether got is what was wanted.
func (r *report) check(name string, about subject, wanted, got string) bool {
	line := struct {
		Check string `json:"check"`
		subject
		Wanted string `json:"wanted"`
		Got    string `json:"got"`
		OK     bool   `json:"ok"`
	}{name, about, wanted, got, wanted == got}
	// Whoever reads the lines misses the last ones when the pipe is broken; the
	// exit code says so too.
	if err := r.lines.Encode(line); err != nil || !line.OK {
		r.failed = true
	}
	return line.OK
}

// succeeded reports whether a call went well.
func (r *report) succeeded(name string, about subject, err error) bool {
	return r.check(name, about, "success", outcome(err))
}

// refused reports whether a function answered a call with this status.
func (r *report) refused(name string, about subject, status int, err error) bool {
	var answer *client.StatusError
	if errors.As(err, &answer) && answer.Status == status {
		return r.check(name, about, statusText(status), statusText(answer.Status))
	}
	return r.check(name, about, statusText(status), outcome(err))
}

func outcome(err error) string {
	if err == nil {
		return "success"
	}
	return err.Error()
}

func statusText(status int) string { return fmt.Sprintf("status %d", status) }

package terraform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

// Error is a terraform command that failed or was interrupted.
type Error struct {
	// Command is the subcommand, such as "plan".
	Command string
	// Diagnostics are what Terraform reported as errors. An interrupted command may have none.
	Diagnostics []tfjson.Diagnostic

	cause error
}

// Error tells the summaries on the first line, then each diagnostic with its place and detail. One without detail has its
// place on the first line.
func (e *Error) Error() string {
	var headline, details []string
	if e.interrupted() {
		headline = append(headline, "interrupted")
	}
	for _, d := range e.Diagnostics {
		summary := d.Summary
		if d.Detail == "" && d.Address != "" {
			summary = d.Address + ": " + summary
		}
		if !slices.Contains(headline, summary) {
			headline = append(headline, summary)
		}
		if text := describe(d); d.Detail != "" && !slices.Contains(details, text) {
			details = append(details, text)
		}
	}
	if len(headline) == 0 {
		headline = append(headline, "failed")
	}
	first := fmt.Sprintf("terraform %s: %s", e.Command, strings.Join(headline, "; "))
	return strings.Join(append([]string{first}, details...), "\n")
}

// Unwrap returns the context's error when the command was interrupted, else how the process ended.
func (e *Error) Unwrap() error { return e.cause }

func (e *Error) interrupted() bool {
	return errors.Is(e.cause, context.Canceled) || errors.Is(e.cause, context.DeadlineExceeded)
}

// describe writes a diagnostic as "summary (address, file:line): detail", the detail indented where it has more lines.
func describe(d tfjson.Diagnostic) string {
	var place []string
	if d.Address != "" {
		place = append(place, d.Address)
	}
	if d.Range != nil {
		place = append(place, fmt.Sprintf("%s:%d", d.Range.Filename, d.Range.Start.Line))
	}
	text := d.Summary
	if len(place) > 0 {
		text += " (" + strings.Join(place, ", ") + ")"
	}
	return text + ": " + strings.ReplaceAll(strings.TrimSpace(d.Detail), "\n", "\n    ")
}

// LockError tells that somebody else holds the lock of the state.
type LockError struct {
	// ID is what "terraform force-unlock" takes.
	ID string
	// Path is the state's place in its backend.
	Path string
	// Operation is the holder's, such as "OperationTypeApply".
	Operation string
	// Who is the holder, as user@host.
	Who string
	// Created is zero when Terraform did not tell.
	Created time.Time

	failure *Error
}

// Error names the holder and the time.
func (e *LockError) Error() string {
	since := ""
	if !e.Created.IsZero() {
		since = " since " + e.Created.Format(time.RFC3339)
	}
	return fmt.Sprintf("terraform %s: the state %s is locked by %s%s (%s, lock %s)",
		e.failure.Command, e.Path, e.Who, since, e.Operation, e.ID)
}

// Unwrap returns the *Error with Terraform's own words, if there is one.
func (e *LockError) Unwrap() error {
	if e.failure == nil {
		return nil
	}
	return e.failure
}

// asLockError returns the failure as a *LockError if it is one. A lock that could not be taken for another reason, such
// as a missing permission, comes without an owner and stays what it is.
func asLockError(failure *Error) error {
	for _, d := range failure.Diagnostics {
		_, info, found := strings.Cut(d.Detail, "Lock Info:")
		if d.Summary != "Error acquiring the state lock" || !found {
			continue
		}
		lock := &LockError{failure: failure}
		for line := range strings.Lines(info) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			value = strings.TrimSpace(value)
			switch name {
			case "ID":
				lock.ID = value
			case "Path":
				lock.Path = value
			case "Operation":
				lock.Operation = value
			case "Who":
				lock.Who = value
			case "Created":
				// Terraform prints time.Time's String. Its zero value stands for a time that cannot be read.
				lock.Created, _ = time.Parse("2006-01-02 15:04:05.999999999 -0700 MST", value)
			}
		}
		if lock.ID != "" {
			return lock
		}
	}
	return failure
}

// plainDiagnostic reads an error that terraform printed for people, as the commands without a machine-readable UI do.
// Complaints about the user's CLI configuration come before it, framed.
func plainDiagnostic(stderr string, cause error) tfjson.Diagnostic {
	text := strings.TrimSpace(stderr)
	if text == "" {
		text = cause.Error()
	}
	if _, message, found := strings.Cut("\n"+text, "\nError: "); found {
		text = message
	}
	summary, detail, _ := strings.Cut(text, "\n")
	return tfjson.Diagnostic{
		Severity: tfjson.DiagnosticSeverityError,
		Summary:  summary,
		Detail:   strings.TrimSpace(detail),
	}
}

package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
)

// Error explains why a command failed. Of several failures each is explained.
func Error(out io.Writer, err error) {
	if joined, several := err.(interface{ Unwrap() []error }); several {
		for _, one := range joined.Unwrap() {
			Error(out, one)
		}
		return
	}
	var mistakes *environment.Mistakes
	var findings lifecycle.Findings
	var step *lifecycle.StepError
	var failure *Failure
	switch {
	case errors.Is(err, lifecycle.ErrInterrupted) && errors.As(err, &step):
		fmt.Fprintf(out, "sendform: interrupted in step %q; no lock is left, run the same command again\n", step.Step)
	case errors.As(err, &mistakes):
		drawMistakes(out, mistakes)
	case errors.As(err, &findings):
		drawFindings(out, err, findings)
	default:
		fmt.Fprintf(out, "sendform: %v\n", err)
	}
	if errors.As(err, &failure) {
		if advice := failure.advice(); advice != "" {
			fmt.Fprintf(out, "\nNext: %s\n", strings.ReplaceAll(advice, "\n", "\n      "))
		}
	}
}

// drawMistakes shows each mistake with its place and the line it is in.
func drawMistakes(out io.Writer, m *environment.Mistakes) {
	for _, d := range m.Diagnostics {
		fmt.Fprintf(out, "Error: %s\n", d.Summary)
		if d.Subject != nil && d.Subject.Filename != "" {
			drawPlace(out, *d.Subject, m.Sources[d.Subject.Filename])
		}
		fmt.Fprintf(out, "  %s\n\n", strings.ReplaceAll(d.Detail, "\n", "\n  "))
	}
	n := len(m.Diagnostics)
	fmt.Fprintf(out, "%s; nothing was written.\n", plural(n, "mistake"))
}

// drawPlace shows file:line:column, the line, and a mark below what is meant.
func drawPlace(out io.Writer, at hcl.Range, source []byte) {
	fmt.Fprintf(out, "  at %s:%d:%d\n", at.Filename, at.Start.Line, at.Start.Column)
	lines := strings.Split(string(source), "\n")
	if at.Start.Line > len(lines) {
		return
	}
	line := lines[at.Start.Line-1]
	width := at.End.Column - at.Start.Column
	if at.End.Line > at.Start.Line {
		width = len([]rune(line)) - at.Start.Column + 1
	}
	// A tab stays a tab below, so that the mark stands where the text does.
	indent := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string([]rune(line)[:min(at.Start.Column-1, len([]rune(line)))]))
	number := fmt.Sprint(at.Start.Line)
	fmt.Fprintf(out, "  %s | %s\n", number, line)
	fmt.Fprintf(out, "  %s | %s%s\n", strings.Repeat(" ", len(number)), indent, strings.Repeat("^", max(width, 1)))
}

// drawFindings groups what is wrong by component and resource.
func drawFindings(out io.Writer, err error, findings lifecycle.Findings) {
	mask := func(text string) string { return text }
	var failure *Failure
	if errors.As(err, &failure) {
		fmt.Fprintf(out, "sendform: %s: ", failure.Target)
		mask = failure.mask
	}
	var step *lifecycle.StepError
	if errors.As(err, &step) {
		fmt.Fprintf(out, "%s failed: ", step.Step)
	}
	fmt.Fprintf(out, "%s not as wanted\n", plural(len(findings), "value"))
	said := mask(findings.Error()) // before they are sorted
	slices.SortStableFunc(findings, func(a, b lifecycle.Finding) int {
		return strings.Compare(a.Component.String()+a.Resource, b.Component.String()+b.Resource)
	})
	last := ""
	for _, f := range findings {
		if place := f.Component.String() + "  " + f.Resource; place != last {
			fmt.Fprintf(out, "\n  %s\n", place)
			last = place
		}
		fmt.Fprintf(out, "    %s\n      wanted %s\n      got    %s\n", f.Attribute, mask(f.Wanted), mask(f.Got))
	}
	if _, besides, found := strings.Cut(err.Error(), said); found && strings.TrimSpace(besides) != "" {
		fmt.Fprintf(out, "\n%s\n", strings.TrimSpace(besides))
	}
}

package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sendform/generator/lifecycle"
)

// Failure is how the run of a target ended that did not end well.
type Failure struct {
	Command string
	Target  string // environment/region
	Err     error

	mask func(string) string
}

func (f *Failure) Error() string { return f.Target + ": " + f.mask(f.Err.Error()) }
func (f *Failure) Unwrap() error { return f.Err }

// changes tells whether something is made or deleted in a step.
func changes(step string) bool {
	return slices.ContainsFunc([]string{"apply", "create", "delete", "lock down", "publish"}, func(name string) bool { return strings.HasPrefix(step, name) })
}

// advice says what to do next, for those who have nothing but this output. It is empty
// where the error says so itself.
func (f *Failure) advice() string {
	environment, region, _ := strings.Cut(f.Target, "/")
	at := environment + " --region " + region
	var locked *lifecycle.LockedError
	var busy *lifecycle.BusyError
	var findings lifecycle.Findings
	var step *lifecycle.StepError
	switch {
	case errors.As(f.Err, &locked), errors.As(f.Err, &busy), errors.Is(f.Err, lifecycle.ErrInterrupted), errors.Is(f.Err, context.Canceled):
		return ""
	case f.Command == "rehearse":
		return "A rehearsal changes nothing outside of this machine. With --dir DIR its cloud and Terraform's data are kept for a look."
	case errors.As(f.Err, &findings):
		return f.adviceOn(findings, at, environment)
	case !errors.As(f.Err, &step):
		return ""
	}
	var lines []string
	text := f.Err.Error()
	if strings.Contains(text, "is not authorized to perform") || strings.Contains(text, "AccessDenied") {
		lines = append(lines, "These credentials may not do that: take others, or have it allowed to whom AWS names above.")
	}
	switch {
	case strings.Contains(text, "Saved plan is stale"):
		lines = append(lines, fmt.Sprintf("Nothing was changed. Make a plan of what stands now, and have it reviewed: sendform plan %s --out FILE", at))
	case strings.Contains(text, "nothing was changed"), strings.Contains(text, "make a new plan"), strings.Contains(text, "--confirm"):
		return ""
	case !changes(step.Step):
		lines = append(lines, fmt.Sprintf("Nothing was changed in this step. When the cause is mended: sendform %s %s", f.Command, at))
	case f.Command == "destroy":
		lines = append(lines, fmt.Sprintf("What was not deleted stands. When the cause is mended, the same command goes on from there: sendform destroy %s", at))
	default:
		lines = append(lines, fmt.Sprintf("What was made stays and is known. When the cause is mended, the same command goes on from there: sendform %s %s\nTo take it all away: sendform destroy %s", f.Command, at, at))
	}
	return strings.Join(lines, "\n")
}

func (f *Failure) adviceOn(findings lifecycle.Findings, at, environment string) string {
	switch {
	case f.Command == "destroy":
		return "" // its error says whether it is to be run again
	case f.Command == "verify-deleted":
		return fmt.Sprintf("What is left is deleted by: sendform destroy %s", at)
	case !slices.ContainsFunc(findings, func(x lifecycle.Finding) bool { return x.Component.Kind != "acceptance" }):
		return fmt.Sprintf("The settings in AWS are right; the application does not do what its acceptance program wants. What its functions say is in their log groups. With the code mended: sendform apply %s", at)
	}
	return fmt.Sprintf("What somebody has changed, an apply takes back: sendform apply %s\nWhat Terraform does not know, such as one more policy or statement, is removed by hand. What should stay is written into envs/%s.hcl.", at, environment)
}

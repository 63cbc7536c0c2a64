package main

import (
	"context"
	"os"
	"slices"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/report"
)

// showing says how a command shows what it does.
type showing struct {
	JSON bool `name:"json" help:"Print each event as a JSON object on a line of its own; docs/report.md describes them."`
}

// reporting says where the report of a run goes.
type reporting struct {
	Report string `help:"Write report.html and report.json into this folder afterwards." type:"path" placeholder:"DIR"`
}

// begin starts to show a command.
func (s showing) begin(command string, o output, targets []environment.Target) *report.Run {
	var subjects []report.Subject
	for _, t := range targets {
		subjects = append(subjects, report.Subject{
			Name: t.Key(), Account: t.AccountID, Components: slices.Concat(components.Bootstrap(t), components.Of(t)),
		})
	}
	return report.Begin(o.out, report.Options{Command: command, Targets: subjects, JSON: s.JSON, Getenv: os.Getenv, Now: time.Now})
}

// named is a command with the place for its output and its report.
type named struct {
	output

	command string
	report  string // a folder, or nothing
}

// summarize reads a saved plan for those who review it. Without a change there is
// nothing to read, which with a large provider takes seconds.
func summarize(ctx context.Context, d *lifecycle.Deployment, file string, plan lifecycle.Plan) (report.PlanSummary, error) {
	if !plan.HasChanges {
		return report.Summarize(&tfjson.Plan{}), nil
	}
	saved, err := d.SavedPlan(ctx, file)
	if err != nil {
		return report.PlanSummary{}, err
	}
	return report.Summarize(saved), nil
}

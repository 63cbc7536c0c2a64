package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/report"
)

type planCommand struct {
	deployable
	versioned

	Out      string `help:"Save the plan to this file, for apply --plan." type:"path" placeholder:"FILE"`
	Markdown string `help:"Write the summary to this file too, as Markdown for a pull request." type:"path" placeholder:"FILE"`
}

func (c *planCommand) Help() string { return "Example: sendform plan qa --region eu-west-2" }

// Run plans every target that is selected.
func (c *planCommand) Run(ctx context.Context, all *commands, o output) error {
	if c.Out != "" && !c.one(all.Root) {
		return errors.New("--out has room for one plan: name one environment, and one --region if it has several")
	}
	var mu sync.Mutex
	summaries := map[string]report.PlanSummary{} // by target
	different := false
	err := deploy(ctx, all.Root, c.deployable, named{output: o, command: "plan"}, secretsOf, func(d *lifecycle.Deployment, t environment.Target, teller *report.Teller) error {
		c.tell(d)
		if err := d.Build(ctx); err != nil {
			return err
		}
		stands, err := d.StateStands(ctx)
		if err != nil {
			return err
		}
		if !stands {
			return fmt.Errorf("%s has no state bucket %s yet, so nothing stands and everything would be created: run sendform apply %s", t.Key(), t.StateBucket, t.Environment)
		}
		summary, plan, err := c.plan(ctx, d)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		summaries[t.Key()] = teller.Plan(summary)
		different = different || plan.HasChanges
		return nil
	})
	if c.Markdown != "" {
		err = errors.Join(err, writeMarkdown(c.Markdown, summaries))
	}
	if err == nil && different {
		return errDifferent
	}
	return err
}

// plan makes the plan of one target; it is kept only where that is asked for.
func (c *planCommand) plan(ctx context.Context, d *lifecycle.Deployment) (summary report.PlanSummary, plan lifecycle.Plan, err error) {
	file, save := c.Out, d.SavePlan
	if file == "" {
		file = d.PlanFile()
		save = func(ctx context.Context, file string) (lifecycle.Plan, error) { return d.Plan(ctx, file, false) }
		defer func() { err = errors.Join(err, os.RemoveAll(file)) }()
	}
	if plan, err = save(ctx, file); err != nil {
		return summary, plan, err
	}
	summary, err = summarize(ctx, d, file, plan)
	return summary, plan, err
}

// writeMarkdown writes what the targets' plans change, sorted by their names.
func writeMarkdown(file string, summaries map[string]report.PlanSummary) error {
	var text bytes.Buffer
	for _, target := range slices.Sorted(maps.Keys(summaries)) {
		if err := report.PlanMarkdown(&text, target, summaries[target]); err != nil {
			return err
		}
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the summary of the plan: %w", err)
	}
	return nil
}

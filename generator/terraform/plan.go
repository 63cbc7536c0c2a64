package terraform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

// PlanOptions says what to plan.
type PlanOptions struct {
	// Out is the file that the plan is saved to, readable by its owner only, as a plan can hold secrets. It is there
	// after a successful Plan and only then. "" saves none.
	Out string
	// Destroy plans to destroy everything, or the targets.
	Destroy bool
	// Targets are addresses of modules or resources; none means everything.
	Targets []string
	// Vars are values of the root module's variables, strings only.
	Vars map[string]string
	// Unread takes the state as what exists: the resources in it are not read before.
	Unread bool
}

// Plan is what Terraform would do.
type Plan struct {
	// HasChanges also counts changes of outputs, which are not in Changes.
	HasChanges bool
	// Changes are sorted by address. Resources without a change are not listed.
	Changes []Change
	// Summary counts the changes.
	Summary Summary
	// Warnings are Terraform's, such as the use of a deprecated argument.
	Warnings []tfjson.Diagnostic
}

// Change is what is planned for one resource instance or data source.
type Change struct {
	Address string
	// Module is the address of the module, "" for the root module.
	Module       string
	ResourceType string
	Action       Action
	// Reason is Terraform's word on why, where the action is not obvious: "cannot_update", "tainted", "requested", ...
	Reason string
	// ReplacePaths are the attributes that force a replacement, such as "bucket" or "rule[0].name".
	ReplacePaths []string
	// ImportID is the id that an import block adopts the resource by.
	ImportID string
}

// Plan compares the configuration with the state and with what exists. A change of outputs counts as a change.
func (r *Root) Plan(ctx context.Context, opts PlanOptions) (plan Plan, err error) {
	file, temporary, err := r.planFile(opts.Out)
	if err != nil {
		return Plan{}, err
	}
	defer func() {
		if temporary || err != nil {
			if removeErr := os.Remove(file); !errors.Is(removeErr, fs.ErrNotExist) {
				err = errors.Join(err, removeErr)
			}
		}
	}()

	options := []tfexec.PlanOption{
		tfexec.Out(file), tfexec.Destroy(opts.Destroy), tfexec.Parallelism(r.parallelism), tfexec.Refresh(!opts.Unread),
	}
	for _, target := range opts.Targets {
		options = append(options, tfexec.Target(target))
	}
	for name, value := range opts.Vars {
		options = append(options, tfexec.Var(name+"="+value))
	}
	if len(r.ephemeral) > 0 {
		values, stop, pipeErr := pipeEphemeral(r.dataDir, r.ephemeral)
		if pipeErr != nil {
			return Plan{}, pipeErr
		}
		defer func() { err = errors.Join(err, stop()) }()
		options = append(options, tfexec.VarFile(values))
	}
	err = r.run(ctx, command{name: "plan", provider: true, message: plan.read, do: func(ctx context.Context, in invocation) (err error) {
		plan.HasChanges, err = in.tf.PlanJSON(ctx, in.stdout, append(options, tfexec.Reattach(in.reattach))...)
		return err
	}})
	if err != nil {
		return Plan{}, err
	}
	slices.SortStableFunc(plan.Changes, func(a, b Change) int { return cmp.Compare(a.Address, b.Address) })

	// Replace paths are only in the saved plan. Reading it costs as much as a plan, above all with a large provider.
	if slices.ContainsFunc(plan.Changes, func(c Change) bool { return c.Action == Replace }) {
		saved, err := r.ShowPlan(ctx, file)
		if err != nil {
			return Plan{}, err
		}
		plan.addReplacePaths(saved)
	}
	return plan, nil
}

// planFile makes the file that terraform writes the plan to, so that it has its permissions from the start.
func (r *Root) planFile(out string) (file string, temporary bool, err error) {
	if out == "" {
		f, err := os.CreateTemp(r.dataDir, "plan-*")
		if err != nil {
			return "", false, fmt.Errorf("make a file for the plan: %w", err)
		}
		return f.Name(), true, f.Close()
	}
	file, err = filepath.Abs(out)
	if err != nil {
		return "", false, fmt.Errorf("locate the plan: %w", err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return "", false, fmt.Errorf("make a file for the plan: %w", err)
	}
	// The file may have been there with other permissions.
	if err := os.Chmod(file, 0o600); err != nil {
		return "", false, fmt.Errorf("make the plan private: %w", err)
	}
	return file, false, nil
}

// read collects the messages of a plan.
func (p *Plan) read(m message) {
	switch m.Type {
	case "planned_change":
		p.Changes = append(p.Changes, Change{
			Address:      m.Change.Resource.Address,
			Module:       m.Change.Resource.Module,
			ResourceType: m.Change.Resource.Type,
			Action:       m.Change.Action,
			Reason:       m.Change.Reason,
			ImportID:     m.Change.Importing.ID,
		})
	case string(ChangeSummary):
		p.Summary = m.Summary
	case string(Diagnostic):
		if m.Diagnostic.Severity == tfjson.DiagnosticSeverityWarning {
			p.Warnings = append(p.Warnings, m.Diagnostic)
		}
	}
}

// PlanOf reads the changes of resources out of a saved plan.
func PlanOf(saved *tfjson.Plan) Plan {
	var p Plan
	for _, change := range saved.ResourceChanges {
		did := change.Change.Actions
		c := Change{Address: change.Address, Module: change.ModuleAddress, ResourceType: change.Type}
		switch {
		case did.Replace():
			c.Action = Replace
			p.Summary.Add++
			p.Summary.Remove++
		case did.Create():
			c.Action = Create
			p.Summary.Add++
		case did.Update():
			c.Action = Update
			p.Summary.Change++
		case did.Delete():
			c.Action = Delete
			p.Summary.Remove++
		default:
			continue
		}
		p.Changes = append(p.Changes, c)
	}
	p.HasChanges = len(p.Changes) > 0 || slices.ContainsFunc(slices.Collect(maps.Values(saved.OutputChanges)), func(c *tfjson.Change) bool { return !c.Actions.NoOp() })
	p.addReplacePaths(saved)
	return p
}

func (p *Plan) addReplacePaths(saved *tfjson.Plan) {
	paths := make(map[string][]string)
	for _, change := range saved.ResourceChanges {
		for _, path := range change.Change.ReplacePaths {
			paths[change.Address] = append(paths[change.Address], AttributePath(path))
		}
	}
	for i, change := range p.Changes {
		if change.Action == Replace {
			p.Changes[i].ReplacePaths = paths[change.Address]
		}
	}
}

// AttributePath writes a path of the plan's JSON, a list of names and indices, as HCL does.
func AttributePath(path any) string {
	steps, ok := path.([]any)
	if !ok {
		return fmt.Sprint(path)
	}
	var text strings.Builder
	for _, step := range steps {
		name, isName := step.(string)
		switch {
		case !isName:
			fmt.Fprintf(&text, "[%v]", step)
		case text.Len() > 0:
			text.WriteString("." + name)
		default:
			text.WriteString(name)
		}
	}
	return text.String()
}

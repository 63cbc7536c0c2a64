package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sendform/generator/environment"
	"sendform/generator/render"
	"sendform/generator/terraform"
)

// receipt is what is written beside a plan that somebody is to review: by it an apply
// knows that nothing has changed since.
type receipt struct {
	Schema   string            `json:"schema"`
	Target   string            `json:"target"` // environment/region
	Made     time.Time         `json:"made"`
	LockDown bool              `json:"lock_down"`
	Release  string            `json:"release"`
	Commit   string            `json:"commit"`
	Plan     string            `json:"plan"` // SHA-256, as all that follow
	Files    map[string]string `json:"files"`
	Packages map[string]string `json:"packages"` // by name
}

const receiptSchema = "sendform.receipt/1"

// receiptOf is where the receipt of a plan is.
func receiptOf(planFile string) string { return planFile + ".receipt.json" }

// SavePlan plans, and saves the plan with a receipt for [Deployment.DeployPlan]. The
// packages must be built.
func (d *Deployment) SavePlan(ctx context.Context, file string) (Plan, error) {
	plan, err := d.Plan(ctx, file, false)
	if err != nil {
		return Plan{}, err
	}
	r, err := d.receipt(file)
	if err != nil {
		return Plan{}, err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return Plan{}, fmt.Errorf("write the receipt of the plan: %w", err)
	}
	if err := os.WriteFile(receiptOf(file), append(text, '\n'), 0o600); err != nil {
		return Plan{}, fmt.Errorf("write the receipt of the plan: %w", err)
	}
	return plan, nil
}

func (d *Deployment) receipt(planFile string) (receipt, error) {
	t := d.cfg.Target
	r := receipt{
		Schema: receiptSchema, Target: t.Key(), Made: time.Now().UTC().Truncate(time.Second), LockDown: t.LockDown, Release: t.Version.Release, Commit: t.Version.Commit,
		Files: map[string]string{}, Packages: map[string]string{},
	}
	var err error
	if r.Plan, err = hashOf(planFile); err != nil {
		return r, err
	}
	for name, p := range d.packages {
		r.Packages[name] = p.Hex
	}
	for _, folder := range []string{render.ModulesFolder, render.RootFolder(t)} {
		err := fs.WalkDir(os.DirFS(d.cfg.Repository), folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".tf") {
				return err
			}
			r.Files[path], err = hashOf(filepath.Join(d.cfg.Repository, filepath.FromSlash(path)))
			return err
		})
		if err != nil {
			return r, fmt.Errorf("read the HCL of the plan: %w", err)
		}
	}
	return r, nil
}

func hashOf(file string) (string, error) {
	content, err := os.ReadFile(file)
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), err
}

// DeployPlan applies a plan of [Deployment.SavePlan] as it was reviewed, and verifies
// the target. A plan is refused when something that it was made from has changed since:
// the HCL, a package, or the state, which Terraform itself looks at.
func (d *Deployment) DeployPlan(ctx context.Context, file string) error {
	var plan Plan
	steps := []step{
		{name: "build", do: d.build},
		{name: "check the plan", do: func(ctx context.Context) (string, error) {
			made, err := d.checkReceipt(file)
			if err != nil {
				return "", err
			}
			if err := d.root.Init(ctx); err != nil {
				return "", err
			}
			saved, err := d.root.ShowPlan(ctx, file)
			if err != nil {
				return "", err
			}
			plan = terraform.PlanOf(saved)
			return "made " + made.Format(time.RFC3339) + ", and nothing has changed since", nil
		}},
		{name: "apply", do: func(ctx context.Context) (string, error) { return changesOf(plan).String(), d.Apply(ctx, file, plan) }},
		{name: "verify", do: d.verify},
	}
	if d.cfg.Target.LockDown {
		steps = append(steps, step{name: "lock down", do: d.tryLockDown})
	}
	return d.change(ctx, "apply", steps)
}

// checkReceipt compares what a plan was made from with what is here now.
func (d *Deployment) checkReceipt(file string) (made time.Time, err error) {
	again := fmt.Sprintf("make a new plan: sendform plan %s --region %s --out %s", d.cfg.Target.Environment, d.cfg.Target.Region, file)
	text, err := os.ReadFile(receiptOf(file))
	if errors.Is(err, fs.ErrNotExist) {
		return made, fmt.Errorf("%s has no receipt %s, so nobody knows what it was made from; %s", file, receiptOf(file), again)
	}
	var then receipt
	if err == nil {
		err = json.Unmarshal(text, &then)
	}
	if err == nil && then.Schema != receiptSchema {
		err = fmt.Errorf("its schema is %q, not %s", then.Schema, receiptSchema)
	}
	if err != nil {
		return made, fmt.Errorf("read the receipt of the plan: %w; %s", err, again)
	}
	if then.Target != d.cfg.Target.Key() {
		return made, fmt.Errorf("%s is a plan for %s, not for %s", file, then.Target, d.cfg.Target.Key())
	}
	now, err := d.receipt(file)
	if err != nil {
		return made, err
	}
	var changed []string
	if now.Plan != then.Plan {
		changed = append(changed, "the plan itself")
	}
	changed = append(changed, differing(then.Files, now.Files)...)
	for _, name := range differing(then.Packages, now.Packages) {
		changed = append(changed, "package "+name)
	}
	if len(changed) > 0 {
		return made, fmt.Errorf("the plan was made %s, and this has changed since: %s; %s", then.Made.Format(time.RFC3339), strings.Join(changed, ", "), again)
	}
	d.SetLockDown(then.LockDown)
	d.SetVersion(environment.Version{Release: then.Release, Commit: then.Commit})
	return then.Made, nil
}

// differing are the names whose values are not the same in both, sorted.
func differing(a, b map[string]string) []string {
	names := map[string]bool{}
	for name := range a {
		names[name] = a[name] != b[name]
	}
	for name := range b {
		names[name] = a[name] != b[name]
	}
	maps.DeleteFunc(names, func(_ string, differs bool) bool { return !differs })
	return slices.Sorted(maps.Keys(names))
}

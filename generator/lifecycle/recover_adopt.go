package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"

	"sendform/generator/terraform"
)

// The mark is an object beside the state: it says that something is being changed, and
// goes when that has gone well. The next run that finds it looks for what stands in AWS
// and is missing from the state; without it that would cost a look at every name.

// markKey is where the mark is in the state bucket.
func (d *Deployment) markKey() *string { return aws.String(d.cfg.Target.Key() + ".unfinished") }

func (d *Deployment) mark(ctx context.Context) error {
	text, err := json.Marshal(map[string]any{"since": time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return fmt.Errorf("encode the mark of an unfinished run: %w", err)
	}
	_, err = d.observer.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &d.cfg.Target.StateBucket, Key: d.markKey(), Body: strings.NewReader(string(text)),
	})
	if err != nil {
		return fmt.Errorf("mark the run as unfinished: %w", err)
	}
	return nil
}

// finish takes the mark away. A run on some components alone leaves the mark that an
// earlier one has set: what that one made may belong to others.
func (d *Deployment) finish(ctx context.Context) error {
	if d.unfinished && len(d.only) > 0 {
		return nil
	}
	_, err := d.observer.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &d.cfg.Target.StateBucket, Key: d.markKey()})
	if err != nil {
		return fmt.Errorf("mark the run as finished: %w", err)
	}
	return nil
}

func (d *Deployment) marked(ctx context.Context) (bool, error) {
	_, err := d.observer.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &d.cfg.Target.StateBucket, Key: d.markKey()})
	if isGone(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask whether the last run was finished: %w", err)
	}
	return true, nil
}

// orphan is something that stands in AWS and that a plan would make, because the state
// does not have it.
type orphan struct {
	address      string
	id           string // as an import block wants it
	resourceType string
}

// orphans looks in AWS for everything that a saved plan creates.
func (d *Deployment) orphans(ctx context.Context, root *terraform.Root, planFile string) ([]orphan, error) {
	saved, err := root.ShowPlan(ctx, planFile)
	if err != nil {
		return nil, err
	}
	var created []*tfjson.ResourceChange
	for _, c := range saved.ResourceChanges {
		after, _ := c.Change.After.(map[string]any)
		if c.Mode == tfjson.ManagedResourceMode && c.Change.Actions.Create() && planned(after).adoptable(c.Type) {
			created = append(created, c)
		}
	}
	found := make([]orphan, len(created))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(10)
	for i, c := range created {
		group.Go(func() error {
			after, _ := c.Change.After.(map[string]any)
			id, err := d.identify(ctx, c.Type, after)
			if nothingStands(err) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("look for %s in AWS: %w", c.Address, err)
			}
			found[i] = orphan{c.Address, id, c.Type}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(o orphan) bool { return o.id == "" }), nil
}

// planAdopting plans, and adopts what stands and would be created. Under some names can
// be looked only when something else is adopted, so it is done until nothing is found.
func (d *Deployment) planAdopting(ctx context.Context, m rootModule, opts terraform.PlanOptions) (terraform.Plan, error) {
	if opts.Out == "" {
		opts.Out = d.PlanFile() + "-adopt"
		defer removePlan(opts.Out)
	}
	plan, err := d.planLocking(ctx, m.root, opts)
	if err != nil {
		return plan, err
	}
	var adopted []orphan
	for creates(plan) {
		found, err := d.orphans(ctx, m.root, opts.Out)
		if err != nil {
			return terraform.Plan{}, err
		}
		if len(found) == 0 {
			break
		}
		adopted = append(adopted, found...)
		plan, err = d.planWithImports(ctx, m, adopted, opts)
		if err != nil {
			return terraform.Plan{}, err
		}
	}
	if len(adopted) > 0 {
		d.noteAdopted(adopted)
	}
	return plan, nil
}

func (d *Deployment) planWithImports(ctx context.Context, m rootModule, adopted []orphan, opts terraform.PlanOptions) (plan terraform.Plan, err error) {
	dir, remove, err := d.copyBeside(m)
	if err != nil {
		return plan, err
	}
	defer func() { err = remove(err) }()
	if err := writeImports(dir, adopted); err != nil {
		return plan, err
	}
	root, err := d.rootAt(dir, m)
	if err != nil {
		return plan, err
	}
	return d.planLocking(ctx, root, opts)
}

func (d *Deployment) planLocking(ctx context.Context, root *terraform.Root, opts terraform.PlanOptions) (plan terraform.Plan, err error) {
	err = d.locking(ctx, root, func() error {
		plan, err = root.Plan(ctx, opts)
		return err
	})
	return plan, err
}

func creates(p terraform.Plan) bool {
	return slices.ContainsFunc(p.Changes, func(c terraform.Change) bool { return c.Action == terraform.Create })
}

func (d *Deployment) noteAdopted(adopted []orphan) {
	var all []string
	for _, o := range adopted {
		all = append(all, o.address)
	}
	d.note("the last run did not finish; what it made and Terraform's state lacks is adopted: %s", strings.Join(all, ", "))
}

// adoptForDelete brings into the state what stands in AWS, so that a destruction finds
// it. A plan to destroy does not look at import blocks, so they are applied before, on
// a copy of the modules in which no change is made: what is to be deleted need not be
// made right.
func (d *Deployment) adoptForDelete(ctx context.Context, variables map[string]string) error {
	file := d.PlanFile() + "-adopt"
	defer removePlan(file)
	m := d.mainModule()
	for {
		plan, err := d.planLocking(ctx, m.root, terraform.PlanOptions{Out: file, Vars: variables, Targets: d.modules(true)})
		if err != nil {
			return err
		}
		if !creates(plan) {
			return nil
		}
		found, err := d.orphans(ctx, m.root, file)
		if err != nil || len(found) == 0 {
			return err
		}
		if err := d.importUnchanged(ctx, m, found, file); err != nil {
			return err
		}
		d.noteAdopted(found)
	}
}

// importUnchanged applies import blocks and nothing else.
func (d *Deployment) importUnchanged(ctx context.Context, m rootModule, found []orphan, file string) (err error) {
	dir, remove, err := d.copyUnchanging(m)
	if err != nil {
		return err
	}
	defer func() { err = remove(err) }()
	if err := writeImports(dir, found); err != nil {
		return err
	}
	root, err := d.rootAt(dir, m)
	if err != nil {
		return err
	}
	variables, err := d.variablesIn(dir)
	if err != nil {
		return err
	}
	options := terraform.PlanOptions{Out: file, Vars: variables}
	for _, o := range found {
		options.Targets = append(options.Targets, o.address)
	}
	if _, err := d.planLocking(ctx, root, options); err != nil {
		return err
	}
	m.root = root
	return d.applyLocking(ctx, m, file, func(terraform.Event) {})
}

func (d *Deployment) applyLocking(ctx context.Context, m rootModule, planFile string, receive func(terraform.Event)) error {
	err := d.locking(ctx, m.root, func() error { return m.root.ApplyPlan(ctx, planFile, receive) })
	if err != nil {
		removeEmergencyState(filepath.Join(d.cfg.Repository, filepath.FromSlash(m.folder)))
	}
	return err
}

// removeEmergencyState removes the copy of the state that Terraform leaves in a root
// module when it could not write to the backend. What is only there is adopted.
func removeEmergencyState(dir string) { _ = os.Remove(filepath.Join(dir, "errored.tfstate")) }

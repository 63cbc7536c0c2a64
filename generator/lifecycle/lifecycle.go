// Package lifecycle takes a target through its life: create, exists, verify,
// accept, delete, verify deleted. It is the one room that sees both Terraform and
// AWS: Terraform changes things, and AWS itself is asked whether they are right.
//
// It must not know where it works: the local cloud and AWS are the same to it. It
// writes to no terminal; it tells what happens as [Event] values.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/packaging"
	"sendform/generator/render"
	"sendform/generator/terraform"
)

// Config says what is deployed, and by which means.
type Config struct {
	Target     environment.Target
	Repository string // folder that has envs, modules and out
	// Work is an absolute folder for Terraform's data, plans and built programs.
	Work string
	// Packages is where packages are built, absolute; the rendered HCL expects them
	// in render.PackagesFolder.
	Packages string
	// Machine is what functions run on; the zero value is Lambda's own.
	Machine   Machine
	Terraform terraform.Executable
	// Secrets are the values of the target's secrets by their labels. They are needed
	// to plan and to apply, not to delete.
	Secrets map[string]string
	// Environ is what Terraform and acceptance programs get to reach AWS.
	Environ map[string]string
	// Provider serves a provider in-process for the root module in a folder; nil
	// uses the registry's.
	Provider func(dir string) terraform.Reattach
	AWS      aws.Config
	HTTP     *http.Client
	// Patience is how long an endpoint may take until it answers as wanted: on AWS
	// permissions and URLs take effect after some seconds.
	Patience time.Duration
	Tell     func(Event)
}

// Machine is an operating system and an architecture in Go's terms.
type Machine struct{ GOOS, GOARCH string }

// Deployment is one target with the means to change and to ask it.
type Deployment struct {
	cfg        Config
	components []components.Component
	bootstrap  []components.Component // the state first
	root       *terraform.Root
	stateRoot  *terraform.Root
	observer   observer
	packages   map[string]packaging.Package // by name, once built
	owner      ownership
	breakLock  string               // id of a lock that is released whoever has it
	unfinished bool                 // what the last plan has found of an earlier run
	only       []components.Address // all if there are none
	asWritten  bool                 // whether the target's file locks it down
	versioned  bool                 // whether it is known which version is deployed
}

// New prepares a deployment. Nothing is changed or asked yet.
func New(cfg Config) (*Deployment, error) {
	cfg.Tell = oneByOne(cfg.Tell)
	d := &Deployment{
		cfg:        cfg,
		components: components.Of(cfg.Target),
		asWritten:  cfg.Target.LockDown,
		bootstrap:  components.Bootstrap(cfg.Target),
		observer:   newObserver(cfg.AWS, cfg.HTTP, cfg.Patience),
		owner:      ownership{path: filepath.Join(cfg.Work, "owner.json")},
	}
	var err error
	if d.root, err = d.terraformRoot(render.RootFolder(cfg.Target), "terraform", ephemeral(cfg)); err != nil {
		return nil, err
	}
	if d.stateRoot, err = d.terraformRoot(render.StateFolder(cfg.Target), "terraform-state", nil); err != nil {
		return nil, err
	}
	return d, nil
}

// ephemeral are the values of the root module's ephemeral variables. A secret that
// was not handed over is empty there: a destroy wants the variable, not the value.
func ephemeral(cfg Config) map[string]any {
	if len(cfg.Target.Secrets) == 0 {
		return nil
	}
	values := map[string]string{}
	for _, s := range cfg.Target.Secrets {
		values[s.Label] = cfg.Secrets[s.Label]
	}
	return map[string]any{render.SecretsVariable: values}
}

func (d *Deployment) terraformRoot(folder, data string, ephemeral map[string]any) (*terraform.Root, error) {
	dir := filepath.Join(d.cfg.Repository, filepath.FromSlash(folder))
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("there is no root module %s: run `make gen ENV=%s` first (%w)", folder, d.cfg.Target.Environment, err)
	}
	return d.newRoot(dir, data, ephemeral)
}

func (d *Deployment) newRoot(dir, data string, ephemeral map[string]any) (*terraform.Root, error) {
	cfg := terraform.Config{
		Executable: d.cfg.Terraform,
		Dir:        dir,
		DataDir:    filepath.Join(d.cfg.Work, data),
		Environ:    d.cfg.Environ,
		Ephemeral:  ephemeral,
		Warn:       func(text string) { d.cfg.Tell(Event{Kind: Note, Text: text}) },
	}
	if d.cfg.Provider != nil {
		cfg.Reattach, cfg.Isolated = d.cfg.Provider(dir), true
	}
	return terraform.New(cfg)
}

// AWS is how the deployment reaches AWS.
func (d *Deployment) AWS() aws.Config { return d.cfg.AWS }

// Build builds the packages of all functions and layers, and the acceptance
// programs.
func (d *Deployment) Build(ctx context.Context) error {
	orders := d.orders()
	built, err := packaging.BuildAll(ctx, orders)
	if err != nil {
		return err
	}
	d.packages = map[string]packaging.Package{}
	for i, o := range orders {
		if !o.Program {
			d.packages[strings.TrimSuffix(filepath.Base(o.To), ".zip")] = built[i]
		}
	}
	return nil
}

// cache is where compiled programs are kept, for all targets.
func (d *Deployment) cache() string { return filepath.Join(d.cfg.Repository, ".sendform", "build") }

// orders are what is built: the packages, then the acceptance programs.
func (d *Deployment) orders() []packaging.Order {
	var all []packaging.Order
	folder := func(path string) string { return filepath.Join(d.cfg.Repository, filepath.FromSlash(path)) }
	zip := func(name string) string { return filepath.Join(d.cfg.Packages, name+".zip") }
	for _, f := range d.cfg.Target.Functions {
		machine := d.cfg.Machine
		if machine == (Machine{}) {
			machine = Machine{GOOS: "linux", GOARCH: goArchitecture(f.Architecture)}
		}
		all = append(all, packaging.Order{
			For: "function." + f.Label, To: zip(f.Label),
			Source: packaging.Source{
				Dir: folder(f.Package), Runtime: f.Runtime, GOOS: machine.GOOS, GOARCH: machine.GOARCH, Cache: d.cache(),
			},
		})
	}
	for _, y := range d.cfg.Target.Layers {
		all = append(all, packaging.Order{
			For: "layer." + y.Label, To: zip(components.LayerPackage(y.Label)),
			Source: packaging.Source{Dir: folder(y.Package), Runtime: packaging.Layer, Cache: d.cache()},
		})
	}
	for _, a := range d.cfg.Target.Acceptance {
		all = append(all, packaging.Order{
			For: "acceptance." + a.Label, To: d.programFile(a), Program: true,
			Source: packaging.Source{Dir: folder(a.Package), GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Cache: d.cache()},
		})
	}
	return all
}

func goArchitecture(lambda string) string {
	if lambda == "x86_64" {
		return "amd64"
	}
	return lambda
}

// Variables are the values of the root module's variables, except secret ones. The
// path of the packages is relative to the root module; where nothing is packaged
// there is no variable for it.
func (d *Deployment) Variables() (map[string]string, error) {
	return d.variablesIn(filepath.Join(d.cfg.Repository, filepath.FromSlash(render.RootFolder(d.cfg.Target))))
}

// variablesIn are those of the root module in a folder.
func (d *Deployment) variablesIn(root string) (map[string]string, error) {
	variables := map[string]string{}
	if components.CanLockDown(d.cfg.Target) {
		variables[render.LockDownVariable] = strconv.FormatBool(d.cfg.Target.LockDown)
	}
	if len(d.cfg.Target.Functions) > 0 {
		variables[components.ReleaseVariable] = d.cfg.Target.Version.Release
		variables[components.CommitVariable] = d.cfg.Target.Version.Commit
	}
	if len(d.cfg.Target.Functions)+len(d.cfg.Target.Layers) == 0 {
		return variables, nil
	}
	relative, err := filepath.Rel(root, d.cfg.Packages)
	if err != nil {
		return nil, fmt.Errorf("locate the packages: %w", err)
	}
	variables[render.PackagesVariable] = filepath.ToSlash(relative)
	return variables, nil
}

// Plan says what Terraform would change, and saves that to the file named out
// unless it is empty. The state bucket must stand: see [Deployment.CreateState].
//
// What an unfinished run has left in AWS and not in the state is adopted by the plan;
// one to destroy adopts it before.
func (d *Deployment) Plan(ctx context.Context, out string, destroy bool) (terraform.Plan, error) {
	return d.plan(ctx, terraform.PlanOptions{Out: out, Destroy: destroy})
}

// planUnread plans a destruction by the state alone: nothing of it is read before.
func (d *Deployment) planUnread(ctx context.Context, out string) (terraform.Plan, error) {
	return d.plan(ctx, terraform.PlanOptions{Out: out, Destroy: true, Unread: true})
}

func (d *Deployment) plan(ctx context.Context, options terraform.PlanOptions) (terraform.Plan, error) {
	release, err := d.own("plan")
	if err != nil {
		return terraform.Plan{}, err
	}
	defer release()
	if err := d.findVersion(ctx); err != nil {
		return terraform.Plan{}, err
	}
	variables, err := d.Variables()
	if err != nil {
		return terraform.Plan{}, err
	}
	if err := d.root.Init(ctx); err != nil {
		return terraform.Plan{}, err
	}
	if d.unfinished, err = d.marked(ctx); err != nil {
		return terraform.Plan{}, err
	}
	options.Vars, options.Targets = variables, d.modules(options.Destroy)
	switch {
	case d.unfinished && !options.Destroy:
		return d.planAdopting(ctx, d.mainModule(), options)
	case d.unfinished:
		if err := d.adoptForDelete(ctx, variables); err != nil {
			return terraform.Plan{}, err
		}
	}
	return d.planLocking(ctx, d.root, options)
}

// Apply carries out a saved plan and tells of each component when the last of its
// changes is done. It is verified then, while others are still being made; one that
// is not right ends the apply.
func (d *Deployment) Apply(ctx context.Context, planFile string, plan terraform.Plan) error {
	release, err := d.own("apply")
	if err != nil {
		return err
	}
	defer release()
	if !onlyDeletes(plan) {
		if err := d.publishRewrites(ctx); err != nil {
			return err
		}
	}
	if !plan.HasChanges {
		return d.finish(ctx)
	}
	if err := d.mark(ctx); err != nil {
		return err
	}
	early := d.verifyEarly(ctx, plan)
	tracker := newTracker(plan, d.components, func(e Event) {
		d.cfg.Tell(e)
		early.receive(e)
	})
	err = d.applyLocking(early.ctx, d.mainModule(), planFile, tracker.receive)
	if err := early.end(ctx, err); err != nil {
		return err
	}
	if err := d.removeLeftPermissions(ctx, d.components); err != nil {
		return err
	}
	return d.finish(ctx)
}

// Create makes everything: the state bucket, then all components by one saved
// plan.
func (d *Deployment) Create(ctx context.Context) (Changes, error) {
	release, err := d.own("apply")
	if err != nil {
		return Changes{}, err
	}
	defer release()
	if err := d.CreateState(ctx); err != nil {
		return Changes{}, err
	}
	return d.planAndApply(ctx, false)
}

// Delete deletes all components but the state bucket, which keeps the history.
// With no state bucket there is nothing that Terraform could delete.
func (d *Deployment) Delete(ctx context.Context) (Changes, error) {
	release, err := d.own("destroy")
	if err != nil {
		return Changes{}, err
	}
	defer release()
	stands, err := d.StateStands(ctx)
	if err != nil || !stands {
		return Changes{}, err
	}
	return d.planAndApply(ctx, true)
}

// StateStands tells whether the state bucket is there.
func (d *Deployment) StateStands(ctx context.Context) (bool, error) {
	return d.observer.exists(ctx, d.bootstrap[0].Resources()[0], d.resolve)
}

// Changes counts what an apply did.
type Changes struct{ Added, Changed, Destroyed int }

func (c Changes) String() string {
	return fmt.Sprintf("%d resources added, %d changed, %d destroyed", c.Added, c.Changed, c.Destroyed)
}

func changesOf(p terraform.Plan) Changes {
	return Changes{Added: p.Summary.Add, Changed: p.Summary.Change, Destroyed: p.Summary.Remove}
}

func (d *Deployment) planAndApply(ctx context.Context, destroy bool) (Changes, error) {
	file := d.PlanFile()
	plan, err := d.Plan(ctx, file, destroy)
	if err != nil {
		return Changes{}, err
	}
	defer removePlan(file)
	return changesOf(plan), d.Apply(ctx, file, plan)
}

// removePlan takes a saved plan away: it holds values of the configuration, and
// does not outlive its apply. If that fails, the next plan overwrites it.
func removePlan(file string) { _ = os.Remove(file) }

// PlanIsEmpty fails when Terraform still finds something to change.
func (d *Deployment) PlanIsEmpty(ctx context.Context) error {
	plan, err := d.Plan(ctx, "", false)
	if err != nil {
		return err
	}
	if !plan.HasChanges {
		return nil
	}
	var findings Findings
	for _, c := range plan.Changes {
		findings = append(findings, Finding{
			Component: componentOf(c.Module, d.components), Resource: c.Address, Attribute: "plan",
			Wanted: "no changes", Got: string(c.Action),
		})
	}
	if len(findings) == 0 {
		return errors.New("a second plan changes outputs, though nothing was changed in between")
	}
	return findings
}

// Exists says for each component how many of its resources stand.
func (d *Deployment) Exists(ctx context.Context) ([]Existence, error) {
	all := d.chosen(slices.Concat(d.bootstrap, d.components))
	found := make([]Existence, len(all))
	group, ctx := errgroup.WithContext(ctx)
	for i, c := range all {
		resources := c.Resources()
		found[i] = Existence{Component: c.Address, Of: len(resources)}
		group.Go(func() error {
			for _, r := range resources {
				stands, err := d.observer.exists(ctx, r, d.resolve)
				if err != nil {
					return fmt.Errorf("%s: %w", c.Address, err)
				}
				if stands {
					found[i].Standing++
				}
			}
			return nil
		})
	}
	return found, group.Wait()
}

// Existence is how much of a component stands.
type Existence struct {
	Component    components.Address
	Standing, Of int
}

// Answer is yes, no or partly.
func (e Existence) Answer() string {
	switch e.Standing {
	case 0:
		return "no"
	case e.Of:
		return "yes"
	default:
		return "partly"
	}
}

// VerifyDeleted asks AWS for everything that the target is made of, and fails
// with [Findings] when something of it is left. The state bucket may stay.
func (d *Deployment) VerifyDeleted(ctx context.Context) (asked int, err error) {
	var left Findings
	for _, c := range d.chosen(d.components) {
		for _, r := range c.Resources() {
			id, err := d.nameOf(ctx, r)
			if errors.Is(err, errUnknown) {
				continue // an endpoint goes with its URL
			}
			if err != nil {
				return asked, fmt.Errorf("%s: %w", c.Address, err)
			}
			stands, err := d.observer.exists(ctx, r, d.resolve)
			if err != nil {
				return asked, fmt.Errorf("%s: %w", c.Address, err)
			}
			asked++
			resource, got := fmt.Sprintf("%s %s", r.Type, id), "no"
			if stands {
				got = "yes"
				left = append(left, Finding{Component: c.Address, Resource: resource, Attribute: "exists", Wanted: "no", Got: got})
			}
			d.cfg.Tell(Event{
				Kind: Checked, Component: c.Address, Resource: resource,
				Values: []Value{{Attribute: "exists", Wanted: "no", Got: got, OK: !stands}},
			})
		}
	}
	if len(left) > 0 {
		return asked, left
	}
	return asked, nil
}

// nameOf is what a resource is called whose existence is asked for.
func (d *Deployment) nameOf(ctx context.Context, r components.Resource) (string, error) {
	if r.Versions != "" {
		return r.Versions + "*", nil
	}
	return r.ID.Resolve(d.resolve(ctx))
}

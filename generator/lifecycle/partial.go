package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sendform/generator/components"
)

// Only restricts everything that follows to some components, named as function.user.
// A plan has what they need too, and a destruction what needs them.
// Without names it is about all again.
func (d *Deployment) Only(names ...string) error {
	var chosen []components.Address
	var known []string
	for _, c := range d.components {
		known = append(known, c.Address.String())
		if slices.Contains(names, c.Address.String()) {
			chosen = append(chosen, c.Address)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s has no component %q; it has: %s", d.cfg.Target.Key(), name, strings.Join(known, ", "))
		}
	}
	d.only = chosen
	return nil
}

// chosen leaves out the components that nothing is to be done with.
func (d *Deployment) chosen(all []components.Component) []components.Component {
	if len(d.only) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(c components.Component) bool { return !slices.Contains(d.only, c.Address) })
}

// modules are the addresses that a plan is restricted to; none means everything. To
// make a component, what it needs is made whole: Terraform by itself adds the resources
// that are referred to, and would make a function without its policy.
func (d *Deployment) modules(destroy bool) []string {
	chosen := slices.Clone(d.only)
	for _, c := range slices.Backward(d.components) { // each comes behind what it needs
		if !destroy && slices.Contains(chosen, c.Address) {
			chosen = append(chosen, c.Needs...)
		}
	}
	var all []string
	for _, a := range chosen {
		if module := moduleOf(a); !slices.Contains(all, module) {
			all = append(all, module)
		}
	}
	return all
}

// DeployStepwise makes the target a component at a time, in order, each verified
// before the next one is begun. approve is asked before each that has changes; its
// error ends the run, with what was made before.
func (d *Deployment) DeployStepwise(ctx context.Context, approve func(components.Address, Plan) error) error {
	steps := []step{
		{name: "build", do: d.build},
		{name: "state", do: d.createState},
	}
	for _, c := range d.components {
		steps = append(steps, step{name: "create " + c.Address.String(), do: func(ctx context.Context) (string, error) {
			text, err := d.alone(ctx, c.Address, false, approve)
			if err != nil {
				return "", err
			}
			compared, err := d.Verify(ctx)
			return fmt.Sprintf("%s, %d values are right", text, compared), err
		}})
	}
	return d.change(ctx, "apply", append(steps, step{name: "verify", do: d.asWhole(d.verify)}))
}

// UndeployStepwise deletes the target a component at a time, in reverse order, and
// verifies of each that it is gone.
func (d *Deployment) UndeployStepwise(ctx context.Context, approve func(components.Address, Plan) error) error {
	steps := []step{{name: "build", do: d.build}}
	for _, c := range slices.Backward(d.components) {
		steps = append(steps, step{name: "delete " + c.Address.String(), do: func(ctx context.Context) (string, error) {
			text, err := d.alone(ctx, c.Address, true, approve)
			if err != nil {
				return "", err
			}
			_, err = d.VerifyDeleted(ctx)
			return text, err
		}})
	}
	return d.change(ctx, "destroy", append(steps, step{name: "verify deleted", do: d.asWhole(d.verifyNothingLeft)}))
}

// alone plans and applies one component.
func (d *Deployment) alone(ctx context.Context, a components.Address, destroy bool, approve func(components.Address, Plan) error) (string, error) {
	if err := d.Only(a.String()); err != nil {
		return "", err
	}
	file := d.PlanFile()
	defer removePlan(file)
	plan, err := d.Plan(ctx, file, destroy)
	if err != nil {
		return "", err
	}
	if !plan.HasChanges {
		return "nothing to do", nil
	}
	if err := approve(a, plan); err != nil {
		return "", err
	}
	return changesOf(plan).String(), d.Apply(ctx, file, plan)
}

// asWhole does something with all components again.
func (d *Deployment) asWhole(do func(context.Context) (string, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if err := d.Only(); err != nil {
			return "", err
		}
		text, err := do(ctx)
		if err != nil {
			return text, err
		}
		return text, d.finish(ctx)
	}
}

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"sendform/generator/components"
)

// Verify asks AWS for every resource of every component, compares attribute by
// attribute, and fails with [Findings] on any difference. It returns how many
// values it compared.
func (d *Deployment) Verify(ctx context.Context) (compared int, err error) {
	if err := d.findVersion(ctx); err != nil {
		return 0, err
	}
	all := d.chosen(slices.Concat(d.bootstrap, d.components))
	results := make([]verification, len(all))
	group, ctx := errgroup.WithContext(ctx)
	for i, c := range all {
		group.Go(func() error {
			v, err := d.verifyComponent(ctx, c)
			if err != nil {
				return fmt.Errorf("verify %s: %w", c.Address, err)
			}
			for _, e := range v.checked {
				d.cfg.Tell(e)
			}
			results[i] = v
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	var findings Findings
	for _, r := range results {
		compared += r.compared
		findings = append(findings, r.findings...)
	}
	if len(findings) > 0 {
		return compared, findings
	}
	d.tellVersion()
	return compared, nil
}

// VerifySettings verifies the target by reading alone.
func (d *Deployment) VerifySettings(ctx context.Context) error {
	return d.run(ctx, []step{{name: "build", do: d.build}, {name: "verify", do: func(ctx context.Context) (string, error) {
		compared, err := d.Verify(ctx)
		return fmt.Sprintf("%d values in AWS are right", compared), err
	}}})
}

type verification struct {
	compared int
	findings Findings
	checked  []Event // one for each resource
}

func (d *Deployment) verifyComponent(ctx context.Context, c components.Component) (verification, error) {
	var v verification
	for _, r := range c.Resources() {
		checked := func(resource string, values ...Value) {
			v.compared += len(values)
			for _, x := range values {
				if x.wrong() {
					v.findings = append(v.findings, Finding{c.Address, resource, x.Attribute, x.Wanted, x.Got})
				}
			}
			v.checked = append(v.checked, Event{Kind: Checked, Component: c.Address, Resource: resource, Values: values})
		}
		lookup := d.resolve(ctx)
		id, err := r.ID.Resolve(lookup)
		if errors.Is(err, errUnknown) {
			checked(fmt.Sprintf("%s %s", r.Type, r.ID), Value{Attribute: "exists", Wanted: "yes", Got: "no: " + err.Error()})
			continue
		}
		if err != nil {
			return v, err
		}
		resource := fmt.Sprintf("%s %s", r.Type, id)
		want, err := resolved(r.Want, lookup)
		if errors.Is(err, errUnknown) {
			checked(resource, Value{Attribute: "references", Wanted: "known", Got: err.Error()})
			continue
		}
		if err != nil {
			return v, err
		}
		got, stands, err := d.observer.observe(ctx, r.Type, id, want)
		if err != nil {
			return v, err
		}
		if !stands {
			checked(resource, Value{Attribute: "exists", Wanted: "yes", Got: "no"})
			continue
		}
		checked(resource, compare(want, got)...)
	}
	return v, nil
}

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// errUnknown says that what a reference leads to is not there, so that AWS knows no
// address or id of it.
var errUnknown = errors.New("it is not there")

// resolve answers references with what is true outside of Terraform: what was
// built here, and what AWS says.
func (d *Deployment) resolve(ctx context.Context) func(environment.Ref) (string, error) {
	return func(ref environment.Ref) (string, error) {
		t := d.cfg.Target
		switch at := components.AddressOf(ref); at.Kind {
		case components.PackageKind:
			return d.packageAttribute(ref)
		case components.FunctionKind:
			if i := slices.IndexFunc(t.Functions, func(f environment.Function) bool { return f.Label == at.Name }); i >= 0 && ref.Attribute == "url" {
				return d.observer.functionURL(ctx, t.Functions[i].Name, t.Functions[i].Alias())
			}
		case components.LayerKind:
			if i := slices.IndexFunc(t.Layers, func(y environment.Layer) bool { return y.Label == at.Name }); i >= 0 && ref.Attribute == "arn" {
				return d.observer.layerVersion(ctx, t.Layers[i].Name)
			}
		case components.CDNKind:
			if i := slices.IndexFunc(t.Distributions, func(x environment.Distribution) bool { return x.Label == at.Name }); i >= 0 {
				return d.observer.distributionAttribute(ctx, t.Distributions[i], ref.Attribute)
			}
		}
		return "", fmt.Errorf("nothing is known of %s", ref)
	}
}

func (d *Deployment) packageAttribute(ref environment.Ref) (string, error) {
	p, built := d.packages[ref.Name]
	if !built {
		return "", fmt.Errorf("the package %s is not built", ref.Name)
	}
	switch ref.Attribute {
	case "sha256":
		return p.SHA256, nil
	case "key":
		return components.PackageKey(ref.Name, p.Hex), nil
	default:
		return "", fmt.Errorf("nothing is known of %s", ref)
	}
}

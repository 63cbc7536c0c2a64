package components

import "sendform/generator/environment"

// LayerInputs are the variables of the layer module.
type LayerInputs struct {
	Name          string            `tf:"name" doc:"Name of the layer." check:"can(regex(\"^[A-Za-z0-9_-]{1,64}$\", var.name))" says:"1 to 64 letters, digits, - and _."`
	PackageBucket environment.Value `tf:"package_bucket" doc:"Bucket of the package."`
	PackageKey    environment.Value `tf:"package_key" doc:"Key of the package."`
	PackageSHA256 environment.Value `tf:"package_sha256" doc:"SHA-256 of the package, in Base64; a change makes another version."`
	Runtimes      []string          `tf:"runtimes" doc:"Lambda runtimes that may use it." check:"length(var.runtimes) > 0" says:"At least one runtime."`
}

func layerKind() Kind {
	return Kind{
		Name:     LayerKind,
		About:    "A version of a Lambda layer: libraries that functions share.",
		Services: []string{"lambda"},
		Inputs:   LayerInputs{},
		Outputs:  []string{"arn"},
	}
}

func layers(t environment.Target) []Component { return each(t.Layers, t, layer) }

func layer(y environment.Layer, _ environment.Target) Component {
	pkg := Address{ArtifactKind, LayerPackage(y.Label)}
	return Component{
		Address: Address{LayerKind, y.Label},
		Needs:   []Address{pkg},
		Inputs: LayerInputs{
			Name:          y.Name,
			PackageBucket: environment.Reference(pkg.Kind, pkg.Name, "bucket"),
			PackageKey:    environment.Reference(pkg.Kind, pkg.Name, "key"),
			PackageSHA256: environment.Reference(pkg.Kind, pkg.Name, "sha256"),
			Runtimes:      y.Runtimes,
		},
		Resources: func() []Resource {
			return []Resource{{
				Type: LayerResource, ID: environment.Literal(y.Name),
				Want: map[string]any{
					"code_sha256": environment.Reference(PackageKind, pkg.Name, "sha256"),
					"runtimes":    y.Runtimes,
					// What nobody asks for must be as Lambda makes it.
					"architectures": []string{}, "description": "", "policy": nil,
				},
			}}
		},
	}
}

// LayerPackage is the name of a layer's package. Labels have no underscore, so that
// no function's package has the same.
func LayerPackage(label string) string { return "layer_" + label }

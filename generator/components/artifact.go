package components

import "sendform/generator/environment"

// ArtifactInputs are the variables of the artifact module.
type ArtifactInputs struct {
	Bucket  string            `tf:"bucket" doc:"Name of the bucket that packages are uploaded to."`
	Name    string            `tf:"name" doc:"What the package is for; part of its key."`
	Package environment.Value `tf:"package" doc:"Path of the built package, relative to the root module."`
}

func artifactKind() Kind {
	return Kind{
		Name:    ArtifactKind,
		About:   "The package of a function or a layer in S3, under a key made of its content: other code is another key.",
		Inputs:  ArtifactInputs{},
		Outputs: []string{"bucket", "key", "sha256"},
	}
}

func artifacts(t environment.Target) []Component {
	var names []string
	for _, f := range t.Functions {
		names = append(names, f.Label)
	}
	for _, y := range t.Layers {
		names = append(names, LayerPackage(y.Label))
	}
	return each(names, t, artifact)
}

// artifact is the package called name, which is the label of a function or stands
// for a layer.
func artifact(name string, t environment.Target) Component {
	bucket := t.Bucket(t.Artifacts).Name
	key := environment.Reference(PackageKind, name, "key")
	return Component{
		Address: Address{ArtifactKind, name},
		Needs:   []Address{{StorageKind, t.Artifacts}},
		Inputs: ArtifactInputs{
			Bucket:  bucket,
			Name:    name,
			Package: environment.Reference(PackageKind, name, "path"),
		},
		Resources: func() []Resource {
			return []Resource{{
				Type: ObjectResource,
				ID:   environment.Value{Parts: append(environment.Literal(bucket+"/").Parts, key.Parts...)},
				Want: map[string]any{"sha256": environment.Reference(PackageKind, name, "sha256"), "encryption": "AES256", "tags": tags(t)},

				Versions: bucket + "/" + packageKeys(name),
			}}
		},
	}
}

// PackageKey is the key that the artifact module gives a package whose bytes have
// this SHA-256 in hexadecimal.
func PackageKey(name, sha256Hex string) string { return packageKeys(name) + sha256Hex + ".zip" }

func packageKeys(name string) string { return "packages/" + name + "/" }

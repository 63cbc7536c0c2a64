// Package components says what an environment is made of: for each component the
// inputs of its module, what it needs first, and what AWS must answer when it is
// right.
//
// It reads the typed model and nothing else: it must not know Terraform, AWS
// clients, files or output.
package components

import (
	"cmp"
	"slices"

	"sendform/generator/environment"
)

// Address names a component, for example function.user.
type Address struct{ Kind, Name string }

func (a Address) String() string { return a.Kind + "." + a.Name }

// Component is one part of a target that is created, verified and deleted as a
// whole.
type Component struct {
	Address Address
	// Needs lists what must stand before it.
	Needs []Address
	// Inputs is the struct of its module's variables: one of the …Inputs types.
	Inputs any
	// Resources is what must stand in AWS, and how.
	Resources []Resource
}

// Resource is one thing in AWS that can be asked for by its id.
type Resource struct {
	Type ResourceType
	// ID is what the type's owner calls it: a bucket's name, bucket/key of an
	// object, a role's name, a URL.
	ID environment.Value
	// Want holds what AWS must answer, by attribute. A value is a string, bool, int,
	// environment.Value, []string, or a map[string]any of such; a map must match
	// whole, so that what nobody asked for is found too. Nil is "not configured".
	Want map[string]any
}

// ResourceType is a kind of thing in AWS.
type ResourceType string

// The types of resources that components are made of.
const (
	BucketResource      ResourceType = "bucket"
	ObjectResource      ResourceType = "object"
	RoleResource        ResourceType = "role"
	LogGroupResource    ResourceType = "log group"
	FunctionResource    ResourceType = "function"
	FunctionURLResource ResourceType = "function url"
	EndpointResource    ResourceType = "endpoint"
)

// Kind is a sort of component: a module is rendered for each.
type Kind struct {
	Name string
	// About is a sentence on what the module makes.
	About string
	// Inputs is an empty value of the kind's …Inputs type.
	Inputs any
	// Outputs lists the attributes that other components may refer to.
	Outputs []string
}

// The kinds' names.
const (
	StateKind    = "state"
	IdentityKind = "identity"
	StorageKind  = "storage"
	ArtifactKind = "artifact"
	FunctionKind = "function"
	// PackageKind is no component: a reference of this kind is to what was built on
	// the machine that deploys.
	PackageKind = "package"
)

// Kinds lists the sorts of components in the order in which they are usually
// made.
func Kinds() []Kind {
	return []Kind{stateKind(), identityKind(), storageKind(), artifactKind(), functionKind()}
}

// State is the component that holds the target's Terraform state. It stands
// before everything else and in a root module of its own.
func State(t environment.Target) Component { return state(t) }

// Of lists the components of a target, but for its state, each behind what it
// needs. The order is the same at every call.
func Of(t environment.Target) []Component {
	var all []Component
	for _, b := range t.Buckets {
		all = append(all, storage(b, t))
	}
	for _, f := range t.Functions {
		all = append(all, identity(f, t), artifact(f, t), function(f, t))
	}
	return inOrder(all)
}

// inOrder sorts components so that each comes behind what it needs, and by
// address among those that could come at the same time.
func inOrder(all []Component) []Component {
	slices.SortFunc(all, func(a, b Component) int {
		return cmp.Or(cmp.Compare(a.Address.Kind, b.Address.Kind), cmp.Compare(a.Address.Name, b.Address.Name))
	})
	placed := map[Address]bool{}
	var ordered []Component
	for len(ordered) < len(all) {
		before := len(ordered)
		for _, c := range all {
			ready := !placed[c.Address] && !slices.ContainsFunc(c.Needs, func(n Address) bool { return !placed[n] })
			if ready {
				ordered = append(ordered, c)
				placed[c.Address] = true
			}
		}
		if len(ordered) == before {
			return all // a cycle: loading an environment has refused it already
		}
	}
	return ordered
}

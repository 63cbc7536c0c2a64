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
	"strings"

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
	// Resources lists what must stand in AWS, and how. It and Attempts are functions
	// because rendering, which is done most often, has no use for them.
	Resources func() []Resource
	// Attempts lists what is tried once the target is locked down; nil for nothing.
	Attempts func() []Attempt
}

// Locked is an input that follows the root module's variable lock_down.
type Locked struct{}

// FromRoot is a text that follows the root module's variable of this name.
type FromRoot string

// Resource is one thing in AWS that can be asked for by its id.
type Resource struct {
	Type ResourceType
	// ID is what the type's owner calls it: a bucket's name, bucket/key of an
	// object, a role's name, a URL.
	ID environment.Value
	// Want holds what AWS must answer, by attribute. A value is a string, bool, int,
	// environment.Value, []string, []any of texts and environment.Values, or a
	// map[string]any of such; a map must match whole, so that what nobody asked for is
	// found too. The order of a list does not count. Nil is "not configured".
	Want map[string]any
	// Versions is what the names of all its versions begin with, for a thing that has
	// another name with each content. It stands when any of them does.
	Versions string
	// Statements are those of a policy that the component adds, where it is not the only
	// one: its part stands when any of them does.
	Statements []string
}

// ResourceType is a kind of thing in AWS.
type ResourceType string

// The types of resources that components are made of.
const (
	BucketResource         ResourceType = "bucket"
	BucketPolicyResource   ResourceType = "bucket policy"
	ObjectResource         ResourceType = "object"
	RoleResource           ResourceType = "role"
	LogGroupResource       ResourceType = "log group"
	LayerResource          ResourceType = "layer"
	FunctionResource       ResourceType = "function"
	AliasResource          ResourceType = "alias"           // function:alias
	FunctionURLResource    ResourceType = "function url"    // function, or function:alias
	FunctionPolicyResource ResourceType = "function policy" // function, or function:alias
	EndpointResource       ResourceType = "endpoint"
	ParameterResource      ResourceType = "parameter"
	SecretResource         ResourceType = "secret"
	DistributionResource   ResourceType = "distribution" // its comment
	OIDCProviderResource   ResourceType = "oidc provider"
)

// Kind is a sort of component: a module is rendered for each.
type Kind struct {
	Name string
	// About is a sentence on what the module makes.
	About string
	// Services are AWS's names of the services whose resources the module has, as
	// scanners' rules have them: s3 in aws-s3-enable-versioning.
	Services []string
	// Inputs is an empty value of the kind's …Inputs type.
	Inputs any
	// Outputs lists the attributes that other components may refer to.
	Outputs []string
}

// The kinds' names.
const (
	StateKind     = "state"
	IdentityKind  = "identity"
	StorageKind   = "storage"
	ArtifactKind  = "artifact"
	LayerKind     = "layer"
	SecretKind    = "secret"
	ParameterKind = "parameter"
	FunctionKind  = "function"
	CDNKind       = "cdn"
	DeployerKind  = "deployer"
	// PackageKind is no component: a reference of this kind is to what was built on
	// the machine that deploys.
	PackageKind = "package"
	// SecretValueKind is no component: a reference of this kind is to a value that
	// whoever deploys hands over.
	SecretValueKind = "secret value"
)

// AddressOf is the component that has what a reference leads to. Environment files
// call two of them by what they are for, a bucket and a distribution; their
// components are storage and cdn.
func AddressOf(r environment.Ref) Address {
	switch r.Kind {
	case "bucket":
		return Address{StorageKind, r.Name}
	case "distribution":
		return Address{CDNKind, r.Name}
	default:
		return Address{r.Kind, r.Name}
	}
}

// needsOf lists the components that a value waits for.
func needsOf(v environment.Value) []Address {
	var needs []Address
	for _, ref := range v.Refs() {
		needs = append(needs, AddressOf(ref))
	}
	return needs
}

// part is a sort of component with what makes its components out of a target.
type part struct {
	kind Kind
	make func(environment.Target) []Component
	// bootstrap tells that it stands before everything else, see [Bootstrap].
	bootstrap bool
}

// parts is every sort of component, in the order in which they are usually made.
// Adding one is shown in docs/adding-a-component.md.
func parts() []part {
	return []part{
		{kind: stateKind(), make: states, bootstrap: true},
		{kind: deployerKind(), make: deployers, bootstrap: true},
		{kind: identityKind(), make: identities},
		{kind: storageKind(), make: storages},
		{kind: artifactKind(), make: artifacts},
		{kind: layerKind(), make: layers},
		{kind: secretKind(), make: secrets},
		{kind: parameterKind(), make: parameters},
		{kind: functionKind(), make: functions},
		{kind: cdnKind(), make: cdns},
	}
}

// Kinds lists the sorts of components.
func Kinds() []Kind {
	var kinds []Kind
	for _, p := range parts() {
		kinds = append(kinds, p.kind)
	}
	return kinds
}

// Bootstrap lists the components that stand before everything else and in a root
// module of their own: the state, and the roles of those who deploy.
func Bootstrap(t environment.Target) []Component { return of(t, true) }

// Of lists the components of a target, but for those of [Bootstrap], each behind
// what it needs. The order is the same at every call.
func Of(t environment.Target) []Component { return inOrder(of(t, false)) }

func of(t environment.Target, bootstrap bool) []Component {
	var all []Component
	for _, p := range parts() {
		if p.bootstrap == bootstrap {
			all = append(all, p.make(t)...)
		}
	}
	return all
}

// each makes a component of each item.
func each[T any](items []T, t environment.Target, make func(T, environment.Target) Component) []Component {
	all := []Component{}
	for _, item := range items {
		all = append(all, make(item, t))
	}
	return all
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

// Waivers lists the rules of scanners that do not count for a component of this
// kind: those of its block and of the whole environment, as far as they are about a
// service whose resources its module has.
func (k Kind) Waivers(a Address, t environment.Target) []environment.Waiver {
	var all []environment.Waiver
	for _, w := range t.Waivers {
		of := AddressOf(environment.Ref{Kind: w.Kind, Name: w.Name})
		// A function's block is about its role too.
		own := of == a || w.Kind == "function" && a == (Address{IdentityKind, w.Name})
		about, _, _ := strings.Cut(strings.TrimPrefix(w.Rule, "aws-"), "-")
		if (own || w.Kind == "") && slices.Contains(k.Services, about) {
			all = append(all, w)
		}
	}
	return all
}

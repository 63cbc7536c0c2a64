// Package environment is the typed model of what is deployed where: it reads the
// environment files, layers them, resolves the references between their parts,
// and reports every mistake with the place where it was made.
//
// It must not know how a component is built, rendered, deployed or verified: the
// other rooms read the [Target] values that it makes.
package environment

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Environment is one environment, such as qa, with a target for each region.
type Environment struct {
	Name    string
	Targets []Target // in the order of the file's regions
}

// Target is an environment in one region: all that is rendered, deployed and
// verified together, with one root module and one state. Every value in it is
// final: layered, interpolated and checked.
type Target struct {
	Project     string
	Environment string
	AccountID   string
	Region      string
	Partition   string // aws, aws-cn or aws-us-gov
	Protected   bool   // destroying it needs the environment's name typed
	StateBucket string
	Tags        map[string]string
	Artifacts   string // the label of the bucket that packages are uploaded to
	Buckets     []Bucket
	Functions   []Function
	Acceptance  []Acceptance
}

// Key names the target in messages and paths, for example qa/eu-west-2.
func (t Target) Key() string { return t.Environment + "/" + t.Region }

// Bucket is an S3 bucket.
type Bucket struct {
	Label              string
	Name               string
	ARN                string
	ExpireAfterDays    int  // 0: objects stay
	Versioned          bool // keep what is overwritten or deleted
	DeleteWithContents bool // a destroy may empty it
	CORS               *CORS
}

// CORS lets browsers of these origins use a bucket directly.
type CORS struct {
	AllowedOrigins []string
	AllowedMethods []string
	MaxAgeSeconds  int
}

// Function is a Lambda function with its role, package, log group and URL.
type Function struct {
	Label            string
	Name             string
	ARN              string
	RoleName         string
	RoleARN          string
	LogGroup         string
	Description      string
	Package          string // folder, relative to the repository, with slashes
	Runtime          string
	Handler          string
	Architecture     string // arm64 or x86_64
	MemoryMB         int
	TimeoutS         int
	LogRetentionDays int
	Public           bool   // has a URL that needs no AWS credentials
	Health           string // path that answers {"status":"ok"}; empty when there is none
	Settings         []Setting
	Access           []Access
}

// Setting is one environment variable.
type Setting struct {
	Name  string
	Value Value
}

// Access lets a function use a bucket.
type Access struct {
	Bucket string // label
	Mode   AccessMode
}

// AccessMode says what an [Access] allows.
type AccessMode string

// What a function may do with a bucket's objects.
const (
	ReadOnly  AccessMode = "read-only"  // get and list
	ReadWrite AccessMode = "read-write" // get, put, delete and list
)

// Acceptance is a program that tries a deployed environment as its users would.
type Acceptance struct {
	Label    string
	Package  string // folder of a Go main package, relative to the repository
	Settings []Setting
}

// Ref points at an attribute that is known only once its component stands.
type Ref struct {
	Kind, Name string // for example function, admin
	Attribute  string // for example url
}

func (r Ref) String() string { return r.Kind + "." + r.Name + "." + r.Attribute }

// Part is a piece of a [Value]: a literal, or a reference when Ref is set.
type Part struct {
	Literal string
	Ref     Ref
}

// IsRef tells a reference from a literal.
func (p Part) IsRef() bool { return p.Ref != Ref{} }

// Value is a string some parts of which may be known only after an apply.
type Value struct {
	Parts []Part
	Range hcl.Range // where it is written; zero when the tool made it
}

// Literal makes a value that is known already.
func Literal(s string) Value { return Value{Parts: []Part{{Literal: s}}} }

// Reference makes a value that is an attribute of a component.
func Reference(kind, name, attribute string) Value {
	return Value{Parts: []Part{{Ref: Ref{Kind: kind, Name: name, Attribute: attribute}}}}
}

// Refs lists the references in v.
func (v Value) Refs() []Ref {
	var refs []Ref
	for _, p := range v.Parts {
		if p.IsRef() {
			refs = append(refs, p.Ref)
		}
	}
	return refs
}

// Resolve replaces every reference by what lookup answers for it.
func (v Value) Resolve(lookup func(Ref) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range v.Parts {
		if !p.IsRef() {
			b.WriteString(p.Literal)
			continue
		}
		s, err := lookup(p.Ref)
		if err != nil {
			return "", err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// String shows references as they are written in an environment file.
func (v Value) String() string {
	var b strings.Builder
	for _, p := range v.Parts {
		if p.IsRef() {
			b.WriteString("${" + p.Ref.String() + "}")
		} else {
			b.WriteString(p.Literal)
		}
	}
	return b.String()
}

// Bucket finds a bucket by its label. The label must exist, as it does in every
// reference of a target that was loaded without a mistake.
func (t Target) Bucket(label string) Bucket {
	return t.Buckets[slices.IndexFunc(t.Buckets, func(b Bucket) bool { return b.Label == label })]
}

// Function finds a function by its label, which must exist.
func (t Target) Function(label string) Function {
	return t.Functions[slices.IndexFunc(t.Functions, func(f Function) bool { return f.Label == label })]
}

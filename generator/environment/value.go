package environment

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

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

package modulecheck

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"sendform/generator/providerschema"
)

// scope is what expressions can refer to, by the first part of a reference. The
// values are samples: of the right type, but unknown.
type scope map[string]cty.Value

// with is the scope with one more name in it.
func (s scope) with(name string, value cty.Value) scope {
	more := maps.Clone(s)
	more[name] = value
	return more
}

// declared is the scope of a module without its locals.
func (m *module) declared(modules map[string]cty.Value) scope {
	text := cty.UnknownVal(cty.String)
	variables := map[string]cty.Value{}
	for name, v := range m.variables {
		variables[name] = sample(v.Type.WithoutOptionalAttributesDeep())
	}
	data := map[string]cty.Value{}
	for name, byName := range m.data {
		data[name] = cty.ObjectVal(byName)
	}
	s := scope{
		"var": cty.ObjectVal(variables), "local": cty.EmptyObjectVal, "module": cty.ObjectVal(modules), "data": cty.ObjectVal(data),
		"path":      cty.ObjectVal(map[string]cty.Value{"module": text, "root": text, "cwd": text}),
		"terraform": cty.ObjectVal(map[string]cty.Value{"workspace": text}),
	}
	for name, byName := range m.resources {
		s[name] = cty.ObjectVal(byName)
	}
	return s
}

// sample makes a value of a type that is unknown inside, but whose collections have
// an element, so that the bodies of for expressions are evaluated.
func sample(t cty.Type) cty.Value {
	switch {
	case t.IsObjectType():
		attributes := map[string]cty.Value{}
		for name, inner := range t.AttributeTypes() {
			attributes[name] = sample(inner)
		}
		return cty.ObjectVal(attributes)
	case t.IsListType():
		return cty.ListVal([]cty.Value{sample(t.ElementType())})
	case t.IsMapType():
		return cty.MapVal(map[string]cty.Value{"key": sample(t.ElementType())})
	default:
		return cty.UnknownVal(t)
	}
}

// variable reads what a variable block declares.
func (m *module) variable(b *hclsyntax.Block) Variable {
	v := Variable{Type: cty.DynamicPseudoType, Required: b.Body.Attributes["default"] == nil, Nullable: true}
	if a := b.Body.Attributes["type"]; a != nil {
		t, _, diags := typeexpr.TypeConstraintWithDefaults(a.Expr)
		m.report(diags...)
		v.Type = t
	}
	v.Nullable = m.flag(b, "nullable", true)
	v.Ephemeral = m.flag(b, "ephemeral", false)
	return v
}

// flag evaluates an argument that is either true or false.
func (m *module) flag(b *hclsyntax.Block, name string, absent bool) bool {
	a := b.Body.Attributes[name]
	if a == nil {
		return absent
	}
	value, diags := a.Expr.Value(nil)
	if diags.HasErrors() || value.Type() != cty.Bool || value.IsNull() {
		m.report(mistake(a.Expr.Range(), "Wrong value", "%s must be true or false.", name))
		return absent
	}
	return value.True()
}

// thing is a sample of a resource or of data. With count it is a list, with
// for_each a map.
func (m *module) thing(b *hclsyntax.Block, mode providerschema.Mode) cty.Value {
	schema, err := m.Schemas.Find(mode, b.Labels[0])
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			m.report(mistake(b.LabelRanges[0], "Unknown type", "The provider's schema has no %s %q%s",
				mode, b.Labels[0], suggest(b.Labels[0], providerschema.Names(mode))))
		} else {
			m.report(mistake(b.LabelRanges[0], "Unknown type", "%v.", err))
		}
		return cty.DynamicVal
	}
	t, err := objectType(schema)
	if err != nil {
		m.report(mistake(b.LabelRanges[0], "Unknown type", "%v.", err))
		return cty.DynamicVal
	}
	return repeated(b, sample(t))
}

func repeated(b *hclsyntax.Block, one cty.Value) cty.Value {
	switch {
	case b.Body.Attributes["count"] != nil:
		return cty.ListVal([]cty.Value{one})
	case b.Body.Attributes["for_each"] != nil:
		return cty.MapVal(map[string]cty.Value{"key": one})
	default:
		return one
	}
}

// objectType is the type of what a schema describes, as others see it.
func objectType(b providerschema.Block) (cty.Type, error) {
	attributes := map[string]cty.Type{}
	for name, a := range b.Attributes {
		t, err := a.CtyType()
		if err != nil {
			return cty.NilType, err
		}
		attributes[name] = t
	}
	for name, n := range b.Blocks {
		inner, err := objectType(n.Block)
		if err != nil {
			return cty.NilType, err
		}
		switch n.Nesting {
		case "single":
			attributes[name] = inner
		case "set":
			attributes[name] = cty.Set(inner)
		default:
			attributes[name] = cty.List(inner)
		}
	}
	return cty.Object(attributes), nil
}

// call is a sample of a called module.
func (m *module) call(b *hclsyntax.Block) cty.Value {
	called, found := m.calledBy(b)
	if !found {
		return cty.DynamicVal
	}
	outputs := map[string]cty.Value{}
	for name, t := range called.Outputs {
		outputs[name] = sample(t)
	}
	return repeated(b, cty.ObjectVal(outputs))
}

func (m *module) calledBy(b *hclsyntax.Block) (Module, bool) {
	a := b.Body.Attributes["source"]
	if a == nil || m.Called == nil {
		return Module{}, false
	}
	source, diags := a.Expr.Value(nil)
	if diags.HasErrors() || source.Type() != cty.String {
		return Module{}, false
	}
	return m.Called(source.AsString())
}

// resolve evaluates the locals, each after those that it refers to.
func (m *module) resolve() {
	open := map[string]*hclsyntax.Attribute{}
	for _, b := range m.blocks {
		if b.Type == "locals" {
			maps.Copy(open, b.Body.Attributes)
		}
	}
	// All names are there from the beginning, so that a reference to one of them is
	// not taken for a mistake.
	values := map[string]cty.Value{}
	for name := range open {
		values[name] = cty.DynamicVal
	}
	for len(open) > 0 {
		before := len(open)
		for _, name := range slices.Sorted(maps.Keys(open)) {
			if slices.ContainsFunc(open[name].Expr.Variables(), func(t hcl.Traversal) bool { return open[localName(t)] != nil }) {
				continue
			}
			m.scope["local"] = cty.ObjectVal(values)
			values[name] = m.evaluate(open[name].Expr, m.scope)
			delete(open, name)
		}
		if len(open) == before {
			names := slices.Sorted(maps.Keys(open))
			m.report(mistake(open[names[0]].NameRange, "Cycle", "These locals refer to each other: %s.", strings.Join(names, ", ")))
			break
		}
	}
	m.scope["local"] = cty.ObjectVal(values)
}

func localName(t hcl.Traversal) string {
	if t.RootName() == "local" && len(t) > 1 {
		if step, isAttr := t[1].(hcl.TraverseAttr); isAttr {
			return step.Name
		}
	}
	return ""
}

// evaluate reports what is wrong with an expression and answers with a sample of
// its value.
func (m *module) evaluate(expr hclsyntax.Expression, s scope) cty.Value {
	var wrong hcl.Diagnostics
	for _, t := range expr.Variables() {
		if d := checkTraversal(t, s); d != nil {
			wrong = append(wrong, d)
		}
	}
	if len(wrong) > 0 {
		m.report(wrong...)
		return cty.DynamicVal
	}
	value, diags := expr.Value(&hcl.EvalContext{Variables: s, Functions: functions})
	for _, d := range diags {
		// Samples have one element, whatever the index is.
		if d.Severity == hcl.DiagError && d.Summary != "Invalid index" {
			m.report(mistake(*d.Subject, d.Summary, "%s", d.Detail))
		}
	}
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	return value
}

// checkTraversal follows a reference through the types of the scope.
func checkTraversal(t hcl.Traversal, s scope) *hcl.Diagnostic {
	at, path := t.SourceRange(), t.RootName()
	value, known := s[path]
	if !known {
		if path == "each" || path == "count" {
			return mistake(at, "Unknown reference", "There is no %s here: the block has no %s.", path, map[string]string{"each": "for_each", "count": "count"}[path])
		}
		return mistake(at, "Unknown reference", "There is nothing called %q to refer to%s", path, suggest(path, slices.Sorted(maps.Keys(s))))
	}
	inside := value.Type()
	for _, step := range t[1:] {
		attr, isAttr := step.(hcl.TraverseAttr)
		switch {
		case inside.IsObjectType() && isAttr:
			if !inside.HasAttribute(attr.Name) {
				return mistake(at, "Unknown reference", "%s has no %q%s", path, attr.Name, suggest(attr.Name, slices.Sorted(maps.Keys(inside.AttributeTypes()))))
			}
			inside = inside.AttributeType(attr.Name)
			path += "." + attr.Name
		case inside.IsMapType(), inside.IsListType() && !isAttr:
			inside = inside.ElementType()
			path += "[…]"
		case inside.IsListType(), inside.IsSetType():
			return mistake(at, "Unknown reference", "%s is a list; take one of it, as in %s[0].", path, path)
		default:
			return nil // the evaluation knows more
		}
	}
	return nil
}

package environment

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// scope is what the expressions of one target can refer to: kind, then name, then
// attribute. An attribute that is known only after an apply is an unknown value.
type scope map[string]cty.Value

func (s scope) evalContext() *hcl.EvalContext { return &hcl.EvalContext{Variables: s} }

// fixedScope holds what does not depend on any component.
func fixedScope(project, environment, accountID, region string) scope {
	return scope{
		"project": cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(project)}),
		"environment": cty.ObjectVal(map[string]cty.Value{
			"name":       cty.StringVal(environment),
			"account_id": cty.StringVal(accountID),
			"region":     cty.StringVal(region),
		}),
	}
}

// named adds a kind of component to the scope, by label.
func (s scope) named(kind string, byLabel map[string]cty.Value) {
	s[kind] = cty.EmptyObjectVal
	if len(byLabel) > 0 {
		s[kind] = cty.ObjectVal(byLabel)
	}
}

// checkReferences reports every reference in body that leads nowhere. It comes
// before evaluation because HCL itself reports only the first one of an
// expression, and suggests no names inside of objects.
func (l *loader) checkReferences(body *hclsyntax.Body, s scope) {
	diags := hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		traversal, isReference := n.(*hclsyntax.ScopeTraversalExpr)
		if !isReference {
			return nil
		}
		if d := checkTraversal(traversal.Traversal, s); d != nil {
			return hcl.Diagnostics{d}
		}
		return nil
	})
	l.report(diags...)
}

func checkTraversal(t hcl.Traversal, s scope) *hcl.Diagnostic {
	root := t.RootName()
	at := t.SourceRange()
	value, known := s[root]
	if !known {
		kinds := slices.Sorted(maps.Keys(s))
		return mistake(at, "Unknown reference", "There is no %q to refer to%s References start with: %s.",
			root, didYouMean(root, kinds), strings.Join(kinds, ", "))
	}
	path := root
	for _, step := range t[1:] {
		attr, isAttr := step.(hcl.TraverseAttr)
		if !isAttr || !value.Type().IsObjectType() {
			return mistake(at, "Unknown reference", "%s has nothing inside of it to refer to.", path)
		}
		if !value.Type().HasAttribute(attr.Name) {
			has := slices.Sorted(maps.Keys(value.Type().AttributeTypes()))
			return mistake(at, "Unknown reference", "%s has no %q%s It has: %s.",
				path, attr.Name, didYouMean(attr.Name, has), listOr(has, "nothing"))
		}
		value = value.GetAttr(attr.Name)
		path += "." + attr.Name
	}
	return nil
}

// value evaluates a string that may contain references to what is known only
// after an apply.
func (l *loader) value(expr hcl.Expression, s scope) Value {
	v := Value{Range: expr.Range()}
	parts := []hclsyntax.Expression{}
	switch e := expr.(type) {
	case *hclsyntax.TemplateExpr:
		parts = e.Parts
	case *hclsyntax.TemplateWrapExpr:
		parts = append(parts, e.Wrapped)
	case hclsyntax.Expression:
		parts = append(parts, e)
	}
	for _, part := range parts {
		got, diags := part.Value(s.evalContext())
		if diags.HasErrors() {
			l.reportEvaluation(diags)
			return v
		}
		if !got.IsWhollyKnown() {
			ref, isRef := deferred(part)
			if !isRef {
				l.report(mistake(part.Range(), "Known only after an apply",
					"A value that is known only after an apply can be used as it is or inside of \"…${…}…\", but not computed with."))
				return v
			}
			v.Parts = append(v.Parts, Part{Ref: ref})
			continue
		}
		text, err := convert.Convert(got, cty.String)
		if err != nil || text.IsNull() {
			l.report(mistake(part.Range(), "Text expected", "This is %s; a setting is text, a number or true or false.", got.Type().FriendlyName()))
			return v
		}
		v.Parts = append(v.Parts, Part{Literal: text.AsString()})
	}
	return v
}

// deferred reads kind.name.attribute, when the expression is just that.
func deferred(e hclsyntax.Expression) (Ref, bool) {
	t, isTraversal := e.(*hclsyntax.ScopeTraversalExpr)
	if !isTraversal || len(t.Traversal) != 3 {
		return Ref{}, false
	}
	name, _ := t.Traversal[1].(hcl.TraverseAttr)
	attribute, _ := t.Traversal[2].(hcl.TraverseAttr)
	return Ref{Kind: t.Traversal.RootName(), Name: name.Name, Attribute: attribute.Name}, true
}

// reportEvaluation keeps HCL's diagnostics apart from those on references, which
// checkReferences has already given.
func (l *loader) reportEvaluation(diags hcl.Diagnostics) {
	for _, d := range diags {
		switch d.Summary {
		case "Unknown variable", "Unsupported attribute":
		case "Unsupported argument":
			l.suggestAttribute(d)
			l.report(d)
		case unsuitableValue:
			switch {
			case strings.HasSuffix(d.Detail, "value must be known"):
				d.Detail = "This value is known only after an apply; here a value is needed now."
			case strings.Contains(d.Detail, "must be a whole number"):
				d.Detail = "A whole number is needed here."
			}
			l.report(d)
		default:
			l.report(d)
		}
	}
}

// suggestAttribute adds the suggestion that HCL leaves out when the attribute that
// was meant is also there, as it is where a layer below has it.
func (l *loader) suggestAttribute(d *hcl.Diagnostic) {
	if strings.Contains(d.Detail, "Did you mean") || d.Subject == nil {
		return
	}
	wrong := string(d.Subject.SliceBytes(l.mistakes.Sources[d.Subject.Filename]))
	var names []string
	for _, block := range []any{
		targetBlock{},
		bucketBlock{},
		corsBlock{},
		layerBlock{},
		secretBlock{},
		parameterBlock{},
		functionBlock{},
		distributionBlock{},
		deployerBlock{},
		acceptanceBlock{},
		waiverBlock{},
	} {
		schema, _ := gohcl.ImpliedBodySchema(block)
		for _, a := range schema.Attributes {
			names = append(names, a.Name)
		}
	}
	if suggestion, near := nearest(wrong, names); near {
		d.Detail += fmt.Sprintf(" Did you mean %q?", suggestion)
	}
}

// didYouMean ends a sentence, with the one of names that is nearest to wrong if
// any is near.
func didYouMean(wrong string, names []string) string {
	if name, near := nearest(wrong, names); near {
		return fmt.Sprintf("; did you mean %q?", name)
	}
	return "."
}

// nearest finds the name that differs from wrong by at most two letters.
func nearest(wrong string, names []string) (name string, near bool) {
	best := 3
	for _, n := range names {
		if d := levenshtein.Distance(wrong, n, nil); d < best {
			name, best = n, d
		}
	}
	return name, best < 3
}

func listOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}

package environment

import (
	"reflect"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/zclconf/go-cty/cty"
)

// form is how a struct of blocks.go is filled from a block, with gohcl's tags and
// gohcl's rules. gohcl.DecodeBody reads the tags of every struct anew for every
// block, which was a quarter of the time of a generation of many environments.
type form struct {
	schema  *hcl.BodySchema
	partial bool
	fields  []field
}

type field struct {
	index int
	name  string
	kind  fieldKind
	block *form // of a block
	label int   // which one, of a label and its range
}

type fieldKind int

const (
	attributeField fieldKind = iota
	expressionField
	blockField
	labelField
	labelRangeField
	defRangeField
	bodyField
	remainField
)

// formOf reads the tags of a struct and of those of its blocks, which are slices.
// A field without a tag that it knows stays as it is.
func formOf(t reflect.Type) *form {
	f := &form{}
	f.schema, f.partial = gohcl.ImpliedBodySchema(reflect.Zero(t).Interface())
	labels := map[string]int{}
	for i := range t.NumField() {
		name, kind, _ := strings.Cut(t.Field(i).Tag.Get("hcl"), ",")
		next := field{index: i, name: name}
		switch kind {
		case "", "optional":
			if t.Field(i).Type == reflect.TypeFor[hcl.Expression]() {
				next.kind = expressionField
			}
		case "block":
			next.kind, next.block = blockField, formOf(t.Field(i).Type.Elem())
		case "label":
			labels[name] = len(labels)
			next.kind, next.label = labelField, labels[name]
		case "label_range":
			next.kind, next.label = labelRangeField, labels[name]
		case "def_range":
			next.kind = defRangeField
		case "body":
			next.kind = bodyField
		case "remain":
			next.kind = remainField
		default:
			continue
		}
		f.fields = append(f.fields, next)
	}
	return f
}

// fill decodes a block into the struct that the form was made of. What cannot be
// decoded is left as it was, and reported.
func (f *form) fill(into reflect.Value, block *hcl.Block, ctx *hcl.EvalContext) hcl.Diagnostics {
	var content *hcl.BodyContent
	var leftovers hcl.Body
	var diags hcl.Diagnostics
	if f.partial {
		content, leftovers, diags = block.Body.PartialContent(f.schema)
	} else {
		content, diags = block.Body.Content(f.schema)
	}
	if content == nil {
		return diags
	}
	for _, field := range f.fields {
		v := into.Field(field.index)
		switch field.kind {
		case attributeField:
			if attr := content.Attributes[field.name]; attr != nil {
				diags = append(diags, gohcl.DecodeExpression(attr.Expr, ctx, v.Addr().Interface())...)
			}
		case expressionField:
			expr := hcl.StaticExpr(cty.NullVal(cty.DynamicPseudoType), block.Body.MissingItemRange())
			if attr := content.Attributes[field.name]; attr != nil {
				expr = attr.Expr
			}
			v.Set(reflect.ValueOf(expr))
		case blockField:
			diags = append(diags, field.fillBlocks(v, content.Blocks, ctx)...)
		case labelField:
			v.SetString(block.Labels[field.label])
		case labelRangeField:
			v.Set(reflect.ValueOf(block.LabelRanges[field.label]))
		case defRangeField:
			v.Set(reflect.ValueOf(block.DefRange))
		case bodyField:
			v.Set(reflect.ValueOf(block.Body))
		case remainField:
			attributes, wrong := leftovers.JustAttributes()
			diags = append(diags, wrong...)
			v.Set(reflect.ValueOf(attributes))
		}
	}
	return diags
}

// fillBlocks decodes the blocks of the field's type into a slice, in their order.
func (f field) fillBlocks(slice reflect.Value, blocks hcl.Blocks, ctx *hcl.EvalContext) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, block := range blocks {
		if block.Type != f.name {
			continue
		}
		slice.Grow(1)
		slice.SetLen(slice.Len() + 1)
		diags = append(diags, f.block.fill(slice.Index(slice.Len()-1), block, ctx)...)
	}
	return diags
}

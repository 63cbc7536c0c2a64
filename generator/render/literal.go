package render

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// variable is one variable of a module, made from a field of its inputs struct.
type variable struct {
	Name, Type, Description string
	Optional                bool
	Check, Says             string
}

// variables reads the fields of an inputs struct. The tags are tf (name), doc
// (description), check (condition) and says (its message).
func variables(inputs any) []variable {
	t := reflect.TypeOf(inputs)
	var all []variable
	for i := range t.NumField() {
		f := t.Field(i)
		all = append(all, variable{
			Name: f.Tag.Get("tf"), Type: typeExpression(f.Type), Description: f.Tag.Get("doc"),
			Optional: f.Type.Kind() == reflect.Pointer,
			Check:    f.Tag.Get("check"), Says: f.Tag.Get("says"),
		})
	}
	return all
}

var valueType = reflect.TypeFor[environment.Value]()

// typeExpression writes a Go type as a Terraform type constraint.
func typeExpression(t reflect.Type) string {
	if t == valueType {
		return "string"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeExpression(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int:
		return "number"
	case reflect.Slice:
		return "list(" + typeExpression(t.Elem()) + ")"
	case reflect.Map:
		return "map(" + typeExpression(t.Elem()) + ")"
	default:
		fields := make([]string, 0, t.NumField())
		for i := range t.NumField() {
			fields = append(fields, t.Field(i).Tag.Get("tf")+" = "+typeExpression(t.Field(i).Type))
		}
		return "object({\n" + strings.Join(fields, "\n") + "\n})"
	}
}

// argument is one argument of a module call.
type argument struct{ Name, Expression string }

// arguments writes the values of an inputs struct; a nil pointer is left out.
func arguments(inputs any) []argument {
	v := reflect.ValueOf(inputs)
	var all []argument
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Pointer && v.Field(i).IsNil() {
			continue
		}
		all = append(all, argument{Name: v.Type().Field(i).Tag.Get("tf"), Expression: expression(v.Field(i))})
	}
	return all
}

// expression writes a Go value as an HCL expression.
func expression(v reflect.Value) string {
	if v.Type() == valueType {
		return valueExpression(v.Interface().(environment.Value))
	}
	switch v.Kind() {
	case reflect.Pointer:
		return expression(v.Elem())
	case reflect.String:
		return quote(v.String())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Slice:
		return listExpression(v)
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		lines := make([]string, 0, len(keys))
		for _, k := range keys {
			lines = append(lines, key(k.String())+" = "+expression(v.MapIndex(k)))
		}
		return object(lines)
	default:
		var lines []string
		for i := range v.NumField() {
			lines = append(lines, v.Type().Field(i).Tag.Get("tf")+" = "+expression(v.Field(i)))
		}
		return object(lines)
	}
}

func listExpression(v reflect.Value) string {
	items := make([]string, 0, v.Len())
	for i := range v.Len() {
		items = append(items, expression(v.Index(i)))
	}
	list := "[" + strings.Join(items, ", ") + "]"
	if len(list) > 72 || strings.Contains(list, "\n") {
		return "[\n" + strings.Join(items, ",\n") + ",\n]"
	}
	return list
}

func object(lines []string) string {
	if len(lines) == 0 {
		return "{}"
	}
	return "{\n" + strings.Join(lines, "\n") + "\n}"
}

func key(name string) string {
	if hclsyntax.ValidIdentifier(name) {
		return name
	}
	return quote(name)
}

// quote writes a string literal.
func quote(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

// valueExpression writes a value whose parts may be references.
func valueExpression(v environment.Value) string {
	if len(v.Parts) == 1 && v.Parts[0].IsRef() {
		return refExpression(v.Parts[0].Ref)
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, p := range v.Parts {
		if p.IsRef() {
			b.WriteString("${" + refExpression(p.Ref) + "}")
			continue
		}
		quoted := quote(p.Literal)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	b.WriteByte('"')
	return b.String()
}

// refExpression is where a root module finds an attribute of a component.
func refExpression(r environment.Ref) string {
	if r.Kind == components.PackageKind {
		return fmt.Sprintf("\"${var.packages}/%s.zip\"", r.Name)
	}
	return "module." + moduleName(components.Address{Kind: r.Kind, Name: r.Name}) + "." + r.Attribute
}

// moduleName is what a component's module is called in the root module.
func moduleName(a components.Address) string { return a.Kind + "_" + a.Name }

// dependsOn lists the modules that a component needs without referring to them.
func dependsOn(c components.Component) []string {
	referred := map[string]bool{}
	collectRefs(reflect.ValueOf(c.Inputs), func(r environment.Ref) {
		referred[moduleName(components.Address{Kind: r.Kind, Name: r.Name})] = true
	})
	missing := map[string]bool{}
	for _, need := range c.Needs {
		if name := moduleName(need); !referred[name] {
			missing[name] = true
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

func collectRefs(v reflect.Value, found func(environment.Ref)) {
	if v.Type() == valueType {
		for _, r := range v.Interface().(environment.Value).Refs() {
			found(r)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			collectRefs(v.Elem(), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			collectRefs(v.Field(i), found)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			collectRefs(v.MapIndex(k), found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			collectRefs(v.Index(i), found)
		}
	}
}

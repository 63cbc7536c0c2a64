package render

import (
	"fmt"
	"reflect"
	"strings"
)

// variable is one variable of a module, made from a field of its inputs struct.
type variable struct {
	Name, Type, Description string
	Default                 string // an expression; empty when a value must be given
	Nullable                bool
	Sensitive, Ephemeral    bool
	Validations             []validation
}

// validation is a condition that a variable's value must meet.
type validation struct{ Condition, Message string }

// variables reads the fields of an inputs struct. The tags are
//
//	tf         the variable's name
//	doc        its description
//	check      a condition that its value must meet, an expression
//	says       what is wrong when it does not
//	check2, says2, check3, …   more of these
//	default    its default, an expression; without one a value must be given
//	sensitive  true: Terraform does not show it
//	ephemeral  true: it reaches neither plan nor state
//
// A pointer may be null, and is by default; nothing else may.
func variables(inputs any) []variable {
	t := reflect.TypeOf(inputs)
	all := make([]variable, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		v := variable{
			Name: f.Tag.Get("tf"), Type: typeExpression(f.Type), Description: f.Tag.Get("doc"), Default: f.Tag.Get("default"),
			Nullable:  f.Type.Kind() == reflect.Pointer,
			Sensitive: f.Tag.Get("sensitive") == "true", Ephemeral: f.Tag.Get("ephemeral") == "true",
			Validations: validations(f.Tag),
		}
		if v.Nullable && v.Default == "" {
			v.Default = "null"
		}
		all = append(all, v)
	}
	return all
}

func validations(tag reflect.StructTag) []validation {
	var all []validation
	number := ""
	for {
		condition, found := tag.Lookup("check" + number)
		if !found {
			return all
		}
		all = append(all, validation{condition, tag.Get("says" + number)})
		number = fmt.Sprint(len(all) + 1)
	}
}

// typeExpression writes a Go type as a Terraform type constraint. In an object, a
// pointer is an attribute that may be left out.
func typeExpression(t reflect.Type) string {
	switch t {
	case valueType:
		return "string"
	case lockedType:
		return "bool"
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
			f := t.Field(i)
			constraint := typeExpression(f.Type)
			if f.Type.Kind() == reflect.Pointer {
				constraint = "optional(" + constraint + ")"
			}
			fields = append(fields, f.Tag.Get("tf")+" = "+constraint)
		}
		return "object({\n" + strings.Join(fields, "\n") + "\n})"
	}
}

// oneLine is a type or an expression without its line breaks.
func oneLine(text string) string {
	text = strings.NewReplacer("{\n", "{ ", "\n}", " }").Replace(text)
	return strings.ReplaceAll(text, "\n", ", ")
}

package modulecheck

import (
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions are Terraform's. Those whose type depends on their arguments, or that
// are picky about them, are the ones that Terraform is built on; of the others only
// the type of the result counts, because nothing is known when a module is checked.
var functions = map[string]function.Function{
	"alltrue":          returns(cty.Bool),
	"anytrue":          returns(cty.Bool),
	"base64decode":     returns(cty.String),
	"base64encode":     returns(cty.String),
	"base64sha256":     returns(cty.String),
	"basename":         returns(cty.String),
	"can":              tryfunc.CanFunc,
	"ceil":             stdlib.CeilFunc,
	"chomp":            stdlib.ChompFunc,
	"coalesce":         stdlib.CoalesceFunc,
	"coalescelist":     stdlib.CoalesceListFunc,
	"compact":          stdlib.CompactFunc,
	"concat":           stdlib.ConcatFunc,
	"contains":         stdlib.ContainsFunc,
	"dirname":          returns(cty.String),
	"distinct":         stdlib.DistinctFunc,
	"element":          stdlib.ElementFunc,
	"endswith":         returns(cty.Bool),
	"ephemeralasnull":  returns(cty.DynamicPseudoType),
	"file":             returns(cty.String),
	"filebase64sha256": returns(cty.String),
	"fileexists":       returns(cty.Bool),
	"filesha256":       returns(cty.String),
	"flatten":          stdlib.FlattenFunc,
	"floor":            stdlib.FloorFunc,
	"format":           stdlib.FormatFunc,
	"formatlist":       stdlib.FormatListFunc,
	"indent":           stdlib.IndentFunc,
	"join":             stdlib.JoinFunc,
	"jsondecode":       stdlib.JSONDecodeFunc,
	"jsonencode":       stdlib.JSONEncodeFunc,
	"keys":             stdlib.KeysFunc,
	"length":           returns(cty.Number),
	"lookup":           stdlib.LookupFunc,
	"lower":            stdlib.LowerFunc,
	"max":              stdlib.MaxFunc,
	"merge":            stdlib.MergeFunc,
	"min":              stdlib.MinFunc,
	"nonsensitive":     returns(cty.DynamicPseudoType),
	"one":              returns(cty.DynamicPseudoType),
	"range":            stdlib.RangeFunc,
	"regex":            stdlib.RegexFunc,
	"regexall":         stdlib.RegexAllFunc,
	"replace":          stdlib.ReplaceFunc,
	"reverse":          stdlib.ReverseListFunc,
	"sensitive":        returns(cty.DynamicPseudoType),
	"setproduct":       stdlib.SetProductFunc,
	"setsubtract":      stdlib.SetSubtractFunc,
	"setunion":         stdlib.SetUnionFunc,
	"sha256":           returns(cty.String),
	"slice":            stdlib.SliceFunc,
	"sort":             stdlib.SortFunc,
	"split":            stdlib.SplitFunc,
	"startswith":       returns(cty.Bool),
	"strcontains":      returns(cty.Bool),
	"substr":           stdlib.SubstrFunc,
	"sum":              returns(cty.Number),
	"tobool":           stdlib.MakeToFunc(cty.Bool),
	"tolist":           stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
	"tomap":            stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	"tonumber":         stdlib.MakeToFunc(cty.Number),
	"toset":            stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
	"tostring":         stdlib.MakeToFunc(cty.String),
	"trim":             stdlib.TrimFunc,
	"trimprefix":       stdlib.TrimPrefixFunc,
	"trimspace":        stdlib.TrimSpaceFunc,
	"trimsuffix":       stdlib.TrimSuffixFunc,
	"try":              tryfunc.TryFunc,
	"upper":            stdlib.UpperFunc,
	"urlencode":        returns(cty.String),
	"values":           stdlib.ValuesFunc,
	"zipmap":           stdlib.ZipmapFunc,
}

// returns is a function that takes anything and whose result is unknown.
func returns(t cty.Type) function.Function {
	anything := function.Parameter{
		Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
	}
	return function.New(&function.Spec{
		Params:   []function.Parameter{anything},
		VarParam: &anything,
		Type:     function.StaticReturnType(t),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.UnknownVal(t), nil
		},
	})
}

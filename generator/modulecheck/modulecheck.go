// Package modulecheck finds mistakes in the HCL of a Terraform module without
// running Terraform: blocks and arguments that the provider does not have, missing
// ones, values of the wrong type, references that lead nowhere.
//
// It must not know where the HCL comes from: templates, environments and
// components are nothing to it.
package modulecheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"sendform/generator/providerschema"
)

// Module is what callers of a module must know.
type Module struct {
	Variables map[string]Variable
	Outputs   map[string]cty.Type
}

// Variable is an input of a module.
type Variable struct {
	Type      cty.Type // with optional attributes, as a caller may leave them out
	Required  bool
	Nullable  bool
	Ephemeral bool
}

// Checker checks modules. It is safe for concurrent use.
type Checker struct {
	// Schemas says what the provider takes.
	Schemas *providerschema.Schemas
	// Called finds the module that a call's source names, if there is one.
	Called func(source string) (Module, bool)
}

// Check checks the files of one module. The diagnostics are in the order of the
// files and of what stands in them.
func (c *Checker) Check(files ...*hclsyntax.Body) (Module, hcl.Diagnostics) {
	m := &module{Checker: c, resources: map[string]map[string]cty.Value{}, data: map[string]map[string]cty.Value{}}
	for _, f := range files {
		for _, a := range inOrder(f.Attributes) {
			m.report(mistake(a.NameRange, "Unexpected argument", "An argument cannot stand outside of a block."))
		}
		m.blocks = append(m.blocks, f.Blocks...)
	}
	m.declare()
	m.resolve()
	m.check()
	return Module{m.variables, m.outputs}, m.diags
}

// module is a check under way.
type module struct {
	*Checker

	blocks    hclsyntax.Blocks
	variables map[string]Variable
	outputs   map[string]cty.Type
	resources map[string]map[string]cty.Value // type, name
	data      map[string]map[string]cty.Value
	scope     scope
	diags     hcl.Diagnostics
}

func (m *module) report(diags ...*hcl.Diagnostic) { m.diags = append(m.diags, diags...) }

// labels says how many labels each top-level block has.
var labels = map[string]int{
	"terraform": 0, "provider": 1, "variable": 1, "locals": 0, "resource": 2, "data": 2, "module": 1, "output": 1, "import": 0, "moved": 0,
}

// declare collects what the module's blocks can refer to, but for locals. Blocks
// that cannot be understood are reported and left out from here on.
func (m *module) declare() {
	m.variables, m.outputs = map[string]Variable{}, map[string]cty.Type{}
	modules := map[string]cty.Value{}
	seen := map[string]bool{}
	m.blocks = slices.DeleteFunc(m.blocks, func(b *hclsyntax.Block) bool {
		wanted, known := labels[b.Type]
		id := strings.Join(append([]string{b.Type}, b.Labels...), ".")
		switch {
		case !known:
			m.report(mistake(b.TypeRange, "Unknown block", "There is no block %q%s", b.Type, suggest(b.Type, slices.Sorted(maps.Keys(labels)))))
			return true
		case len(b.Labels) != wanted:
			m.report(mistake(b.DefRange(), "Wrong number of labels", "A %s block has %d labels, not %d.", b.Type, wanted, len(b.Labels)))
			return true
		case wanted > 0 && seen[id]:
			m.report(mistake(b.DefRange(), "Declared twice", "There is a second %s.", id))
			return true
		}
		seen[id] = true
		switch b.Type {
		case "variable":
			m.variables[b.Labels[0]] = m.variable(b)
		case "resource":
			put(m.resources, b, m.thing(b, providerschema.Resource))
		case "data":
			put(m.data, b, m.thing(b, providerschema.Data))
		case "module":
			modules[b.Labels[0]] = m.call(b)
		}
		return false
	})
	m.scope = m.declared(modules)
}

func put(all map[string]map[string]cty.Value, b *hclsyntax.Block, value cty.Value) {
	if all[b.Labels[0]] == nil {
		all[b.Labels[0]] = map[string]cty.Value{}
	}
	all[b.Labels[0]][b.Labels[1]] = value
}

// check checks every block against what it may hold.
func (m *module) check() {
	for _, b := range m.blocks {
		switch b.Type {
		case "resource":
			m.checkThing(b, providerschema.Resource)
		case "data":
			m.checkThing(b, providerschema.Data)
		case "module":
			m.checkCall(b)
		case "output":
			m.checkOutput(b)
		case "variable":
			m.checkVariable(b)
		case "provider":
			m.checkProvider(b)
		case "import":
			for _, name := range []string{"to", "id"} {
				if b.Body.Attributes[name] == nil {
					m.report(missing(b, "argument", name))
				}
			}
			m.only(b, "to", "id", "for_each", "provider")
			if id := b.Body.Attributes["id"]; id != nil {
				m.evaluate(id.Expr, m.scope)
			}
		}
	}
}

// only reports arguments that a block of Terraform's own does not have.
func (m *module) only(b *hclsyntax.Block, names ...string) {
	for _, a := range inOrder(b.Body.Attributes) {
		if !slices.Contains(names, a.Name) {
			m.report(mistake(a.NameRange, "Unsupported argument", "A %s block has no argument %q%s", b.Type, a.Name, suggest(a.Name, names)))
		}
	}
}

func missing(b *hclsyntax.Block, what, name string) *hcl.Diagnostic {
	return mistake(b.DefRange(), "Missing "+what, "%s needs the %s %q.", title(b), what, name)
}

// title names a block in messages.
func title(b *hclsyntax.Block) string {
	switch {
	case b.Type == "resource" || b.Type == "data":
		return strings.Join(b.Labels, ".")
	case len(b.Labels) == 0:
		return "The block " + b.Type
	default:
		return strings.Join(append([]string{b.Type}, b.Labels...), ".")
	}
}

func mistake(at hcl.Range, summary, detail string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: &at}
}

func inOrder(attributes hclsyntax.Attributes) []*hclsyntax.Attribute {
	return slices.SortedFunc(maps.Values(attributes), func(a, b *hclsyntax.Attribute) int {
		return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte
	})
}

// suggest ends a sentence about a wrong name with the one that was probably meant,
// or with all that are allowed.
func suggest(wrong string, names []string) string {
	best, distance := "", 1+len(wrong)/3
	for _, n := range names {
		if d := levenshtein.Distance(wrong, n, nil); d <= distance {
			best, distance = n, d-1
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean %q?", best)
	case len(names) == 0:
		return ": there is none."
	default:
		return ". Allowed: " + strings.Join(names, ", ") + "."
	}
}

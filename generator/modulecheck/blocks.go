package modulecheck

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"sendform/generator/providerschema"
)

// metaArguments are Terraform's own in a resource, data or module block.
var metaArguments = []string{"count", "for_each", "depends_on", "provider", "providers"}

// lifecycleArguments are those of the lifecycle block.
var lifecycleArguments = []string{"create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"}

// checkThing checks a resource or data block.
func (m *module) checkThing(b *hclsyntax.Block, mode providerschema.Mode) {
	schema, err := m.Schemas.Find(mode, b.Labels[0])
	if err != nil {
		return // declare has reported it
	}
	s := m.checkMeta(b)
	body := *b.Body
	body.Attributes = maps.Clone(b.Body.Attributes)
	for _, name := range metaArguments {
		delete(body.Attributes, name)
	}
	body.Blocks = slices.DeleteFunc(slices.Clone(b.Body.Blocks), func(inner *hclsyntax.Block) bool {
		if inner.Type == "lifecycle" {
			m.checkLifecycle(inner, s)
		}
		return inner.Type == "lifecycle"
	})
	checked := &hclsyntax.Block{Type: b.Type, Labels: b.Labels, Body: &body, TypeRange: b.TypeRange, LabelRanges: b.LabelRanges}
	m.checkBody(title(b), checked, schema, s)
}

func (m *module) checkLifecycle(b *hclsyntax.Block, s scope) {
	m.only(b, lifecycleArguments...)
	for _, inner := range b.Body.Blocks {
		if inner.Type != "precondition" && inner.Type != "postcondition" {
			m.report(mistake(inner.TypeRange, "Unsupported block", "A lifecycle block has no block %q%s",
				inner.Type, suggest(inner.Type, []string{"precondition", "postcondition"})))
			continue
		}
		m.checkCondition(inner, s.with("self", cty.DynamicVal))
	}
}

// checkCondition checks a validation, precondition or postcondition block.
func (m *module) checkCondition(b *hclsyntax.Block, s scope) {
	m.only(b, "condition", "error_message")
	for name, t := range map[string]cty.Type{"condition": cty.Bool, "error_message": cty.String} {
		a := b.Body.Attributes[name]
		if a == nil {
			m.report(missing(b, "argument", name))
			continue
		}
		m.checkType(a, m.evaluate(a.Expr, s), t)
	}
}

// checkMeta checks count, for_each and depends_on, and answers with the scope that
// the rest of the block has.
func (m *module) checkMeta(b *hclsyntax.Block) scope {
	s := m.scope
	count, forEach := b.Body.Attributes["count"], b.Body.Attributes["for_each"]
	if count != nil && forEach != nil {
		m.report(mistake(forEach.NameRange, "Conflict", "%s has count and for_each; only one of them can be.", title(b)))
	}
	if count != nil {
		m.checkType(count, m.evaluate(count.Expr, m.scope), cty.Number)
		s = s.with("count", cty.ObjectVal(map[string]cty.Value{"index": cty.UnknownVal(cty.Number)}))
	}
	if forEach != nil {
		value := m.evaluate(forEach.Expr, m.scope)
		if t := value.Type(); !t.IsMapType() && !t.IsObjectType() && !t.IsSetType() && t != cty.DynamicPseudoType {
			m.report(mistake(forEach.Expr.Range(), "Wrong type", "for_each takes a map or a set, and this is %s.", t.FriendlyName()))
		}
		s = s.with("each", each(value))
	}
	if needs := b.Body.Attributes["depends_on"]; needs != nil {
		m.checkNeeds(needs)
	}
	return s
}

// checkNeeds checks that depends_on lists things that are there.
func (m *module) checkNeeds(a *hclsyntax.Attribute) {
	items, diags := hcl.ExprList(a.Expr)
	m.report(diags...)
	for _, item := range items {
		t, diags := hcl.AbsTraversalForExpr(item)
		if diags.HasErrors() {
			m.report(mistake(item.Range(), "Reference expected", "depends_on lists resources, data, modules and variables."))
			continue
		}
		if d := checkTraversal(t, m.scope); d != nil {
			m.report(d)
		}
	}
}

// each is a sample of what stands for an element of a collection.
func each(collection cty.Value) cty.Value {
	value, key := cty.DynamicVal, cty.UnknownVal(cty.String)
	if collection.IsKnown() && !collection.IsNull() && collection.CanIterateElements() {
		for it := collection.ElementIterator(); it.Next(); {
			k, v := it.Element()
			if k.Type() == cty.Number {
				k = cty.UnknownVal(cty.Number)
			}
			key, value = k, v
		}
	}
	if key.IsKnown() {
		key = cty.UnknownVal(key.Type())
	}
	return cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})
}

// checkBody checks what stands in a block against its schema; name is what the
// block is called in messages.
func (m *module) checkBody(name string, b *hclsyntax.Block, schema providerschema.Block, s scope) {
	sure := map[string]bool{} // arguments and blocks that are there for certain
	written := map[string]hcl.Range{}
	for _, a := range inOrder(b.Body.Attributes) {
		written[a.Name] = a.NameRange
		sure[a.Name] = m.checkAttribute(name, a, schema, s)
	}
	count := map[string]int{}
	dynamic := map[string]bool{}
	for _, inner := range b.Body.Blocks {
		kind, within, innerScope := inner.Type, inner, s
		if inner.Type == "dynamic" && len(inner.Labels) == 1 {
			kind = inner.Labels[0]
			dynamic[kind] = true
			within, innerScope = m.dynamic(inner, s)
		}
		written[kind] = inner.TypeRange
		nested, known := schema.Blocks[kind]
		switch {
		case !known && schema.Attributes[kind].Type != nil:
			m.report(mistake(inner.TypeRange, "Unsupported block", "%s has an argument %q, not a block: write %s = ….", name, kind, kind))
		case !known:
			m.report(mistake(inner.TypeRange, "Unsupported block", "%s has no block %q%s", name, kind, suggest(kind, slices.Sorted(maps.Keys(schema.Blocks)))))
		case within != nil:
			count[kind]++
			sure[kind] = sure[kind] || inner == within
			if nested.Deprecated != "" {
				m.report(mistake(inner.TypeRange, "Deprecated", "%s of %s is deprecated: %s", kind, name, nested.Deprecated))
			}
			m.checkBody(name+"."+kind, within, nested.Block, innerScope)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(schema.Blocks)) {
		nested := schema.Blocks[kind]
		if count[kind] < nested.Min && !dynamic[kind] {
			m.report(mistake(b.DefRange(), "Missing block", "%s needs at least %d block %q.", name, nested.Min, kind))
		}
		if nested.Max > 0 && count[kind] > nested.Max && !dynamic[kind] {
			m.report(mistake(written[kind], "Too many blocks", "%s takes at most %d block %q.", name, nested.Max, kind))
		}
		m.checkBeside(name, kind, nested.Conflicts, nested.ExactlyOneOf, written, sure, b)
	}
	for _, argument := range slices.Sorted(maps.Keys(schema.Attributes)) {
		attribute := schema.Attributes[argument]
		if _, given := written[argument]; attribute.Required && !given {
			m.report(mistake(b.DefRange(), "Missing argument", "%s needs the argument %q.", name, argument))
		}
		m.checkBeside(name, argument, attribute.Conflicts, attribute.ExactlyOneOf, written, sure, b)
	}
}

// checkAttribute checks one argument, and tells whether it has a value for certain.
func (m *module) checkAttribute(name string, a *hclsyntax.Attribute, schema providerschema.Block, s scope) (sure bool) {
	attribute, known := schema.Attributes[a.Name]
	value := m.evaluate(a.Expr, s)
	switch {
	case !known && schema.Blocks[a.Name].Nesting != "":
		m.report(mistake(a.NameRange, "Unsupported argument", "%s has a block %q, not an argument: write %s { … }.", name, a.Name, a.Name))
		return false
	case !known:
		m.report(mistake(a.NameRange, "Unsupported argument", "%s has no argument %q%s", name, a.Name, suggest(a.Name, settable(schema))))
		return false
	case !attribute.Required && !attribute.Optional:
		m.report(mistake(a.NameRange, "Unsupported argument", "%s.%s is what AWS answers; it cannot be set.", name, a.Name))
		return false
	case attribute.Deprecated != "":
		m.report(mistake(a.NameRange, "Deprecated", "%s.%s is deprecated: %s", name, a.Name, attribute.Deprecated))
	case attribute.Required && value.IsNull():
		m.report(mistake(a.Expr.Range(), "Missing argument", "%s needs the argument %q; it cannot be null.", name, a.Name))
	}
	if ephemeral := m.ephemeralIn(a.Expr); ephemeral != "" && !attribute.WriteOnly {
		m.report(mistake(a.Expr.Range(), "Ephemeral value", "var.%s may reach neither plan nor state, and %s.%s is kept in both: only a write-only argument takes it.", ephemeral, name, a.Name))
	}
	t, err := attribute.CtyType()
	if err != nil {
		m.report(mistake(a.NameRange, "Unreadable schema", "%v.", err))
		return false
	}
	m.checkType(a, value, t)
	return !mayBeNull(a.Expr, value)
}

// settable lists the arguments that can be set.
func settable(schema providerschema.Block) []string {
	var names []string
	for name, a := range schema.Attributes {
		if a.Required || a.Optional {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// mayBeNull tells whether an argument may turn out not to be given: only a literal,
// a template, a list and an object certainly are.
func mayBeNull(expr hclsyntax.Expression, value cty.Value) bool {
	switch expr.(type) {
	case *hclsyntax.TemplateExpr, *hclsyntax.TupleConsExpr, *hclsyntax.ObjectConsExpr:
		return false
	default:
		return !value.IsKnown() || value.IsNull()
	}
}

// ephemeralIn finds an ephemeral variable that an expression refers to.
func (m *module) ephemeralIn(expr hclsyntax.Expression) string {
	for _, t := range expr.Variables() {
		if t.RootName() != "var" || len(t) < 2 {
			continue
		}
		if step, isAttr := t[1].(hcl.TraverseAttr); isAttr && m.variables[step.Name].Ephemeral {
			return step.Name
		}
	}
	return ""
}

// checkType reports a value that cannot become what is wanted.
func (m *module) checkType(a *hclsyntax.Attribute, value cty.Value, wanted cty.Type) {
	if _, err := convert.Convert(value, wanted); err != nil {
		m.report(mistake(a.Expr.Range(), "Wrong type", "%s must be %s: %v.", a.Name, wanted.FriendlyName(), err))
	}
}

// checkBeside reports arguments that cannot stand beside each other, once for each
// pair, and the lack of one out of several.
func (m *module) checkBeside(name, argument string, conflicts, exactlyOne []string, written map[string]hcl.Range, sure map[string]bool, b *hclsyntax.Block) {
	for _, other := range slices.Concat(conflicts, exactlyOne) {
		if sure[argument] && sure[other] && argument < other {
			m.report(mistake(written[other], "Conflict", "%s cannot have %s beside %s.", name, other, argument))
		}
	}
	if len(exactlyOne) == 0 || slices.Min(exactlyOne) != argument {
		return
	}
	if !slices.ContainsFunc(exactlyOne, func(n string) bool { _, given := written[n]; return given }) {
		m.report(mistake(b.DefRange(), "Missing argument", "%s needs one of %s.", name, strings.Join(exactlyOne, ", ")))
	}
}

// dynamic reads a dynamic block: the block that it makes, nil if it makes none, and
// its scope.
func (m *module) dynamic(b *hclsyntax.Block, s scope) (*hclsyntax.Block, scope) {
	m.only(b, "for_each", "iterator", "labels")
	forEach := b.Body.Attributes["for_each"]
	content := slices.IndexFunc(b.Body.Blocks, func(inner *hclsyntax.Block) bool { return inner.Type == "content" })
	if forEach == nil {
		m.report(missing(b, "argument", "for_each"))
		return nil, s
	}
	if content < 0 {
		m.report(missing(b, "block", "content"))
		return nil, s
	}
	iterator := b.Labels[0]
	if a := b.Body.Attributes["iterator"]; a != nil {
		iterator = hcl.ExprAsKeyword(a.Expr)
	}
	return b.Body.Blocks[content], s.with(iterator, each(m.evaluate(forEach.Expr, s)))
}

// checkCall checks a module block.
func (m *module) checkCall(b *hclsyntax.Block) {
	s := m.checkMeta(b)
	called, found := m.calledBy(b)
	if b.Body.Attributes["source"] == nil {
		m.report(missing(b, "argument", "source"))
	} else if !found {
		m.report(mistake(b.Body.Attributes["source"].Expr.Range(), "Unknown module", "There is no such module."))
	}
	for _, a := range inOrder(b.Body.Attributes) {
		if a.Name == "source" || a.Name == "version" || slices.Contains(metaArguments, a.Name) {
			continue
		}
		value := m.evaluate(a.Expr, s)
		if !found {
			continue
		}
		v, declared := called.Variables[a.Name]
		switch {
		case !declared:
			m.report(mistake(a.NameRange, "Unsupported argument", "The module has no variable %q%s", a.Name, suggest(a.Name, slices.Sorted(maps.Keys(called.Variables)))))
			continue
		case !v.Nullable && value.IsNull():
			m.report(mistake(a.Expr.Range(), "Wrong value", "The module's variable %q cannot be null.", a.Name))
		}
		if ephemeral := m.ephemeralIn(a.Expr); ephemeral != "" && !v.Ephemeral {
			m.report(mistake(a.Expr.Range(), "Ephemeral value", "var.%s is ephemeral, and the module's variable %q is not.", ephemeral, a.Name))
		}
		m.checkType(a, value, v.Type)
	}
	if !found {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(called.Variables)) {
		if called.Variables[name].Required && b.Body.Attributes[name] == nil {
			m.report(mistake(b.DefRange(), "Missing argument", "%s needs the argument %q.", title(b), name))
		}
	}
}

func (m *module) checkOutput(b *hclsyntax.Block) {
	m.only(b, "value", "description", "sensitive", "ephemeral", "depends_on")
	if needs := b.Body.Attributes["depends_on"]; needs != nil {
		m.checkNeeds(needs)
	}
	value := b.Body.Attributes["value"]
	if value == nil {
		m.report(missing(b, "argument", "value"))
		return
	}
	m.outputs[b.Labels[0]] = m.evaluate(value.Expr, m.scope).Type()
	if ephemeral := m.ephemeralIn(value.Expr); ephemeral != "" && !m.flag(b, "ephemeral", false) {
		m.report(mistake(value.Expr.Range(), "Ephemeral value", "var.%s is ephemeral, and the output is not.", ephemeral))
	}
}

func (m *module) checkVariable(b *hclsyntax.Block) {
	m.only(b, "type", "description", "default", "nullable", "sensitive", "ephemeral")
	v := m.variables[b.Labels[0]]
	if a := b.Body.Attributes["default"]; a != nil {
		value := m.evaluate(a.Expr, scope{})
		if value.IsNull() && !v.Nullable {
			m.report(mistake(a.Expr.Range(), "Wrong value", "var.%s cannot be null, and its default is.", b.Labels[0]))
		}
		m.checkType(a, value, v.Type)
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type != "validation" {
			m.report(mistake(inner.TypeRange, "Unsupported block", "A variable block has no block %q%s", inner.Type, suggest(inner.Type, []string{"validation"})))
			continue
		}
		m.checkCondition(inner, m.scope)
	}
}

func (m *module) checkProvider(b *hclsyntax.Block) {
	schema, err := m.Schemas.Find(providerschema.Provider, b.Labels[0])
	if err != nil {
		m.report(mistake(b.LabelRanges[0], "Unknown provider", "There is no schema of it: %v.", err))
		return
	}
	body := *b.Body
	body.Attributes = maps.Clone(b.Body.Attributes)
	delete(body.Attributes, "alias")
	checked := &hclsyntax.Block{Type: b.Type, Labels: b.Labels, Body: &body, TypeRange: b.TypeRange, LabelRanges: b.LabelRanges}
	m.checkBody(title(b), checked, schema, m.scope)
}

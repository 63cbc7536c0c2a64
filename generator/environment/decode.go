package environment

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// regions evaluates the one attribute that says how many targets there are.
func (l *loader) regions(body *hclsyntax.Body) []string {
	attr, given := body.Attributes["regions"]
	if !given {
		l.report(mistake(body.EndRange, "Missing required argument", "Say where this environment runs: regions = [\"eu-west-2\"]."))
		return nil
	}
	if len(attr.Expr.Variables()) > 0 {
		l.report(mistake(attr.Expr.Range(), "Regions must be known first", "Write them out, for example [\"eu-west-2\"]: all else is made once for each."))
		return nil
	}
	var regions []string
	diags := gohcl.DecodeExpression(attr.Expr, &hcl.EvalContext{}, &regions)
	l.report(diags...)
	if !diags.HasErrors() && len(regions) == 0 {
		l.report(mistake(attr.Expr.Range(), "No region", "Name at least one, for example eu-west-2."))
	}
	for i, r := range regions {
		if slices.Contains(regions[:i], r) {
			l.report(mistake(attr.Expr.Range(), "Region named twice", "%q is named twice.", r))
		}
	}
	return regions
}

// target evaluates the layered body for one region.
func (l *loader) target(body *hclsyntax.Body, project, environment labelled, region string) Target {
	account := accountID(body)
	s := fixedScope(project.value, environment.value, account, region)
	t := Target{
		Project: project.value, Environment: environment.value, AccountID: account, Region: region,
		Partition: partitionOf(region), Tags: map[string]string{},
		StateBucket: fmt.Sprintf("%s--%s-%s-state--%s", account, project.value, environment.value, region),
	}
	l.addComponents(s, body, t)
	l.checkReferences(body, s)

	var b targetBlock
	l.reportEvaluation(l.form.fill(reflect.ValueOf(&b).Elem(), &hcl.Block{Body: body}, s.evalContext()))
	set(&t.LockDown, b.LockDown)
	set(&t.Protected, b.Protected)
	set(&t.Branch, b.Branch)
	if b.Release != nil {
		t.Release = Release(*b.Release)
	}
	set(&t.StateBucket, b.StateBucket)
	set(&t.PermissionsBoundary, b.PermissionsBoundary)
	for _, a := range l.attributes(b.Tags) {
		t.Tags[a.Name] = l.known(a.Expr, s, "A tag's value")
	}
	if _, given := body.Attributes["artifacts"]; given {
		t.Artifacts, _ = l.component(b.Artifacts, "bucket", s, "Name the bucket that packages are uploaded to: artifacts = bucket.NAME.")
	}
	l.decodeComponents(&t, b, s)
	t.Waivers = append(t.Waivers, waivers(b.Waivers, "", "")...)
	c := checker{loader: l, target: t, body: body, project: project, environment: environment}
	c.checkTarget(b)
	c.checkCycles(b)
	return t
}

// decodeComponents makes the components of a target out of its blocks.
func (l *loader) decodeComponents(t *Target, b targetBlock, s scope) {
	for _, block := range b.Buckets {
		t.Buckets = append(t.Buckets, bucketOf(block, s))
		t.Waivers = append(t.Waivers, waivers(block.Waivers, "bucket", block.Label)...)
	}
	for _, block := range b.Layers {
		t.Layers = append(t.Layers, layerOf(block, s))
		t.Waivers = append(t.Waivers, waivers(block.Waivers, "layer", block.Label)...)
	}
	for _, block := range b.Secrets {
		t.Secrets = append(t.Secrets, secretOf(block, s))
		t.Waivers = append(t.Waivers, waivers(block.Waivers, "secret", block.Label)...)
	}
	for _, block := range b.Parameters {
		t.Parameters = append(t.Parameters, l.parameterOf(block, s))
		t.Waivers = append(t.Waivers, waivers(block.Waivers, "parameter", block.Label)...)
	}
	for _, block := range b.Functions {
		t.Functions = append(t.Functions, l.functionOf(block, *t, s))
		t.Waivers = append(t.Waivers, waivers(block.Waivers, "function", block.Label)...)
	}
	for _, block := range b.Distributions {
		t.Distributions = append(t.Distributions, l.distributionOf(block, *t, s))
		t.Waivers = append(t.Waivers, waivers(block.Waivers, "distribution", block.Label)...)
	}
	for _, block := range b.Deployers {
		t.Deployers = append(t.Deployers, deployerOf(block, *t))
		t.Waivers = append(t.Waivers, waivers(block.Waivers, "deployer", block.Label)...)
	}
	for _, block := range b.Acceptance {
		t.Acceptance = append(t.Acceptance, Acceptance{
			Label: block.Label, Package: block.Package, Settings: l.settings(block.Environment, s),
		})
	}
}

// accountID evaluates the account first: names are made of it. One that is missing
// or wrong is reported when the whole body is decoded; until then twelve zeros
// stand for it, so that it does not spoil every name.
func accountID(body *hclsyntax.Body) string {
	account := ""
	if attr, given := body.Attributes["account_id"]; given {
		if gohcl.DecodeExpression(attr.Expr, &hcl.EvalContext{}, &account).HasErrors() {
			account = ""
		}
	}
	if !accountPattern.MatchString(account) {
		return strings.Repeat("0", 12)
	}
	return account
}

// addComponents puts every component that the body names into the scope, with the
// attributes that others may refer to.
func (l *loader) addComponents(s scope, body *hclsyntax.Body, t Target) {
	named := map[string]map[string]cty.Value{}
	for _, kind := range slices.Sorted(maps.Keys(referable)) {
		named[kind] = map[string]cty.Value{}
	}
	for _, block := range body.Blocks {
		attributes, isComponent := referable[block.Type]
		if !isComponent || len(block.Labels) != 1 {
			continue // gohcl reports it
		}
		label := block.Labels[0]
		own := ""
		if attr, given := block.Body.Attributes["name"]; given {
			own = l.ownName(attr.Expr, s)
		}
		named[block.Type][label] = cty.ObjectVal(attributes(t, label, own))
	}
	for kind, byLabel := range named {
		s.named(kind, byLabel)
	}
}

// ownName evaluates the name that a component is given. Components are not known
// yet: names come first, so that any component can refer to any other's.
func (l *loader) ownName(expr hcl.Expression, s scope) string {
	for _, traversal := range expr.Variables() {
		if _, isComponent := referable[traversal.RootName()]; isComponent {
			l.report(mistake(traversal.SourceRange(), "Name of a name", "A name can be made of project and environment, not of another component."))
			return ""
		}
	}
	name := ""
	if gohcl.DecodeExpression(expr, s.evalContext(), &name).HasErrors() {
		return "" // reported when the whole block is decoded
	}
	return name
}

// referable has, for each block that others may refer to, its attributes. own is
// the name that was written for it, if any.
var referable = map[string]func(t Target, label, own string) map[string]cty.Value{
	"bucket": func(t Target, label, own string) map[string]cty.Value {
		name := cmp.Or(own, fmt.Sprintf("%s--%s-%s-%s--%s", t.AccountID, t.Project, t.Environment, label, t.Region))
		return map[string]cty.Value{
			"name": cty.StringVal(name),
			"arn":  cty.StringVal("arn:" + t.Partition + ":s3:::" + name),
		}
	},
	"layer": func(t Target, label, _ string) map[string]cty.Value {
		return map[string]cty.Value{"name": cty.StringVal(t.nameOf(label))}
	},
	"secret": func(t Target, label, own string) map[string]cty.Value {
		return map[string]cty.Value{"name": cty.StringVal(cmp.Or(own, t.pathOf(label)))}
	},
	"parameter": func(t Target, label, own string) map[string]cty.Value {
		return map[string]cty.Value{"name": cty.StringVal(cmp.Or(own, t.pathOf(label)))}
	},
	"function": func(t Target, label, _ string) map[string]cty.Value {
		name := t.nameOf(label)
		return map[string]cty.Value{
			"name": cty.StringVal(name),
			"arn":  cty.StringVal(fmt.Sprintf("arn:%s:lambda:%s:%s:function:%s", t.Partition, t.Region, t.AccountID, name)),
			"url":  cty.UnknownVal(cty.String),
		}
	},
	"distribution": func(Target, string, string) map[string]cty.Value {
		return map[string]cty.Value{
			"id":  cty.UnknownVal(cty.String),
			"arn": cty.UnknownVal(cty.String),
			"url": cty.UnknownVal(cty.String),
		}
	},
}

// nameOf is what a component is called where names are unique in an account's
// region.
func (t Target) nameOf(label string) string {
	return fmt.Sprintf("%s-%s-%s", t.Project, t.Environment, label)
}

// pathOf is what a component is called where names are paths.
func (t Target) pathOf(label string) string {
	return fmt.Sprintf("/%s/%s/%s", t.Project, t.Environment, label)
}

func (l *loader) settings(blocks []freeBlock, s scope) []Setting {
	var settings []Setting
	for _, a := range l.attributes(blocks) {
		settings = append(settings, Setting{Name: a.Name, Value: l.value(a.Expr, s)})
	}
	return settings
}

// attributes lists the attributes of an optional free block, sorted by name.
func (l *loader) attributes(blocks []freeBlock) []*hcl.Attribute {
	var all []*hcl.Attribute
	for _, b := range blocks {
		for _, name := range slices.Sorted(maps.Keys(b.Attributes)) {
			all = append(all, b.Attributes[name])
		}
	}
	return all
}

// component reads a typed reference to a component, kind.NAME. One that leads
// nowhere has been reported by checkReferences.
func (l *loader) component(expr hcl.Expression, kind string, s scope, wanted string) (label string, ok bool) {
	if expr == nil { // gohcl has reported a mistake and left the block unread
		return "", false
	}
	traversal, diags := hcl.AbsTraversalForExpr(expr)
	if !diags.HasErrors() && len(traversal) == 2 && traversal.RootName() == kind {
		if step, isAttr := traversal[1].(hcl.TraverseAttr); isAttr {
			return step.Name, s[kind].Type().HasAttribute(step.Name)
		}
	}
	known := false
	if !diags.HasErrors() {
		_, known = s[traversal.RootName()]
	}
	if diags.HasErrors() || known {
		l.report(mistake(expr.Range(), strings.ToUpper(kind[:1])+kind[1:]+" expected", "%s", wanted))
	}
	return "", false
}

// components reads a list of typed references.
func (l *loader) components(expr hcl.Expression, kind string, s scope, wanted string) []string {
	if expr == nil {
		return nil
	}
	items, diags := hcl.ExprList(expr)
	if diags.HasErrors() {
		l.report(mistake(expr.Range(), "List expected", "%s", wanted))
		return nil
	}
	var labels []string
	for _, item := range items {
		if label, ok := l.component(item, kind, s, wanted); ok {
			labels = append(labels, label)
		}
	}
	return labels
}

// named reads a block of variables each of which holds a component's name, as
// KEY = secret.api-key. It returns the settings and the components' labels, sorted.
func (l *loader) named(blocks []freeBlock, kind string, s scope) (settings []Setting, labels []string) {
	for _, a := range l.attributes(blocks) {
		label, ok := l.component(a.Expr, kind, s, fmt.Sprintf("Name one: %s = %s.NAME. The variable then holds its name, and the function may read it.", a.Name, kind))
		if !ok {
			continue
		}
		value := Literal(s[kind].GetAttr(label).GetAttr("name").AsString())
		value.Range = a.Expr.Range()
		settings = append(settings, Setting{Name: a.Name, Value: value})
		if !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	return settings, labels
}

// known evaluates text that must be known before anything is deployed.
func (l *loader) known(expr hcl.Expression, s scope, what string) string {
	v := l.value(expr, s)
	if len(v.Refs()) > 0 {
		l.report(mistake(expr.Range(), "Known only after an apply", "%s must be known before.", what))
	}
	return v.String()
}

// folderExists tells whether path, which has slashes, is a folder of the repository.
func (l *loader) folderExists(path string) bool {
	if !isLocal(path) {
		return false
	}
	info, err := os.Stat(filepath.Join(l.root, filepath.FromSlash(path)))
	return err == nil && info.IsDir()
}

// isLocal tells whether path, which has slashes, stays in the repository.
func isLocal(path string) bool {
	return filepath.IsLocal(filepath.FromSlash(path)) && !strings.Contains(path, "\\")
}

// written tells whether a block has an attribute.
func written(body hcl.Body, attribute string) bool {
	b, isSyntax := body.(*hclsyntax.Body)
	if !isSyntax {
		return false
	}
	_, given := b.Attributes[attribute]
	return given
}

// set replaces a default by what was written, if anything was.
func set[T any](field, written *T) {
	if written != nil {
		*field = *written
	}
}

package render

import (
	"bytes"
	"path"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// Root renders the root modules of a target: the one of its components, and the one
// of what stands before them; and the policies of those who deploy it.
func (r *Renderer) Root(t environment.Target) ([]File, error) {
	up := strings.Repeat("../", strings.Count(RootFolder(t), "/")+1)
	main := r.rootData(t, t.Key())
	if len(t.Functions)+len(t.Layers) > 0 {
		main.Packages = r.printer.literal(up + PackagesFolder(t))
	}
	main.Secrets = len(t.Secrets) > 0
	main.Versions = len(t.Functions) > 0
	if components.CanLockDown(t) {
		main.LockDown = r.printer.literal(t.LockDown)
	}
	main.Calls = r.calls(components.Of(t), t, up)
	main.Outputs = r.outputs(t)
	state := r.rootData(t, t.Key()+"/state")
	state.Calls = r.calls(components.Bootstrap(t), t, "../"+up)

	var files []File
	for _, f := range []struct {
		folder, template string
		data             rootData
	}{
		{RootFolder(t), "root/main.tf.tmpl", main},
		{StateFolder(t), "root/state.tf.tmpl", state},
	} {
		content, err := r.root(f.template, f.data)
		if err != nil {
			return nil, err
		}
		files = append(files, File{path.Join(f.folder, "main.tf"), content})
	}
	return append(files, policies(t)), nil
}

// rootData is what the templates of a root module are executed with. Its texts are
// HCL: expressions, and names that are fit to be labels.
type rootData struct {
	TerraformVersion, ProviderVersion string
	StateBucket, StateKey             string
	Region, AccountID                 string
	Tags                              string // empty when there are none
	Packages                          string // empty when nothing is packaged
	Secrets                           bool
	LockDown                          string // its default; empty when nothing can be locked down
	Versions                          bool   // whether anything tells which version it is
	Calls                             []call
	Outputs                           []output
}

func (r *Renderer) rootData(t environment.Target, state string) rootData {
	literal := r.printer.literal
	data := rootData{
		TerraformVersion: literal(TerraformVersion), ProviderVersion: literal(ProviderVersion),
		StateBucket: literal(t.StateBucket), StateKey: literal(state + ".tfstate"),
		Region: literal(t.Region), AccountID: literal(t.AccountID),
	}
	if len(t.Tags) > 0 {
		data.Tags = literal(t.Tags)
	}
	return data
}

// scratch is what rendering a root needs only until it is done.
type scratch struct {
	executed bytes.Buffer
	rest     []byte
	literals [][]byte
}

func (r *Renderer) root(template string, data rootData) ([]byte, error) {
	s := r.scratch.Get().(*scratch)
	defer r.scratch.Put(s)
	s.executed.Reset()
	if err := r.execute(&s.executed, template, data); err != nil {
		return nil, err
	}
	s.rest, s.literals = takeApart(bytes.TrimSpace(s.executed.Bytes()), s.rest[:0], s.literals[:0])
	s.rest = append(s.rest, '\n')
	shapes, diags := r.shapes.of(s.rest, template, r.check)
	if diags.HasErrors() {
		return nil, r.mistakes(diags, map[string]any{template: data})
	}
	content := append(make([]byte, 0, s.executed.Len()+s.executed.Len()/4), header(template)...)
	literals := s.literals
	for i, shape := range shapes {
		if i > 0 {
			content = append(content, '\n')
		}
		content, literals = shape.fill(content, literals)
	}
	return content, nil
}

func (r *Renderer) check(bodies ...*hclsyntax.Body) hcl.Diagnostics {
	_, diags := r.checker.Check(bodies...)
	return diags
}

// call is a module block of a root module.
type call struct {
	Name, Source string               // the source is no literal, because what may be given to a module depends on it
	Waivers      []environment.Waiver // fit for a comment
	Arguments    string               // one a line
	DependsOn    string               // separated by commas
}

// calls are the module blocks of components; up leads from the root module to the
// repository.
func (r *Renderer) calls(all []components.Component, t environment.Target, up string) []call {
	blocks := make([]call, 0, len(all))
	for _, c := range all {
		block := call{
			Name: moduleName(c.Address), Source: `"` + up + path.Join(ModulesFolder, c.Address.Kind) + `"`,
			Arguments: r.arguments(c.Inputs), DependsOn: dependsOn(c),
		}
		if c.Address.Kind == components.StateKind {
			block.Name = components.StateKind
		}
		for _, w := range r.kindOf(c).Waivers(c.Address, t) {
			block.Waivers = append(block.Waivers, environment.Waiver{Rule: comment(w.Rule), Reason: comment(w.Reason)})
		}
		blocks = append(blocks, block)
	}
	return blocks
}

func (r *Renderer) kindOf(c components.Component) components.Kind {
	return r.kinds[slices.IndexFunc(r.kinds, func(k components.Kind) bool { return k.Name == c.Address.Kind })]
}

// comment makes any text fit for a comment of one line.
func comment(text string) string {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	return strings.Join(strings.Fields(printable), " ")
}

// arguments writes the values of an inputs struct, one a line; a nil pointer is
// left out.
func (r *Renderer) arguments(inputs any) string {
	return string(r.printer.appendFields(nil, reflect.ValueOf(inputs)))
}

// dependsOn lists the modules that a component needs without referring to them.
func dependsOn(c components.Component) string {
	if len(c.Needs) == 0 {
		return ""
	}
	missing := map[components.Address]bool{}
	for _, need := range c.Needs {
		missing[need] = true
	}
	refs(reflect.ValueOf(c.Inputs), func(r environment.Ref) { delete(missing, components.AddressOf(r)) })
	modules := make([]string, 0, len(missing))
	for need := range missing {
		modules = append(modules, "module."+moduleName(need))
	}
	slices.Sort(modules)
	return strings.Join(modules, ", ")
}

// outputs are the addresses of a target, for whoever has applied it.
func (r *Renderer) outputs(t environment.Target) []output {
	var all []output
	add := func(name, description, kind, label string) {
		url := environment.Ref{Kind: kind, Name: label, Attribute: "url"}
		all = append(all, output{Name: name, Description: r.printer.literal(description), Expression: string(appendRef(nil, url))})
	}
	for _, f := range t.Functions {
		if f.Public {
			add("function_"+f.Label+"_url", "Address of the function "+f.Label+".", components.FunctionKind, f.Label)
		}
	}
	for _, d := range t.Distributions {
		add("distribution_"+d.Label+"_url", "Address of the distribution "+d.Label+".", components.CDNKind, d.Label)
	}
	return all
}

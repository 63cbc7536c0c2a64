package render

import (
	"bytes"
	"fmt"
	"path"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"sendform/generator/components"
	"sendform/generator/modulecheck"
)

// Modules renders a module for each kind of component.
func (r *Renderer) Modules() ([]File, error) {
	var files []File
	for _, kind := range r.kinds {
		module, err := r.modules[kind.Name]()
		if err != nil {
			return nil, err
		}
		files = append(files, module.files...)
	}
	return files, nil
}

// module is a rendered module and what its callers must know.
type module struct {
	files []File
	facts modulecheck.Module
}

// called finds the module that a root module's call has as its source.
func (r *Renderer) called(source string) (modulecheck.Module, bool) {
	rendered, known := r.modules[path.Base(source)]
	if !known || path.Base(path.Dir(source)) != ModulesFolder {
		return modulecheck.Module{}, false
	}
	m, err := rendered()
	return m.facts, err == nil // the error is reported by Modules
}

// moduleData is what the templates of a module are executed with.
type moduleData struct {
	Kind                              components.Kind
	Variables                         []variable
	Outputs                           []output
	TerraformVersion, ProviderVersion string
}

func (r *Renderer) module(kind components.Kind) (module, error) {
	data := moduleData{
		Kind: kind, Variables: variables(kind.Inputs),
		TerraformVersion: r.printer.literal(TerraformVersion), ProviderVersion: r.printer.literal(ProviderVersion),
	}
	folder := path.Join(ModulesFolder, kind.Name)
	var m module
	var bodies []*hclsyntax.Body
	with := map[string]any{}
	for _, f := range []struct{ name, template string }{
		{"main.tf", kind.Name + "/main.tf.tmpl"},
		{"outputs.tf", kind.Name + "/outputs.tf.tmpl"},
		{"variables.tf", "module/variables.tf.tmpl"},
		{"versions.tf", "module/versions.tf.tmpl"},
	} {
		var executed bytes.Buffer
		if err := r.execute(&executed, f.template, data); err != nil {
			return m, err
		}
		with[f.template] = data
		text, literals := takeApart(append(bytes.TrimSpace(executed.Bytes()), '\n'), nil, nil)
		shape, diags := newShape(text, f.template)
		if diags.HasErrors() {
			return m, r.mistakes(diags, with)
		}
		content, _ := shape.fill(header(f.template), literals)
		bodies = append(bodies, shape.body)
		m.files = append(m.files, File{path.Join(folder, f.name), content})
	}
	var diags hcl.Diagnostics
	if m.facts, diags = r.checker.Check(bodies...); diags.HasErrors() {
		return m, r.mistakes(diags, with)
	}
	var err error
	if data.Outputs, err = declared(kind, bodies[1]); err != nil {
		return m, err
	}
	var readme bytes.Buffer
	fmt.Fprintf(&readme, "<!-- %s from templates/module. Do not edit. -->\n", generated)
	if err := r.execute(&readme, "module/README.md.tmpl", data); err != nil {
		return m, err
	}
	m.files = append(m.files, File{path.Join(folder, "README.md"), readme.Bytes()})
	return m, nil
}

// output is an output of a module or root module.
type output struct{ Name, Description, Expression string }

// declared reads the outputs that a module's template declares and holds them
// against those that the model lets others refer to.
func declared(kind components.Kind, body *hclsyntax.Body) ([]output, error) {
	has := map[string]output{}
	for _, b := range body.Blocks {
		o := output{Name: b.Labels[0]}
		if a := b.Body.Attributes["description"]; a != nil {
			description, diags := a.Expr.Value(nil)
			if diags.HasErrors() || description.Type() != cty.String || description.IsNull() {
				return nil, fmt.Errorf("template %s/outputs.tf.tmpl, output %s: its description must be text", kind.Name, o.Name)
			}
			o.Description = description.AsString()
		}
		has[o.Name] = o
	}
	var outputs []output
	for _, name := range kind.Outputs {
		o, found := has[name]
		if !found {
			return nil, fmt.Errorf("template %s/outputs.tf.tmpl has no output %q, which components refer to", kind.Name, name)
		}
		outputs = append(outputs, o)
	}
	return outputs, nil
}

// Package render turns the model and the templates into the files that people
// review and Terraform runs, and keeps those files in sync with them.
//
// It must not run Terraform or ask AWS, and it knows no component by name: it
// renders whatever kinds it is given.
package render

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"text/template"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// What the rendered HCL asks for; AWS-FACTS and docs/decisions.md say why.
const (
	TerraformVersion = ">= 1.11"
	ProviderVersion  = ">= 6.50, < 7"
)

// The folders of rendered files, relative to the repository.
const (
	ModulesFolder = "modules"
	RootsFolder   = "out"
)

// PackagesVariable is the root module's variable that names the folder of built
// packages; PackagesFolder is its default, relative to the repository.
const PackagesVariable = "packages"

// PackagesFolder is where the packages of a target are built when it is deployed.
func PackagesFolder(t environment.Target) string {
	return path.Join(".sendform", "packages", t.Environment, t.Region)
}

// RootFolder is where a target's root module is rendered; StateFolder, in it, has
// the root module of its state bucket.
func RootFolder(t environment.Target) string {
	return path.Join(RootsFolder, t.Environment, t.Region)
}

// StateFolder is where the root module of a target's state bucket is rendered.
func StateFolder(t environment.Target) string { return path.Join(RootFolder(t), "state") }

// File is a rendered file; Path is relative to the repository, with slashes.
type File struct {
	Path    string
	Content []byte
}

// Renderer renders from one set of templates. It is safe for concurrent use.
type Renderer struct {
	parsed *template.Template
}

// New reads the templates, which are named <folder>/<file>.tmpl.
func New(templates fs.FS) (*Renderer, error) {
	root := template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"quote":   quote,
		"literal": func(v any) string { return expression(reflect.ValueOf(v)) },
		"backend": backend,
	})
	names, err := fs.Glob(templates, "*/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no templates: expected templates/<component>/<file>.tmpl")
	}
	for _, name := range names {
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			return nil, fmt.Errorf("read template %s: %w", name, err)
		}
		if _, err := root.New(name).Parse(string(text)); err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
	}
	return &Renderer{parsed: root}, nil
}

type backendSettings struct {
	TerraformVersion, ProviderVersion string
	Bucket, Key, Region               string
}

func backend(t environment.Target, suffix string) backendSettings {
	return backendSettings{
		TerraformVersion: TerraformVersion, ProviderVersion: ProviderVersion,
		Bucket: t.StateBucket, Key: t.Key() + suffix + ".tfstate", Region: t.Region,
	}
}

// Modules renders a module for each kind of component.
func (r *Renderer) Modules(kinds []components.Kind) ([]File, error) {
	var files []File
	for _, kind := range kinds {
		data := struct {
			Kind                              components.Kind
			Variables                         []variable
			Outputs                           []output
			TerraformVersion, ProviderVersion string
		}{kind, variables(kind.Inputs), nil, TerraformVersion, ProviderVersion}
		outputs, err := r.hcl(kind.Name+"/outputs.tf.tmpl", data)
		if err != nil {
			return nil, err
		}
		if data.Outputs, err = declared(kind, outputs); err != nil {
			return nil, err
		}
		folder := path.Join(ModulesFolder, kind.Name)
		files = append(files, File{path.Join(folder, "outputs.tf"), outputs})
		for file, from := range map[string]string{
			"main.tf":      kind.Name + "/main.tf.tmpl",
			"variables.tf": "module/variables.tf.tmpl",
			"versions.tf":  "module/versions.tf.tmpl",
		} {
			content, err := r.hcl(from, data)
			if err != nil {
				return nil, err
			}
			files = append(files, File{path.Join(folder, file), content})
		}
		readme, err := r.execute("module/README.md.tmpl", data)
		if err != nil {
			return nil, err
		}
		mark := fmt.Sprintf("<!-- %s from templates/module. Do not edit. -->\n", generated)
		files = append(files, File{path.Join(folder, "README.md"), append([]byte(mark), readme...)})
	}
	return files, nil
}

// output is an output of a module or root module.
type output struct{ Name, Description, Expression string }

// declared reads the outputs that a module's template declares and holds them
// against those that the model lets others refer to.
func declared(kind components.Kind, content []byte) ([]output, error) {
	file, diags := hclsyntax.ParseConfig(content, "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, fmt.Errorf("template %s/outputs.tf.tmpl: %w", kind.Name, diags)
	}
	has := map[string]output{}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		description, diags := b.Body.Attributes["description"].Expr.Value(nil)
		if diags.HasErrors() {
			return nil, fmt.Errorf("template %s/outputs.tf.tmpl: %w", kind.Name, diags)
		}
		has[b.Labels[0]] = output{Name: b.Labels[0], Description: description.AsString()}
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

// call is a module block of a root module.
type call struct {
	Name, Source string
	Arguments    []argument
	DependsOn    []string
}

// Root renders the root modules of a target: the one of its components and the
// one of its state bucket.
func (r *Renderer) Root(t environment.Target) ([]File, error) {
	toRepository := strings.Repeat("../", strings.Count(RootFolder(t), "/")+1)
	data := struct {
		Target   environment.Target
		Packages string
		Calls    []call
		Outputs  []output
	}{Target: t, Packages: toRepository + PackagesFolder(t)}
	for _, c := range components.Of(t) {
		data.Calls = append(data.Calls, call{
			Name: moduleName(c.Address), Source: toRepository + path.Join(ModulesFolder, c.Address.Kind),
			Arguments: arguments(c.Inputs), DependsOn: dependsOn(c),
		})
	}
	for _, f := range t.Functions {
		if !f.Public {
			continue
		}
		url := environment.Ref{Kind: components.FunctionKind, Name: f.Label, Attribute: "url"}
		data.Outputs = append(data.Outputs, output{
			Name: "function_" + f.Label + "_url", Description: "Address of the function " + f.Label + ".", Expression: refExpression(url),
		})
	}
	main, err := r.hcl("root/main.tf.tmpl", data)
	if err != nil {
		return nil, err
	}
	state, err := r.hcl("root/state.tf.tmpl", struct {
		Target environment.Target
		call
	}{t, call{
		Source:    "../" + toRepository + path.Join(ModulesFolder, components.StateKind),
		Arguments: arguments(components.State(t).Inputs),
	}})
	if err != nil {
		return nil, err
	}
	return []File{
		{path.Join(RootFolder(t), "main.tf"), main},
		{path.Join(StateFolder(t), "main.tf"), state},
	}, nil
}

// generated begins the first line of every rendered file: what lacks it was
// written by somebody.
const generated = "Generated by sendform"

// hcl executes a template whose result is HCL, checks that it parses, and formats
// it as terraform fmt does.
func (r *Renderer) hcl(name string, data any) ([]byte, error) {
	body, err := r.execute(name, data)
	if err != nil {
		return nil, err
	}
	content := append(fmt.Appendf(nil, "# %s from templates/%s. Do not edit: run `make gen`.\n\n", generated, path.Dir(name)), bytes.TrimSpace(body)...)
	content = append(content, '\n')
	if _, diags := hclsyntax.ParseConfig(content, name, hcl.InitialPos); diags.HasErrors() {
		line := diags[0].Subject.Start.Line
		return nil, fmt.Errorf("template %s renders HCL that does not parse: line %d of what it renders, %s: %s\n  %s",
			name, line, strings.ToLower(diags[0].Summary), diags[0].Detail, strings.Split(string(content), "\n")[line-1])
	}
	return hclwrite.Format(content), nil
}

func (r *Renderer) execute(name string, data any) ([]byte, error) {
	t := r.parsed.Lookup(name)
	if t == nil {
		return nil, fmt.Errorf("there is no templates/%s", name)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	return out.Bytes(), nil
}

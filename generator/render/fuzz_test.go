package render_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/render"
)

// FuzzRoot renders targets with any text in them. What is rendered must parse, be
// formatted, and say what the model says.
func FuzzRoot(f *testing.F) {
	for _, text := range []string{
		"plain", "", "cost $", "100%", "a \"quoted\" \\ text", "${not.a.reference} %{if}", "$${", "%%{", "$$${x}", "line\nbreak\r\t", "\x00\x7f\u2028",
		"e\u0301 \ue000 \ue001", "\xff\xfe", "}\n}\n", strings.Repeat("long ", 40), "# no comment", "名前",
		"lines\n\twith ${a} and %{b}\n", "$$${x}\n", "EOT\n  EOT\n", "\n\n", "$\n{\n", "\\n \"quoted\"\n", "cr\r\n",
	} {
		f.Add("NAME", text, uint8(3))
		f.Add(text, "value", uint8(0))
	}
	env, err := environment.Load(repository, "qa")
	if err != nil {
		f.Fatal(err)
	}
	renderer, err := render.New(os.DirFS(filepath.Join(repository, "templates")), components.Kinds())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key, text string, tags uint8) {
		target := env.Targets[0]
		target.Tags = map[string]string{"project": text}
		for i := range tags % 4 {
			target.Tags[strings.Repeat(key, int(i))+"x"] = text
		}
		target.Functions = slices.Clone(target.Functions)
		target.Functions[0].Description = text
		target.Functions[0].Settings = []environment.Setting{{Name: "a" + key, Value: environment.Value{Parts: []environment.Part{
			{Literal: text}, {Ref: environment.Ref{Kind: "function", Name: target.Functions[1].Label, Attribute: "url"}}, {Literal: key},
		}}}}
		target.Buckets = slices.Clone(target.Buckets)
		target.Buckets[0].CORS = &environment.CORS{AllowedOrigins: []string{text, key, text}}

		target.Waivers = []environment.Waiver{{Rule: "aws-s3-enable-versioning", Kind: "bucket", Reason: text}, {Rule: key, Kind: "function", Reason: text}}

		files, err := renderer.Root(target)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if file.Path == render.PolicyFile(target) {
				if !json.Valid(file.Content) {
					t.Errorf("no JSON:\n%s", file.Content)
				}
				continue
			}
			parsed, diags := hclsyntax.ParseConfig(file.Content, file.Path, hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatalf("%v\n%s", diags, file.Content)
			}
			if formatted := hclwrite.Format(file.Content); string(formatted) != string(file.Content) {
				t.Fatalf("not formatted:\n%s", file.Content)
			}
			body := parsed.Body.(*hclsyntax.Body)
			if strings.HasSuffix(file.Path, "state/main.tf") {
				continue
			}
			got := argument(t, body, "function_"+target.Functions[0].Label, "description")
			if want := cty.StringVal(string([]rune(text))); !got.RawEquals(want) {
				t.Errorf("got %#v, want %#v", got, want)
			}
			settings := argument(t, body, "function_"+target.Functions[0].Label, "environment").AsValueMap()
			got = settings[cty.StringVal("a"+string([]rune(key))).AsString()]
			if want := cty.StringVal(string([]rune(text)) + "https://url" + string([]rune(key))); !got.RawEquals(want) {
				t.Errorf("got %#v, want %#v", got, want)
			}
			origins := argument(t, body, "storage_"+target.Buckets[0].Label, "cors").GetAttr("allowed_origins")
			if origins.LengthInt() != 3 {
				t.Errorf("got %#v", origins)
			}
		}
	})
}

// argument evaluates an argument of a module call. Every function has the same URL.
func argument(t *testing.T, body *hclsyntax.Body, module, name string) cty.Value {
	t.Helper()
	for _, b := range body.Blocks {
		if b.Type == "module" && b.Labels[0] == module {
			a, found := b.Body.Attributes[name]
			if !found {
				t.Fatalf("%s has no %s, only %v", module, name, slices.Collect(maps.Keys(b.Body.Attributes)))
			}
			function := cty.ObjectVal(map[string]cty.Value{"url": cty.StringVal("https://url")})
			modules := map[string]cty.Value{}
			for _, other := range body.Blocks {
				if other.Type == "module" {
					modules[other.Labels[0]] = function
				}
			}
			value, diags := a.Expr.Value(&hcl.EvalContext{Variables: map[string]cty.Value{"module": cty.ObjectVal(modules)}})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			return value
		}
	}
	t.Fatalf("no module %s", module)
	return cty.NilVal
}

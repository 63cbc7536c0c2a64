package speed

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// skeleton copies a root module and the modules of a repository with a terraform_data in
// the place of each resource: what Terraform has to do for the same HCL where no provider
// and no cloud do anything. It has no backend and no data sources.
func skeleton(tb testing.TB, repository, root string) (dir string) {
	tb.Helper()
	copied := tb.TempDir()
	files, err := filepath.Glob(filepath.Join(repository, "modules", "*", "*.tf"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, file := range append(files, filepath.Join(repository, root, "main.tf")) {
		content, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		parsed, diagnostics := hclwrite.ParseConfig(content, file, hcl.InitialPos)
		if diagnostics.HasErrors() {
			tb.Fatal(diagnostics)
		}
		relative, err := filepath.Rel(repository, file)
		if err != nil {
			tb.Fatal(err)
		}
		target := filepath.Join(copied, relative)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(target, []byte(withoutProvider(parsed.Body())), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return filepath.Join(copied, root)
}

func withoutProvider(body *hclwrite.Body) string {
	var out strings.Builder
	for _, block := range body.Blocks() {
		switch block.Type() {
		case "terraform", "provider", "data":
		case "resource":
			fmt.Fprintf(&out, "resource \"terraform_data\" %q {\n", strings.Join(block.Labels(), "_"))
			for _, name := range []string{"count", "for_each", "depends_on"} {
				if a := block.Body().GetAttribute(name); a != nil {
					fmt.Fprintf(&out, "%s = %s\n", name, text(a))
				}
			}
			fmt.Fprintf(&out, "input = %s\n}\n", object(block.Body()))
		default:
			out.Write(block.BuildTokens(nil).Bytes())
		}
	}
	return references(out.String())
}

// object is an expression with what a body has: blocks are objects, those that are
// dynamic are lists of them.
func object(body *hclwrite.Body) string {
	var out strings.Builder
	out.WriteString("{\n")
	attributes := body.Attributes()
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if name != "count" && name != "for_each" && name != "depends_on" {
			fmt.Fprintf(&out, "%s = %s\n", name, text(attributes[name]))
		}
	}
	for i, block := range body.Blocks() {
		switch block.Type() {
		case "lifecycle", "timeouts":
		case "dynamic":
			name := block.Labels()[0]
			content := object(block.Body().FirstMatchingBlock("content", nil).Body())
			fmt.Fprintf(&out, "%s_%d = [for each in %s : %s]\n", name, i,
				text(block.Body().GetAttribute("for_each")), strings.ReplaceAll(content, name+".value", "each"))
		default:
			fmt.Fprintf(&out, "%s_%d = %s\n", block.Type(), i, object(block.Body()))
		}
	}
	out.WriteString("}")
	return out.String()
}

func text(a *hclwrite.Attribute) string { return string(a.Expr().BuildTokens(nil).Bytes()) }

// references leads what refers to resources and data sources to what stands for them. Of
// a terraform_data nothing but its id is known as late as an ARN is.
func references(text string) string {
	text = regexp.MustCompile(`\bdata\.aws_\w+\.\w+\.\w+`).ReplaceAllString(text, `"any"`)
	resource := regexp.MustCompile(`\b(aws_\w+)\.([a-z]+)(\[[^]]+\])?(\.\w+)?`)
	text = resource.ReplaceAllStringFunc(text, func(reference string) string {
		m := resource.FindStringSubmatch(reference)
		kept := "terraform_data." + m[1] + "_" + m[2] + m[3]
		if m[4] != "" {
			kept += ".id"
		}
		return kept
	})
	return strings.ReplaceAll(text, "u.function_url", "u.id")
}

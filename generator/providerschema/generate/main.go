// Command generate writes down what the stand-in provider takes, for package
// providerschema. It runs in that package's folder, by go generate.
//
// It is the only thing that knows both; the program that generates modules must
// not need a provider.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"sendform/generator/providerschema"
	"sendform/generator/standin"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	described, err := describe(context.Background())
	if err != nil {
		return err
	}
	if err := os.RemoveAll(providerschema.Folder); err != nil {
		return fmt.Errorf("remove the old schemas: %w", err)
	}
	for name, text := range described {
		file := filepath.FromSlash(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, text, 0o644)); err != nil {
			return fmt.Errorf("write schema: %w", err)
		}
	}
	return nil
}

// describe writes a file for each type, by its name.
func describe(ctx context.Context) (map[string][]byte, error) {
	provider := standin.Schema()
	served, err := schema.NewGRPCProviderServer(provider).GetProviderSchema(ctx, &tfprotov5.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask the stand-in for its schema: %w", err)
	}
	files := map[string][]byte{}
	add := func(mode providerschema.Mode, name string, s *tfprotov5.Schema, arguments map[string]*schema.Schema) error {
		b, err := block(s.Block, arguments, "")
		if err != nil {
			return fmt.Errorf("describe %s: %w", name, err)
		}
		text, err := json.MarshalIndent(b, "", " ")
		if err != nil {
			return fmt.Errorf("describe %s: %w", name, err)
		}
		files[providerschema.FileName(mode, name)] = append(text, '\n')
		return nil
	}
	failed := add(providerschema.Provider, "aws", served.Provider, provider.Schema)
	for name, s := range served.ResourceSchemas {
		failed = errors.Join(failed, add(providerschema.Resource, name, s, provider.ResourcesMap[name].Schema))
	}
	for name, s := range served.DataSourceSchemas {
		failed = errors.Join(failed, add(providerschema.Data, name, s, provider.DataSourcesMap[name].Schema))
	}
	return files, failed
}

// block describes a block. What the protocol does not tell, such as conflicts, is
// in arguments; path is where the block is in them, and empty or ends with a dot.
func block(b *tfprotov5.SchemaBlock, arguments map[string]*schema.Schema, path string) (providerschema.Block, error) {
	described := providerschema.Block{Attributes: map[string]providerschema.Attribute{}, Blocks: map[string]providerschema.Nested{}}
	for _, a := range b.Attributes {
		kind, err := json.Marshal(a.Type)
		if err != nil {
			return described, fmt.Errorf("describe %s: %w", a.Name, err)
		}
		attribute := providerschema.Attribute{
			Type: kind, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		}
		if s := arguments[a.Name]; s != nil {
			attribute.Deprecated = s.Deprecated
			attribute.Conflicts = beside(s.ConflictsWith, path)
			attribute.ExactlyOneOf = beside(s.ExactlyOneOf, path)
		} else if a.Name == "id" {
			attribute.Optional = false // the plugin SDK adds it so, and refuses it when it is set
		}
		described.Attributes[a.Name] = attribute
	}
	for _, n := range b.BlockTypes {
		nested := providerschema.Nested{
			Nesting: strings.ToLower(n.Nesting.String()), Min: int(n.MinItems), Max: int(n.MaxItems),
		}
		inner := map[string]*schema.Schema{}
		if s := arguments[n.TypeName]; s != nil {
			if r, isBlock := s.Elem.(*schema.Resource); isBlock {
				inner = r.Schema
			}
			nested.Deprecated = s.Deprecated
			nested.Conflicts = beside(s.ConflictsWith, path)
			nested.ExactlyOneOf = beside(s.ExactlyOneOf, path)
		}
		var err error
		if nested.Block, err = block(n.Block, inner, path+n.TypeName+".0."); err != nil {
			return described, err
		}
		described.Blocks[n.TypeName] = nested
	}
	return described, nil
}

// beside keeps those of the arguments that stand in the block at path, by their
// names in it: the plugin SDK counts from the resource.
func beside(arguments []string, path string) []string {
	var names []string
	for _, a := range arguments {
		if name, within := strings.CutPrefix(a, path); within && !strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

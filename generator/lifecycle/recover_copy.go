package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"sendform/generator/render"
	"sendform/generator/terraform"
)

// rootModule is a root module with where it is.
type rootModule struct {
	root      *terraform.Root
	folder    string // relative to the repository, with slashes
	data      string // name of Terraform's folder in the work folder
	ephemeral map[string]any
}

func (d *Deployment) mainModule() rootModule {
	return rootModule{d.root, render.RootFolder(d.cfg.Target), "terraform", ephemeral(d.cfg)}
}

func (d *Deployment) stateModule() rootModule {
	return rootModule{d.stateRoot, render.StateFolder(d.cfg.Target), "terraform-state", nil}
}

// copyBeside copies the files of a root module to another folder of the repository, as
// deep as its own: the paths in it that lead to modules and packages stay right, and
// what Terraform remembers of them stays the same.
func (d *Deployment) copyBeside(m rootModule) (dir string, remove func(error) error, err error) {
	// The owner of a work folder is one run at a time, so this name is that run's.
	name := sha256.Sum256([]byte(d.cfg.Work))
	top := filepath.Join(d.cfg.Repository, ".sendform", "adopt", hex.EncodeToString(name[:8]))
	if remove, err = afresh(top); err != nil {
		return "", nil, err
	}
	deeper := strings.Repeat("root/", strings.Count(m.folder, "/")-strings.Count(".sendform/adopt/name", "/"))
	dir = filepath.Join(top, filepath.FromSlash(deeper))
	if err := copyFiles(dir, filepath.Join(d.cfg.Repository, filepath.FromSlash(m.folder))); err != nil {
		return "", nil, remove(err)
	}
	return dir, remove, nil
}

// copyUnchanging copies a root module with all modules, and says there that nothing is
// to be changed, but for arguments that AWS does not know and a destruction goes by.
func (d *Deployment) copyUnchanging(m rootModule) (dir string, remove func(error) error, err error) {
	top := filepath.Join(d.cfg.Work, "adopt")
	if remove, err = afresh(top); err != nil {
		return "", nil, err
	}
	dir = filepath.Join(top, filepath.FromSlash(m.folder))
	if err := copyFiles(dir, filepath.Join(d.cfg.Repository, filepath.FromSlash(m.folder))); err != nil {
		return "", nil, remove(err)
	}
	modules, err := os.ReadDir(filepath.Join(d.cfg.Repository, render.ModulesFolder))
	if err != nil {
		return "", nil, remove(fmt.Errorf("list the modules: %w", err))
	}
	for _, entry := range modules {
		module := filepath.Join(top, render.ModulesFolder, entry.Name())
		if err := copyFiles(module, filepath.Join(d.cfg.Repository, render.ModulesFolder, entry.Name())); err != nil {
			return "", nil, remove(err)
		}
		if err := writeUnchanging(module); err != nil {
			return "", nil, remove(err)
		}
	}
	return dir, remove, nil
}

// afresh removes what a run that died has left in a folder, and says how the folder is
// removed when it is no longer needed.
func afresh(dir string) (remove func(error) error, err error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("clear a folder to adopt in: %w", err)
	}
	return func(err error) error { return errors.Join(err, os.RemoveAll(dir)) }, nil
}

// copyFiles copies the files of a folder, but for those in folders in it.
func copyFiles(to, from string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("make a folder to adopt in: %w", err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("list %s: %w", from, err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(from, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // Terraform's own files come and go
		}
		if err != nil {
			return fmt.Errorf("copy %s: %w", from, err)
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), content, 0o600); err != nil {
			return fmt.Errorf("copy %s: %w", from, err)
		}
	}
	return nil
}

// writeImports writes an import block for each orphan.
func writeImports(dir string, orphans []orphan) error {
	file := hclwrite.NewEmptyFile()
	for _, o := range orphans {
		body := file.Body().AppendNewBlock("import", nil).Body()
		body.SetAttributeRaw("to", hclwrite.TokensForIdentifier(o.address))
		body.SetAttributeValue("id", cty.StringVal(o.id))
	}
	if err := os.WriteFile(filepath.Join(dir, "adopt.tf"), file.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the import blocks: %w", err)
	}
	return nil
}

// decidesDestruction lists the types with an argument that only Terraform knows and
// that a destruction goes by: whether a bucket may be emptied, and how long a secret
// can be restored. Import does not bring these into the state.
var decidesDestruction = map[string]bool{"aws_s3_bucket": true, "aws_secretsmanager_secret": true}

// writeUnchanging adds an override to a module by which Terraform changes nothing
// (https://developer.hashicorp.com/terraform/language/files/override). It names what is
// given: to ignore all would take deprecated attributes from AWS for given ones.
func writeUnchanging(module string) error {
	main := filepath.Join(module, "main.tf")
	parsed, problems := hclparse.NewParser().ParseHCLFile(main)
	if problems.HasErrors() {
		return fmt.Errorf("read %s: %w", main, problems)
	}
	body, isNative := parsed.Body.(*hclsyntax.Body)
	if !isNative {
		return fmt.Errorf("read %s: it is not HCL", main)
	}
	file := hclwrite.NewEmptyFile()
	for _, block := range body.Blocks {
		if block.Type != "resource" || decidesDestruction[block.Labels[0]] {
			continue
		}
		var given []hclwrite.Tokens
		for _, name := range arguments(block.Body) {
			given = append(given, hclwrite.TokensForIdentifier(name))
		}
		override := file.Body().AppendNewBlock("resource", block.Labels).Body()
		override.AppendNewBlock("lifecycle", nil).Body().SetAttributeRaw("ignore_changes", hclwrite.TokensForTuple(given))
	}
	if err := os.WriteFile(filepath.Join(module, "adopt_override.tf"), file.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write an override of %s: %w", main, err)
	}
	return nil
}

// arguments are the names of what a resource block says, but for what is Terraform's
// own, sorted.
func arguments(body *hclsyntax.Body) []string {
	own := []string{"count", "depends_on", "for_each", "lifecycle", "provider", "timeouts"}
	all := map[string]bool{}
	for name := range body.Attributes {
		all[name] = true
	}
	for _, block := range body.Blocks {
		name := block.Type
		if name == "dynamic" {
			name = block.Labels[0]
		}
		all[name] = true
	}
	maps.DeleteFunc(all, func(name string, _ bool) bool { return slices.Contains(own, name) })
	return slices.Sorted(maps.Keys(all))
}

// rootAt is a root module at another place, with the same data: what init has prepared
// is good for it.
func (d *Deployment) rootAt(dir string, m rootModule) (*terraform.Root, error) {
	return d.newRoot(dir, m.data, m.ephemeral)
}

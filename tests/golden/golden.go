// Package golden copies an environment of generator/testdata for tests that deploy it,
// and renders it as `sendform gen` does.
//
// It must not know what is done with the copy.
package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/render"
)

// Copy copies the environments of a folder of generator/testdata/environments to root,
// an empty folder, and renders the first target of the one named. The edits are old and
// new texts of its base.hcl, by turns.
func Copy(root, repository, folder, name string, edits ...string) (environment.Target, error) {
	from := filepath.Join(repository, "generator", "testdata", "environments", folder)
	if err := os.CopyFS(root, os.DirFS(from)); err != nil {
		return environment.Target{}, fmt.Errorf("copy %s: %w", from, err)
	}
	base := filepath.Join(root, "envs", "base.hcl")
	text, err := os.ReadFile(base)
	if err != nil {
		return environment.Target{}, err
	}
	if err := os.WriteFile(base, []byte(strings.NewReplacer(edits...).Replace(string(text))), 0o600); err != nil {
		return environment.Target{}, err
	}
	env, err := environment.Load(root, name)
	if err != nil {
		return environment.Target{}, err
	}
	target := env.Targets[0]
	return target, write(root, filepath.Join(repository, "templates"), target)
}

func write(root, templates string, target environment.Target) error {
	renderer, err := render.New(os.DirFS(templates), components.Kinds())
	if err != nil {
		return err
	}
	modules, err := renderer.Modules()
	if err != nil {
		return err
	}
	roots, err := renderer.Root(target)
	if err != nil {
		return err
	}
	for _, file := range append(modules, roots...) {
		path := filepath.Join(root, filepath.FromSlash(file.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, file.Content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

package packaging

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Dependencies lists what else of the repository a package is built from, beside
// its own folder: for a Go main package the folders of the packages that it
// imports and the files that say which modules it uses, relative to the repository
// with slashes. Any other folder is built from itself alone. Test files do not
// count, but a folder does as a whole.
func Dependencies(ctx context.Context, repository, dir string) ([]string, error) {
	tool, err := exec.LookPath("go")
	if err != nil {
		return nil, nil // without the compiler there is no program of Go to deploy
	}
	if matches, err := filepath.Glob(filepath.Join(dir, "*.go")); err != nil || len(matches) == 0 {
		return nil, err
	}
	command := exec.CommandContext(ctx, tool, "list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.Dir}}\n{{end}}{{end}}", ".")
	command.Dir = dir
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w: %s", dir, err, strings.TrimSpace(stderr.String()))
	}
	root, err := filepath.EvalSymlinks(repository)
	if err != nil {
		return nil, fmt.Errorf("locate the repository: %w", err)
	}
	paths := []string{"go.mod", "go.sum"}
	for folder := range strings.FieldsFuncSeq(string(out), func(r rune) bool { return r == '\n' }) {
		relative, err := filepath.Rel(root, folder)
		if err != nil {
			return nil, fmt.Errorf("locate %s in the repository: %w", folder, err)
		}
		paths = append(paths, filepath.ToSlash(relative))
	}
	return paths, nil
}

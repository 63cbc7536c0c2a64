package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Change is the difference between a rendered file and what stands on disk. Old is
// nil when there is no file yet, New when the file is no longer rendered.
type Change struct {
	Path     string
	Old, New []byte
}

// Verb says in a word what writing the change does.
func (c Change) Verb() string {
	switch {
	case c.Old == nil:
		return "create"
	case c.New == nil:
		return "remove"
	default:
		return "update"
	}
}

// Diff draws the change as a unified diff.
func (c Change) Diff() string {
	before, after := "a/"+c.Path, "b/"+c.Path
	if c.Old == nil {
		before = "/dev/null"
	}
	if c.New == nil {
		after = "/dev/null"
	}
	return string(diff.Diff(before, c.Old, after, c.New))
}

// Compare lists what has to change in the repository at dir so that it has the
// files, in the order of their paths. In the folders named owned, rendered files
// that are no longer among them are to be removed. A file that somebody wrote by
// hand and that is in the way is an error; all such files are named.
func Compare(dir string, files []File, owned []string) ([]Change, error) {
	var changes []Change
	var inTheWay []string
	rendered := map[string]bool{}
	for _, f := range files {
		rendered[f.Path] = true
		old, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			changes = append(changes, Change{Path: f.Path, New: f.Content})
		case err != nil:
			return nil, fmt.Errorf("compare rendered files: %w", err)
		case !isGenerated(old):
			inTheWay = append(inTheWay, f.Path)
		case !bytes.Equal(old, f.Content):
			changes = append(changes, Change{Path: f.Path, Old: old, New: f.Content})
		}
	}
	if len(inTheWay) > 0 {
		slices.Sort(inTheWay)
		return nil, fmt.Errorf("these files are in the way, and were not rendered by sendform: %s; move or delete them, then run gen again",
			strings.Join(inTheWay, ", "))
	}
	for _, folder := range owned {
		orphans, err := orphansIn(dir, folder, rendered)
		if err != nil {
			return nil, err
		}
		changes = append(changes, orphans...)
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return changes, nil
}

func orphansIn(dir, folder string, rendered map[string]bool) ([]Change, error) {
	var orphans []Change
	err := filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(folder)), func(file string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		if rendered[name] || !d.Type().IsRegular() {
			return nil
		}
		old, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if isGenerated(old) {
			orphans = append(orphans, Change{Path: name, Old: old})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for files that are no longer rendered: %w", err)
	}
	return orphans, nil
}

func isGenerated(content []byte) bool {
	first, _, _ := bytes.Cut(content, []byte("\n"))
	return bytes.Contains(first, []byte(generated))
}

// Write makes the changes in the repository at dir. Every new file is written
// beside its place first, so a full disk or a folder that cannot be written to
// leaves the old tree as it was.
func Write(dir string, changes []Change) (err error) {
	staged := map[string]string{} // temporary file by final file
	defer func() {
		if err != nil {
			for temporary := range staged {
				err = errors.Join(err, removeIfThere(temporary))
			}
		}
	}()
	for _, c := range changes {
		if c.New == nil {
			continue
		}
		final := filepath.Join(dir, filepath.FromSlash(c.Path))
		temporary, err := stage(final, c.New)
		if temporary != "" {
			staged[temporary] = final
		}
		if err != nil {
			return fmt.Errorf("write %s: %w; nothing was changed", c.Path, err)
		}
	}
	for temporary, final := range staged {
		if err := os.Rename(temporary, final); err != nil {
			return fmt.Errorf("write rendered files: %w", err)
		}
	}
	for _, c := range changes {
		if c.New != nil {
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(c.Path))
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("remove %s, which is no longer rendered: %w", c.Path, err)
		}
		removeEmpty(filepath.Dir(file), dir)
	}
	return nil
}

func stage(final string, content []byte) (temporary string, err error) {
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(final), ".sendform-*")
	if err != nil {
		return "", err
	}
	_, writeErr := file.Write(content)
	chmodErr := file.Chmod(0o644)
	return file.Name(), errors.Join(writeErr, chmodErr, file.Close())
}

func removeIfThere(file string) error {
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeEmpty removes folder and its parents below dir as long as they are empty.
func removeEmpty(folder, dir string) {
	for folder != dir && os.Remove(folder) == nil {
		folder = filepath.Dir(folder)
	}
}

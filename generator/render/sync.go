package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/diff"
)

// Change is the difference between a rendered file and what stands on disk.
type Change struct {
	Verb Verb
	Path string // relative to the repository, with slashes
	// Old is what stands on disk, New what is rendered. Both are nil once the change
	// was staged.
	Old, New []byte
}

// Verb says what making a change does.
type Verb string

// What a [Change] does.
const (
	Create Verb = "create"
	Update Verb = "update"
	Remove Verb = "remove" // the file is no longer rendered
)

// Diff draws the change as a unified diff.
func (c Change) Diff() string {
	before, after := "a/"+c.Path, "b/"+c.Path
	switch c.Verb {
	case Create:
		before = "/dev/null"
	case Remove:
		after = "/dev/null"
	}
	return string(diff.Diff(before, c.Old, after, c.New))
}

// Comparison holds rendered files against what stands in a repository. It reads
// only. It is safe for concurrent use.
type Comparison struct {
	dir   string
	owned []string
	there map[string]fs.FileMode // everything in the owned folders, by path; the type bits

	mu       sync.Mutex
	rendered map[string]bool
	inTheWay []string
}

// NewComparison looks at the repository at dir. Rendered files belong into the
// folders named owned, and no rendered file in there that is not rendered again
// stays.
func NewComparison(dir string, owned []string) (*Comparison, error) {
	c := &Comparison{dir: dir, owned: owned, there: map[string]fs.FileMode{}, rendered: map[string]bool{}}
	for _, folder := range owned {
		for above := path.Dir(folder); above != "."; above = path.Dir(above) {
			if info, err := os.Lstat(c.file(above)); err == nil {
				c.there[above] = info.Mode().Type()
			}
		}
		if err := c.look(folder); err != nil {
			return nil, fmt.Errorf("look at what is rendered already: %w", err)
		}
	}
	return c, nil
}

func (c *Comparison) file(name string) string {
	return filepath.Join(c.dir, filepath.FromSlash(name))
}

// look lists a folder and all below it. Links are listed and not followed.
func (c *Comparison) look(folder string) error {
	return filepath.WalkDir(c.file(folder), func(file string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(c.dir, file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		c.there[name] = d.Type()
		if !d.IsDir() {
			return nil
		}
		if strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		return nil
	})
}

// Changes lists what has to change so that the repository has the files. What is
// in the way of one is reported by [Comparison.Rest].
func (c *Comparison) Changes(files []File) ([]Change, error) {
	var changes []Change
	for _, f := range files {
		free := c.take(f.Path)
		if !free {
			continue
		}
		if _, exists := c.there[f.Path]; !exists {
			changes = append(changes, Change{Verb: Create, Path: f.Path, New: f.Content})
			continue
		}
		old, err := os.ReadFile(c.file(f.Path))
		switch {
		case err != nil:
			return nil, fmt.Errorf("compare rendered files: %w", err)
		case len(old) > 0 && !isGenerated(old):
			c.refuse(f.Path)
		case !bytes.Equal(old, f.Content):
			changes = append(changes, Change{Verb: Update, Path: f.Path, Old: old, New: f.Content})
		}
	}
	return changes, nil
}

// take notes that a file is rendered, and tells whether its place is free: there is
// nothing or a regular file, below folders that are no links.
func (c *Comparison) take(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rendered[name] = true
	if mode, exists := c.there[name]; exists && !mode.IsRegular() {
		c.inTheWay = append(c.inTheWay, name)
		return false
	}
	for above := path.Dir(name); above != "."; above = path.Dir(above) {
		if mode, exists := c.there[above]; exists && !mode.IsDir() {
			c.inTheWay = append(c.inTheWay, above)
			return false
		}
	}
	return true
}

func (c *Comparison) refuse(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inTheWay = append(c.inTheWay, name)
}

// Rest ends the comparison, when all files were handed to [Comparison.Changes]. It
// lists the rendered files that are no longer rendered, in the order of their
// paths. What somebody wrote by hand and that is in the way of a rendered file is
// an error, which names all of it.
func (c *Comparison) Rest() ([]Change, error) {
	if len(c.inTheWay) > 0 {
		slices.Sort(c.inTheWay)
		return nil, fmt.Errorf("these files are in the way, and were not rendered by sendform: %s; move or delete them, then run gen again",
			strings.Join(slices.Compact(c.inTheWay), ", "))
	}
	var orphans []Change
	for name, mode := range c.there {
		if c.rendered[name] || !mode.IsRegular() {
			continue
		}
		old, err := os.ReadFile(c.file(name))
		if err != nil {
			return nil, fmt.Errorf("look for files that are no longer rendered: %w", err)
		}
		if isGenerated(old) {
			orphans = append(orphans, Change{Verb: Remove, Path: name, Old: old})
		}
	}
	Sort(orphans)
	return orphans, nil
}

// Sort puts changes in the order of their paths.
func Sort(changes []Change) {
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
}

func isGenerated(content []byte) bool {
	first, _, _ := bytes.Cut(content, []byte("\n"))
	return bytes.Contains(first, []byte(generated))
}

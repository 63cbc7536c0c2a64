package render

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/sync/errgroup"
)

// Where new files wait, relative to the repository: on its file system, so that a
// rename is enough to put them in their places.
const (
	workFolder    = ".sendform"
	stagingFolder = workFolder + "/gen"
	lockFile      = workFolder + "/gen.lock"
)

// Staging makes changes in a repository: all of them, or none. New files are
// written into a folder of their own and renamed when all are there, with the whole
// of the folder around them if that is new too. A process that is killed leaves
// every file as it was or as it shall be, and the next generation does the rest. No
// link is followed on the way from the repository's folder to a file. It is safe
// for concurrent use.
type Staging struct {
	dir string

	mu      sync.Mutex
	opened  bool
	unlock  func()
	changes []staged
	missing map[string]string // by folder: the uppermost one on the way to it that is not there, or none
}

// staged is a change without what is in it.
type staged struct {
	Change
	file string // where what is new waits
	// missing is the folder that is renamed as a whole, and has the file; empty when
	// the file is renamed alone.
	missing string
}

// NewStaging prepares changes in the repository at dir. Nothing is touched before
// the first change is added.
func NewStaging(dir string) *Staging { return &Staging{dir: dir, missing: map[string]string{}} }

// Add stages changes. It drops what is in them.
func (s *Staging) Add(changes []Change) error {
	for _, c := range changes {
		next, err := s.next(c)
		if err != nil {
			return fmt.Errorf("prepare to write rendered files: %w", err)
		}
		if c.Verb == Remove {
			continue
		}
		if next.missing != "" {
			if err := os.MkdirAll(filepath.Dir(next.file), 0o755); err != nil {
				return fmt.Errorf("make the folder of %s: %w; nothing was changed", c.Path, err)
			}
		}
		if err := os.WriteFile(next.file, c.New, 0o644); err != nil {
			return fmt.Errorf("write %s: %w; nothing was changed", c.Path, err)
		}
	}
	return nil
}

// next finds the place where what is new of a change waits.
func (s *Staging) next(c Change) (staged, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(); err != nil {
		return staged{}, err
	}
	next := staged{Change: Change{Verb: c.Verb, Path: c.Path}}
	var err error
	if c.Verb == Create {
		if next.missing, err = s.missingAbove(path.Dir(c.Path)); err != nil {
			return staged{}, err
		}
	}
	if next.missing == "" {
		next.file = filepath.Join(s.dir, stagingFolder, strconv.Itoa(len(s.changes)))
	} else {
		next.file = s.new(c.Path)
	}
	s.changes = append(s.changes, next)
	return next, nil
}

// new is where a file or folder waits whose folder is new.
func (s *Staging) new(name string) string {
	return filepath.Join(s.dir, stagingFolder, "new", filepath.FromSlash(name))
}

// missingAbove is the uppermost folder on the way to a folder, itself included,
// that is not there.
func (s *Staging) missingAbove(folder string) (string, error) {
	if folder == "." {
		return "", nil
	}
	if missing, known := s.missing[folder]; known {
		return missing, nil
	}
	missing, err := s.missingAbove(path.Dir(folder))
	if err != nil {
		return "", err
	}
	if missing == "" {
		_, err := os.Lstat(filepath.Join(s.dir, filepath.FromSlash(folder)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = folder
		case err != nil:
			return "", err
		}
	}
	s.missing[folder] = missing
	return missing, nil
}

// open waits until no other process generates in this repository, and throws away
// what a killed one has left.
func (s *Staging) open() (err error) {
	if s.opened {
		return nil
	}
	if _, err := makeFolder(filepath.Join(s.dir, workFolder)); err != nil {
		return err
	}
	if s.unlock, err = lockedfile.MutexAt(filepath.Join(s.dir, lockFile)).Lock(); err != nil {
		return err
	}
	folder := filepath.Join(s.dir, stagingFolder)
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	s.opened = true
	return nil
}

// Close throws away what was staged and not committed, and what a process has left
// that was killed, if there were no changes to find it by.
func (s *Staging) Close() error {
	if s.unlock == nil {
		if _, err := os.Lstat(filepath.Join(s.dir, stagingFolder)); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err := s.open(); err != nil {
			return fmt.Errorf("clean up %s: %w", stagingFolder, err)
		}
	}
	defer s.unlock()
	if err := os.RemoveAll(filepath.Join(s.dir, stagingFolder)); err != nil {
		return fmt.Errorf("clean up %s: %w", stagingFolder, err)
	}
	return nil
}

// Commit puts the staged files in their places and answers with all changes, in
// the order of their paths. If one cannot be made, those that were made are undone.
func (s *Staging) Commit() ([]Change, error) {
	commit := commit{dir: s.dir, folders: map[string]bool{".": true}}
	if err := commit.run(s.changes, s.new); err != nil {
		if undone := commit.undo(); undone != nil {
			return nil, errors.Join(fmt.Errorf("write rendered files: %w", err),
				fmt.Errorf("some files are new now; run gen again: %w", undone))
		}
		return nil, fmt.Errorf("write rendered files: %w; nothing was changed", err)
	}
	changes := make([]Change, 0, len(s.changes))
	for _, c := range s.changes {
		if c.Verb == Remove {
			removeEmpty(s.dir, path.Dir(c.Path))
		}
		changes = append(changes, c.Change)
	}
	Sort(changes)
	return changes, nil
}

// commit is the renames of a [Staging], with the way back.
type commit struct {
	dir     string
	folders map[string]bool // those that are known to be folders and no links

	mu   sync.Mutex
	back []func() error // what undoes the steps that were made, first step first
}

// run makes the changes. A folder that is missing waits where waiting says.
func (c *commit) run(changes []staged, waiting func(folder string) string) error {
	missing := map[string]bool{}
	for _, change := range changes {
		folder := change.missing
		if folder == "" {
			if err := c.makeFolder(path.Dir(change.Path)); err != nil {
				return err
			}
			continue
		}
		if missing[folder] {
			continue
		}
		missing[folder] = true
		if err := c.makeFolder(path.Dir(folder)); err != nil {
			return err
		}
		if err := c.rename(waiting(folder), filepath.Join(c.dir, filepath.FromSlash(folder))); err != nil {
			return err
		}
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, change := range changes {
		if change.missing == "" {
			group.Go(func() error {
				return c.make(change.Verb, filepath.Join(c.dir, filepath.FromSlash(change.Path)), change.file)
			})
		}
	}
	return group.Wait()
}

// rename moves a file or a folder to where nothing is.
func (c *commit) rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	c.done(func() error { return os.Rename(to, from) })
	return nil
}

func (c *commit) done(undo func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.back = append(c.back, undo)
}

// makeFolder makes a folder of the repository, and those above it, unless they are
// there.
func (c *commit) makeFolder(name string) error {
	if c.folders[name] {
		return nil
	}
	if err := c.makeFolder(path.Dir(name)); err != nil {
		return err
	}
	folder := filepath.Join(c.dir, filepath.FromSlash(name))
	made, err := makeFolder(folder)
	if err != nil {
		return err
	}
	if made {
		c.done(func() error { return os.Remove(folder) })
	}
	c.folders[name] = true
	return nil
}

// makeFolder makes a folder unless it is there. What is there must be a folder; a
// link is none.
func makeFolder(folder string) (made bool, err error) {
	info, err := os.Lstat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, os.Mkdir(folder, 0o755)
	case err != nil:
		return false, err
	case !info.IsDir():
		return false, fmt.Errorf("%s is no folder, or a link to one", folder)
	default:
		return false, nil
	}
}

// make makes one change. A file that is replaced or removed waits beside the staged
// ones until all is done.
func (c *commit) make(verb Verb, file, staged string) error {
	old := staged + ".old"
	switch verb {
	case Remove:
		return c.rename(file, old)
	case Update:
		if err := os.Link(file, old); err != nil {
			return err
		}
		if err := os.Rename(staged, file); err != nil {
			return err
		}
		c.done(func() error { return os.Rename(old, file) })
		return nil
	default:
		return c.rename(staged, file)
	}
}

func (c *commit) undo() error {
	var failed error
	for i := len(c.back) - 1; i >= 0; i-- {
		failed = errors.Join(failed, c.back[i]())
	}
	return failed
}

// removeEmpty removes a folder of the repository and those above it as long as they
// are empty.
func removeEmpty(dir, folder string) {
	for folder != "." && os.Remove(filepath.Join(dir, filepath.FromSlash(folder))) == nil {
		folder = path.Dir(folder)
	}
}

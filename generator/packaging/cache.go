package packaging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// compileInto compiles programs by one go command, by way of the cache if they have one:
// the go command does not link again what is there already, which takes most of the time.
func compileInto(ctx context.Context, programs []program) (err error) {
	first := programs[0]
	for _, p := range programs {
		if err := os.MkdirAll(filepath.Dir(p.file), 0o755); err != nil {
			return p.failed(fmt.Errorf("make a folder for the compiler: %w", err))
		}
	}
	if first.Cache == "" {
		if err := goBuild(ctx, first.Source, first.Dir, first.file, "."); err != nil {
			return first.failed(err)
		}
		return nil
	}
	kept := first.keptPrograms()
	if err := os.MkdirAll(kept, 0o755); err != nil {
		return first.failed(fmt.Errorf("make a folder for compiled programs: %w", err))
	}
	release, err := lockFile(ctx, kept+".lock")
	if err != nil {
		return first.failed(err)
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := buildKept(ctx, programs, kept); err != nil {
		return first.failed(err)
	}
	for _, p := range programs {
		if err := copyProgram(filepath.Join(kept, filepath.Base(p.Dir)), p.file); err != nil {
			return p.failed(err)
		}
	}
	return nil
}

// buildKept brings the programs in the cache up to date, each named as its folder is.
func buildKept(ctx context.Context, programs []program, kept string) error {
	first := programs[0]
	if len(programs) == 1 {
		return goBuild(ctx, first.Source, first.Dir, filepath.Join(kept, filepath.Base(first.Dir)), ".")
	}
	var packages []string
	for _, p := range programs {
		packages = append(packages, "./"+filepath.Base(p.Dir))
	}
	return goBuild(ctx, first.Source, filepath.Dir(first.Dir), kept, packages...)
}

// keptPrograms is the folder where the cache has what is compiled of the folders beside
// the source's.
func (s Source) keptPrograms() string {
	return filepath.Join(s.Cache, s.machine(), nameOf(filepath.Dir(s.Dir)))
}

// kept is how the cache names what else is made of the source.
func (s Source) kept() string { return filepath.Join(s.Cache, s.machine(), nameOf(s.Dir)) }

func (s Source) machine() string {
	return strings.Trim(s.GOOS+"-"+s.GOARCH, "-") // a layer is for all
}

// nameOf is a folder's own name, made unlike that of any other folder.
func nameOf(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return filepath.Base(dir) + "-" + hex.EncodeToString(sum[:6])
}

// zipOrTake writes a zip file of a folder, or the one that the source's cache has of the
// same files: compressing a program takes longer than finding that it is up to date.
func zipOrTake(ctx context.Context, source Source, w io.Writer, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open the folder: %w", err)
	}
	defer root.Close()
	entries, err := listEntries(root.FS())
	if err != nil {
		return err
	}
	if source.Cache == "" {
		return writeZip(ctx, w, root, entries)
	}
	sum, err := sumOf(root, entries)
	if err != nil {
		return err
	}
	kept := source.kept() + "-" + sum[:16] + ".zip"
	file, err := os.Open(kept)
	if errors.Is(err, os.ErrNotExist) {
		return zipAndKeep(ctx, source, w, root, entries, kept)
	}
	if err != nil {
		return fmt.Errorf("take the zip file that is kept: %w", err)
	}
	defer file.Close()
	if _, err := io.Copy(w, file); err != nil {
		return fmt.Errorf("take the zip file that is kept: %w", err)
	}
	return nil
}

// zipAndKeep writes a zip file, and another one for the next time in place of those that
// were kept of the source until now.
func zipAndKeep(ctx context.Context, source Source, w io.Writer, root *os.Root, entries []entry, kept string) error {
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		return fmt.Errorf("make a folder for zip files: %w", err)
	}
	fresh, err := os.CreateTemp(filepath.Dir(kept), ".package-*.zip")
	if err != nil {
		return fmt.Errorf("keep the zip file: %w", err)
	}
	defer os.Remove(fresh.Name())
	defer fresh.Close()
	if err := writeZip(ctx, io.MultiWriter(w, fresh), root, entries); err != nil {
		return err
	}
	if err := fresh.Close(); err != nil {
		return fmt.Errorf("keep the zip file: %w", err)
	}
	if err := errors.Join(source.removeKeptZips(), os.Rename(fresh.Name(), kept)); err != nil {
		return fmt.Errorf("keep the zip file: %w", err)
	}
	return nil
}

func (s Source) removeKeptZips() error {
	entries, err := os.ReadDir(filepath.Dir(s.kept()))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(s.kept())+"-") && strings.HasSuffix(e.Name(), ".zip") {
			if removeErr := os.Remove(filepath.Join(filepath.Dir(s.kept()), e.Name())); !errors.Is(removeErr, os.ErrNotExist) {
				err = errors.Join(err, removeErr)
			}
		}
	}
	return err
}

// lockFile waits until no other process builds the same program.
func lockFile(ctx context.Context, name string) (release func() error, err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock a compiled program: %w", err)
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file.Close, nil // which ends the lock too
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock a compiled program: %w", err), file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), file.Close())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// copyProgram makes a file of its own: one that is running cannot be built again.
func copyProgram(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("take the compiled program: %w", err)
	}
	defer source.Close()
	// A program may be running where the new one is to be.
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("take the compiled program: %w", err)
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return fmt.Errorf("take the compiled program: %w", err)
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Close()); err != nil {
		return fmt.Errorf("take the compiled program: %w", err)
	}
	return nil
}

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
	"syscall"
	"time"
)

// compileInto compiles a program, by way of the source's cache if it has one: the go
// command does not link again what is there already, which takes most of the time.
func compileInto(ctx context.Context, source Source, program string) (err error) {
	if source.Cache == "" {
		return goBuild(ctx, source, program)
	}
	sum := sha256.Sum256([]byte(source.Dir))
	kept := filepath.Join(source.Cache, source.GOOS+"-"+source.GOARCH, filepath.Base(source.Dir)+"-"+hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		return fmt.Errorf("make a folder for compiled programs: %w", err)
	}
	release, err := lockFile(ctx, kept+".lock")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := goBuild(ctx, source, kept); err != nil {
		return err
	}
	return copyProgram(kept, program)
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

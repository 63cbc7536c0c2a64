package packaging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// bootstrap is the file that a custom runtime starts, see
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
const bootstrap = "bootstrap"

// buildTags leaves the RPC server of the retired go1.x runtime out.
const buildTags = "lambda.norpc"

// compilerGrace is how long a killed compiler may hold its output open.
const compilerGrace = 5 * time.Second

// isGoProgram tells a Go main package from a folder with a ready bootstrap, and
// refuses a folder that is neither.
func isGoProgram(source Source) (bool, error) {
	target := build.Default
	target.GOOS, target.GOARCH, target.CgoEnabled = source.GOOS, source.GOARCH, false
	target.BuildTags = []string{buildTags}
	program, err := target.ImportDir(source.Dir, 0)
	var noGo *build.NoGoError
	switch {
	case errors.As(err, &noGo):
		info, err := os.Stat(filepath.Join(source.Dir, bootstrap))
		if err != nil || info.Mode()&0o111 == 0 {
			return false, fmt.Errorf("no Go files for %s/%s and no executable file %s: runtime %s needs a Go main package or that file",
				source.GOOS, source.GOARCH, bootstrap, source.Runtime)
		}
		return false, nil
	case err != nil:
		// The compiler says better than go/build what is wrong with a file.
		return true, nil
	case program.Name != "main":
		return false, fmt.Errorf("the Go package is named %s: a function must be package main", program.Name)
	}
	return true, nil
}

// program is a Go main package, and where the compiled program is to be.
type program struct {
	Order

	file string
}

// compileAll compiles programs, those that can be by one go command: it takes longer to
// find out what a program is made of than to see that nothing of it has changed.
func compileAll(ctx context.Context, programs []program) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, together := range batches(programs) {
		group.Go(func() error {
			err := compileInto(ctx, together)
			if err == nil || len(together) == 1 || ctx.Err() != nil {
				return err
			}
			// Each alone, so that the error says whose it is.
			for i := range together {
				if alone := compileInto(ctx, together[i:i+1]); alone != nil {
					return alone
				}
			}
			return err
		})
	}
	return group.Wait()
}

// batches are programs that one go command compiles into one folder: for one machine,
// of one module, and named by their own folders, which lie side by side.
func batches(programs []program) [][]program {
	type batch struct{ parent, goos, goarch, cache, own string }
	var order []batch
	all := map[batch][]program{}
	for _, p := range programs {
		b := batch{parent: filepath.Dir(p.Dir), goos: p.GOOS, goarch: p.GOARCH, cache: p.Cache}
		if _, err := os.Stat(filepath.Join(p.Dir, "go.mod")); err == nil || p.Cache == "" || isMajorVersion(filepath.Base(p.Dir)) {
			b.own = p.file
		}
		if all[b] == nil {
			order = append(order, b)
		}
		all[b] = append(all[b], p)
	}
	var inOrder [][]program
	for _, b := range order {
		inOrder = append(inOrder, all[b])
	}
	return inOrder
}

// isMajorVersion tells names such as v2, which do not name a program: its parent does.
// https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies
func isMajorVersion(name string) bool {
	number, found := strings.CutPrefix(name, "v")
	_, err := strconv.Atoi(number)
	return found && err == nil
}

// goBuild runs the compiler so that the same source gives the same bytes. The build id
// stays in the program: it is made of the source and the toolchain, and by it the go
// command knows that a program is up to date.
func goBuild(ctx context.Context, source Source, dir, output string, packages ...string) error {
	tool, err := exec.LookPath("go")
	if err != nil {
		return errors.New("the go command is not on PATH, it compiles the function: install Go from https://go.dev/dl/ or add its bin folder to PATH")
	}
	scratch, err := os.MkdirTemp("", "compile-")
	if err != nil {
		return fmt.Errorf("make a folder for the compiler: %w", err)
	}
	defer os.RemoveAll(scratch)
	command := exec.CommandContext(ctx, tool, append([]string{
		"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-tags", buildTags, "-o", output,
	}, packages...)...)
	command.Dir = dir
	command.Env = append(command.Environ(),
		"CGO_ENABLED=0",
		"GOOS="+source.GOOS,
		"GOARCH="+source.GOARCH,
		// What a person has set for other work must not change the bytes. Empty
		// values would not do: the go command then reads its own settings file.
		"GOFLAGS=-trimpath",
		"GOAMD64=v1",
		"GOARM64=v8.0",
		// A killed compiler leaves its scratch files where they are cleaned up.
		"GOTMPDIR="+scratch,
	)
	if os.Getenv("HOME") == "" {
		// The go command finds its caches by HOME; a machine's services run without.
		if account, err := user.Current(); err == nil {
			command.Env = append(command.Env, "HOME="+account.HomeDir)
		}
	}
	var lines bytes.Buffer
	command.Stdout, command.Stderr = &lines, &lines
	// The go command starts compilers and linkers of its own: the whole group ends.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = compilerGrace
	err = command.Run()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("compile for %s/%s: %w", source.GOOS, source.GOARCH, context.Cause(ctx))
	case err != nil:
		return fmt.Errorf("compile for %s/%s: %w; correct what the compiler says:\n%s",
			source.GOOS, source.GOARCH, err, strings.TrimSpace(lines.String()))
	}
	return nil
}

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
	"runtime"
	"strings"
	"syscall"
	"time"
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

// compile builds the Go main package into a folder below temporary that holds
// nothing but the bootstrap, and returns that folder.
func compile(ctx context.Context, source Source, temporary string) (string, error) {
	output := filepath.Join(temporary, "output")
	if err := os.Mkdir(output, 0o755); err != nil {
		return "", fmt.Errorf("make a folder for the compiler: %w", err)
	}
	return output, compileInto(ctx, source, filepath.Join(output, bootstrap))
}

// BuildProgram compiles the Go main package in the folder dir to a program that
// this machine can run; cache is as [Source.Cache]. Cancelling ctx ends the compiler.
func BuildProgram(ctx context.Context, dir, program, cache string) error {
	if err := checkFolder(dir); err != nil {
		return fmt.Errorf("build %s: %w", dir, err)
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		return fmt.Errorf("build %s: make a folder for the program: %w", dir, err)
	}
	source := Source{Dir: dir, GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Cache: cache}
	if err := compileInto(ctx, source, program); err != nil {
		return fmt.Errorf("build %s: %w", dir, err)
	}
	return nil
}

// goBuild runs the compiler so that the same source gives the same bytes. The build id
// stays in the program: it is made of the source and the toolchain, and by it the go
// command knows that a program is up to date.
func goBuild(ctx context.Context, source Source, program string) error {
	tool, err := exec.LookPath("go")
	if err != nil {
		return errors.New("the go command is not on PATH, it compiles the function: install Go from https://go.dev/dl/ or add its bin folder to PATH")
	}
	scratch, err := os.MkdirTemp("", "compile-")
	if err != nil {
		return fmt.Errorf("make a folder for the compiler: %w", err)
	}
	defer os.RemoveAll(scratch)
	command := exec.CommandContext(ctx, tool, "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w", "-tags", buildTags, "-o", program, ".")
	command.Dir = source.Dir
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

// Command sendform renders Terraform for serverless environments, applies it,
// verifies in AWS that the result is right, and rehearses all of that on this
// machine.
//
// This package reads the command line and wires the rooms together; it must not do
// any of their work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"sendform/generator/report"
)

// Exit codes; docs/operations.md lists them.
const (
	exitFailed      = 1
	exitDifferent   = 2
	exitInterrupted = 130
)

type commands struct {
	Root string `help:"Folder that has envs, templates, modules and out." default:"." type:"path" placeholder:"DIR"`

	Gen           genCommand           `cmd:"" help:"Render modules/ and out/ from envs/ and templates/."`
	Graph         graphCommand         `cmd:"" help:"Draw the components of an environment and what each needs."`
	Matrix        matrixCommand        `cmd:"" help:"List environments and regions for a CI matrix."`
	Policy        policyCommand        `cmd:"" help:"Print the smallest IAM policies for an environment."`
	Release       releaseCommand       `cmd:"" help:"Say which version is deployed next."`
	Rotate        rotateCommand        `cmd:"" help:"Raise versions of secrets, so that the next apply writes new values."`
	Rehearse      rehearseCommand      `cmd:"" help:"Create, verify and delete an environment twice, on this machine."`
	Cloud         cloudCommand         `cmd:"" help:"Serve the local cloud, or print how a shell uses it."`
	Plan          planCommand          `cmd:"" help:"Say what apply would change. Exit code 0: nothing, 2: something."`
	Apply         applyCommand         `cmd:"" help:"Make an environment in AWS as its files say."`
	Exists        existsCommand        `cmd:"" help:"Say which components stand in AWS: yes, partly or no."`
	Verify        verifyCommand        `cmd:"" help:"Ask AWS whether an environment is as its files say."`
	Lockdown      lockdownCommand      `cmd:"" help:"Make an environment strict, and try whether it is."`
	Destroy       destroyCommand       `cmd:"" help:"Delete an environment from AWS; its state bucket stays."`
	Roundtrip     roundtripCommand     `cmd:"" help:"Create, verify, lock down and delete an environment in AWS, twice."`
	Site          siteCommand          `cmd:"" help:"Publish static files, and switch between their releases."`
	VerifyDeleted verifyDeletedCommand `cmd:"" help:"Ask AWS whether anything of an environment is left."`
}

// output is where commands write: results to out, problems to err.
type output struct{ out, err io.Writer }

func main() {
	// Libraries that the stand-in is built with print to the standard logger.
	log.SetOutput(io.Discard)
	os.Exit(run(os.Args[1:], output{os.Stdout, os.Stderr}))
}

func run(args []string, o output) (code int) {
	// The first Ctrl-C ends what runs in good order; the second ends this process,
	// because signals are then no longer caught.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop)

	var c commands
	exited := false
	parser, err := kong.New(&c,
		kong.Name("sendform"),
		kong.Description("Deploys serverless applications with Terraform, and rehearses it on this machine."),
		kong.Writers(o.out, o.err),
		kong.Exit(func(status int) { exited, code = true, status }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(o),
	)
	if err != nil {
		fmt.Fprintf(o.err, "sendform: %v\n", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if exited { // --help has been answered
		return code
	}
	if err != nil {
		fmt.Fprintf(o.err, "sendform: %v; see sendform --help\n", err)
		return exitFailed
	}
	err = parsed.Run(&c)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errDifferent):
		return exitDifferent
	}
	if !errors.Is(err, errReported) {
		report.Error(o.err, err)
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return exitFailed
}

// errReported ends a command that has told what is wrong itself.
var errReported = errors.New("reported")

// errDifferent ends a command with its own exit code: nothing failed, but there is
// something to do.
var errDifferent = errors.New("there are differences")

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
	"sendform/generator/render"
	"sendform/generator/report"
)

// patience is how long an endpoint in AWS may take to answer as wanted after its
// permissions were made.
const patience = time.Minute

// deployable is an environment with the provider that Terraform uses for it.
type deployable struct {
	selection
	sideBySide
	showing

	Component []string `help:"Only this component, for example function.user; may be given more than once." placeholder:"COMPONENT"`
	Provider  string   `help:"Which provider Terraform uses: standin works on a local cloud alone and is the default there, registry everywhere." enum:",standin,registry" default:"" placeholder:"standin|registry"`
}

type existsCommand struct{ deployable }

func (c *existsCommand) Help() string { return "Example: sendform exists qa" }

// Run lists the components with how much of them stands.
func (c *existsCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.deployable, named{output: o, command: "exists"}, noSecrets, func(d *lifecycle.Deployment, _ environment.Target, teller *report.Teller) error {
		found, err := d.Exists(ctx)
		if err != nil {
			return err
		}
		for _, e := range found {
			teller.Exists(e)
		}
		return nil
	})
}

type verifyCommand struct {
	deployable
	reporting

	Locked   bool `help:"Want it locked down, whatever its file says: after sendform lockdown."`
	ReadOnly bool `help:"Leave out the acceptance programs, which write: for a role that may only read."`
}

func (c *verifyCommand) Help() string { return "Example: sendform verify qa" }

// Run verifies every target that is selected, acceptance programs included where they
// are not left out.
func (c *verifyCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.deployable, named{o, "verify", c.Report}, noSecrets, func(d *lifecycle.Deployment, _ environment.Target, _ *report.Teller) error {
		if c.Locked {
			d.SetLockDown(true)
		}
		if c.ReadOnly {
			return d.VerifySettings(ctx)
		}
		return d.VerifyAll(ctx)
	})
}

// versioned lets a command say what it deploys.
type versioned struct {
	Release string `help:"Record this version in the functions; what stands keeps its own if it is not given." placeholder:"vX.Y.Z"`
	Commit  string `help:"Record this commit beside it." placeholder:"SHA"`
}

func (v versioned) tell(d *lifecycle.Deployment) {
	if v.Release+v.Commit != "" {
		d.SetVersion(environment.Version{Release: v.Release, Commit: v.Commit})
	}
}

// breaking lets a command release the lock of a run that died elsewhere.
type breaking struct {
	BreakLock string `help:"Release the state lock with this id first. Only when the run that has it is dead." placeholder:"ID"`
}

type destroyCommand struct {
	deployable
	reporting
	breaking

	Step        bool   `help:"Delete one component after the other, and ask before each."`
	AutoApprove bool   `help:"Do not ask. A protected environment is only destroyed with --confirm."`
	Confirm     string `help:"The environment's name, for a protected environment." placeholder:"NAME"`
}

func (c *destroyCommand) Help() string { return "Example: sendform destroy dev" }

// Run deletes every target that is selected, and verifies that it is gone.
func (c *destroyCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.deployable, named{o, "destroy", c.Report}, noSecrets, func(d *lifecycle.Deployment, t environment.Target, teller *report.Teller) error {
		if err := teller.Ask(func() error { return c.allowed(t, o) }); err != nil {
			return err
		}
		d.BreakLock(c.BreakLock)
		if c.Step {
			return d.UndeployStepwise(ctx, func(a lifecycle.Address, _ lifecycle.Plan) error {
				return teller.Ask(func() error { return confirm(o, fmt.Sprintf("Delete %s? Type yes: ", a), "yes") })
			})
		}
		return d.Undeploy(ctx)
	})
}

func (c *destroyCommand) allowed(t environment.Target, o output) error {
	switch {
	case c.Confirm == t.Environment:
		return nil
	case t.Protected && (c.AutoApprove || c.Confirm != ""):
		return fmt.Errorf("%s is protected: destroy it with --confirm %s", t.Environment, t.Environment)
	case c.AutoApprove:
		return nil
	}
	return confirm(o, fmt.Sprintf("This deletes %s in account %s. Type the environment's name: ", t.Key(), t.AccountID), t.Environment)
}

type verifyDeletedCommand struct{ deployable }

func (c *verifyDeletedCommand) Help() string { return "Example: sendform verify-deleted dev" }

// Run asks AWS for everything that a target would be made of.
func (c *verifyDeletedCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.deployable, named{output: o, command: "verify-deleted"}, noSecrets, func(d *lifecycle.Deployment, _ environment.Target, _ *report.Teller) error {
		return d.VerifyGone(ctx)
	})
}

// confirm asks a question and wants one answer. The question is no result: it goes
// where problems go.
func confirm(o output, question, wanted string) error {
	fmt.Fprint(o.err, question)
	var answer string
	_, err := fmt.Fscanln(os.Stdin, &answer) // takes one line, and leaves the answers to later questions
	if answer == wanted {
		return nil
	}
	if errors.Is(err, io.EOF) {
		fmt.Fprintln(o.err)
		return errors.New("nobody is there to answer; say it on the command line instead (see --help). Nothing was changed")
	}
	return errors.New("not confirmed; nothing was changed")
}

// noSecrets is for commands that read and delete: they need no values.
func noSecrets(environment.Target) (map[string]string, error) { return nil, nil }

// deploy does something with every target that is selected, in AWS or in the local
// cloud that AWS_ENDPOINT_URL leads to, once it is known that the credentials are for
// the right account and that the secrets that it needs are there.
func deploy(ctx context.Context, root string, s deployable, n named, secrets func(environment.Target) (map[string]string, error), do func(*lifecycle.Deployment, environment.Target, *report.Teller) error) error {
	served, local, err := rehearsal.FindServed(os.Getenv)
	if err != nil {
		return err
	}
	if s.Provider == "standin" && !local {
		return errors.New("the stand-in provider works on a local cloud alone, and AWS_ENDPOINT_URL leads to none: " + howToUseCloud(s.Environments[0]))
	}
	targets, err := s.targets(root)
	if err != nil {
		return err
	}
	if err := inSync(ctx, root, s.Environments); err != nil {
		return err
	}
	executable, err := findTerraform(ctx, root)
	if err != nil {
		return err
	}
	one := func(t environment.Target, teller *report.Teller) error {
		values, err := secrets(t)
		if err != nil {
			return err
		}
		teller.Hide(values)
		cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(t.Region))
		if err != nil {
			return fmt.Errorf("read the AWS configuration: %w", err)
		}
		means := lifecycle.Config{
			Target: t, Repository: root, Work: filepath.Join(root, ".sendform", "work", t.Environment, t.Region),
			Packages: filepath.Join(root, filepath.FromSlash(render.PackagesFolder(t))),
			Secrets:  values, Terraform: executable, Environ: processEnviron(t),
			AWS: cfg, HTTP: &http.Client{Timeout: patience}, Patience: patience,
			Tell: teller.Tell,
		}
		if local {
			means.Work = filepath.Join(root, ".sendform", "local", t.Environment, t.Region)
			means.Packages = filepath.Join(means.Work, "packages")
			means = served.Prepare(means, s.Provider == "registry")
			teller.Text("%s: account %s on the local cloud at %s", t.Key(), t.AccountID, served.URL())
		}
		if err := checkAccount(ctx, means.AWS, t, local); err != nil {
			return err
		}
		d, err := lifecycle.New(means)
		if err != nil {
			return err
		}
		if err := d.Only(s.Component...); err != nil {
			return err
		}
		return do(d, t, teller)
	}
	run := s.begin(n.command, n.output, targets)
	err = s.each(ctx, run, targets, one)
	return run.End(err, n.report)
}

// howToUseCloud says how a shell gets to the local cloud.
func howToUseCloud(env string) string {
	return fmt.Sprintf(`eval "$(sendform cloud --exports %s)" while sendform cloud serves`, env)
}

func checkAccount(ctx context.Context, cfg aws.Config, t environment.Target, local bool) error {
	caller, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	switch {
	case err != nil && local:
		return fmt.Errorf("ask the local cloud whose credentials these are: %w; %s", err, howToUseCloud(t.Environment))
	case err != nil:
		return fmt.Errorf("ask AWS whose credentials these are: %w; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use sendform rehearse, which needs none", err)
	}
	got := aws.ToString(caller.Account)
	if got == t.AccountID {
		return nil
	}
	err = fmt.Errorf("these credentials are for account %s, and %s is in account %s: nothing was done", got, t.Key(), t.AccountID)
	if local {
		return fmt.Errorf("%w; %s", err, howToUseCloud(t.Environment))
	}
	return err
}

// processEnviron hands on what Terraform and acceptance programs need to reach
// AWS, and nothing else of this process's environment.
func processEnviron(t environment.Target) map[string]string {
	environ := map[string]string{"AWS_REGION": t.Region}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case name == "AWS_REGION":
		case strings.HasPrefix(name, "AWS_"), name == "HTTPS_PROXY", name == "NO_PROXY", name == "SSL_CERT_FILE", name == "TF_CLI_CONFIG_FILE":
			environ[name] = value
		}
	}
	return environ
}

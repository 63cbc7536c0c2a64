package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
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
	"sendform/generator/render"
	"sendform/generator/report"
)

// patience is how long an endpoint in AWS may take to answer as wanted after its
// permissions were made.
const patience = time.Minute

type planCommand struct {
	selection
	Out string `help:"Save the plan to this file, for apply --plan." type:"path" placeholder:"FILE"`
}

func (c *planCommand) Help() string { return "Example: sendform plan qa --region eu-west-2" }

// Run plans every target that is selected.
func (c *planCommand) Run(ctx context.Context, all *commands, o output) error {
	different := false
	err := deploy(ctx, all.Root, c.selection, o, secretsOf, func(d *lifecycle.Deployment, t environment.Target) error {
		if err := d.Build(ctx); err != nil {
			return err
		}
		stands, err := d.StateStands(ctx)
		if err != nil {
			return err
		}
		if !stands {
			return fmt.Errorf("%s has no state bucket %s yet, so nothing stands and everything would be created: run sendform apply %s", t.Key(), t.StateBucket, t.Environment)
		}
		plan, err := d.Plan(ctx, c.Out, false)
		if err != nil {
			return err
		}
		report.Plan(o.out, t.Key(), plan)
		different = different || plan.HasChanges
		return nil
	})
	if err == nil && different {
		return errDifferent
	}
	return err
}

type applyCommand struct {
	selection
	AutoApprove bool `help:"Do not ask before something is changed."`
}

func (c *applyCommand) Help() string { return "Example: sendform apply qa" }

// Run makes every target that is selected, and verifies it.
func (c *applyCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.selection, o, secretsOf, func(d *lifecycle.Deployment, t environment.Target) error {
		return d.Deploy(ctx, func(plan lifecycle.Plan) error {
			report.Plan(o.out, t.Key(), plan)
			if c.AutoApprove || !plan.HasChanges {
				return nil
			}
			return confirm(o, "Apply this? Type yes: ", "yes")
		})
	})
}

type existsCommand struct{ selection }

func (c *existsCommand) Help() string { return "Example: sendform exists qa" }

// Run lists the components with how much of them stands.
func (c *existsCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.selection, o, noSecrets, func(d *lifecycle.Deployment, t environment.Target) error {
		found, err := d.Exists(ctx)
		if err != nil {
			return err
		}
		for _, e := range found {
			fmt.Fprintf(o.out, "%s %-28s %-7s %d of %d\n", t.Key(), e.Component, e.Answer(), e.Standing, e.Of)
		}
		return nil
	})
}

type verifyCommand struct{ selection }

func (c *verifyCommand) Help() string { return "Example: sendform verify qa" }

// Run verifies every target that is selected, acceptance programs included.
func (c *verifyCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.selection, o, noSecrets, func(d *lifecycle.Deployment, _ environment.Target) error {
		return d.VerifyAll(ctx)
	})
}

type destroyCommand struct {
	selection
	AutoApprove bool   `help:"Do not ask. A protected environment is only destroyed with --confirm."`
	Confirm     string `help:"The environment's name, for a protected environment." placeholder:"NAME"`
}

func (c *destroyCommand) Help() string { return "Example: sendform destroy dev" }

// Run deletes every target that is selected, and verifies that it is gone.
func (c *destroyCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.selection, o, noSecrets, func(d *lifecycle.Deployment, t environment.Target) error {
		if err := c.allowed(t, o); err != nil {
			return err
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

type verifyDeletedCommand struct{ selection }

func (c *verifyDeletedCommand) Help() string { return "Example: sendform verify-deleted dev" }

// Run asks AWS for everything that a target would be made of.
func (c *verifyDeletedCommand) Run(ctx context.Context, all *commands, o output) error {
	return deploy(ctx, all.Root, c.selection, o, noSecrets, func(d *lifecycle.Deployment, _ environment.Target) error {
		return d.VerifyGone(ctx)
	})
}

// confirm asks a question and wants one answer.
func confirm(o output, question, wanted string) error {
	fmt.Fprint(o.out, question)
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if strings.TrimSpace(answer) == wanted {
		return nil
	}
	if err != nil {
		return errors.New("nobody is there to answer; say it on the command line instead (see --help). Nothing was changed")
	}
	return errors.New("not confirmed; nothing was changed")
}

// noSecrets is for commands that read and delete: they need no values.
func noSecrets(environment.Target) (map[string]string, error) { return nil, nil }

// deploy does something with every target that is selected, in AWS, once it is
// known that the credentials are for the right account and that the secrets that
// it needs are there.
func deploy(ctx context.Context, root string, s selection, o output, secrets func(environment.Target) (map[string]string, error), do func(*lifecycle.Deployment, environment.Target) error) error {
	targets, err := s.targets(root)
	if err != nil {
		return err
	}
	if err := inSync(ctx, root, s.Environment); err != nil {
		return err
	}
	executable, err := findTerraform(ctx, root)
	if err != nil {
		return err
	}
	for _, t := range targets {
		values, err := secrets(t)
		if err != nil {
			return err
		}
		cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(t.Region))
		if err != nil {
			return fmt.Errorf("read the AWS configuration: %w", err)
		}
		if err := checkAccount(ctx, cfg, t); err != nil {
			return err
		}
		work := filepath.Join(root, ".sendform", "work", t.Environment, t.Region)
		d, err := lifecycle.New(lifecycle.Config{
			Target: t, Repository: root, Work: work,
			Packages: filepath.Join(root, filepath.FromSlash(render.PackagesFolder(t))),
			Secrets:  values, Terraform: executable, Environ: processEnviron(t),
			AWS: cfg, HTTP: &http.Client{Timeout: patience}, Patience: patience,
			Tell: report.NewTerminal(o.out).Tell,
		})
		if err != nil {
			return err
		}
		if err := do(d, t); err != nil {
			return fmt.Errorf("%s: %w", t.Key(), err)
		}
	}
	return nil
}

func checkAccount(ctx context.Context, cfg aws.Config, t environment.Target) error {
	caller, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("ask AWS whose credentials these are: %w; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use sendform rehearse, which needs none", err)
	}
	if got := aws.ToString(caller.Account); got != t.AccountID {
		return fmt.Errorf("these credentials are for account %s, and %s is in account %s: nothing was done", got, t.Key(), t.AccountID)
	}
	return nil
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

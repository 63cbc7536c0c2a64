package tests

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
	"sendform/generator/render"
)

// drift is one change behind Terraform's back, and what a verification must find.
type drift struct {
	name string
	change
	// want has a line for each finding: component: resource: attribute: wanted …, got …,
	// as far as its beginning says all.
	want string
}

// change is what is done, and what takes it back; without that Terraform puts it
// right.
type change struct{ do, undo action }

type action func(context.Context) error

// call is an action that is a single call of AWS.
func call[In, Out, Options any](do func(context.Context, *In, ...func(*Options)) (Out, error), input In) action {
	return func(ctx context.Context) error {
		_, err := do(ctx, &input)
		return err
	}
}

// all is several actions, one after the other.
func all(actions ...action) action {
	return func(ctx context.Context) error {
		for _, do := range actions {
			if err := do(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// clients change things behind Terraform's back.
type clients struct {
	s3      *s3.Client
	iam     *iam.Client
	lambda  *lambda.Client
	logs    *cloudwatchlogs.Client
	ssm     *ssm.Client
	secrets *secretsmanager.Client
	cdn     *cloudfront.Client
}

func newClients(cfg aws.Config) clients {
	return clients{
		s3:      s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
		iam:     iam.NewFromConfig(cfg),
		lambda:  lambda.NewFromConfig(cfg),
		logs:    cloudwatchlogs.NewFromConfig(cfg),
		ssm:     ssm.NewFromConfig(cfg),
		secrets: secretsmanager.NewFromConfig(cfg),
		cdn:     cloudfront.NewFromConfig(cfg),
	}
}

// TestVerifyNamesEveryDrift makes three environments that have a component of each
// kind between them. It changes one thing after the other, and expects verify to name
// component, resource, attribute, what was wanted and what AWS answers, and nothing
// else.
func TestVerifyNamesEveryDrift(t *testing.T) {
	t.Parallel()
	t.Run("locked down", func(t *testing.T) {
		t.Parallel()
		target := load(t, "qa")
		s := rehearse(t, repository(t), target)
		drifts(t, s, func(c clients) []drift {
			return concat(
				terraformRepairs(c, target), storageDrifts(c, target), artifactDrifts(t, c, target), roleDrifts(c, target),
				functionDrifts(c, target), distributionDrifts(t, c, target), stateDrifts(c, target),
			)
		})
	})
	t.Run("python", func(t *testing.T) {
		t.Parallel()
		s, target := rehearseGolden(t, "python", "dev")
		drifts(t, s, func(c clients) []drift {
			return concat(secretDrifts(c, target), layerDrifts(t, c, target), aliasDrifts(t, c, target), rewriteDrifts(t, c, target))
		})
	})
	t.Run("everything", func(t *testing.T) {
		t.Parallel()
		// Nobody can build a Python package for a Go runtime, and a local cloud has no
		// provider until it is made.
		s, target := rehearseGolden(t, "everything", "qa",
			"function \"worker\" {\n", "function \"worker\" {\n    runtime = \"python3.12\"\n    handler = \"main.handler\"\n",
			"oidc_provider  = \"existing\"", "")
		c := newClients(s.AWS())
		boundary := iam.CreatePolicyInput{
			PolicyName:     aws.String("boundary"),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
		}
		if err := call(c.iam.CreatePolicy, boundary)(t.Context()); err != nil {
			t.Fatal(err)
		}
		drifts(t, s, func(c clients) []drift {
			return concat(deployerDrifts(c, target), sharedBucketDrifts(c, target), domainDrifts(t, c, target))
		})
	})
}

func concat(tables ...[]drift) []drift {
	var rows []drift
	for _, table := range tables {
		rows = append(rows, table...)
	}
	return rows
}

// drifts makes the environment and goes through the table.
func drifts(t *testing.T, s *rehearsal.Stage, table func(clients) []drift) {
	t.Helper()
	ctx := t.Context()
	if err := s.Build(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(ctx); err != nil {
		t.Fatalf("before any change:\n%v", err)
	}
	for _, row := range table(newClients(s.AWS())) {
		t.Run(row.name, func(t *testing.T) {
			ctx := t.Context()
			if err := row.do(ctx); err != nil {
				t.Fatal(err)
			}
			_, err := s.Verify(ctx)
			if !finds(err, row.want) {
				t.Errorf("got\n%v\nwant only what begins with\n%s", err, row.want)
			}
			if row.undo != nil {
				err = row.undo(ctx)
			} else {
				_, err = s.Create(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
	if _, err := s.Verify(ctx); err != nil {
		t.Errorf("not everything was put right:\n%v", err)
	}
}

// finds tells whether an error is the findings that are wanted, a line for each.
func finds(err error, want string) bool {
	var findings lifecycle.Findings
	lines := strings.Split(want, "\n")
	if !errors.As(err, &findings) || len(findings) != len(lines) {
		return false
	}
	for i, line := range lines {
		if !strings.HasPrefix(findings[i].String(), line) {
			return false
		}
	}
	return true
}

// rehearseGolden renders a golden environment in a folder of its own and opens a local
// cloud for it. The edits are old and new texts of its files, by turns.
func rehearseGolden(t *testing.T, golden, name string, edits ...string) (*rehearsal.Stage, environment.Target) {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(filepath.Join(repository(t), "generator", "testdata", "environments", golden))); err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(root, "envs", "base.hcl")
	text, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(base, []byte(strings.NewReplacer(edits...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	target := loadFrom(t, root, name)
	renderer, err := render.New(os.DirFS(filepath.Join(repository(t), "templates")), components.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	modules, err := renderer.Modules()
	if err != nil {
		t.Fatal(err)
	}
	roots, err := renderer.Root(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(modules, roots...) {
		path := filepath.Join(root, filepath.FromSlash(file.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return rehearse(t, root, target), target
}

func rehearse(t *testing.T, root string, target environment.Target) *rehearsal.Stage {
	t.Helper()
	s, err := rehearsal.Open(t.Context(), rehearsal.Options{
		Target: target, Repository: root, Dir: t.TempDir(), Terraform: findTerraform(t), Tell: func(lifecycle.Event) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// load is the first target of an environment of this repository.
func load(t *testing.T, name string) environment.Target {
	t.Helper()
	return loadFrom(t, repository(t), name)
}

func loadFrom(t *testing.T, root, name string) environment.Target {
	t.Helper()
	env, err := environment.Load(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return env.Targets[0]
}

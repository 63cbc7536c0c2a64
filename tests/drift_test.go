package tests

import (
	"context"
	"errors"
	"slices"
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

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
	"sendform/tests/golden"
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
// kind between them. It changes one thing of each table at a time, and expects verify to
// name component, resource, attribute, what was wanted and what AWS answers, and nothing
// else.
func TestVerifyNamesEveryDrift(t *testing.T) {
	t.Parallel()
	t.Run("locked down", func(t *testing.T) {
		t.Parallel()
		target := load(t, "qa")
		s := rehearse(t, repository(t), target)
		drifts(t, s, func(c clients) [][]drift {
			return append(
				terraformRepairs(c, target), storageDrifts(c, target), artifactDrifts(t, c, target), roleDrifts(c, target),
				functionDrifts(c, target), distributionDrifts(t, c, target), stateDrifts(c, target),
			)
		})
	})
	t.Run("python", func(t *testing.T) {
		t.Parallel()
		s, target := rehearseGolden(t, "python", "dev")
		drifts(t, s, func(c clients) [][]drift {
			return [][]drift{secretDrifts(t, c, target), layerDrifts(t, c, target), aliasDrifts(t, c, target), rewriteDrifts(t, c, target)}
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
		drifts(t, s, func(c clients) [][]drift {
			return [][]drift{deployerDrifts(c, target), sharedBucketDrifts(c, target), domainDrifts(t, c, target)}
		})
	})
}

// drifts makes the environment and goes through the tables side by side: each changes
// something that no other one does, so that one verification answers for a row of each.
func drifts(t *testing.T, s *rehearsal.Stage, tables func(clients) [][]drift) {
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
	for left := tables(newClients(s.AWS())); ; {
		var rows []drift
		for i, table := range left {
			if len(table) > 0 {
				rows, left[i] = append(rows, table[0]), table[1:]
			}
		}
		if len(rows) == 0 {
			break
		}
		driftTogether(t, s, rows)
	}
	if _, err := s.Verify(ctx); err != nil {
		t.Errorf("not everything was put right:\n%v", err)
	}
}

func driftTogether(t *testing.T, s *rehearsal.Stage, rows []drift) {
	t.Helper()
	ctx := t.Context()
	for _, row := range rows {
		if err := row.do(ctx); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
	}
	_, err := s.Verify(ctx)
	var found lifecycle.Findings
	if err != nil && !errors.As(err, &found) {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			for want := range strings.SplitSeq(row.want, "\n") {
				i := slices.IndexFunc(found, func(f lifecycle.Finding) bool { return strings.HasPrefix(f.String(), want) })
				if i < 0 {
					t.Errorf("nothing begins with\n%s\nin\n%v", want, err)
					continue
				}
				found = slices.Delete(found, i, i+1)
			}
		})
	}
	if len(found) > 0 {
		t.Errorf("found besides:\n%v", found)
	}
	repairs := false
	for _, row := range rows {
		if row.undo == nil {
			repairs = true
			continue
		}
		if err := row.undo(ctx); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
	}
	if repairs {
		if _, err := s.Create(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// rehearseGolden renders a golden environment in a folder of its own and opens a local
// cloud for it. The edits are old and new texts of its files, by turns.
func rehearseGolden(t *testing.T, folder, name string, edits ...string) (*rehearsal.Stage, environment.Target) {
	t.Helper()
	root := t.TempDir()
	target, err := golden.Copy(root, repository(t), folder, name, edits...)
	if err != nil {
		t.Fatal(err)
	}
	return rehearse(t, root, target), target
}

func rehearse(t *testing.T, root string, target environment.Target) *rehearsal.Stage {
	t.Helper()
	s, err := rehearsal.Open(t.Context(), rehearsal.Options{
		Target: target, Repository: root, Dir: t.TempDir(), Terraform: findTerraform(t), Tell: warnless(t),
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
	env, err := environment.Load(repository(t), name)
	if err != nil {
		t.Fatal(err)
	}
	return env.Targets[0]
}

package tests

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/localcloud"
	"sendform/generator/rehearsal"
	"sendform/generator/site"
)

// roleOf is the name of the role that a call was made by; empty for other callers.
func roleOf(c localcloud.Call) string {
	_, session, _ := strings.Cut(c.Principal, ":assumed-role/")
	role, _, _ := strings.Cut(session, "/")
	return role
}

func approve(lifecycle.Plan) error { return nil }

// TestStatementsAreNeeded takes single statements out of a deployer's policies, some of
// those without which little is done: `make test-policies` takes all of them.
func TestStatementsAreNeeded(t *testing.T) {
	t.Parallel()
	target := load(t, "dev")
	for _, sid := range []string{"Lock", "Mark", "LockTrial"} {
		t.Run(sid, func(t *testing.T) {
			t.Parallel()
			failsWithout(t, target, repository(t), sid)
		})
	}
}

// failsWithout wants the life of a target to end with a refusal when the policies of
// those who deploy lack a statement.
func failsWithout(t *testing.T, target environment.Target, root, sid string) {
	t.Helper()
	ctx := t.Context()
	s, err := rehearsal.Open(ctx, rehearsal.Options{Target: target, Repository: root, Dir: t.TempDir(), Terraform: findTerraform(t), Tell: func(lifecycle.Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.CreateState(ctx); err != nil {
		t.Fatal(err)
	}
	d, err := s.Permitted(ctx, "less", without(sid, components.Policies(target, components.DeployUse)))
	if err != nil {
		t.Fatal(err)
	}
	wantRefused(t, s, "less", life(ctx, s, d, target))
}

// without takes a statement out of policies.
func without(sid string, policies []components.NamedRules) []components.NamedRules {
	for i := range policies {
		policies[i].Statements = slices.DeleteFunc(policies[i].Statements, func(s components.Statement) bool { return s.Sid == sid })
	}
	return slices.DeleteFunc(policies, func(p components.NamedRules) bool { return len(p.Statements) == 0 })
}

// wantRefused wants what a role has done to have failed, after it was refused something.
func wantRefused(t *testing.T, s *rehearsal.Stage, role string, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("nothing fails without it")
	}
	refused := slices.ContainsFunc(s.Cloud.Record(), func(c localcloud.Call) bool {
		return roleOf(c) == role && strings.HasPrefix(c.Error, "AccessDenied")
	})
	if !refused {
		t.Errorf("nothing is refused, but: %v", err)
	}
}

// TestFunctionStatementsAreNeeded takes each statement out of the policy that a function
// has at run time: the acceptance programs must fail, and pass again with it. Nobody
// hears that a function may not write its logs; there they are counted.
func TestFunctionStatementsAreNeeded(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	target := load(t, "dev")
	target.LockDown = true // until then anybody may call the functions
	s := rehearse(t, repository(t), target)
	if err := s.Deploy(ctx, approve); err != nil {
		t.Fatal(err)
	}
	roles := iam.NewFromConfig(s.AWS())
	for _, f := range target.Functions {
		policy := components.FunctionPolicy(f, target)
		accepted := func(p components.NamedRules) error {
			t.Helper()
			document, err := p.Document()
			if err != nil {
				t.Fatal(err)
			}
			_, err = roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &f.RoleName, PolicyName: &p.Name, PolicyDocument: aws.String(string(document))})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Accept(ctx)
			return err
		}
		for i, left := range policy.Statements {
			before := written(t, s.AWS(), f.LogGroup)
			err := accepted(components.NamedRules{Name: policy.Name, Statements: slices.Delete(slices.Clone(policy.Statements), i, i+1)})
			logged := written(t, s.AWS(), f.LogGroup) > before
			if left.Sid == "WriteLogs" && logged || left.Sid != "WriteLogs" && err == nil {
				t.Errorf("%s without %s: logged %t, %v", f.Label, left.Sid, logged, err)
			}
		}
		before := written(t, s.AWS(), f.LogGroup)
		err := accepted(policy)
		if logged := written(t, s.AWS(), f.LogGroup) > before; err != nil || !logged {
			t.Errorf("%s with all of its policy: logged %t, %v", f.Label, logged, err)
		}
	}
}

// written is how many events are in a log group.
func written(t *testing.T, cfg aws.Config, group string) int {
	t.Helper()
	found := 0
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(cfg), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found += len(page.Events)
	}
	return found
}

// life is what the policies are for. What users leave in a bucket is deleted with it,
// and so is a site.
func life(ctx context.Context, s *rehearsal.Stage, d *lifecycle.Deployment, target environment.Target) error {
	if err := d.Deploy(ctx, approve); err != nil {
		return err
	}
	for _, b := range target.Buckets {
		if !b.DeleteWithContents {
			continue
		}
		buckets := s3.NewFromConfig(s.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
		_, err := buckets.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.Name, Key: aws.String("left"), Body: strings.NewReader("behind")})
		if err != nil {
			return err
		}
	}
	d.SetLockDown(true)
	if err := d.Deploy(ctx, approve); err != nil {
		return err
	}
	if err := publishAndSwitch(ctx, d, target); err != nil {
		return err
	}
	return d.Undeploy(ctx)
}

// publishAndSwitch publishes pages on every distribution, publishes fewer of them, and
// goes back.
func publishAndSwitch(ctx context.Context, d *lifecycle.Deployment, target environment.Target) error {
	dir, err := os.MkdirTemp("", "site")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<p>"), 0o600); err != nil {
		return err
	}
	fewer, err := site.ReadFolder(dir)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "more.html"), []byte("<p>more"), 0o600); err != nil {
		return err
	}
	folder, err := site.ReadFolder(dir)
	if err != nil {
		return err
	}
	for _, x := range target.Distributions {
		s, err := d.Site(ctx, x)
		if err != nil {
			return err
		}
		if _, err := s.Publish(ctx, folder, "v1"); err != nil {
			return err
		}
		if _, err := s.Publish(ctx, fewer, "v2"); err != nil {
			return err
		}
		if _, err := s.Switch(ctx, "v1"); err != nil {
			return err
		}
	}
	return nil
}

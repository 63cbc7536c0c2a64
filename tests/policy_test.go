package tests

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
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
	policies := components.Policies(target, components.DeployUse)
	for i := range policies {
		policies[i].Statements = slices.DeleteFunc(policies[i].Statements, func(s components.Statement) bool { return s.Sid == sid })
	}
	d, err := s.Permitted(ctx, "less", slices.DeleteFunc(policies, func(p components.NamedRules) bool { return len(p.Statements) == 0 }))
	if err != nil {
		t.Fatal(err)
	}
	err = life(ctx, s, d, target)
	if err == nil {
		t.Fatalf("nothing fails without %s", sid)
	}
	refused := slices.ContainsFunc(s.Cloud.Record(), func(c localcloud.Call) bool {
		return roleOf(c) == "less" && strings.HasPrefix(c.Error, "AccessDenied")
	})
	if !refused {
		t.Errorf("without %s nothing is refused, but: %v", sid, err)
	}
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

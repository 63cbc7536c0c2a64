// The tests of this file take minutes: `make test-policies` runs them.

//go:build policies

package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
)

var update = flag.Bool("update", false, "write what was recorded into generator/components/permissions.json")

// permissions are actions by sort of thing and by use, each sorted.
type permissions map[string]map[components.Use][]string

func (p permissions) add(sort string, use components.Use, action string) {
	if p[sort] == nil {
		p[sort] = map[components.Use][]string{}
	}
	if i, found := slices.BinarySearch(p[sort][use], action); !found {
		p[sort][use] = slices.Insert(p[sort][use], i, action)
	}
}

// TestPermissionsAreThoseOfRehearsals takes two targets through all that is ever done
// with one, by the roles of those who plan and of those who deploy. It passes with the
// policies that are rendered from permissions.json, and takes each action in there.
//
// One target has every sort of component and a deployer of its own; its buckets are
// emptied when they are deleted. The other has acceptance programs, and its buckets are
// not: what the two do with objects is told apart by that.
func TestPermissionsAreThoseOfRehearsals(t *testing.T) {
	t.Parallel()
	recorded := permissions{}
	recordLife(t, recorded)
	recordAcceptance(t, recorded)
	const file = "../generator/components/permissions.json"
	if *update {
		text, err := json.MarshalIndent(recorded, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var committed permissions
	if err := json.Unmarshal(text, &committed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(committed, recorded); diff != "" {
		t.Errorf("go test ./tests -run TestPermissions -update, then look at the difference (-committed +recorded):\n%s", diff)
	}
}

// crew is a stage with those who work on it: root of the account, and the roles.
type crew struct {
	*rehearsal.Stage
	plans, deploys *lifecycle.Deployment
	roles          map[string]components.Use
}

// assemble opens a stage in a folder and makes the roles. While permissions are
// recorded anew, roles may do everything.
func assemble(t *testing.T, target environment.Target, root, dir, round string) crew {
	t.Helper()
	ctx := t.Context()
	s, err := rehearsal.Open(ctx, rehearsal.Options{Target: target, Repository: root, Dir: dir, Terraform: findTerraform(t), Tell: func(lifecycle.Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	c := crew{Stage: s, roles: map[string]components.Use{}}
	if err := s.CreateState(ctx); err != nil {
		t.Fatal(err)
	}
	take := func(use components.Use) *lifecycle.Deployment {
		t.Helper()
		if *update {
			role := "anything-" + string(use) + round
			c.roles[role] = use
			d, err := s.Permitted(ctx, role, []components.NamedRules{{Name: "1", Statements: []components.Statement{{Sid: "All", Actions: []string{"*"}, Resources: []string{"*"}}}}})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d, err := s.Deployer(ctx, use)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, d := range target.Deployers {
		c.roles[d.PlanRole], c.roles[d.ApplyRole] = components.PlanUse, components.DeployUse
	}
	c.roles["sendform-plan"], c.roles["sendform-deploy"] = components.PlanUse, components.DeployUse
	c.plans, c.deploys = take(components.PlanUse), take(components.DeployUse)
	return c
}

// end closes the stage, and adds what its roles have called.
func (c crew) end(t *testing.T, target environment.Target, recorded permissions) {
	t.Helper()
	calls := c.Cloud.Record()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	things := components.Things(target)
	for _, call := range calls {
		use, ours := c.roles[roleOf(call)]
		if !ours || call.Error == "AccessDenied" { // what a lock-down must refuse
			continue
		}
		for i, action := range call.Actions {
			sort := sortOf(things, action, call.Resources[i])
			if sort == "" {
				t.Errorf("%s on %s: it is on nothing that the target is made of", action, call.Resources[i])
				continue
			}
			recorded.add(sort, use, action)
		}
	}
}

// sortOf is the sort of thing with the longest pattern that an action's resource is like.
func sortOf(things []components.Thing, action, resource string) string {
	sort, longest := "", 0
	for _, thing := range things {
		if !strings.HasPrefix(action, thing.Service+":") {
			continue
		}
		for _, pattern := range thing.Resources {
			if len(pattern) > longest && like(pattern, resource) {
				sort, longest = thing.Sort, len(pattern)
			}
		}
	}
	return sort
}

// like matches as IAM does: an asterisk stands for any text, a question mark for any
// character.
func like(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return like(pattern[1:], text) || text != "" && like(pattern, text[1:])
	case text == "":
		return false
	}
	return (pattern[0] == '?' || pattern[0] == text[0]) && like(pattern[1:], text[1:])
}

// recordLife makes a target that has everything, changes and recovers it, changes it
// back, locks it down and deletes it.
func recordLife(t *testing.T, recorded permissions) {
	t.Helper()
	ctx := t.Context()
	sendform, root, dir := build(t), goldenCopy(t), t.TempDir()
	base, rewrite := filepath.Join(root, "envs", "base.hcl"), filepath.Join(root, "site", "rewrite.js")
	// Who deletes a bucket with its contents and who publishes a site do it in different
	// buckets here: what they do with objects is told apart by that.
	editAll(t, base, map[string]string{"bucket \"site\" {\n    delete_with_contents = true": "bucket \"site\" {"})
	original, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	round := func(number string, steps func(crew, environment.Target)) {
		t.Helper()
		target := rendered(t, sendform, root, "dev")
		c := assemble(t, target, root, dir, number)
		steps(c, target)
		c.end(t, target, recorded)
	}
	do := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	round("1", func(c crew, target environment.Target) {
		do("create", c.deploys.Deploy(ctx, approve))
		do("verify", c.plans.VerifySettings(ctx))
		allowAll(t, c, "boundary")
		loseState(t, c, target)
	})
	editAll(t, base, changes)
	editAll(t, rewrite, map[string]string{"function handler": "// changed\nfunction handler"})
	round("2", func(c crew, _ environment.Target) {
		do("build", c.plans.Build(ctx))
		_, err := c.plans.SavePlan(ctx, filepath.Join(t.TempDir(), "plan"))
		do("plan without a state", err)
		do("recover and change", c.deploys.Deploy(ctx, approve))
		do("verify", c.plans.VerifySettings(ctx))
	})
	do("change back", os.WriteFile(base, original, 0o600))
	round("3", func(c crew, target environment.Target) {
		do("change back", c.deploys.Deploy(ctx, approve))
		do("plan what stands", look(ctx, c.plans, filepath.Join(t.TempDir(), "plan")))
		_, err := c.plans.Exists(ctx)
		do("look", err)
		meetHeldLock(t, c, target)
		do("use it", upload(ctx, c, target.Bucket("cache").Name))
		c.deploys.SetLockDown(true)
		do("lock down", c.deploys.Deploy(ctx, approve))
		do("publish", publishAndSwitch(ctx, c.deploys, target))
		c.plans.SetLockDown(true)
		do("verify locked down", c.plans.VerifySettings(ctx))
		do("empty", empty(ctx, c, target.Bucket("site").Name))
		do("delete", c.deploys.Undeploy(ctx))
		do("verify deleted", c.plans.VerifyGone(ctx))
	})
}

// meetHeldLock verifies while another verification tries the lock, as whoever plans and
// whoever deploys. Both read whose it is: one that was left behind is taken away.
func meetHeldLock(t *testing.T, c crew, target environment.Target) {
	t.Helper()
	buckets := s3.NewFromConfig(c.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
	trial, err := buckets.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &target.StateBucket, Key: aws.String(components.LockTrial), Body: strings.NewReader("another's")})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*lifecycle.Deployment{c.plans, c.deploys} {
		if err := d.VerifySettings(t.Context()); err == nil || !strings.Contains(err.Error(), "held by "+components.LockTrial) {
			t.Errorf("with the lock held: %v", err)
		}
	}
	_, err = buckets.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &target.StateBucket, Key: aws.String(components.LockTrial), VersionId: trial.VersionId})
	if err != nil {
		t.Fatal(err)
	}
}

// upload leaves something in a bucket, which is emptied when it is deleted.
func upload(ctx context.Context, c crew, bucket string) error {
	buckets := s3.NewFromConfig(c.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
	_, err := buckets.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String("index.html"), Body: strings.NewReader("<p>"), ServerSideEncryption: "AES256",
	})
	return err
}

// empty deletes what is in a bucket.
func empty(ctx context.Context, c crew, bucket string) error {
	buckets := s3.NewFromConfig(c.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
	listed, err := buckets.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		return err
	}
	for _, o := range listed.Contents {
		_, problem := buckets.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: o.Key})
		err = errors.Join(err, problem)
	}
	return err
}

// changes are changes of everything that can be changed in place, and of some things
// that cannot.
var changes = map[string]string{
	"artifacts = bucket.artifacts":                   "artifacts = bucket.artifacts\n  permissions_boundary = \"arn:aws:iam::${environment.account_id}:policy/boundary\"",
	"environment = environment.name":                 "environment = environment.name\n    cost_centre = 42",
	"expire_after_days    = 1":                       "expire_after_days    = 2\n    versioned = true\n    cors {\n      allowed_origins = [\"https://send.example.com\"]\n    }",
	`description = "Key of the API, as CI has it."`:  `description = "Key of the API."` + "\n    version = 2",
	`description = "Key by which User calls Admin."`: `description = "Key of Admin."` + "\n    version = 2",
	"value = distribution.send.id":                   `value = "is ${distribution.send.id}"`,
	"memory_mb            = 512":                     "memory_mb            = 1024",
	"log_retention_days   = 14":                      "log_retention_days   = 30",
	"reserved_concurrency = 20":                      "",
	`allowed_origins = ["https://send.example.com"]`: `allowed_origins = ["https://www.send.example.com"]`,
	"default_ttl_s = 300":                            "default_ttl_s = 60",
}

// editAll replaces texts in a file, each of which must be there.
func editAll(t *testing.T, file string, changes map[string]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for old, with := range changes {
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("%s has no %q", file, old)
		}
		text = bytes.Replace(text, []byte(old), []byte(with), 1)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// allowAll makes a policy that allows everything, as a boundary.
func allowAll(t *testing.T, c crew, name string) {
	t.Helper()
	_, err := iam.NewFromConfig(c.AWS()).CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: &name, PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// loseState leaves what a run leaves that died before it could save its state.
func loseState(t *testing.T, c crew, target environment.Target) {
	t.Helper()
	buckets := s3.NewFromConfig(c.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
	key := target.Key()
	_, err := buckets.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &target.StateBucket, Key: aws.String(key + ".tfstate")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = buckets.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &target.StateBucket, Key: aws.String(key + ".unfinished"), Body: strings.NewReader(`{"since":"2026-01-01T00:00:00Z"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// recordAcceptance makes, locks down and deletes a target that is tried by programs, and
// whose functions are called without an alias.
func recordAcceptance(t *testing.T, recorded permissions) {
	t.Helper()
	target := load(t, "prod")
	c := assemble(t, target, repository(t), t.TempDir(), "")
	for _, locked := range []bool{false, true} {
		c.deploys.SetLockDown(locked)
		c.plans.SetLockDown(locked)
		if err := c.deploys.Deploy(t.Context(), approve); err != nil {
			t.Fatalf("locked down %v: %v", locked, err)
		}
		if err := c.plans.VerifySettings(t.Context()); err != nil {
			t.Fatalf("locked down %v: %v", locked, err)
		}
	}
	if err := c.deploys.Undeploy(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.end(t, target, recorded)
}

// TestEachStatementIsNeeded takes statements out of the policies of those who deploy, one
// after the other: without any of them the life of the target fails.
func TestEachStatementIsNeeded(t *testing.T) {
	t.Parallel()
	sendform, root := build(t), goldenCopy(t)
	target := rendered(t, sendform, root, "dev")
	for _, left := range components.Permissions(target, components.DeployUse) {
		t.Run(left.Sid, func(t *testing.T) {
			t.Parallel()
			failsWithout(t, target, root, left.Sid)
		})
	}
	prod := load(t, "prod")
	for _, left := range components.Permissions(prod, components.DeployUse) {
		if left.Sid == "Acceptance" {
			t.Run("prod "+left.Sid, func(t *testing.T) {
				t.Parallel()
				failsWithout(t, prod, repository(t), left.Sid)
			})
		}
	}
}

// TestEachStatementIsNeededToPlan does the same with the policies of those who plan and
// verify, on a target that stands.
func TestEachStatementIsNeededToPlan(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sendform, root := build(t), goldenCopy(t)
	target := rendered(t, sendform, root, "dev")
	s, err := rehearsal.Open(ctx, rehearsal.Options{Target: target, Repository: root, Dir: t.TempDir(), Terraform: findTerraform(t), Tell: func(lifecycle.Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Deploy(ctx, approve); err != nil {
		t.Fatal(err)
	}
	for _, left := range components.Permissions(target, components.PlanUse) {
		t.Run(left.Sid, func(t *testing.T) {
			role := "without-" + left.Sid
			d, err := s.Permitted(ctx, role, without(left.Sid, components.Policies(target, components.PlanUse)))
			if err != nil {
				t.Fatal(err)
			}
			wantRefused(t, s, role, look(ctx, d, filepath.Join(t.TempDir(), "plan")))
		})
	}
	d, err := s.Permitted(ctx, "whole", components.Policies(target, components.PlanUse))
	if err != nil {
		t.Fatal(err)
	}
	if err := look(ctx, d, filepath.Join(t.TempDir(), "plan")); err != nil {
		t.Errorf("with the whole policies: %v", err)
	}
}

// look is all that is done by those who may only look.
func look(ctx context.Context, d *lifecycle.Deployment, plan string) error {
	if err := d.Build(ctx); err != nil {
		return err
	}
	if _, err := d.SavePlan(ctx, plan); err != nil {
		return err
	}
	return d.VerifySettings(ctx)
}

package tests

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// awsVariable names the account and the region that runs may use in AWS, as in
// 111122223333/eu-west-2. Credentials are found as AWS's SDK finds them; sendform checks
// that they are for this account.
const awsVariable = "SENDFORM_AWS"

// runTag is on all that a run makes. Its value is the name of the run's environment.
const runTag = "sendform-run"

// sweepAfter is how old a run is that nobody waits for any more.
const sweepAfter = 6 * time.Hour

// TestRoundTripInAWS takes dev through two lives in AWS, with the registry provider and
// under a name that no other run has.
func TestRoundTripInAWS(t *testing.T) {
	run := inAWS(t, time.Now())
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(run.region))
	if err != nil {
		t.Fatal(err)
	}
	defer run.remove(t, cfg)
	if out, code := run.sendform(t, "roundtrip", run.name, "--auto-approve"); code != 0 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestSweepInAWS deletes what runs have left that ended before they could.
func TestSweepInAWS(t *testing.T) {
	here := inAWS(t, time.Now())
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(here.region))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("swept: %q", here.sweep(t, cfg, time.Now().Add(-sweepAfter)))
}

// TestSweep sweeps a local cloud in which an old run has left all that it made: what a
// young one has, and what is nobody's, stays.
func TestSweep(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	target := load(t, "dev")
	s, _ := stage(t, target)
	now := time.Now()
	old := newRun(t, runName(now.Add(-2*sweepAfter)), target.AccountID, target.Region, s.Environ())
	if out, code := old.sendform(t, "apply", old.name, "--auto-approve"); code != 0 {
		t.Fatalf("apply: exit code %d:\n%s", code, out)
	}
	buckets := s3.NewFromConfig(s.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
	makeBucket := func(name string) {
		t.Helper()
		_, err := buckets.CreateBucket(ctx, &s3.CreateBucketInput{
			Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(target.Region)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stay := map[string]string{"of-a-young-run": runName(now), "of-somebody": "running", "of-nobody": ""}
	for name, run := range stay {
		makeBucket(name)
		if run == "" {
			continue
		}
		tags := &types.Tagging{TagSet: []types.Tag{{Key: aws.String(runTag), Value: &run}}}
		if _, err := buckets.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &name, Tagging: tags}); err != nil {
			t.Fatal(err)
		}
	}
	// Another old run died when it had its state bucket and nothing in it.
	empty := newRun(t, runName(now.Add(-3*sweepAfter)), target.AccountID, target.Region, s.Environ())
	makeBucket(empty.stateBucket())
	if swept := old.sweep(t, s.AWS(), now.Add(-sweepAfter)); !slices.Equal(swept, []string{empty.name, old.name}) {
		t.Errorf("swept %q, want %s and %s", swept, empty.name, old.name)
	}
	left, err := buckets.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range left.Buckets {
		if _, stays := stay[*b.Name]; !stays {
			t.Errorf("%s is left", *b.Name)
		}
		delete(stay, *b.Name)
	}
	if len(stay) > 0 {
		t.Errorf("swept too: %v", stay)
	}
	functions, err := lambda.NewFromConfig(s.AWS()).ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if err != nil || len(functions.Functions) > 0 {
		t.Errorf("%d functions are left: %v", len(functions.Functions), err)
	}
}

func inAWS(t *testing.T, begun time.Time) awsRun {
	t.Helper()
	account, region, found := strings.Cut(os.Getenv(awsVariable), "/")
	if !found {
		t.Skipf("set %s to an account and a region that may be used in AWS, as in 111122223333/eu-west-2", awsVariable)
	}
	environ := map[string]string{}
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			environ[name] = value
		}
	}
	return newRun(t, runName(begun), account, region, environ)
}

// awsRun is an environment like dev that is made for one run.
type awsRun struct {
	name, account, region string
	root                  string
	environ               map[string]string
	program               program
}

// runName is short, because names of roles and buckets have it in them, and says when
// the run began.
func runName(begun time.Time) string { return "run" + strconv.FormatInt(begun.Unix(), 36) }

// begunAt reads the name of a run. Other words that begin so are of times long ago.
func begunAt(name string) (begun time.Time, isRun bool) {
	text, isRun := strings.CutPrefix(name, "run")
	seconds, err := strconv.ParseInt(text, 36, 64)
	begun = time.Unix(seconds, 0)
	return begun, isRun && err == nil && begun.Year() > 2020
}

// newRun renders dev under the name of a run. The bucket whose name has no environment
// in it gets one that has.
func newRun(t *testing.T, name, account, region string, environ map[string]string) awsRun {
	t.Helper()
	r := awsRun{name: name, account: account, region: region, root: deployableCopy(t), environ: maps.Clone(environ), program: build(t)}
	r.environ["SENDFORM_TERRAFORM"] = findTerraform(t).Path
	envs := filepath.Join(r.root, "envs")
	text, err := os.ReadFile(filepath.Join(envs, "dev.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range []struct{ old, with string }{
		{`environment "dev" \{`, `environment "` + name + `" {` + "\n  tags {\n    " + runTag + " = environment.name\n  }\n"},
		{`account_id = "\d+"`, `account_id = "` + account + `"`},
		{`regions    = \[.*\]`, `regions    = ["` + region + `"]`},
		{`bucket "transfers" \{`, `bucket "transfers" {` + "\n    " + `name = "$${environment.account_id}--sgraph-send-$${environment.name}-transfers--$${environment.region}"`},
	} {
		pattern := regexp.MustCompile(edit.old)
		if !pattern.Match(text) {
			t.Fatalf("envs/dev.hcl has no %s", edit.old)
		}
		text = pattern.ReplaceAll(text, []byte(edit.with))
	}
	for _, other := range []string{"dev.hcl", "qa.hcl", "prod.hcl"} {
		if err := os.Remove(filepath.Join(envs, other)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(envs, name+".hcl"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := r.sendform(t, "gen"); code != 0 {
		t.Fatalf("gen: exit code %d:\n%s", code, out)
	}
	return r
}

func (r awsRun) sendform(t *testing.T, args ...string) (string, int) {
	t.Helper()
	return r.program.run(t, r.root, r.environ, args...)
}

func (r awsRun) stateBucket() string {
	return fmt.Sprintf("%s--sgraph-send-%s-state--%s", r.account, r.name, r.region)
}

// remove deletes the environment and then its state bucket, by which it would be found
// if something of it were left.
func (r awsRun) remove(t *testing.T, cfg aws.Config) {
	t.Helper()
	if out, code := r.sendform(t, "destroy", r.name, "--auto-approve"); code != 0 {
		t.Errorf("destroy %s: exit code %d:\n%s", r.name, code, out)
		return
	}
	if err := deleteBucket(t.Context(), cfg, r.stateBucket()); err != nil {
		t.Errorf("delete the state bucket of %s: %v", r.name, err)
	}
}

// sweep deletes the environments of runs that began before a time. A run that has no
// bucket has nothing: its state bucket is made first and deleted last.
func (r awsRun) sweep(t *testing.T, cfg aws.Config, before time.Time) []string {
	t.Helper()
	buckets := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	all, err := buckets.ListBuckets(t.Context(), &s3.ListBucketsInput{BucketRegion: &cfg.Region})
	if err != nil {
		t.Fatal(err)
	}
	old := map[string]bool{}
	note := func(name string) {
		if begun, isRun := begunAt(name); isRun && begun.Before(before) {
			old[name] = true
		}
	}
	for _, b := range all.Buckets {
		// A state bucket has no tags until Terraform has adopted it.
		name, _ := strings.CutPrefix(*b.Name, r.account+"--sgraph-send-")
		name, isState := strings.CutSuffix(name, "-state--"+r.region)
		if isState {
			note(name)
		}
		tagged, err := buckets.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: b.Name})
		var known smithy.APIError
		if errors.As(err, &known) && known.ErrorCode() == "NoSuchTagSet" {
			continue
		}
		if err != nil {
			t.Errorf("ask for the tags of %s: %v", *b.Name, err)
			continue
		}
		for _, tag := range tagged.TagSet {
			if aws.ToString(tag.Key) == runTag {
				note(aws.ToString(tag.Value))
			}
		}
	}
	names := slices.Sorted(maps.Keys(old))
	for _, name := range names {
		newRun(t, name, r.account, r.region, r.environ).remove(t, cfg)
	}
	return names
}

// deleteBucket deletes a bucket with every version of what is in it.
func deleteBucket(ctx context.Context, cfg aws.Config, name string) error {
	buckets := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	pages := s3.NewListObjectVersionsPaginator(buckets, &s3.ListObjectVersionsInput{Bucket: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		var all []types.ObjectIdentifier
		for _, v := range page.Versions {
			all = append(all, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			all = append(all, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(all) == 0 {
			continue
		}
		if _, err := buckets.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &name, Delete: &types.Delete{Objects: all, Quiet: aws.Bool(true)}}); err != nil {
			return err
		}
	}
	_, err := buckets.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name})
	return err
}

//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cdntypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
	"sendform/generator/terraform"
	"sendform/tests/golden"
)

func repository() (string, error) { return filepath.Abs(filepath.Join("..", "..")) }

// scene is a rehearsal on a cloud of its own.
type scene struct {
	*rehearsal.Stage

	target environment.Target
	root   string // where it is deployed from
	dir    string

	mu     sync.Mutex
	notes  []string // what the runs have said
	during func(lifecycle.Event)
}

// open begins a rehearsal of prod in a folder. It must be closed.
func open(ctx context.Context, dir string) (*scene, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	env, err := environment.Load(root, "prod")
	if err != nil {
		return nil, err
	}
	return openFrom(ctx, dir, root, env.Targets[0])
}

// openFrom begins a rehearsal of a target that is rendered in root.
func openFrom(ctx context.Context, dir, root string, target environment.Target) (*scene, error) {
	executable, err := terraform.Find(ctx, terraform.Options{CacheDir: filepath.Join(root, ".sendform", "terraform")})
	if err != nil {
		return nil, err
	}
	s := &scene{target: target, root: root, dir: dir}
	s.Stage, err = rehearsal.Open(ctx, rehearsal.Options{
		Target: s.target, Repository: root, Dir: dir, Terraform: executable, Tell: s.hear,
	})
	if err != nil {
		return nil, err
	}
	if err := s.Build(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *scene) hear(e lifecycle.Event) {
	if s.during != nil {
		s.during(e)
	}
	if e.Kind != lifecycle.Note {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, e.Text)
}

// other is another run of the same target on the same cloud, in a work folder.
func (s *scene) other(t *testing.T, work string) *lifecycle.Deployment {
	t.Helper()
	executable, err := terraform.Find(t.Context(), terraform.Options{CacheDir: filepath.Join(s.root, ".sendform", "terraform")})
	if err != nil {
		t.Fatal(err)
	}
	environ := s.Environ()
	served, found, err := rehearsal.FindServed(func(name string) string { return environ[name] })
	if err != nil || !found {
		t.Fatalf("the cloud is not found: %v", err)
	}
	t.Cleanup(served.Close)
	d, err := lifecycle.New(served.Prepare(lifecycle.Config{
		Target: s.target, Repository: s.root, Work: work, Packages: filepath.Join(s.dir, "packages"),
		Terraform: executable, Environ: environ, AWS: s.AWS(), Tell: func(lifecycle.Event) {},
	}, false))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (s *scene) heard(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(strings.Join(s.notes, "\n"), text)
}

// create makes the target and verifies it.
func (s *scene) create(ctx context.Context) error {
	if _, err := s.Create(ctx); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	if _, err := s.Verify(ctx); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return nil
}

// remove deletes the target and verifies that nothing of it is left.
func (s *scene) remove(ctx context.Context) error {
	if _, err := s.Delete(ctx); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	if _, err := s.VerifyDeleted(ctx); err != nil {
		return fmt.Errorf("verify deleted: %w", err)
	}
	return nil
}

// left lists everything that stands in the cloud, whatever it is called, but what is
// made beside the target and outlives it: the state bucket and the deployers.
func (s *scene) left(ctx context.Context) ([]string, error) {
	cfg := s.AWS()
	var all []string
	add := func(kind string, name *string) { all = append(all, kind+" "+aws.ToString(name)) }
	var problems []error
	failed := func(err error) bool {
		if err != nil {
			problems = append(problems, err)
		}
		return err != nil
	}

	buckets, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).ListBuckets(ctx, &s3.ListBucketsInput{})
	if !failed(err) {
		for _, b := range buckets.Buckets {
			if aws.ToString(b.Name) != s.target.StateBucket {
				add("bucket", b.Name)
			}
		}
	}
	identity := iam.NewFromConfig(cfg)
	roles, err := identity.ListRoles(ctx, &iam.ListRolesInput{})
	if !failed(err) {
		for _, r := range roles.Roles {
			if !s.deploys(aws.ToString(r.RoleName)) {
				add("role", r.RoleName)
			}
		}
	}
	policies, err := identity.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeLocal})
	if !failed(err) {
		for _, p := range policies.Policies {
			if role := strings.TrimRight(aws.ToString(p.PolicyName), "0123456789"); !s.deploys(strings.TrimSuffix(role, "-")) {
				add("policy", p.PolicyName)
			}
		}
	}
	functions := lambda.NewFromConfig(cfg)
	listed, err := functions.ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if !failed(err) {
		for _, f := range listed.Functions {
			add("function", f.FunctionName)
		}
	}
	layers, err := functions.ListLayers(ctx, &lambda.ListLayersInput{})
	if !failed(err) {
		for _, l := range layers.Layers {
			add("layer", l.LayerName)
		}
	}
	groups, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	if !failed(err) {
		for _, g := range groups.LogGroups {
			add("log group", g.LogGroupName)
		}
	}
	parameters, err := ssm.NewFromConfig(cfg).DescribeParameters(ctx, &ssm.DescribeParametersInput{})
	if !failed(err) {
		for _, p := range parameters.Parameters {
			add("parameter", p.Name)
		}
	}
	secrets, err := secretsmanager.NewFromConfig(cfg).ListSecrets(ctx, &secretsmanager.ListSecretsInput{IncludePlannedDeletion: aws.Bool(true)})
	if !failed(err) {
		for _, x := range secrets.SecretList {
			add("secret", x.Name)
		}
	}
	edge, err := leftAtEdge(ctx, cloudfront.NewFromConfig(cfg))
	failed(err)
	return append(all, edge...), errors.Join(problems...)
}

// deploys tells whether a role is one of a deployer.
func (s *scene) deploys(role string) bool {
	return slices.ContainsFunc(s.target.Deployers, func(d environment.Deployer) bool { return role == d.ApplyRole || role == d.PlanRole })
}

func leftAtEdge(ctx context.Context, c *cloudfront.Client) ([]string, error) {
	var all []string
	add := func(kind string, name *string) { all = append(all, kind+" "+aws.ToString(name)) }
	distributions, err := c.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
	if err != nil {
		return nil, err
	}
	for _, d := range distributions.DistributionList.Items {
		add("distribution", d.Comment)
	}
	functions, err := c.ListFunctions(ctx, &cloudfront.ListFunctionsInput{})
	if err != nil {
		return nil, err
	}
	for _, f := range functions.FunctionList.Items {
		add("edge function", f.Name)
	}
	controls, err := c.ListOriginAccessControls(ctx, &cloudfront.ListOriginAccessControlsInput{})
	if err != nil {
		return nil, err
	}
	for _, o := range controls.OriginAccessControlList.Items {
		add("origin access control", o.Name)
	}
	caching, err := c.ListCachePolicies(ctx, &cloudfront.ListCachePoliciesInput{Type: cdntypes.CachePolicyTypeCustom})
	if err != nil {
		return nil, err
	}
	for _, p := range caching.CachePolicyList.Items {
		add("cache policy", p.CachePolicy.CachePolicyConfig.Name)
	}
	headers, err := c.ListResponseHeadersPolicies(ctx, &cloudfront.ListResponseHeadersPoliciesInput{Type: cdntypes.ResponseHeadersPolicyTypeCustom})
	if err != nil {
		return nil, err
	}
	for _, p := range headers.ResponseHeadersPolicyList.Items {
		add("headers policy", p.ResponseHeadersPolicy.ResponseHeadersPolicyConfig.Name)
	}
	return all, nil
}

func scratch(t *testing.T) *scene {
	t.Helper()
	s, err := open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, s)
}

// everything is a rehearsal of the environment that has the shape of the present
// deployment: secrets, a layer, snapshots behind an alias, a function at the edge.
func everything(t *testing.T) *scene {
	t.Helper()
	repo, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	target, err := golden.Copy(root, repo, "python", "dev")
	if err != nil {
		t.Fatal(err)
	}
	s, err := openFrom(t.Context(), t.TempDir(), root, target)
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, s)
}

func closing(t *testing.T, s *scene) *scene {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Package registry holds the stand-in provider against the registry's: both plan and
// apply the same environment on local clouds of their own, and what they plan and
// what is in their states is compared, attribute by attribute.
//
// It must not know how either provider works.
package registry

import (
	"context"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	tfjson "github.com/hashicorp/terraform-json"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/rehearsal"
	"sendform/generator/render"
	"sendform/generator/terraform"
	"sendform/tests/golden"
)

// mirrorVariable names the folder that the registry's provider is installed from,
// laid out as `terraform providers mirror` does.
const mirrorVariable = "SENDFORM_PROVIDER_MIRROR"

var download = flag.Bool("download", false, "have Terraform download hashicorp/aws, if "+mirrorVariable+" names no folder that has it")

// TestStandInIsAsTheRegistryProvider takes each environment of the repository
// through plan, apply, a second plan and destroy with both providers.
func TestStandInIsAsTheRegistryProvider(t *testing.T) {
	mirror := os.Getenv(mirrorVariable)
	if mirror == "" {
		if !*download {
			t.Skipf("set %s to a folder with hashicorp/aws, or pass -download", mirrorVariable)
		}
		if err := reachRegistry(t.Context()); err != nil {
			t.Skipf("%s is not set, and the registry cannot be reached: %v", mirrorVariable, err)
		}
	}
	log.SetOutput(io.Discard) // libraries that the stand-in is built with print to it
	repository, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	older := olderVersion(t, mirror)
	listed, err := differencesFrom(older)
	if err != nil {
		t.Fatal(err)
	}
	found := comparison{listed: listed, met: map[string]bool{}}
	for name, stage := range stages(t, repository) {
		t.Run(name, func(t *testing.T) {
			standIn := provider{root: stage.root}
			theirs := provider{root: stage.root, registry: true, mirror: mirror}
			if older != "" {
				theirs.older, theirs.root = true, relaxed(t, stage.root, older)
			}
			ours, others := standIn.live(t, stage.target), theirs.live(t, stage.target)
			found.of(t, "plan", ours.plan, others.plan)
			found.of(t, "state", ours.state, others.state)
		})
	}
	t.Logf("values compared: %d", found.values)
	if t.Failed() {
		return
	}
	for path := range listed {
		if !found.met[path] {
			t.Errorf("%s is listed as a difference and is none", path)
		}
	}
}

func reachRegistry(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://registry.terraform.io/.well-known/terraform.json", nil)
	if err != nil {
		return err
	}
	answered, err := http.DefaultClient.Do(asked)
	if err != nil {
		return err
	}
	return answered.Body.Close()
}

// stage is a target and the folder that it is rendered in.
type stage struct {
	root   string
	target environment.Target
}

// stages are the environments of the repository, and the one that has what these do
// not have: secrets, a layer, an alias, a function at the edge.
func stages(t *testing.T, repository string) map[string]stage {
	t.Helper()
	root := t.TempDir()
	target, err := golden.Copy(root, repository, "python", "dev")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]stage{"python": {root, target}}
	names, err := environment.Names(repository)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		env, err := environment.Load(repository, name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = stage{repository, env.Targets[0]}
	}
	return all
}

// provider is one of the two that are compared, with the HCL that it takes.
type provider struct {
	root     string
	registry bool
	mirror   string
	older    bool // than what the HCL is for
}

// lived is what a provider has planned, and what it had in its state then.
type lived struct{ plan, state resources }

// live plans, applies, plans again and destroys, with the rights of the target's
// deployer. The second plan must be empty, and nothing may be warned of. What the
// provider made is verified, unless it is too old to make all of it.
func (p provider) live(t *testing.T, target environment.Target) lived {
	t.Helper()
	ctx := t.Context()
	executable, err := terraform.Find(ctx, terraform.Options{CacheDir: filepath.Join(p.root, ".sendform", "terraform")})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := rehearsal.Open(ctx, rehearsal.Options{
		Target: target, Repository: p.root, Dir: dir, Terraform: executable,
		Registry: p.registry, Mirror: p.mirror, Tell: func(lifecycle.Event) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for _, c := range s.Cloud.Record() {
				if c.Error != "" || c.Operation == "CreateDistributionWithTags" {
					t.Logf("%s %s %s: %d %s after %s", c.Time.Format(time.TimeOnly), c.Principal, c.Operation, c.Status, c.Error, c.Took)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.CreateState(ctx))
	d, err := s.Deployer(ctx, components.DeployUse)
	must(err)
	if p.older {
		must(readSecrets(ctx, s, target))
	}
	must(d.Build(ctx))
	apply := func(plan terraform.Plan) error { return d.Apply(ctx, d.PlanFile(), plan) }
	if p.older { // without the verification that is part of every apply
		root := p.bareRoot(t, executable, s, d, target)
		apply = func(terraform.Plan) error { return root.ApplyPlan(ctx, d.PlanFile(), func(terraform.Event) {}) }
	}

	plan := func(destroy bool) (terraform.Plan, *tfjson.Plan) {
		t.Helper()
		planned, err := d.Plan(ctx, d.PlanFile(), destroy)
		must(err)
		for _, warning := range planned.Warnings {
			t.Errorf("warning: %s: %s", warning.Summary, warning.Detail)
		}
		saved, err := d.SavedPlan(ctx, d.PlanFile())
		must(err)
		return planned, saved
	}
	var found lived
	first, saved := plan(false)
	found.plan = plannedIn(saved)
	must(apply(first))
	second, saved := plan(false)
	if second.HasChanges {
		t.Errorf("the second plan is not empty: %+v", second.Changes)
	}
	found.state = resources{}
	found.state.addModule(saved.PriorState.Values.RootModule)
	if !p.older {
		_, err = d.Verify(ctx)
		must(err)
	}
	last, _ := plan(true)
	must(apply(last))
	_, err = d.VerifyDeleted(ctx)
	must(err)
	return found
}

// readSecrets lets the deployer read secrets, as older providers do even where
// they must not see the value
// (https://github.com/hashicorp/terraform-provider-aws/pull/44876).
func readSecrets(ctx context.Context, s *rehearsal.Stage, target environment.Target) error {
	role := "sendform-" + string(components.DeployUse)
	if len(target.Deployers) > 0 {
		role = target.Deployers[0].ApplyRole
	}
	_, err := iam.NewFromConfig(s.AWS()).PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: &role, PolicyName: aws.String("older"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}`),
	})
	return err
}

// bareRoot is the root module of the target, in the hands of its deployer.
func (p provider) bareRoot(t *testing.T, executable terraform.Executable, s *rehearsal.Stage, d *lifecycle.Deployment, target environment.Target) *terraform.Root {
	t.Helper()
	ctx := t.Context()
	deployer, err := d.AWS().Credentials.Retrieve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	environ := s.Environ()
	environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], environ["AWS_SESSION_TOKEN"] = deployer.AccessKeyID, deployer.SecretAccessKey, deployer.SessionToken
	environ["TF_CLI_CONFIG_FILE"], err = rehearsal.InstallFrom(p.mirror, dir)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{}
	for _, secret := range target.Secrets {
		secrets[secret.Label] = "made up"
	}
	root, err := terraform.New(terraform.Config{
		Executable: executable, Environ: environ, DataDir: filepath.Join(dir, "terraform"),
		Ephemeral: map[string]any{render.SecretsVariable: secrets},
		Dir:       filepath.Join(p.root, filepath.FromSlash(render.RootFolder(target))),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Init(ctx); err != nil {
		t.Fatal(err)
	}
	return root
}

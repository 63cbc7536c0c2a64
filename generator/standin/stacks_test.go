package standin_test

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	tfjson "github.com/hashicorp/terraform-json"
)

// stack is a configuration that one folder of testdata holds, and what must come of
// it. Its variable second changes what can change in place, and suffix the rest.
type stack struct {
	folder string
	// ids are what each resource is imported by; the state, from before the import,
	// fills in those that AWS chose.
	ids map[string]func(state map[string]any) string
	// fixed are the resources that second leaves as they are, because they cannot
	// change in place.
	fixed []string
	// replaced are the resources that suffix replaces.
	replaced []string
	// renewed are the resources that an import has Terraform replace: those of whose
	// arguments AWS gives back something else than was configured.
	renewed []string
	// drift is what somebody does beside Terraform, and what Terraform then plans.
	drift map[string]drift
	// reads are the calls that a refresh may make.
	reads []string
	// gone asks AWS whether anything is left.
	gone func(*testing.T, aws.Config)
}

type drift struct {
	change  func(context.Context, aws.Config, map[string]map[string]any) error
	address string
	want    tfjson.Action
}

func stacks() []stack {
	return []stack{cloudfrontStack(), releaseStack(), secretsStack(), watchStack()}
}

// idIn returns the id that AWS has given a resource.
func idIn(state map[string]map[string]any, address string) *string {
	return aws.String(state[address]["id"].(string))
}

// idOf imports by the attribute of that name.
func idOf(attribute string) func(map[string]any) string {
	return func(state map[string]any) string {
		id, _ := state[attribute].(string)
		return id
	}
}

func secretsStack() stack {
	byID := idOf("id")
	return stack{
		folder: "secrets",
		ids: map[string]func(map[string]any) string{
			"aws_ssm_parameter.hidden":                 idOf("name"),
			"aws_ssm_parameter.insecure":               byID,
			"aws_ssm_parameter.open":                   byID,
			"aws_ssm_parameter.tiered":                 byID,
			"aws_secretsmanager_secret.s":              idOf("arn"),
			"aws_secretsmanager_secret.open":           byID,
			"aws_secretsmanager_secret_policy.s":       idOf("secret_arn"),
			"aws_secretsmanager_secret_version.hidden": byID,
			"aws_secretsmanager_secret_version.binary": byID,
		},
		replaced: []string{
			"aws_secretsmanager_secret.open",
			"aws_secretsmanager_secret.s",
			"aws_secretsmanager_secret_policy.s",
			"aws_secretsmanager_secret_version.binary",
			"aws_secretsmanager_secret_version.hidden",
			"aws_ssm_parameter.hidden",
			"aws_ssm_parameter.insecure",
			"aws_ssm_parameter.open",
			"aws_ssm_parameter.tiered",
		},
		// That its value is write-only is known to the state alone.
		renewed: []string{"aws_secretsmanager_secret_version.hidden"},
		drift: map[string]drift{
			"parameter gone": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := ssm.NewFromConfig(c).DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String("/standin/open")})
				return err
			}, "aws_ssm_parameter.open", tfjson.ActionCreate},
			"parameter's value": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				return overwrite(ctx, c, "/standin/open", "c")
			}, "aws_ssm_parameter.open", tfjson.ActionUpdate},
			"insecure value": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				return overwrite(ctx, c, "/standin/insecure", "other")
			}, "aws_ssm_parameter.insecure", tfjson.ActionUpdate},
			"parameter's tags": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := ssm.NewFromConfig(c).RemoveTagsFromResource(ctx, &ssm.RemoveTagsFromResourceInput{
					ResourceId: aws.String("/standin/hidden"), ResourceType: ssmtypes.ResourceTypeForTaggingParameter, TagKeys: []string{"own"},
				})
				return err
			}, "aws_ssm_parameter.hidden", tfjson.ActionUpdate},
			"secret's description": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := secretsmanager.NewFromConfig(c).UpdateSecret(ctx, &secretsmanager.UpdateSecretInput{
					SecretId: aws.String("standin/s"), Description: aws.String("other"),
				})
				return err
			}, "aws_secretsmanager_secret.s", tfjson.ActionUpdate},
			"secret's tags": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := secretsmanager.NewFromConfig(c).UntagResource(ctx, &secretsmanager.UntagResourceInput{
					SecretId: aws.String("standin/s"), TagKeys: []string{"project"},
				})
				return err
			}, "aws_secretsmanager_secret.s", tfjson.ActionUpdate},
			"secret's policy gone": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := secretsmanager.NewFromConfig(c).DeleteResourcePolicy(ctx, &secretsmanager.DeleteResourcePolicyInput{
					SecretId: aws.String("standin/s"),
				})
				return err
			}, "aws_secretsmanager_secret_policy.s", tfjson.ActionCreate},
			"secret's label": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				version := state["aws_secretsmanager_secret_version.hidden"]
				_, err := secretsmanager.NewFromConfig(c).UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
					SecretId: aws.String("standin/s"), VersionStage: aws.String("RED"), MoveToVersionId: aws.String(version["version_id"].(string)),
				})
				return err
			}, "aws_secretsmanager_secret_version.hidden", tfjson.ActionUpdate},
			"secret gone": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := secretsmanager.NewFromConfig(c).DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{
					SecretId: aws.String("standin/s"), ForceDeleteWithoutRecovery: aws.Bool(true),
				})
				return err
			}, "aws_secretsmanager_secret.s", tfjson.ActionCreate},
		},
		reads: []string{
			"GetCallerIdentity",
			"GetParameter", "DescribeParameters", "ListTagsForResource",
			"DescribeSecret", "GetResourcePolicy", "GetSecretValue",
		},
		gone: func(t *testing.T, c aws.Config) {
			parameters, err := ssm.NewFromConfig(c).DescribeParameters(t.Context(), &ssm.DescribeParametersInput{})
			if err != nil || len(parameters.Parameters) > 0 {
				t.Errorf("parameters: %+v, %v", parameters, err)
			}
			secrets, err := secretsmanager.NewFromConfig(c).ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{IncludePlannedDeletion: aws.Bool(true)})
			if err != nil || len(secrets.SecretList) > 0 {
				t.Errorf("secrets: %+v, %v", secrets, err)
			}
		},
	}
}

func overwrite(ctx context.Context, c aws.Config, name, value string) error {
	_, err := ssm.NewFromConfig(c).PutParameter(ctx, &ssm.PutParameterInput{Name: &name, Value: &value, Overwrite: aws.Bool(true)})
	return err
}

const canary = "canary-7d1f"

// open makes a workspace with the stack, on a cloud of its own.
func (s stack) open(t *testing.T) (*workspace, target) {
	t.Helper()
	target := newTarget(t)
	w := newWorkspace(t, target.environ)
	text, err := os.ReadFile(filepath.Join("testdata", s.folder, "main.tf"))
	w.must(err)
	w.write("main.tf", string(text))
	if strings.Contains(string(text), `variable "secret"`) {
		w.write("secret.auto.tfvars", "secret = \""+canary+"\"\n")
	}
	if strings.Contains(string(text), "code.zip") {
		w.write("code.zip", zipped(t, "first"))
	}
	w.init()
	return w, target
}

func (t target) config() aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(t.cloud.URL()),
		HTTPClient:   t.cloud.HTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider(
			t.environ["AWS_ACCESS_KEY_ID"], t.environ["AWS_SECRET_ACCESS_KEY"], ""),
	}
}

func TestLifeOfStacks(t *testing.T) {
	for _, s := range stacks() {
		t.Run(s.folder, func(t *testing.T) {
			w, target := s.open(t)
			w.must(w.apply())
			before := len(target.cloud.Record())
			w.wantNoChanges()
			for _, call := range target.cloud.Record()[before:] {
				if !slices.Contains(s.reads, call.Operation) {
					t.Errorf("a read called %s %s", call.Service, call.Operation)
				}
			}

			w.write("terraform.tfvars", "second = true\n")
			planned := w.changes()
			for address := range s.ids {
				if planned[address].Update() == slices.Contains(s.fixed, address) {
					t.Errorf("%s: the plan is %v", address, planned[address])
				}
			}
			w.must(w.apply())
			w.wantNoChanges()

			w.write("terraform.tfvars", "second = true\nsuffix = \"-2\"\n")
			planned = w.changes()
			for address := range s.ids {
				if planned[address].Replace() != slices.Contains(s.replaced, address) {
					t.Errorf("%s: the plan is %v", address, planned[address])
				}
			}
			w.must(w.apply())
			w.wantNoChanges()
			w.destroy()
			s.gone(t, target.config())
		})
	}
}

func TestDriftOfStacks(t *testing.T) {
	for _, s := range stacks() {
		t.Run(s.folder, func(t *testing.T) {
			w, target := s.open(t)
			w.must(w.apply())
			for name, drift := range s.drift {
				t.Run(name, func(t *testing.T) {
					w := w.in(t)
					w.must(drift.change(t.Context(), target.config(), w.state()))
					if planned := w.changes(); !slices.Equal(planned[drift.address], tfjson.Actions{drift.want}) {
						t.Errorf("want %s of %s, the plan is %v", drift.want, drift.address, planned)
					}
					w.must(w.apply())
					w.wantNoChanges()
				})
			}
			w.destroy()
			s.gone(t, target.config())
		})
	}
}

// TestImportOfStacks forgets everything and takes it up again: nothing may be
// replaced, but what AWS does not give back, as which value is write-only, may be set.
func TestImportOfStacks(t *testing.T) {
	for _, s := range stacks() {
		t.Run(s.folder, func(t *testing.T) {
			w, target := s.open(t)
			w.must(w.apply())
			state := w.state()
			w.must(os.Remove(filepath.Join(w.dir, "terraform.tfstate")))
			var imports strings.Builder
			for address, id := range s.ids {
				imports.WriteString("import {\n  to = " + address + "\n  id = \"" + id(state[address]) + "\"\n}\n")
			}
			w.write("imports.tf", imports.String())
			for address, actions := range w.changes() {
				if !actions.Update() && !(actions.Replace() && slices.Contains(s.renewed, address)) {
					t.Errorf("%s: %v", address, actions)
				}
			}
			w.must(w.apply())
			w.wantNoChanges()
			w.destroy()
			s.gone(t, target.config())
		})
	}
}

func TestWriteOnlyValuesAreNowhere(t *testing.T) {
	w, target := secretsStack().open(t)
	w.must(w.apply())
	value := func() (parameter, secret string) {
		t.Helper()
		got, err := ssm.NewFromConfig(target.config()).GetParameter(t.Context(), &ssm.GetParameterInput{
			Name: aws.String("/standin/hidden"), WithDecryption: aws.Bool(true),
		})
		w.must(err)
		found, err := secretsmanager.NewFromConfig(target.config()).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{
			SecretId: aws.String("standin/s"),
		})
		w.must(err)
		return *got.Parameter.Value, aws.ToString(found.SecretString)
	}
	if parameter, secret := value(); parameter != canary || secret != canary {
		t.Errorf("got %q and %q", parameter, secret)
	}
	state := w.state()
	for address, noted := range map[string]string{
		"aws_ssm_parameter.hidden": "has_value_wo", "aws_secretsmanager_secret_version.hidden": "has_secret_string_wo",
	} {
		if state[address][noted] != true {
			t.Errorf("%s.%s is %v", address, noted, state[address][noted])
		}
	}
	// A value alone changes nothing, Terraform cannot see it; the version next to it does.
	w.write("secret.auto.tfvars", "secret = \""+canary+"-2\"\n")
	w.wantNoChanges()
	w.write("terraform.tfvars", "value_version = 2\n")
	planned := w.changes()
	if !planned["aws_ssm_parameter.hidden"].Update() || !planned["aws_secretsmanager_secret_version.hidden"].Replace() || len(planned) != 2 {
		t.Errorf("the plan is %v", planned)
	}
	w.must(w.apply())
	if parameter, secret := value(); parameter != canary+"-2" || secret != canary+"-2" {
		t.Errorf("got %q and %q", parameter, secret)
	}
	w.wantNoChanges()
	for name, text := range w.written() {
		if strings.Contains(text, canary) {
			t.Errorf("a value is in %s", name)
		}
	}
	w.destroy()
}

// written is what Terraform wrote of a stack: states, and the parts of the last plan.
func (w *workspace) written() map[string]string {
	w.t.Helper()
	texts := map[string]string{}
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		w.must(err)
		texts[name] = string(data)
	}
	plan, err := zip.OpenReader(filepath.Join(w.dir, "plan"))
	w.must(err)
	defer func() { w.must(plan.Close()) }()
	for _, part := range plan.File {
		file, err := part.Open()
		w.must(err)
		data, err := io.ReadAll(file)
		w.must(err)
		w.must(file.Close())
		texts["plan/"+part.Name] = string(data)
	}
	if len(texts) < 3 {
		w.t.Errorf("found only %d texts", len(texts))
	}
	return texts
}

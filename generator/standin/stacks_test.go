package standin_test

import (
	"archive/zip"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
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
	// alone are those of the drifts that take other resources with them.
	alone []string
	// reads are the calls that a refresh may make.
	reads []string
	// second looks at the values that come from AWS after the change, if not nil.
	second func(*testing.T, map[string]map[string]any)
	// litter is what somebody leaves before all is destroyed, if not nil.
	litter func(context.Context, aws.Config) error
	// gone asks AWS whether anything is left.
	gone func(*testing.T, aws.Config)
}

type drift struct {
	change  func(context.Context, aws.Config, map[string]map[string]any) error
	address string
	want    tfjson.Action
}

func stacks() []stack {
	return []stack{cloudfrontStack(), releaseStack(), secretsStack(), storageStack(), watchStack()}
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
		alone: []string{"secret gone"},
		reads: []string{
			"GetCallerIdentity",
			"GetParameter", "DescribeParameters", "ListTagsForResource",
			"DescribeSecret", "GetResourcePolicy", "GetSecretValue", "ListSecretVersionIds",
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

// TestStacks lives the whole life of each stack: it is made, imported, drifts, changes
// in place, is replaced, and goes. After each step the plan is empty.
func TestStacks(t *testing.T) {
	for _, s := range stacks() {
		t.Run(s.folder, func(t *testing.T) {
			t.Parallel()
			w, target := s.open(t)
			w.must(w.apply())
			before := len(target.cloud.Record())
			w.wantNoChanges()
			for _, call := range target.cloud.Record()[before:] {
				if !slices.Contains(s.reads, call.Operation) {
					t.Errorf("a read called %s %s", call.Service, call.Operation)
				}
			}
			s.comesBack(w)
			for _, round := range s.rounds() {
				s.drifts(w, target, round)
			}

			w.write("terraform.tfvars", "second = true\n")
			if w.exists("code.zip") {
				w.write("code.zip", zipped(t, "second"))
			}
			changed := w.planned()
			for address := range s.ids {
				if slices.Contains(s.fixed, address) == (changed[address] != nil && changed[address].Change.Actions.Update()) {
					t.Errorf("%s is fixed, or must be updated in place", address)
				}
			}
			w.applyPlan()
			w.wantNoChanges()
			if s.second != nil {
				s.second(t, w.state())
			}

			w.write("terraform.tfvars", "second = true\nsuffix = \"-2\"\n")
			replaced := w.planned()
			for address := range s.ids {
				if slices.Contains(s.replaced, address) != (replaced[address] != nil && replaced[address].Change.Actions.Replace()) {
					t.Errorf("%s must be replaced, or must not be", address)
				}
			}
			wantChanges(t, filepath.Join("testdata", s.folder, "changes.txt"), changesOf(t, changed)+replacementsOf(t, replaced))
			w.applyPlan()
			w.wantNoChanges()

			if s.litter != nil {
				w.must(s.litter(t.Context(), target.config()))
			}
			w.destroy()
			s.gone(t, target.config())
		})
	}
}

// comesBack forgets everything and takes it up again: nothing may be replaced, and
// only what AWS does not give back, as whether a bucket may be emptied, may be set.
func (s stack) comesBack(w *workspace) {
	w.t.Helper()
	state := w.state()
	for address := range state {
		if s.ids[address] == nil && !strings.HasPrefix(address, "data.") {
			w.t.Errorf("nothing says how %s is imported", address)
		}
	}
	w.must(os.Remove(filepath.Join(w.dir, "terraform.tfstate")))
	var imports strings.Builder
	for address, id := range s.ids {
		imports.WriteString("import {\n  to = " + address + "\n  id = \"" + id(state[address]) + "\"\n}\n")
	}
	w.write("imports.tf", imports.String())
	for address, change := range w.planned() {
		if actions := change.Change.Actions; !actions.Update() && !(actions.Replace() && slices.Contains(s.renewed, address)) {
			w.t.Errorf("after an import, %s: %v", address, actions)
		}
		for _, path := range changedPaths(w.t, change) {
			kind, _, _ := strings.Cut(address, ".")
			if change.Change.Actions.Update() && notGivenBack()[kind+"."+path] == "" {
				w.t.Errorf("after an import, %s of %s changes", path, address)
			}
		}
	}
	w.applyPlan()
	w.must(os.Remove(filepath.Join(w.dir, "imports.tf")))
	w.wantNoChanges()
}

// rounds groups the drift into what can be seen in one plan: one of each resource, and
// what takes others with it alone.
func (s stack) rounds() []map[string]drift {
	var rounds []map[string]drift
	for _, name := range slices.Sorted(maps.Keys(s.drift)) {
		next := s.drift[name]
		fits := func(round map[string]drift) bool {
			for earlier, other := range round {
				if slices.Contains(s.alone, name) || slices.Contains(s.alone, earlier) || other.address == next.address {
					return false
				}
			}
			return true
		}
		at := slices.IndexFunc(rounds, fits)
		if at < 0 {
			rounds, at = append(rounds, map[string]drift{}), len(rounds)
		}
		rounds[at][name] = next
	}
	return rounds
}

// drifts lets a round happen, and has Terraform put it right.
func (s stack) drifts(w *workspace, target target, round map[string]drift) {
	w.t.Helper()
	state := w.state()
	for name, drift := range round {
		if err := drift.change(w.t.Context(), target.config(), state); err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
	}
	planned := w.changes()
	for name, drift := range round {
		if !slices.Equal(planned[drift.address], tfjson.Actions{drift.want}) {
			w.t.Errorf("%s: want %s of %s, the plan is %v", name, drift.want, drift.address, planned)
		}
	}
	w.applyPlan()
	w.wantNoChanges()
}

// TestEveryTypeDrifts is about the table: drift is tried on each type that it has.
func TestEveryTypeDrifts(t *testing.T) {
	tried := map[string]bool{}
	for _, s := range stacks() {
		for _, drift := range s.drift {
			kind, _, _ := strings.Cut(drift.address, ".")
			tried[kind] = true
		}
	}
	for _, s := range stacks() {
		for address := range s.ids {
			if kind, _, _ := strings.Cut(address, "."); !tried[kind] {
				t.Errorf("no drift of %s is tried", kind)
			}
		}
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

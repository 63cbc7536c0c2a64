package main

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"sendform/generator/environment"
)

// workflow is what these tests read of a file in .github/workflows. That the files are
// workflows at all is checked by actionlint, in make check.
type workflow struct {
	On          triggers          `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Concurrency concurrency       `yaml:"concurrency"`
	Defaults    struct {
		Run struct {
			Shell string `yaml:"shell"`
		} `yaml:"run"`
	} `yaml:"defaults"`
	Jobs map[string]job `yaml:"jobs"`
}

// triggers are what starts a workflow, by name; many of them are no more than that.
type triggers map[string]struct {
	Branches []string `yaml:"branches"`
}

func (t *triggers) UnmarshalYAML(value *yaml.Node) error {
	named := map[string]yaml.Node{}
	if err := value.Decode(&named); err != nil {
		return err
	}
	*t = triggers{}
	for name, node := range named {
		trigger := (*t)[name]
		if node.Kind == yaml.MappingNode {
			if err := node.Decode(&trigger); err != nil {
				return err
			}
		}
		(*t)[name] = trigger
	}
	return nil
}

func (t triggers) has(name string) bool {
	_, found := t[name]
	return found
}

type concurrency struct {
	Group            string `yaml:"group"`
	CancelInProgress bool   `yaml:"cancel-in-progress"`
}

type job struct {
	Needs       needs             `yaml:"needs"`
	If          string            `yaml:"if"`
	Uses        string            `yaml:"uses"`
	With        map[string]string `yaml:"with"`
	Permissions map[string]string `yaml:"permissions"`
	Environment string            `yaml:"environment"`
	Concurrency concurrency       `yaml:"concurrency"`
	Timeout     any               `yaml:"timeout-minutes"`
	Steps       []struct {
		Run  string            `yaml:"run"`
		Uses string            `yaml:"uses"`
		With map[string]string `yaml:"with"`
	} `yaml:"steps"`
}

// needs is one job, or a list of them.
type needs []string

func (n *needs) UnmarshalYAML(value *yaml.Node) error {
	if value.Kind == yaml.ScalarNode {
		*n = needs{value.Value}
		return nil
	}
	return value.Decode((*[]string)(n))
}

// role is which of the deployer's roles a job takes: plan_role, apply_role or none.
func (j job) role() string {
	for _, s := range j.Steps {
		if arn := s.With["role-to-assume"]; arn != "" {
			return strings.Trim(strings.TrimPrefix(arn, "${{ matrix."), " }")
		}
	}
	return ""
}

func (j job) commands() string {
	var all []string
	for _, s := range j.Steps {
		all = append(all, s.Run)
	}
	return strings.Join(all, "\n")
}

// workflows are the files of .github/workflows, by name: as they are, and read.
func workflows(t *testing.T) (map[string]string, map[string]workflow) {
	t.Helper()
	texts, read := tree(t, "../.github/workflows"), map[string]workflow{}
	for name, text := range texts {
		var w workflow
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		read[name] = w
	}
	if len(read) == 0 {
		t.Fatal("no workflow was found")
	}
	return texts, read
}

// TestActionsArePinned wants every action by its commit, with its version beside it,
// and one version of each.
func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	texts, _ := workflows(t)
	pinned := regexp.MustCompile(`^([\w.-]+/[\w.-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	versions := map[string]string{}
	for name, text := range texts {
		for _, found := range regexp.MustCompile(`(?m)uses:\s*(.+)$`).FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(found[1], "./") {
				continue
			}
			action := pinned.FindStringSubmatch(found[1])
			if action == nil {
				t.Errorf("%s: %s is not pinned by a full commit with its version behind it", name, found[1])
				continue
			}
			if other, seen := versions[action[1]]; seen && other != found[1] {
				t.Errorf("%s: %s, and elsewhere %s", name, found[1], other)
			}
			versions[action[1]] = found[1]
		}
	}
	if len(versions) == 0 {
		t.Error("no action was looked at")
	}
}

// TestCommandsOfWorkflowsHoldNoExpressions keeps secrets, and texts that strangers
// choose, out of scripts: they come by environment variables
// (https://docs.github.com/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions#good-practices-for-mitigating-script-injection-attacks).
func TestCommandsOfWorkflowsHoldNoExpressions(t *testing.T) {
	t.Parallel()
	texts, all := workflows(t)
	for name, w := range all {
		for id, j := range w.Jobs {
			if strings.Contains(j.commands(), "${{") {
				t.Errorf("%s: a command of %s holds an expression:\n%s", name, id, j.commands())
			}
		}
		for _, key := range []string{"aws-access-key-id", "aws-secret-access-key", "AWS_SECRET_ACCESS_KEY"} {
			if strings.Contains(texts[name], key) {
				t.Errorf("%s uses a stored key: %s", name, key)
			}
		}
	}
}

// TestJobsMayDoLittle wants every job to name its permissions, a token for AWS only
// where a role is taken, and the role by the right way: what applies runs in the
// GitHub environment that approves of it, one job at a time for each target.
func TestJobsMayDoLittle(t *testing.T) {
	t.Parallel()
	const target = "target-${{ matrix.environment }}-${{ matrix.region }}"
	_, all := workflows(t)
	roles := map[string]int{}
	for name, w := range all {
		if w.Permissions == nil || len(w.Permissions) > 0 {
			t.Errorf("%s: jobs that name no permissions have %v, want none", name, w.Permissions)
		}
		if !w.On.has("workflow_call") && w.Concurrency.Group == "" {
			t.Errorf("%s: two runs at a time may get in each other's way", name)
		}
		for id, j := range w.Jobs {
			if j.Permissions == nil {
				t.Errorf("%s: %s names no permissions", name, id)
			}
			if j.Uses != "" {
				continue
			}
			if j.Timeout == nil {
				t.Errorf("%s: %s may take six hours", name, id)
			}
			if w.Defaults.Run.Shell != "bash" && strings.Contains(j.commands(), "|") {
				t.Errorf("%s: a pipe of %s may fail unseen", name, id)
			}
			role := j.role()
			roles[role]++
			if (role != "") != (j.Permissions["id-token"] == "write") {
				t.Errorf("%s: %s takes the role %q with permissions %v", name, id, role, j.Permissions)
			}
			switch role {
			case "apply_role":
				if j.Environment != "${{ matrix.environment }}" {
					t.Errorf("%s: %s applies in the environment %q, where nobody approves of it", name, id, j.Environment)
				}
				if j.Concurrency.Group != target || j.Concurrency.CancelInProgress {
					t.Errorf("%s: %s applies with concurrency %+v", name, id, j.Concurrency)
				}
			case "plan_role":
				if !w.On.has("pull_request") && j.Environment != "${{ matrix.environment }}-plan" {
					t.Errorf("%s: %s reads in the environment %q, which the role does not trust", name, id, j.Environment)
				}
				if applies := regexp.MustCompile(`sendform (apply|destroy|lockdown|roundtrip|site publish|site switch)`); applies.MatchString(j.commands()) {
					t.Errorf("%s: %s changes something by the role that plans", name, id)
				}
			}
		}
	}
	if roles["plan_role"] == 0 || roles["apply_role"] == 0 {
		t.Errorf("roles that are taken: %v", roles)
	}
}

// TestPipelineOrder holds the pipeline to the order that what is deployed was tested,
// tagged and planned.
func TestPipelineOrder(t *testing.T) {
	t.Parallel()
	_, all := workflows(t)
	jobs := all["ci-pipeline.yml"].Jobs
	got := map[string][]string{}
	for id, j := range jobs {
		got[id] = slices.Sorted(slices.Values(j.Needs))
	}
	want := map[string][]string{
		"test": nil, "tag": {"test"}, "credentials": {"test"}, "plan": {"credentials", "tag"},
		"apply": {"credentials", "plan", "tag"}, "verify": {"apply", "credentials", "tag"}, "record": {"tag", "verify"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs need (-want +got):\n%s", diff)
	}
	if want := `needs.credentials.outputs.targets != '{"include":[]}'`; jobs["plan"].If != want {
		t.Errorf("plan runs if %s, want: %s", jobs["plan"].If, want)
	}
	for id, wanted := range map[string]string{
		"tag": `release next "$ENVIRONMENT" --tag`, "plan": `--out "$RUNNER_TEMP/plan/saved"`, "apply": `--plan "$RUNNER_TEMP/plan/saved"`,
	} {
		if !strings.Contains(jobs[id].commands(), wanted) {
			t.Errorf("%s does not %s:\n%s", id, wanted, jobs[id].commands())
		}
	}
	// Pages come behind the functions that they call, under the version's own name.
	if _, behind, _ := strings.Cut(jobs["apply"].commands(), "sendform apply"); !strings.Contains(behind, `sendform site publish "$ENVIRONMENT" --region "$REGION" --release "$VERSION"`) {
		t.Errorf("apply does not publish the site:\n%s", jobs["apply"].commands())
	}
}

// TestBranchesDeployTheirEnvironments compares what is pushed where with the
// environment files.
func TestBranchesDeployTheirEnvironments(t *testing.T) {
	t.Parallel()
	_, all := workflows(t)
	got := map[string]string{} // environment to branch, "" by hand
	for name, w := range all {
		for _, j := range w.Jobs {
			if j.Uses != "./.github/workflows/ci-pipeline.yml" {
				continue
			}
			branch := strings.Join(w.On["push"].Branches, ", ")
			if (branch == "") != w.On.has("workflow_dispatch") {
				t.Errorf("%s is started by the branch %q and by hand", name, branch)
			}
			got[j.With["environment"]] = branch
		}
	}
	repository, err := environment.Open("..")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, name := range repository.Names() {
		env, err := repository.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		want[name] = env.Targets[0].Branch
	}
	if !maps.Equal(want, got) {
		t.Errorf("pipelines deploy %v, and envs/ say %v", got, want)
	}
}

// TestCommandsOfWorkflowsExist reads every call of sendform, and of a script, as it
// would be read when the job runs.
func TestCommandsOfWorkflowsExist(t *testing.T) {
	t.Parallel()
	_, all := workflows(t)
	texts := []string{}
	for _, w := range all {
		for _, j := range w.Jobs {
			texts = append(texts, j.commands())
		}
	}
	for _, text := range tree(t, "../.github/scripts") {
		texts = append(texts, text)
	}
	calls := regexp.MustCompile(`bin/sendform"? ([^\n]+)`)
	rest := regexp.MustCompile(`\s*(\d?[<>]|[|;&)]).*$`) // of the line, for the shell
	scripts := regexp.MustCompile(`(?m)^\.github/scripts/[a-z-]+`)
	seen := 0
	for _, text := range texts {
		text = strings.ReplaceAll(text, "\\\n", " ")
		for _, script := range scripts.FindAllString(text, -1) {
			if info, err := os.Stat(filepath.Join("..", script)); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s is no program: %v", script, err)
			}
		}
		for _, call := range calls.FindAllStringSubmatch(text, -1) {
			seen++
			args := strings.Fields(strings.ReplaceAll(rest.ReplaceAllString(call[1], ""), `"`, ""))
			if slices.Equal(args, []string{"matrix", "--deployable"}) {
				args = append(args, "dev") // xargs has the rest
			}
			if err := parses(args); err != nil {
				t.Errorf("sendform %s: %v", strings.Join(args, " "), err)
			}
		}
	}
	if seen == 0 {
		t.Error("no call was looked at")
	}
}

// parses tells whether sendform understands its arguments.
func parses(args []string) error {
	parser, err := kong.New(&commands{}, kong.Name("sendform"), kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
	if err == nil {
		_, err = parser.Parse(args)
	}
	return err
}

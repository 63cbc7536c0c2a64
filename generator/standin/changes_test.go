package standin_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

var update = flag.Bool("update", false, "write the planned changes into testdata")

// planned returns what a plan would change, by address.
func (w *workspace) planned() map[string]*tfjson.ResourceChange {
	w.t.Helper()
	found := map[string]*tfjson.ResourceChange{}
	w.must(w.run(func(ctx context.Context, info tfexec.ReattachInfo) error {
		file := w.planFile()
		if different, err := w.tf.Plan(ctx, tfexec.Reattach(info), tfexec.Out(file)); err != nil || !different {
			return err
		}
		plan, err := w.tf.ShowPlanFile(ctx, file, tfexec.Reattach(info))
		if err != nil {
			return err
		}
		for _, change := range plan.ResourceChanges {
			if actions := change.Change.Actions; !actions.NoOp() && !actions.Read() {
				found[change.Address] = change
			}
		}
		return nil
	}))
	return found
}

// changesOf writes what changes in place, a line for each attribute. Elements of
// lists stand under one name, so that a list's length does not matter.
func changesOf(t *testing.T, changes map[string]*tfjson.ResourceChange) string {
	t.Helper()
	var text strings.Builder
	for _, address := range slices.Sorted(maps.Keys(changes)) {
		change := changes[address]
		if !change.Change.Actions.Update() {
			continue
		}
		before, after, unknown := leavesOf(t, change)
		for _, path := range changedPaths(t, change) {
			fmt.Fprintf(&text, "update %s %s: %s -> %s\n", address, path,
				written(before[path]), written(after[path]))
		}
		for _, path := range slices.Sorted(maps.Keys(unknown)) {
			fmt.Fprintf(&text, "update %s %s: known after apply\n", address, path)
		}
	}
	return text.String()
}

// madeUp are ids that are different each time, the latter those of CloudFront.
var madeUp = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\bE[0-9A-Z]{13}\b`)

// written is a list of values in a file of changes.
func written(values []string) string {
	var masked []string
	for _, value := range values {
		masked = append(masked, madeUp.ReplaceAllString(value, "ID"))
	}
	slices.Sort(masked)
	return strings.Join(masked, " ")
}

// replacementsOf writes what is replaced, and because of which attributes.
func replacementsOf(t *testing.T, changes map[string]*tfjson.ResourceChange) string {
	t.Helper()
	var text strings.Builder
	for _, address := range slices.Sorted(maps.Keys(changes)) {
		change := changes[address].Change
		if !change.Actions.Replace() {
			continue
		}
		var because []string
		for _, path := range change.ReplacePaths {
			steps, ok := path.([]any)
			if !ok {
				t.Fatalf("%s is replaced because of %v", address, path)
			}
			because = append(because, strings.Trim(fmt.Sprint(steps...), "[]"))
		}
		slices.Sort(because)
		fmt.Fprintf(&text, "replace %s because of %s\n", address, strings.Join(because, ", "))
	}
	return text.String()
}

// changedPaths are the attributes whose values, known in the plan, change.
func changedPaths(t *testing.T, change *tfjson.ResourceChange) []string {
	t.Helper()
	before, after, unknown := leavesOf(t, change)
	paths := map[string]bool{}
	for _, leaves := range []map[string][]string{before, after} {
		for path := range leaves {
			if !reflect.DeepEqual(before[path], after[path]) && unknown[path] == nil {
				paths[path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

func leavesOf(t *testing.T, change *tfjson.ResourceChange) (before, after, unknown map[string][]string) {
	t.Helper()
	before, after, unknown = map[string][]string{}, map[string][]string{}, map[string][]string{}
	collect(t, "", change.Change.Before, before)
	collect(t, "", change.Change.After, after)
	collect(t, "", change.Change.AfterUnknown, unknown)
	for _, leaves := range []map[string][]string{before, after, unknown} {
		for _, values := range leaves {
			slices.Sort(values)
		}
	}
	maps.DeleteFunc(unknown, func(_ string, values []string) bool { return !slices.Contains(values, "true") })
	return before, after, unknown
}

// collect notes the values of each path, those of the elements of a list together.
// Empty texts and zeros count as no values: the plugin SDK tells them apart in some
// places of a plan and not in others.
func collect(t *testing.T, path string, value any, leaves map[string][]string) {
	t.Helper()
	if value == nil || value == "" || value == 0.0 {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			collect(t, strings.TrimPrefix(path+"."+name, "."), inner, leaves)
		}
	case []any:
		for _, inner := range value {
			collect(t, path, inner, leaves)
		}
	default:
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		leaves[path] = append(leaves[path], string(text))
	}
}

// wantChanges compares with what is written down, or writes it down.
func wantChanges(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// notGivenBack are the attributes that an import cannot find out, and why.
func notGivenBack() map[string]string {
	const (
		ours     = "Terraform alone knows it"
		lambda   = "Lambda does not say where a package came from"
		uploaded = "S3 does not say where content came from"
	)
	return map[string]string{
		"aws_cloudfront_function.publish":                      ours,
		"aws_lambda_function.filename":                         lambda,
		"aws_lambda_function.publish":                          ours,
		"aws_lambda_function.s3_bucket":                        lambda,
		"aws_lambda_function.s3_key":                           lambda,
		"aws_lambda_function.source_code_hash":                 ours,
		"aws_s3_bucket.force_destroy":                          ours,
		"aws_s3_object.checksum_algorithm":                     ours,
		"aws_s3_object.content":                                uploaded,
		"aws_s3_object.source":                                 uploaded,
		"aws_s3_object.source_hash":                            ours,
		"aws_secretsmanager_secret.recovery_window_in_days":    ours,
		"aws_secretsmanager_secret_policy.block_public_policy": ours,
		"aws_ssm_parameter.insecure_value":                     "SSM does not say in which of two arguments a value was given",
		"aws_ssm_parameter.value_wo_version":                   ours,
	}
}

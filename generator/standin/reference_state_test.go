package standin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"

	"sendform/generator/localcloud"
)

const (
	// The stack that hashicorp/aws 5.46 applied on another emulator, and the state
	// that came of it. They lie beside the repository, because they are a measurement
	// and not part of it.
	referenceStack = "../../../shared/reference/stack-5.46.tf"
	referenceState = "../../../shared/reference/provider-5.46-state.json"
	// referenceAccount is the account that it was measured in.
	referenceAccount = "123456789012"
)

// TestStateAgreesWithReference applies what was measured and compares attribute by
// attribute, and which calls were made for it.
func TestStateAgreesWithReference(t *testing.T) {
	t.Parallel()
	stack, err := os.ReadFile(filepath.FromSlash(referenceStack))
	if os.IsNotExist(err) {
		t.Skipf("the reference %s is not here", referenceStack)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.FromSlash(referenceState))
	if err != nil {
		t.Fatal(err)
	}
	var wanted map[string]any
	if err := json.Unmarshal(text, &wanted); err != nil {
		t.Fatal(err)
	}

	target := newTargetIn(t, referenceAccount)
	w := newWorkspace(t, target.environ)
	w.write("main.tf", string(stack))
	// The stack names the other emulator's keys.
	w.write("keys_override.tf", fmt.Sprintf("provider \"aws\" {\n  access_key = %q\n  secret_key = %q\n}\n",
		target.environ["AWS_ACCESS_KEY_ID"], target.environ["AWS_SECRET_ACCESS_KEY"]))
	w.write("terraform.tfvars", fmt.Sprintf("endpoint = %q\n", target.cloud.URL()))
	w.write("code.zip", zipped(t, "first"))
	w.init()
	// The stack does not say that the object comes after what is set up for its bucket,
	// but it was measured so.
	w.must(w.run(func(ctx context.Context, info tfexec.ReattachInfo) error {
		return w.tf.Apply(ctx, tfexec.Reattach(info),
			tfexec.Target("aws_s3_bucket_versioning.transfers"),
			tfexec.Target("aws_s3_bucket_server_side_encryption_configuration.transfers"))
	}))
	w.must(w.run(func(ctx context.Context, info tfexec.ReattachInfo) error {
		return w.tf.Apply(ctx, tfexec.Reattach(info), tfexec.Refresh(false))
	}))
	calls := map[string][]localcloud.Call{"apply": target.cloud.Record()}
	w.wantNoChanges()
	calls["plan"] = target.cloud.Record()[len(calls["apply"]):]
	state := map[string]any{}
	for address, attributes := range w.state() {
		state[address] = attributes
	}
	before := len(target.cloud.Record())
	w.destroy()
	calls["destroy"] = target.cloud.Record()[before:]
	compareCalls(t, calls)

	unused := stateDifferences()
	compareState(t, "", wanted, normal(t, state), unused)
	for path := range unused {
		t.Errorf("%s is listed as a difference and is none", path)
	}
}

// normal is a value as JSON has it.
func normal(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// compareState crosses off the differences that it comes across.
func compareState(t *testing.T, path string, wanted, got any, unused map[string]string) {
	t.Helper()
	switch wanted := wanted.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			names := slices.Sorted(maps.Keys(wanted))
			for name := range got {
				if _, ok := wanted[name]; !ok {
					names = append(names, name)
				}
			}
			for _, name := range names {
				before, inReference := wanted[name]
				after, isThere := got[name]
				here := strings.TrimPrefix(path+"."+name, ".")
				if inReference != isThere {
					different(t, here, fmt.Sprintf("wanted there: %t, is there: %t", inReference, isThere), unused)
					continue
				}
				compareState(t, here, before, after, unused)
			}
			return
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(wanted) {
			for i := range wanted {
				compareState(t, path+"."+strconv.Itoa(i), wanted[i], got[i], unused)
			}
			return
		}
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		if unused[path] == chosen && (reflect.TypeOf(wanted) != reflect.TypeOf(got) || got == "") {
			t.Errorf("%s: the cloud chose %v, want a value such as %v", path, got, wanted)
		}
		different(t, path, "-want +got:\n"+diff, unused)
	}
}

func different(t *testing.T, path, what string, unused map[string]string) {
	t.Helper()
	if unused[path] == "" {
		t.Errorf("%s: %s", path, what)
	}
	delete(unused, path)
}

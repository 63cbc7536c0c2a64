package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// planOfTest is a plan as terraform show -json writes it.
const planOfTest = `{
  "format_version": "1.2",
  "resource_changes": [
    {"address": "module.storage_files.aws_s3_bucket.this", "module_address": "module.storage_files", "mode": "managed", "type": "aws_s3_bucket",
     "action_reason": "replace_because_cannot_update",
     "change": {"actions": ["delete", "create"], "before": {"bucket": "old", "arn": "arn:old", "tags": {"a": "1"}}, "after": {"bucket": "new|x", "tags": {"a": "1"}},
       "after_unknown": {"arn": true}, "before_sensitive": {}, "after_sensitive": {}, "replace_paths": [["bucket"]]}},
    {"address": "module.storage_files.aws_s3_bucket_policy.this", "module_address": "module.storage_files", "mode": "managed",
     "change": {"actions": ["update"],
       "before": {"policy": "{\"Statement\":[{\"Sid\":\"A\",\"Action\":[\"s3:GetObject\"]}]}"},
       "after": {"policy": "{\"Statement\":[{\"Sid\":\"A\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"]}]}"}}},
    {"address": "module.function_front.aws_lambda_function.this", "module_address": "module.function_front", "mode": "managed",
     "change": {"actions": ["update"],
       "before": {"memory_size": 256, "environment": [{"variables": {"KEY": "canary-3f9c", "MODE": "s3"}}], "layers": [], "token": "canary-3f9c"},
       "after": {"memory_size": 512, "environment": [{"variables": {"KEY": "canary-3f9c-longer", "MODE": "<s3> ` + "`x`" + `"}}], "layers": ["arn:one"], "token": "canary-3f9c"},
       "before_sensitive": {"environment": [{"variables": {"KEY": true}}], "token": true},
       "after_sensitive": {"environment": [{"variables": {"KEY": true}}], "token": true}}},
    {"address": "module.function_front.aws_lambda_alias.this", "module_address": "module.function_front", "mode": "managed",
     "change": {"actions": ["create"], "before": null, "after": {"name": "live", "secret": "canary-3f9c"}, "after_sensitive": {"secret": true}}},
    {"address": "module.function_front.aws_lambda_function_url.this", "module_address": "module.function_front", "mode": "managed",
     "change": {"actions": ["create"], "before": null, "after": {}}},
    {"address": "module.secret_key.aws_ssm_parameter.this[0]", "module_address": "module.secret_key", "mode": "managed",
     "change": {"actions": ["update"], "before": {"values": ["canary-3f9c", "a"], "nested": {"k": "canary-3f9c"}}, "after": {"values": "b", "nested": null},
       "before_sensitive": {"values": [true, false], "nested": true}, "after_sensitive": {"values": false}}},
    {"address": "module.identity_gone.aws_iam_role.this", "module_address": "module.identity_gone", "mode": "managed", "action_reason": "delete_because_no_module",
     "change": {"actions": ["delete"], "before": {"name": "gone"}, "after": null}},
    {"address": "module.identity_back.aws_iam_role.this", "module_address": "module.identity_back", "mode": "managed",
     "change": {"actions": ["no-op"], "before": {"name": "back"}, "after": {"name": "back"}, "importing": {"id": "back"}}},
    {"address": "module.identity_new.aws_iam_role.this", "module_address": "module.identity_new", "mode": "managed", "previous_address": "module.identity_old.aws_iam_role.this",
     "change": {"actions": ["no-op"], "before": {}, "after": {}}},
    {"address": "module.cdn_main.aws_cloudfront_distribution.this", "module_address": "module.cdn_main", "mode": "managed", "action_reason": "replace_because_tainted",
     "change": {"actions": ["create", "delete"], "before": {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1, "h": 1, "i": 1, "j": 1},
       "after": {"a": 2, "b": 2, "c": 2, "d": 2, "e": 2, "f": 2, "g": 2, "h": 2, "i": 2, "j": 2}}},
    {"address": "module.cdn_main.data.aws_region.this", "module_address": "module.cdn_main", "mode": "data", "change": {"actions": ["read"]}},
    {"address": "module.cdn_main.aws_unchanged.this", "module_address": "module.cdn_main", "mode": "managed", "change": {"actions": ["no-op"], "before": {}, "after": {}}}
  ],
  "output_changes": {
    "front_url": {"actions": ["update"], "before": "a", "after": "canary-3f9c", "after_sensitive": true},
    "same": {"actions": ["no-op"], "before": "a", "after": "a"}
  }
}`

func planFrom(t *testing.T, text string) *tfjson.Plan {
	t.Helper()
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		t.Fatal(err)
	}
	return &plan
}

func TestPlanSummary(t *testing.T) {
	summary := Summarize(planFrom(t, planOfTest))
	var markdown, data bytes.Buffer
	if err := PlanMarkdown(&markdown, "qa/eu-west-2", summary); err != nil {
		t.Fatal(err)
	}
	encoder := json.NewEncoder(&data)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(summary); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plan.txt": summary.text("qa/eu-west-2"), "plan.md": markdown.String(), "plan.json": data.String(),
	} {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows a sensitive value", name)
		}
		golden(t, name, text)
	}
}

func TestPlanWithoutChanges(t *testing.T) {
	tests := map[string]struct{ plan, want string }{
		"nothing": {`{"format_version": "1.2"}`, "qa: no changes\n"},
		"outputs": {
			`{"format_version": "1.2", "output_changes": {"url": {"actions": ["create"], "after": "x"}}}`,
			"qa: only outputs and addresses change\n\n  outputs that change: url\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			summary := Summarize(planFrom(t, test.plan))
			if got := summary.text("qa"); got != test.want {
				t.Errorf("got %q", got)
			}
			if summary.Changes() != (name == "outputs") {
				t.Errorf("changes: %v", summary.Changes())
			}
		})
	}
}

func TestCode(t *testing.T) {
	tests := map[string]string{"a": "`a`", "a`b": "``a`b``", "`a": "`` `a ``", "": "`  `", "a\nb": "`a b`", "``": "``` `` ```"}
	for text, want := range tests {
		if got := code(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}

package standin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// What a rule says must come back unchanged from what is sent to AWS.
func TestLifecycleRulesComeBack(t *testing.T) {
	for name, rule := range map[string]map[string]any{
		"prefix":          {"filter": []any{map[string]any{"prefix": "a/"}}, "expiration": []any{map[string]any{"days": 3}}},
		"everything":      {"filter": everything(), "abort_incomplete_multipart_upload": []any{map[string]any{"days_after_initiation": 1}}},
		"without filter":  {"prefix": "a/", "expiration": []any{map[string]any{"days": 3}}},
		"delete markers":  {"filter": everything(), "expiration": []any{map[string]any{"expired_object_delete_marker": true}}},
		"date":            {"filter": everything(), "expiration": []any{map[string]any{"date": "2030-01-02T00:00:00Z"}}},
		"tag":             {"filter": []any{map[string]any{"tag": []any{map[string]any{"key": "k", "value": "v"}}}}},
		"size":            {"filter": []any{map[string]any{"object_size_greater_than": "0", "object_size_less_than": "500"}}},
		"and":             {"filter": []any{map[string]any{"and": []any{map[string]any{"prefix": "a", "object_size_greater_than": 5, "tags": map[string]any{"k": "v"}}}}}},
		"noncurrent":      {"filter": everything(), "noncurrent_version_expiration": []any{map[string]any{"noncurrent_days": 2, "newer_noncurrent_versions": "4"}}},
		"transition":      {"filter": everything(), "transition": []any{map[string]any{"days": 0, "storage_class": "INTELLIGENT_TIERING"}}},
		"transition date": {"filter": everything(), "transition": []any{map[string]any{"date": "2030-01-02T00:00:00Z", "storage_class": "GLACIER"}}},
		"noncurrent transition": {
			"filter":                        everything(),
			"noncurrent_version_transition": []any{map[string]any{"noncurrent_days": 30, "storage_class": "GLACIER"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			rule["id"], rule["status"] = "r", "Enabled"
			attributes := map[string]*schema.Schema{"rule": s3BucketLifecycle().attributes["rule"]}
			wanted := schema.TestResourceDataRaw(t, attributes, map[string]any{"rule": []any{rule}})
			expanded, err := expandLifecycleRule(blocks(wanted.Get("rule"))[0])
			if err != nil {
				t.Fatal(err)
			}
			back := schema.TestResourceDataRaw(t, attributes, nil)
			if err := back.Set("rule", []any{flattenLifecycleRule(expanded)}); err != nil {
				t.Fatal(err)
			}
			plain := cmp.Transformer("set", func(s *schema.Set) []any { return s.List() })
			if diff := cmp.Diff(wanted.Get("rule"), back.Get("rule"), plain); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// everything is the filter that takes all objects, as AWS gives it back.
func everything() []any { return []any{map[string]any{"prefix": ""}} }

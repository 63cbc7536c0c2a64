package standin

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// What a rule says must come back unchanged from what is sent to AWS.
func TestLifecycleRulesComeBack(t *testing.T) {
	for name, rule := range map[string]map[string]any{
		"prefix":          {"filter": []any{map[string]any{"prefix": "a/"}}, "expiration": []any{map[string]any{"days": 3}}},
		"everything":      {"filter": []any{map[string]any{}}, "abort_incomplete_multipart_upload": []any{map[string]any{"days_after_initiation": 1}}},
		"without filter":  {"prefix": "a/", "expiration": []any{map[string]any{"days": 3}}},
		"delete markers":  {"filter": []any{map[string]any{}}, "expiration": []any{map[string]any{"expired_object_delete_marker": true}}},
		"date":            {"filter": []any{map[string]any{}}, "expiration": []any{map[string]any{"date": "2030-01-02T00:00:00Z"}}},
		"tag":             {"filter": []any{map[string]any{"tag": []any{map[string]any{"key": "k", "value": "v"}}}}},
		"size":            {"filter": []any{map[string]any{"object_size_greater_than": "0", "object_size_less_than": "500"}}},
		"and":             {"filter": []any{map[string]any{"and": []any{map[string]any{"prefix": "a", "object_size_greater_than": 5, "tags": map[string]any{"k": "v"}}}}}},
		"noncurrent":      {"filter": []any{map[string]any{}}, "noncurrent_version_expiration": []any{map[string]any{"noncurrent_days": 2, "newer_noncurrent_versions": "4"}}},
		"transition":      {"filter": []any{map[string]any{}}, "transition": []any{map[string]any{"days": 0, "storage_class": "INTELLIGENT_TIERING"}}},
		"transition date": {"filter": []any{map[string]any{}}, "transition": []any{map[string]any{"date": "2030-01-02T00:00:00Z", "storage_class": "GLACIER"}}},
		"noncurrent transition": {
			"filter":                        []any{map[string]any{}},
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
			if diff := cmp.Diff(meaning(wanted.Get("rule")), meaning(back.Get("rule"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// meaning leaves out what is not set, because the plugin SDK has two forms of a
// block in which nothing is set.
func meaning(value any) any {
	switch value := value.(type) {
	case nil:
		return map[string]any{}
	case *schema.Set:
		return meaning(value.List())
	case []any:
		var list []any
		for _, element := range value {
			list = append(list, meaning(element))
		}
		return list
	case map[string]any:
		set := map[string]any{}
		for name, element := range value {
			if part := meaning(element); part != "" && part != 0 && part != false && !reflect.DeepEqual(part, []any(nil)) {
				set[name] = part
			}
		}
		return set
	default:
		return value
	}
}

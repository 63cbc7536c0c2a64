package standin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/terraform"
)

func TestTagsOfAResource(t *testing.T) {
	rules := tagRules{
		defaults:       map[string]string{"project": "p", "environment": "qa"},
		ignoreKeys:     []string{"owner"},
		ignorePrefixes: []string{"cost-"},
	}
	all := rules.all(map[string]string{"environment": "dev", "own": "1", "owner": "x", "cost-centre": "7"})
	want := map[string]string{"project": "p", "environment": "dev", "own": "1"}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	if len(rules.defaults) != 2 {
		t.Error("the defaults were changed")
	}
}

func TestTagsFromAWS(t *testing.T) {
	rules := tagRules{defaults: map[string]string{"project": "p", "environment": "qa"}, ignoreKeys: []string{"owner"}}
	attributes := map[string]*schema.Schema{"tags": stringMap(), "tags_all": computed(stringMap())}
	for name, test := range map[string]struct {
		configured map[string]any
		remote     map[string]string
		own, all   map[string]any
	}{
		"defaults only": {
			remote: map[string]string{"project": "p", "environment": "qa"},
			own:    map[string]any{}, all: map[string]any{"project": "p", "environment": "qa"},
		},
		"own and ignored": {
			configured: map[string]any{"own": "1"},
			remote:     map[string]string{"project": "p", "own": "1", "owner": "x", "aws:cloudformation:stack-id": "y"},
			own:        map[string]any{"own": "1"}, all: map[string]any{"project": "p", "own": "1"},
		},
		"default changed in AWS": {
			remote: map[string]string{"project": "other"},
			own:    map[string]any{"project": "other"}, all: map[string]any{"project": "other"},
		},
		"same as a default, on purpose": {
			configured: map[string]any{"project": "p"},
			remote:     map[string]string{"project": "p"},
			own:        map[string]any{"project": "p"}, all: map[string]any{"project": "p"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := schema.TestResourceDataRaw(t, attributes, map[string]any{"tags": test.configured})
			if err := rules.set(d, test.remote); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.own, d.Get("tags")); diff != "" {
				t.Errorf("tags: %s", diff)
			}
			if diff := cmp.Diff(test.all, d.Get("tags_all")); diff != "" {
				t.Errorf("tags_all: %s", diff)
			}
		})
	}
}

func TestDefaultTagsOfAnObjectAreLeftOutOrKept(t *testing.T) {
	object := newProvider(Options{}).schema.ResourcesMap["aws_s3_object"]
	for name, tags := range map[string]map[string]any{"left out": {}, "replaced": {"project": "r"}} {
		diags := object.Validate(terraform.NewResourceConfigRaw(map[string]any{
			"bucket": "b", "key": "k",
			"override_provider": []any{map[string]any{"default_tags": []any{map[string]any{"tags": tags}}}},
		}))
		if diags.HasError() != (len(tags) > 0) {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

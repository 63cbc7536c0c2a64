package standin

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// tagRules is what the provider's configuration says about tags.
type tagRules struct {
	defaults       map[string]string
	ignoreKeys     []string
	ignorePrefixes []string
}

func readTagRules(d *schema.ResourceData) tagRules {
	var rules tagRules
	if defaults, ok := block(d.Get("default_tags")); ok {
		rules.defaults = stringsByKey(defaults["tags"])
	}
	if ignored, ok := block(d.Get("ignore_tags")); ok {
		rules.ignoreKeys = stringsOf(ignored["keys"])
		rules.ignorePrefixes = stringsOf(ignored["key_prefixes"])
	}
	return rules
}

// ignored reports whether Terraform must not touch a tag. Tags that start with
// aws: are AWS's own,
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html.
func (r tagRules) ignored(key string) bool {
	return strings.HasPrefix(key, "aws:") || slices.Contains(r.ignoreKeys, key) ||
		slices.ContainsFunc(r.ignorePrefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// all returns what a resource with the given tags of its own carries in the end.
func (r tagRules) all(own map[string]string) map[string]string {
	merged := maps.Clone(r.defaults)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, own)
	maps.DeleteFunc(merged, func(key, _ string) bool { return r.ignored(key) })
	return merged
}

// plan works out tags_all, so that a change of the default tags shows in the plan.
func (r tagRules) plan(d *schema.ResourceDiff) error {
	plan := d.GetRawPlan()
	if plan.IsNull() {
		return nil
	}
	if !plan.GetAttr("tags").IsWhollyKnown() {
		return d.SetNewComputed("tags_all")
	}
	all := r.overridden(d).all(stringsByKey(d.Get("tags")))
	if d.Id() != "" && maps.Equal(all, stringsByKey(d.Get("tags_all"))) {
		return nil
	}
	if err := d.SetNew("tags_all", all); err != nil {
		return fmt.Errorf("plan tags_all: %w", err)
	}
	return nil
}

// overridden are the rules for a resource that replaces the default tags with its
// own, as aws_s3_object can because S3 takes only ten tags on an object.
func (r tagRules) overridden(d interface{ GetOk(string) (any, bool) }) tagRules {
	override, ok := d.GetOk("override_provider")
	if !ok {
		return r
	}
	if provider, ok := block(override); ok {
		if defaults, ok := block(provider["default_tags"]); ok {
			r.defaults = stringsByKey(defaults["tags"])
		}
	}
	return r
}

// set writes the tags that AWS has into the state.
func (r tagRules) set(d *schema.ResourceData, remote map[string]string) error {
	r = r.overridden(d)
	all := maps.Clone(remote)
	maps.DeleteFunc(all, func(key, _ string) bool { return r.ignored(key) })
	// A default tag is the resource's own only when it was also configured there.
	before := stringsByKey(d.Get("tags"))
	own := maps.Clone(all)
	maps.DeleteFunc(own, func(key, value string) bool {
		byDefault, isDefault := r.defaults[key]
		_, configured := before[key]
		return isDefault && byDefault == value && !configured
	})
	return setAll(d, map[string]any{"tags": own, "tags_all": all})
}

// tagsOf returns the tags to send to AWS.
func tagsOf(d *schema.ResourceData) map[string]string { return stringsByKey(d.Get("tags_all")) }

// tagList turns tags into a service's own type, in the order of their keys.
func tagList[T any](tags map[string]string, tag func(key, value string) T) []T {
	var list []T
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, tag(key, tags[key]))
	}
	return list
}

// tagMap turns a service's own type into tags.
func tagMap[T any](list []T, tag func(T) (key, value *string)) map[string]string {
	tags := map[string]string{}
	for _, element := range list {
		if key, value := tag(element); key != nil && value != nil {
			tags[*key] = *value
		}
	}
	return tags
}

// changedTags returns what an update must set and what it must remove.
func changedTags(d *schema.ResourceData) (set map[string]string, remove []string) {
	before, after := d.GetChange("tags_all")
	had, wanted := stringsByKey(before), stringsByKey(after)
	set = map[string]string{}
	for key, value := range wanted {
		if old, ok := had[key]; !ok || old != value {
			set[key] = value
		}
	}
	for key := range had {
		if _, ok := wanted[key]; !ok {
			remove = append(remove, key)
		}
	}
	slices.Sort(remove)
	return set, remove
}

package standin

import (
	"slices"
	"strings"

	"github.com/hashicorp/go-cty/cty"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// given reports whether the configuration itself holds an argument or block, as
// opposed to a default or a value from AWS.
func given(config cty.Value, argument string) bool {
	if config.IsNull() || !config.IsKnown() {
		return false
	}
	value := config.GetAttr(argument)
	if value.IsNull() {
		return false
	}
	collection := value.Type().IsListType() || value.Type().IsSetType()
	return !collection || !value.IsKnown() || value.LengthInt() > 0
}

// planned reports whether the plan changes one of the arguments. HasChanges of the
// plan also counts differences that the schema suppresses.
func planned(d *schema.ResourceDiff, arguments []string) bool {
	return slices.ContainsFunc(d.GetChangedKeysPrefix(""), func(key string) bool {
		argument, _, _ := strings.Cut(key, ".")
		return slices.Contains(arguments, argument)
	})
}

// nonEmpty is how AWS's optional strings are left out.
func nonEmpty(value any) *string {
	if s, _ := value.(string); s != "" {
		return &s
	}
	return nil
}

// nonZero is how AWS's optional numbers are left out.
func nonZero(value any) *int32 {
	if n, _ := value.(int); n != 0 {
		return new(int32(n))
	}
	return nil
}

// blocks returns the blocks of one name; a block without any argument is an
// empty map.
func blocks(value any) []map[string]any {
	if set, ok := value.(*schema.Set); ok {
		value = set.List()
	}
	list, _ := value.([]any)
	var found []map[string]any
	for _, element := range list {
		block, _ := element.(map[string]any)
		found = append(found, block)
	}
	return found
}

// block returns the only block of a name, or nil and false.
func block(value any) (map[string]any, bool) {
	if found := blocks(value); len(found) > 0 {
		return found[0], true
	}
	return nil, false
}

// stringsOf returns the strings of a list or set; those of a set are sorted, so
// that requests are the same each time.
func stringsOf(value any) []string {
	set, isSet := value.(*schema.Set)
	if isSet {
		value = set.List()
	}
	list, _ := value.([]any)
	var found []string
	for _, element := range list {
		s, _ := element.(string)
		found = append(found, s)
	}
	if isSet {
		slices.Sort(found)
	}
	return found
}

// stringsByKey returns the strings of a map.
func stringsByKey(value any) map[string]string {
	found := map[string]string{}
	values, _ := value.(map[string]any)
	for key, element := range values {
		s, _ := element.(string)
		found[key] = s
	}
	return found
}

// one wraps the content of a block that stands there once.
func one(content map[string]any) []any { return []any{content} }

// setAll sets attributes, and says which of them AWS's answer does not fit.
func setAll(d *schema.ResourceData, values map[string]any) error {
	for name, value := range values {
		if err := d.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// setFound sets attributes that the registry provider leaves alone when AWS does not
// have them: in a state that never had one it stays null.
func setFound(d *schema.ResourceData, values map[string]string) error {
	for name, value := range values {
		if value == "" && d.Get(name).(string) == "" {
			continue
		}
		if err := d.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// lowerCaseKeys checks the keys of metadata: S3 turns them into headers and gives
// them back in lower case.
func lowerCaseKeys(value any, path cty.Path) diag.Diagnostics {
	var diags diag.Diagnostics
	for key := range stringsByKey(value) {
		if key != strings.ToLower(key) {
			diags = append(diags, diag.Diagnostic{
				Severity:      diag.Error,
				Summary:       "Metadata must have lower case keys",
				Detail:        "S3 gives the key " + key + " back as " + strings.ToLower(key) + ".",
				AttributePath: path,
			})
		}
	}
	return diags
}

// writeOnlyString returns a write-only argument, which only the configuration holds:
// it is there while something is created or updated.
func writeOnlyString(d *schema.ResourceData, argument string) string {
	config := d.GetRawConfig()
	if !given(config, argument) {
		return ""
	}
	value := config.GetAttr(argument)
	if !value.IsKnown() {
		return ""
	}
	return value.AsString()
}

package lifecycle

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// Finding is one attribute that is not as it should be.
type Finding struct {
	Component components.Address
	Resource  string // for example function sgraph-send-qa-user
	Attribute string // for example environment.SEND__S3_BUCKET
	Wanted    string
	Got       string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s: wanted %s, got %s", f.Component, f.Resource, f.Attribute, f.Wanted, f.Got)
}

// Findings is what a verification found wrong; it is an error when not empty.
type Findings []Finding

func (f Findings) Error() string {
	lines := make([]string, 0, len(f))
	for _, finding := range f {
		lines = append(lines, finding.String())
	}
	return strings.Join(lines, "\n")
}

// Value is what was wanted of one attribute, and what AWS answered.
type Value struct {
	Attribute, Wanted, Got string
	OK                     bool
}

func (v Value) wrong() bool { return !v.OK }

// compare holds what AWS answers against what is wanted, map by map, and returns
// every value that it compared. Lists are sets. At the top only what is wanted
// counts; inside of a map, what nobody wants is a difference too.
func compare(want, got map[string]any) []Value {
	var values []Value
	for _, name := range slices.Sorted(maps.Keys(want)) {
		values = append(values, compareValue(name, want[name], got[name])...)
	}
	return values
}

func compareValue(path string, want, got any) []Value {
	wantMap, wantsMap := want.(map[string]any)
	gotMap, gotsMap := got.(map[string]any)
	if !wantsMap || !gotsMap {
		return []Value{{path, show(want), show(got), reflect.DeepEqual(canonical(want), canonical(got))}}
	}
	names := slices.Collect(maps.Keys(wantMap))
	for name := range gotMap {
		if _, wanted := wantMap[name]; !wanted {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var values []Value
	for _, name := range names {
		w, wanted := wantMap[name]
		g, given := gotMap[name]
		at := path + "." + name
		switch {
		case !wanted:
			values = append(values, Value{Attribute: at, Wanted: "nothing", Got: show(g)})
		case !given:
			values = append(values, Value{Attribute: at, Wanted: show(w), Got: "nothing"})
		default:
			values = append(values, compareValue(at, w, g)...)
		}
	}
	return values
}

// canonical makes values comparable: lists are sorted, and numbers are ints.
func canonical(v any) any {
	switch v := v.(type) {
	case []string:
		sorted := slices.Sorted(slices.Values(v))
		if sorted == nil {
			return []string{}
		}
		return sorted
	case int32:
		return int(v)
	case int64:
		return int(v)
	default:
		return v
	}
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return fmt.Sprintf("%q", v)
	default:
		text, err := json.Marshal(canonical(v))
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(text)
	}
}

// resolved replaces the references in wanted values.
func resolved(want map[string]any, lookup func(environment.Ref) (string, error)) (map[string]any, error) {
	out := map[string]any{}
	for name, v := range want {
		switch v := v.(type) {
		case environment.Value:
			s, err := v.Resolve(lookup)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out[name] = s
		case map[string]any:
			inner, err := resolved(v, lookup)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out[name] = inner
		case []any:
			texts := make([]string, 0, len(v))
			for _, item := range v {
				text, isText := item.(string)
				if value, isValue := item.(environment.Value); isValue {
					var err error
					if text, err = value.Resolve(lookup); err != nil {
						return nil, fmt.Errorf("%s: %w", name, err)
					}
				} else if !isText {
					return nil, fmt.Errorf("%s: a list may hold texts and references, not %v", name, item)
				}
				texts = append(texts, text)
			}
			out[name] = texts
		default:
			out[name] = v
		}
	}
	return out, nil
}

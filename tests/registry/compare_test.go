package registry

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	tfjson "github.com/hashicorp/terraform-json"
)

// resources are attributes by address.
type resources map[string]resource

type resource struct {
	kind   string
	values map[string]any
}

// unknown stands for what a plan does not know yet.
const unknown = "(known after apply)"

func plannedIn(plan *tfjson.Plan) resources {
	all := resources{}
	for _, change := range plan.ResourceChanges {
		values, _ := known(change.Change.After, change.Change.AfterUnknown).(map[string]any)
		if values == nil {
			values = map[string]any{}
		}
		values["(action)"] = fmt.Sprint(change.Change.Actions)
		all[change.Address] = resource{change.Type, values}
	}
	return all
}

// known is a planned value in which what is not known yet is marked.
func known(value, unknowns any) any {
	switch unknowns := unknowns.(type) {
	case bool:
		if unknowns {
			return unknown
		}
	case map[string]any:
		values, _ := value.(map[string]any)
		values = maps.Clone(values)
		if values == nil {
			values = map[string]any{}
		}
		for name, u := range unknowns {
			if marked := known(values[name], u); marked != nil {
				values[name] = marked
			}
		}
		return values
	case []any:
		values, _ := value.([]any)
		values = slices.Clone(values)
		for i, u := range unknowns {
			if i < len(values) {
				values[i] = known(values[i], u)
			}
		}
		return values
	}
	return value
}

func (r resources) addModule(m *tfjson.StateModule) {
	for _, found := range m.Resources {
		r[found.Address] = resource{found.Type, found.AttributeValues}
	}
	for _, child := range m.ChildModules {
		r.addModule(child)
	}
}

// comparison crosses off the differences that it comes across.
type comparison struct {
	listed map[string]difference
	met    map[string]bool
	values int
}

// of compares what each of the two has, value by value.
func (c *comparison) of(t *testing.T, what string, ours, theirs resources) {
	t.Helper()
	ours, theirs = ours.masked(), theirs.masked()
	addresses := maps.Clone(ours)
	maps.Copy(addresses, theirs)
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		a, isOurs := ours[address]
		b, isTheirs := theirs[address]
		if isOurs != isTheirs {
			t.Errorf("%s: %s: the stand-in has it: %t, the registry provider: %t", what, address, isOurs, isTheirs)
			continue
		}
		got, want := a.flat(), b.flat()
		paths := maps.Clone(got)
		maps.Copy(paths, want)
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			c.values++
			if got[path] == want[path] || c.isListed(what, a.kind, path) {
				continue
			}
			t.Errorf("%s: %s: %s.%s: the stand-in has %v, the registry provider %v", what, address, a.kind, path, got[path], want[path])
		}
	}
}

var indexes = regexp.MustCompile(`\.\d+\b`)

// isListed tells whether an attribute of a type may differ, in a plan or in a state.
func (c *comparison) isListed(what, kind, path string) bool {
	path = indexes.ReplaceAllString(path, "")
	for _, listed := range []string{kind + "." + path, "*." + path} {
		for _, key := range []string{listed, what + ": " + listed} {
			if _, found := c.listed[key]; found {
				c.met[key] = true
				return true
			}
		}
	}
	return false
}

// masked has, for each value that the cloud made up, the address and attribute that it
// is of: wherever it turns up, the same must turn up with the other provider.
func (r resources) masked() resources {
	var made []string // by turns a value and what it stands for, the longest first
	for _, address := range slices.Sorted(maps.Keys(r)) {
		for _, name := range madeUp()[r[address].kind] {
			if value, _ := r[address].values[name].(string); value != "" && value != unknown {
				made = append(made, value, "<"+address+"."+name+">")
			}
		}
	}
	replace := strings.NewReplacer(longestFirst(made)...)
	masked := resources{}
	for address, found := range r {
		values, _ := replaced(found.values, replace).(map[string]any)
		if name, has := times()[found.kind]; has && values[name] != nil && values[name] != unknown {
			values[name] = "<time>"
		}
		masked[address] = resource{found.kind, values}
	}
	return masked
}

func longestFirst(pairs []string) []string {
	var all [][]string
	for pair := range slices.Chunk(pairs, 2) {
		all = append(all, pair)
	}
	slices.SortStableFunc(all, func(a, b []string) int { return len(b[0]) - len(a[0]) })
	return slices.Concat(all...)
}

func replaced(value any, with *strings.Replacer) any {
	switch value := value.(type) {
	case string:
		return with.Replace(value)
	case []any:
		all := make([]any, len(value))
		for i := range value {
			all[i] = replaced(value[i], with)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for name := range value {
			all[name] = replaced(value[name], with)
		}
		return all
	}
	return value
}

// flat is each value by its path. Blocks are in an order of their own: where they are
// a set, their order follows from values that were made up.
func (r resource) flat() map[string]string {
	all := map[string]string{}
	flatten(r.values, "", all)
	return all
}

func flatten(value any, path string, into map[string]string) {
	at := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch value := value.(type) {
	case map[string]any:
		for name := range value {
			flatten(value[name], at(name), into)
		}
	case []any:
		if len(value) == 0 {
			into[path] = "none"
		}
		for i, one := range inOrder(value) {
			flatten(one, at(fmt.Sprint(i)), into)
		}
	case nil:
		into[path] = "null"
	default:
		into[path] = fmt.Sprintf("%#v", value)
	}
}

func inOrder(values []any) []any {
	texts := map[int]string{}
	order := make([]int, len(values))
	for i, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return values // as they are
		}
		texts[i], order[i] = string(text), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(texts[a], texts[b]) })
	sorted := make([]any, len(values))
	for i, from := range order {
		sorted[i] = values[from]
	}
	return sorted
}

// differencesFrom are those that a version of the registry provider may show: all that
// have no version, and those of later ones. An empty version is the newest.
func differencesFrom(older string) (map[string]difference, error) {
	found := map[string]difference{}
	for path, d := range differences() {
		if d.since == "" {
			found[path] = d
			continue
		}
		if older == "" {
			continue
		}
		is, err := version.NewVersion(older)
		if err != nil {
			return nil, err
		}
		since, err := version.NewVersion(d.since)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if is.LessThan(since) {
			found[path] = d
		}
	}
	return found, nil
}

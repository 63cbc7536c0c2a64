package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// attributeChanges lists the values that a change changes, each by its path as HCL
// writes it. A sensitive value is only said to change.
func attributeChanges(c *tfjson.Change) []AttributeChange {
	return changesAt("", planValue{c.Before, c.BeforeSensitive, nil}, planValue{c.After, c.AfterSensitive, c.AfterUnknown})
}

// planValue is a value in a plan, with what Terraform knows about it at the same path.
type planValue struct{ value, sensitive, unknown any }

// at is the place one step further: a name of a map or an index of a list.
func (p planValue) at(step any) planValue {
	return planValue{stepInto(p.value, step), stepInto(p.sensitive, step), stepInto(p.unknown, step)}
}

// stepInto follows a step. A mark that stands for all that is below it stays.
func stepInto(v, step any) any {
	switch v := v.(type) {
	case map[string]any:
		name, isName := step.(string)
		if !isName {
			return nil
		}
		return v[name]
	case []any:
		i, isIndex := step.(int)
		if !isIndex || i >= len(v) {
			return nil
		}
		return v[i]
	case bool:
		return v
	default:
		return nil
	}
}

func changesAt(path string, before, after planValue) []AttributeChange {
	switch {
	case before.sensitive == true || after.sensitive == true:
		if after.unknown != true && reflect.DeepEqual(before.value, after.value) {
			return nil
		}
		return []AttributeChange{{path, hidden, hidden}}
	case after.unknown == true:
		return []AttributeChange{{path, shownValue(before), unknownValue}}
	}
	steps := stepsOf(before.value, after.value, after.unknown)
	if steps == nil {
		if reflect.DeepEqual(before.value, after.value) {
			return nil
		}
		if b, a, both := documents(before, after); both {
			return changesAt(path, b, a)
		}
		return []AttributeChange{{path, shownValue(before), shownValue(after)}}
	}
	var changes []AttributeChange
	for _, step := range steps {
		at := fmt.Sprintf("%s[%v]", path, step)
		if name, isName := step.(string); isName {
			at = strings.TrimPrefix(path+"."+name, ".")
		}
		changes = append(changes, changesAt(at, before.at(step), after.at(step))...)
	}
	return changes
}

// stepsOf are the names or indices of two values; nil where one of them has none.
// A list that only one side has counts as an empty one on the other.
func stepsOf(before, after, unknown any) []any {
	beforeMap, isMap := before.(map[string]any)
	afterMap, isAlsoMap := after.(map[string]any)
	if isMap && isAlsoMap {
		names := map[string]bool{}
		for _, m := range []map[string]any{beforeMap, afterMap} {
			for name := range m {
				names[name] = true
			}
		}
		if m, marked := unknown.(map[string]any); marked {
			for name := range m {
				names[name] = true
			}
		}
		steps := []any{}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			steps = append(steps, name)
		}
		return steps
	}
	beforeList, isList := before.([]any)
	afterList, isAlsoList := after.([]any)
	if !isList || !isAlsoList {
		return nil
	}
	steps := []any{}
	for i := range max(len(beforeList), len(afterList)) {
		steps = append(steps, i)
	}
	return steps
}

// documents reads two texts that are JSON, such as policies, so that what changes in
// them can be said.
func documents(before, after planValue) (b, a planValue, both bool) {
	decode := func(v any) (any, bool) {
		text, isText := v.(string)
		if !isText || !strings.HasPrefix(text, "{") {
			return nil, false
		}
		var document any
		err := json.Unmarshal([]byte(text), &document)
		return document, err == nil
	}
	was, wasDocument := decode(before.value)
	is, isDocument := decode(after.value)
	return planValue{value: was}, planValue{value: is}, wasDocument && isDocument
}

// unknownValue stands for what the apply will tell.
const unknownValue = "known after the apply"

// maxValue bounds what is shown of a value, in characters.
const maxValue = 80

// shownValue is a value as people read it, with nothing sensitive in it.
func shownValue(p planValue) string {
	if p.value == nil {
		return "nothing"
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(redacted(p)); err != nil {
		return err.Error() // cannot be: what came from JSON goes back
	}
	return cut(strings.TrimSpace(text.String()), maxValue)
}

// redacted hides what is sensitive inside of a value that is shown whole.
func redacted(p planValue) any {
	if p.sensitive == true {
		return hidden
	}
	switch v := p.value.(type) {
	case map[string]any:
		made := map[string]any{}
		for name := range v {
			made[name] = redacted(p.at(name))
		}
		return made
	case []any:
		made := make([]any, len(v))
		for i := range v {
			made[i] = redacted(p.at(i))
		}
		return made
	default:
		return v
	}
}

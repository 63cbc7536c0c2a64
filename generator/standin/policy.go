package standin

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/structure"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// policyDocument is an argument that holds an IAM policy. Two texts that mean the
// same are no change. Plan and state hold it in one line with sorted keys.
func policyDocument(s *schema.Schema) *schema.Schema {
	s.StateFunc = func(value any) string { return sortedJSON(value.(string)) }
	s.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool {
		return samePolicy(before, after)
	}
	s.DiffSuppressOnRefresh = true
	return checked(s, validation.StringIsJSON)
}

// keepPolicy returns the text for the state: the one that is there already when
// AWS's means the same, so that the state keeps the author's.
func keepPolicy(state, remote string) string {
	if samePolicy(state, remote) {
		return sortedJSON(state)
	}
	return sortedJSON(remote)
}

// sortedJSON returns a text as the registry provider keeps it in a state.
func sortedJSON(text string) string {
	sorted, err := structure.NormalizeJsonString(text)
	if err != nil {
		return text // the check of the argument says what is wrong with it
	}
	return sorted
}

// versionFirst is how the registry provider keeps the policies of roles, other than
// all its policies: the version stands before the statements.
func versionFirst(text string) string {
	const version = `"Version":"2012-10-17"`
	sorted := sortedJSON(text)
	if rest, ok := strings.CutSuffix(sorted, ","+version+"}"); ok {
		return "{" + version + "," + strings.TrimPrefix(rest, "{") + "}"
	}
	return sorted
}

// samePolicy compares two policies by meaning. AWS gives back policies with
// strings for lists of one, other orders, and an account for its root user:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
func samePolicy(a, b string) bool {
	if strings.TrimSpace(a) == "" || strings.TrimSpace(b) == "" {
		return strings.TrimSpace(a) == strings.TrimSpace(b)
	}
	left, err := normalPolicy(a)
	if err != nil {
		return false
	}
	right, err := normalPolicy(b)
	if err != nil {
		return false
	}
	return reflect.DeepEqual(left, right)
}

// normalPolicy brings a policy into the one form of its meaning.
func normalPolicy(text string) (map[string]any, error) {
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	normal := map[string]any{}
	for element, value := range document {
		normal[element] = value
	}
	if normal["Version"] == nil {
		normal["Version"] = "2008-10-17" // what AWS takes a policy without a version for
	}
	if normal["Id"] == "" {
		delete(normal, "Id")
	}
	var statements []string
	for _, statement := range listOf(document["Statement"]) {
		fields, ok := statement.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("read policy: a statement is no object")
		}
		// encoding/json sorts keys, so equal statements become equal texts.
		encoded, err := json.Marshal(normalStatement(fields))
		if err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
		statements = append(statements, string(encoded))
	}
	slices.Sort(statements)
	normal["Statement"] = statements
	return normal, nil
}

func normalStatement(statement map[string]any) map[string]any {
	normal := map[string]any{}
	for element, value := range statement {
		switch element {
		case "Sid":
			if value != "" {
				normal[element] = value
			}
		case "Action", "NotAction":
			// Action names do not depend on case.
			normal[element] = normalList(value, strings.ToLower)
		case "Principal", "NotPrincipal":
			normal[element] = normalPrincipal(value)
		case "Condition":
			if conditions := normalConditions(value); len(conditions) > 0 {
				normal[element] = conditions
			}
		case "Resource", "NotResource":
			normal[element] = normalList(value, nil)
		default:
			normal[element] = value
		}
	}
	return normal
}

// accountRoot is the form into which AWS turns an account as a principal.
var accountRoot = regexp.MustCompile(`^arn:[^:]+:iam::(\d{12}):root$`)

func normalPrincipal(value any) map[string][]string {
	normal := map[string][]string{}
	byType, ok := value.(map[string]any)
	if !ok {
		// "*" and {"AWS": "*"} are the same in a resource's policy,
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
		byType = map[string]any{"AWS": value}
	}
	for kind, names := range byType {
		normal[kind] = normalList(names, func(name string) string {
			return accountRoot.ReplaceAllString(name, "$1")
		})
	}
	return normal
}

// normalConditions lowers the names of condition keys, which do not depend on case.
func normalConditions(value any) map[string]map[string][]string {
	normal := map[string]map[string][]string{}
	operators, _ := value.(map[string]any)
	for operator, keys := range operators {
		normal[operator] = map[string][]string{}
		tests, _ := keys.(map[string]any)
		for key, values := range tests {
			normal[operator][strings.ToLower(key)] = normalList(values, nil)
		}
	}
	return normal
}

// normalList makes a sorted list without repetitions of a value or a list.
func normalList(value any, change func(string) string) []string {
	seen := map[string]bool{}
	for _, element := range listOf(value) {
		text := fmt.Sprint(element)
		if change != nil {
			text = change(text)
		}
		seen[text] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func listOf(value any) []any {
	if value == nil {
		return nil
	}
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func iamPolicyDocument() *schema.Resource {
	principals := func() *schema.Schema {
		return &schema.Schema{
			Type: schema.TypeSet, Optional: true,
			Elem: &schema.Resource{Schema: map[string]*schema.Schema{
				"identifiers": required(stringSet()),
				"type":        requiredString(),
			}},
		}
	}
	return &schema.Resource{
		ReadContext: readPolicyDocument,
		Schema: map[string]*schema.Schema{
			"json":                      computedString(),
			"minified_json":             computedString(),
			"override_json":             deprecated(checked(optionalString(), validation.StringIsJSON), "Use override_policy_documents"),
			"override_policy_documents": stringList(),
			"policy_id":                 optionalString(),
			"source_json":               deprecated(checked(optionalString(), validation.StringIsJSON), "Use source_policy_documents"),
			"source_policy_documents":   stringList(),
			"statement": {
				Type: schema.TypeList, Optional: true,
				Elem: &schema.Resource{Schema: map[string]*schema.Schema{
					"actions": stringSet(),
					"condition": {
						Type: schema.TypeSet, Optional: true,
						Elem: &schema.Resource{Schema: map[string]*schema.Schema{
							"test":     requiredString(),
							"values":   required(stringList()),
							"variable": requiredString(),
						}},
					},
					"effect": checked(&schema.Schema{Type: schema.TypeString, Optional: true, Default: "Allow"},
						validation.StringInSlice([]string{"Allow", "Deny"}, false)),
					"not_actions":    stringSet(),
					"not_principals": principals(),
					"not_resources":  stringSet(),
					"principals":     principals(),
					"resources":      stringSet(),
					"sid":            optionalString(),
				}},
			},
			"version": checked(&schema.Schema{Type: schema.TypeString, Optional: true, Default: "2012-10-17"},
				validation.StringInSlice([]string{"2008-10-17", "2012-10-17"}, false)),
		},
	}
}

// document is a policy in the order in which it is written.
type document struct {
	Version   string      `json:",omitempty"`
	ID        string      `json:"Id,omitempty"`
	Statement []statement `json:",omitempty"`
}

// statement is one of a document; the fields stand in the order of the text.
type statement struct {
	Sid          string `json:",omitempty"`
	Effect       string `json:",omitempty"`
	Action       any    `json:",omitempty"`
	NotAction    any    `json:",omitempty"`
	Resource     any    `json:",omitempty"`
	NotResource  any    `json:",omitempty"`
	Principal    any    `json:",omitempty"`
	NotPrincipal any    `json:",omitempty"`
	Condition    any    `json:",omitempty"`
}

func readPolicyDocument(_ context.Context, d *schema.ResourceData, _ any) diag.Diagnostics {
	merged, err := mergeDocuments(d)
	if err != nil {
		return diag.FromErr(err)
	}
	text, err := encode(merged, "  ")
	if err != nil {
		return diag.FromErr(err)
	}
	minified, err := encode(merged, "")
	if err != nil {
		return diag.FromErr(err)
	}
	// The registry provider's id is a checksum of the text.
	d.SetId(strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(text))), 10))
	return diag.FromErr(setAll(d, map[string]any{"json": text, "minified_json": minified}))
}

// mergeDocuments puts sources, statements and overrides together. A source's
// statement must not share its id with another's; a later statement with the id of
// an earlier one takes its place.
func mergeDocuments(d *schema.ResourceData) (document, error) {
	var merged document
	sids := map[string]bool{}
	for number, text := range texts(d, "source_json", "source_policy_documents") {
		source, err := parseDocument(text)
		if err != nil {
			return merged, fmt.Errorf("source document %d: %w", number, err)
		}
		for _, statement := range source.Statement {
			if statement.Sid != "" && sids[statement.Sid] {
				return merged, fmt.Errorf("duplicate Sid (%s) in source_policy_documents (item %d)", statement.Sid, number)
			}
			sids[statement.Sid] = true
		}
		merged.override(source)
	}
	own := document{Version: d.Get("version").(string), ID: d.Get("policy_id").(string)}
	seen := map[string]bool{}
	for _, wanted := range blocks(d.Get("statement")) {
		built, err := buildStatement(wanted, own.Version)
		if err != nil {
			return merged, err
		}
		if built.Sid != "" && seen[built.Sid] {
			return merged, fmt.Errorf("duplicate Sid (%s)", built.Sid)
		}
		seen[built.Sid] = true
		own.Statement = append(own.Statement, built)
	}
	merged.override(own)
	for number, text := range texts(d, "override_json", "override_policy_documents") {
		override, err := parseDocument(text)
		if err != nil {
			return merged, fmt.Errorf("override document %d: %w", number, err)
		}
		merged.override(override)
	}
	return merged, nil
}

// texts returns the documents of a deprecated argument and of its successor.
func texts(d *schema.ResourceData, single, list string) []string {
	var found []string
	for _, text := range append([]string{d.Get(single).(string)}, stringsOf(d.Get(list))...) {
		if text != "" {
			found = append(found, text)
		}
	}
	return found
}

func parseDocument(text string) (document, error) {
	var parsed struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		return document{}, fmt.Errorf("parse policy: %w", err)
	}
	result := document{Version: parsed.Version, ID: parsed.ID}
	// A single statement may stand without a list around it.
	statements := bytes.TrimSpace(parsed.Statement)
	if len(statements) > 0 && statements[0] == '{' {
		statements = slices.Concat([]byte("["), statements, []byte("]"))
	}
	if len(statements) > 0 {
		if err := json.Unmarshal(statements, &result.Statement); err != nil {
			return document{}, fmt.Errorf("parse policy: %w", err)
		}
	}
	return result, nil
}

func (p *document) override(other document) {
	if other.Version != "" {
		p.Version = other.Version
	}
	if other.ID != "" {
		p.ID = other.ID
	}
	for _, added := range other.Statement {
		same := slices.IndexFunc(p.Statement, func(s statement) bool { return s.Sid != "" && s.Sid == added.Sid })
		if same >= 0 {
			p.Statement[same] = added
			continue
		}
		p.Statement = append(p.Statement, added)
	}
}

func buildStatement(wanted map[string]any, version string) (statement, error) {
	built := statement{Sid: wanted["sid"].(string), Effect: wanted["effect"].(string)}
	for _, list := range []struct {
		argument string
		into     *any
	}{
		{"actions", &built.Action},
		{"not_actions", &built.NotAction},
		{"resources", &built.Resource},
		{"not_resources", &built.NotResource},
	} {
		values := stringsOf(wanted[list.argument])
		if len(values) == 0 {
			continue
		}
		if err := replaceVariables(values, version); err != nil {
			return built, fmt.Errorf("reading %s: %w", list.argument, err)
		}
		*list.into = stringOrList(values)
	}
	var err error
	if built.Principal, err = buildPrincipals(wanted["principals"], version); err != nil {
		return built, fmt.Errorf("reading principals: %w", err)
	}
	if built.NotPrincipal, err = buildPrincipals(wanted["not_principals"], version); err != nil {
		return built, fmt.Errorf("reading not_principals: %w", err)
	}
	if built.Condition, err = buildConditions(wanted["condition"], version); err != nil {
		return built, fmt.Errorf("reading condition: %w", err)
	}
	return built, nil
}

func buildPrincipals(value any, version string) (any, error) {
	names := map[string][]string{}
	for _, wanted := range blocks(value) {
		identifiers := stringsOf(wanted["identifiers"])
		if err := replaceVariables(identifiers, version); err != nil {
			return nil, err
		}
		kind := wanted["type"].(string)
		names[kind] = append(names[kind], identifiers...)
	}
	if len(names) == 0 {
		return nil, nil
	}
	if len(names) == 1 && slices.Equal(names["*"], []string{"*"}) {
		return "*", nil
	}
	byType := map[string]any{}
	for kind, identifiers := range names {
		if kind == "*" && slices.Equal(identifiers, []string{"*"}) {
			kind = "AWS"
		}
		slices.Sort(identifiers)
		byType[kind] = stringOrList(identifiers)
	}
	return byType, nil
}

func buildConditions(value any, version string) (any, error) {
	tests := map[string]map[string][]string{}
	for _, wanted := range blocks(value) {
		values := stringsOf(wanted["values"])
		if err := replaceVariables(values, version); err != nil {
			return nil, err
		}
		test, variable := wanted["test"].(string), wanted["variable"].(string)
		if tests[test] == nil {
			tests[test] = map[string][]string{}
		}
		tests[test][variable] = append(tests[test][variable], values...)
	}
	if len(tests) == 0 {
		return nil, nil
	}
	conditions := map[string]map[string]any{}
	for _, test := range slices.Sorted(maps.Keys(tests)) {
		conditions[test] = map[string]any{}
		for variable, values := range tests[test] {
			if len(values) == 1 {
				conditions[test][variable] = values[0]
				continue
			}
			conditions[test][variable] = values
		}
	}
	return conditions, nil
}

// replaceVariables turns &{…}, which Terraform leaves alone, into IAM's ${…}.
// Only policies of version 2012-10-17 have such variables.
func replaceVariables(values []string, version string) error {
	for i, value := range values {
		if version == "2008-10-17" && strings.Contains(value, "&{") {
			return fmt.Errorf("found &{ sequence in (%s), which is not supported in document version 2008-10-17", value)
		}
		values[i] = strings.ReplaceAll(value, "&{", "${")
	}
	return nil
}

// stringOrList writes a list of one as that one, and longer lists from Z to A, as
// the registry provider does.
func stringOrList(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	slices.Sort(values)
	slices.Reverse(values)
	return values
}

// encode leaves <, > and & as they are.
func encode(merged document, indent string) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(merged); err != nil {
		return "", fmt.Errorf("encode policy: %w", err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

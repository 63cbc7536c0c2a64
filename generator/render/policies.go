package render

import (
	"encoding/json"
	"path"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// PolicyFile is where the policies are rendered of those who plan and who deploy a
// target.
func PolicyFile(t environment.Target) string { return path.Join(RootFolder(t), "policy.json") }

// policies writes for each use the policies that IAM takes, a line for the actions of
// a statement and one for its resources.
func policies(t environment.Target) File {
	text := make([]byte, 0, policiesSize)
	text = append(text, `{"about": "`+generated+` from recorded rehearsals. Do not edit: run make gen."`...)
	for _, use := range []components.Use{components.DeployUse, components.PlanUse} {
		text = append(text, ",\n\n\""+string(use)+"\": ["...)
		text = appendPolicies(text, components.Policies(t, use))
		text = append(text, ']')
	}
	return File{PolicyFile(t), append(text, "\n}\n"...)}
}

// policiesSize is room for the policies of most targets: a thousand targets would
// spend more on buffers that grow than on what is in them.
const policiesSize = 16 << 10

// Policies writes IAM policies as a list without its brackets.
func Policies(all []components.NamedRules) []byte { return appendPolicies(nil, all) }

func appendPolicies(text []byte, all []components.NamedRules) []byte {
	for i, policy := range all {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(text, "{\"Version\": \"2012-10-17\", \"Statement\": ["...)
		for j, s := range policy.Statements {
			if j > 0 {
				text = append(text, ',')
			}
			text = append(text, "\n  {\"Sid\": "...)
			text = appendJSON(text, s.Sid)
			text = append(text, ", \"Effect\": \"Allow\",\n   \"Action\": "...)
			text = appendTexts(text, s.Actions)
			text = append(text, ",\n   \"Resource\": "...)
			text = appendTexts(text, s.Resources)
			text = append(text, '}')
		}
		text = append(text, "\n]}"...)
	}
	return text
}

func appendTexts(text []byte, all []string) []byte {
	text = append(text, '[')
	for i, one := range all {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = appendJSON(text, one)
	}
	return append(text, ']')
}

// appendJSON writes a text as JSON. Nearly all are plain, and copied as they are.
func appendJSON(text []byte, one string) []byte {
	if needsNoEscape(one) {
		text = append(text, '"')
		text = append(text, one...)
		return append(text, '"')
	}
	quoted, err := json.Marshal(one)
	if err != nil {
		return append(text, "null"...) // no string does that
	}
	return append(text, quoted...)
}

// needsNoEscape tells whether a text is in JSON as it is.
func needsNoEscape(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || '~' < c || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

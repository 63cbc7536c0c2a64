package render

import (
	"encoding/json"
	"path"
	"strings"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// PolicyFile is where the policies are rendered of those who plan and who deploy a
// target.
func PolicyFile(t environment.Target) string { return path.Join(RootFolder(t), "policy.json") }

// policies writes for each use the policies that IAM takes, a line for the actions of
// a statement and one for its resources.
func policies(t environment.Target) File {
	text := []byte(`{"about": "` + generated + ` from recorded rehearsals. Do not edit: run make gen."`)
	for _, use := range []components.Use{components.DeployUse, components.PlanUse} {
		text = append(text, ",\n\n\""+string(use)+"\": ["...)
		text = append(text, Policies(components.Policies(t, use))...)
		text = append(text, ']')
	}
	return File{PolicyFile(t), append(text, "\n}\n"...)}
}

// Policies writes IAM policies as a list without its brackets.
func Policies(all []components.NamedRules) []byte {
	var text []byte
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
	plain := func(r rune) bool { return ' ' <= r && r <= '~' && r != '"' && r != '\\' }
	if strings.IndexFunc(one, func(r rune) bool { return !plain(r) }) < 0 {
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

package lifecycle

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// parsePolicy reads an IAM policy into the form that components want it in: by
// statement id, a list where IAM allows a string or a list.
func parsePolicy(document string) (map[string]any, error) {
	var policy struct{ Statement oneOrMore[map[string]any] }
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return nil, fmt.Errorf("parse a policy: %w", err)
	}
	statements := map[string]any{}
	for i, s := range policy.Statement {
		id, hasID := s["Sid"].(string)
		if _, taken := statements[id]; taken || !hasID {
			id = "statement " + strconv.Itoa(i+1)
		}
		delete(s, "Sid")
		for name, value := range s {
			switch name {
			case "Effect":
			case "Principal", "NotPrincipal":
				s[name] = principal(value)
			case "Condition":
				s[name] = conditions(value)
			default:
				s[name] = texts(value)
			}
		}
		statements[id] = s
	}
	return statements, nil
}

// principal keeps "*", and {"AWS": "*"} that means the same.
func principal(v any) any {
	byType, isMap := v.(map[string]any)
	if !isMap {
		return v
	}
	if len(byType) == 1 && byType["AWS"] == "*" {
		return "*"
	}
	for name, value := range byType {
		byType[name] = texts(value)
	}
	return byType
}

func conditions(v any) any {
	byOperator, isMap := v.(map[string]any)
	if !isMap {
		return v
	}
	for _, keys := range byOperator {
		if byKey, isMap := keys.(map[string]any); isMap {
			for key, value := range byKey {
				byKey[key] = texts(value)
			}
		}
	}
	return byOperator
}

// texts makes a list of a string, a boolean, a number or a list of such.
func texts(v any) []string {
	switch v := v.(type) {
	case []any:
		list := make([]string, 0, len(v))
		for _, item := range v {
			list = append(list, fmt.Sprint(item))
		}
		return list
	default:
		return []string{fmt.Sprint(v)}
	}
}

// oneOrMore decodes a JSON value that may be one T or a list of T.
type oneOrMore[T any] []T

func (o *oneOrMore[T]) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(o))
	}
	var one T
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*o = oneOrMore[T]{one}
	return nil
}

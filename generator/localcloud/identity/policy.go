package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Policy is an IAM policy document.
type Policy struct{ Statements []Statement }

// Statement is one statement of a policy. Of Action and NotAction, Resource and
// NotResource, Principal and NotPrincipal, at most one is set each.
type Statement struct {
	Sid  string
	Deny bool
	// Variables tells whether ${aws:userid} and the like stand for values. They do in
	// policies of version 2012-10-17; the older one, which counts where a policy names
	// no version, takes them literally.
	Variables                 bool
	Actions, NotActions       []string
	Resources, NotResources   []string
	Principals, NotPrincipals []PrincipalPattern
	Conditions                []Condition
}

// PrincipalPattern is one entry of a Principal element. Type is AWS, Service,
// Federated or CanonicalUser; "*" alone is of type AWS.
type PrincipalPattern struct{ Type, Value string }

// Condition is one operator on one key.
type Condition struct {
	Operator string // as it is written, for example StringEqualsIfExists
	Key      string
	Values   []string
}

// The versions of the policy language.
const (
	currentVersion = "2012-10-17"
	firstVersion   = "2008-10-17"
)

// document is a policy as it is written.
type document struct {
	Version   string                `json:"Version"`
	ID        string                `json:"Id"`
	Statement oneOrMore[statements] `json:"Statement"`
}

type statements struct {
	Sid          string
	Effect       string
	Action       oneOrMore[string]
	NotAction    oneOrMore[string]
	Resource     oneOrMore[string]
	NotResource  oneOrMore[string]
	Principal    principals
	NotPrincipal principals
	Condition    map[string]map[string]oneOrMore[text]
}

// ParsePolicy reads a policy and refuses what IAM's grammar refuses
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).
func ParsePolicy(source string) (Policy, error) {
	var d document
	if !json.Valid([]byte(source)) {
		return Policy{}, errors.New("syntax errors in policy: it is not JSON")
	}
	if err := strict([]byte(source), &d); err != nil {
		return Policy{}, fmt.Errorf("syntax errors in policy: %w", err)
	}
	if d.Version != "" && d.Version != currentVersion && d.Version != firstVersion {
		return Policy{}, fmt.Errorf("the policy's version %q is neither %s nor %s", d.Version, currentVersion, firstVersion)
	}
	if len(d.Statement) == 0 {
		return Policy{}, errors.New("the policy has no statement")
	}
	var p Policy
	for i, s := range d.Statement {
		statement, err := s.parse()
		if err != nil {
			return Policy{}, fmt.Errorf("statement %d: %w", i+1, err)
		}
		statement.Variables = d.Version == currentVersion
		p.Statements = append(p.Statements, statement)
	}
	return p, nil
}

func (s statements) parse() (Statement, error) {
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return Statement{}, fmt.Errorf("the effect is %q, not Allow or Deny", s.Effect)
	case (len(s.Action) == 0) == (len(s.NotAction) == 0):
		return Statement{}, errors.New("it must have either Action or NotAction")
	case len(s.Resource) > 0 && len(s.NotResource) > 0:
		return Statement{}, errors.New("it has both Resource and NotResource")
	case len(s.Principal) > 0 && len(s.NotPrincipal) > 0:
		return Statement{}, errors.New("it has both Principal and NotPrincipal")
	}
	for _, action := range append(s.Action, s.NotAction...) {
		if action != "*" && !strings.Contains(action, ":") {
			return Statement{}, fmt.Errorf("the action %q has no service prefix", action)
		}
	}
	parsed := Statement{
		Sid: s.Sid, Deny: s.Effect == "Deny",
		Actions: s.Action, NotActions: s.NotAction, Resources: s.Resource, NotResources: s.NotResource,
		Principals: s.Principal, NotPrincipals: s.NotPrincipal,
	}
	for operator, keys := range s.Condition {
		if _, err := parseOperator(operator); err != nil {
			return Statement{}, err
		}
		for key, values := range keys {
			c := Condition{Operator: operator, Key: key}
			for _, v := range values {
				c.Values = append(c.Values, string(v))
			}
			parsed.Conditions = append(parsed.Conditions, c)
		}
	}
	return parsed, nil
}

// strict refuses elements that a policy does not have.
func strict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// oneOrMore is a JSON value that may be one T or a list of T.
type oneOrMore[T any] []T

func (o *oneOrMore[T]) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return strict(data, (*[]T)(o))
	}
	var one T
	if err := strict(data, &one); err != nil {
		return err
	}
	*o = oneOrMore[T]{one}
	return nil
}

// text is a condition value: a string, a number or a boolean.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case string:
		*t = text(v)
	case bool:
		*t = text(strconv.FormatBool(v))
	case float64:
		*t = text(strconv.FormatFloat(v, 'f', -1, 64))
	default:
		return fmt.Errorf("a condition value is a string, a number or a boolean, not %s", data)
	}
	return nil
}

// principals is "*", or lists by type.
type principals []PrincipalPattern

func (p *principals) UnmarshalJSON(data []byte) error {
	var all string
	if json.Unmarshal(data, &all) == nil {
		if all != "*" {
			return fmt.Errorf("a principal is * or an object, not %q", all)
		}
		*p = principals{{Type: "AWS", Value: "*"}}
		return nil
	}
	var byType map[string]oneOrMore[string]
	if err := json.Unmarshal(data, &byType); err != nil {
		return err
	}
	for kind, values := range byType {
		switch kind {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			return fmt.Errorf("there is no kind of principal %q", kind)
		}
		for _, v := range values {
			*p = append(*p, PrincipalPattern{Type: kind, Value: v})
		}
	}
	return nil
}

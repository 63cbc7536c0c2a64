package components

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"sendform/generator/environment"
)

// Use is what a policy of those who deploy is for.
type Use string

// The uses of policies. Their texts are those of `sendform policy --for`.
const (
	PlanUse   Use = "plan"   // plan, and verify without writing
	DeployUse Use = "deploy" // create, change, verify, lock down and delete
)

// permissions is what was recorded in rehearsals: the actions on each sort of thing,
// by use. tests/policy_test.go writes it, and holds it against new recordings.
//
//go:embed permissions.json
var permissions []byte

var readPermissions = sync.OnceValue(func() map[string]map[Use][]string {
	var actions map[string]map[Use][]string
	if err := json.Unmarshal(permissions, &actions); err != nil {
		return nil // no policy then; a test reads the file
	}
	for sort, uses := range Unrecorded() {
		if actions[sort] == nil {
			continue // nothing was recorded yet
		}
		for use, more := range uses {
			actions[sort][use] = slices.Sorted(slices.Values(slices.Concat(actions[sort][use], more)))
		}
	}
	return actions
})

// Unrecorded are actions that no rehearsal records, because the registry provider takes
// them and the stand-in does not: version 6 has the tags of buckets from S3 Control.
func Unrecorded() map[string]map[Use][]string {
	return map[string]map[Use][]string{
		"bucket": {PlanUse: {"s3:ListTagsForResource"}, DeployUse: {"s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource"}},
	}
}

// Permissions are the fewest that a use of the target takes: a statement for each sort
// of thing, in the order of [Things].
func Permissions(t environment.Target, use Use) []Statement {
	actions := readPermissions()
	var statements []Statement
	for _, thing := range Things(t) {
		if needed := actions[thing.Sort][use]; len(needed) > 0 {
			statements = append(statements, Statement{Sid: sidOf(thing.Sort), Actions: needed, Resources: thing.Resources})
		}
	}
	return statements
}

// Document is the policy as IAM takes it.
func (n NamedRules) Document() ([]byte, error) {
	type statement struct {
		Sid              string
		Effect           string
		Action, Resource []string
	}
	document := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	for _, s := range n.Statements {
		document.Statement = append(document.Statement, statement{s.Sid, "Allow", s.Actions, s.Resources})
	}
	text, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("write the policy %s: %w", n.Name, err)
	}
	return text, nil
}

// policySize is how many characters a managed policy may have, without white space
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const policySize = 6144

// Policies are the permissions of a use in as many policies as IAM's size takes, named
// 1, 2 and so on. A statement is put into the first that has room for it.
func Policies(t environment.Target, use Use) []NamedRules {
	var policies []NamedRules
	var sizes []int
	for _, s := range Permissions(t, use) {
		for _, part := range fitting(s) {
			size := part.size()
			i := slices.IndexFunc(sizes, func(used int) bool { return used+size <= policySize })
			if i < 0 {
				i = len(policies)
				policies = append(policies, NamedRules{Name: fmt.Sprint(i + 1)})
				sizes = append(sizes, len(`{"Version":"2012-10-17","Statement":[]}`))
			}
			policies[i].Statements = append(policies[i].Statements, part)
			sizes[i] += size
		}
	}
	return policies
}

// fitting cuts a statement that is too large for a policy into some that are not, each
// with a part of its resources.
func fitting(s Statement) []Statement {
	const room = policySize - 100 // for what is around statements, and a longer Sid
	if s.size() <= room || len(s.Resources) == 1 {
		return []Statement{s}
	}
	var parts []Statement
	for rest := s.Resources; len(rest) > 0; {
		part := Statement{Sid: fmt.Sprintf("%s%d", s.Sid, len(parts)+1), Actions: s.Actions}
		for len(rest) > 0 && (len(part.Resources) == 0 || part.size()+len(rest[0])+3 <= room) {
			part.Resources, rest = append(part.Resources, rest[0]), rest[1:]
		}
		parts = append(parts, part)
	}
	return parts
}

// size is how many characters the statement takes in a policy, with the comma behind it.
func (s Statement) size() int {
	n := len(`{"Sid":"","Effect":"Allow","Action":[],"Resource":[]},`) + len(s.Sid)
	for _, text := range slices.Concat(s.Actions, s.Resources) {
		n += len(text) + len(`"",`)
	}
	return n
}

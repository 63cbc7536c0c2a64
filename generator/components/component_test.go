package components_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendform/generator/components"
	"sendform/generator/environment"
)

func target(t *testing.T) environment.Target {
	t.Helper()
	env, err := environment.Load("../..", "qa")
	if err != nil {
		t.Fatal(err)
	}
	return env.Targets[0]
}

func TestEveryComponentComesBehindWhatItNeeds(t *testing.T) {
	all := components.Of(target(t))
	var placed []components.Address
	for _, c := range all {
		for _, need := range c.Needs {
			if !slices.Contains(placed, need) {
				t.Errorf("%s comes before %s, which it needs", c.Address, need)
			}
		}
		placed = append(placed, c.Address)
	}
	if len(placed) != 11 {
		t.Errorf("got %v, want eleven components", placed)
	}
}

func TestOrderIsTheSameForAnyOrderOfTheModel(t *testing.T) {
	forwards := target(t)
	backwards := target(t)
	slices.Reverse(backwards.Buckets)
	slices.Reverse(backwards.Functions)
	addresses := func(all []components.Component) (list []string) {
		for _, c := range all {
			list = append(list, c.Address.String())
		}
		return list
	}
	if diff := cmp.Diff(addresses(components.Of(forwards)), addresses(components.Of(backwards))); diff != "" {
		t.Error(diff)
	}
}

// TestRolesMayDoNoMoreThanNeeded pins what the two functions may do.
func TestRolesMayDoNoMoreThanNeeded(t *testing.T) {
	want := map[string][]components.Statement{
		"identity.user": {
			{Sid: "WriteLogs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: []string{"arn:aws:logs:eu-west-2:444455556666:log-group:/aws/lambda/sgraph-send-qa-user:*"}},
			{Sid: "ObjectsTransfers", Actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, Resources: []string{"arn:aws:s3:::444455556666--sgraph-send-transfers--eu-west-2/*"}},
			{Sid: "ListTransfers", Actions: []string{"s3:ListBucket"}, Resources: []string{"arn:aws:s3:::444455556666--sgraph-send-transfers--eu-west-2"}},
			{Sid: "CallAdmin", Actions: []string{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"}, Resources: []string{"arn:aws:lambda:eu-west-2:444455556666:function:sgraph-send-qa-admin"}},
		},
		"identity.admin": {
			{Sid: "WriteLogs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: []string{"arn:aws:logs:eu-west-2:444455556666:log-group:/aws/lambda/sgraph-send-qa-admin:*"}},
			{Sid: "ObjectsAdmin", Actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, Resources: []string{"arn:aws:s3:::444455556666--sgraph-send-qa-admin--eu-west-2/*"}},
			{Sid: "ListAdmin", Actions: []string{"s3:ListBucket"}, Resources: []string{"arn:aws:s3:::444455556666--sgraph-send-qa-admin--eu-west-2"}},
		},
	}
	got := map[string][]components.Statement{}
	for _, c := range components.Of(target(t)) {
		if inputs, isIdentity := c.Inputs.(components.IdentityInputs); isIdentity {
			got[c.Address.String()] = inputs.Statements
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEveryReferenceLeadsToAnOutput holds the references between components
// against what their kinds offer.
func TestEveryReferenceLeadsToAnOutput(t *testing.T) {
	outputs := map[string][]string{components.PackageKind: {"path", "key", "sha256"}}
	for _, kind := range components.Kinds() {
		outputs[kind.Name] = kind.Outputs
	}
	found := 0
	for _, c := range components.Of(target(t)) {
		values := []environment.Value{}
		if inputs, isFunction := c.Inputs.(components.FunctionInputs); isFunction {
			values = append(values, inputs.RoleARN, inputs.PackageBucket, inputs.PackageKey, inputs.PackageSHA256)
			for _, v := range inputs.Environment {
				values = append(values, v)
			}
		}
		for _, r := range c.Resources() {
			values = append(values, r.ID)
		}
		for _, v := range values {
			for _, ref := range v.Refs() {
				found++
				if !slices.Contains(outputs[ref.Kind], ref.Attribute) {
					t.Errorf("%s refers to %s, which has only %v", c.Address, ref, outputs[ref.Kind])
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d references were found", found)
	}
}

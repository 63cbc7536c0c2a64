package components

import (
	"fmt"
	"slices"

	"sendform/generator/environment"
)

// IdentityInputs are the variables of the identity module.
type IdentityInputs struct {
	Name                string      `tf:"name" doc:"Name of the role; unique in the account." check:"can(regex(\"^[A-Za-z0-9+=,.@_-]{1,64}$\", var.name))" says:"1 to 64 letters, digits and +=,.@_- characters."`
	PermissionsBoundary *string     `tf:"permissions_boundary" doc:"ARN of the policy that limits the role; null for none."`
	Statements          []Statement `tf:"statements" doc:"What the role may do: actions on ARNs." check:"length(var.statements) > 0" says:"At least one statement."`
}

// Statement allows actions on resources.
type Statement struct {
	Sid       string   `tf:"sid"`
	Actions   []string `tf:"actions"`
	Resources []string `tf:"resources"`
}

func identityKind() Kind {
	return Kind{
		Name:     IdentityKind,
		About:    "The role that a function runs with, and all that it may do.",
		Services: []string{"iam"},
		Inputs:   IdentityInputs{},
		Outputs:  []string{"arn", "name"},
	}
}

func identities(t environment.Target) []Component { return each(t.Functions, t, identity) }

func identity(f environment.Function, t environment.Target) Component {
	statements := FunctionPolicy(f, t).Statements
	return Component{
		Address:   Address{IdentityKind, f.Label},
		Inputs:    IdentityInputs{Name: f.RoleName, PermissionsBoundary: given(t.PermissionsBoundary), Statements: statements},
		Resources: func() []Resource { return []Resource{functionRole(f, statements, t)} },
		Attempts:  func() []Attempt { return roleAttempts(f, t, statements) },
	}
}

func functionRole(f environment.Function, statements []Statement, t environment.Target) Resource {
	policy := map[string]any{}
	for _, s := range statements {
		policy[s.Sid] = map[string]any{"Effect": "Allow", "Action": s.Actions, "Resource": s.Resources}
	}
	return Resource{
		Type: RoleResource, ID: environment.Literal(f.RoleName),
		Want: map[string]any{
			"trust": map[string]any{
				"AssumeRole": map[string]any{
					"Effect": "Allow", "Principal": map[string]any{"Service": []string{"lambda.amazonaws.com"}},
					"Action": []string{"sts:AssumeRole"},
				},
			},
			"inline_policies":      map[string]any{"permissions": policy},
			"attached_policies":    map[string]any{},
			"permissions_boundary": t.PermissionsBoundary,
			"tags":                 tags(t),
			// What nobody asks for must be as IAM makes it.
			"path": "/", "description": "", "max_session_s": 3600,
		},
	}
}

// FunctionPolicy is all that a function may do at run time.
func FunctionPolicy(f environment.Function, t environment.Target) NamedRules {
	statements := []Statement{{
		Sid: "WriteLogs",
		// No logs:CreateLogGroup: a late write would bring the group back after a
		// destroy.
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []string{logGroupARN(f, t) + ":*"},
	}}
	for _, a := range f.Access {
		statements = append(statements, accessStatements(a, t.Bucket(a.Bucket))...)
	}
	statements = append(statements, readStatements(f, t)...)
	statements = append(statements, callStatements(f, t)...)
	if f.Tracing {
		// X-Ray's two actions know no resource
		// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html).
		statements = append(statements, Statement{
			Sid: "Trace", Actions: []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, Resources: []string{"*"},
		})
	}
	return NamedRules{Name: "permissions", Statements: statements}
}

func accessStatements(a environment.Access, b environment.Bucket) []Statement {
	actions := []string{"s3:GetObject"}
	if a.Mode == environment.ReadWrite {
		actions = []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}
	}
	sid := sidOf(b.Label)
	return []Statement{
		{Sid: "Objects" + sid, Actions: actions, Resources: []string{b.ARN + "/*"}},
		{Sid: "List" + sid, Actions: []string{"s3:ListBucket"}, Resources: []string{b.ARN}},
	}
}

// callStatements let a function call those whose URLs it knows: once they are locked
// down they take signed calls only. A caller of a URL needs both actions.
func callStatements(f environment.Function, t environment.Target) []Statement {
	var statements []Statement
	for _, s := range f.Settings {
		for _, ref := range s.Value.Refs() {
			if AddressOf(ref).Kind != FunctionKind || ref.Attribute != "url" {
				continue
			}
			called := t.Function(ref.Name)
			call := Statement{
				Sid: "Call" + sidOf(ref.Name), Actions: []string{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"},
				Resources: []string{qualifiedARN(called)},
			}
			if !slices.ContainsFunc(statements, func(s Statement) bool { return s.Sid == call.Sid }) {
				statements = append(statements, call)
			}
		}
	}
	return statements
}

// sidOf makes a label fit for a statement id, which takes letters and digits only:
// my-files becomes MyFiles.
func sidOf(label string) string {
	sid := make([]byte, 0, len(label))
	upper := true
	for _, c := range []byte(label) {
		switch {
		case c == '-':
			upper = true
			continue
		case upper && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		upper = false
		sid = append(sid, c)
	}
	return string(sid)
}

func logGroupARN(f environment.Function, t environment.Target) string {
	return fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s", t.Partition, t.Region, t.AccountID, f.LogGroup)
}

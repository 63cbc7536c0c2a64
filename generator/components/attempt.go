package components

import (
	"slices"
	"strings"

	"sendform/generator/environment"
)

// Attempt is something that is tried at a component that is locked down, because
// settings alone prove little.
type Attempt struct {
	Kind AttemptKind
	// On is what it is tried at: a bucket's name, a URL, the ARN of a role.
	On environment.Value
	// Actions and Resource are what a role tries, for RoleAction alone.
	Actions  []string
	Resource string
	// Allowed tells that it must succeed, where otherwise it must be refused.
	Allowed bool
}

// AttemptKind is a way of trying.
type AttemptKind string

// The kinds of attempts.
const (
	PlainHTTP         AttemptKind = "request over plain HTTP"
	AnonymousRead     AttemptKind = "request without credentials"
	UnencryptedUpload AttemptKind = "upload that does not ask for encryption"
	EncryptedUpload   AttemptKind = "upload that asks for encryption"
	AnonymousCall     AttemptKind = "call without a signature"
	RoleAction        AttemptKind = "action"
)

// ProbePrefix is what the keys of objects begin with that attempts write, and take
// away again.
const ProbePrefix = "sendform-probe/"

// CanLockDown tells whether a target has anything that a lock-down changes.
func CanLockDown(t environment.Target) bool { return len(t.Buckets)+len(t.Functions) > 0 }

func bucketAttempts(b environment.Bucket) []Attempt {
	on := environment.Literal(b.Name)
	return []Attempt{
		{Kind: PlainHTTP, On: on},
		{Kind: AnonymousRead, On: on},
		{Kind: UnencryptedUpload, On: on},
		{Kind: EncryptedUpload, On: on, Allowed: true},
	}
}

func functionAttempts(f environment.Function, t environment.Target) []Attempt {
	if authorization(f, t) == "" {
		return nil
	}
	return []Attempt{{Kind: AnonymousCall, On: environment.Reference(FunctionKind, f.Label, "url")}}
}

// roleAttempts are all that a function's role is allowed, one thing of each sort, and
// what would do the most harm beside that.
func roleAttempts(f environment.Function, t environment.Target, statements []Statement) []Attempt {
	var all []Attempt
	try := func(allowed bool, resource string, actions ...string) {
		all = append(all, Attempt{Kind: RoleAction, On: environment.Literal(f.RoleARN), Actions: actions, Resource: resource, Allowed: allowed})
	}
	may := func(action, resource string) bool {
		return slices.ContainsFunc(statements, func(s Statement) bool {
			return slices.Contains(s.Actions, action) && slices.Contains(s.Resources, resource)
		})
	}
	for _, s := range statements {
		for _, resource := range s.Resources {
			try(true, one(resource), s.Actions...)
		}
	}
	for _, b := range t.Buckets {
		objects := b.ARN + "/*"
		var denied []string
		for _, action := range []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"} {
			if !may(action, objects) {
				denied = append(denied, action)
			}
		}
		if len(denied) > 0 {
			try(false, one(objects), denied...)
		}
		try(false, b.ARN, "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy")
	}
	for _, other := range t.Functions {
		denied := []string{"lambda:AddPermission", "lambda:UpdateFunctionCode"}
		if !may("lambda:InvokeFunction", qualifiedARN(other)) {
			denied = append(denied, "lambda:InvokeFunction")
		}
		try(false, qualifiedARN(other), denied...)
		try(false, other.RoleARN, "iam:PassRole", "iam:PutRolePolicy", "sts:AssumeRole")
	}
	for _, s := range t.Secrets {
		if !slices.Contains(f.Secrets, s.Label) {
			try(false, one(secretARN(s, t)), secretReadAction(s))
		}
	}
	return all
}

// one names a thing of those that a pattern stands for.
func one(pattern string) string {
	if pattern == "*" {
		return pattern
	}
	return strings.ReplaceAll(strings.ReplaceAll(pattern, "*", ProbePrefix+"1"), "?", "x")
}

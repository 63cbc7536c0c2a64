package fault_test

import (
	"strings"
	"testing"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/fault"
)

// TestWhoseTurnItIs sends calls as service:Operation resource... and wants to see which
// fail: a letter each, x for those that do.
func TestWhoseTurnItIs(t *testing.T) {
	const put, get, other = "s3:PutObject arn:aws:s3:::box/a", "s3:GetObject arn:aws:s3:::box/a", "s3:PutObject arn:aws:s3:::other/b\nc"
	tests := map[string]struct {
		rule  string
		calls []string
		want  string
	}{
		"every call":          {"s3:PutObject 500", []string{put, get, put}, "x.x"},
		"the second":          {"s3:PutObject 500 nth=2", []string{put, get, put, put, put}, "..x.."},
		"every second":        {"s3:* 500 every=2", []string{put, get, put, get}, ".x.x"},
		"the first two":       {"*:* 500 first=2", []string{get, put, put}, "xx."},
		"an operation's":      {"*:* 500 first=1 per=operation", []string{put, get, put, other, get}, "xx..."},
		"a resource's":        {"*:* 500 first=1 per=resource", []string{put, get, put, other, get}, "xx.x."},
		"one resource":        {"*:* 500 resource=arn:aws:s3:::box/*", []string{put, other, get}, "x.x"},
		"any character":       {"s3:* 500 resource=arn:aws:s3:::other/b?c", []string{put, other}, ".x"},
		"one of several":      {"s3:* 500 resource=*two", []string{"s3:CopyObject one two", "s3:CopyObject one"}, "x."},
		"a pattern twice":     {"s3:*Obj*t 500", []string{put, get, "s3:ListObjectsV2", "s3:Object"}, "xx.x"},
		"a name is whole":     {"s3:Put 500", []string{put}, "."},
		"another service":     {"iam:* 500", []string{put}, "."},
		"an application":      {"*:* 500", []string{"edge:GET", "lambda-url:Invoke", put}, "..x"},
		"a named application": {"edge:GET 500", []string{"edge:GET", "edge:HEAD"}, "x."},
		"certain":             {"s3:* 500 probability=1", []string{put, put}, "xx"},
	}
	for name, test := range tests {
		rule, err := fault.ParseRule(test.rule)
		if err != nil {
			t.Fatal(err)
		}
		injector := fault.NewInjector([]fault.Rule{rule})
		var got strings.Builder
		for _, text := range test.calls {
			if hit, fails := injector.Next(call(text)); fails {
				got.WriteString("x")
				if hit != rule {
					t.Errorf("%s: hit by %v", name, hit)
				}
			} else {
				got.WriteString(".")
			}
		}
		if got.String() != test.want {
			t.Errorf("%s: got %s, want %s", name, &got, test.want)
		}
		if hits := injector.Hits()[0]; hits.Rule != rule || hits.Calls != strings.Count(test.want, "x") {
			t.Errorf("%s: %+v", name, hits)
		}
	}
}

func call(text string) fault.Call {
	words := strings.Split(text, " ")
	service, operation, _ := strings.Cut(words[0], ":")
	return fault.Call{Service: service, Operation: operation, Resources: words[1:]}
}

// TestRulesBesideEachOther has the first rule fail a call that both match: the other has
// counted it too.
func TestRulesBesideEachOther(t *testing.T) {
	rules, err := fault.Parse([]string{"s3:* throttle first=1", "s3:PutObject 500 nth=2", "s3:PutObject 503 first=1"})
	if err != nil {
		t.Fatal(err)
	}
	injector := fault.NewInjector(rules.Calls)
	for i, want := range []fault.Kind{fault.Throttle, fault.Internal, ""} {
		if hit, _ := injector.Next(call("s3:PutObject")); hit.Kind != want {
			t.Errorf("call %d: %q, want %q", i+1, hit.Kind, want)
		}
	}
}

func TestASeedRepeatsItself(t *testing.T) {
	run := func(seed uint64) (fails string) {
		injector := fault.NewInjector([]fault.Rule{{Service: "*", Operation: "*", Kind: fault.Internal, Probability: 0.3, Seed: seed}})
		for range 1000 {
			_, hit := injector.Next(call("s3:PutObject"))
			fails += map[bool]string{true: "x", false: "."}[hit]
		}
		return fails
	}
	first := run(1)
	if again := run(1); again != first {
		t.Error("a seed has other calls fail the second time")
	}
	if first == run(2) {
		t.Error("another seed has the same calls fail")
	}
	if n := strings.Count(first, "x"); n < 200 || n > 400 {
		t.Errorf("%d of 1,000 fail, want about 300", n)
	}
}

func TestEveryServiceRefusesInItsOwnWords(t *testing.T) {
	throttled := map[string]string{
		"s3": "SlowDown 503", "lambda": "TooManyRequestsException 429", "lambda-url": "TooManyRequestsException 429", "edge": "LimitExceeded 503",
		"iam": "Throttling 400", "sts": "Throttling 400", "cloudfront": "Throttling 400", "monitoring": "Throttling 400",
		"logs": "ThrottlingException 400", "ssm": "ThrottlingException 400", "secretsmanager": "ThrottlingException 400",
	}
	for _, service := range fault.Services() {
		code, status, _ := strings.Cut(throttled[service], " ")
		got := fault.Throttle.Refusal(service)
		if got.Code != code || map[string]int{"400": 400, "429": 429, "503": 503}[status] != got.Status {
			t.Errorf("%s: got %d %s", service, got.Status, got.Code)
		}
		if got := fault.Internal.Refusal(service); got.Status != 500 || got.Code == "" || got.Message == "" {
			t.Errorf("%s: got %+v", service, got)
		}
		if got := fault.Unavailable.Refusal(service); got.Status != 503 || got.Code == "" || got.Message == "" {
			t.Errorf("%s: got %+v", service, got)
		}
		if got := fault.ResetAfter.Refusal(service); got != nil {
			t.Errorf("%s: got %+v", service, got)
		}
	}
}

// TestHorizon makes something, and asks for it again and again as time goes by.
func TestHorizon(t *testing.T) {
	const role, user, bucket = "arn:aws:iam::111122223333:role/app/r", "arn:aws:iam::111122223333:user/u", "arn:aws:s3:::box"
	begin := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	lags, err := fault.ParseLags("consistency iam-role=2s iam-user=2s bucket-name=2s")
	if err != nil {
		t.Fatal(err)
	}
	needs := func(action, resource string) []api.Access {
		return []api.Access{{Action: "iam:TagRole", Resource: "*"}, {Action: action, Resource: resource}}
	}
	tests := map[string]struct {
		made, asks, action, resource string
		want                         string
	}{
		"a role is not found":       {"iam:CreateRole", "iam:GetRole", "iam:GetRole", role, "iam-role NoSuchEntity 404 The role with name r cannot be found."},
		"it cannot be passed":       {"iam:CreateRole", "lambda:CreateFunction", "iam:PassRole", role, "iam-role InvalidParameterValueException 400 The role defined for the function cannot be assumed by Lambda."},
		"nor be assumed":            {"iam:CreateRole", "sts:AssumeRole", "sts:AssumeRole", role, "iam-role AccessDenied 403 User is not authorized to perform: sts:AssumeRole on resource: " + role},
		"it takes policies":         {"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePolicy", role, ""},
		"a user is not found":       {"iam:CreateUser", "iam:GetUser", "iam:GetUser", user, "iam-user NoSuchEntity 404 The user with name u cannot be found."},
		"a bucket's name is taken":  {"s3:DeleteBucket", "s3:CreateBucket", "s3:CreateBucket", bucket, "bucket-name OperationAborted 409 A conflicting conditional operation is currently in progress against this resource. Please try again."},
		"a bucket is there at once": {"s3:CreateBucket", "s3:CreateBucket", "s3:CreateBucket", bucket, ""},
	}
	for name, test := range tests {
		h := fault.NewHorizon(lags)
		refused := func(at time.Duration) string {
			service, operation, _ := strings.Cut(test.asks, ":")
			e, lag := h.Refuse(service, operation, needs(test.action, test.resource), begin.Add(at))
			if e == nil {
				return ""
			}
			return strings.Join([]string{lag, e.Code, map[int]string{400: "400", 403: "403", 404: "404", 409: "409"}[e.Status], e.Message}, " ")
		}
		service, operation, _ := strings.Cut(test.made, ":")
		if got := refused(0); got != "" {
			t.Errorf("%s: before: %s", name, got)
		}
		h.Done(service, operation, needs(test.made, test.resource), begin)
		for _, at := range []time.Duration{0, 2*time.Second - 1} {
			if got := refused(at); got != test.want {
				t.Errorf("%s: after %s: got %q", name, at, got)
			}
		}
		if got := refused(2 * time.Second); got != "" {
			t.Errorf("%s: after all: %s", name, got)
		}
	}
	h := fault.NewHorizon(lags)
	h.Done("iam", "CreateRole", needs("iam:CreateRole", role), begin)
	h.Done("iam", "DeleteRole", needs("iam:DeleteRole", role), begin)
	if e, _ := h.Refuse("iam", "GetRole", needs("iam:GetRole", role), begin); e != nil {
		t.Errorf("a role that is deleted has no lag: %v", e)
	}
	off := fault.NewHorizon(fault.Lags{})
	off.Done("iam", "CreateRole", needs("iam:CreateRole", role), begin)
	if e, _ := off.Refuse("iam", "GetRole", needs("iam:GetRole", role), begin); e != nil {
		t.Errorf("no lag is the default: %v", e)
	}
}

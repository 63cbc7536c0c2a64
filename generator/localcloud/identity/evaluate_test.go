package identity_test

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

const (
	mine  = "111111111111"
	other = "222222222222"
)

var (
	root = api.Principal{Kind: api.Root, Account: mine, ARN: "arn:aws:iam::" + mine + ":root", UserID: mine}
	role = api.Principal{
		Kind: api.AssumedRole, Account: mine, ARN: "arn:aws:sts::" + mine + ":assumed-role/user/run",
		RoleARN: "arn:aws:iam::" + mine + ":role/user", UserID: "AROA1:run",
	}
	anonymous = api.Principal{Kind: api.Anonymous}
	lambda    = api.Principal{Kind: api.AWSService, ARN: "lambda.amazonaws.com"}
)

// allow and deny are policies of one statement.
func allow(action, resource string, more ...string) string {
	return statement("Allow", action, resource, more)
}

func deny(action, resource string, more ...string) string {
	return statement("Deny", action, resource, more)
}

func statement(effect, action, resource string, more []string) string {
	members := append([]string{
		fmt.Sprintf("%q:%q", "Effect", effect), fmt.Sprintf("%q:%q", "Action", action), fmt.Sprintf("%q:%q", "Resource", resource),
	}, more...)
	return `{"Version":"2012-10-17","Statement":{` + strings.Join(members, ",") + `}}`
}

func to(principal string) string { return `"Principal":` + principal }

func when(operator, key, value string) string {
	return fmt.Sprintf(`"Condition":{%q:{%q:%s}}`, operator, key, value)
}

const (
	object = "arn:aws:s3:::box/a"
	get    = "s3:GetObject"
)

// decision is one row of a table: who asks for get of object, what says what, and the
// answer that AWS's documentation gives.
type decision struct {
	principal api.Principal
	action    string // instead of get
	object    string // instead of object
	owner     string // "" is the principal's own account
	required  bool   // the resource's policy must let the principal in, as a trust policy must
	identity  []string
	boundary  string
	session   string
	resource  string
	keys      map[string][]string
	allowed   bool
}

func decide(t *testing.T, tests map[string]decision) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var policies identity.Policies
			for _, source := range test.identity {
				policies.Identity = append(policies.Identity, parse(t, source))
			}
			if test.boundary != "" {
				p := parse(t, test.boundary)
				policies.Boundary = &p
			}
			if test.session != "" {
				p := parse(t, test.session)
				policies.Session = &p
			}
			err := identity.Evaluate(identity.Question{
				Principal: test.principal,
				Access: api.Access{
					Action: cmp.Or(test.action, get), Resource: cmp.Or(test.object, object),
					Owner: test.owner, Policy: test.resource, PolicyRequired: test.required,
				},
				Keys: test.keys,
			}, policies)
			var denied *identity.Denied
			if err != nil && !errors.As(err, &denied) {
				t.Fatal(err)
			}
			if (err == nil) != test.allowed {
				t.Errorf("allowed: %t, want %t (%v)", err == nil, test.allowed, err)
			}
		})
	}
}

func TestEvaluate(t *testing.T) {
	everybody := to(`"*"`)
	decide(t, map[string]decision{
		"nothing says yes":                      {principal: role},
		"identity says yes":                     {principal: role, identity: []string{allow(get, object)}, allowed: true},
		"another action":                        {principal: role, identity: []string{allow("s3:PutObject", object)}},
		"another resource":                      {principal: role, identity: []string{allow(get, "arn:aws:s3:::box/b")}},
		"wildcard in the action":                {principal: role, identity: []string{allow("s3:Get*", object)}, allowed: true},
		"action in another case":                {principal: role, identity: []string{allow("S3:getobject", object)}, allowed: true},
		"every action":                          {principal: role, identity: []string{allow("*", "*")}, allowed: true},
		"wildcard in the resource":              {principal: role, identity: []string{allow(get, "arn:aws:s3:::box/*")}, allowed: true},
		"question mark":                         {principal: role, identity: []string{allow(get, "arn:aws:s3:::box/?")}, allowed: true},
		"the bucket is not its objects":         {principal: role, identity: []string{allow(get, "arn:aws:s3:::box")}},
		"two policies, one says yes":            {principal: role, identity: []string{allow("s3:PutObject", "*"), allow(get, object)}, allowed: true},
		"deny wins over allow":                  {principal: role, identity: []string{allow("*", "*"), deny(get, object)}},
		"deny of something else":                {principal: role, identity: []string{allow("*", "*"), deny("s3:PutObject", "*")}, allowed: true},
		"deny in the resource's policy":         {principal: role, identity: []string{allow("*", "*")}, resource: deny(get, object, everybody)},
		"resource says yes":                     {principal: role, resource: allow(get, object, to(`{"AWS":"`+role.RoleARN+`"}`)), allowed: true},
		"resource names the session":            {principal: role, resource: allow(get, object, to(`{"AWS":"`+role.ARN+`"}`)), allowed: true},
		"resource names another role":           {principal: role, resource: allow(get, object, to(`{"AWS":"arn:aws:iam::`+mine+`:role/admin"}`))},
		"resource names the account":            {principal: role, resource: allow(get, object, to(`{"AWS":"`+mine+`"}`))},
		"resource denies the account":           {principal: role, identity: []string{allow("*", "*")}, resource: deny(get, object, to(`{"AWS":"`+mine+`"}`))},
		"resource without a principal":          {principal: role, resource: allow(get, object)},
		"not everybody but me":                  {principal: role, identity: []string{allow("*", "*")}, resource: deny(get, object, `"NotPrincipal":{"AWS":["`+role.ARN+`","`+role.RoleARN+`","`+mine+`"]}`), allowed: true},
		"everybody but somebody else":           {principal: role, identity: []string{allow("*", "*")}, resource: deny(get, object, `"NotPrincipal":{"AWS":"arn:aws:iam::`+mine+`:role/admin"}`)},
		"another account, only mine says yes":   {principal: role, owner: other, identity: []string{allow("*", "*")}},
		"another account, only theirs says yes": {principal: role, owner: other, resource: allow(get, object, to(`{"AWS":"`+mine+`"}`))},
		"another account, both say yes":         {principal: role, owner: other, identity: []string{allow("*", "*")}, resource: allow(get, object, to(`{"AWS":"`+mine+`"}`)), allowed: true},
		"boundary without it":                   {principal: role, identity: []string{allow("*", "*")}, boundary: allow("s3:PutObject", "*")},
		"boundary with it":                      {principal: role, identity: []string{allow("*", "*")}, boundary: allow("s3:*", "*"), allowed: true},
		"boundary alone gives nothing":          {principal: role, boundary: allow("*", "*")},
		"boundary denies":                       {principal: role, identity: []string{allow("*", "*")}, boundary: deny(get, "*")},
		"session without it":                    {principal: role, identity: []string{allow("*", "*")}, session: allow("s3:PutObject", "*")},
		"session with it":                       {principal: role, identity: []string{allow("*", "*")}, session: allow(get, "*"), allowed: true},
		"session alone gives nothing":           {principal: role, session: allow("*", "*")},
		"session denies":                        {principal: role, identity: []string{allow("*", "*")}, session: deny("*", "*")},
		"root":                                  {principal: root, allowed: true},
		"root, denied by the resource":          {principal: root, resource: deny(get, object, everybody)},
		"root of another account":               {principal: root, owner: other},
		"root of another account, let in":       {principal: root, owner: other, resource: allow(get, object, to(`{"AWS":"arn:aws:iam::`+mine+`:root"}`)), allowed: true},
		"anonymous":                             {principal: anonymous, owner: mine},
		"anonymous, let in":                     {principal: anonymous, owner: mine, resource: allow(get, object, everybody), allowed: true},
		"anonymous, everybody of AWS":           {principal: anonymous, owner: mine, resource: allow(get, object, to(`{"AWS":"*"}`)), allowed: true},
		"anonymous is no account":               {principal: anonymous, owner: mine, resource: allow(get, object, to(`{"AWS":"`+mine+`"}`))},
		"a service":                             {principal: lambda, owner: mine, resource: allow(get, object, to(`{"Service":"lambda.amazonaws.com"}`)), allowed: true},
		"another service":                       {principal: lambda, owner: mine, resource: allow(get, object, to(`{"Service":"s3.amazonaws.com"}`))},
		"TLS only, over TLS":                    {principal: root, resource: deny("s3:*", "*", everybody, when("Bool", "aws:SecureTransport", `"false"`)), keys: map[string][]string{"aws:securetransport": {"true"}}, allowed: true},
		"TLS only, in the clear":                {principal: root, resource: deny("s3:*", "*", everybody, when("Bool", "aws:SecureTransport", `"false"`)), keys: map[string][]string{"aws:securetransport": {"false"}}},
		"variable in the resource":              {principal: role, identity: []string{allow(get, "arn:aws:s3:::${aws:userid}/*")}, keys: map[string][]string{"aws:userid": {"box"}}, allowed: true},
		"unknown variable":                      {principal: role, identity: []string{allow(get, "arn:aws:s3:::${aws:username}/*")}},
		"variable with a default":               {principal: role, identity: []string{allow(get, "arn:aws:s3:::${aws:username, 'box'}/*")}, allowed: true},
		"not action": {
			principal: role, allowed: true,
			identity: []string{`{"Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}`},
		},
		"not that action": {
			principal: role,
			identity:  []string{`{"Statement":{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}}`},
		},
		"not resource": {
			principal: role, allowed: true,
			identity: []string{`{"Statement":{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::safe/*"}}`},
		},
		"not that resource": {
			principal: role,
			identity:  []string{`{"Statement":{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::box/*"}}`},
		},
	})
}

func parse(t testing.TB, source string) identity.Policy {
	t.Helper()
	p, err := identity.ParsePolicy(source)
	if err != nil {
		t.Fatalf("%v in %s", err, source)
	}
	return p
}

func TestDenialsAreInAWSsWords(t *testing.T) {
	err := identity.Evaluate(identity.Question{Principal: role, Access: api.Access{Action: get, Resource: object}}, identity.Policies{})
	want := "User: arn:aws:sts::111111111111:assumed-role/user/run is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::box/a because no identity-based policy allows the s3:GetObject action"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	err = identity.Evaluate(identity.Question{
		Principal: root, Access: api.Access{Action: get, Resource: object, Policy: deny("*", "*", to(`"*"`))},
	}, identity.Policies{})
	if err == nil || !strings.HasSuffix(err.Error(), "with an explicit deny in a resource-based policy") {
		t.Errorf("got %v", err)
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	tests := map[string]string{
		"no JSON":                  `{`,
		"an unknown element":       `{"Statements":[]}`,
		"an unknown member":        `{"Statement":{"Side":"x","Effect":"Allow","Action":"*","Resource":"*"}}`,
		"text behind it":           `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}{}`,
		"no statement":             `{"Version":"2012-10-17","Statement":[]}`,
		"another version":          `{"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`,
		"no effect":                `{"Statement":{"Action":"*","Resource":"*"}}`,
		"an effect in small case":  `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`,
		"no action":                `{"Statement":{"Effect":"Allow","Resource":"*"}}`,
		"action and not action":    `{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}`,
		"resource and not":         `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}}`,
		"principal and not":        `{"Statement":{"Effect":"Allow","Action":"*","Principal":"*","NotPrincipal":"*"}}`,
		"an action without prefix": `{"Statement":{"Effect":"Allow","Action":"GetObject","Resource":"*"}}`,
		"an unknown operator":      `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"k":"v"}}}}`,
		"an object as a value":     `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"k":{}}}}}`,
		"a principal by name":      `{"Statement":{"Effect":"Allow","Action":"*","Principal":"me"}}`,
		"an unknown principal":     `{"Statement":{"Effect":"Allow","Action":"*","Principal":{"Me":"*"}}}`,
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			if p, err := identity.ParsePolicy(source); err == nil {
				t.Errorf("accepted as %+v", p)
			}
		})
	}
}

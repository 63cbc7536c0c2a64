package identity_test

import (
	"testing"

	"sendform/generator/localcloud/api"
)

var (
	user = api.Principal{Kind: api.User, Account: mine, ARN: "arn:aws:iam::" + mine + ":user/team/ann", UserID: "AIDA1"}
	web  = api.Principal{Kind: api.WebIdentity, ARN: "arn:aws:iam::" + mine + ":oidc-provider/token.actions.githubusercontent.com"}
)

// aws is a Principal element of type AWS.
func aws(values string) string { return to(`{"AWS":` + values + `}`) }

func except(values string) string { return `"NotPrincipal":{"AWS":` + values + `}` }

// TestPrincipals asks who is meant by the Principal and NotPrincipal of a bucket's
// policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
func TestPrincipals(t *testing.T) {
	anything := []string{allow("*", "*")}
	quoted := func(s string) string { return `"` + s + `"` }
	all := func(p api.Principal) string {
		return `["` + p.ARN + `","` + p.RoleARN + `","` + mine + `"]`
	}
	decide(t, map[string]decision{
		"user by ARN":                              {principal: user, resource: allow(get, object, aws(quoted(user.ARN))), allowed: true},
		"user without its path":                    {principal: user, resource: allow(get, object, aws(`"arn:aws:iam::`+mine+`:user/ann"`))},
		"another user":                             {principal: user, resource: allow(get, object, aws(`"arn:aws:iam::`+mine+`:user/bob"`))},
		"user by its account alone":                {principal: user, resource: allow(get, object, aws(quoted(mine)))},
		"user by its account, own policy too":      {principal: user, identity: anything, resource: allow(get, object, aws(quoted(mine))), allowed: true},
		"user by the root of its account":          {principal: user, resource: allow(get, object, aws(`"arn:aws:iam::`+mine+`:root"`))},
		"user as everybody":                        {principal: user, resource: allow(get, object, aws(`"*"`)), allowed: true},
		"user in a list":                           {principal: user, resource: allow(get, object, aws(`["`+role.RoleARN+`","`+user.ARN+`"]`)), allowed: true},
		"a pattern of users is no principal":       {principal: user, resource: allow(get, object, aws(`"arn:aws:iam::`+mine+`:user/*"`))},
		"a user named as a service":                {principal: user, resource: allow(get, object, to(`{"Service":"`+user.ARN+`"}`))},
		"role by ARN":                              {principal: role, resource: allow(get, object, aws(quoted(role.RoleARN))), allowed: true},
		"another session of the role":              {principal: role, resource: allow(get, object, aws(`"arn:aws:sts::`+mine+`:assumed-role/user/other"`))},
		"role of the same name, another account":   {principal: role, resource: allow(get, object, aws(`"arn:aws:iam::`+other+`:role/user"`))},
		"root by account":                          {principal: root, owner: other, resource: allow(get, object, aws(quoted(mine))), allowed: true},
		"root by ARN":                              {principal: root, owner: other, resource: allow(get, object, aws(quoted(root.ARN))), allowed: true},
		"root as everybody":                        {principal: root, owner: other, resource: allow(get, object, to(`"*"`)), allowed: true},
		"root by another account":                  {principal: root, owner: other, resource: allow(get, object, aws(quoted(other)))},
		"root, trust required":                     {principal: root, required: true},
		"root, trust required and given":           {principal: root, required: true, resource: allow(get, object, aws(quoted(mine))), allowed: true},
		"service among principals":                 {principal: lambda, owner: mine, resource: allow(get, object, to(`{"AWS":"`+mine+`","Service":["s3.amazonaws.com","lambda.amazonaws.com"]}`)), allowed: true},
		"service by a condition it fulfils":        {principal: lambda, owner: mine, resource: allow(get, object, to(`{"Service":"lambda.amazonaws.com"}`), when("StringEquals", "aws:SourceAccount", `"`+mine+`"`)), keys: map[string][]string{"aws:sourceaccount": {mine}}, allowed: true},
		"service by a condition it does not":       {principal: lambda, owner: mine, resource: allow(get, object, to(`{"Service":"lambda.amazonaws.com"}`), when("StringEquals", "aws:SourceAccount", `"`+mine+`"`)), keys: map[string][]string{"aws:sourceaccount": {other}}},
		"service without a policy":                 {principal: lambda, owner: mine},
		"user named by CanonicalUser":              {principal: user, resource: allow(get, object, to(`{"CanonicalUser":"`+user.ARN+`"}`))},
		"deny by user":                             {principal: user, identity: anything, resource: deny(get, object, aws(quoted(user.ARN)))},
		"deny by role":                             {principal: role, identity: anything, resource: deny(get, object, aws(quoted(role.RoleARN)))},
		"deny by session":                          {principal: role, identity: anything, resource: deny(get, object, aws(quoted(role.ARN)))},
		"deny by another session":                  {principal: role, identity: anything, resource: deny(get, object, aws(`"arn:aws:sts::`+mine+`:assumed-role/user/other"`)), allowed: true},
		"deny by account":                          {principal: user, identity: anything, resource: deny(get, object, aws(quoted(mine)))},
		"deny to another account":                  {principal: user, identity: anything, resource: deny(get, object, aws(quoted(other))), allowed: true},
		"deny to all but the user and its account": {principal: user, identity: anything, resource: deny(get, object, except(all(user))), allowed: true},
		"deny to all but the user":                 {principal: user, identity: anything, resource: deny(get, object, except(quoted(user.ARN)))},
		"deny to all but the account":              {principal: user, identity: anything, resource: deny(get, object, except(quoted(mine)))},
		"deny to all but session, role, account":   {principal: role, identity: anything, resource: deny(get, object, except(all(role))), allowed: true},
		"deny to all but role and account":         {principal: role, identity: anything, resource: deny(get, object, except(`["`+role.RoleARN+`","`+mine+`"]`))},
		"deny to all but the account, root":        {principal: root, resource: deny(get, object, except(quoted(mine))), allowed: true},
		"deny to all but AWS's service":            {principal: lambda, owner: mine, resource: `{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"Service":"lambda.amazonaws.com"}},{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}`, allowed: true},
		"deny to nobody":                           {principal: user, identity: anything, resource: deny(get, object, except(`"*"`)), allowed: true},
		"allow to all but another":                 {principal: user, resource: allow(get, object, except(quoted(other))), allowed: true},
		"allow to all but the user":                {principal: user, resource: allow(get, object, except(quoted(user.ARN)))},
		"allow to all but its account":             {principal: user, resource: allow(get, object, except(quoted(mine)))},
	})
}

// TestAccounts asks across accounts, where both sides must agree
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html).
func TestAccounts(t *testing.T) {
	anything := []string{allow("*", "*")}
	byUser, byAccount := allow(get, object, aws(`"`+user.ARN+`"`)), allow(get, object, aws(`"`+mine+`"`))
	decide(t, map[string]decision{
		"both, by user":                 {principal: user, owner: other, identity: anything, resource: byUser, allowed: true},
		"both, by account":              {principal: user, owner: other, identity: anything, resource: byAccount, allowed: true},
		"both, everybody":               {principal: user, owner: other, identity: anything, resource: allow(get, object, to(`"*"`)), allowed: true},
		"theirs alone, by user":         {principal: user, owner: other, resource: byUser},
		"theirs alone, by session":      {principal: role, owner: other, resource: allow(get, object, aws(`"`+role.ARN+`"`))},
		"theirs alone, everybody":       {principal: role, owner: other, resource: allow(get, object, to(`"*"`))},
		"mine alone":                    {principal: user, owner: other, identity: anything},
		"both, mine denies":             {principal: user, owner: other, identity: []string{allow("*", "*"), deny(get, "*")}, resource: byUser},
		"both, theirs denies":           {principal: user, owner: other, identity: anything, resource: `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"},{"Effect":"Deny","Action":"s3:Get*","Resource":"*","Principal":{"AWS":"` + mine + `"}}]}`},
		"both, boundary leaves it out":  {principal: user, owner: other, identity: anything, boundary: allow("s3:Put*", "*"), resource: byUser},
		"both, session leaves it out":   {principal: role, owner: other, identity: anything, session: allow("s3:Put*", "*"), resource: allow(get, object, aws(`"`+role.ARN+`"`))},
		"both, boundary and session in": {principal: role, owner: other, identity: anything, boundary: allow("s3:*", "*"), session: allow(get, "*"), resource: allow(get, object, aws(`"`+role.RoleARN+`"`)), allowed: true},
		"their account by name":         {principal: user, owner: other, identity: anything, resource: allow(get, object, aws(`"`+other+`"`))},
		"in one account, by user":       {principal: user, owner: mine, resource: byUser, allowed: true},
		"in one account, by account":    {principal: user, owner: mine, resource: byAccount},
	})
}

// TestTrust asks a role's trust policy, without which nobody assumes it
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity).
func TestTrust(t *testing.T) {
	const assume, assumeWeb, arn = "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "arn:aws:iam::" + mine + ":role/deployer"
	const claim = "token.actions.githubusercontent.com:sub"
	statement := func(action, principal string, more string) string {
		return `{"Statement":{"Effect":"Allow","Action":"` + action + `",` + to(principal) + more + `}}`
	}
	named := func(p string) string { return `{"AWS":"` + p + `"}` }
	federated := `{"Federated":"` + web.ARN + `"}`
	subject := "," + when("StringEquals", claim, `["repo:a/b:environment:qa","repo:a@1/b@2:environment:qa"]`)
	from := func(sub string) map[string][]string { return map[string][]string{claim: {sub}} }
	decide(t, map[string]decision{
		"own policy without trust":           {principal: user, action: assume, object: arn, required: true, identity: []string{allow("*", "*")}, resource: statement(assume, `{"Service":"lambda.amazonaws.com"}`, "")},
		"trust by name":                      {principal: user, action: assume, object: arn, required: true, resource: statement(assume, named(user.ARN), ""), allowed: true},
		"trust by account":                   {principal: user, action: assume, object: arn, required: true, resource: statement(assume, named(mine), "")},
		"trust by account and own policy":    {principal: user, action: assume, object: arn, required: true, identity: []string{allow(assume, arn)}, resource: statement(assume, named(mine), ""), allowed: true},
		"trust by account, policy for other": {principal: user, action: assume, object: arn, required: true, identity: []string{allow(assume, arn+"2")}, resource: statement(assume, named(mine), "")},
		"trust for another action":           {principal: user, action: "sts:TagSession", object: arn, required: true, identity: []string{allow("*", "*")}, resource: statement(assume, named(user.ARN), "")},
		"a service":                          {principal: lambda, action: assume, object: arn, owner: mine, required: true, resource: statement(assume, `{"Service":"lambda.amazonaws.com"}`, ""), allowed: true},
		"another account, both":              {principal: user, action: assume, object: arn, owner: other, required: true, identity: []string{allow(assume, "*")}, resource: statement(assume, named(mine), ""), allowed: true},
		"web identity":                       {principal: web, action: assumeWeb, object: arn, owner: mine, required: true, resource: statement(assumeWeb, federated, ""), allowed: true},
		"web identity, its subject":          {principal: web, action: assumeWeb, object: arn, owner: mine, required: true, resource: statement(assumeWeb, federated, subject), keys: from("repo:a/b:environment:qa"), allowed: true},
		"web identity, its new subject":      {principal: web, action: assumeWeb, object: arn, owner: mine, required: true, resource: statement(assumeWeb, federated, subject), keys: from("repo:a@1/b@2:environment:qa"), allowed: true},
		"web identity, another subject":      {principal: web, action: assumeWeb, object: arn, owner: mine, required: true, resource: statement(assumeWeb, federated, subject), keys: from("repo:a/b:ref:refs/heads/main")},
		"web identity, without subject":      {principal: web, action: assumeWeb, object: arn, owner: mine, required: true, resource: statement(assumeWeb, federated, subject)},
		"web identity of another provider":   {principal: web, action: assumeWeb, object: arn, owner: mine, required: true, resource: statement(assumeWeb, `{"Federated":"arn:aws:iam::`+mine+`:oidc-provider/example.com"}`, "")},
		"web identity for AssumeRole":        {principal: web, action: assume, object: arn, owner: mine, required: true, resource: statement(assumeWeb, federated, "")},
		"a provider is no AWS principal":     {principal: web, action: assumeWeb, object: arn, owner: mine, required: true, resource: statement(assumeWeb, named(web.ARN), "")},
	})
}

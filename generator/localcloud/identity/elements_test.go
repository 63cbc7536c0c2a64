package identity_test

import "testing"

// TestElements asks what Action, Resource and their opposites match
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html).
func TestElements(t *testing.T) {
	one := func(effect, members string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `",` + members + `}}`
	}
	both := func(members string) []string { return []string{allow("*", "*"), one("Deny", members)} }
	decide(t, map[string]decision{
		"a list of actions":                {principal: user, identity: []string{one("Allow", `"Action":["s3:PutObject","s3:GetObject"],"Resource":"*"`)}, allowed: true},
		"a list of resources":              {principal: user, identity: []string{one("Allow", `"Action":"s3:*","Resource":["arn:aws:s3:::x","arn:aws:s3:::box/*"]`)}, allowed: true},
		"an empty list of actions is none": {principal: user, identity: []string{one("Allow", `"Action":["iam:*"],"Resource":"*"`)}},
		"question mark in the action":      {principal: user, identity: []string{allow("s3:GetObjec?", "*")}, allowed: true},
		"question mark wants a character":  {principal: user, identity: []string{allow("s3:GetObject?", "*")}},
		"a star may be nothing":            {principal: user, identity: []string{allow("s3:GetObject*", "*")}, allowed: true},
		"a star in the middle":             {principal: user, identity: []string{allow("s3:*Object", "*")}, allowed: true},
		"many stars":                       {principal: user, identity: []string{allow("s3:*e*t*O*t", "*")}, allowed: true},
		"another service":                  {principal: user, identity: []string{allow("ec2:*", "*")}},
		"resources are in one case":        {principal: user, identity: []string{allow(get, "arn:aws:s3:::BOX/a")}},
		"a star reaches over slashes":      {principal: user, object: "arn:aws:s3:::box/a/b/c", identity: []string{allow(get, "arn:aws:s3:::box/a*")}, allowed: true},
		"a resource's prefix is not it":    {principal: user, object: "arn:aws:s3:::box/ab", identity: []string{allow(get, object)}},
		"deny all but an action":           {principal: user, identity: both(`"NotAction":"s3:Get*","Resource":"*"`), allowed: true},
		"deny all but another action":      {principal: user, identity: both(`"NotAction":"s3:Put*","Resource":"*"`)},
		"deny all but two actions":         {principal: user, identity: both(`"NotAction":["s3:Put*","s3:Get*"],"Resource":"*"`), allowed: true},
		"deny all but a resource":          {principal: user, identity: both(`"Action":"*","NotResource":"arn:aws:s3:::box/*"`), allowed: true},
		"deny all but another resource":    {principal: user, identity: both(`"Action":"*","NotResource":"arn:aws:s3:::other/*"`)},
		"allow all but IAM":                {principal: user, action: "iam:CreateUser", object: "*", identity: []string{one("Allow", `"NotAction":"iam:*","Resource":"*"`)}},
		"not action, not resource":         {principal: user, identity: []string{one("Allow", `"NotAction":"iam:*","NotResource":"arn:aws:s3:::other/*"`)}, allowed: true},
		"not action, another resource":     {principal: user, identity: []string{one("Allow", `"NotAction":"iam:*","NotResource":"arn:aws:s3:::box/*"`)}},
		"* is no ARN but matches it":       {principal: user, action: "s3:ListAllMyBuckets", object: "*", identity: []string{allow("s3:*", "*")}, allowed: true},
		"an ARN does not match *":          {principal: user, action: "s3:ListAllMyBuckets", object: "*", identity: []string{allow("s3:*", "arn:aws:s3:::box")}},
		"deny in another statement": {principal: user, identity: []string{
			`{"Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		}},
		"two conditions, one fails": {principal: user, keys: map[string][]string{"a": {"1"}, "b": {"2"}}, identity: []string{
			one("Allow", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"1","b":"1"}}`),
		}},
		"two conditions, both hold": {principal: user, keys: map[string][]string{"a": {"1"}, "b": {"2"}}, allowed: true, identity: []string{
			one("Allow", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"1"},"StringLike":{"B":["1","2"]}}`),
		}},
		"a deny whose condition fails": {principal: user, keys: map[string][]string{"a": {"1"}}, allowed: true, identity: both(`"Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"2"}}`)},
		"a deny of an absent key":      {principal: user, identity: both(`"Action":"*","Resource":"*","Condition":{"StringNotEquals":{"a":"2"}}`)},
		"a deny if the key exists":     {principal: user, allowed: true, identity: both(`"Action":"*","Resource":"*","Condition":{"StringNotEquals":{"a":"2"},"Null":{"a":"false"}}`)},
	})
}

// TestVariables asks what stands in place of policy variables
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
func TestVariables(t *testing.T) {
	home := []string{allow(get, "arn:aws:s3:::box/${aws:username}/*")}
	ann := map[string][]string{"aws:username": {"ann"}, "aws:principaltag/team": {"red"}}
	at := func(key string) string { return "arn:aws:s3:::box/" + key }
	old := func(resource string) []string {
		return []string{`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"` + resource + `"}}`}
	}
	named := func(value string) map[string][]string { return map[string][]string{"aws:username": {value}} }
	decide(t, map[string]decision{
		"own folder":                          {principal: user, object: at("ann/a"), identity: home, keys: ann, allowed: true},
		"another's folder":                    {principal: user, object: at("bob/a"), identity: home, keys: ann},
		"no such key":                         {principal: role, object: at("ann/a"), identity: home},
		"the text of the variable":            {principal: role, object: at("x/a"), identity: []string{allow(get, at("${aws:nothing}/*"))}},
		"a tag":                               {principal: user, object: at("red/a"), identity: []string{allow(get, at("${aws:PrincipalTag/Team}/*"))}, keys: ann, allowed: true},
		"two variables":                       {principal: user, object: at("red/ann"), identity: []string{allow(get, at("${aws:PrincipalTag/team}/${aws:username}"))}, keys: ann, allowed: true},
		"a star in the value is no pattern":   {principal: user, object: at("bob/a"), identity: home, keys: named("*")},
		"a star in the value is itself":       {principal: user, object: at("*/a"), identity: home, keys: named("*"), allowed: true},
		"a question mark in the value":        {principal: user, object: at("x/a"), identity: home, keys: named("?")},
		"a dollar in the value":               {principal: user, object: at("${*}/a"), identity: home, keys: named("${*}"), allowed: true},
		"a default":                           {principal: role, object: at("team/a"), identity: []string{allow(get, at("${aws:PrincipalTag/team, 'team'}/*"))}, allowed: true},
		"a default that is not needed":        {principal: user, object: at("red/a"), identity: []string{allow(get, at("${aws:PrincipalTag/team, 'team'}/*"))}, keys: ann, allowed: true},
		"a default in place of the value":     {principal: user, object: at("team/a"), identity: []string{allow(get, at("${aws:PrincipalTag/team, 'team'}/*"))}, keys: ann},
		"many values are no variable":         {principal: role, object: at("a"), identity: []string{allow(get, at("${aws:tagkeys}"))}, keys: map[string][]string{"aws:tagkeys": {"a", "b"}}},
		"a literal star":                      {principal: user, object: at("*"), identity: []string{allow(get, at("${*}"))}, allowed: true},
		"a literal star is no pattern":        {principal: user, object: at("a"), identity: []string{allow(get, at("${*}"))}},
		"a literal question mark":             {principal: user, object: at("?"), identity: []string{allow(get, at("${?}"))}, allowed: true},
		"a literal question mark, no pattern": {principal: user, object: at("a"), identity: []string{allow(get, at("${?}"))}},
		"a literal dollar":                    {principal: user, object: at("$a"), identity: []string{allow(get, at("${$}a"))}, allowed: true},
		"a variable that is not closed":       {principal: user, object: at("${aws:username"), identity: []string{allow(get, at("${aws:username"))}, keys: ann, allowed: true},
		"the older version has none":          {principal: user, object: at("ann"), identity: old(at("${aws:username}")), keys: ann},
		"the older version takes the text":    {principal: user, object: at("${aws:username}"), identity: old(at("${aws:username}")), keys: ann, allowed: true},
		"no version is the older one":         {principal: user, object: at("ann"), identity: []string{`{"Statement":{"Effect":"Allow","Action":"*","Resource":"` + at("${aws:username}") + `"}}`}, keys: ann},
		"in a condition":                      {principal: user, identity: []string{allow(get, "*", when("StringEquals", "aws:ResourceTag/Owner", `"${aws:username}"`))}, keys: map[string][]string{"aws:username": {"ann"}, "aws:resourcetag/owner": {"ann"}}, allowed: true},
		"in a condition, another's":           {principal: user, identity: []string{allow(get, "*", when("StringEquals", "aws:ResourceTag/Owner", `"${aws:username}"`))}, keys: map[string][]string{"aws:username": {"ann"}, "aws:resourcetag/owner": {"bob"}}},
		"in a pattern of a condition":         {principal: user, identity: []string{allow(get, "*", when("StringLike", "s3:prefix", `"${aws:username}/*"`))}, keys: map[string][]string{"aws:username": {"*"}, "s3:prefix": {"bob/x"}}},
		"in the resource's policy":            {principal: user, object: at("ann/a"), resource: allow(get, at("${aws:username}/*"), to(`"*"`)), keys: ann, allowed: true},
	})
}

package identity_test

import (
	"fmt"
	"testing"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// TestConditions asks each operator with the key k having the given values.
func TestConditions(t *testing.T) {
	tests := []struct {
		operator, wanted string
		got              []string // nil: the key is absent
		holds            bool
	}{
		{"StringEquals", `"a"`, []string{"a"}, true},
		{"StringEquals", `["b","a"]`, []string{"a"}, true},
		{"StringEquals", `"a"`, []string{"A"}, false},
		{"StringEquals", `"a"`, nil, false},
		{"StringEqualsIfExists", `"a"`, nil, true},
		{"StringEqualsIfExists", `"a"`, []string{"b"}, false},
		{"StringNotEquals", `"a"`, []string{"b"}, true},
		{"StringNotEquals", `["a","b"]`, []string{"b"}, false},
		{"StringNotEquals", `"a"`, nil, true},
		{"StringEqualsIgnoreCase", `"a"`, []string{"A"}, true},
		{"StringNotEqualsIgnoreCase", `"a"`, []string{"A"}, false},
		{"StringLike", `"a*c"`, []string{"abbc"}, true},
		{"StringLike", `"a?c"`, []string{"abbc"}, false},
		{"StringLike", `"*"`, []string{""}, true},
		{"StringNotLike", `"a*"`, []string{"abc"}, false},
		{"ArnEquals", `"arn:aws:s3:::box"`, []string{"arn:aws:s3:::box"}, true},
		{"ArnLike", `"arn:aws:cloudfront::*:distribution/E1"`, []string{"arn:aws:cloudfront::111111111111:distribution/E1"}, true},
		{"ArnLike", `"arn:aws:*:distribution/E1"`, []string{"arn:aws:cloudfront::111111111111:distribution/E1"}, false},
		{"ArnNotLike", `"arn:aws:s3:::b*"`, []string{"arn:aws:s3:::box"}, false},
		{"ArnNotEquals", `"arn:aws:s3:::a"`, []string{"arn:aws:s3:::box"}, true},
		{"Bool", `"true"`, []string{"true"}, true},
		{"Bool", `true`, []string{"true"}, true},
		{"Bool", `"true"`, []string{"false"}, false},
		{"Bool", `"false"`, nil, false},
		{"BoolIfExists", `"true"`, nil, true},
		{"NumericEquals", `5`, []string{"5.0"}, true},
		{"NumericNotEquals", `5`, []string{"5"}, false},
		{"NumericLessThan", `5`, []string{"4"}, true},
		{"NumericLessThan", `5`, []string{"5"}, false},
		{"NumericLessThanEquals", `5`, []string{"5"}, true},
		{"NumericGreaterThan", `"5"`, []string{"6"}, true},
		{"NumericGreaterThanEquals", `5`, []string{"4"}, false},
		{"NumericEquals", `5`, []string{"five"}, false},
		{"DateEquals", `"2026-11-23T00:00:00Z"`, []string{"2026-11-23"}, true},
		{"DateNotEquals", `"2026-11-23"`, []string{"2026-11-24"}, true},
		{"DateLessThan", `"2026-11-23"`, []string{"2026-11-22T23:59:59Z"}, true},
		{"DateLessThanEquals", `"2026-11-23"`, []string{"2026-11-23"}, true},
		{"DateGreaterThan", `"2026-11-23"`, []string{"2026-11-23"}, false},
		{"DateGreaterThanEquals", `"1763856000"`, []string{"2025-11-23T00:00:00Z"}, true},
		{"IpAddress", `"10.0.0.0/8"`, []string{"10.1.2.3"}, true},
		{"IpAddress", `"10.0.0.0/8"`, []string{"11.1.2.3"}, false},
		{"IpAddress", `"127.0.0.1"`, []string{"127.0.0.1"}, true},
		{"IpAddress", `"::1"`, []string{"::1"}, true},
		{"NotIpAddress", `"10.0.0.0/8"`, []string{"11.1.2.3"}, true},
		{"NotIpAddress", `"10.0.0.0/8"`, []string{"10.1.2.3"}, false},
		{"Null", `"true"`, nil, true},
		{"Null", `"true"`, []string{"a"}, false},
		{"Null", `"false"`, []string{"a"}, true},
		{"Null", `"false"`, nil, false},
		{"ForAllValues:StringEquals", `["a","b"]`, []string{"a", "b"}, true},
		{"ForAllValues:StringEquals", `["a","b"]`, []string{"a", "c"}, false},
		{"ForAllValues:StringEquals", `["a","b"]`, nil, true},
		{"ForAnyValue:StringEquals", `["a","b"]`, []string{"c", "b"}, true},
		{"ForAnyValue:StringEquals", `["a","b"]`, []string{"c"}, false},
		{"ForAnyValue:StringEquals", `["a","b"]`, nil, false},
		{"ForAnyValue:StringLike", `"a*"`, []string{"x", "ab"}, true},
		{"ForAllValues:StringNotEquals", `"a"`, []string{"b", "c"}, true},
		{"ForAllValues:StringNotEquals", `"a"`, []string{"b", "a"}, false},
		{"StringEquals", `""`, []string{""}, true},
		{"StringEquals", `[]`, []string{"a"}, false},
		{"StringEquals", `true`, []string{"true"}, true},
		{"StringNotEqualsIfExists", `"a"`, nil, true},
		{"StringNotEqualsIfExists", `"a"`, []string{"a"}, false},
		{"StringNotEqualsIgnoreCase", `"a"`, []string{"b"}, true},
		{"StringLike", `"A*"`, []string{"abc"}, false},
		{"StringLike", `["x*","*c"]`, []string{"abc"}, true},
		{"StringLikeIfExists", `"x*"`, nil, true},
		{"StringNotLike", `"x*"`, nil, true},
		{"StringNotLike", `["x*","a*"]`, []string{"abc"}, false},
		{"ArnLike", `"arn:aws:s3:::b?x"`, []string{"arn:aws:s3:::box"}, true},
		{"ArnLike", `"arn:aws:s3:::box"`, []string{"box"}, false},
		{"ArnLike", `"arn:aws:iam::*:role/*"`, []string{"arn:aws:iam::111111111111:role/a/b"}, true},
		{"ArnEquals", `"arn:aws:s3:::*"`, []string{"arn:aws:s3:::box"}, true},
		{"ArnEqualsIfExists", `"arn:aws:s3:::x"`, nil, true},
		{"ArnNotEquals", `"arn:aws:s3:::box"`, nil, true},
		{"Bool", `["true","false"]`, []string{"false"}, true},
		{"BinaryEquals", `"QmluYXJ5"`, []string{"QmluYXJ5"}, true},
		{"BinaryEquals", `"QmluYXJ5"`, []string{"qmluYXJ5"}, false},
		{"NumericLessThanIfExists", `5`, nil, true},
		{"NumericLessThan", `5`, nil, false},
		{"NumericNotEquals", `5`, nil, true},
		{"NumericEquals", `[1,2.5]`, []string{"2.5"}, true},
		{"NumericGreaterThan", `-1`, []string{"0"}, true},
		{"DateLessThan", `"2026-11-23T00:00:00Z"`, []string{"1700000000"}, true},
		{"DateLessThan", `"tomorrow"`, []string{"2026-11-23"}, false},
		{"DateGreaterThanIfExists", `"2026-11-23"`, nil, true},
		{"IpAddress", `["10.0.0.0/8","127.0.0.0/8"]`, []string{"127.0.0.1"}, true},
		{"IpAddress", `"2001:db8::/32"`, []string{"2001:db8::1"}, true},
		{"IpAddress", `"10.0.0.0/8"`, []string{"::ffff:10.1.2.3"}, true},
		{"IpAddress", `"10.0.0.0/8"`, nil, false},
		{"NotIpAddress", `"10.0.0.0/8"`, nil, true},
		{"Null", `true`, nil, true},
		{"Null", `["false"]`, []string{""}, true},
		{"ForAllValues:StringEquals", `"a"`, []string{""}, true},
		{"ForAllValues:StringLike", `"a*"`, []string{"ab", "b"}, false},
		{"ForAllValues:ArnLike", `"arn:aws:s3:::b*"`, []string{"arn:aws:s3:::box"}, true},
		{"ForAllValues:Bool", `"true"`, nil, true},
		{"ForAnyValue:StringEquals", `"a"`, []string{""}, false},
		{"ForAnyValue:StringEqualsIfExists", `"a"`, nil, true},
		{"ForAnyValue:StringNotEquals", `"a"`, []string{"a", "b"}, true},
		{"ForAnyValue:StringNotEquals", `"a"`, []string{"a"}, false},
		{"ForAnyValue:StringNotEquals", `"a"`, nil, false},
		{"ForAnyValue:NumericGreaterThan", `5`, []string{"1", "9"}, true},
		{"StringEquals", `"${other}"`, []string{"x"}, true},
		{"StringEquals", `"${*}"`, []string{"*"}, true},
		{"StringEquals", `"${missing}"`, []string{""}, false},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.operator, " ", test.wanted, " ", test.got), func(t *testing.T) {
			keys := map[string][]string{"other": {"x"}}
			if test.got != nil {
				keys["k"] = test.got
			}
			policy := parse(t, allow("*", "*", when(test.operator, "K", test.wanted)))
			err := identity.Evaluate(identity.Question{
				Principal: role, Access: api.Access{Action: get, Resource: object}, Keys: keys,
			}, identity.Policies{Identity: []identity.Policy{policy}})
			if (err == nil) != test.holds {
				t.Errorf("holds: %t, want %t", err == nil, test.holds)
			}
		})
	}
}

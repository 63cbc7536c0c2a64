package standin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func principal(kind string, names ...any) []any {
	return []any{map[string]any{"type": kind, "identifiers": names}}
}

func condition(test, variable string, values ...any) map[string]any {
	return map[string]any{"test": test, "variable": variable, "values": values}
}

// The ids of the first three are those that hashicorp/aws 5.46 computed.
func TestPolicyDocument(t *testing.T) {
	const bucket = "arn:aws:s3:::123456789012--sgraph-send-transfers--eu-west-2"
	for name, test := range map[string]struct {
		config   map[string]any
		id       string
		minified string
		err      string
	}{
		"trust": {
			config: map[string]any{"statement": []any{map[string]any{
				"actions": []any{"sts:AssumeRole"}, "principals": principal("Service", "lambda.amazonaws.com"),
			}}},
			id:       "2690255455",
			minified: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}]}`,
		},
		"TLS only": {
			config: map[string]any{"statement": []any{map[string]any{
				"sid": "DenyInsecureTransport", "effect": "Deny", "actions": []any{"s3:*"},
				"resources":  []any{bucket, bucket + "/*"},
				"principals": principal("*", "*"),
				"condition":  []any{condition("Bool", "aws:SecureTransport", "false")},
			}}},
			id: "394355293",
			minified: `{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Action":"s3:*",` +
				`"Resource":["` + bucket + `/*","` + bucket + `"],"Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`,
		},
		"several actions": {
			config: map[string]any{"statement": []any{map[string]any{
				"actions": []any{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, "resources": []any{bucket + "/*"},
			}}},
			id: "2508679108",
			minified: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
				`"Action":["s3:PutObject","s3:GetObject","s3:DeleteObject"],"Resource":"` + bucket + `/*"}]}`,
		},
		"variables": {
			config:   map[string]any{"statement": []any{map[string]any{"resources": []any{"home/&{aws:username}"}}}},
			minified: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"home/${aws:username}"}]}`,
		},
		"no variables in 2008": {
			config: map[string]any{"version": "2008-10-17", "statement": []any{map[string]any{"resources": []any{"&{aws:username}"}}}},
			err:    "not supported in document version 2008-10-17",
		},
		"conditions meet": {
			config: map[string]any{"statement": []any{map[string]any{"condition": []any{
				condition("StringLike", "s3:prefix", "a", "b"), condition("StringLike", "aws:Other", "c"),
			}}}},
			minified: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Condition":{"StringLike":{"aws:Other":"c","s3:prefix":["a","b"]}}}]}`,
		},
		"account for everybody": {
			config:   map[string]any{"statement": []any{map[string]any{"principals": principal("AWS", "*")}}},
			minified: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"}}]}`,
		},
		"override by sid, source first": {
			config: map[string]any{
				"source_policy_documents":   []any{`{"Statement":{"Sid":"a","Effect":"Allow","Action":"x:Y"}}`},
				"override_policy_documents": []any{`{"Id":"i","Statement":[{"Sid":"a","Effect":"Deny","Action":"x:Y"}]}`},
				"statement":                 []any{map[string]any{"sid": "b"}},
			},
			minified: `{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"a","Effect":"Deny","Action":"x:Y"},{"Sid":"b","Effect":"Allow"}]}`,
		},
		"same sid twice": {
			config: map[string]any{"statement": []any{map[string]any{"sid": "b"}, map[string]any{"sid": "b"}}},
			err:    "duplicate Sid (b)",
		},
		"same sid in two sources": {
			config: map[string]any{"source_policy_documents": []any{`{"Statement":[{"Sid":"a"}]}`, `{"Statement":[{"Sid":"a"}]}`}},
			err:    "duplicate Sid (a)",
		},
		"source is no policy": {config: map[string]any{"source_policy_documents": []any{`[]`}}, err: "source document"},
	} {
		t.Run(name, func(t *testing.T) {
			d := schema.TestResourceDataRaw(t, iamPolicyDocument().Schema, test.config)
			diags := readPolicyDocument(t.Context(), d, nil)
			if diags.HasError() != (test.err != "") || !strings.Contains(fmt.Sprint(diags), test.err) {
				t.Fatalf("want error %q, got %v", test.err, diags)
			}
			if test.err != "" {
				return
			}
			if diff := cmp.Diff(test.minified, d.Get("minified_json")); diff != "" {
				t.Error(diff)
			}
			if test.id != "" && d.Id() != test.id {
				t.Errorf("id %s, want %s, for %s", d.Id(), test.id, d.Get("json"))
			}
		})
	}
}

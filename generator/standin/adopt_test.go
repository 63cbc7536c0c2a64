package standin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdsOfImports(t *testing.T) {
	type wanted map[string]any
	for _, test := range []struct {
		kind, given string
		id          string
		want        wanted // nil when the id must be refused
	}{
		{"aws_s3_bucket", "b@us-east-1", "b", wanted{"region": "us-east-1"}},
		{"aws_s3_bucket", "b", "b", wanted{"region": "eu-west-2", "force_destroy": false}},
		{"aws_s3_bucket_versioning", "b,111122223333", "b,111122223333", wanted{"bucket": "b", "expected_bucket_owner": "111122223333"}},
		{"aws_s3_bucket_policy", "b", "b", wanted{"bucket": "b"}},
		{"aws_s3_object", "b/dir/key", "b/dir/key", wanted{"bucket": "b", "key": "dir/key"}},
		{"aws_s3_object", "s3://b/dir/key", "b/dir/key", wanted{"bucket": "b", "key": "dir/key"}},
		{"aws_s3_object", "b/mail@example.com", "b/mail@example.com", wanted{"key": "mail@example.com"}},
		{"aws_s3_object", "b", "", nil},
		{"aws_iam_role", "r", "r", wanted{"name": "r", "max_session_duration": 3600}},
		{"aws_iam_role_policy", "r:p", "r:p", wanted{"role": "r", "name": "p"}},
		{"aws_iam_role_policy", "r", "", nil},
		{"aws_iam_policy", "arn:aws:iam::111122223333:policy/p", "arn:aws:iam::111122223333:policy/p", wanted{"path": "/"}},
		{
			"aws_iam_role_policy_attachment", "r/arn:aws:iam::aws:policy/path/P", "r-arn:aws:iam::aws:policy/path/P",
			wanted{"role": "r", "policy_arn": "arn:aws:iam::aws:policy/path/P"},
		},
		{"aws_iam_role_policy_attachment", "r", "", nil},
		{"aws_lambda_alias", "f/live", "f/live", wanted{"function_name": "f", "name": "live"}},
		{"aws_lambda_alias", "live", "", nil},
		{"aws_cloudfront_distribution", "E1", "E1", wanted{"retain_on_delete": false, "wait_for_deployment": true}},
		{"aws_cloudfront_function", "rewrite", "rewrite", wanted{"publish": true}},
		{"aws_cloudwatch_log_group", "/aws/lambda/f", "/aws/lambda/f", wanted{"name": "/aws/lambda/f", "skip_destroy": false}},
		{"aws_lambda_function", "f", "f", wanted{"function_name": "f", "publish": false}},
		{"aws_lambda_function_url", "f/live", "f/live", wanted{"function_name": "f", "qualifier": "live"}},
		{"aws_lambda_permission", "f/s", "s", wanted{"function_name": "f", "statement_id": "s", "qualifier": ""}},
		{"aws_lambda_permission", "f:live/s", "s", wanted{"function_name": "f", "qualifier": "live"}},
		{
			"aws_lambda_permission", "arn:aws:lambda:eu-west-2:111122223333:function:f:live/s", "s",
			wanted{"function_name": "arn:aws:lambda:eu-west-2:111122223333:function:f", "qualifier": "live"},
		},
		{"aws_lambda_permission", "f", "", nil},
	} {
		t.Run(test.kind+" "+test.given, func(t *testing.T) {
			resource := newProvider(Options{}).schema.ResourcesMap[test.kind]
			d := resource.TestResourceData()
			d.SetId(test.given)
			meta := &cloud{settings: settings{region: "eu-west-2"}}
			_, err := resource.Importer.StateContext(t.Context(), d, meta)
			if (err != nil) != (test.want == nil) {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			if d.Id() != test.id {
				t.Errorf("id %q, want %q", d.Id(), test.id)
			}
			for argument, want := range test.want {
				if diff := cmp.Diff(want, d.Get(argument)); diff != "" {
					t.Errorf("%s: %s", argument, diff)
				}
			}
		})
	}
}

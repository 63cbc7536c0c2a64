package standin_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// emulated is what moto does otherwise than AWS and the local cloud, in one stack.
type emulated struct {
	// override is HCL over the stack, without what moto does not let pass; it counts on
	// both sides.
	override string
	// differences are by their paths in the state, and where the second plan is not
	// empty by "plan" and the address.
	differences map[string]string
}

// Why moto's state is another. These texts stand in docs/fidelity.md too.
const (
	motoDenies     = "a bucket policy's Deny counts without its condition, so that a policy for TLS only refuses everything"
	motoLogs       = "where a function logs to, and how, is forgotten"
	motoFollows    = "the alias follows the function, which would be published again"
	motoPermission = "statements of a function's policy lose `FunctionUrlAuthType` and `InvokedViaFunctionUrl`"
	motoSizes      = "a lifecycle rule's sizes are lost beside its prefix and tags"
	motoEncryption = "a bucket has no encryption until it is set"
	motoKey        = "objects forget that a bucket key encrypts them"
	motoPayer      = "a bucket does not say who pays"
	motoClass      = "a log group has no class"
	motoURL        = "a function's URL does not end with a slash"
	motoCaller     = "every key is that of one user"
)

// motoIsDifferent has an entry for each stack that is made on moto.
func motoIsDifferent() map[string]emulated {
	return map[string]emulated{
		// Alarms are missing: its CloudWatch does not speak the protocol of AWS's present
		// SDK. So is all of CloudFront, which it knows in part.
		"storage": {
			override: "# " + motoDenies + `
resource "aws_s3_bucket_policy" "b" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "123456789012" }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }]
  })
}
`,
			differences: map[string]string{
				"plan aws_lambda_function.f":                                                             motoLogs,
				"plan aws_lambda_permission.invoke":                                                      motoPermission,
				"plan aws_s3_bucket_lifecycle_configuration.b":                                           motoSizes,
				"aws_cloudwatch_log_group.g.log_group_class":                                             motoClass,
				"aws_iam_role.r.create_date":                                                             chosen,
				"aws_iam_role.r.unique_id":                                                               chosen,
				"aws_lambda_function.f.last_modified":                                                    chosen,
				"aws_lambda_function.f.logging_config":                                                   motoLogs,
				"aws_lambda_function_url.f.function_url":                                                 motoURL,
				"aws_lambda_function_url.f.url_id":                                                       chosen,
				"aws_lambda_permission.invoke.invoked_via_function_url":                                  motoPermission,
				"aws_lambda_permission.url.event_source_token":                                           motoPermission,
				"aws_lambda_permission.url.principal_org_id":                                             motoPermission,
				"aws_lambda_permission.url.source_account":                                               motoPermission,
				"plan aws_s3_object.code":                                                                motoKey,
				"aws_s3_bucket.b.grant.0.id":                                                             chosen,
				"aws_s3_bucket.b.request_payer":                                                          motoPayer,
				"aws_s3_bucket.b.server_side_encryption_configuration":                                   motoEncryption,
				"aws_s3_object.code.bucket_key_enabled":                                                  motoKey,
				"aws_s3_object.code.version_id":                                                          chosen,
				"aws_s3_object.text.version_id":                                                          chosen,
				"data.aws_caller_identity.current.arn":                                                   motoCaller,
				"data.aws_caller_identity.current.user_id":                                               motoCaller,
				"aws_s3_bucket_lifecycle_configuration.b.rule.1.filter.0.and.0.object_size_greater_than": motoSizes,
				"aws_s3_bucket_lifecycle_configuration.b.rule.1.filter.0.and.0.object_size_less_than":    motoSizes,
			},
		},
		"release": {
			differences: map[string]string{
				"plan aws_lambda_alias.live":              motoFollows,
				"plan aws_lambda_function.f":              motoLogs,
				"aws_iam_policy.limit.policy_id":          chosen,
				"aws_iam_role.second.create_date":         chosen,
				"aws_iam_role.second.unique_id":           chosen,
				"aws_iam_policy.p.policy_id":              chosen,
				"aws_iam_role.r.create_date":              chosen,
				"aws_iam_role.r.unique_id":                chosen,
				"aws_iam_role_policy_attachment.r.id":     chosen,
				"aws_lambda_function.f.last_modified":     chosen,
				"aws_lambda_function.f.logging_config":    motoLogs,
				"aws_lambda_layer_version.l.created_date": chosen,
			},
		},
	}
}

// TestWhatMotoDoesIsWrittenDown holds the page and the table together.
func TestWhatMotoDoesIsWrittenDown(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "fidelity.md"))
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]bool{motoDenies: true}
	for _, stack := range motoIsDifferent() {
		for _, reason := range stack.differences {
			reasons[reason] = reason != chosen
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		if reasons[reason] && !strings.Contains(string(page), "| "+reason+" |") {
			t.Errorf("docs/fidelity.md does not say that %s", reason)
		}
	}
}

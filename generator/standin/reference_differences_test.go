package standin_test

// Why a state differs from what was measured of 5.46.
const (
	// chosen is a value that the cloud makes up: an id, a time, or what follows from
	// the content of a file. That it is there is still checked.
	chosen   = "chosen by the cloud"
	emulator = "the other emulator is not as AWS: "
	regional = "an argument of every regional resource from 6.0"
	hidden   = "write-only arguments are new in 5.8x"
)

// stateDifferences are the deliberate ones, by path: why the state is not that of
// 5.46 on the other emulator.
func stateDifferences() map[string]string {
	found := map[string]string{
		"aws_cloudfront_distribution.cdn.anycast_ip_list_id":                                     "new in 6.3",
		"aws_cloudfront_distribution.cdn.default_cache_behavior.0.forwarded_values":              emulator + "it gives back values that were not set, beside a cache policy",
		"aws_cloudfront_distribution.cdn.default_cache_behavior.0.grpc_config":                   "new in 5.83",
		"aws_cloudfront_distribution.cdn.logging_v1_enabled":                                     "new in 6.x",
		"aws_cloudfront_distribution.cdn.origin.0.custom_origin_config.0.ip_address_type":        "new in 6.15",
		"aws_cloudfront_distribution.cdn.origin.0.response_completion_timeout":                   "new in 6.13",
		"aws_cloudfront_distribution.cdn.origin.0.vpc_origin_config":                             "new in 5.8x",
		"aws_cloudfront_distribution.cdn.viewer_certificate.0.ssl_support_method":                emulator + "it gives back an empty ACM certificate beside CloudFront's own, and a method with it",
		"aws_cloudfront_origin_access_control.lambda.arn":                                        "new in 5.8x",
		"aws_cloudwatch_log_group.user.log_group_class":                                          emulator + "a group has no class",
		"aws_lambda_function.user.code_sha256":                                                   "new in 5.7x",
		"aws_lambda_function.user.logging_config":                                                emulator + "it forgets where a function logs to",
		"aws_lambda_function_url.user.function_arn":                                              emulator + "the ARN of an alias's URL does not name the alias",
		"aws_lambda_layer_version.deps.code_sha256":                                              "new in 5.6x",
		"aws_lambda_permission.cdn.invoked_via_function_url":                                     "new in 6.28",
		"aws_s3_bucket.transfers.bucket_region":                                                  "new in 6.0",
		"aws_s3_bucket.transfers.request_payer":                                                  emulator + "nobody pays for requests",
		"aws_s3_bucket.transfers.server_side_encryption_configuration":                           emulator + "a new bucket is not encrypted",
		"aws_s3_bucket_lifecycle_configuration.transfers.transition_default_minimum_object_size": "new in 5.7x",
		"aws_s3_object.code.bucket_key_enabled":                                                  emulator + "objects do not take after their bucket",
		"aws_s3_object.code.checksum_crc64nvme":                                                  "new in 5.8x",
		"aws_s3_object.code.id":                                                                  "begins with the bucket from 6.0",
		"aws_s3_object.code.server_side_encryption":                                              emulator + "objects do not take after their bucket",
		"data.aws_caller_identity.current.arn":                                                   emulator + "every key is that of one user",
		"data.aws_caller_identity.current.user_id":                                               emulator + "every key is that of one user",
		"data.aws_region.current.region":                                                         regional,
	}
	for _, name := range []string{"event_source_token", "principal_org_id", "source_account"} {
		found["aws_lambda_permission.cdn."+name] = emulator + "a statement has no condition on the authorization of a URL"
	}
	for _, name := range []string{"assume", "tls_only", "user"} {
		found["data.aws_iam_policy_document."+name+".minified_json"] = "new in 5.5x"
	}
	for _, address := range []string{
		"aws_cloudwatch_log_group.user", "aws_lambda_alias.live", "aws_lambda_function.user", "aws_lambda_function_url.user",
		"aws_lambda_layer_version.deps", "aws_lambda_permission.cdn", "aws_s3_bucket_cors_configuration.transfers",
		"aws_s3_bucket_lifecycle_configuration.transfers", "aws_s3_bucket_ownership_controls.transfers",
		"aws_s3_bucket_public_access_block.transfers", "aws_s3_bucket_server_side_encryption_configuration.transfers",
		"aws_s3_bucket_versioning.transfers", "aws_s3_object.code", "aws_secretsmanager_secret.key",
		"aws_secretsmanager_secret_version.key", "aws_ssm_parameter.key",
	} {
		found[address+".region"] = regional
	}
	for _, path := range []string{
		"aws_secretsmanager_secret_version.key.has_secret_string_wo", "aws_secretsmanager_secret_version.key.secret_string_wo",
		"aws_secretsmanager_secret_version.key.secret_string_wo_version",
		"aws_ssm_parameter.key.has_value_wo", "aws_ssm_parameter.key.value_wo", "aws_ssm_parameter.key.value_wo_version",
	} {
		found[path] = hidden
	}
	for _, path := range []string{
		"aws_cloudfront_distribution.cdn.arn", "aws_cloudfront_distribution.cdn.caller_reference",
		"aws_cloudfront_distribution.cdn.domain_name", "aws_cloudfront_distribution.cdn.etag",
		"aws_cloudfront_distribution.cdn.id", "aws_cloudfront_distribution.cdn.last_modified_time",
		"aws_cloudfront_distribution.cdn.origin.0.domain_name", "aws_cloudfront_distribution.cdn.origin.0.origin_access_control_id",
		"aws_cloudfront_origin_access_control.lambda.etag", "aws_cloudfront_origin_access_control.lambda.id",
		"aws_iam_policy.logs.policy_id", "aws_iam_role.user.create_date", "aws_iam_role.user.unique_id",
		"aws_iam_role_policy_attachment.logs.id", "aws_lambda_function.user.last_modified",
		"aws_lambda_function.user.source_code_hash", "aws_lambda_function.user.source_code_size",
		"aws_lambda_function_url.user.function_url", "aws_lambda_function_url.user.url_id",
		"aws_lambda_layer_version.deps.created_date", "aws_lambda_layer_version.deps.source_code_hash",
		"aws_lambda_layer_version.deps.source_code_size", "aws_lambda_permission.cdn.source_arn",
		"aws_s3_bucket.transfers.grant.0.id", "aws_s3_object.code.etag", "aws_s3_object.code.source_hash",
		"aws_s3_object.code.version_id", "aws_secretsmanager_secret.key.arn", "aws_secretsmanager_secret.key.id",
		"aws_secretsmanager_secret_version.key.arn", "aws_secretsmanager_secret_version.key.id",
		"aws_secretsmanager_secret_version.key.secret_id", "aws_secretsmanager_secret_version.key.version_id",
	} {
		found[path] = chosen
	}
	return found
}

package standin

import "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

// resourceTypes is every resource type that the stand-in serves.
func resourceTypes() map[string]kind {
	return map[string]kind{
		"aws_cloudfront_cache_policy":                        cloudfrontCachePolicy(),
		"aws_cloudfront_distribution":                        cloudfrontDistribution(),
		"aws_cloudfront_function":                            cloudfrontFunction(),
		"aws_cloudfront_origin_access_control":               cloudfrontOriginAccessControl(),
		"aws_cloudfront_origin_request_policy":               cloudfrontOriginRequestPolicy(),
		"aws_cloudfront_response_headers_policy":             cloudfrontResponseHeadersPolicy(),
		"aws_cloudwatch_log_group":                           logGroup(),
		"aws_cloudwatch_metric_alarm":                        metricAlarm(),
		"aws_iam_openid_connect_provider":                    iamOpenIDConnectProvider(),
		"aws_iam_policy":                                     iamPolicy(),
		"aws_iam_role":                                       iamRole(),
		"aws_iam_role_policy":                                iamRolePolicy(),
		"aws_iam_role_policy_attachment":                     iamRolePolicyAttachment(),
		"aws_lambda_alias":                                   lambdaAlias(),
		"aws_lambda_function":                                lambdaFunction(),
		"aws_lambda_function_url":                            lambdaFunctionURL(),
		"aws_lambda_layer_version":                           lambdaLayerVersion(),
		"aws_lambda_permission":                              lambdaPermission(),
		"aws_s3_bucket":                                      s3Bucket(),
		"aws_s3_bucket_cors_configuration":                   s3BucketCORS(),
		"aws_s3_bucket_lifecycle_configuration":              s3BucketLifecycle(),
		"aws_s3_bucket_logging":                              s3BucketLogging(),
		"aws_s3_bucket_ownership_controls":                   s3BucketOwnership(),
		"aws_s3_bucket_policy":                               s3BucketPolicy(),
		"aws_s3_bucket_public_access_block":                  s3BucketPublicAccess(),
		"aws_s3_bucket_server_side_encryption_configuration": s3BucketEncryption(),
		"aws_s3_bucket_versioning":                           s3BucketVersioning(),
		"aws_s3_object":                                      s3Object(),
		"aws_secretsmanager_secret":                          secretsManagerSecret(),
		"aws_secretsmanager_secret_policy":                   secretsManagerSecretPolicy(),
		"aws_secretsmanager_secret_version":                  secretsManagerSecretVersion(),
		"aws_ssm_parameter":                                  ssmParameter(),
	}
}

// dataSourceTypes is every data source that the stand-in serves.
func dataSourceTypes() map[string]*schema.Resource {
	return map[string]*schema.Resource{
		"aws_caller_identity":                    callerIdentity(),
		"aws_cloudfront_cache_policy":            cloudfrontCachePolicyData(),
		"aws_cloudfront_origin_request_policy":   cloudfrontOriginRequestPolicyData(),
		"aws_cloudfront_response_headers_policy": cloudfrontResponseHeadersPolicyData(),
		"aws_iam_policy_document":                iamPolicyDocument(),
		"aws_partition":                          partitionData(),
		"aws_region":                             regionData(),
	}
}

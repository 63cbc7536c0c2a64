package standin

import "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

// resourceTypes is every resource type that the stand-in serves.
func resourceTypes() map[string]kind {
	return map[string]kind{
		"aws_cloudwatch_log_group":                           logGroup(),
		"aws_iam_role":                                       iamRole(),
		"aws_iam_role_policy":                                iamRolePolicy(),
		"aws_lambda_function":                                lambdaFunction(),
		"aws_lambda_function_url":                            lambdaFunctionURL(),
		"aws_lambda_permission":                              lambdaPermission(),
		"aws_s3_bucket":                                      s3Bucket(),
		"aws_s3_bucket_cors_configuration":                   s3BucketCORS(),
		"aws_s3_bucket_lifecycle_configuration":              s3BucketLifecycle(),
		"aws_s3_bucket_ownership_controls":                   s3BucketOwnership(),
		"aws_s3_bucket_policy":                               s3BucketPolicy(),
		"aws_s3_bucket_public_access_block":                  s3BucketPublicAccess(),
		"aws_s3_bucket_server_side_encryption_configuration": s3BucketEncryption(),
		"aws_s3_bucket_versioning":                           s3BucketVersioning(),
		"aws_s3_object":                                      s3Object(),
	}
}

// dataSourceTypes is every data source that the stand-in serves.
func dataSourceTypes() map[string]*schema.Resource {
	return map[string]*schema.Resource{
		"aws_caller_identity":     callerIdentity(),
		"aws_iam_policy_document": iamPolicyDocument(),
		"aws_partition":           partitionData(),
		"aws_region":              regionData(),
	}
}

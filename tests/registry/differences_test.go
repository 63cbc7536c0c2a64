package registry

// difference is why the two providers may have different values.
type difference struct {
	// since is the version from which on the registry provider is as the stand-in; empty
	// if none is.
	since string
	why   string
}

// noNull is why texts in the blocks of lifecycle rules differ: the registry provider
// has moved them to a framework that tells empty from null, the stand-in is built with
// the SDK, which plans null there and makes empty of it.
const noNull = "null and empty are one in the blocks of the SDK"

// differences are the attributes in which the two may differ, by type and path; those
// that may in a plan only, or in a state only, begin so.
func differences() map[string]difference {
	return map[string]difference{
		"*.region": {"6.0", "an argument of every regional resource"},
		"aws_cloudfront_distribution.logging_v1_enabled":                                    {"6.12", "new"},
		"aws_cloudfront_distribution.origin.custom_origin_config.ip_address_type":           {"6.15", "new"},
		"aws_cloudfront_distribution.origin.response_completion_timeout":                    {"6.13", "new"},
		"aws_lambda_permission.invoked_via_function_url":                                    {"6.28", "new"},
		"aws_s3_bucket.bucket_region":                                                       {"6.0", "new"},
		"state: aws_s3_object.id":                                                           {"6.0", "begins with the bucket"},
		"aws_cloudfront_distribution.anycast_ip_list_id":                                    {"6.3", "new"},
		"plan: aws_s3_bucket_lifecycle_configuration.rule.filter.prefix":                    {"", noNull},
		"plan: aws_s3_bucket_lifecycle_configuration.rule.prefix":                           {"", noNull},
		"state: aws_s3_bucket_lifecycle_configuration.rule.expiration.date":                 {"", noNull},
		"state: aws_s3_bucket_lifecycle_configuration.rule.filter.object_size_greater_than": {"", noNull},
		"state: aws_s3_bucket_lifecycle_configuration.rule.filter.object_size_less_than":    {"", noNull},
	}
}

// times are the attributes that say when something happened, by type.
func times() map[string]string {
	return map[string]string{
		"aws_cloudfront_distribution": "last_modified_time",
		"aws_iam_role":                "create_date",
		"aws_lambda_function":         "last_modified",
		"aws_lambda_layer_version":    "created_date",
	}
}

// madeUp are the attributes that a cloud makes up anew each time, by type, and paths
// of the machine.
func madeUp() map[string][]string {
	return map[string][]string{
		"aws_cloudfront_cache_policy":            {"id", "etag"},
		"aws_cloudfront_distribution":            {"id", "etag", "domain_name", "caller_reference"},
		"aws_cloudfront_function":                {"etag", "live_stage_etag"},
		"aws_cloudfront_origin_access_control":   {"id", "etag"},
		"aws_cloudfront_response_headers_policy": {"id", "etag"},
		"aws_iam_role":                           {"unique_id"},
		"aws_s3_object":                          {"source"},
		"aws_secretsmanager_secret":              {"arn"},
		"aws_secretsmanager_secret_version":      {"version_id"},
	}
}

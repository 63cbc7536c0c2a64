package standin

import "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

// separateResources maps the arguments of aws_s3_bucket that became resources of
// their own with version 4 to those resources. They can be read, not set.
func separateResources() map[string]string {
	uses := map[string]string{}
	for argument, resource := range map[string]string{
		"acceleration_status":                  "aws_s3_bucket_accelerate_configuration",
		"acl":                                  "aws_s3_bucket_acl",
		"cors_rule":                            "aws_s3_bucket_cors_configuration",
		"grant":                                "aws_s3_bucket_acl",
		"lifecycle_rule":                       "aws_s3_bucket_lifecycle_configuration",
		"logging":                              "aws_s3_bucket_logging",
		"object_lock_configuration":            "aws_s3_bucket_object_lock_configuration",
		"policy":                               "aws_s3_bucket_policy",
		"replication_configuration":            "aws_s3_bucket_replication_configuration",
		"request_payer":                        "aws_s3_bucket_request_payment_configuration",
		"server_side_encryption_configuration": "aws_s3_bucket_server_side_encryption_configuration",
		"versioning":                           "aws_s3_bucket_versioning",
		"website":                              "aws_s3_bucket_website_configuration",
	} {
		uses[argument] = "it is deprecated, use the " + resource + " resource instead"
	}
	return uses
}

func s3BucketAttributes() map[string]*schema.Schema {
	attributes := map[string]*schema.Schema{
		"arn":                         computedString(),
		"bucket":                      conflicts(forceNew(optionalComputedString()), "bucket_prefix"),
		"bucket_domain_name":          computedString(),
		"bucket_prefix":               conflicts(forceNew(optionalComputedString()), "bucket"),
		"bucket_region":               computedString(),
		"bucket_regional_domain_name": computedString(),
		"force_destroy":               boolDefault(false),
		"hosted_zone_id":              computedString(),
		"object_lock_enabled":         conflicts(forceNew(computed(optionalBool())), "object_lock_configuration"),
		"website_domain":              deprecated(computedString(), "Use the aws_s3_bucket_website_configuration resource"),
		"website_endpoint":            deprecated(computedString(), "Use the aws_s3_bucket_website_configuration resource"),

		"acceleration_status":       optionalString(),
		"acl":                       conflicts(optionalString(), "grant"),
		"cors_rule":                 bucketCORSRules(),
		"grant":                     conflicts(bucketGrants(), "acl"),
		"lifecycle_rule":            bucketLifecycleRules(),
		"logging":                   optionalBlock(map[string]*schema.Schema{"target_bucket": requiredString(), "target_prefix": optionalString()}),
		"object_lock_configuration": bucketObjectLock(),
		"policy":                    policyDocument(optionalString()),
		"replication_configuration": bucketReplication(),
		"request_payer":             optionalString(),
		"server_side_encryption_configuration": optionalBlock(map[string]*schema.Schema{
			"rule": requiredBlock(map[string]*schema.Schema{
				"apply_server_side_encryption_by_default": requiredBlock(map[string]*schema.Schema{
					"kms_master_key_id": optionalString(),
					"sse_algorithm":     requiredString(),
				}),
				"bucket_key_enabled": optionalBool(),
			}),
		}),
		"versioning": optionalBlock(map[string]*schema.Schema{
			"enabled":    boolDefault(false),
			"mfa_delete": boolDefault(false),
		}),
		"website": bucketWebsite(),
	}
	for argument, use := range separateResources() {
		deprecated(computed(attributes[argument]), use)
	}
	return attributes
}

func bucketCORSRules() *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeList, Optional: true,
		Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"allowed_headers": stringList(),
			"allowed_methods": required(stringList()),
			"allowed_origins": required(stringList()),
			"expose_headers":  stringList(),
			"max_age_seconds": optionalInt(),
		}},
	}
}

func bucketGrants() *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeSet, Optional: true,
		Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"id":          optionalString(),
			"permissions": required(stringSet()),
			"type":        requiredString(),
			"uri":         optionalString(),
		}},
	}
}

func bucketLifecycleRules() *schema.Schema {
	transition := func(date bool) *schema.Schema {
		attributes := map[string]*schema.Schema{"days": optionalInt(), "storage_class": requiredString()}
		if date {
			attributes["date"] = optionalString()
		}
		return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: attributes}}
	}
	return &schema.Schema{
		Type: schema.TypeList, Optional: true,
		Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"abort_incomplete_multipart_upload_days": optionalInt(),
			"enabled":                                {Type: schema.TypeBool, Required: true},
			"expiration": optionalBlock(map[string]*schema.Schema{
				"date":                         optionalString(),
				"days":                         optionalInt(),
				"expired_object_delete_marker": optionalBool(),
			}),
			"id":                            optionalComputedString(),
			"noncurrent_version_expiration": optionalBlock(map[string]*schema.Schema{"days": optionalInt()}),
			"noncurrent_version_transition": transition(false),
			"prefix":                        optionalString(),
			"tags":                          stringMap(),
			"transition":                    transition(true),
		}},
	}
}

func bucketObjectLock() *schema.Schema {
	return optionalBlock(map[string]*schema.Schema{
		"object_lock_enabled": deprecated(
			conflicts(forceNew(optionalString()), "object_lock_enabled"), "Use object_lock_enabled of the bucket"),
		"rule": deprecated(optionalBlock(map[string]*schema.Schema{
			"default_retention": atLeastOne(requiredBlock(map[string]*schema.Schema{
				"days":  optionalInt(),
				"mode":  requiredString(),
				"years": optionalInt(),
			})),
		}), "Use the aws_s3_bucket_object_lock_configuration resource"),
	})
}

func bucketReplication() *schema.Schema {
	timed := func() *schema.Schema {
		return optionalBlock(map[string]*schema.Schema{
			"minutes": {Type: schema.TypeInt, Optional: true, Default: 15},
			"status":  {Type: schema.TypeString, Optional: true, Default: "Enabled"},
		})
	}
	return optionalBlock(map[string]*schema.Schema{
		"role": requiredString(),
		"rules": {
			Type: schema.TypeSet, Required: true,
			Elem: &schema.Resource{Schema: map[string]*schema.Schema{
				"delete_marker_replication_status": optionalString(),
				"destination": atLeastOne(requiredBlock(map[string]*schema.Schema{
					"access_control_translation": atLeastOne(optionalBlock(map[string]*schema.Schema{"owner": requiredString()})),
					"account_id":                 optionalString(),
					"bucket":                     requiredString(),
					"metrics":                    timed(),
					"replica_kms_key_id":         optionalString(),
					"replication_time":           timed(),
					"storage_class":              optionalString(),
				})),
				"filter": atLeastOne(optionalBlock(map[string]*schema.Schema{
					"prefix": optionalString(),
					"tags":   stringMap(),
				})),
				"id":       optionalString(),
				"prefix":   optionalString(),
				"priority": optionalInt(),
				"source_selection_criteria": atLeastOne(optionalBlock(map[string]*schema.Schema{
					"sse_kms_encrypted_objects": atLeastOne(optionalBlock(map[string]*schema.Schema{
						"enabled": {Type: schema.TypeBool, Required: true},
					})),
				})),
				"status": requiredString(),
			}},
		},
	})
}

func bucketWebsite() *schema.Schema {
	kinds := []string{"website.0.index_document", "website.0.redirect_all_requests_to"}
	index, redirect := optionalString(), optionalString()
	index.ExactlyOneOf, redirect.ExactlyOneOf = kinds, kinds
	return optionalBlock(map[string]*schema.Schema{
		"error_document":           optionalString(),
		"index_document":           index,
		"redirect_all_requests_to": conflicts(redirect, "website.0.error_document", "website.0.routing_rules"),
		"routing_rules":            optionalString(),
	})
}

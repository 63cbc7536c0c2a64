package standin

import (
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func distributionAttributes() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"aliases":                         stringSet(),
		"anycast_ip_list_id":              optionalString(),
		"arn":                             computedString(),
		"caller_reference":                computedString(),
		"comment":                         checked(optionalString(), validation.StringLenBetween(0, 128)),
		"continuous_deployment_policy_id": optionalComputedString(),
		"custom_error_response": blockSet(map[string]*schema.Schema{
			"error_caching_min_ttl": optionalInt(),
			"error_code":            required(optionalInt()),
			"response_code":         optionalInt(),
			"response_page_path":    optionalString(),
		}),
		"default_cache_behavior":         requiredBlock(defaultBehaviourAttributes()),
		"default_root_object":            optionalString(),
		"domain_name":                    computedString(),
		"enabled":                        required(optionalBool()),
		"etag":                           computedString(),
		"hosted_zone_id":                 computedString(),
		"http_version":                   oneOf(stringDefault(string(types.HttpVersionHttp2)), types.HttpVersion("").Values()),
		"in_progress_validation_batches": {Type: schema.TypeInt, Computed: true},
		"is_ipv6_enabled":                boolDefault(false),
		"last_modified_time":             computedString(),
		"logging_config": optionalBlock(map[string]*schema.Schema{
			"bucket":          optionalString(),
			"include_cookies": boolDefault(false),
			"prefix":          stringDefault(""),
		}),
		"logging_v1_enabled": {Type: schema.TypeBool, Computed: true},
		"ordered_cache_behavior": {
			Type: schema.TypeList, Optional: true,
			Elem: &schema.Resource{Schema: orderedBehaviourAttributes()},
		},
		"origin": required(blockSet(originAttributes())),
		"origin_group": blockSet(map[string]*schema.Schema{
			"failover_criteria": requiredBlock(map[string]*schema.Schema{
				"status_codes": {Type: schema.TypeSet, Required: true, Elem: &schema.Schema{Type: schema.TypeInt}},
			}),
			"member": {
				Type: schema.TypeList, Required: true, MinItems: 2, MaxItems: 2,
				Elem: &schema.Resource{Schema: map[string]*schema.Schema{"origin_id": requiredString()}},
			},
			"origin_id": checked(requiredString(), validation.NoZeroValues),
		}),
		"price_class": oneOf(stringDefault(string(types.PriceClassPriceClassAll)), types.PriceClass("").Values()),
		"restrictions": requiredBlock(map[string]*schema.Schema{
			"geo_restriction": requiredBlock(map[string]*schema.Schema{
				"locations":        computed(stringSet()),
				"restriction_type": oneOf(requiredString(), types.GeoRestrictionType("").Values()),
			}),
		}),
		"retain_on_delete":   boolDefault(false),
		"staging":            forceNew(boolDefault(false)),
		"status":             computedString(),
		"trusted_key_groups": activeKeys("key_group_id"),
		"trusted_signers":    activeKeys("aws_account_number"),
		"viewer_certificate": requiredBlock(map[string]*schema.Schema{
			"acm_certificate_arn":            arnOnly(optionalString()),
			"cloudfront_default_certificate": optionalBool(),
			"iam_certificate_id":             optionalString(),
			"minimum_protocol_version": oneOf(stringDefault(string(types.MinimumProtocolVersionTLSv1)),
				types.MinimumProtocolVersion("").Values()),
			"ssl_support_method": oneOf(optionalString(), types.SSLSupportMethod("").Values()),
		}),
		"wait_for_deployment": boolDefault(true),
		"web_acl_id":          optionalString(),
	}
}

// activeKeys is the shape of what CloudFront answers about the keys that it accepts.
func activeKeys(owner string) *schema.Schema {
	keys := readOnly(map[string]*schema.Schema{owner: optionalString(), "key_pair_ids": stringSet()})
	list := func(attributes map[string]*schema.Schema) *schema.Schema {
		return &schema.Schema{Type: schema.TypeList, Computed: true, Elem: &schema.Resource{Schema: attributes}}
	}
	return list(map[string]*schema.Schema{
		"enabled": {Type: schema.TypeBool, Computed: true},
		"items":   list(keys),
	})
}

func originAttributes() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"connection_attempts": checked(intDefault(3), validation.IntBetween(1, 3)),
		"connection_timeout":  checked(intDefault(10), validation.IntBetween(1, 10)),
		"custom_header": blockSet(map[string]*schema.Schema{
			"name":  requiredString(),
			"value": requiredString(),
		}),
		"custom_origin_config": optionalBlock(map[string]*schema.Schema{
			"http_port":                required(optionalInt()),
			"https_port":               required(optionalInt()),
			"ip_address_type":          oneOf(optionalString(), types.IpAddressType("").Values()),
			"origin_keepalive_timeout": checked(intDefault(5), validation.IntAtLeast(1)),
			"origin_protocol_policy":   oneOf(requiredString(), types.OriginProtocolPolicy("").Values()),
			"origin_read_timeout":      checked(intDefault(30), validation.IntAtLeast(1)),
			"origin_ssl_protocols": {
				Type: schema.TypeSet, Required: true,
				Elem: oneOf(&schema.Schema{Type: schema.TypeString}, types.SslProtocol("").Values()),
			},
		}),
		"domain_name":              checked(requiredString(), validation.NoZeroValues),
		"origin_access_control_id": checked(optionalString(), validation.NoZeroValues),
		"origin_id":                checked(requiredString(), validation.NoZeroValues),
		"origin_path":              stringDefault(""),
		"origin_shield": optionalBlock(map[string]*schema.Schema{
			"enabled": required(optionalBool()),
			"origin_shield_region": checked(optionalString(),
				validation.StringMatch(regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`), "must be the code of an AWS region")),
		}),
		"response_completion_timeout": computed(checked(optionalInt(), validation.IntAtLeast(0))),
		"s3_origin_config": optionalBlock(map[string]*schema.Schema{
			"origin_access_identity": requiredString(),
		}),
		"vpc_origin_config": optionalBlock(map[string]*schema.Schema{
			"origin_keepalive_timeout": checked(intDefault(5), validation.IntAtLeast(1)),
			"origin_read_timeout":      checked(intDefault(30), validation.IntAtLeast(1)),
			"owner_account_id":         checked(optionalString(), accountID),
			"vpc_origin_id":            requiredString(),
		}),
	}
}

// behaviourAttributes is what the default and the ordered cache behaviours have in
// common.
func behaviourAttributes() map[string]*schema.Schema {
	onFunction := blockSet(map[string]*schema.Schema{
		"event_type":   oneOf(requiredString(), types.EventType("").Values()),
		"function_arn": arnOnly(requiredString()),
	})
	onFunction.MaxItems = 2
	onLambda := blockSet(map[string]*schema.Schema{
		"event_type":   oneOf(requiredString(), types.EventType("").Values()),
		"include_body": boolDefault(false),
		"lambda_arn":   arnOnly(requiredString()),
	})
	onLambda.MaxItems = 4
	return map[string]*schema.Schema{
		"allowed_methods":           required(stringSet()),
		"cache_policy_id":           optionalString(),
		"cached_methods":            required(stringSet()),
		"compress":                  boolDefault(false),
		"default_ttl":               computed(optionalInt()),
		"field_level_encryption_id": optionalString(),
		"forwarded_values": optionalBlock(map[string]*schema.Schema{
			"cookies": requiredBlock(map[string]*schema.Schema{
				"forward":           oneOf(requiredString(), types.ItemSelection("").Values()),
				"whitelisted_names": stringSet(),
			}),
			"headers":                 computed(stringSet()),
			"query_string":            required(optionalBool()),
			"query_string_cache_keys": computed(stringList()),
		}),
		"function_association": onFunction,
		"grpc_config": computed(optionalBlock(map[string]*schema.Schema{
			"enabled": computed(optionalBool()),
		})),
		"lambda_function_association": onLambda,
		"max_ttl":                     computed(optionalInt()),
		"min_ttl":                     intDefault(0),
		"origin_request_policy_id":    optionalString(),
		"realtime_log_config_arn":     arnOnly(optionalString()),
		"response_headers_policy_id":  optionalString(),
		"smooth_streaming":            optionalBool(),
		"target_origin_id":            requiredString(),
		"trusted_key_groups":          stringList(),
		"trusted_signers":             stringList(),
		"viewer_protocol_policy":      oneOf(requiredString(), types.ViewerProtocolPolicy("").Values()),
	}
}

func orderedBehaviourAttributes() map[string]*schema.Schema {
	attributes := behaviourAttributes()
	attributes["path_pattern"] = requiredString()
	return attributes
}

// defaultBehaviourAttributes lets more come from AWS than an ordered behaviour does.
func defaultBehaviourAttributes() map[string]*schema.Schema {
	attributes := behaviourAttributes()
	computed(attributes["trusted_key_groups"])
	computed(attributes["trusted_signers"])
	forwarded := attributes["forwarded_values"].Elem.(*schema.Resource).Schema
	computed(forwarded["cookies"].Elem.(*schema.Resource).Schema["whitelisted_names"])
	return attributes
}

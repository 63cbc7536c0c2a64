//lint:file-ignore SA1019 forwarded_values and its ages are deprecated, and are arguments of the registry provider

package standin

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// distributionConfig is the whole configuration: an update replaces all of it.
func distributionConfig(d *schema.ResourceData) *types.DistributionConfig {
	reference := d.Get("caller_reference").(string)
	if reference == "" {
		reference = uniqueName("")
	}
	byDefault, _ := block(d.Get("default_cache_behavior"))
	names := stringsOf(d.Get("aliases"))
	config := &types.DistributionConfig{
		Aliases:                      &types.Aliases{Items: names, Quantity: quantity(names)},
		AnycastIpListId:              nonEmpty(d.Get("anycast_ip_list_id")),
		CacheBehaviors:               orderedBehaviours(blocks(d.Get("ordered_cache_behavior"))),
		CallerReference:              &reference,
		Comment:                      stringOf(d.Get("comment")),
		ContinuousDeploymentPolicyId: stringOf(d.Get("continuous_deployment_policy_id")),
		CustomErrorResponses:         errorResponses(blocks(d.Get("custom_error_response"))),
		DefaultCacheBehavior:         behaviour(byDefault),
		DefaultRootObject:            stringOf(d.Get("default_root_object")),
		Enabled:                      boolOf(d.Get("enabled")),
		HttpVersion:                  types.HttpVersion(d.Get("http_version").(string)),
		IsIPV6Enabled:                boolOf(d.Get("is_ipv6_enabled")),
		Logging:                      logging(d),
		Origins:                      origins(blocks(d.Get("origin"))),
		PriceClass:                   types.PriceClass(d.Get("price_class").(string)),
		Restrictions:                 restrictions(d),
		Staging:                      boolOf(d.Get("staging")),
		ViewerCertificate:            viewerCertificate(d),
		WebACLId:                     stringOf(d.Get("web_acl_id")),
	}
	if groups := blocks(d.Get("origin_group")); len(groups) > 0 {
		config.OriginGroups = originGroups(groups)
	}
	return config
}

// behaviour expands a cache behaviour. Ages are sent only without a cache policy,
// which has its own.
func behaviour(b map[string]any) *types.DefaultCacheBehavior {
	allowed, cached := constants[types.Method](stringsOf(b["allowed_methods"])), constants[types.Method](stringsOf(b["cached_methods"]))
	groups, signers := stringsOf(b["trusted_key_groups"]), stringsOf(b["trusted_signers"])
	expanded := &types.DefaultCacheBehavior{
		AllowedMethods: &types.AllowedMethods{
			CachedMethods: &types.CachedMethods{Items: cached, Quantity: quantity(cached)},
			Items:         allowed, Quantity: quantity(allowed),
		},
		CachePolicyId:              stringOf(b["cache_policy_id"]),
		Compress:                   boolOf(b["compress"]),
		FieldLevelEncryptionId:     stringOf(b["field_level_encryption_id"]),
		FunctionAssociations:       functionAssociations(blocks(b["function_association"])),
		LambdaFunctionAssociations: lambdaAssociations(blocks(b["lambda_function_association"])),
		OriginRequestPolicyId:      stringOf(b["origin_request_policy_id"]),
		RealtimeLogConfigArn:       nonEmpty(b["realtime_log_config_arn"]),
		ResponseHeadersPolicyId:    stringOf(b["response_headers_policy_id"]),
		SmoothStreaming:            boolOf(b["smooth_streaming"]),
		TargetOriginId:             stringOf(b["target_origin_id"]),
		TrustedKeyGroups:           &types.TrustedKeyGroups{Enabled: aws.Bool(len(groups) > 0), Items: groups, Quantity: quantity(groups)},
		TrustedSigners:             &types.TrustedSigners{Enabled: aws.Bool(len(signers) > 0), Items: signers, Quantity: quantity(signers)},
		ViewerProtocolPolicy:       types.ViewerProtocolPolicy(*stringOf(b["viewer_protocol_policy"])),
	}
	if forwarded, ok := block(b["forwarded_values"]); ok {
		expanded.ForwardedValues = forwardedValues(forwarded)
	}
	if grpc, ok := block(b["grpc_config"]); ok {
		expanded.GrpcConfig = &types.GrpcConfig{Enabled: boolOf(grpc["enabled"])}
	}
	if *expanded.CachePolicyId == "" {
		expanded.DefaultTTL = int64Of(b["default_ttl"])
		expanded.MaxTTL = int64Of(b["max_ttl"])
		expanded.MinTTL = int64Of(b["min_ttl"])
	}
	return expanded
}

// orderedBehaviours expands the behaviours that stand before the default one, which
// differ from it by the path alone.
func orderedBehaviours(list []map[string]any) *types.CacheBehaviors {
	var expanded []types.CacheBehavior
	for _, element := range list {
		b := behaviour(element)
		expanded = append(expanded, types.CacheBehavior{
			AllowedMethods:             b.AllowedMethods,
			CachePolicyId:              b.CachePolicyId,
			Compress:                   b.Compress,
			DefaultTTL:                 b.DefaultTTL,
			FieldLevelEncryptionId:     b.FieldLevelEncryptionId,
			ForwardedValues:            b.ForwardedValues,
			FunctionAssociations:       b.FunctionAssociations,
			GrpcConfig:                 b.GrpcConfig,
			LambdaFunctionAssociations: b.LambdaFunctionAssociations,
			MaxTTL:                     b.MaxTTL,
			MinTTL:                     b.MinTTL,
			OriginRequestPolicyId:      b.OriginRequestPolicyId,
			PathPattern:                stringOf(element["path_pattern"]),
			RealtimeLogConfigArn:       b.RealtimeLogConfigArn,
			ResponseHeadersPolicyId:    b.ResponseHeadersPolicyId,
			SmoothStreaming:            b.SmoothStreaming,
			TargetOriginId:             b.TargetOriginId,
			TrustedKeyGroups:           b.TrustedKeyGroups,
			TrustedSigners:             b.TrustedSigners,
			ViewerProtocolPolicy:       b.ViewerProtocolPolicy,
		})
	}
	return &types.CacheBehaviors{Items: expanded, Quantity: quantity(expanded)}
}

func functionAssociations(list []map[string]any) *types.FunctionAssociations {
	var expanded []types.FunctionAssociation
	for _, b := range list {
		expanded = append(expanded, types.FunctionAssociation{
			EventType: types.EventType(*stringOf(b["event_type"])), FunctionARN: stringOf(b["function_arn"]),
		})
	}
	return &types.FunctionAssociations{Items: expanded, Quantity: quantity(expanded)}
}

func lambdaAssociations(list []map[string]any) *types.LambdaFunctionAssociations {
	var expanded []types.LambdaFunctionAssociation
	for _, b := range list {
		expanded = append(expanded, types.LambdaFunctionAssociation{
			EventType:         types.EventType(*stringOf(b["event_type"])),
			IncludeBody:       boolOf(b["include_body"]),
			LambdaFunctionARN: stringOf(b["lambda_arn"]),
		})
	}
	return &types.LambdaFunctionAssociations{Items: expanded, Quantity: quantity(expanded)}
}

func forwardedValues(b map[string]any) *types.ForwardedValues {
	headers, keys := stringsOf(b["headers"]), stringsOf(b["query_string_cache_keys"])
	expanded := &types.ForwardedValues{
		Headers:              &types.Headers{Items: headers, Quantity: quantity(headers)},
		QueryString:          boolOf(b["query_string"]),
		QueryStringCacheKeys: &types.QueryStringCacheKeys{Items: keys, Quantity: quantity(keys)},
	}
	if cookies, ok := block(b["cookies"]); ok {
		names := stringsOf(cookies["whitelisted_names"])
		expanded.Cookies = &types.CookiePreference{
			Forward:          types.ItemSelection(*stringOf(cookies["forward"])),
			WhitelistedNames: &types.CookieNames{Items: names, Quantity: quantity(names)},
		}
	}
	return expanded
}

func origins(list []map[string]any) *types.Origins {
	var expanded []types.Origin
	for _, b := range list {
		expanded = append(expanded, origin(b))
	}
	return &types.Origins{Items: expanded, Quantity: quantity(expanded)}
}

func origin(b map[string]any) types.Origin {
	var headers []types.OriginCustomHeader
	for _, header := range blocks(b["custom_header"]) {
		headers = append(headers, types.OriginCustomHeader{HeaderName: stringOf(header["name"]), HeaderValue: stringOf(header["value"])})
	}
	expanded := types.Origin{
		ConnectionAttempts:        int32Of(b["connection_attempts"]),
		ConnectionTimeout:         int32Of(b["connection_timeout"]),
		CustomHeaders:             &types.CustomHeaders{Items: headers, Quantity: quantity(headers)},
		DomainName:                stringOf(b["domain_name"]),
		Id:                        stringOf(b["origin_id"]),
		OriginAccessControlId:     stringOf(b["origin_access_control_id"]),
		OriginPath:                stringOf(b["origin_path"]),
		ResponseCompletionTimeout: nonZero(b["response_completion_timeout"]),
	}
	if custom, ok := block(b["custom_origin_config"]); ok {
		protocols := constants[types.SslProtocol](stringsOf(custom["origin_ssl_protocols"]))
		expanded.CustomOriginConfig = &types.CustomOriginConfig{
			HTTPPort:               int32Of(custom["http_port"]),
			HTTPSPort:              int32Of(custom["https_port"]),
			IpAddressType:          types.IpAddressType(*stringOf(custom["ip_address_type"])),
			OriginKeepaliveTimeout: int32Of(custom["origin_keepalive_timeout"]),
			OriginProtocolPolicy:   types.OriginProtocolPolicy(*stringOf(custom["origin_protocol_policy"])),
			OriginReadTimeout:      int32Of(custom["origin_read_timeout"]),
			OriginSslProtocols:     &types.OriginSslProtocols{Items: protocols, Quantity: quantity(protocols)},
		}
	}
	if shield, ok := block(b["origin_shield"]); ok {
		expanded.OriginShield = &types.OriginShield{
			Enabled: boolOf(shield["enabled"]), OriginShieldRegion: nonEmpty(shield["origin_shield_region"]),
		}
	}
	if s3, ok := block(b["s3_origin_config"]); ok {
		expanded.S3OriginConfig = &types.S3OriginConfig{OriginAccessIdentity: stringOf(s3["origin_access_identity"])}
	}
	if vpc, ok := block(b["vpc_origin_config"]); ok {
		expanded.VpcOriginConfig = &types.VpcOriginConfig{
			OriginKeepaliveTimeout: int32Of(vpc["origin_keepalive_timeout"]),
			OriginReadTimeout:      int32Of(vpc["origin_read_timeout"]),
			OwnerAccountId:         nonEmpty(vpc["owner_account_id"]),
			VpcOriginId:            stringOf(vpc["vpc_origin_id"]),
		}
	}
	// CloudFront wants to be told the sort of an origin, and takes a bucket with an
	// origin access control for one without an identity.
	if expanded.CustomOriginConfig == nil && expanded.S3OriginConfig == nil && expanded.VpcOriginConfig == nil {
		expanded.S3OriginConfig = &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}
	}
	return expanded
}

func originGroups(list []map[string]any) *types.OriginGroups {
	var expanded []types.OriginGroup
	for _, b := range list {
		var codes []int32
		if criteria, ok := block(b["failover_criteria"]); ok {
			if set, ok := criteria["status_codes"].(*schema.Set); ok {
				for _, code := range set.List() {
					codes = append(codes, *int32Of(code))
				}
			}
		}
		var members []types.OriginGroupMember
		for _, member := range blocks(b["member"]) {
			members = append(members, types.OriginGroupMember{OriginId: stringOf(member["origin_id"])})
		}
		expanded = append(expanded, types.OriginGroup{
			FailoverCriteria: &types.OriginGroupFailoverCriteria{StatusCodes: &types.StatusCodes{Items: codes, Quantity: quantity(codes)}},
			Id:               stringOf(b["origin_id"]),
			Members:          &types.OriginGroupMembers{Items: members, Quantity: quantity(members)},
		})
	}
	return &types.OriginGroups{Items: expanded, Quantity: quantity(expanded)}
}

func errorResponses(list []map[string]any) *types.CustomErrorResponses {
	var expanded []types.CustomErrorResponse
	for _, b := range list {
		code := ""
		if n, _ := b["response_code"].(int); n != 0 {
			code = strconv.Itoa(n)
		}
		expanded = append(expanded, types.CustomErrorResponse{
			ErrorCachingMinTTL: int64Of(b["error_caching_min_ttl"]),
			ErrorCode:          int32Of(b["error_code"]),
			ResponseCode:       &code,
			ResponsePagePath:   stringOf(b["response_page_path"]),
		})
	}
	return &types.CustomErrorResponses{Items: expanded, Quantity: quantity(expanded)}
}

// logging without a bucket says what the newer way of logging, which is configured
// elsewhere, has to take from cookies.
func logging(d *schema.ResourceData) *types.LoggingConfig {
	b, _ := block(d.Get("logging_config"))
	bucket := stringOf(b["bucket"])
	return &types.LoggingConfig{
		Bucket:         bucket,
		Enabled:        aws.Bool(*bucket != ""),
		IncludeCookies: boolOf(b["include_cookies"]),
		Prefix:         stringOf(b["prefix"]),
	}
}

func restrictions(d *schema.ResourceData) *types.Restrictions {
	b, _ := block(d.Get("restrictions"))
	geo, _ := block(b["geo_restriction"])
	locations := stringsOf(geo["locations"])
	return &types.Restrictions{GeoRestriction: &types.GeoRestriction{
		Items:           locations,
		Quantity:        quantity(locations),
		RestrictionType: types.GeoRestrictionType(*stringOf(geo["restriction_type"])),
	}}
}

func viewerCertificate(d *schema.ResourceData) *types.ViewerCertificate {
	b, _ := block(d.Get("viewer_certificate"))
	certificate := &types.ViewerCertificate{
		ACMCertificateArn:      nonEmpty(b["acm_certificate_arn"]),
		IAMCertificateId:       nonEmpty(b["iam_certificate_id"]),
		MinimumProtocolVersion: types.MinimumProtocolVersion(*stringOf(b["minimum_protocol_version"])),
	}
	// CloudFront takes one source of certificates, and IAM's goes first.
	switch {
	case certificate.IAMCertificateId != nil:
		certificate.ACMCertificateArn = nil
	case certificate.ACMCertificateArn == nil:
		certificate.CloudFrontDefaultCertificate = boolOf(b["cloudfront_default_certificate"])
		return certificate
	}
	certificate.SSLSupportMethod = types.SSLSupportMethod(*stringOf(b["ssl_support_method"]))
	return certificate
}

//lint:file-ignore SA1019 forwarded_values and its ages are deprecated, and are arguments of the registry provider

package standin

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// distributionValues is what a distribution's configuration says about the
// arguments of its type.
func distributionValues(config *types.DistributionConfig) map[string]any {
	values := map[string]any{
		"anycast_ip_list_id":              config.AnycastIpListId,
		"caller_reference":                aws.ToString(config.CallerReference),
		"comment":                         aws.ToString(config.Comment),
		"continuous_deployment_policy_id": aws.ToString(config.ContinuousDeploymentPolicyId),
		"custom_error_response":           errorResponseBlocks(config.CustomErrorResponses),
		"default_cache_behavior":          one(behaviourBlock(config.DefaultCacheBehavior)),
		"default_root_object":             aws.ToString(config.DefaultRootObject),
		"enabled":                         aws.ToBool(config.Enabled),
		"http_version":                    string(config.HttpVersion),
		"is_ipv6_enabled":                 aws.ToBool(config.IsIPV6Enabled),
		"ordered_cache_behavior":          orderedBehaviourBlocks(config.CacheBehaviors),
		"origin":                          originBlocks(config.Origins),
		"origin_group":                    originGroupBlocks(config.OriginGroups),
		"price_class":                     string(config.PriceClass),
		"restrictions":                    restrictionsBlock(config.Restrictions),
		"staging":                         aws.ToBool(config.Staging),
		"viewer_certificate":              viewerCertificateBlock(config.ViewerCertificate),
		"web_acl_id":                      aws.ToString(config.WebACLId),

		"aliases":            []string(nil),
		"logging_config":     []any(nil),
		"logging_v1_enabled": false,
	}
	if config.Aliases != nil {
		values["aliases"] = config.Aliases.Items
	}
	if logging := config.Logging; logging != nil {
		values["logging_v1_enabled"] = aws.ToBool(logging.Enabled)
		if aws.ToBool(logging.Enabled) || aws.ToBool(logging.IncludeCookies) {
			values["logging_config"] = one(map[string]any{
				"bucket":          aws.ToString(logging.Bucket),
				"include_cookies": aws.ToBool(logging.IncludeCookies),
				"prefix":          aws.ToString(logging.Prefix),
			})
		}
	}
	return values
}

func behaviourBlock(b *types.DefaultCacheBehavior) map[string]any {
	content := map[string]any{
		"cache_policy_id":            aws.ToString(b.CachePolicyId),
		"compress":                   aws.ToBool(b.Compress),
		"default_ttl":                int(aws.ToInt64(b.DefaultTTL)),
		"field_level_encryption_id":  aws.ToString(b.FieldLevelEncryptionId),
		"max_ttl":                    int(aws.ToInt64(b.MaxTTL)),
		"min_ttl":                    int(aws.ToInt64(b.MinTTL)),
		"origin_request_policy_id":   aws.ToString(b.OriginRequestPolicyId),
		"realtime_log_config_arn":    aws.ToString(b.RealtimeLogConfigArn),
		"response_headers_policy_id": aws.ToString(b.ResponseHeadersPolicyId),
		"smooth_streaming":           aws.ToBool(b.SmoothStreaming),
		"target_origin_id":           aws.ToString(b.TargetOriginId),
		"viewer_protocol_policy":     string(b.ViewerProtocolPolicy),
	}
	if methods := b.AllowedMethods; methods != nil {
		content["allowed_methods"] = plain(methods.Items)
		if methods.CachedMethods != nil {
			content["cached_methods"] = plain(methods.CachedMethods.Items)
		}
	}
	if b.ForwardedValues != nil {
		content["forwarded_values"] = one(forwardedValuesBlock(b.ForwardedValues))
	}
	if b.FunctionAssociations != nil {
		var found []any
		for _, a := range b.FunctionAssociations.Items {
			found = append(found, map[string]any{"event_type": string(a.EventType), "function_arn": aws.ToString(a.FunctionARN)})
		}
		content["function_association"] = found
	}
	if b.GrpcConfig != nil {
		content["grpc_config"] = one(map[string]any{"enabled": aws.ToBool(b.GrpcConfig.Enabled)})
	}
	if b.LambdaFunctionAssociations != nil {
		var found []any
		for _, a := range b.LambdaFunctionAssociations.Items {
			found = append(found, map[string]any{
				"event_type": string(a.EventType), "include_body": aws.ToBool(a.IncludeBody), "lambda_arn": aws.ToString(a.LambdaFunctionARN),
			})
		}
		content["lambda_function_association"] = found
	}
	if b.TrustedKeyGroups != nil {
		content["trusted_key_groups"] = b.TrustedKeyGroups.Items
	}
	if b.TrustedSigners != nil {
		content["trusted_signers"] = b.TrustedSigners.Items
	}
	return content
}

func orderedBehaviourBlocks(behaviours *types.CacheBehaviors) []any {
	if behaviours == nil {
		return nil
	}
	var found []any
	for _, b := range behaviours.Items {
		content := behaviourBlock(&types.DefaultCacheBehavior{
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
			RealtimeLogConfigArn:       b.RealtimeLogConfigArn,
			ResponseHeadersPolicyId:    b.ResponseHeadersPolicyId,
			SmoothStreaming:            b.SmoothStreaming,
			TargetOriginId:             b.TargetOriginId,
			TrustedKeyGroups:           b.TrustedKeyGroups,
			TrustedSigners:             b.TrustedSigners,
			ViewerProtocolPolicy:       b.ViewerProtocolPolicy,
		})
		content["path_pattern"] = aws.ToString(b.PathPattern)
		found = append(found, content)
	}
	return found
}

func forwardedValuesBlock(values *types.ForwardedValues) map[string]any {
	content := map[string]any{"query_string": aws.ToBool(values.QueryString)}
	if cookies := values.Cookies; cookies != nil {
		preference := map[string]any{"forward": string(cookies.Forward)}
		if cookies.WhitelistedNames != nil {
			preference["whitelisted_names"] = cookies.WhitelistedNames.Items
		}
		content["cookies"] = one(preference)
	}
	if values.Headers != nil {
		content["headers"] = values.Headers.Items
	}
	if values.QueryStringCacheKeys != nil {
		content["query_string_cache_keys"] = values.QueryStringCacheKeys.Items
	}
	return content
}

func originBlocks(origins *types.Origins) []any {
	var found []any
	for _, o := range origins.Items {
		found = append(found, originBlock(o))
	}
	return found
}

func originBlock(o types.Origin) map[string]any {
	content := map[string]any{
		"connection_attempts":         int(aws.ToInt32(o.ConnectionAttempts)),
		"connection_timeout":          int(aws.ToInt32(o.ConnectionTimeout)),
		"domain_name":                 aws.ToString(o.DomainName),
		"origin_access_control_id":    aws.ToString(o.OriginAccessControlId),
		"origin_id":                   aws.ToString(o.Id),
		"origin_path":                 aws.ToString(o.OriginPath),
		"response_completion_timeout": int(aws.ToInt32(o.ResponseCompletionTimeout)),
	}
	if o.CustomHeaders != nil {
		var headers []any
		for _, header := range o.CustomHeaders.Items {
			headers = append(headers, map[string]any{"name": aws.ToString(header.HeaderName), "value": aws.ToString(header.HeaderValue)})
		}
		content["custom_header"] = headers
	}
	if custom := o.CustomOriginConfig; custom != nil {
		settings := map[string]any{
			"http_port":                int(aws.ToInt32(custom.HTTPPort)),
			"https_port":               int(aws.ToInt32(custom.HTTPSPort)),
			"ip_address_type":          string(custom.IpAddressType),
			"origin_keepalive_timeout": int(aws.ToInt32(custom.OriginKeepaliveTimeout)),
			"origin_protocol_policy":   string(custom.OriginProtocolPolicy),
			"origin_read_timeout":      int(aws.ToInt32(custom.OriginReadTimeout)),
		}
		if custom.OriginSslProtocols != nil {
			settings["origin_ssl_protocols"] = plain(custom.OriginSslProtocols.Items)
		}
		content["custom_origin_config"] = one(settings)
	}
	if shield := o.OriginShield; shield != nil && aws.ToBool(shield.Enabled) {
		content["origin_shield"] = one(map[string]any{"enabled": true, "origin_shield_region": aws.ToString(shield.OriginShieldRegion)})
	}
	if s3 := o.S3OriginConfig; s3 != nil && aws.ToString(s3.OriginAccessIdentity) != "" {
		content["s3_origin_config"] = one(map[string]any{"origin_access_identity": aws.ToString(s3.OriginAccessIdentity)})
	}
	if vpc := o.VpcOriginConfig; vpc != nil {
		content["vpc_origin_config"] = one(map[string]any{
			"origin_keepalive_timeout": int(aws.ToInt32(vpc.OriginKeepaliveTimeout)),
			"origin_read_timeout":      int(aws.ToInt32(vpc.OriginReadTimeout)),
			"owner_account_id":         aws.ToString(vpc.OwnerAccountId),
			"vpc_origin_id":            aws.ToString(vpc.VpcOriginId),
		})
	}
	return content
}

func originGroupBlocks(groups *types.OriginGroups) []any {
	if groups == nil {
		return nil
	}
	var found []any
	for _, group := range groups.Items {
		content := map[string]any{"origin_id": aws.ToString(group.Id)}
		if criteria := group.FailoverCriteria; criteria != nil && criteria.StatusCodes != nil {
			var codes []any
			for _, code := range criteria.StatusCodes.Items {
				codes = append(codes, int(code))
			}
			content["failover_criteria"] = one(map[string]any{"status_codes": codes})
		}
		if group.Members != nil {
			var members []any
			for _, member := range group.Members.Items {
				members = append(members, map[string]any{"origin_id": aws.ToString(member.OriginId)})
			}
			content["member"] = members
		}
		found = append(found, content)
	}
	return found
}

func errorResponseBlocks(responses *types.CustomErrorResponses) []any {
	if responses == nil {
		return nil
	}
	var found []any
	for _, response := range responses.Items {
		// No code means the origin's own, and is 0 in Terraform.
		code, _ := strconv.Atoi(aws.ToString(response.ResponseCode))
		found = append(found, map[string]any{
			"error_caching_min_ttl": int(aws.ToInt64(response.ErrorCachingMinTTL)),
			"error_code":            int(aws.ToInt32(response.ErrorCode)),
			"response_code":         code,
			"response_page_path":    aws.ToString(response.ResponsePagePath),
		})
	}
	return found
}

func restrictionsBlock(restrictions *types.Restrictions) []any {
	if restrictions == nil || restrictions.GeoRestriction == nil {
		return nil
	}
	geo := restrictions.GeoRestriction
	return one(map[string]any{
		"geo_restriction": one(map[string]any{"locations": geo.Items, "restriction_type": string(geo.RestrictionType)}),
	})
}

func viewerCertificateBlock(certificate *types.ViewerCertificate) []any {
	if certificate == nil {
		return nil
	}
	content := map[string]any{
		"acm_certificate_arn":            aws.ToString(certificate.ACMCertificateArn),
		"cloudfront_default_certificate": aws.ToBool(certificate.CloudFrontDefaultCertificate),
		"iam_certificate_id":             aws.ToString(certificate.IAMCertificateId),
		"minimum_protocol_version":       string(certificate.MinimumProtocolVersion),
	}
	// CloudFront also names a method beside its own certificate, where none can be set.
	if certificate.ACMCertificateArn != nil || certificate.IAMCertificateId != nil {
		content["ssl_support_method"] = string(certificate.SSLSupportMethod)
	}
	return one(content)
}

func activeKeyGroups(active *types.ActiveTrustedKeyGroups) []any {
	if active == nil {
		return nil
	}
	var found []any
	for _, group := range active.Items {
		found = append(found, map[string]any{"key_group_id": aws.ToString(group.KeyGroupId), "key_pair_ids": keyPairIDs(group.KeyPairIds)})
	}
	return one(map[string]any{"enabled": aws.ToBool(active.Enabled), "items": found})
}

func activeSigners(active *types.ActiveTrustedSigners) []any {
	if active == nil {
		return nil
	}
	var found []any
	for _, signer := range active.Items {
		found = append(found, map[string]any{
			"aws_account_number": aws.ToString(signer.AwsAccountNumber), "key_pair_ids": keyPairIDs(signer.KeyPairIds),
		})
	}
	return one(map[string]any{"enabled": aws.ToBool(active.Enabled), "items": found})
}

func keyPairIDs(ids *types.KeyPairIds) []string {
	if ids == nil {
		return nil
	}
	return ids.Items
}

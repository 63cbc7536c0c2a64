package lifecycle

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// behaviours adds what a distribution does with requests: by path, and what its
// default behaviour's policies and function are.
func (o observer) behaviours(ctx context.Context, c *types.DistributionConfig, got map[string]any) error {
	d := c.DefaultCacheBehavior
	behaviours := []types.CacheBehavior{{
		PathPattern: aws.String("*"), TargetOriginId: d.TargetOriginId, ViewerProtocolPolicy: d.ViewerProtocolPolicy,
		AllowedMethods: d.AllowedMethods, Compress: d.Compress, CachePolicyId: d.CachePolicyId, OriginRequestPolicyId: d.OriginRequestPolicyId,
		ResponseHeadersPolicyId: d.ResponseHeadersPolicyId, FunctionAssociations: d.FunctionAssociations,
		LambdaFunctionAssociations: d.LambdaFunctionAssociations, RealtimeLogConfigArn: d.RealtimeLogConfigArn,
		TrustedKeyGroups: d.TrustedKeyGroups, TrustedSigners: d.TrustedSigners,
	}}
	if c.CacheBehaviors != nil {
		behaviours = append(behaviours, c.CacheBehaviors.Items...)
	}
	all := map[string]any{}
	for i, b := range behaviours {
		one, err := o.behaviour(ctx, b)
		if err != nil {
			return err
		}
		one["precedence"] = i // in the order in which paths are tried; 0 is the default behaviour
		all[aws.ToString(b.PathPattern)] = one
	}
	got["behaviours"] = all
	got["headers"], got["cache"], got["rewrite"] = nil, nil, nil
	if id := aws.ToString(d.ResponseHeadersPolicyId); id != "" {
		out, err := o.cdn.GetResponseHeadersPolicy(ctx, &cloudfront.GetResponseHeadersPolicyInput{Id: &id})
		if err != nil {
			return err
		}
		got["headers"] = responseHeaders(out.ResponseHeadersPolicy.ResponseHeadersPolicyConfig)
	}
	if id := aws.ToString(d.CachePolicyId); id != "" {
		out, err := o.cdn.GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: &id})
		if err != nil {
			return err
		}
		got["cache"] = cachePolicy(out.CachePolicy.CachePolicyConfig)
	}
	if f := d.FunctionAssociations; f != nil && len(f.Items) > 0 {
		arn := aws.ToString(f.Items[0].FunctionARN)
		name := arn[strings.LastIndexByte(arn, '/')+1:]
		out, err := o.cdn.GetFunction(ctx, &cloudfront.GetFunctionInput{Name: &name, Stage: types.FunctionStageLive})
		if err != nil {
			return err
		}
		got["rewrite"] = string(out.FunctionCode)
	}
	return nil
}

// behaviour names its policies as people know them, not by CloudFront's ids.
func (o observer) behaviour(ctx context.Context, b types.CacheBehavior) (map[string]any, error) {
	got := map[string]any{
		"origin": aws.ToString(b.TargetOriginId), "viewers": string(b.ViewerProtocolPolicy), "methods": []string{},
		"compress": aws.ToBool(b.Compress), "forwarded": "none", "cache": "none", "headers": "none",
		"functions": []string{}, "realtime_logs": aws.ToString(b.RealtimeLogConfigArn),
		"signed": b.TrustedKeyGroups != nil && aws.ToBool(b.TrustedKeyGroups.Enabled) || b.TrustedSigners != nil && aws.ToBool(b.TrustedSigners.Enabled),
	}
	if b.AllowedMethods != nil {
		got["methods"] = named(b.AllowedMethods.Items)
	}
	functions := []string{}
	if b.FunctionAssociations != nil {
		for _, f := range b.FunctionAssociations.Items {
			functions = append(functions, string(f.EventType))
		}
	}
	if b.LambdaFunctionAssociations != nil {
		for _, f := range b.LambdaFunctionAssociations.Items {
			functions = append(functions, string(f.EventType)+" at the edge")
		}
	}
	got["functions"] = functions
	if id := aws.ToString(b.OriginRequestPolicyId); id != "" {
		out, err := o.cdn.GetOriginRequestPolicy(ctx, &cloudfront.GetOriginRequestPolicyInput{Id: &id})
		if err != nil {
			return nil, err
		}
		got["forwarded"] = aws.ToString(out.OriginRequestPolicy.OriginRequestPolicyConfig.Name)
	}
	if id := aws.ToString(b.CachePolicyId); id != "" {
		out, err := o.cdn.GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: &id})
		if err != nil {
			return nil, err
		}
		got["cache"] = aws.ToString(out.CachePolicy.CachePolicyConfig.Name)
	}
	if id := aws.ToString(b.ResponseHeadersPolicyId); id != "" {
		out, err := o.cdn.GetResponseHeadersPolicy(ctx, &cloudfront.GetResponseHeadersPolicyInput{Id: &id})
		if err != nil {
			return nil, err
		}
		got["headers"] = aws.ToString(out.ResponseHeadersPolicy.ResponseHeadersPolicyConfig.Name)
	}
	return got, nil
}

// cachePolicy is for how long answers are kept, in seconds, and what of a request
// makes another answer.
func cachePolicy(c *types.CachePolicyConfig) map[string]any {
	got := map[string]any{
		"min_ttl": int(aws.ToInt64(c.MinTTL)), "default_ttl": int(aws.ToInt64(c.DefaultTTL)), "max_ttl": int(aws.ToInt64(c.MaxTTL)),
	}
	p := c.ParametersInCacheKeyAndForwardedToOrigin
	if p == nil {
		return got
	}
	got["gzip"], got["brotli"] = aws.ToBool(p.EnableAcceptEncodingGzip), aws.ToBool(p.EnableAcceptEncodingBrotli)
	if p.CookiesConfig != nil {
		got["cookies"] = string(p.CookiesConfig.CookieBehavior)
	}
	if p.HeadersConfig != nil {
		got["headers"] = string(p.HeadersConfig.HeaderBehavior)
	}
	if p.QueryStringsConfig != nil {
		got["query_strings"] = string(p.QueryStringsConfig.QueryStringBehavior)
	}
	return got
}

// responseHeaders are the headers that a policy adds, as a browser sees them.
func responseHeaders(c *types.ResponseHeadersPolicyConfig) map[string]any {
	headers := map[string]any{}
	add := func(name, value string, override *bool) {
		if !aws.ToBool(override) {
			value += " unless the origin says otherwise"
		}
		headers[name] = value
	}
	if s := c.SecurityHeadersConfig; s != nil {
		addSecurityHeaders(s, add)
	}
	if c.CustomHeadersConfig != nil {
		for _, h := range c.CustomHeadersConfig.Items {
			add(strings.ToLower(aws.ToString(h.Header)), aws.ToString(h.Value), h.Override)
		}
	}
	if h := c.CorsConfig; h != nil && h.AccessControlAllowOrigins != nil {
		add("access-control-allow-origin", strings.Join(h.AccessControlAllowOrigins.Items, ", "), h.OriginOverride)
	}
	if h := c.ServerTimingHeadersConfig; h != nil && aws.ToBool(h.Enabled) {
		headers["server-timing"] = fmt.Sprintf("%v percent of answers", aws.ToFloat64(h.SamplingRate))
	}
	if c.RemoveHeadersConfig != nil {
		for _, h := range c.RemoveHeadersConfig.Items {
			headers[strings.ToLower(aws.ToString(h.Header))] = "removed"
		}
	}
	return headers
}

func addSecurityHeaders(s *types.ResponseHeadersPolicySecurityHeadersConfig, add func(name, value string, override *bool)) {
	if h := s.StrictTransportSecurity; h != nil {
		value := fmt.Sprintf("max-age=%d", aws.ToInt32(h.AccessControlMaxAgeSec))
		if aws.ToBool(h.IncludeSubdomains) {
			value += "; includeSubDomains"
		}
		if aws.ToBool(h.Preload) {
			value += "; preload"
		}
		add("strict-transport-security", value, h.Override)
	}
	if h := s.ContentTypeOptions; h != nil {
		add("x-content-type-options", "nosniff", h.Override)
	}
	if h := s.FrameOptions; h != nil {
		add("x-frame-options", string(h.FrameOption), h.Override)
	}
	if h := s.ReferrerPolicy; h != nil {
		add("referrer-policy", string(h.ReferrerPolicy), h.Override)
	}
	if h := s.ContentSecurityPolicy; h != nil {
		add("content-security-policy", aws.ToString(h.ContentSecurityPolicy), h.Override)
	}
	if h := s.XSSProtection; h != nil {
		value := "0"
		if aws.ToBool(h.Protection) {
			value = "1"
		}
		add("x-xss-protection", value, h.Override)
	}
}

// named makes texts of values of one of the SDK's types.
func named[T ~string](values []T) []string {
	names := make([]string, 0, len(values))
	for _, v := range values {
		names = append(names, string(v))
	}
	return names
}

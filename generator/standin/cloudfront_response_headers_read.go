package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func readResponseHeadersPolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.cloudfront.GetResponseHeadersPolicy(ctx, &cloudfront.GetResponseHeadersPolicyInput{Id: aws.String(d.Id())})
	if err != nil {
		return err
	}
	config := found.ResponseHeadersPolicy.ResponseHeadersPolicyConfig
	values := map[string]any{
		"arn":     c.cloudfrontARN("response-headers-policy", d.Id()),
		"comment": aws.ToString(config.Comment),
		"etag":    aws.ToString(found.ETag),
		"name":    aws.ToString(config.Name),

		"cors_config":                  corsBlock(config.CorsConfig),
		"custom_headers_config":        customHeadersBlock(config.CustomHeadersConfig),
		"remove_headers_config":        removedHeadersBlock(config.RemoveHeadersConfig),
		"security_headers_config":      securityHeadersBlock(config.SecurityHeadersConfig),
		"server_timing_headers_config": []any(nil),
	}
	if timing := config.ServerTimingHeadersConfig; timing != nil {
		values["server_timing_headers_config"] = one(map[string]any{
			"enabled":       aws.ToBool(timing.Enabled),
			"sampling_rate": aws.ToFloat64(timing.SamplingRate),
		})
	}
	return setAll(d, values)
}

func corsBlock(cors *types.ResponseHeadersPolicyCorsConfig) []any {
	if cors == nil {
		return nil
	}
	content := map[string]any{
		"access_control_allow_credentials": aws.ToBool(cors.AccessControlAllowCredentials),
		"access_control_max_age_sec":       int(aws.ToInt32(cors.AccessControlMaxAgeSec)),
		"origin_override":                  aws.ToBool(cors.OriginOverride),
	}
	if list := cors.AccessControlAllowHeaders; list != nil {
		content["access_control_allow_headers"] = items(list.Items)
	}
	if list := cors.AccessControlAllowMethods; list != nil {
		content["access_control_allow_methods"] = items(plain(list.Items))
	}
	if list := cors.AccessControlAllowOrigins; list != nil {
		content["access_control_allow_origins"] = items(list.Items)
	}
	if list := cors.AccessControlExposeHeaders; list != nil {
		content["access_control_expose_headers"] = items(list.Items)
	}
	return one(content)
}

func customHeadersBlock(config *types.ResponseHeadersPolicyCustomHeadersConfig) []any {
	if config == nil {
		return nil
	}
	var headers []any
	for _, header := range config.Items {
		headers = append(headers, map[string]any{
			"header":   aws.ToString(header.Header),
			"override": aws.ToBool(header.Override),
			"value":    aws.ToString(header.Value),
		})
	}
	return one(map[string]any{"items": headers})
}

func removedHeadersBlock(config *types.ResponseHeadersPolicyRemoveHeadersConfig) []any {
	if config == nil {
		return nil
	}
	var headers []any
	for _, header := range config.Items {
		headers = append(headers, map[string]any{"header": aws.ToString(header.Header)})
	}
	return one(map[string]any{"items": headers})
}

func securityHeadersBlock(config *types.ResponseHeadersPolicySecurityHeadersConfig) []any {
	if config == nil {
		return nil
	}
	content := map[string]any{}
	if h := config.ContentSecurityPolicy; h != nil {
		content["content_security_policy"] = one(map[string]any{
			"content_security_policy": aws.ToString(h.ContentSecurityPolicy),
			"override":                aws.ToBool(h.Override),
		})
	}
	if h := config.ContentTypeOptions; h != nil {
		content["content_type_options"] = one(map[string]any{"override": aws.ToBool(h.Override)})
	}
	if h := config.FrameOptions; h != nil {
		content["frame_options"] = one(map[string]any{"frame_option": string(h.FrameOption), "override": aws.ToBool(h.Override)})
	}
	if h := config.ReferrerPolicy; h != nil {
		content["referrer_policy"] = one(map[string]any{"override": aws.ToBool(h.Override), "referrer_policy": string(h.ReferrerPolicy)})
	}
	if h := config.StrictTransportSecurity; h != nil {
		content["strict_transport_security"] = one(map[string]any{
			"access_control_max_age_sec": int(aws.ToInt32(h.AccessControlMaxAgeSec)),
			"include_subdomains":         aws.ToBool(h.IncludeSubdomains),
			"override":                   aws.ToBool(h.Override),
			"preload":                    aws.ToBool(h.Preload),
		})
	}
	if h := config.XSSProtection; h != nil {
		content["xss_protection"] = one(map[string]any{
			"mode_block": aws.ToBool(h.ModeBlock),
			"override":   aws.ToBool(h.Override),
			"protection": aws.ToBool(h.Protection),
			"report_uri": aws.ToString(h.ReportUri),
		})
	}
	return one(content)
}

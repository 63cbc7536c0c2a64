package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func cloudfrontResponseHeadersPolicy() kind {
	attributes := responseHeadersPolicyAttributes()
	parts := []string{
		"cors_config", "custom_headers_config", "remove_headers_config", "security_headers_config", "server_timing_headers_config",
	}
	for _, part := range parts {
		attributes[part].AtLeastOneOf = parts
	}
	return kind{
		title:      "CloudFront Response Headers Policy",
		attributes: attributes,
		global:     true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			made, err := c.cloudfront.CreateResponseHeadersPolicy(ctx, &cloudfront.CreateResponseHeadersPolicyInput{
				ResponseHeadersPolicyConfig: responseHeadersPolicy(d),
			})
			if err != nil {
				return err
			}
			d.SetId(aws.ToString(made.ResponseHeadersPolicy.Id))
			return nil
		},
		read: readResponseHeadersPolicy,
		update: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.UpdateResponseHeadersPolicy(ctx, &cloudfront.UpdateResponseHeadersPolicyInput{
				Id:                          aws.String(d.Id()),
				IfMatch:                     aws.String(d.Get("etag").(string)),
				ResponseHeadersPolicyConfig: responseHeadersPolicy(d),
			})
			return err
		},
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.DeleteResponseHeadersPolicy(ctx, &cloudfront.DeleteResponseHeadersPolicyInput{
				Id: aws.String(d.Id()), IfMatch: aws.String(d.Get("etag").(string)),
			})
			return err
		},
	}
}

func responseHeadersPolicyAttributes() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"arn":     computedString(),
		"comment": optionalString(),
		"cors_config": optionalBlock(map[string]*schema.Schema{
			"access_control_allow_credentials": required(optionalBool()),
			"access_control_allow_headers":     requiredBlock(itemsBlock()),
			"access_control_allow_methods":     requiredBlock(itemsBlock()),
			"access_control_allow_origins":     requiredBlock(itemsBlock()),
			"access_control_expose_headers":    optionalBlock(itemsBlock()),
			"access_control_max_age_sec":       optionalInt(),
			"origin_override":                  required(optionalBool()),
		}),
		"custom_headers_config": optionalBlock(map[string]*schema.Schema{
			"items": blockSet(map[string]*schema.Schema{
				"header":   requiredString(),
				"override": required(optionalBool()),
				"value":    requiredString(),
			}),
		}),
		"etag": computedString(),
		"name": requiredString(),
		"remove_headers_config": optionalBlock(map[string]*schema.Schema{
			"items": blockSet(map[string]*schema.Schema{"header": requiredString()}),
		}),
		"security_headers_config": optionalBlock(securityHeadersAttributes()),
		"server_timing_headers_config": optionalBlock(map[string]*schema.Schema{
			"enabled":       required(optionalBool()),
			"sampling_rate": checked(&schema.Schema{Type: schema.TypeFloat, Required: true}, validation.FloatBetween(0, 100)),
		}),
	}
}

func securityHeadersAttributes() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"content_security_policy": optionalBlock(map[string]*schema.Schema{
			"content_security_policy": requiredString(),
			"override":                required(optionalBool()),
		}),
		"content_type_options": optionalBlock(map[string]*schema.Schema{
			"override": required(optionalBool()),
		}),
		"frame_options": optionalBlock(map[string]*schema.Schema{
			"frame_option": oneOf(requiredString(), types.FrameOptionsList("").Values()),
			"override":     required(optionalBool()),
		}),
		"referrer_policy": optionalBlock(map[string]*schema.Schema{
			"override":        required(optionalBool()),
			"referrer_policy": oneOf(requiredString(), types.ReferrerPolicyList("").Values()),
		}),
		"strict_transport_security": optionalBlock(map[string]*schema.Schema{
			"access_control_max_age_sec": required(optionalInt()),
			"include_subdomains":         optionalBool(),
			"override":                   required(optionalBool()),
			"preload":                    optionalBool(),
		}),
		"xss_protection": optionalBlock(map[string]*schema.Schema{
			"mode_block": optionalBool(),
			"override":   required(optionalBool()),
			"protection": required(optionalBool()),
			"report_uri": optionalString(),
		}),
	}
}

// responseHeadersPolicy is the whole policy: an update replaces all of it,
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateResponseHeadersPolicy.html.
func responseHeadersPolicy(d *schema.ResourceData) *types.ResponseHeadersPolicyConfig {
	config := &types.ResponseHeadersPolicyConfig{
		Comment: nonEmpty(d.Get("comment")),
		Name:    aws.String(d.Get("name").(string)),
	}
	if cors, ok := block(d.Get("cors_config")); ok {
		config.CorsConfig = corsHeaders(cors)
	}
	if custom, ok := block(d.Get("custom_headers_config")); ok {
		config.CustomHeadersConfig = &types.ResponseHeadersPolicyCustomHeadersConfig{}
		for _, header := range blocks(custom["items"]) {
			config.CustomHeadersConfig.Items = append(config.CustomHeadersConfig.Items, types.ResponseHeadersPolicyCustomHeader{
				Header: stringOf(header["header"]), Override: boolOf(header["override"]), Value: stringOf(header["value"]),
			})
		}
		config.CustomHeadersConfig.Quantity = quantity(config.CustomHeadersConfig.Items)
	}
	if removed, ok := block(d.Get("remove_headers_config")); ok {
		config.RemoveHeadersConfig = &types.ResponseHeadersPolicyRemoveHeadersConfig{}
		for _, header := range blocks(removed["items"]) {
			config.RemoveHeadersConfig.Items = append(config.RemoveHeadersConfig.Items,
				types.ResponseHeadersPolicyRemoveHeader{Header: stringOf(header["header"])})
		}
		config.RemoveHeadersConfig.Quantity = quantity(config.RemoveHeadersConfig.Items)
	}
	if security, ok := block(d.Get("security_headers_config")); ok {
		config.SecurityHeadersConfig = securityHeaders(security)
	}
	if timing, ok := block(d.Get("server_timing_headers_config")); ok {
		rate, _ := timing["sampling_rate"].(float64)
		config.ServerTimingHeadersConfig = &types.ResponseHeadersPolicyServerTimingHeadersConfig{
			Enabled: boolOf(timing["enabled"]), SamplingRate: &rate,
		}
	}
	return config
}

func corsHeaders(cors map[string]any) *types.ResponseHeadersPolicyCorsConfig {
	headers, origins := itemsOf(cors["access_control_allow_headers"]), itemsOf(cors["access_control_allow_origins"])
	methods := constants[types.ResponseHeadersPolicyAccessControlAllowMethodsValues](itemsOf(cors["access_control_allow_methods"]))
	config := &types.ResponseHeadersPolicyCorsConfig{
		AccessControlAllowCredentials: boolOf(cors["access_control_allow_credentials"]),
		AccessControlAllowHeaders:     &types.ResponseHeadersPolicyAccessControlAllowHeaders{Items: headers, Quantity: quantity(headers)},
		AccessControlAllowMethods:     &types.ResponseHeadersPolicyAccessControlAllowMethods{Items: methods, Quantity: quantity(methods)},
		AccessControlAllowOrigins:     &types.ResponseHeadersPolicyAccessControlAllowOrigins{Items: origins, Quantity: quantity(origins)},
		AccessControlMaxAgeSec:        nonZero(cors["access_control_max_age_sec"]),
		OriginOverride:                boolOf(cors["origin_override"]),
	}
	if exposed := itemsOf(cors["access_control_expose_headers"]); len(exposed) > 0 {
		config.AccessControlExposeHeaders = &types.ResponseHeadersPolicyAccessControlExposeHeaders{Items: exposed, Quantity: quantity(exposed)}
	}
	return config
}

func securityHeaders(security map[string]any) *types.ResponseHeadersPolicySecurityHeadersConfig {
	config := &types.ResponseHeadersPolicySecurityHeadersConfig{}
	if b, ok := block(security["content_security_policy"]); ok {
		config.ContentSecurityPolicy = &types.ResponseHeadersPolicyContentSecurityPolicy{
			ContentSecurityPolicy: stringOf(b["content_security_policy"]), Override: boolOf(b["override"]),
		}
	}
	if b, ok := block(security["content_type_options"]); ok {
		config.ContentTypeOptions = &types.ResponseHeadersPolicyContentTypeOptions{Override: boolOf(b["override"])}
	}
	if b, ok := block(security["frame_options"]); ok {
		config.FrameOptions = &types.ResponseHeadersPolicyFrameOptions{
			FrameOption: types.FrameOptionsList(*stringOf(b["frame_option"])), Override: boolOf(b["override"]),
		}
	}
	if b, ok := block(security["referrer_policy"]); ok {
		config.ReferrerPolicy = &types.ResponseHeadersPolicyReferrerPolicy{
			Override: boolOf(b["override"]), ReferrerPolicy: types.ReferrerPolicyList(*stringOf(b["referrer_policy"])),
		}
	}
	if b, ok := block(security["strict_transport_security"]); ok {
		config.StrictTransportSecurity = &types.ResponseHeadersPolicyStrictTransportSecurity{
			AccessControlMaxAgeSec: int32Of(b["access_control_max_age_sec"]),
			IncludeSubdomains:      boolOf(b["include_subdomains"]),
			Override:               boolOf(b["override"]),
			Preload:                boolOf(b["preload"]),
		}
	}
	if b, ok := block(security["xss_protection"]); ok {
		config.XSSProtection = &types.ResponseHeadersPolicyXSSProtection{
			ModeBlock:  boolOf(b["mode_block"]),
			Override:   boolOf(b["override"]),
			Protection: boolOf(b["protection"]),
			ReportUri:  nonEmpty(b["report_uri"]),
		}
	}
	return config
}

func cloudfrontResponseHeadersPolicyData() *schema.Resource {
	return policyData("Response Headers Policy", responseHeadersPolicyAttributes(), readResponseHeadersPolicy, func(ctx context.Context, c *clients, marker *string) (map[string]string, *string, error) {
		page, err := c.cloudfront.ListResponseHeadersPolicies(ctx, &cloudfront.ListResponseHeadersPoliciesInput{Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		ids := map[string]string{}
		for _, summary := range page.ResponseHeadersPolicyList.Items {
			ids[aws.ToString(summary.ResponseHeadersPolicy.ResponseHeadersPolicyConfig.Name)] = aws.ToString(summary.ResponseHeadersPolicy.Id)
		}
		return ids, page.ResponseHeadersPolicyList.NextMarker, nil
	})
}

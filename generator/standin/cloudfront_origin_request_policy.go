package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func cloudfrontOriginRequestPolicy() kind {
	return kind{
		title:      "CloudFront Origin Request Policy",
		attributes: originRequestPolicyAttributes(),
		global:     true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			made, err := c.cloudfront.CreateOriginRequestPolicy(ctx, &cloudfront.CreateOriginRequestPolicyInput{
				OriginRequestPolicyConfig: originRequestPolicy(d),
			})
			if err != nil {
				return err
			}
			d.SetId(aws.ToString(made.OriginRequestPolicy.Id))
			return nil
		},
		read: readOriginRequestPolicy,
		update: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.UpdateOriginRequestPolicy(ctx, &cloudfront.UpdateOriginRequestPolicyInput{
				Id:                        aws.String(d.Id()),
				IfMatch:                   aws.String(d.Get("etag").(string)),
				OriginRequestPolicyConfig: originRequestPolicy(d),
			})
			return err
		},
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.DeleteOriginRequestPolicy(ctx, &cloudfront.DeleteOriginRequestPolicyInput{
				Id: aws.String(d.Id()), IfMatch: aws.String(d.Get("etag").(string)),
			})
			return err
		},
	}
}

func originRequestPolicyAttributes() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"arn":            computedString(),
		"comment":        optionalString(),
		"cookies_config": requiredBlock(choice("cookie_behavior", "cookies", types.OriginRequestPolicyCookieBehavior("").Values())),
		"etag":           computedString(),
		"headers_config": requiredBlock(headersChoice(types.OriginRequestPolicyHeaderBehavior("").Values())),
		"name":           requiredString(),
		"query_strings_config": requiredBlock(choice("query_string_behavior", "query_strings",
			types.OriginRequestPolicyQueryStringBehavior("").Values())),
	}
}

func originRequestPolicy(d *schema.ResourceData) *types.OriginRequestPolicyConfig {
	onCookies, cookies := chosen(d.Get("cookies_config"), "cookie_behavior", "cookies")
	onHeaders, headers := chosen(d.Get("headers_config"), "header_behavior", "headers")
	onQuery, query := chosen(d.Get("query_strings_config"), "query_string_behavior", "query_strings")
	return &types.OriginRequestPolicyConfig{
		Comment: nonEmpty(d.Get("comment")),
		CookiesConfig: &types.OriginRequestPolicyCookiesConfig{
			CookieBehavior: types.OriginRequestPolicyCookieBehavior(onCookies), Cookies: cookieNames(cookies),
		},
		HeadersConfig: &types.OriginRequestPolicyHeadersConfig{
			HeaderBehavior: types.OriginRequestPolicyHeaderBehavior(onHeaders), Headers: headerNames(headers),
		},
		Name: aws.String(d.Get("name").(string)),
		QueryStringsConfig: &types.OriginRequestPolicyQueryStringsConfig{
			QueryStringBehavior: types.OriginRequestPolicyQueryStringBehavior(onQuery), QueryStrings: queryStringNames(query),
		},
	}
}

func readOriginRequestPolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.cloudfront.GetOriginRequestPolicy(ctx, &cloudfront.GetOriginRequestPolicyInput{Id: aws.String(d.Id())})
	if err != nil {
		return err
	}
	config := found.OriginRequestPolicy.OriginRequestPolicyConfig
	return setAll(d, map[string]any{
		"arn":            c.cloudfrontARN("origin-request-policy", d.Id()),
		"comment":        aws.ToString(config.Comment),
		"cookies_config": cookiesBlock(string(config.CookiesConfig.CookieBehavior), config.CookiesConfig.Cookies),
		"etag":           aws.ToString(found.ETag),
		"headers_config": headersBlock(string(config.HeadersConfig.HeaderBehavior), config.HeadersConfig.Headers),
		"name":           aws.ToString(config.Name),
		"query_strings_config": queryStringsBlock(string(config.QueryStringsConfig.QueryStringBehavior),
			config.QueryStringsConfig.QueryStrings),
	})
}

func cloudfrontOriginRequestPolicyData() *schema.Resource {
	return policyData("Origin Request Policy", originRequestPolicyAttributes(), readOriginRequestPolicy, func(ctx context.Context, c *clients, marker *string) (map[string]string, *string, error) {
		page, err := c.cloudfront.ListOriginRequestPolicies(ctx, &cloudfront.ListOriginRequestPoliciesInput{Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		ids := map[string]string{}
		for _, summary := range page.OriginRequestPolicyList.Items {
			ids[aws.ToString(summary.OriginRequestPolicy.OriginRequestPolicyConfig.Name)] = aws.ToString(summary.OriginRequestPolicy.Id)
		}
		return ids, page.OriginRequestPolicyList.NextMarker, nil
	})
}

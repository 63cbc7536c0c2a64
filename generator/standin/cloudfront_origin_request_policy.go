package standin

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
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
	return &schema.Resource{
		Schema: dataByIDOrName(originRequestPolicyAttributes()),
		ReadContext: func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			c := meta.(*cloud).in("")
			id, err := originRequestPolicyID(ctx, d, c)
			if err != nil {
				return diag.Errorf("reading CloudFront Origin Request Policy: %s", err)
			}
			d.SetId(id)
			if err := readOriginRequestPolicy(ctx, d, c); err != nil {
				return diag.Errorf("reading CloudFront Origin Request Policy (%s): %s", id, err)
			}
			return nil
		},
	}
}

// originRequestPolicyID returns the id that is given, or looks for the name.
func originRequestPolicyID(ctx context.Context, d *schema.ResourceData, c *clients) (string, error) {
	if id := d.Get("id").(string); id != "" {
		return id, nil
	}
	name := d.Get("name").(string)
	input := &cloudfront.ListOriginRequestPoliciesInput{}
	for {
		page, err := c.cloudfront.ListOriginRequestPolicies(ctx, input)
		if err != nil {
			return "", err
		}
		for _, summary := range page.OriginRequestPolicyList.Items {
			if aws.ToString(summary.OriginRequestPolicy.OriginRequestPolicyConfig.Name) == name {
				return aws.ToString(summary.OriginRequestPolicy.Id), nil
			}
		}
		if input.Marker = page.OriginRequestPolicyList.NextMarker; aws.ToString(input.Marker) == "" {
			return "", fmt.Errorf("no policy has the name %q", name)
		}
	}
}

package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func cloudfrontCachePolicy() kind {
	return kind{
		title:      "CloudFront Cache Policy",
		attributes: cachePolicyAttributes(),
		global:     true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			made, err := c.cloudfront.CreateCachePolicy(ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicy(d)})
			if err != nil {
				return err
			}
			d.SetId(aws.ToString(made.CachePolicy.Id))
			return nil
		},
		read: readCachePolicy,
		update: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.UpdateCachePolicy(ctx, &cloudfront.UpdateCachePolicyInput{
				CachePolicyConfig: cachePolicy(d),
				Id:                aws.String(d.Id()),
				IfMatch:           aws.String(d.Get("etag").(string)),
			})
			return err
		},
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.DeleteCachePolicy(ctx, &cloudfront.DeleteCachePolicyInput{
				Id: aws.String(d.Id()), IfMatch: aws.String(d.Get("etag").(string)),
			})
			return err
		},
	}
}

func cachePolicyAttributes() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"arn":         computedString(),
		"comment":     optionalString(),
		"default_ttl": intDefault(86400),
		"etag":        computedString(),
		"max_ttl":     intDefault(31536000),
		"min_ttl":     optionalInt(),
		"name":        requiredString(),
		"parameters_in_cache_key_and_forwarded_to_origin": requiredBlock(map[string]*schema.Schema{
			"cookies_config":                requiredBlock(choice("cookie_behavior", "cookies", types.CachePolicyCookieBehavior("").Values())),
			"enable_accept_encoding_brotli": optionalBool(),
			"enable_accept_encoding_gzip":   optionalBool(),
			"headers_config":                requiredBlock(headersChoice(types.CachePolicyHeaderBehavior("").Values())),
			"query_strings_config": requiredBlock(choice("query_string_behavior", "query_strings",
				types.CachePolicyQueryStringBehavior("").Values())),
		}),
	}
}

func cachePolicy(d *schema.ResourceData) *types.CachePolicyConfig {
	key, _ := block(d.Get("parameters_in_cache_key_and_forwarded_to_origin"))
	onCookies, cookies := chosen(key["cookies_config"], "cookie_behavior", "cookies")
	onHeaders, headers := chosen(key["headers_config"], "header_behavior", "headers")
	onQuery, query := chosen(key["query_strings_config"], "query_string_behavior", "query_strings")
	return &types.CachePolicyConfig{
		Comment:    nonEmpty(d.Get("comment")),
		DefaultTTL: int64Of(d.Get("default_ttl")),
		MaxTTL:     int64Of(d.Get("max_ttl")),
		MinTTL:     int64Of(d.Get("min_ttl")),
		Name:       aws.String(d.Get("name").(string)),
		ParametersInCacheKeyAndForwardedToOrigin: &types.ParametersInCacheKeyAndForwardedToOrigin{
			CookiesConfig: &types.CachePolicyCookiesConfig{
				CookieBehavior: types.CachePolicyCookieBehavior(onCookies), Cookies: cookieNames(cookies),
			},
			EnableAcceptEncodingBrotli: boolOf(key["enable_accept_encoding_brotli"]),
			EnableAcceptEncodingGzip:   boolOf(key["enable_accept_encoding_gzip"]),
			HeadersConfig: &types.CachePolicyHeadersConfig{
				HeaderBehavior: types.CachePolicyHeaderBehavior(onHeaders), Headers: headerNames(headers),
			},
			QueryStringsConfig: &types.CachePolicyQueryStringsConfig{
				QueryStringBehavior: types.CachePolicyQueryStringBehavior(onQuery), QueryStrings: queryStringNames(query),
			},
		},
	}
}

func readCachePolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.cloudfront.GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: aws.String(d.Id())})
	if err != nil {
		return err
	}
	config := found.CachePolicy.CachePolicyConfig
	var parameters []any
	if key := config.ParametersInCacheKeyAndForwardedToOrigin; key != nil {
		parameters = one(map[string]any{
			"cookies_config":                cookiesBlock(string(key.CookiesConfig.CookieBehavior), key.CookiesConfig.Cookies),
			"enable_accept_encoding_brotli": aws.ToBool(key.EnableAcceptEncodingBrotli),
			"enable_accept_encoding_gzip":   aws.ToBool(key.EnableAcceptEncodingGzip),
			"headers_config":                headersBlock(string(key.HeadersConfig.HeaderBehavior), key.HeadersConfig.Headers),
			"query_strings_config": queryStringsBlock(string(key.QueryStringsConfig.QueryStringBehavior),
				key.QueryStringsConfig.QueryStrings),
		})
	}
	return setAll(d, map[string]any{
		"arn":         c.cloudfrontARN("cache-policy", d.Id()),
		"comment":     aws.ToString(config.Comment),
		"default_ttl": int(aws.ToInt64(config.DefaultTTL)),
		"etag":        aws.ToString(found.ETag),
		"max_ttl":     int(aws.ToInt64(config.MaxTTL)),
		"min_ttl":     int(aws.ToInt64(config.MinTTL)),
		"name":        aws.ToString(config.Name),
		"parameters_in_cache_key_and_forwarded_to_origin": parameters,
	})
}

func cloudfrontCachePolicyData() *schema.Resource {
	return policyData("Cache Policy", cachePolicyAttributes(), readCachePolicy, func(ctx context.Context, c *clients, marker *string) (map[string]string, *string, error) {
		page, err := c.cloudfront.ListCachePolicies(ctx, &cloudfront.ListCachePoliciesInput{Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		ids := map[string]string{}
		for _, summary := range page.CachePolicyList.Items {
			ids[aws.ToString(summary.CachePolicy.CachePolicyConfig.Name)] = aws.ToString(summary.CachePolicy.Id)
		}
		return ids, page.CachePolicyList.NextMarker, nil
	})
}

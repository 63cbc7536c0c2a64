package cloudfront

import "time"

// The policies that AWS manages
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html,
// …/using-managed-origin-request-policies.html, …/using-managed-response-headers-policies.html).

// managedTag is the entity tag of what AWS manages; it never changes.
const managedTag = "E23ZP02F085DFQ"

func managedPolicy[C any](id string, config C) stored[C] {
	return stored[C]{ID: id, ETag: managedTag, Modified: time.Date(2020, 7, 22, 0, 0, 0, 0, time.UTC), Config: config}
}

func named(items ...string) *names { return &names{Quantity: len(items), Items: items} }

func ptr[T any](v T) *T { return &v }

func managedCachePolicies() []stored[cachePolicyConfig] {
	const day, year = 86400, 31536000
	policy := func(id, name, comment string, least, usual, most int64, key cacheKey) stored[cachePolicyConfig] {
		return managedPolicy(id, cachePolicyConfig{
			Name: "Managed-" + name, Comment: comment, MinTTL: least, DefaultTTL: &usual, MaxTTL: &most, Parameters: &key,
		})
	}
	key := func(compressed bool, headers []string, cookies string, queries queryStringsConfig) cacheKey {
		k := cacheKey{
			EnableAcceptEncodingGzip: compressed, EnableAcceptEncodingBrotli: compressed,
			HeadersConfig: headersConfig{HeaderBehavior: "none"}, CookiesConfig: cookiesConfig{CookieBehavior: cookies},
			QueryStringsConfig: queries,
		}
		if len(headers) > 0 {
			k.HeadersConfig = headersConfig{"whitelist", named(headers...)}
		}
		return k
	}
	none, all := queryStringsConfig{QueryStringBehavior: "none"}, queryStringsConfig{QueryStringBehavior: "all"}
	overrides := []string{"host", "origin", "x-http-method", "x-http-method-override", "x-method-override"}
	media := key(true, []string{"origin"}, "none", queryStringsConfig{"whitelist", named("aws.manifestfilter", "end", "m", "start")})
	media.EnableAcceptEncodingBrotli = false
	return []stored[cachePolicyConfig]{
		policy("658327ea-f89d-4fab-a63d-7e88639e58f6", "CachingOptimized",
			"Policy with caching enabled. Supports Gzip and Brotli compression.", 1, day, year, key(true, nil, "none", none)),
		policy("b2884449-e4de-46a7-ac36-70bc7f1ddd6d", "CachingOptimizedForUncompressedObjects",
			"Default policy when compression is disabled", 1, day, year, key(false, nil, "none", none)),
		policy("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled",
			"Policy with caching disabled", 0, 0, 0, key(false, nil, "none", none)),
		policy("08627262-05a9-4f76-9ded-b50ca2e3a84f", "Elemental-MediaPackage",
			"Policy for Elemental MediaPackage Origin", 0, day, year, media),
		policy("2e54312d-136d-493c-8eb9-b001f22f67d2", "Amplify",
			"Policy for Amplify Origin", 2, 2, 600, key(true, []string{"authorization", "cloudfront-viewer-country", "host"}, "all", all)),
		policy("83da9c7e-98b4-4e11-a168-04f0df8e2c65", "UseOriginCacheControlHeaders",
			"Policy for origins that return Cache-Control headers. Query strings are not included in the cache key.", 0, 0, year, key(true, overrides, "all", none)),
		policy("4cc15a8a-d715-48a4-82b8-cc0b614638fe", "UseOriginCacheControlHeaders-QueryStrings",
			"Policy for origins that return Cache-Control headers and serve different content based on values present in the query string.", 0, 0, year, key(true, overrides, "all", all)),
	}
}

func managedOriginRequestPolicies() []stored[originRequestPolicyConfig] {
	policy := func(id, name, comment string, headers headersConfig, others string) stored[originRequestPolicyConfig] {
		return managedPolicy(id, originRequestPolicyConfig{
			Name: "Managed-" + name, Comment: comment, HeadersConfig: headers,
			CookiesConfig: cookiesConfig{CookieBehavior: others}, QueryStringsConfig: queryStringsConfig{QueryStringBehavior: others},
		})
	}
	only := func(headers ...string) headersConfig { return headersConfig{"whitelist", named(headers...)} }
	tailor := policy("775133bc-15f2-49f9-abea-afb2e0bf67d2", "Elemental-MediaTailor-PersonalizedManifests", "Policy for MediaTailor Personalized Manifests",
		only("origin", "access-control-request-headers", "access-control-request-method", "user-agent", "x-forwarded-for"), "none")
	tailor.Config.QueryStringsConfig.QueryStringBehavior = "all"
	return []stored[originRequestPolicyConfig]{
		policy("216adef6-5c7f-47e4-b989-5492eafa07d3", "AllViewer", "Policy to forward all parameters in viewer requests", headersConfig{HeaderBehavior: "allViewer"}, "all"),
		policy("b689b0a8-53d0-40ab-baf2-68738e2966ac", "AllViewerExceptHostHeader", "Policy to forward all parameters in viewer requests except for the Host header",
			headersConfig{"allExcept", named("host")}, "all"),
		policy("33f36d7e-f396-46d9-90e0-52428a34d9dc", "AllViewerAndCloudFrontHeaders-2022-06", "Policy to forward all parameters in viewer requests and all CloudFront headers that were released through June 2022",
			headersConfig{"allViewerAndWhitelistCloudFront", named(
				"CloudFront-Forwarded-Proto", "CloudFront-Is-Android-Viewer", "CloudFront-Is-Desktop-Viewer", "CloudFront-Is-IOS-Viewer",
				"CloudFront-Is-Mobile-Viewer", "CloudFront-Is-SmartTV-Viewer", "CloudFront-Is-Tablet-Viewer", "CloudFront-Viewer-Address",
				"CloudFront-Viewer-ASN", "CloudFront-Viewer-City", "CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Name",
				"CloudFront-Viewer-Country-Region", "CloudFront-Viewer-Country-Region-Name", "CloudFront-Viewer-Http-Version",
				"CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude", "CloudFront-Viewer-Metro-Code", "CloudFront-Viewer-Postal-Code",
				"CloudFront-Viewer-Time-Zone", "CloudFront-Viewer-TLS")}, "all"),
		policy("59781a5b-3903-41f3-afcb-af62929ccde1", "CORS-CustomOrigin", "Policy for using cross-origin resource sharing with a custom origin", only("origin"), "none"),
		policy("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "CORS-S3Origin", "Policy for using cross-origin resource sharing with an S3 origin",
			only("origin", "access-control-request-headers", "access-control-request-method"), "none"),
		policy("bf0718e1-ba1e-49d1-88b1-f726733018ae", "HostHeaderOnly", "Policy to forward only the Host header", only("host"), "none"),
		policy("acba4595-bd28-49b8-b9fe-13317c0390fa", "UserAgentRefererHeaders", "Policy for sending the User-Agent and Referer headers", only("user-agent", "referer"), "none"),
		tailor,
	}
}

func managedResponseHeadersPolicies() []stored[responseHeadersPolicyConfig] {
	simple := func(methods ...string) *corsConfig {
		c := corsConfig{
			AccessControlAllowOrigins: originList{1, []string{"*"}},
			AccessControlAllowHeaders: headerList{1, []string{"*"}},
			AccessControlAllowMethods: methodList{len(methods), methods},
		}
		if len(methods) > 2 {
			c.AccessControlExposeHeaders = &headerList{1, []string{"*"}}
		}
		return &c
	}
	preflight := func() *corsConfig { return simple("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS") }
	security := func() *securityHeadersConfig {
		return &securityHeadersConfig{
			XSSProtection:           &xssProtection{Protection: true, ModeBlock: ptr(true)},
			FrameOptions:            &frameOptions{FrameOption: "SAMEORIGIN"},
			ReferrerPolicy:          &referrerPolicy{ReferrerPolicy: "strict-origin-when-cross-origin"},
			ContentTypeOptions:      &contentTypeOptions{Override: true},
			StrictTransportSecurity: &strictTransportSecurity{AccessControlMaxAgeSec: 31536000},
		}
	}
	policy := func(id, name, comment string, cors *corsConfig, security *securityHeadersConfig) stored[responseHeadersPolicyConfig] {
		return managedPolicy(id, responseHeadersPolicyConfig{
			Name: "Managed-" + name, Comment: comment, CorsConfig: cors, SecurityHeadersConfig: security,
		})
	}
	return []stored[responseHeadersPolicyConfig]{
		policy("60669652-455b-4ae9-85a4-c4c02393f86c", "SimpleCORS", "Allows all origins for simple CORS requests", simple("GET", "HEAD"), nil),
		policy("5cc3b908-e619-4b99-88e5-2cf7f45965bd", "CORS-With-Preflight", "Allows all origins for CORS requests, including preflight requests", preflight(), nil),
		policy("67f7725c-6f97-4210-82d7-5512b31e9d03", "SecurityHeadersPolicy", "Adds a set of security headers to every response", nil, security()),
		policy("e61eb60c-9c35-4d20-a928-2b84e02af89c", "CORS-and-SecurityHeadersPolicy", "Allows all origins for simple CORS requests and adds security headers", simple("GET", "HEAD"), security()),
		policy("eaab4381-ed33-4a86-88ca-d9558dc6cd63", "CORS-with-preflight-and-SecurityHeadersPolicy", "Allows all origins for CORS requests, including preflight requests, and adds security headers", preflight(), security()),
	}
}

package cloudfront_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/localcloud/edge"
)

// TestPoliciesAtTheEdge has the edge do what policies say, as they are now.
func TestPoliciesAtTheEdge(t *testing.T) {
	c := open(t)
	caches, err := c.CreateCachePolicy(t.Context(), &sdk.CreateCachePolicyInput{CachePolicyConfig: &types.CachePolicyConfig{
		Name: aws.String("c"), MinTTL: aws.Int64(1), DefaultTTL: aws.Int64(2), MaxTTL: aws.Int64(3),
		ParametersInCacheKeyAndForwardedToOrigin: &types.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip: aws.Bool(true), EnableAcceptEncodingBrotli: aws.Bool(true),
			HeadersConfig:      &types.CachePolicyHeadersConfig{HeaderBehavior: types.CachePolicyHeaderBehaviorWhitelist, Headers: &types.Headers{Quantity: aws.Int32(1), Items: []string{"Accept"}}},
			CookiesConfig:      &types.CachePolicyCookiesConfig{CookieBehavior: types.CachePolicyCookieBehaviorAllExcept, Cookies: &types.CookieNames{Quantity: aws.Int32(1), Items: []string{"c"}}},
			QueryStringsConfig: &types.CachePolicyQueryStringsConfig{QueryStringBehavior: types.CachePolicyQueryStringBehaviorAll},
		},
	}})
	c.Must(err)
	responses, err := c.CreateResponseHeadersPolicy(t.Context(), &sdk.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: everyHeader()})
	c.Must(err)
	c.publish("rewrite", c.function("rewrite", ""))
	c.publish("answer", c.function("answer", ""))
	made := c.distribute("all", func(d *types.DistributionConfig) {
		b := d.DefaultCacheBehavior
		b.CachePolicyId, b.ResponseHeadersPolicyId = caches.CachePolicy.Id, responses.ResponseHeadersPolicy.Id
		b.OriginRequestPolicyId = aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac") // AllViewerExceptHostHeader
		b.FunctionAssociations = viewer("viewer-request", "rewrite")
		b.FunctionAssociations.Items = append(b.FunctionAssociations.Items, viewer("viewer-response", "answer").Items...)
		b.FunctionAssociations.Quantity = aws.Int32(2)
		d.CustomErrorResponses = &types.CustomErrorResponses{Quantity: aws.Int32(2), Items: []types.CustomErrorResponse{
			{ErrorCode: aws.Int32(404), ResponsePagePath: aws.String("/404.html"), ResponseCode: aws.String("200"), ErrorCachingMinTTL: aws.Int64(7)},
			{ErrorCode: aws.Int32(500)},
		}}
	}).Distribution
	at, found := c.service.Lookup(*made.DomainName)
	if !found {
		t.Fatal("the edge does not know it")
	}
	want := edge.Behaviour{
		Cache: edge.CachePolicy{
			MinTTL: time.Second, DefaultTTL: 2 * time.Second, MaxTTL: 3 * time.Second, Gzip: true, Brotli: true,
			Headers:      edge.Selection{Mode: edge.SelectNamed, Names: []string{"Accept"}},
			Cookies:      edge.Selection{Mode: edge.SelectAllExcept, Names: []string{"c"}},
			QueryStrings: edge.Selection{Mode: edge.SelectAll},
		},
		OriginRequest: edge.OriginRequestPolicy{
			Headers: edge.Selection{Mode: edge.SelectAllExcept, Names: []string{"host"}},
			Cookies: edge.Selection{Mode: edge.SelectAll}, QueryStrings: edge.Selection{Mode: edge.SelectAll},
		},
		ResponseHeaders: &edge.ResponseHeadersPolicy{
			CORS: &edge.CORS{
				AllowCredentials: true, AllowHeaders: []string{"h"}, AllowMethods: []string{"GET"}, AllowOrigins: []string{"https://example.com"},
				ExposeHeaders: []string{"e"}, MaxAge: ptr(60), OriginOverride: true,
			},
			Security: edge.SecurityHeaders{
				ContentSecurityPolicy: &edge.HeaderValue{Value: "default-src 'self'", Override: true}, ContentTypeOptions: &edge.HeaderValue{Override: true},
				FrameOptions: &edge.HeaderValue{Value: "DENY", Override: true}, ReferrerPolicy: &edge.HeaderValue{Value: "origin"},
				StrictTransportSecurity: &edge.StrictTransportSecurity{MaxAge: 300, IncludeSubdomains: true, Preload: true, Override: true},
				XSSProtection:           &edge.XSSProtection{Protection: true, ReportURI: "https://example.com/report"},
			},
			Custom: []edge.Header{{Name: "X-A", Value: "1", Override: true}}, Remove: []string{"Server"}, ServerTiming: ptr(0.0),
		},
		ViewerRequest: &edge.Function{Name: "rewrite", Runtime: edge.RuntimeJS2, Code: passOn}, ViewerResponse: &edge.Function{Name: "answer", Runtime: edge.RuntimeJS2, Code: passOn},
	}
	got := edge.Behaviour{
		Cache: at.Default.Cache, OriginRequest: at.Default.OriginRequest, ResponseHeaders: at.Default.ResponseHeaders,
		ViewerRequest: at.Default.ViewerRequest, ViewerResponse: at.Default.ViewerResponse,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the behaviour (-want +got):\n%s", diff)
	}
	pages := []edge.ErrorResponse{{Code: 404, ResponseCode: 200, PagePath: "/404.html", CachingMinTTL: 7 * time.Second}, {Code: 500, NoCachingMinTTL: true}}
	if diff := cmp.Diff(pages, at.ErrorResponses); diff != "" {
		t.Errorf("the pages of errors (-want +got):\n%s", diff)
	}

	changed := cachePolicy("c")
	changed.MinTTL = aws.Int64(100)
	_, err = c.UpdateCachePolicy(t.Context(), &sdk.UpdateCachePolicyInput{Id: caches.CachePolicy.Id, IfMatch: caches.ETag, CachePolicyConfig: changed})
	c.Must(err)
	if at, _ := c.service.Lookup(*made.DomainName); at.Default.Cache.MinTTL != 100*time.Second {
		t.Errorf("a policy that has changed still has %+v at the edge", at.Default.Cache)
	}
}

// everyHeader is a policy with one of each sort of headers.
func everyHeader() *types.ResponseHeadersPolicyConfig {
	yes := aws.Bool(true)
	return &types.ResponseHeadersPolicyConfig{
		Name: aws.String("r"),
		CorsConfig: &types.ResponseHeadersPolicyCorsConfig{
			AccessControlAllowCredentials: yes, OriginOverride: yes, AccessControlMaxAgeSec: aws.Int32(60),
			AccessControlAllowHeaders:  &types.ResponseHeadersPolicyAccessControlAllowHeaders{Quantity: aws.Int32(1), Items: []string{"h"}},
			AccessControlExposeHeaders: &types.ResponseHeadersPolicyAccessControlExposeHeaders{Quantity: aws.Int32(1), Items: []string{"e"}},
			AccessControlAllowMethods:  &types.ResponseHeadersPolicyAccessControlAllowMethods{Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyAccessControlAllowMethodsValues{"GET"}},
			AccessControlAllowOrigins:  &types.ResponseHeadersPolicyAccessControlAllowOrigins{Quantity: aws.Int32(1), Items: []string{"https://example.com"}},
		},
		SecurityHeadersConfig: &types.ResponseHeadersPolicySecurityHeadersConfig{
			ContentSecurityPolicy: &types.ResponseHeadersPolicyContentSecurityPolicy{Override: yes, ContentSecurityPolicy: aws.String("default-src 'self'")},
			ContentTypeOptions:    &types.ResponseHeadersPolicyContentTypeOptions{Override: yes},
			FrameOptions:          &types.ResponseHeadersPolicyFrameOptions{Override: yes, FrameOption: types.FrameOptionsListDeny},
			ReferrerPolicy:        &types.ResponseHeadersPolicyReferrerPolicy{Override: aws.Bool(false), ReferrerPolicy: types.ReferrerPolicyListOrigin},
			StrictTransportSecurity: &types.ResponseHeadersPolicyStrictTransportSecurity{
				Override: yes, AccessControlMaxAgeSec: aws.Int32(300), IncludeSubdomains: yes, Preload: yes,
			},
			XSSProtection: &types.ResponseHeadersPolicyXSSProtection{Override: aws.Bool(false), Protection: yes, ReportUri: aws.String("https://example.com/report")},
		},
		CustomHeadersConfig: &types.ResponseHeadersPolicyCustomHeadersConfig{Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyCustomHeader{
			{Header: aws.String("X-A"), Value: aws.String("1"), Override: yes},
		}},
		RemoveHeadersConfig: &types.ResponseHeadersPolicyRemoveHeadersConfig{Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyRemoveHeader{
			{Header: aws.String("Server")},
		}},
		ServerTimingHeadersConfig: &types.ResponseHeadersPolicyServerTimingHeadersConfig{Enabled: yes},
	}
}

func ptr[T any](value T) *T { return &value }

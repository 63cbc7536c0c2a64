package cloudfront_test

//lint:file-ignore SA1019 older configurations have ForwardedValues instead of a cache policy, and CloudFront still takes them

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/localcloud/edge"
	"sendform/generator/localcloud/servicetest"
)

// forwarding has a distribution without a cache policy.
func forwarding(e func(*types.DefaultCacheBehavior, *types.ForwardedValues)) edit {
	return func(d *types.DistributionConfig) {
		values := &types.ForwardedValues{QueryString: aws.Bool(false), Cookies: &types.CookiePreference{Forward: types.ItemSelectionNone}}
		d.DefaultCacheBehavior.CachePolicyId, d.DefaultCacheBehavior.ForwardedValues = nil, values
		e(d.DefaultCacheBehavior, values)
	}
}

func headers(all ...string) *types.Headers { return &types.Headers{Quantity: count(all), Items: all} }

func keys(all ...string) *types.QueryStringCacheKeys {
	return &types.QueryStringCacheKeys{Quantity: count(all), Items: all}
}

func cookies(all ...string) *types.CookiePreference {
	return &types.CookiePreference{Forward: types.ItemSelectionWhitelist, WhitelistedNames: &types.CookieNames{Quantity: count(all), Items: all}}
}

func TestForwardedValuesThatCannotBe(t *testing.T) {
	c := open(t)
	for name, test := range map[string]struct {
		spoil func(*types.DefaultCacheBehavior, *types.ForwardedValues)
		code  string
	}{
		"a cache policy beside them": {func(b *types.DefaultCacheBehavior, _ *types.ForwardedValues) {
			b.CachePolicyId = aws.String(cachingOptimized)
		}, "InvalidArgument"},
		"a TTL without them": {func(b *types.DefaultCacheBehavior, _ *types.ForwardedValues) {
			b.ForwardedValues, b.CachePolicyId, b.MinTTL = nil, aws.String(cachingOptimized), aws.Int64(1)
		}, "InvalidArgument"},
		"a request policy": {func(b *types.DefaultCacheBehavior, _ *types.ForwardedValues) {
			b.OriginRequestPolicyId = aws.String("216adef6-5c7f-47e4-b989-5492eafa07d3")
		}, "InvalidArgument"},
		"TTLs out of order": {func(b *types.DefaultCacheBehavior, _ *types.ForwardedValues) {
			b.MinTTL, b.MaxTTL = aws.Int64(100), aws.Int64(10)
		}, "InvalidTTLOrder"},
		"cookies without names":       {func(_ *types.DefaultCacheBehavior, v *types.ForwardedValues) { v.Cookies.Forward = "whitelist" }, "InvalidForwardCookies"},
		"too many cookies":            {func(_ *types.DefaultCacheBehavior, v *types.ForwardedValues) { v.Cookies = cookies(names(11)...) }, "TooManyCookieNamesInWhiteList"},
		"too many headers":            {func(_ *types.DefaultCacheBehavior, v *types.ForwardedValues) { v.Headers = headers(names(11)...) }, "TooManyHeadersInForwardedValues"},
		"all headers and one":         {func(_ *types.DefaultCacheBehavior, v *types.ForwardedValues) { v.Headers = headers("*", "Accept") }, "InvalidArgument"},
		"Host for a bucket":           {func(_ *types.DefaultCacheBehavior, v *types.ForwardedValues) { v.Headers = headers("host") }, "InvalidHeadersForS3Origin"},
		"query strings not forwarded": {func(_ *types.DefaultCacheBehavior, v *types.ForwardedValues) { v.QueryStringCacheKeys = keys("q") }, "InvalidQueryStringParameters"},
		"too many query strings": {func(_ *types.DefaultCacheBehavior, v *types.ForwardedValues) {
			v.QueryString, v.QueryStringCacheKeys = aws.Bool(true), keys(names(11)...)
		}, "TooManyQueryStringParameters"},
	} {
		_, err := c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig(name, forwarding(test.spoil))})
		t.Run(name, func(t *testing.T) { servicetest.WantError(t, err, test.code, "") })
	}
}

// TestForwardedValuesAtTheEdge compares what the edge does instead of a cache policy.
func TestForwardedValuesAtTheEdge(t *testing.T) {
	c := open(t)
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	for name, test := range map[string]struct {
		forward func(*types.DefaultCacheBehavior, *types.ForwardedValues)
		want    edge.CachePolicy
	}{
		"nothing": {func(*types.DefaultCacheBehavior, *types.ForwardedValues) {}, edge.CachePolicy{DefaultTTL: day, MaxTTL: year, Gzip: true}},
		"some": {func(b *types.DefaultCacheBehavior, v *types.ForwardedValues) {
			b.MinTTL, b.DefaultTTL, b.MaxTTL = aws.Int64(1), aws.Int64(2), aws.Int64(3)
			v.QueryString, v.QueryStringCacheKeys, v.Cookies, v.Headers = aws.Bool(true), keys("q"), cookies("c"), headers("Accept")
		}, edge.CachePolicy{
			MinTTL: time.Second, DefaultTTL: 2 * time.Second, MaxTTL: 3 * time.Second, Gzip: true,
			Headers:      edge.Selection{Mode: edge.SelectNamed, Names: []string{"Accept"}},
			Cookies:      edge.Selection{Mode: edge.SelectNamed, Names: []string{"c"}},
			QueryStrings: edge.Selection{Mode: edge.SelectNamed, Names: []string{"q"}},
		}},
		"all": {func(_ *types.DefaultCacheBehavior, v *types.ForwardedValues) {
			v.QueryString, v.Cookies.Forward = aws.Bool(true), types.ItemSelectionAll
		}, edge.CachePolicy{
			DefaultTTL: day, MaxTTL: year, Gzip: true, Cookies: edge.Selection{Mode: edge.SelectAll}, QueryStrings: edge.Selection{Mode: edge.SelectAll},
		}},
	} {
		made := c.distribute(name, forwarding(test.forward)).Distribution
		at, found := c.service.Lookup(*made.DomainName)
		if diff := cmp.Diff(test.want, at.Default.Cache); !found || diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

package tests

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/environment"
)

// distributionDrifts change a distribution and what it is made of.
func distributionDrifts(t *testing.T, c clients, target environment.Target) []drift {
	t.Helper()
	d := target.Distributions[0]
	found := c.distribution(t, d.Name)
	here, policy := "cdn.send: distribution "+d.Name+": ", "cdn.send: bucket policy "+target.Bucket("site").Name+": "
	edited := func(edit func(*types.DistributionConfig)) change { return c.reconfigured(*found.Id, edit) }
	api, defaults := found.DistributionConfig.CacheBehaviors.Items[0], found.DistributionConfig.DefaultCacheBehavior
	elsewhere := "abcdefghijklmnopqrstuvwxyz234567.lambda-url.eu-west-2.on.aws"
	behaviour := "behaviours." + *api.PathPattern + "."
	return []drift{
		{"disabled", edited(func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) }), here + `enabled: wanted true, got false`},
		{"price", edited(func(c *types.DistributionConfig) { c.PriceClass = types.PriceClassPriceClassAll }), here + `price_class: wanted "PriceClass_100", got "PriceClass_All"`},
		{"page of the root", edited(func(c *types.DistributionConfig) { c.DefaultRootObject = aws.String("x.html") }), here + `default_root_object: wanted "index.html", got "x.html"`},
		{"HTTP", edited(func(c *types.DistributionConfig) { c.HttpVersion = types.HttpVersionHttp2 }), here + `http_version: wanted "http2and3", got "http2"`},
		{"IPv6", edited(func(c *types.DistributionConfig) { c.IsIPV6Enabled = aws.Bool(false) }), here + `ipv6: wanted true, got false`},
		{
			"countries",
			edited(func(c *types.DistributionConfig) {
				c.Restrictions.GeoRestriction = &types.GeoRestriction{
					RestrictionType: types.GeoRestrictionTypeBlacklist, Quantity: aws.Int32(1), Items: []string{"FR"},
				}
			}),
			here + `geo_restriction: wanted "none", got "blacklist"`,
		},
		{
			"pages for errors",
			edited(func(c *types.DistributionConfig) {
				c.CustomErrorResponses = &types.CustomErrorResponses{Quantity: aws.Int32(1), Items: []types.CustomErrorResponse{
					{ErrorCode: aws.Int32(404), ErrorCachingMinTTL: aws.Int64(10), ResponseCode: aws.String("200"), ResponsePagePath: aws.String("/index.html")},
				}}
			}),
			here + `custom_errors: wanted 0, got 1`,
		},
		{
			"another bucket",
			edited(func(c *types.DistributionConfig) {
				origin(c, "static").DomainName = aws.String("elsewhere.s3.eu-west-2.amazonaws.com")
			}),
			here + `origins.static.address: wanted "` + target.Bucket("site").Name + `.s3.eu-west-2.amazonaws.com", got "elsewhere.s3.eu-west-2.amazonaws.com"`,
		},
		{
			"a folder of the bucket", edited(func(c *types.DistributionConfig) { origin(c, "static").OriginPath = aws.String("/old") }),
			here + `origins.static.path: wanted "", got "/old"`,
		},
		{
			"another API", edited(func(c *types.DistributionConfig) { origin(c, "api").DomainName = &elsewhere }),
			here + `origins.api.address: wanted "https://`,
		},
		{
			"old TLS to the API",
			edited(func(c *types.DistributionConfig) {
				origin(c, "api").CustomOriginConfig.OriginSslProtocols = &types.OriginSslProtocols{
					Quantity: aws.Int32(2), Items: []types.SslProtocol{types.SslProtocolTLSv1, types.SslProtocolTLSv12},
				}
			}),
			here + `origins.api.tls: wanted ["TLSv1.2"], got ["TLSv1","TLSv1.2"]`,
		},
		{
			"a header for the API",
			edited(func(c *types.DistributionConfig) {
				origin(c, "api").CustomHeaders = &types.CustomHeaders{Quantity: aws.Int32(1), Items: []types.OriginCustomHeader{
					{HeaderName: aws.String("x-role"), HeaderValue: aws.String("admin")},
				}}
			}),
			here + `origins.api.headers: wanted 0, got 1`,
		},
		{
			"no access control", edited(func(c *types.DistributionConfig) { origin(c, "api").OriginAccessControlId = aws.String("") }),
			here + `origins.api.access_control: wanted "lambda always sigv4", got "none"`,
		},
		{
			"calls are not signed", c.signing(*origin(found.DistributionConfig, "static").OriginAccessControlId, types.OriginAccessControlSigningBehaviorsNever),
			here + `origins.static.access_control: wanted "s3 always sigv4", got "s3 never sigv4"`,
		},
		{
			"viewers over plain HTTP",
			edited(func(c *types.DistributionConfig) {
				c.DefaultCacheBehavior.ViewerProtocolPolicy = types.ViewerProtocolPolicyAllowAll
			}),
			here + `behaviours.*.viewers: wanted "redirect-to-https", got "allow-all"`,
		},
		{
			"answers of the API are kept", edited(func(c *types.DistributionConfig) { c.CacheBehaviors.Items[0].CachePolicyId = defaults.CachePolicyId }),
			here + behaviour + `cache: wanted "Managed-CachingDisabled", got "` + d.Name + `-static"`,
		},
		{
			"the API without headers", edited(func(c *types.DistributionConfig) { c.CacheBehaviors.Items[0].ResponseHeadersPolicyId = nil }),
			here + behaviour + `headers: wanted "` + d.Name + `-headers", got "none"`,
		},
		{
			"nothing is forwarded", edited(func(c *types.DistributionConfig) { c.CacheBehaviors.Items[0].OriginRequestPolicyId = nil }),
			here + behaviour + `forwarded: wanted "Managed-AllViewerExceptHostHeader", got "none"`,
		},
		{
			"another path to the API",
			edited(func(c *types.DistributionConfig) {
				more := c.CacheBehaviors.Items[0]
				more.PathPattern = aws.String("/admin/*")
				c.CacheBehaviors.Items = append(c.CacheBehaviors.Items, more)
				c.CacheBehaviors.Quantity = aws.Int32(int32(len(c.CacheBehaviors.Items)))
			}),
			here + `behaviours./admin/*: wanted nothing, got {`,
		},
		{
			"no path to the API", edited(func(c *types.DistributionConfig) { c.CacheBehaviors = &types.CacheBehaviors{Quantity: aws.Int32(0)} }),
			here + `behaviours.` + *api.PathPattern + `: wanted {`,
		},
		{
			"a frame", c.headers(*defaults.ResponseHeadersPolicyId, func(s *types.ResponseHeadersPolicySecurityHeadersConfig) { s.FrameOptions = nil }),
			here + `headers.x-frame-options: wanted "DENY", got nothing`,
		},
		{
			"HTTPS for an hour",
			c.headers(*defaults.ResponseHeadersPolicyId, func(s *types.ResponseHeadersPolicySecurityHeadersConfig) {
				s.StrictTransportSecurity.AccessControlMaxAgeSec = aws.Int32(3600)
			}),
			here + `headers.strict-transport-security: wanted "max-age=63072000; includeSubDomains", got "max-age=3600; includeSubDomains"`,
		},
		{
			"kept for longer", c.caching(*defaults.CachePolicyId, func(p *types.CachePolicyConfig) { p.DefaultTTL = aws.Int64(604800) }),
			here + fmt.Sprintf("cache.default_ttl: wanted %d, got 604800", d.DefaultTTLS),
		},
		{
			"a tag of a distribution",
			change{
				call(c.cdn.TagResource, cloudfront.TagResourceInput{
					Resource: found.ARN, Tags: &types.Tags{Items: []types.Tag{{Key: aws.String("owner"), Value: aws.String("me")}}},
				}),
				call(c.cdn.UntagResource, cloudfront.UntagResourceInput{Resource: found.ARN, TagKeys: &types.TagKeys{Items: []string{"owner"}}}),
			},
			here + `tags.owner: wanted nothing, got "me"`,
		},
		{
			"another distribution reads the bucket", c.bucketPolicy(target.Bucket("site").Name, *found.ARN, "arn:aws:cloudfront::999999999999:distribution/E1"),
			policy + `policy.AllowDistribution.Condition.StringEquals.aws:SourceArn: wanted ["` + *found.ARN + `"], got ["arn:aws:cloudfront::999999999999:distribution/E1"]`,
		},
	}
}

// rewriteDrifts change the function of a distribution.
func rewriteDrifts(t *testing.T, c clients, target environment.Target) []drift {
	t.Helper()
	d := target.Distributions[0]
	here, name := "cdn.send: distribution "+d.Name+": ", d.Name+"-rewrite"
	publish := func(code string) action {
		return func(ctx context.Context) error {
			out, err := c.cdn.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: &name})
			if err != nil {
				return err
			}
			updated, err := c.cdn.UpdateFunction(ctx, &cloudfront.UpdateFunctionInput{
				Name: &name, IfMatch: out.ETag, FunctionConfig: out.FunctionSummary.FunctionConfig, FunctionCode: []byte(code),
			})
			if err != nil {
				return err
			}
			_, err = c.cdn.PublishFunction(ctx, &cloudfront.PublishFunctionInput{Name: &name, IfMatch: updated.ETag})
			return err
		}
	}
	return []drift{
		{
			"code at the edge",
			change{publish("function handler(event) { return event.request; }"), publish(d.Rewrite)},
			here + `rewrite: wanted "`,
		},
		{
			"no code at the edge",
			c.reconfigured(*c.distribution(t, d.Name).Id, func(c *types.DistributionConfig) {
				c.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(0)}
			}),
			here + `behaviours.*.functions: wanted ["viewer-request"], got []` + "\n" + here + `rewrite: wanted "`,
		},
	}
}

// domainDrifts change the names of a distribution.
func domainDrifts(t *testing.T, c clients, target environment.Target) []drift {
	t.Helper()
	d := target.Distributions[0]
	here := "cdn.shop: distribution " + d.Name + ": "
	id := *c.distribution(t, d.Name).Id
	return []drift{
		{
			"no names", c.reconfigured(id, func(c *types.DistributionConfig) { c.Aliases = &types.Aliases{Quantity: aws.Int32(0)} }),
			here + `domains: wanted ["qa.shop.example.com"], got []`,
		},
		{
			"old TLS",
			c.reconfigured(id, func(c *types.DistributionConfig) {
				c.ViewerCertificate.MinimumProtocolVersion = types.MinimumProtocolVersionTLSv12016
			}),
			here + `minimum_tls: wanted "TLSv1.2_2021", got "TLSv1_2016"`,
		},
		{
			"the order of paths",
			c.reconfigured(id, func(c *types.DistributionConfig) {
				b := c.CacheBehaviors.Items
				b[0], b[1] = b[1], b[0]
			}),
			here + `behaviours./api/*.precedence: wanted 1, got 2` + "\n" + here + `behaviours./health.precedence: wanted 2, got 1`,
		},
	}
}

// distribution finds one by its comment.
func (c clients) distribution(t *testing.T, comment string) *types.Distribution {
	t.Helper()
	listed, err := c.cdn.ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range listed.DistributionList.Items {
		if *d.Comment != comment {
			continue
		}
		out, err := c.cdn.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: d.Id})
		if err != nil {
			t.Fatal(err)
		}
		return out.Distribution
	}
	t.Fatalf("there is no distribution %s", comment)
	return nil
}

func origin(c *types.DistributionConfig, id string) *types.Origin {
	for i, o := range c.Origins.Items {
		if *o.Id == id {
			return &c.Origins.Items[i]
		}
	}
	return &types.Origin{}
}

// versioned edits something of CloudFront, and puts it back. Whoever writes names the
// version that was read.
func versioned[T any](get func(context.Context) (config *T, version *string, err error), put func(ctx context.Context, config *T, version *string) error, edit func(*T)) change {
	var before *T
	return change{
		func(ctx context.Context) (err error) {
			if before, _, err = get(ctx); err != nil {
				return err
			}
			edited, version, err := get(ctx)
			if err != nil {
				return err
			}
			edit(edited)
			return put(ctx, edited, version)
		},
		func(ctx context.Context) error {
			_, version, err := get(ctx)
			if err != nil {
				return err
			}
			return put(ctx, before, version)
		},
	}
}

func (c clients) reconfigured(id string, edit func(*types.DistributionConfig)) change {
	return versioned(
		func(ctx context.Context) (*types.DistributionConfig, *string, error) {
			out, err := c.cdn.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: &id})
			if err != nil {
				return nil, nil, err
			}
			return out.DistributionConfig, out.ETag, nil
		},
		func(ctx context.Context, config *types.DistributionConfig, version *string) error {
			_, err := c.cdn.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: version, DistributionConfig: config})
			return err
		}, edit)
}

// signing changes when an access control signs.
func (c clients) signing(id string, when types.OriginAccessControlSigningBehaviors) change {
	return versioned(
		func(ctx context.Context) (*types.OriginAccessControlConfig, *string, error) {
			out, err := c.cdn.GetOriginAccessControl(ctx, &cloudfront.GetOriginAccessControlInput{Id: &id})
			if err != nil {
				return nil, nil, err
			}
			return out.OriginAccessControl.OriginAccessControlConfig, out.ETag, nil
		},
		func(ctx context.Context, config *types.OriginAccessControlConfig, version *string) error {
			_, err := c.cdn.UpdateOriginAccessControl(ctx, &cloudfront.UpdateOriginAccessControlInput{Id: &id, IfMatch: version, OriginAccessControlConfig: config})
			return err
		},
		func(config *types.OriginAccessControlConfig) { config.SigningBehavior = when })
}

func (c clients) headers(id string, edit func(*types.ResponseHeadersPolicySecurityHeadersConfig)) change {
	return versioned(
		func(ctx context.Context) (*types.ResponseHeadersPolicyConfig, *string, error) {
			out, err := c.cdn.GetResponseHeadersPolicy(ctx, &cloudfront.GetResponseHeadersPolicyInput{Id: &id})
			if err != nil {
				return nil, nil, err
			}
			return out.ResponseHeadersPolicy.ResponseHeadersPolicyConfig, out.ETag, nil
		},
		func(ctx context.Context, config *types.ResponseHeadersPolicyConfig, version *string) error {
			_, err := c.cdn.UpdateResponseHeadersPolicy(ctx, &cloudfront.UpdateResponseHeadersPolicyInput{Id: &id, IfMatch: version, ResponseHeadersPolicyConfig: config})
			return err
		},
		func(config *types.ResponseHeadersPolicyConfig) { edit(config.SecurityHeadersConfig) })
}

func (c clients) caching(id string, edit func(*types.CachePolicyConfig)) change {
	return versioned(
		func(ctx context.Context) (*types.CachePolicyConfig, *string, error) {
			out, err := c.cdn.GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: &id})
			if err != nil {
				return nil, nil, err
			}
			return out.CachePolicy.CachePolicyConfig, out.ETag, nil
		},
		func(ctx context.Context, config *types.CachePolicyConfig, version *string) error {
			_, err := c.cdn.UpdateCachePolicy(ctx, &cloudfront.UpdateCachePolicyInput{Id: &id, IfMatch: version, CachePolicyConfig: config})
			return err
		}, edit)
}

package cloudfront_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/localcloud/servicetest"
)

// sort is policies of one sort, or origin access controls, and how they are called.
type sort struct {
	create          func(name string) (id, etag *string, err error)
	update          func(id, etag *string, name string) (changed *string, err error)
	remove          func(id, etag *string) error
	get             func(id *string) (name string, err error)
	use             func(id string) edit
	list            func(kind string) (int32, error)
	limit           int
	managed         string // an id; empty for none
	element, plural string
}

func sorts(c cloud) map[string]sort {
	ctx := c.Context()
	behaviour := func(e func(*types.DefaultCacheBehavior, *string)) func(string) edit {
		return func(id string) edit {
			return func(d *types.DistributionConfig) { e(d.DefaultCacheBehavior, &id) }
		}
	}
	return map[string]sort{
		"cache policies": {
			element: "CachePolicy", plural: "CachePolicies", limit: 20, managed: cachingOptimized,
			create: func(name string) (*string, *string, error) {
				out, err := c.CreateCachePolicy(ctx, &sdk.CreateCachePolicyInput{CachePolicyConfig: cachePolicy(name)})
				if err != nil {
					return nil, nil, err
				}
				return out.CachePolicy.Id, out.ETag, nil
			},
			update: func(id, etag *string, name string) (*string, error) {
				out, err := c.UpdateCachePolicy(ctx, &sdk.UpdateCachePolicyInput{Id: id, IfMatch: etag, CachePolicyConfig: cachePolicy(name)})
				if err != nil {
					return nil, err
				}
				return out.ETag, nil
			},
			remove: func(id, etag *string) error {
				_, err := c.DeleteCachePolicy(ctx, &sdk.DeleteCachePolicyInput{Id: id, IfMatch: etag})
				return err
			},
			get: func(id *string) (string, error) {
				out, err := c.GetCachePolicyConfig(ctx, &sdk.GetCachePolicyConfigInput{Id: id})
				if err != nil {
					return "", err
				}
				return *out.CachePolicyConfig.Name, nil
			},
			use: behaviour(func(b *types.DefaultCacheBehavior, id *string) { b.CachePolicyId = id }),
			list: func(kind string) (int32, error) {
				out, err := c.ListCachePolicies(ctx, &sdk.ListCachePoliciesInput{Type: types.CachePolicyType(kind)})
				if err != nil {
					return 0, err
				}
				return *out.CachePolicyList.Quantity, nil
			},
		},
		"origin request policies": {
			element: "OriginRequestPolicy", plural: "OriginRequestPolicies", limit: 20, managed: "216adef6-5c7f-47e4-b989-5492eafa07d3",
			create: func(name string) (*string, *string, error) {
				out, err := c.CreateOriginRequestPolicy(ctx, &sdk.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: requestPolicy(name)})
				if err != nil {
					return nil, nil, err
				}
				return out.OriginRequestPolicy.Id, out.ETag, nil
			},
			update: func(id, etag *string, name string) (*string, error) {
				out, err := c.UpdateOriginRequestPolicy(ctx, &sdk.UpdateOriginRequestPolicyInput{Id: id, IfMatch: etag, OriginRequestPolicyConfig: requestPolicy(name)})
				if err != nil {
					return nil, err
				}
				return out.ETag, nil
			},
			remove: func(id, etag *string) error {
				_, err := c.DeleteOriginRequestPolicy(ctx, &sdk.DeleteOriginRequestPolicyInput{Id: id, IfMatch: etag})
				return err
			},
			get: func(id *string) (string, error) {
				out, err := c.GetOriginRequestPolicyConfig(ctx, &sdk.GetOriginRequestPolicyConfigInput{Id: id})
				if err != nil {
					return "", err
				}
				return *out.OriginRequestPolicyConfig.Name, nil
			},
			use: behaviour(func(b *types.DefaultCacheBehavior, id *string) { b.OriginRequestPolicyId = id }),
			list: func(kind string) (int32, error) {
				out, err := c.ListOriginRequestPolicies(ctx, &sdk.ListOriginRequestPoliciesInput{Type: types.OriginRequestPolicyType(kind)})
				if err != nil {
					return 0, err
				}
				return *out.OriginRequestPolicyList.Quantity, nil
			},
		},
		"response headers policies": {
			element: "ResponseHeadersPolicy", plural: "ResponseHeadersPolicies", limit: 20, managed: "60669652-455b-4ae9-85a4-c4c02393f86c",
			create: func(name string) (*string, *string, error) {
				out, err := c.CreateResponseHeadersPolicy(ctx, &sdk.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: responsePolicy(name)})
				if err != nil {
					return nil, nil, err
				}
				return out.ResponseHeadersPolicy.Id, out.ETag, nil
			},
			update: func(id, etag *string, name string) (*string, error) {
				out, err := c.UpdateResponseHeadersPolicy(ctx, &sdk.UpdateResponseHeadersPolicyInput{Id: id, IfMatch: etag, ResponseHeadersPolicyConfig: responsePolicy(name)})
				if err != nil {
					return nil, err
				}
				return out.ETag, nil
			},
			remove: func(id, etag *string) error {
				_, err := c.DeleteResponseHeadersPolicy(ctx, &sdk.DeleteResponseHeadersPolicyInput{Id: id, IfMatch: etag})
				return err
			},
			get: func(id *string) (string, error) {
				out, err := c.GetResponseHeadersPolicyConfig(ctx, &sdk.GetResponseHeadersPolicyConfigInput{Id: id})
				if err != nil {
					return "", err
				}
				return *out.ResponseHeadersPolicyConfig.Name, nil
			},
			use: behaviour(func(b *types.DefaultCacheBehavior, id *string) { b.ResponseHeadersPolicyId = id }),
			list: func(kind string) (int32, error) {
				out, err := c.ListResponseHeadersPolicies(ctx, &sdk.ListResponseHeadersPoliciesInput{Type: types.ResponseHeadersPolicyType(kind)})
				if err != nil {
					return 0, err
				}
				return *out.ResponseHeadersPolicyList.Quantity, nil
			},
		},
		"origin access controls": {
			element: "OriginAccessControl", plural: "OriginAccessControls", limit: 100,
			create: func(name string) (*string, *string, error) {
				out, err := c.CreateOriginAccessControl(ctx, &sdk.CreateOriginAccessControlInput{OriginAccessControlConfig: accessControl(name)})
				if err != nil {
					return nil, nil, err
				}
				return out.OriginAccessControl.Id, out.ETag, nil
			},
			update: func(id, etag *string, name string) (*string, error) {
				out, err := c.UpdateOriginAccessControl(ctx, &sdk.UpdateOriginAccessControlInput{Id: id, IfMatch: etag, OriginAccessControlConfig: accessControl(name)})
				if err != nil {
					return nil, err
				}
				return out.ETag, nil
			},
			remove: func(id, etag *string) error {
				_, err := c.DeleteOriginAccessControl(ctx, &sdk.DeleteOriginAccessControlInput{Id: id, IfMatch: etag})
				return err
			},
			get: func(id *string) (string, error) {
				out, err := c.GetOriginAccessControlConfig(ctx, &sdk.GetOriginAccessControlConfigInput{Id: id})
				if err != nil {
					return "", err
				}
				return *out.OriginAccessControlConfig.Name, nil
			},
			use: func(id string) edit {
				return func(d *types.DistributionConfig) { d.Origins.Items[0].OriginAccessControlId = &id }
			},
			list: func(string) (int32, error) {
				out, err := c.ListOriginAccessControls(ctx, &sdk.ListOriginAccessControlsInput{})
				if err != nil {
					return 0, err
				}
				return *out.OriginAccessControlList.Quantity, nil
			},
		},
	}
}

func cachePolicy(name string) *types.CachePolicyConfig {
	return &types.CachePolicyConfig{Name: &name, MinTTL: aws.Int64(0)}
}

func requestPolicy(name string) *types.OriginRequestPolicyConfig {
	return &types.OriginRequestPolicyConfig{
		Name: &name, HeadersConfig: &types.OriginRequestPolicyHeadersConfig{HeaderBehavior: types.OriginRequestPolicyHeaderBehaviorNone},
		CookiesConfig:      &types.OriginRequestPolicyCookiesConfig{CookieBehavior: types.OriginRequestPolicyCookieBehaviorNone},
		QueryStringsConfig: &types.OriginRequestPolicyQueryStringsConfig{QueryStringBehavior: types.OriginRequestPolicyQueryStringBehaviorNone},
	}
}

func responsePolicy(name string) *types.ResponseHeadersPolicyConfig {
	return &types.ResponseHeadersPolicyConfig{Name: &name, ServerTimingHeadersConfig: &types.ResponseHeadersPolicyServerTimingHeadersConfig{Enabled: aws.Bool(true), SamplingRate: aws.Float64(50)}}
}

func accessControl(name string) *types.OriginAccessControlConfig {
	return &types.OriginAccessControlConfig{
		Name: &name, OriginAccessControlOriginType: types.OriginAccessControlOriginTypesS3,
		SigningBehavior: types.OriginAccessControlSigningBehaviorsAlways, SigningProtocol: types.OriginAccessControlSigningProtocolsSigv4,
	}
}

// TestPoliciesFromTheFirstToTheLastCall is for policies and origin access controls,
// which behave alike.
func TestPoliciesFromTheFirstToTheLastCall(t *testing.T) {
	c := open(t)
	for name, s := range sorts(c) {
		t.Run(name, func(t *testing.T) {
			id, etag, err := s.create("one")
			c.Must(err)
			_, other, err := s.create("two")
			c.Must(err)
			_, _, err = s.create("one")
			servicetest.WantError(t, err, s.element+"AlreadyExists", "")
			_, _, err = s.create("")
			servicetest.WantError(t, err, "InvalidArgument", "Name")
			_, _, err = s.create(strings.Repeat("n", 129))
			servicetest.WantError(t, err, "InvalidArgument", "Name is too long")
			_, err = s.update(id, etag, "two")
			servicetest.WantError(t, err, s.element+"AlreadyExists", "")
			_, err = s.update(id, other, "renamed")
			servicetest.WantError(t, err, "PreconditionFailed", "")
			_, err = s.update(id, nil, "renamed")
			servicetest.WantError(t, err, "InvalidIfMatchVersion", "")
			_, err = s.update(aws.String(unknownUUID), etag, "renamed")
			servicetest.WantError(t, err, "NoSuch"+s.element, "")
			changed, err := s.update(id, etag, "renamed")
			c.Must(err)
			if got, err := s.get(id); err != nil || got != "renamed" {
				t.Errorf("it is called %q (%v)", got, err)
			}
			servicetest.WantError(t, s.remove(id, etag), "PreconditionFailed", "")
			servicetest.WantError(t, s.remove(id, nil), "InvalidIfMatchVersion", "")
			c.use(name, s.use(*id), func() { servicetest.WantError(t, s.remove(id, changed), s.element+"InUse", "") })
			c.Must(s.remove(id, changed))
			_, err = s.get(id)
			servicetest.WantError(t, err, "NoSuch"+s.element, "")
			servicetest.WantError(t, s.remove(id, changed), "NoSuch"+s.element, "")

			if s.managed != "" {
				_, err = s.update(&s.managed, etag, "mine")
				servicetest.WantError(t, err, "IllegalUpdate", "")
				servicetest.WantError(t, s.remove(&s.managed, etag), "IllegalDelete", "")
				managed, err := s.list("managed")
				c.Must(err)
				all, err := s.list("")
				c.Must(err)
				if own, err := s.list("custom"); err != nil || own != 1 || managed < 3 || all != own+managed {
					t.Errorf("%d are AWS's and %d the account's, of %d (%v)", managed, own, all, err)
				}
			}
			for i := range s.limit - 1 { // one is there
				_, _, err := s.create(fmt.Sprintf("filler-%d", i))
				c.Must(err)
			}
			_, _, err = s.create("one too many")
			servicetest.WantError(t, err, "TooMany"+s.plural, fmt.Sprint(s.limit))
		})
	}
}

// TestPoliciesThatCannotBe spoils one thing of a valid policy at a time.
func TestPoliciesThatCannotBe(t *testing.T) {
	c := open(t)
	cache := func(spoil func(*types.CachePolicyConfig)) func() error {
		policy := cachePolicy("p")
		policy.ParametersInCacheKeyAndForwardedToOrigin = &types.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip: aws.Bool(false),
			HeadersConfig:            &types.CachePolicyHeadersConfig{HeaderBehavior: types.CachePolicyHeaderBehaviorNone},
			CookiesConfig:            &types.CachePolicyCookiesConfig{CookieBehavior: types.CachePolicyCookieBehaviorNone},
			QueryStringsConfig:       &types.CachePolicyQueryStringsConfig{QueryStringBehavior: types.CachePolicyQueryStringBehaviorNone},
		}
		spoil(policy)
		return func() error {
			_, err := c.CreateCachePolicy(t.Context(), &sdk.CreateCachePolicyInput{CachePolicyConfig: policy})
			return err
		}
	}
	request := func(spoil func(*types.OriginRequestPolicyConfig)) func() error {
		policy := requestPolicy("p")
		spoil(policy)
		return func() error {
			_, err := c.CreateOriginRequestPolicy(t.Context(), &sdk.CreateOriginRequestPolicyInput{OriginRequestPolicyConfig: policy})
			return err
		}
	}
	response := func(spoil func(*types.ResponseHeadersPolicyConfig)) func() error {
		policy := responsePolicy("p")
		policy.CorsConfig = &types.ResponseHeadersPolicyCorsConfig{
			AccessControlAllowCredentials: aws.Bool(false), OriginOverride: aws.Bool(true),
			AccessControlAllowHeaders: &types.ResponseHeadersPolicyAccessControlAllowHeaders{Quantity: aws.Int32(1), Items: []string{"*"}},
			AccessControlAllowMethods: &types.ResponseHeadersPolicyAccessControlAllowMethods{Quantity: aws.Int32(1), Items: []types.ResponseHeadersPolicyAccessControlAllowMethodsValues{"GET"}},
			AccessControlAllowOrigins: &types.ResponseHeadersPolicyAccessControlAllowOrigins{Quantity: aws.Int32(1), Items: []string{"*"}},
		}
		policy.SecurityHeadersConfig = &types.ResponseHeadersPolicySecurityHeadersConfig{}
		spoil(policy)
		return func() error {
			_, err := c.CreateResponseHeadersPolicy(t.Context(), &sdk.CreateResponseHeadersPolicyInput{ResponseHeadersPolicyConfig: policy})
			return err
		}
	}
	access := func(spoil func(*types.OriginAccessControlConfig)) func() error {
		control := accessControl("p")
		spoil(control)
		return func() error {
			_, err := c.CreateOriginAccessControl(t.Context(), &sdk.CreateOriginAccessControlInput{OriginAccessControlConfig: control})
			return err
		}
	}
	tests := map[string]struct {
		create func() error
		code   string
	}{
		"TTLs out of order": {cache(func(p *types.CachePolicyConfig) { p.MinTTL, p.MaxTTL = aws.Int64(100), aws.Int64(10) }), "InvalidArgument"},
		"a long comment":    {cache(func(p *types.CachePolicyConfig) { p.Comment = aws.String(strings.Repeat("c", 129)) }), "InvalidArgument"},
		"a key without a cache": {cache(func(p *types.CachePolicyConfig) {
			p.DefaultTTL, p.MaxTTL, p.ParametersInCacheKeyAndForwardedToOrigin.EnableAcceptEncodingGzip = aws.Int64(0), aws.Int64(0), aws.Bool(true)
		}), "InvalidArgument"},
		"no names": {cache(func(p *types.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.CookieBehavior = types.CachePolicyCookieBehaviorWhitelist
		}), "InvalidArgument"},
		"headers that are all": {cache(func(p *types.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.HeaderBehavior = "allViewer"
		}), "InvalidArgument"},
		"too many headers": {cache(func(p *types.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig = &types.CachePolicyHeadersConfig{
				HeaderBehavior: types.CachePolicyHeaderBehaviorWhitelist, Headers: &types.Headers{Quantity: aws.Int32(11), Items: names(11)},
			}
		}), "TooManyHeadersInCachePolicy"},
		"too many cookies": {cache(func(p *types.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig = &types.CachePolicyCookiesConfig{
				CookieBehavior: types.CachePolicyCookieBehaviorWhitelist, Cookies: &types.CookieNames{Quantity: aws.Int32(11), Items: names(11)},
			}
		}), "TooManyCookiesInCachePolicy"},
		"too many query strings": {cache(func(p *types.CachePolicyConfig) {
			p.ParametersInCacheKeyAndForwardedToOrigin.QueryStringsConfig = &types.CachePolicyQueryStringsConfig{
				QueryStringBehavior: types.CachePolicyQueryStringBehaviorWhitelist, QueryStrings: &types.QueryStringNames{Quantity: aws.Int32(11), Items: names(11)},
			}
		}), "TooManyQueryStringsInCachePolicy"},
		"too many request headers": {request(func(p *types.OriginRequestPolicyConfig) {
			p.HeadersConfig = &types.OriginRequestPolicyHeadersConfig{HeaderBehavior: "whitelist", Headers: &types.Headers{Quantity: aws.Int32(11), Items: names(11)}}
		}), "TooManyHeadersInOriginRequestPolicy"},
		"cookies that are some": {request(func(p *types.OriginRequestPolicyConfig) { p.CookiesConfig.CookieBehavior = "some" }), "InvalidArgument"},

		"nothing at all": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.CorsConfig, p.SecurityHeadersConfig, p.ServerTimingHeadersConfig = nil, nil, nil
		}), "InvalidArgument"},
		"more than every time": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.ServerTimingHeadersConfig.SamplingRate = aws.Float64(101)
		}), "InvalidArgument"},
		"a method of nobody": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.CorsConfig.AccessControlAllowMethods.Items[0] = "TRACE"
		}), "InvalidArgument"},
		"no origins": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.CorsConfig.AccessControlAllowOrigins = &types.ResponseHeadersPolicyAccessControlAllowOrigins{Quantity: aws.Int32(0), Items: []string{}}
		}), "InvalidArgument"},
		"a long policy": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.SecurityHeadersConfig.ContentSecurityPolicy = &types.ResponseHeadersPolicyContentSecurityPolicy{Override: aws.Bool(true), ContentSecurityPolicy: aws.String(strings.Repeat("p", 1784))}
		}), "TooLongCSPInResponseHeadersPolicy"},
		"frames of friends": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.SecurityHeadersConfig.FrameOptions = &types.ResponseHeadersPolicyFrameOptions{Override: aws.Bool(true), FrameOption: "FRIENDS"}
		}), "InvalidArgument"},
		"referrers of friends": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.SecurityHeadersConfig.ReferrerPolicy = &types.ResponseHeadersPolicyReferrerPolicy{Override: aws.Bool(true), ReferrerPolicy: "friends"}
		}), "InvalidArgument"},
		"a report of what is blocked": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.SecurityHeadersConfig.XSSProtection = &types.ResponseHeadersPolicyXSSProtection{
				Override: aws.Bool(true), Protection: aws.Bool(true), ModeBlock: aws.Bool(true), ReportUri: aws.String("https://example.com"),
			}
		}), "InvalidArgument"},
		"too many custom headers": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.CustomHeadersConfig = &types.ResponseHeadersPolicyCustomHeadersConfig{Quantity: aws.Int32(11)}
			for _, name := range names(11) {
				p.CustomHeadersConfig.Items = append(p.CustomHeadersConfig.Items, types.ResponseHeadersPolicyCustomHeader{Header: &name, Value: aws.String("v"), Override: aws.Bool(true)})
			}
		}), "TooManyCustomHeadersInResponseHeadersPolicy"},
		"too many removed headers": {response(func(p *types.ResponseHeadersPolicyConfig) {
			p.RemoveHeadersConfig = &types.ResponseHeadersPolicyRemoveHeadersConfig{Quantity: aws.Int32(11)}
			for _, name := range names(11) {
				p.RemoveHeadersConfig.Items = append(p.RemoveHeadersConfig.Items, types.ResponseHeadersPolicyRemoveHeader{Header: &name})
			}
		}), "TooManyRemoveHeadersInResponseHeadersPolicy"},

		"a type that is none":   {access(func(a *types.OriginAccessControlConfig) { a.OriginAccessControlOriginType = "ec2" }), "InvalidArgument"},
		"signed now and then":   {access(func(a *types.OriginAccessControlConfig) { a.SigningBehavior = "sometimes" }), "InvalidArgument"},
		"signed with a pen":     {access(func(a *types.OriginAccessControlConfig) { a.SigningProtocol = "ink" }), "InvalidArgument"},
		"a long name":           {access(func(a *types.OriginAccessControlConfig) { a.Name = aws.String(strings.Repeat("n", 65)) }), "InvalidArgument"},
		"a lengthy explanation": {access(func(a *types.OriginAccessControlConfig) { a.Description = aws.String(strings.Repeat("d", 257)) }), "InvalidArgument"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { servicetest.WantError(t, test.create(), test.code, "") })
	}
}

// TestAccessControlsFitTheirOrigins has distributions with access controls that are for
// another sort of origin.
func TestAccessControlsFitTheirOrigins(t *testing.T) {
	c := open(t)
	made := map[types.OriginAccessControlOriginTypes]*string{}
	for _, kind := range []types.OriginAccessControlOriginTypes{types.OriginAccessControlOriginTypesS3, types.OriginAccessControlOriginTypesLambda} {
		control := accessControl(string(kind))
		control.OriginAccessControlOriginType = kind
		out, err := c.CreateOriginAccessControl(t.Context(), &sdk.CreateOriginAccessControlInput{OriginAccessControlConfig: control})
		c.Must(err)
		made[kind] = out.OriginAccessControl.Id
	}
	custom := func(host string, protocol types.OriginProtocolPolicy, control *string) edit {
		return func(d *types.DistributionConfig) {
			o := &d.Origins.Items[0]
			o.DomainName, o.S3OriginConfig, o.OriginAccessControlId = &host, nil, control
			o.CustomOriginConfig = &types.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: protocol}
		}
	}
	for name, test := range map[string]struct {
		e    edit
		code string
	}{
		"a bucket's for a URL":       {custom(urlHost, types.OriginProtocolPolicyHttpsOnly, made["s3"]), "InvalidOriginAccessControl"},
		"a URL's for a bucket":       {func(d *types.DistributionConfig) { d.Origins.Items[0].OriginAccessControlId = made["lambda"] }, "InvalidOriginAccessControl"},
		"a URL's for another server": {custom("www.example.com", types.OriginProtocolPolicyHttpsOnly, made["lambda"]), "InvalidDomainNameForOriginAccessControl"},
		"a URL in the clear":         {custom(urlHost, types.OriginProtocolPolicyHttpOnly, made["lambda"]), "InvalidArgument"},
	} {
		_, err := c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig(name, test.e)})
		t.Run(name, func(t *testing.T) { servicetest.WantError(t, err, test.code, "") })
	}
	c.distribute("a URL's for a URL", custom(urlHost, types.OriginProtocolPolicyHttpsOnly, made["lambda"]))
}

// TestWhoUsesAPolicy asks for the distributions of each sort of policy.
func TestWhoUsesAPolicy(t *testing.T) {
	c := open(t)
	all := sorts(c)
	request, response := all["origin request policies"].managed, all["response headers policies"].managed
	c.distribute("plain")
	using := c.distribute("using", all["origin request policies"].use(request), all["response headers policies"].use(response))
	caches, err := c.ListDistributionsByCachePolicyId(t.Context(), &sdk.ListDistributionsByCachePolicyIdInput{CachePolicyId: aws.String(cachingOptimized)})
	c.Must(err)
	requests, err := c.ListDistributionsByOriginRequestPolicyId(t.Context(), &sdk.ListDistributionsByOriginRequestPolicyIdInput{OriginRequestPolicyId: &request})
	c.Must(err)
	responses, err := c.ListDistributionsByResponseHeadersPolicyId(t.Context(), &sdk.ListDistributionsByResponseHeadersPolicyIdInput{ResponseHeadersPolicyId: &response})
	c.Must(err)
	if n := len(caches.DistributionIdList.Items); n != 2 {
		t.Errorf("%d distributions have the cache policy", n)
	}
	for _, list := range []*types.DistributionIdList{requests.DistributionIdList, responses.DistributionIdList} {
		if len(list.Items) != 1 || list.Items[0] != *using.Distribution.Id {
			t.Errorf("%v have it", list.Items)
		}
	}
}

// TestTooManyDistributions share what they use.
func TestTooManyDistributions(t *testing.T) {
	c := open(t)
	policy, _, err := sorts(c)["cache policies"].create("shared")
	c.Must(err)
	code := c.function("shared", "")
	c.publish("shared", code)
	share := func(d *types.DistributionConfig) { d.DefaultCacheBehavior.CachePolicyId = policy }
	run := func(d *types.DistributionConfig) {
		d.DefaultCacheBehavior.FunctionAssociations = viewer("viewer-request", "shared")
	}
	for _, name := range names(100) {
		c.distribute(name, share, run)
	}
	_, err = c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig("more", share)})
	servicetest.WantError(t, err, "TooManyDistributionsAssociatedToCachePolicy", "")
	_, err = c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig("more", run)})
	servicetest.WantError(t, err, "TooManyDistributionsWithSingleFunctionARN", "")
	c.distribute("more")
}

package cloudfront_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/localcloud/servicetest"
)

func TestDistributionFromInProgressToDeleted(t *testing.T) {
	c := open(t)
	made := c.distribute("site")
	id := made.Distribution.Id
	if *made.Distribution.Status != "InProgress" || *made.Distribution.ARN != "arn:aws:cloudfront::"+servicetest.Account+":distribution/"+*id ||
		*made.Location != "https://cloudfront.amazonaws.com/2020-05-31/distribution/"+*id || !strings.HasSuffix(*made.Distribution.DomainName, ".cloudfront.net") {
		t.Errorf("it is made as %+v at %s", made.Distribution, *made.Location)
	}
	filled := made.Distribution.DistributionConfig
	if filled.PriceClass != types.PriceClassPriceClassAll || filled.HttpVersion != types.HttpVersionHttp2 || *filled.Origins.Items[0].ConnectionAttempts != 3 ||
		!*filled.ViewerCertificate.CloudFrontDefaultCertificate || filled.DefaultCacheBehavior.AllowedMethods == nil {
		t.Errorf("what was left out is %+v", filled)
	}
	status := func(want string) {
		t.Helper()
		out, err := c.GetDistribution(t.Context(), &sdk.GetDistributionInput{Id: id})
		c.Must(err)
		if *out.Distribution.Status != want {
			t.Errorf("it is %s, want %s", *out.Distribution.Status, want)
		}
	}
	c.Pass(deployTime - time.Second)
	status("InProgress")
	c.Pass(time.Second)
	status("Deployed")

	remove := func(etag *string) error {
		_, err := c.DeleteDistribution(t.Context(), &sdk.DeleteDistributionInput{Id: id, IfMatch: etag})
		return err
	}
	servicetest.WantError(t, remove(nil), "InvalidIfMatchVersion", "")
	servicetest.WantError(t, remove(aws.String("EOTHER")), "PreconditionFailed", "")
	servicetest.WantError(t, remove(made.ETag), "DistributionNotDisabled", "")
	off, err := c.UpdateDistribution(t.Context(), &sdk.UpdateDistributionInput{
		Id: id, IfMatch: made.ETag, DistributionConfig: distributionConfig("site", func(d *types.DistributionConfig) { d.Enabled = aws.Bool(false) }),
	})
	c.Must(err)
	servicetest.WantError(t, remove(made.ETag), "PreconditionFailed", "")
	servicetest.WantError(t, remove(off.ETag), "DistributionNotDisabled", "") // the edge still serves it
	c.Pass(deployTime)
	c.Must(remove(off.ETag))
	if told := c.edge.take(); told != *id+" /*" {
		t.Errorf("the edge is told to forget %q", told)
	}
	_, err = c.GetDistribution(t.Context(), &sdk.GetDistributionInput{Id: id})
	servicetest.WantError(t, err, "NoSuchDistribution", "")
}

func TestDistributionsAreUnique(t *testing.T) {
	c := open(t)
	withName := func(d *types.DistributionConfig) {
		d.Aliases = &types.Aliases{Quantity: aws.Int32(1), Items: []string{"www.example.com"}}
		d.ViewerCertificate = certificate()
	}
	first := c.distribute("first", withName)
	_, err := c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig("first")})
	servicetest.WantError(t, err, "DistributionAlreadyExists", *first.Distribution.Id)
	_, err = c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig("second", withName)})
	servicetest.WantError(t, err, "CNAMEAlreadyExists", "")
	_, err = c.UpdateDistribution(t.Context(), &sdk.UpdateDistributionInput{Id: first.Distribution.Id, IfMatch: first.ETag, DistributionConfig: distributionConfig("renamed")})
	servicetest.WantError(t, err, "IllegalUpdate", "")
	_, err = c.UpdateDistribution(t.Context(), &sdk.UpdateDistributionInput{Id: first.Distribution.Id, DistributionConfig: distributionConfig("first")})
	servicetest.WantError(t, err, "InvalidIfMatchVersion", "")
	_, err = c.UpdateDistribution(t.Context(), &sdk.UpdateDistributionInput{Id: aws.String("ENONE"), DistributionConfig: distributionConfig("none")})
	servicetest.WantError(t, err, "NoSuchDistribution", "")
}

func TestAnAccountIsFull(t *testing.T) {
	c := openFor(t, 2)
	c.distribute("first")
	c.distribute("second")
	_, err := c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig("third")})
	servicetest.WantError(t, err, "TooManyDistributions", "at most 2")
}

func certificate() *types.ViewerCertificate {
	return &types.ViewerCertificate{
		ACMCertificateArn: aws.String("arn:aws:acm:us-east-1:" + servicetest.Account + ":certificate/c"),
		SSLSupportMethod:  types.SSLSupportMethodSniOnly, MinimumProtocolVersion: types.MinimumProtocolVersionTLSv122021,
	}
}

// TestDistributionsThatCannotBe spoils one thing of a valid configuration at a time.
func TestDistributionsThatCannotBe(t *testing.T) {
	c := open(t)
	origin := func(e func(*types.Origin)) edit {
		return func(d *types.DistributionConfig) { e(&d.Origins.Items[0]) }
	}
	customOrigin := func(e func(*types.CustomOriginConfig)) edit {
		return origin(func(o *types.Origin) {
			o.S3OriginConfig, o.DomainName = nil, aws.String("www.example.com")
			o.CustomOriginConfig = &types.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpsOnly}
			e(o.CustomOriginConfig)
		})
	}
	behaviour := func(e func(*types.DefaultCacheBehavior)) edit {
		return func(d *types.DistributionConfig) { e(d.DefaultCacheBehavior) }
	}
	certified := func(e func(*types.ViewerCertificate)) edit {
		return func(d *types.DistributionConfig) {
			d.ViewerCertificate = certificate()
			e(d.ViewerCertificate)
		}
	}
	failure := func(e types.CustomErrorResponse, more ...types.CustomErrorResponse) edit {
		return func(d *types.DistributionConfig) {
			all := append([]types.CustomErrorResponse{e}, more...)
			d.CustomErrorResponses = &types.CustomErrorResponses{Quantity: count(all), Items: all}
		}
	}
	ordered := func(patterns ...string) edit {
		return func(d *types.DistributionConfig) {
			d.CacheBehaviors = &types.CacheBehaviors{Quantity: count(patterns)}
			for _, pattern := range patterns {
				d.CacheBehaviors.Items = append(d.CacheBehaviors.Items, types.CacheBehavior{
					PathPattern: &pattern, TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: types.ViewerProtocolPolicyHttpsOnly, CachePolicyId: aws.String(cachingOptimized),
				})
			}
		}
	}
	aliased := func(items ...string) edit {
		return func(d *types.DistributionConfig) {
			d.Aliases = &types.Aliases{Quantity: count(items), Items: items}
			d.ViewerCertificate = certificate()
		}
	}
	tests := map[string]struct {
		spoil edit
		code  string
	}{
		"no caller reference": {func(d *types.DistributionConfig) { d.CallerReference = aws.String("") }, "InvalidArgument"},
		"a comment too long":  {func(d *types.DistributionConfig) { d.Comment = aws.String(strings.Repeat("c", 129)) }, "InvalidArgument"},
		"a class of no price": {func(d *types.DistributionConfig) { d.PriceClass = "PriceClass_300" }, "InvalidArgument"},
		"no such HTTP":        {func(d *types.DistributionConfig) { d.HttpVersion = "http4" }, "InvalidArgument"},
		"a root outside":      {func(d *types.DistributionConfig) { d.DefaultRootObject = aws.String("/index.html") }, "InvalidDefaultRootObject"},
		"a web ACL":           {func(d *types.DistributionConfig) { d.WebACLId = aws.String("acl") }, "InvalidWebACLId"},
		"a deployment policy": {func(d *types.DistributionConfig) { d.ContinuousDeploymentPolicyId = aws.String("p") }, "NoSuchContinuousDeploymentPolicy"},
		"an anycast list":     {func(d *types.DistributionConfig) { d.AnycastIpListId = aws.String("l") }, "EntityNotFound"},
		"tenants":             {func(d *types.DistributionConfig) { d.ConnectionMode = types.ConnectionModeTenantOnly }, "NotImplemented"},
		"quantities that lie": {func(d *types.DistributionConfig) { d.Origins.Quantity = aws.Int32(2) }, "InconsistentQuantities"},
		"no country":          {func(d *types.DistributionConfig) { d.Restrictions = located("whitelist") }, "InvalidGeoRestrictionParameter"},
		"no such country":     {func(d *types.DistributionConfig) { d.Restrictions = located("whitelist", "Utopia") }, "InvalidLocationCode"},
		"a certificate far": {certified(func(v *types.ViewerCertificate) {
			v.ACMCertificateArn = aws.String("arn:aws:acm:eu-west-2:1:certificate/c")
		}), "InvalidViewerCertificate"},
		"no SSL support":        {certified(func(v *types.ViewerCertificate) { v.SSLSupportMethod = "none" }), "InvalidViewerCertificate"},
		"TLS that is none":      {certified(func(v *types.ViewerCertificate) { v.MinimumProtocolVersion = types.MinimumProtocolVersionSSLv3 }), "InvalidMinimumProtocolVersion"},
		"an alias without cert": {func(d *types.DistributionConfig) { aliased("www.example.com")(d); d.ViewerCertificate = nil }, "InvalidViewerCertificate"},
		"an alias that is none": {aliased("not a name"), "InvalidArgument"},
		"CloudFront's own name": {aliased("d1.cloudfront.net"), "InvalidArgument"},
		"too many aliases":      {aliased(hosts(101)...), "TooManyDistributionCNAMEs"},

		"an error of no origin":    {failure(types.CustomErrorResponse{ErrorCode: aws.Int32(418)}), "InvalidErrorCode"},
		"an error twice":           {failure(types.CustomErrorResponse{ErrorCode: aws.Int32(404)}, types.CustomErrorResponse{ErrorCode: aws.Int32(404)}), "InvalidErrorCode"},
		"a page without a code":    {failure(types.CustomErrorResponse{ErrorCode: aws.Int32(404), ResponsePagePath: aws.String("/404.html")}), "InvalidArgument"},
		"a page outside":           {failure(types.CustomErrorResponse{ErrorCode: aws.Int32(404), ResponsePagePath: aws.String("404.html"), ResponseCode: aws.String("404")}), "InvalidRelativePath"},
		"a code that is none":      {failure(types.CustomErrorResponse{ErrorCode: aws.Int32(404), ResponsePagePath: aws.String("/404.html"), ResponseCode: aws.String("302")}), "InvalidResponseCode"},
		"a page kept less than 0s": {failure(types.CustomErrorResponse{ErrorCode: aws.Int32(404), ErrorCachingMinTTL: aws.Int64(-1)}), "InvalidArgument"},

		"no origin": {func(d *types.DistributionConfig) {
			d.Origins = &types.Origins{Quantity: aws.Int32(0), Items: []types.Origin{}}
		}, "InvalidArgument"},
		"too many origins":      {func(d *types.DistributionConfig) { d.Origins = origins(101) }, "TooManyOrigins"},
		"an origin twice":       {func(d *types.DistributionConfig) { d.Origins = origins(1, "name-i") }, "InvalidArgument"},
		"no host":               {origin(func(o *types.Origin) { o.DomainName = aws.String("no host") }), "InvalidArgument"},
		"a host that is none":   {origin(func(o *types.Origin) { o.DomainName = aws.String("www.example.com") }), "InvalidArgument"},
		"a website as a bucket": {origin(func(o *types.Origin) { o.DomainName = aws.String("box.s3-website.eu-west-2.amazonaws.com") }), "InvalidArgument"},
		"a path that ends in /": {origin(func(o *types.Origin) { o.OriginPath = aws.String("/a/") }), "InvalidRelativePath"},
		"four attempts":         {origin(func(o *types.Origin) { o.ConnectionAttempts = aws.Int32(4) }), "InvalidArgument"},
		"an access identity": {origin(func(o *types.Origin) {
			o.S3OriginConfig.OriginAccessIdentity = aws.String("origin-access-identity/cloudfront/E1")
		}), "InvalidOriginAccessIdentity"},
		"neither sort":            {origin(func(o *types.Origin) { o.S3OriginConfig = nil }), "InvalidOrigin"},
		"a reserved header":       {origin(func(o *types.Origin) { o.CustomHeaders = originHeaders("X-Amz-Meta-A") }), "InvalidArgument"},
		"too many headers":        {origin(func(o *types.Origin) { o.CustomHeaders = originHeaders(names(31)...) }), "TooManyOriginCustomHeaders"},
		"a shield without region": {origin(func(o *types.Origin) { o.OriginShield = &types.OriginShield{Enabled: aws.Bool(true)} }), "InvalidArgument"},
		"no access control":       {origin(func(o *types.Origin) { o.OriginAccessControlId = aws.String("ENONE") }), "InvalidOriginAccessControl"},
		"a port of others":        {customOrigin(func(o *types.CustomOriginConfig) { o.HTTPPort = aws.Int32(22) }), "InvalidArgument"},
		"a slow origin":           {customOrigin(func(o *types.CustomOriginConfig) { o.OriginReadTimeout = aws.Int32(121) }), "InvalidOriginReadTimeout"},
		"a lazy origin":           {customOrigin(func(o *types.CustomOriginConfig) { o.OriginKeepaliveTimeout = aws.Int32(121) }), "InvalidOriginKeepaliveTimeout"},

		"no such target":        {behaviour(func(b *types.DefaultCacheBehavior) { b.TargetOriginId = aws.String("other") }), "NoSuchOrigin"},
		"no such cache policy":  {behaviour(func(b *types.DefaultCacheBehavior) { b.CachePolicyId = aws.String(unknownUUID) }), "NoSuchCachePolicy"},
		"no such request":       {behaviour(func(b *types.DefaultCacheBehavior) { b.OriginRequestPolicyId = aws.String(unknownUUID) }), "NoSuchOriginRequestPolicy"},
		"no such response":      {behaviour(func(b *types.DefaultCacheBehavior) { b.ResponseHeadersPolicyId = aws.String(unknownUUID) }), "NoSuchResponseHeadersPolicy"},
		"no such function":      {behaviour(func(b *types.DefaultCacheBehavior) { b.FunctionAssociations = viewer("viewer-request", "none") }), "InvalidFunctionAssociation"},
		"no such event":         {behaviour(func(b *types.DefaultCacheBehavior) { b.FunctionAssociations = viewer("origin-request", "none") }), "InvalidFunctionAssociation"},
		"no such log":           {behaviour(func(b *types.DefaultCacheBehavior) { b.RealtimeLogConfigArn = aws.String("arn") }), "NoSuchRealtimeLogConfig"},
		"no such encryption":    {behaviour(func(b *types.DefaultCacheBehavior) { b.FieldLevelEncryptionId = aws.String("E1") }), "NoSuchFieldLevelEncryptionConfig"},
		"no such key group":     {behaviour(func(b *types.DefaultCacheBehavior) { b.TrustedKeyGroups = keyGroup("g") }), "TrustedKeyGroupDoesNotExist"},
		"methods that are none": {behaviour(func(b *types.DefaultCacheBehavior) { b.AllowedMethods = methods("GET", "POST") }), "InvalidArgument"},
		"no policy at all":      {behaviour(func(b *types.DefaultCacheBehavior) { b.CachePolicyId = nil }), "InvalidArgument"},
		"a pattern twice":       {ordered("/a/*", "/a/*"), "InvalidArgument"},
		"too many patterns":     {ordered(names(76)...), "TooManyCacheBehaviors"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig(name, test.spoil)})
			servicetest.WantError(t, err, test.code, "")
		})
	}
	listed, err := c.ListDistributions(t.Context(), &sdk.ListDistributionsInput{})
	c.Must(err)
	if *listed.DistributionList.Quantity != 0 {
		t.Errorf("%d distributions are there", *listed.DistributionList.Quantity)
	}
}

func located(kind types.GeoRestrictionType, countries ...string) *types.Restrictions {
	return &types.Restrictions{GeoRestriction: &types.GeoRestriction{RestrictionType: kind, Quantity: count(countries), Items: countries}}
}

func viewer(event types.EventType, function string) *types.FunctionAssociations {
	return &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{{
		EventType: event, FunctionARN: aws.String("arn:aws:cloudfront::" + servicetest.Account + ":function/" + function),
	}}}
}

func keyGroup(id string) *types.TrustedKeyGroups {
	return &types.TrustedKeyGroups{Enabled: aws.Bool(true), Quantity: aws.Int32(1), Items: []string{id}}
}

func methods(all ...types.Method) *types.AllowedMethods {
	return &types.AllowedMethods{Quantity: count(all), Items: all}
}

func hosts(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("h%d.example.com", i))
	}
	return all
}

// origins is n buckets, and more with ids that are given.
func origins(n int, more ...string) *types.Origins {
	out := &types.Origins{}
	for _, id := range append(names(n), more...) {
		out.Items = append(out.Items, types.Origin{Id: &id, DomainName: aws.String(bucketHost), S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}})
	}
	out.Quantity = count(out.Items)
	return out
}

func originHeaders(all ...string) *types.CustomHeaders {
	out := &types.CustomHeaders{Quantity: count(all)}
	for _, name := range all {
		out.Items = append(out.Items, types.OriginCustomHeader{HeaderName: &name, HeaderValue: aws.String("v")})
	}
	return out
}

func TestDistributionsInPages(t *testing.T) {
	c := open(t)
	want := map[string]bool{}
	for _, name := range names(5) {
		want[*c.distribute(name).Distribution.Id] = true
	}
	pages := 0
	for p := sdk.NewListDistributionsPaginator(c, &sdk.ListDistributionsInput{MaxItems: aws.Int32(2)}); p.HasMorePages(); pages++ {
		page, err := p.NextPage(t.Context())
		c.Must(err)
		for _, d := range page.DistributionList.Items {
			delete(want, *d.Id)
		}
	}
	if pages != 3 || len(want) != 0 {
		t.Errorf("%d pages, without %v", pages, want)
	}
	_, err := c.ListDistributions(t.Context(), &sdk.ListDistributionsInput{MaxItems: aws.Int32(101)})
	servicetest.WantError(t, err, "InvalidArgument", "")
}

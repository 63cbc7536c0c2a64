package cloudfront

import "strings"

// fill puts into a configuration what CloudFront answers where a setting was left
// out.
func (c *distributionConfig) fill() {
	orNew(&c.Aliases)
	orNew(&c.OriginGroups)
	orNew(&c.CacheBehaviors)
	orNew(&c.CustomErrorResponses)
	orNew(&c.Logging)
	or(&c.IsIPV6Enabled, false)
	if c.PriceClass == "" {
		c.PriceClass = "PriceClass_All"
	}
	c.HttpVersion = strings.ToLower(c.HttpVersion)
	if c.HttpVersion == "" {
		c.HttpVersion = "http2"
	}
	if c.Restrictions == nil {
		c.Restrictions = &restrictions{geoRestriction{RestrictionType: "none"}}
	}
	c.fillCertificate()
	for i := range c.Origins.Items {
		c.Origins.Items[i].fill()
	}
	c.DefaultCacheBehavior.fill()
	for i := range c.CacheBehaviors.Items {
		c.CacheBehaviors.Items[i].fill()
	}
}

// fillCertificate sets what CloudFront decides itself for its own certificate, and
// the older names of what was given.
func (c *distributionConfig) fillCertificate() {
	orNew(&c.ViewerCertificate)
	v := c.ViewerCertificate
	switch {
	case v.ACMCertificateArn != "":
		v.Certificate, v.CertificateSource = v.ACMCertificateArn, "acm"
	case v.IAMCertificateId != "":
		v.Certificate, v.CertificateSource = v.IAMCertificateId, "iam"
	default:
		*v = viewerCertificate{
			CloudFrontDefaultCertificate: true, SSLSupportMethod: "vip",
			MinimumProtocolVersion: "TLSv1", CertificateSource: "cloudfront",
		}
	}
	if v.MinimumProtocolVersion == "" {
		v.MinimumProtocolVersion = "TLSv1"
	}
}

func (o *origin) fill() {
	orNew(&o.CustomHeaders)
	orNew(&o.OriginShield)
	or(&o.ConnectionAttempts, 3)
	or(&o.ConnectionTimeout, 10)
	if c := o.CustomOriginConfig; c != nil {
		or(&c.OriginReadTimeout, 30)
		or(&c.OriginKeepaliveTimeout, 5)
		if c.OriginSslProtocols == nil {
			c.OriginSslProtocols = &sslProtocols{Quantity: 2, Items: []string{"TLSv1", "SSLv3"}}
		}
	}
}

func (b *behaviour) fill() {
	orNew(&b.TrustedSigners)
	orNew(&b.TrustedKeyGroups)
	orNew(&b.LambdaFunctionAssociations)
	orNew(&b.FunctionAssociations)
	orNew(&b.GrpcConfig)
	or(&b.SmoothStreaming, false)
	or(&b.Compress, false)
	if b.AllowedMethods == nil {
		b.AllowedMethods = &allowedMethods{Quantity: 2, Items: []string{"HEAD", "GET"}}
	}
	if b.AllowedMethods.CachedMethods == nil {
		b.AllowedMethods.CachedMethods = &cachedMethods{Quantity: 2, Items: []string{"HEAD", "GET"}}
	}
	if b.ForwardedValues != nil {
		orNew(&b.ForwardedValues.Headers)
		orNew(&b.ForwardedValues.QueryStringCacheKeys)
		or(&b.MinTTL, 0)
		or(&b.DefaultTTL, 86400)
		or(&b.MaxTTL, 31536000)
	}
}

func or[T any](p **T, value T) {
	if *p == nil {
		*p = &value
	}
}

func orNew[T any](p **T) {
	if *p == nil {
		*p = new(T)
	}
}

package cloudfront

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/edge"
	"sendform/generator/localcloud/store"
)

// The events of functions, as the API spells them.
const (
	viewerRequest  = "viewer-request"
	viewerResponse = "viewer-response"
)

// Lookup finds the distribution that a host name belongs to, by its own name or an
// alias, a disabled one too. The name is in lower case and has no port. An alias that
// begins with "*." stands for names of any depth, the longest such alias first
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html).
func (s *Service) Lookup(host string) (edge.Distribution, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byHost == nil {
		all, err := s.deployed()
		if err != nil {
			return edge.Distribution{}, false
		}
		s.byHost = all
	}
	d, found := s.byHost[host]
	for domain, more := host, true; more && !found; {
		_, domain, more = strings.Cut(domain, ".")
		d, found = s.byHost["*."+domain]
	}
	return d, found
}

// deployed translates all distributions, by their host names.
func (s *Service) deployed() (map[string]edge.Distribution, error) {
	all := map[string]edge.Distribution{}
	err := s.config.DB.View(func(tx store.Tx) (err error) {
		failed := s.distributions.Scan(tx, "", "", func(_ string, d distribution) bool {
			var translated edge.Distribution
			if translated, err = s.translate(tx, d); err != nil {
				return false
			}
			for _, name := range translated.DomainNames {
				all[name] = translated
			}
			return true
		})
		if err == nil {
			err = failed
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the distributions: %w", err)
	}
	return all, nil
}

func (s *Service) translate(tx store.Tx, d distribution) (edge.Distribution, error) {
	c := d.Config
	out := edge.Distribution{
		ID: d.ID, ARN: d.arn(), Account: d.Account, DomainNames: []string{d.DomainName},
		Enabled: c.Enabled, DefaultRootObject: c.DefaultRootObject,
	}
	for _, alias := range c.Aliases.Items {
		out.DomainNames = append(out.DomainNames, strings.ToLower(alias))
	}
	for _, o := range c.Origins.Items {
		translated, err := s.origin(tx, d.Account, o)
		if err != nil {
			return out, err
		}
		out.Origins = append(out.Origins, translated)
	}
	var err error
	if out.Default, err = s.behaviour(tx, d.Account, c.DefaultCacheBehavior); err != nil {
		return out, err
	}
	for _, b := range c.CacheBehaviors.Items {
		translated, err := s.behaviour(tx, d.Account, b)
		if err != nil {
			return out, err
		}
		out.Behaviours = append(out.Behaviours, translated)
	}
	for _, e := range c.CustomErrorResponses.Items {
		code, _ := strconv.Atoi(e.ResponseCode) // empty: as it is
		out.ErrorResponses = append(out.ErrorResponses, edge.ErrorResponse{
			Code: e.ErrorCode, ResponseCode: code, PagePath: e.ResponsePagePath,
			CachingMinTTL: seconds(e.ErrorCachingMinTTL), NoCachingMinTTL: e.ErrorCachingMinTTL == nil,
		})
	}
	return out, nil
}

func (s *Service) origin(tx store.Tx, account string, o origin) (edge.Origin, error) {
	out := edge.Origin{ID: o.Id, DomainName: o.DomainName, Path: o.OriginPath, Kind: edge.CustomOrigin}
	for _, h := range o.CustomHeaders.Items {
		out.Headers = append(out.Headers, edge.Header{Name: h.HeaderName, Value: h.HeaderValue})
	}
	if o.S3OriginConfig != nil {
		out.Kind = edge.S3Origin
	}
	if c := o.CustomOriginConfig; c != nil {
		out.Protocol, out.HTTPPort, out.HTTPSPort = edge.ProtocolPolicy(c.OriginProtocolPolicy), c.HTTPPort, c.HTTPSPort
		out.ReadTimeout = time.Duration(*c.OriginReadTimeout) * time.Second
	}
	if o.OriginAccessControlId != "" {
		control, found, err := s.accessControl.find(tx, account, o.OriginAccessControlId)
		if err != nil {
			return out, err
		}
		if found {
			out.AccessControl = edge.AccessControl{
				Type: control.Config.OriginAccessControlOriginType, Signing: edge.SigningBehaviour(control.Config.SigningBehavior),
			}
		}
	}
	return out, nil
}

func (s *Service) behaviour(tx store.Tx, account string, b behaviour) (edge.Behaviour, error) {
	out := edge.Behaviour{
		PathPattern: b.PathPattern, OriginID: b.TargetOriginId,
		AllowedMethods: b.AllowedMethods.Items, CachedMethods: b.AllowedMethods.CachedMethods.Items,
		ViewerProtocol: edge.ViewerProtocolPolicy(b.ViewerProtocolPolicy), Compress: *b.Compress,
	}
	if b.ForwardedValues != nil {
		out.Cache = b.forwarded()
	}
	if b.CachePolicyId != "" {
		policy, _, err := s.cache.find(tx, account, b.CachePolicyId)
		if err != nil {
			return out, err
		}
		out.Cache = policy.Config.edge()
	}
	if b.OriginRequestPolicyId != "" {
		policy, _, err := s.originRequest.find(tx, account, b.OriginRequestPolicyId)
		if err != nil {
			return out, err
		}
		out.OriginRequest = edge.OriginRequestPolicy{
			Headers: policy.Config.HeadersConfig.edge(), Cookies: policy.Config.CookiesConfig.edge(), QueryStrings: policy.Config.QueryStringsConfig.edge(),
		}
	}
	if b.ResponseHeadersPolicyId != "" {
		policy, _, err := s.responses.find(tx, account, b.ResponseHeadersPolicyId)
		if err != nil {
			return out, err
		}
		out.ResponseHeaders = policy.Config.edge()
	}
	for _, a := range b.FunctionAssociations.Items {
		f, found, err := s.functions.Get(tx, store.Key(account, nameOf(a.FunctionARN)))
		if err != nil {
			return out, err
		}
		if !found || f.Live == nil {
			continue
		}
		run := &edge.Function{Name: f.Name, Runtime: f.Live.Runtime, Code: string(f.Live.Text)}
		if a.EventType == viewerRequest {
			out.ViewerRequest = run
		} else {
			out.ViewerResponse = run
		}
	}
	return out, nil
}

func (c cachePolicyConfig) edge() edge.CachePolicy {
	out := edge.CachePolicy{MinTTL: seconds(&c.MinTTL), DefaultTTL: seconds(c.DefaultTTL), MaxTTL: seconds(c.MaxTTL)}
	if p := c.Parameters; p != nil {
		out.Headers, out.Cookies, out.QueryStrings = p.HeadersConfig.edge(), p.CookiesConfig.edge(), p.QueryStringsConfig.edge()
		out.Gzip, out.Brotli = p.EnableAcceptEncodingGzip, p.EnableAcceptEncodingBrotli
	}
	return out
}

// forwarded translates what older configurations have instead of a cache policy.
func (b behaviour) forwarded() edge.CachePolicy {
	v := b.ForwardedValues
	out := edge.CachePolicy{
		MinTTL: seconds(b.MinTTL), DefaultTTL: seconds(b.DefaultTTL), MaxTTL: seconds(b.MaxTTL), Gzip: true,
		Cookies: selection(v.Cookies.Forward, v.Cookies.WhitelistedNames),
	}
	if items := v.Headers.Items; len(items) == 1 && items[0] == "*" {
		out.Headers.Mode = edge.SelectAll
	} else if len(items) > 0 {
		out.Headers = edge.Selection{Mode: edge.SelectNamed, Names: items}
	}
	switch {
	case v.QueryString && len(v.QueryStringCacheKeys.Items) > 0:
		out.QueryStrings = edge.Selection{Mode: edge.SelectNamed, Names: v.QueryStringCacheKeys.Items}
	case v.QueryString:
		out.QueryStrings.Mode = edge.SelectAll
	}
	return out
}

func (c headersConfig) edge() edge.Selection { return selection(c.HeaderBehavior, c.Headers) }
func (c cookiesConfig) edge() edge.Selection { return selection(c.CookieBehavior, c.Cookies) }
func (c queryStringsConfig) edge() edge.Selection {
	return selection(c.QueryStringBehavior, c.QueryStrings)
}

func selection(mode string, of *names) edge.Selection {
	modes := map[string]edge.SelectionMode{
		"whitelist": edge.SelectNamed, "all": edge.SelectAll, "allViewer": edge.SelectAll,
		"allViewerAndWhitelistCloudFront": edge.SelectAllAndNamed, "allExcept": edge.SelectAllExcept,
	}
	out := edge.Selection{Mode: modes[mode]}
	if of != nil {
		out.Names = of.Items
	}
	return out
}

func (c responseHeadersPolicyConfig) edge() *edge.ResponseHeadersPolicy {
	out := edge.ResponseHeadersPolicy{Security: c.SecurityHeadersConfig.edge()}
	if cors := c.CorsConfig; cors != nil {
		out.CORS = &edge.CORS{
			AllowCredentials: cors.AccessControlAllowCredentials, AllowHeaders: cors.AccessControlAllowHeaders.Items,
			AllowMethods: cors.AccessControlAllowMethods.Items, AllowOrigins: cors.AccessControlAllowOrigins.Items,
			MaxAge: cors.AccessControlMaxAgeSec, OriginOverride: cors.OriginOverride,
		}
		if cors.AccessControlExposeHeaders != nil {
			out.CORS.ExposeHeaders = cors.AccessControlExposeHeaders.Items
		}
	}
	if c.CustomHeadersConfig != nil {
		for _, h := range c.CustomHeadersConfig.Items {
			out.Custom = append(out.Custom, edge.Header{Name: h.Header, Value: h.Value, Override: h.Override})
		}
	}
	if c.RemoveHeadersConfig != nil {
		for _, h := range c.RemoveHeadersConfig.Items {
			out.Remove = append(out.Remove, h.Header)
		}
	}
	if timing := c.ServerTimingHeadersConfig; timing != nil && timing.Enabled {
		out.ServerTiming = timing.SamplingRate
		if out.ServerTiming == nil {
			out.ServerTiming = ptr(0.0)
		}
	}
	return &out
}

func (c *securityHeadersConfig) edge() edge.SecurityHeaders {
	var out edge.SecurityHeaders
	if c == nil {
		return out
	}
	if h := c.ContentSecurityPolicy; h != nil {
		out.ContentSecurityPolicy = &edge.HeaderValue{Value: h.ContentSecurityPolicy, Override: h.Override}
	}
	if h := c.ContentTypeOptions; h != nil {
		out.ContentTypeOptions = &edge.HeaderValue{Override: h.Override}
	}
	if h := c.FrameOptions; h != nil {
		out.FrameOptions = &edge.HeaderValue{Value: h.FrameOption, Override: h.Override}
	}
	if h := c.ReferrerPolicy; h != nil {
		out.ReferrerPolicy = &edge.HeaderValue{Value: h.ReferrerPolicy, Override: h.Override}
	}
	if h := c.StrictTransportSecurity; h != nil {
		out.StrictTransportSecurity = &edge.StrictTransportSecurity{
			MaxAge: h.AccessControlMaxAgeSec, IncludeSubdomains: is(h.IncludeSubdomains), Preload: is(h.Preload), Override: h.Override,
		}
	}
	if h := c.XSSProtection; h != nil {
		out.XSSProtection = &edge.XSSProtection{Protection: h.Protection, ModeBlock: is(h.ModeBlock), ReportURI: h.ReportUri, Override: h.Override}
	}
	return out
}

func is(b *bool) bool { return b != nil && *b }

func seconds(n *int64) time.Duration {
	if n == nil {
		return 0
	}
	return time.Duration(*n) * time.Second
}

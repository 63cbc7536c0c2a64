package cloudfront

import (
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

func (c distributionConfig) checkBehaviours() error {
	if len(c.CacheBehaviors.Items) > maxBehaviours {
		return refused("TooManyCacheBehaviors", "A distribution has at most %d cache behaviors.", maxBehaviours)
	}
	patterns := map[string]bool{}
	for _, b := range c.CacheBehaviors.Items {
		if b.PathPattern == "" || len(b.PathPattern) > 255 || patterns[b.PathPattern] {
			return invalid("The path pattern %q is missing or too long, or another cache behavior has it.", b.PathPattern)
		}
		patterns[b.PathPattern] = true
	}
	for _, b := range c.allBehaviours() {
		at := slices.IndexFunc(c.Origins.Items, func(o origin) bool { return o.Id == b.TargetOriginId })
		if at < 0 {
			return notFound("NoSuchOrigin", "One or more of your cache behavior target origins or origin groups do not exist.")
		}
		if err := b.check(c.Origins.Items[at]); err != nil {
			return err
		}
	}
	return nil
}

// check checks a behaviour whose target is o.
func (b behaviour) check(o origin) error {
	if err := oneOf("ViewerProtocolPolicy", b.ViewerProtocolPolicy, "allow-all", "https-only", "redirect-to-https"); err != nil {
		return err
	}
	if err := b.AllowedMethods.check(); err != nil {
		return err
	}
	if err := b.checkUnsupported(); err != nil {
		return err
	}
	if (b.CachePolicyId == "") == (b.ForwardedValues == nil) {
		return invalid("The parameter ForwardedValues and a cache policy exclude each other, and one of them is required.")
	}
	if b.ForwardedValues == nil {
		if b.MinTTL != nil || b.DefaultTTL != nil || b.MaxTTL != nil {
			return invalid("The parameters MinTTL, DefaultTTL and MaxTTL cannot be used with a cache policy.")
		}
		return nil
	}
	if b.OriginRequestPolicyId != "" {
		return invalid("An origin request policy requires a cache policy.")
	}
	if *b.MinTTL < 0 || *b.DefaultTTL < *b.MinTTL || *b.MaxTTL < *b.DefaultTTL {
		return refused("InvalidTTLOrder", "The TTL order specified is not valid: minimum, default, maximum.")
	}
	return b.ForwardedValues.check(o)
}

// Method sets that a behaviour can allow and cache.
var (
	readMethods = []string{"GET", "HEAD"}
	corsMethods = []string{"GET", "HEAD", "OPTIONS"}
	allMethods  = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
)

func (m allowedMethods) check() error {
	allowed, cached := slices.Sorted(slices.Values(m.Items)), slices.Sorted(slices.Values(m.CachedMethods.Items))
	isCORS := slices.Equal(allowed, corsMethods)
	if !isCORS && !slices.Equal(allowed, readMethods) && !slices.Equal(allowed, allMethods) {
		return invalid("The parameter AllowedMethods has the methods %q, which are no set that CloudFront knows.", allowed)
	}
	cachesOptions := slices.Equal(cached, corsMethods) && slices.Contains(allowed, "OPTIONS")
	if !cachesOptions && !slices.Equal(cached, readMethods) {
		return invalid("The parameter CachedMethods has the methods %q, which are no set that CloudFront knows, or not all are allowed.", cached)
	}
	return nil
}

// checkUnsupported refuses what a behaviour may have on AWS and what cannot exist
// here, as distributionConfig.checkUnsupported does.
func (b behaviour) checkUnsupported() error {
	switch {
	case b.RealtimeLogConfigArn != "":
		return notFound("NoSuchRealtimeLogConfig", "The real-time log configuration does not exist.")
	case b.FieldLevelEncryptionId != "":
		return notFound("NoSuchFieldLevelEncryptionConfig", "The specified configuration for field-level encryption doesn't exist.")
	case b.TrustedKeyGroups.Enabled || len(b.TrustedKeyGroups.Items) > 0:
		return refused("TrustedKeyGroupDoesNotExist", "The specified key group does not exist.")
	case b.TrustedSigners.Enabled || len(b.TrustedSigners.Items) > 0:
		return api.NotImplemented("cloudfront", "signed URLs and cookies")
	case len(b.LambdaFunctionAssociations.Items) > 0:
		return api.NotImplemented("cloudfront", "Lambda@Edge")
	case *b.SmoothStreaming:
		return api.NotImplemented("cloudfront", "Smooth Streaming")
	case b.GrpcConfig.Enabled:
		return api.NotImplemented("cloudfront", "gRPC")
	default:
		return nil
	}
}

func (v forwardedValues) check(o origin) error {
	cookies, headers, keys := v.Cookies.WhitelistedNames, v.Headers.Items, v.QueryStringCacheKeys.Items
	hasNames := cookies != nil && len(cookies.Items) > 0
	switch {
	case !slices.Contains([]string{"none", "whitelist", "all"}, v.Cookies.Forward) || (v.Cookies.Forward == "whitelist") != hasNames:
		return refused("InvalidForwardCookies", "Your request contains forward cookies option which doesn't match with the expectation for the whitelisted list of cookie names.")
	case hasNames && len(cookies.Items) > maxNames:
		return refused("TooManyCookieNamesInWhiteList", "A cache behavior forwards at most %d cookies by name.", maxNames)
	case len(headers) > maxNames:
		return refused("TooManyHeadersInForwardedValues", "A cache behavior forwards at most %d headers by name.", maxNames)
	case len(keys) > maxNames:
		return refused("TooManyQueryStringParameters", "A cache behavior has at most %d query string cache keys.", maxNames)
	case len(keys) > 0 && !v.QueryString:
		return refused("InvalidQueryStringParameters", "The query string parameters specified are not valid: they are not forwarded.")
	case slices.Contains(headers, "*") && len(headers) > 1:
		return invalid("The parameter Headers has * and further names.")
	case o.S3OriginConfig != nil && slices.ContainsFunc(headers, func(h string) bool { return h == "*" || strings.EqualFold(h, "Host") }):
		return refused("InvalidHeadersForS3Origin", "The headers specified are not valid for an Amazon S3 origin.")
	default:
		return nil
	}
}

// checkFunctions sees that the functions of a distribution are published, that there
// is at most one for each event of a behaviour, and that not too many distributions
// use one of them.
func (s *Service) checkFunctions(tx store.Tx, d distribution) error {
	for _, b := range d.Config.allBehaviours() {
		events := map[string]bool{}
		for _, a := range b.FunctionAssociations.Items {
			if a.EventType != viewerRequest && a.EventType != viewerResponse || events[a.EventType] {
				return refused("InvalidFunctionAssociation", "The event type %q is not one of viewer-request and viewer-response, or there are two functions for it.", a.EventType)
			}
			events[a.EventType] = true
		}
	}
	uses, err := s.functionUses(tx, d.Account, d.ID)
	if err != nil {
		return err
	}
	for _, arn := range d.Config.functions() {
		f, found, err := s.functions.Get(tx, store.Key(d.Account, nameOf(arn)))
		if err != nil {
			return err
		}
		if !found || f.Live == nil || f.arn() != arn {
			return refused("InvalidFunctionAssociation", "The function %s does not exist, or was not published.", arn)
		}
		if uses[arn] >= maxUsesOfOneFunction {
			return refused("TooManyDistributionsWithSingleFunctionARN", "At most %d distributions may use the same function.", maxUsesOfOneFunction)
		}
	}
	return nil
}

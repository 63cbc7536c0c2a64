package cloudfront

import (
	"slices"

	"sendform/generator/localcloud/store"
)

// Limits of policies
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
const (
	maxPolicies        = 20   // of an account, of each sort
	maxAccessControls  = 100  // of an account
	maxNames           = 10   // of headers, cookies or query strings in a policy
	maxPolicyHeaders   = 10   // that a policy adds, and that it removes
	maxContentSecurity = 1783 // characters of a Content-Security-Policy
	maxName            = 128
)

// policySummary is a policy in a list: whose it is, and the policy.
func policySummary[C any](c collection[C], p stored[C]) any {
	return struct {
		Type   string
		Policy element
	}{c.typeOf(p), element{c.element, c.document(p)}}
}

// policyIDs lists the policies of all behaviours of a distribution, of one sort, each
// once.
func policyIDs(of func(behaviour) string) func(distributionConfig) []string {
	return func(c distributionConfig) []string {
		var ids []string
		for _, b := range c.allBehaviours() {
			if id := of(b); id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		return ids
	}
}

// allBehaviours are the default behaviour and the ordered ones.
func (c distributionConfig) allBehaviours() []behaviour {
	all := []behaviour{c.DefaultCacheBehavior}
	if c.CacheBehaviors != nil {
		all = append(all, c.CacheBehaviors.Items...)
	}
	return all
}

func cachePolicies() collection[cachePolicyConfig] {
	return collection[cachePolicyConfig]{
		table: store.NewTable[stored[cachePolicyConfig]]("cloudfront cache policies"),
		path:  "cache-policy", element: "CachePolicy", plural: "CachePolicies", limit: maxPolicies,
		managed: managedCachePolicies(), newID: newUUID, policies: true,
		name:    func(c cachePolicyConfig) string { return c.Name },
		uses:    policyIDs(func(b behaviour) string { return b.CachePolicyId }),
		unknown: noSuch("CachePolicy", "cache policy"),
		summary: policySummary[cachePolicyConfig],
		fill:    cachePolicyConfig.fill,
		check:   cachePolicyConfig.check,
	}
}

// fill sets the TTLs that were left out
// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html).
func (c cachePolicyConfig) fill() cachePolicyConfig {
	or(&c.DefaultTTL, max(86400, c.MinTTL))
	or(&c.MaxTTL, max(31536000, *c.DefaultTTL))
	return c
}

func (c cachePolicyConfig) check() error {
	if err := checkName(c.Name, c.Comment); err != nil {
		return err
	}
	if c.MinTTL < 0 || *c.DefaultTTL < c.MinTTL || *c.MaxTTL < *c.DefaultTTL {
		return invalid("The TTLs must not be negative and must be in the order minimum, default, maximum.")
	}
	p := c.Parameters
	if p == nil {
		return nil
	}
	if *c.MaxTTL == 0 {
		if err := p.checkUncached(); err != nil {
			return err
		}
	}
	return checkSelections("CachePolicy", p.HeadersConfig, p.CookiesConfig, p.QueryStringsConfig, "none", "whitelist")
}

// checkUncached sees that a policy without caching has nothing in its cache key.
func (p cacheKey) checkUncached() error {
	for _, part := range []struct {
		name string
		set  bool
	}{
		{"HeaderBehavior", p.HeadersConfig.HeaderBehavior != "none"},
		{"CookieBehavior", p.CookiesConfig.CookieBehavior != "none"},
		{"QueryStringBehavior", p.QueryStringsConfig.QueryStringBehavior != "none"},
		{"EnableAcceptEncodingGzip", p.EnableAcceptEncodingGzip},
		{"EnableAcceptEncodingBrotli", p.EnableAcceptEncodingBrotli},
	} {
		if part.set {
			return invalid("The parameter %s is invalid for policy with caching disabled.", part.name)
		}
	}
	return nil
}

func originRequestPolicies() collection[originRequestPolicyConfig] {
	return collection[originRequestPolicyConfig]{
		table: store.NewTable[stored[originRequestPolicyConfig]]("cloudfront origin request policies"),
		path:  "origin-request-policy", element: "OriginRequestPolicy", plural: "OriginRequestPolicies", limit: maxPolicies,
		managed: managedOriginRequestPolicies(), newID: newUUID, policies: true,
		name:    func(c originRequestPolicyConfig) string { return c.Name },
		uses:    policyIDs(func(b behaviour) string { return b.OriginRequestPolicyId }),
		unknown: noSuch("OriginRequestPolicy", "origin request policy"),
		summary: policySummary[originRequestPolicyConfig],
		check:   originRequestPolicyConfig.check,
	}
}

func (c originRequestPolicyConfig) check() error {
	if err := checkName(c.Name, c.Comment); err != nil {
		return err
	}
	return checkSelections("OriginRequestPolicy", c.HeadersConfig, c.CookiesConfig, c.QueryStringsConfig,
		"none", "whitelist", "allViewer", "allViewerAndWhitelistCloudFront", "allExcept")
}

func checkName(name, comment string) error {
	if name == "" {
		return invalid("The parameter Name is required.")
	}
	if len(name) > maxName {
		return tooLong("Name", name, maxName)
	}
	if len(comment) > maxComment {
		return tooLong("Comment", comment, maxComment)
	}
	return nil
}

// checkSelections checks what a policy of a sort selects.
func checkSelections(sort string, headers headersConfig, cookies cookiesConfig, queries queryStringsConfig, headerBehaviours ...string) error {
	others := []string{"none", "whitelist", "allExcept", "all"}
	for _, part := range []struct {
		what, plural, behaviour string
		names                   *names
		allowed                 []string
	}{
		{"Header", "Headers", headers.HeaderBehavior, headers.Headers, headerBehaviours},
		{"Cookie", "Cookies", cookies.CookieBehavior, cookies.Cookies, others},
		{"QueryString", "QueryStrings", queries.QueryStringBehavior, queries.QueryStrings, others},
	} {
		if err := oneOf(part.what+"Behavior", part.behaviour, part.allowed...); err != nil {
			return err
		}
		takesNames := slices.Contains([]string{"whitelist", "allExcept", "allViewerAndWhitelistCloudFront"}, part.behaviour)
		if hasNames := part.names != nil && len(part.names.Items) > 0; hasNames != takesNames {
			return invalid("The parameter %s does not fit the parameter %sBehavior, which is %s.", part.plural, part.what, part.behaviour)
		}
		if takesNames && len(part.names.Items) > maxNames {
			return refused("TooMany"+part.plural+"In"+sort, "A policy has at most %d of them.", maxNames)
		}
	}
	return nil
}

func accessControls() collection[accessControlConfig] {
	return collection[accessControlConfig]{
		table: store.NewTable[stored[accessControlConfig]]("cloudfront origin access controls"),
		path:  "origin-access-control", element: "OriginAccessControl", plural: "OriginAccessControls", limit: maxAccessControls,
		newID: newID,
		name:  func(c accessControlConfig) string { return c.Name },
		uses: func(c distributionConfig) []string {
			var ids []string
			for _, o := range c.Origins.Items {
				if id := o.OriginAccessControlId; id != "" && !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
			return ids
		},
		unknown: invalidAccessControl("The origin access control does not exist."),
		summary: func(_ collection[accessControlConfig], p stored[accessControlConfig]) any {
			return struct {
				Id string
				accessControlConfig
			}{p.ID, p.Config}
		},
		check: accessControlConfig.check,
	}
}

// invalidAccessControl is the answer to a distribution whose origin access control
// does not fit. Calls on distributions have no code of their own for one that is not
// there.
func invalidAccessControl(message string) error {
	return refused("InvalidOriginAccessControl", "%s", message)
}

// Limits of the texts of an origin access control
// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html).
const (
	maxAccessControlName        = 64
	maxAccessControlDescription = 256
)

func (c accessControlConfig) check() error {
	if c.Name == "" {
		return invalid("The parameter Name is required.")
	}
	if len(c.Name) > maxAccessControlName {
		return tooLong("Name", c.Name, maxAccessControlName)
	}
	if len(c.Description) > maxAccessControlDescription {
		return tooLong("Description", c.Description, maxAccessControlDescription)
	}
	if err := oneOf("SigningProtocol", c.SigningProtocol, "sigv4"); err != nil {
		return err
	}
	if err := oneOf("SigningBehavior", c.SigningBehavior, "always", "never", "no-override"); err != nil {
		return err
	}
	return oneOf("OriginAccessControlOriginType", c.OriginAccessControlOriginType, "s3", "lambda", "mediastore", "mediapackagev2")
}

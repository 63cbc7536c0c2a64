package cloudfront

import (
	"slices"

	"sendform/generator/localcloud/store"
)

func responseHeadersPolicies() collection[responseHeadersPolicyConfig] {
	return collection[responseHeadersPolicyConfig]{
		table: store.NewTable[stored[responseHeadersPolicyConfig]]("cloudfront response headers policies"),
		path:  "response-headers-policy", element: "ResponseHeadersPolicy", plural: "ResponseHeadersPolicies", limit: maxPolicies,
		managed: managedResponseHeadersPolicies(), newID: newUUID, policies: true,
		name:    func(c responseHeadersPolicyConfig) string { return c.Name },
		uses:    policyIDs(func(b behaviour) string { return b.ResponseHeadersPolicyId }),
		unknown: noSuch("ResponseHeadersPolicy", "response headers policy"),
		summary: policySummary[responseHeadersPolicyConfig],
		check:   responseHeadersPolicyConfig.check,
	}
}

func (c responseHeadersPolicyConfig) check() error {
	if err := checkName(c.Name, c.Comment); err != nil {
		return err
	}
	if c.CorsConfig == nil && c.SecurityHeadersConfig == nil && c.ServerTimingHeadersConfig == nil && c.CustomHeadersConfig == nil && c.RemoveHeadersConfig == nil {
		return invalid("A response headers policy has at least one configuration.")
	}
	if err := c.CorsConfig.check(); err != nil {
		return err
	}
	if err := c.SecurityHeadersConfig.check(); err != nil {
		return err
	}
	if timing := c.ServerTimingHeadersConfig; timing != nil && timing.SamplingRate != nil && (*timing.SamplingRate < 0 || *timing.SamplingRate > 100) {
		return invalid("The parameter SamplingRate must be from 0 to 100.")
	}
	if custom := c.CustomHeadersConfig; custom != nil {
		if len(custom.Items) > maxPolicyHeaders {
			return tooManyHeaders("TooManyCustomHeadersInResponseHeadersPolicy")
		}
		if slices.ContainsFunc(custom.Items, func(h policyHeader) bool { return h.Header == "" }) {
			return invalid("The parameter Header of a custom header is required.")
		}
	}
	if removed := c.RemoveHeadersConfig; removed != nil && len(removed.Items) > maxPolicyHeaders {
		return tooManyHeaders("TooManyRemoveHeadersInResponseHeadersPolicy")
	}
	return nil
}

func tooManyHeaders(code string) error {
	return refused(code, "A response headers policy has at most %d of these headers.", maxPolicyHeaders)
}

func (c *corsConfig) check() error {
	if c == nil {
		return nil
	}
	if len(c.AccessControlAllowOrigins.Items) == 0 || len(c.AccessControlAllowMethods.Items) == 0 || len(c.AccessControlAllowHeaders.Items) == 0 {
		return invalid("A CORS configuration has origins, methods and headers.")
	}
	for _, method := range c.AccessControlAllowMethods.Items {
		if err := oneOf("AccessControlAllowMethods", method, "GET", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "HEAD", "ALL"); err != nil {
			return err
		}
	}
	return nil
}

func (c *securityHeadersConfig) check() error {
	if c == nil {
		return nil
	}
	if h := c.ContentSecurityPolicy; h != nil && len(h.ContentSecurityPolicy) > maxContentSecurity {
		return refused("TooLongCSPInResponseHeadersPolicy", "A Content-Security-Policy has at most %d characters.", maxContentSecurity)
	}
	if h := c.FrameOptions; h != nil {
		if err := oneOf("FrameOption", h.FrameOption, "DENY", "SAMEORIGIN"); err != nil {
			return err
		}
	}
	if h := c.ReferrerPolicy; h != nil {
		err := oneOf("ReferrerPolicy", h.ReferrerPolicy, "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin",
			"same-origin", "strict-origin", "strict-origin-when-cross-origin", "unsafe-url")
		if err != nil {
			return err
		}
	}
	if h := c.XSSProtection; h != nil && h.ModeBlock != nil && *h.ModeBlock && h.ReportUri != "" {
		return invalid("The parameter ReportUri cannot be set when ModeBlock is true.")
	}
	return nil
}

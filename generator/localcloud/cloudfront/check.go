package cloudfront

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// Limits of a distribution
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
const (
	maxDistributions = 500 // of an account
	maxOrigins       = 100
	maxBehaviours    = 75 // besides the default one
	maxAliases       = 100
	maxComment       = 128
	maxOriginHeaders = 30
)

// check holds a distribution against CloudFront's rules. Its configuration is
// filled.
func (s *Service) check(tx store.Tx, d distribution) error {
	for _, check := range []func() error{
		d.Config.checkSettings,
		d.Config.checkUnsupported,
		d.Config.checkErrorResponses,
		d.Config.Restrictions.GeoRestriction.check,
		func() error { return d.Config.ViewerCertificate.check(d.Account) },
		func() error { return s.checkAliases(tx, d) },
		func() error { return s.checkOrigins(tx, d) },
		d.Config.checkBehaviours,
		func() error { return s.cache.checkUses(tx, s, d) },
		func() error { return s.originRequest.checkUses(tx, s, d) },
		func() error { return s.responses.checkUses(tx, s, d) },
		func() error { return s.checkFunctions(tx, d) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c distributionConfig) checkSettings() error {
	if len(c.Comment) > maxComment {
		return tooLong("Comment", c.Comment, maxComment)
	}
	if err := oneOf("PriceClass", c.PriceClass, "PriceClass_100", "PriceClass_200", "PriceClass_All", "None"); err != nil {
		return err
	}
	if err := oneOf("HttpVersion", c.HttpVersion, "http1.1", "http2", "http3", "http2and3"); err != nil {
		return err
	}
	if strings.HasPrefix(c.DefaultRootObject, "/") || len(c.DefaultRootObject) > 255 {
		return refused("InvalidDefaultRootObject", "The default root object file name is too big or contains an invalid character.")
	}
	return nil
}

// checkUnsupported refuses what a distribution may have on AWS and what cannot exist
// here. Leaving it out would look as if it were in force.
func (c distributionConfig) checkUnsupported() error {
	switch {
	case c.WebACLId != "":
		return refused("InvalidWebACLId", "The web ACL %s does not exist.", c.WebACLId)
	case c.ContinuousDeploymentPolicyId != "":
		return notFound("NoSuchContinuousDeploymentPolicy", "The continuous deployment policy %s does not exist.", c.ContinuousDeploymentPolicyId)
	case c.AnycastIpListId != "":
		return notFound("EntityNotFound", "The Anycast static IP list %s does not exist.", c.AnycastIpListId)
	case c.ConnectionMode != "" && c.ConnectionMode != "direct":
		return api.NotImplemented("cloudfront", "distributions for tenants")
	case c.Logging.Enabled:
		return api.NotImplemented("cloudfront", "access logs")
	case len(c.OriginGroups.Items) > 0:
		return api.NotImplemented("cloudfront", "origin groups")
	default:
		return nil
	}
}

// originErrors are the errors of origins that a distribution can answer otherwise
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-response-code.html).
var originErrors = []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}

func (c distributionConfig) checkErrorResponses() error {
	seen := map[int]bool{}
	for _, e := range c.CustomErrorResponses.Items {
		if !slices.Contains(originErrors, e.ErrorCode) || seen[e.ErrorCode] {
			return refused("InvalidErrorCode", "The error code %d is not one of %v, or there is another response to it.", e.ErrorCode, originErrors)
		}
		seen[e.ErrorCode] = true
		if (e.ResponsePagePath == "") != (e.ResponseCode == "") {
			return invalid("A custom error response has both a page and a response code, or neither.")
		}
		if e.ResponsePagePath != "" && !strings.HasPrefix(e.ResponsePagePath, "/") {
			return invalidPath(e.ResponsePagePath)
		}
		if e.ResponseCode != "" && !responseCode.MatchString(e.ResponseCode) {
			return refused("InvalidResponseCode", "The response code %q is not valid.", e.ResponseCode)
		}
		if e.ErrorCachingMinTTL != nil && *e.ErrorCachingMinTTL < 0 {
			return invalid("The parameter ErrorCachingMinTTL must not be negative.")
		}
	}
	return nil
}

var responseCode = regexp.MustCompile(`^(200|40[0345]|41[46]|50[01234])$`)

func invalidPath(path string) error {
	return refused("InvalidRelativePath", "The relative path %q does not begin with a slash, ends with one or is too long.", path)
}

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// check checks a restriction. It keeps nobody out here: viewers of the local cloud
// come from no country.
func (g geoRestriction) check() error {
	if !slices.Contains([]string{"none", "whitelist", "blacklist"}, g.RestrictionType) || (g.RestrictionType == "none") != (len(g.Items) == 0) {
		return refused("InvalidGeoRestrictionParameter", "The specified geo restriction parameter is not valid: %s with %d locations.", g.RestrictionType, len(g.Items))
	}
	for _, location := range g.Items {
		if !countryCode.MatchString(location) {
			return refused("InvalidLocationCode", "The location code %q is not valid.", location)
		}
	}
	return nil
}

// check checks a certificate. Whether there is one, and for which names, is not known
// here: the local cloud has no ACM, and answers with certificates of its own.
func (v viewerCertificate) check(account string) error {
	if v.CertificateSource == "cloudfront" {
		return nil
	}
	isOwn := strings.HasPrefix(v.ACMCertificateArn, "arn:aws:acm:us-east-1:"+account+":certificate/")
	if v.CloudFrontDefaultCertificate || v.IAMCertificateId != "" || !isOwn {
		return refused("InvalidViewerCertificate", "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.")
	}
	if !slices.Contains([]string{"sni-only", "vip", "static-ip"}, v.SSLSupportMethod) {
		return refused("InvalidViewerCertificate", "The SSL support method %q is not valid.", v.SSLSupportMethod)
	}
	if !slices.Contains(minimumProtocols, v.MinimumProtocolVersion) || v.SSLSupportMethod == "sni-only" && v.MinimumProtocolVersion == "SSLv3" {
		return refused("InvalidMinimumProtocolVersion", "The minimum protocol version %q is not valid.", v.MinimumProtocolVersion)
	}
	return nil
}

var minimumProtocols = []string{
	"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016", "TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025",
}

var aliasName = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]+$`)

// checkAliases sees that no other distribution has an alias, in any account, and
// that there is a certificate for them.
func (s *Service) checkAliases(tx store.Tx, d distribution) error {
	items := d.Config.Aliases.Items
	if len(items) == 0 {
		return nil
	}
	if len(items) > maxAliases {
		return refused("TooManyDistributionCNAMEs", "A distribution has at most %d aliases.", maxAliases)
	}
	if d.Config.ViewerCertificate.CloudFrontDefaultCertificate {
		return refused("InvalidViewerCertificate", "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.")
	}
	wanted := map[string]bool{}
	for _, alias := range items {
		name := strings.ToLower(alias)
		if !aliasName.MatchString(name) || len(name) > 253 || strings.HasSuffix(name, ".cloudfront.net") || wanted[name] {
			return invalid("The alias %q is no domain name, belongs to CloudFront or is there twice.", alias)
		}
		wanted[name] = true
	}
	taken := false
	err := s.distributions.Scan(tx, "", "", func(_ string, other distribution) bool {
		taken = other.ID != d.ID && slices.ContainsFunc(other.Config.Aliases.Items, func(a string) bool { return wanted[strings.ToLower(a)] })
		return !taken
	})
	if err == nil && taken {
		err = conflict("CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a different resource.")
	}
	return err
}

func oneOf(what, value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return invalid("The parameter %s has the value %q; it must be one of %q.", what, value, allowed)
	}
	return nil
}

func tooLong(what, value string, most int) error {
	return invalid("The parameter %s is too long: %d characters of at most %d.", what, len(value), most)
}

func invalid(format string, args ...any) error { return refused("InvalidArgument", format, args...) }

func refused(code, format string, args ...any) error {
	return api.Errorf(http.StatusBadRequest, code, format, args...)
}

func notFound(code, format string, args ...any) error {
	return api.Errorf(http.StatusNotFound, code, format, args...)
}

func conflict(code, format string, args ...any) error {
	return api.Errorf(http.StatusConflict, code, format, args...)
}

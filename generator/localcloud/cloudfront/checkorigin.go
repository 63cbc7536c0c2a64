package cloudfront

import (
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/store"
)

// What origins are called that CloudFront signs for
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-origin.html).
var (
	bucketHost  = regexp.MustCompile(`^[a-z0-9].*\.s3([.-][a-z0-9-]+)*\.amazonaws\.com$`)
	websiteHost = regexp.MustCompile(`\.s3-website[.-][a-z0-9-]+\.amazonaws\.com$`)
	urlHost     = regexp.MustCompile(`^[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws$`)
	mediaHost   = regexp.MustCompile(`\.(mediastore|mediapackagev2)\.[a-z0-9-]+\.amazonaws\.com$`)
)

var originHost = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9-]+$`)

func (s *Service) checkOrigins(tx store.Tx, d distribution) error {
	items := d.Config.Origins.Items
	if len(items) == 0 {
		return invalid("A distribution has at least one origin.")
	}
	if len(items) > maxOrigins {
		return refused("TooManyOrigins", "A distribution has at most %d origins.", maxOrigins)
	}
	known := map[string]bool{}
	for _, o := range items {
		if o.Id == "" || len(o.Id) > 128 || known[o.Id] {
			return invalid("The origin id %q is missing or too long, or another origin has it.", o.Id)
		}
		known[o.Id] = true
		if err := o.check(); err != nil {
			return err
		}
	}
	// What is used is there: this comes before what it is used for.
	if err := s.accessControl.checkUses(tx, s, d); err != nil {
		return err
	}
	for _, o := range items {
		if o.OriginAccessControlId == "" {
			continue
		}
		control, _, err := s.accessControl.find(tx, d.Account, o.OriginAccessControlId)
		if err != nil {
			return err
		}
		if err := o.checkAccessControl(control.Config.OriginAccessControlOriginType); err != nil {
			return err
		}
	}
	return nil
}

func (o origin) check() error {
	if !originHost.MatchString(o.DomainName) || len(o.DomainName) > 253 {
		return invalid("The parameter Origin DomainName does not refer to a valid host: %q.", o.DomainName)
	}
	if o.OriginPath != "" && (!strings.HasPrefix(o.OriginPath, "/") || strings.HasSuffix(o.OriginPath, "/") || len(o.OriginPath) > 255) {
		return invalidPath(o.OriginPath)
	}
	if *o.ConnectionAttempts < 1 || *o.ConnectionAttempts > 3 || *o.ConnectionTimeout < 1 || *o.ConnectionTimeout > 10 {
		return invalid("The parameter ConnectionAttempts must be from 1 to 3, and ConnectionTimeout from 1 to 10.")
	}
	if len(o.CustomHeaders.Items) > maxOriginHeaders {
		return refused("TooManyOriginCustomHeaders", "An origin has at most %d custom headers.", maxOriginHeaders)
	}
	for _, h := range o.CustomHeaders.Items {
		if isReserved(h.HeaderName) {
			return invalid("The parameter HeaderName %q is not valid: CloudFront sets it itself.", h.HeaderName)
		}
	}
	if o.OriginShield.Enabled && o.OriginShield.OriginShieldRegion == "" {
		return invalid("The parameter OriginShieldRegion is required when the origin shield is enabled.")
	}
	switch {
	case o.S3OriginConfig != nil && o.CustomOriginConfig != nil:
		return invalid("The origin %s has both an S3 configuration and a custom one.", o.Id)
	case o.CustomOriginConfig != nil:
		return o.CustomOriginConfig.check()
	case o.S3OriginConfig == nil:
		// https://github.com/boto/boto3/issues/3804
		return refused("InvalidOrigin", "The specified origin server does not exist or is not valid.")
	case !bucketHost.MatchString(o.DomainName) || websiteHost.MatchString(o.DomainName):
		return invalid("The parameter Origin DomainName does not refer to a valid S3 bucket.")
	case o.S3OriginConfig.OriginAccessIdentity != "":
		return refused("InvalidOriginAccessIdentity", "The specified origin access identity does not exist or is not valid. The local cloud has origin access controls instead.")
	default:
		return nil
	}
}

// isReserved tells whether an origin cannot have a header added
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html).
func isReserved(header string) bool {
	name := strings.ToLower(header)
	return name == "" || strings.HasPrefix(name, "x-amz-") || strings.HasPrefix(name, "x-edge-") || slices.Contains([]string{
		"cache-control", "connection", "content-length", "cookie", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
		"if-unmodified-since", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "proxy-connection", "range",
		"request-range", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-real-ip",
	}, name)
}

func (c customOrigin) check() error {
	for _, port := range []int{c.HTTPPort, c.HTTPSPort} {
		if port != 80 && port != 443 && (port < 1024 || port > 65535) {
			return invalid("The port %d of the origin is not valid: 80, 443 and 1024 to 65535 are.", port)
		}
	}
	if err := oneOf("OriginProtocolPolicy", c.OriginProtocolPolicy, "http-only", "match-viewer", "https-only"); err != nil {
		return err
	}
	if len(c.OriginSslProtocols.Items) == 0 {
		return invalid("The parameter OriginSslProtocols has at least one protocol.")
	}
	for _, protocol := range c.OriginSslProtocols.Items {
		if err := oneOf("OriginSslProtocols", protocol, "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"); err != nil {
			return err
		}
	}
	if *c.OriginReadTimeout < 1 || *c.OriginReadTimeout > 120 {
		return refused("InvalidOriginReadTimeout", "The read timeout specified for the origin is not valid: it must be from 1 to 120 seconds.")
	}
	if *c.OriginKeepaliveTimeout < 1 || *c.OriginKeepaliveTimeout > 120 {
		return refused("InvalidOriginKeepaliveTimeout", "The keep alive timeout specified for the origin is not valid: it must be from 1 to 120 seconds.")
	}
	return nil
}

// checkAccessControl sees that an origin is of the type that its access control is
// for.
func (o origin) checkAccessControl(kind string) error {
	if (kind == "s3") != (o.S3OriginConfig != nil) {
		return invalidAccessControl("The origin access control type does not match the origin type.")
	}
	fits := kind == "s3" || kind == "lambda" && urlHost.MatchString(o.DomainName) || strings.HasPrefix(kind, "media") && mediaHost.MatchString(o.DomainName)
	if !fits {
		return refused("InvalidDomainNameForOriginAccessControl", "An origin access control of the type %s cannot be used with the domain name %s.", kind, o.DomainName)
	}
	if c := o.CustomOriginConfig; c != nil && kind == "lambda" && c.OriginProtocolPolicy != "https-only" {
		return invalid("A function URL is reached over HTTPS only.")
	}
	return nil
}

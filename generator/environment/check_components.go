package environment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

func (c checker) checkBucket(block bucketBlock, b Bucket) {
	c.label("bucket", b.Label, block.LabelRange)
	c.bucketName(b.Name, block.Body, "name", block.LabelRange)
	if block.ExpireAfterDays != nil && b.ExpireAfterDays < 1 {
		c.report(mistake(at(block.Body, "expire_after_days", block.LabelRange), "Out of range",
			"%d is not a number of days: 1 or more; leave the attribute out to keep objects.", b.ExpireAfterDays))
	}
	c.checkCORS(block.CORS, b.CORS, corsMethods, block.LabelRange)
}

func (c checker) checkCORS(blocks []corsBlock, cors *CORS, methods []string, otherwise hcl.Range) {
	for _, block := range blocks {
		if len(cors.AllowedOrigins) == 0 {
			c.report(mistake(at(block.Body, "allowed_origins", otherwise), "No origin", "Name at least one, for example https://send.example.com."))
		}
		for _, origin := range cors.AllowedOrigins {
			if !originPattern.MatchString(origin) || strings.Count(origin, "*") > 1 {
				c.report(mistake(at(block.Body, "allowed_origins", otherwise), "Not an origin",
					"%q is not: write scheme and host without a path, for example https://send.example.com.", origin))
			}
		}
		for _, method := range cors.AllowedMethods {
			c.oneOf(method, methods, "CORS method", at(block.Body, "allowed_methods", otherwise))
		}
		c.between(cors.MaxAgeSeconds, 0, 86400, "seconds", at(block.Body, "max_age_s", otherwise))
	}
}

func (c checker) checkLayer(block layerBlock, y Layer) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	c.label("layer", y.Label, block.LabelRange)
	c.length(y.Name, "The layer", labelled{y.Label, block.LabelRange})
	c.folder(y.Package, "Packages", where("package"))
	if len(y.Runtimes) == 0 {
		c.report(mistake(where("runtimes"), "No runtime", "Name those that may use it: %s.", strings.Join(runtimes, ", ")))
	}
	for _, runtime := range y.Runtimes {
		c.oneOf(runtime, runtimes, "runtime", where("runtimes"))
	}
}

func (c checker) checkSecret(block secretBlock, s Secret) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	c.label("secret", s.Label, block.LabelRange)
	c.oneOf(string(s.Store), secretStores, "store", where("store"))
	c.description(s.Description, where("description"))
	if s.Version < 1 {
		c.report(mistake(where("version"), "Out of range", "%d is not a version: 1 or more; a higher one writes the value again.", s.Version))
	}
	switch s.Store {
	case ParameterStore:
		c.parameterName(s.Name, block.Body, block.LabelRange)
		if block.RecoveryWindowDays != nil {
			c.report(mistake(where("recovery_window_days"), "No recovery", "Only store = %q keeps what is deleted for a while.", SecretsManager))
		}
	case SecretsManager:
		switch {
		case !written(block.Body, "name") && !c.namesAreRight():
		case !secretPattern.MatchString(s.Name):
			c.report(mistake(where("name"), "Not a secret's name", "%q is not: up to 512 letters, digits and /_+=.@- characters.%s", s.Name, c.madeOfAttribute(block.Body, "name")))
		case secretSuffix.MatchString(s.Name) && written(block.Body, "name"):
			c.report(mistake(where("name"), "Not a secret's name", "%q ends as Secrets Manager ends an ARN, with a hyphen and six characters; a lookup by ARN could then find the wrong secret.", s.Name))
		}
		if days := s.RecoveryWindowDays; days != 0 && (days < 7 || days > 30) {
			c.report(mistake(where("recovery_window_days"), "Out of range", "%d is neither 0 nor between 7 and 30 days.", days))
		}
	}
}

func (c checker) checkParameter(block parameterBlock, p Parameter) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	c.label("parameter", p.Label, block.LabelRange)
	c.parameterName(p.Name, block.Body, block.LabelRange)
	c.description(p.Description, where("description"))
	c.checkURLs(p.Value, where("value"))
	text := p.Value.String()
	if !written(block.Body, "value") {
		c.missing("value", "value = distribution.NAME.id", block.LabelRange)
		return
	}
	if text == "" || len(text) > maxParameterBytes {
		c.report(mistake(where("value"), "Out of range", "The value has %d bytes; Parameter Store takes 1 to %d.%s",
			len(text), maxParameterBytes, c.madeOfAttribute(block.Body, "value")))
	}
}

// missing reports an argument that gohcl, which takes any expression, leaves out of
// its own check.
func (c checker) missing(argument, example string, where hcl.Range) {
	c.report(mistake(where, "Missing required argument", "The argument %q is required, for example %s.", argument, example))
}

// parameterName checks the rules of
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
func (c checker) parameterName(name string, body hcl.Body, otherwise hcl.Range) {
	refuse := func(why string) {
		if !written(body, "name") && !c.namesAreRight() {
			return // what it is made of is reported
		}
		c.report(mistake(at(body, "name", otherwise), "Not a parameter's name", "%q is not: %s.%s", name, why, c.madeOfAttribute(body, "name")))
	}
	first := strings.ToLower(strings.TrimPrefix(name, "/"))
	switch {
	case !parameterPattern.MatchString(name):
		refuse("letters, digits and _.- characters, in up to 15 parts that each begin with a slash")
	case len(name) > maxParameterName:
		refuse(fmt.Sprintf("it has %d characters, and %d are allowed", len(name), maxParameterName))
	case hasAnyPrefix(first, "aws", "ssm"):
		refuse("AWS keeps names that start with aws or ssm for itself")
	}
}

func (c checker) checkDistribution(block distributionBlock, d Distribution) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	c.label("distribution", d.Label, block.LabelRange)
	c.length(d.Name+"-static", "Its access control", labelled{d.Label, block.LabelRange})
	if c.target.Partition != "aws" {
		c.report(mistake(block.LabelRange, "No distributions here", "Distributions are made in the regions of partition aws only; %s is in %s.", c.target.Region, c.target.Partition))
	}
	if !written(block.Body, "static") {
		c.missing("static", "static = bucket.NAME", block.LabelRange)
	}
	if block.Site != nil {
		c.folder(d.Site, "Sites", where("site"))
	}
	c.checkBehaviours(block, d)
	c.matches(d.DefaultRootObject, objectPattern, "Not an object", "write the key of an object, such as index.html", where("default_root_object"))
	c.between(d.DefaultTTLS, 0, maxTTLS, "seconds", where("default_ttl_s"))
	c.oneOf(d.PriceClass, priceClasses, "price class", where("price_class"))
	for _, domain := range d.Domains {
		if !domainPattern.MatchString(domain) {
			c.report(mistake(where("domains"), "Not a domain", "%q is not: write a host name in lower case, such as send.example.com.%s", domain, c.madeOfAttribute(block.Body, "domains")))
		}
	}
	switch match := certificatePattern.FindStringSubmatch(d.CertificateARN); {
	case len(d.Domains) > 0 && d.CertificateARN == "":
		c.report(mistake(where("domains"), "No certificate", "Domains of its own need one: certificate_arn = \"arn:aws:acm:us-east-1:…\"."))
	case len(d.Domains) == 0 && d.CertificateARN != "":
		c.report(mistake(where("certificate_arn"), "Certificate without a domain", "Say what it is for: domains = [\"send.example.com\"]."))
	case d.CertificateARN != "" && match == nil:
		c.report(mistake(where("certificate_arn"), "Not a certificate", "%q is no ARN of ACM.", d.CertificateARN))
	case match != nil && match[1] != "us-east-1":
		c.report(mistake(where("certificate_arn"), "Certificate in the wrong region", "CloudFront takes certificates of us-east-1 only; this one is in %s.", match[1]))
	}
	for _, other := range c.target.Distributions {
		if other.Label < d.Label && other.Static == d.Static && d.Static != "" {
			c.report(mistake(where("static"), "Bucket has a distribution", "distribution.%s serves bucket.%s already; a bucket's policy names one distribution.", other.Label, d.Static))
		}
		if other.Label < d.Label && other.API == d.API && d.API != "" {
			c.report(mistake(where("api"), "Function has a distribution", "function.%s is behind distribution.%s already; a function's policy names one distribution.", d.API, other.Label))
		}
	}
}

func (c checker) checkBehaviours(block distributionBlock, d Distribution) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	if written(block.Body, "api_paths") && !written(block.Body, "api") {
		c.report(mistake(where("api_paths"), "Paths without a function", "Name the function behind them: api = function.NAME."))
	}
	if d.API != "" && len(d.APIPaths) == 0 {
		c.report(mistake(where("api_paths"), "No path", "Name those that go to function.%s, for example /api/*.", d.API))
	}
	if len(d.APIPaths) > maxDistributionPath {
		c.report(mistake(where("api_paths"), "Too many paths", "These are %d; a distribution takes %d beside the static files.", len(d.APIPaths), maxDistributionPath))
	}
	for i, path := range d.APIPaths {
		c.matches(path, pathPattern, "Not a path pattern", "write a path such as /api/*", where("api_paths"))
		if slices.Contains(d.APIPaths[:i], path) {
			c.report(mistake(where("api_paths"), "Written twice", "%q is there twice.", path))
		}
	}
	if d.Static != "" && d.Static == c.target.Artifacts {
		c.report(mistake(where("static"), "Packages would be public", "bucket.%s has the packages of the functions; give the static files a bucket of their own.", d.Static))
	}
}

func (c checker) checkDeployer(block deployerBlock, d Deployer) {
	where := func(attribute string) hcl.Range { return at(block.Body, attribute, block.LabelRange) }
	c.label("deployer", d.Label, block.LabelRange)
	c.length(d.ApplyRole, "The role that applies", labelled{d.Label, block.LabelRange})
	c.matches(d.Repository, repositoryPattern, "Not a repository", "write owner/name", where("repository"))
	if block.RepositoryIDs != nil {
		c.matches(d.RepositoryIDs, idsPattern, "Not ids", "write the number of the owner and of the repository, such as 123/456", where("repository_ids"))
	}
	if block.OIDCProvider != nil {
		c.oneOf(*block.OIDCProvider, oidcProviders, "oidc_provider", where("oidc_provider"))
	}
}

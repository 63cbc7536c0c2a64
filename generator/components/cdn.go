package components

import "sendform/generator/environment"

// CDNInputs are the variables of the cdn module.
type CDNInputs struct {
	Name              string            `tf:"name" doc:"Name of its policies, unique in the account, and comment of the distribution." check:"can(regex(\"^[A-Za-z0-9_-]{1,56}$\", var.name))" says:"1 to 56 letters, digits, - and _."`
	StaticBucket      environment.Value `tf:"static_bucket" doc:"Name of the bucket of static files."`
	StaticARN         environment.Value `tf:"static_arn" doc:"ARN of that bucket."`
	StaticDomain      environment.Value `tf:"static_domain" doc:"Domain of that bucket in its region."`
	API               *APIInputs        `tf:"api" doc:"The function behind some paths; null for none."`
	DefaultRootObject string            `tf:"default_root_object" doc:"Object that stands for /."`
	DefaultTTLS       int               `tf:"default_ttl_s" doc:"Seconds that static files are cached which say nothing themselves." check:"var.default_ttl_s >= 0 && var.default_ttl_s <= 31536000" says:"0 seconds to a year."`
	PriceClass        string            `tf:"price_class" doc:"Which edge locations serve it."`
	Domains           []string          `tf:"domains" doc:"Domains of its own, beside the one on cloudfront.net."`
	CertificateARN    *string           `tf:"certificate_arn" doc:"Certificate for these domains, in us-east-1; null without domains." check:"(var.certificate_arn == null) == (length(var.domains) == 0)" says:"A certificate is needed with domains, and only then."`
	LockDown          Locked            `tf:"lock_down" doc:"Whether uploads to the bucket that do not ask for encryption are refused."`
	Rewrite           *string           `tf:"rewrite" doc:"Text of the CloudFront function that changes requests for static files; null for none."`
}

// APIInputs is a function behind a distribution.
type APIInputs struct {
	URL       environment.Value `tf:"url"`
	Function  environment.Value `tf:"function"`
	Qualifier string            `tf:"qualifier"`
	Paths     []string          `tf:"paths"`
}

func cdnKind() Kind {
	return Kind{
		Name:     CDNKind,
		About:    "A CloudFront distribution: a function behind some paths, a bucket of static files behind all others, both closed to everybody else.",
		Services: []string{"cloudfront", "lambda"},
		Inputs:   CDNInputs{},
		Outputs:  []string{"id", "arn", "url"},
	}
}

func cdns(t environment.Target) []Component { return each(t.Distributions, t, cdn) }

func cdn(d environment.Distribution, t environment.Target) Component {
	static := Address{StorageKind, d.Static}
	bucket := t.Bucket(d.Static)
	inputs := CDNInputs{
		Name:              d.Name,
		StaticBucket:      environment.Reference(static.Kind, static.Name, "bucket"),
		StaticARN:         environment.Reference(static.Kind, static.Name, "arn"),
		StaticDomain:      environment.Reference(static.Kind, static.Name, "domain"),
		DefaultRootObject: d.DefaultRootObject, DefaultTTLS: d.DefaultTTLS, PriceClass: d.PriceClass,
		Domains: d.Domains, CertificateARN: given(d.CertificateARN), Rewrite: given(d.Rewrite),
	}
	c := Component{
		Address: Address{CDNKind, d.Label}, Needs: []Address{static},
		Resources: func() []Resource { return distributionResources(d, bucket, t) },
	}
	if d.API != "" {
		inputs.API = &APIInputs{
			URL:       environment.Reference(FunctionKind, d.API, "url"),
			Function:  environment.Reference(FunctionKind, d.API, "name"),
			Qualifier: t.Function(d.API).Alias(),
			Paths:     d.APIPaths,
		}
		c.Needs = append(c.Needs, Address{FunctionKind, d.API})
	}
	c.Inputs = inputs
	return c
}

func distributionResources(d environment.Distribution, bucket environment.Bucket, t environment.Target) []Resource {
	policy := bucketPolicy(bucket, t)
	policy["AllowDistribution"] = map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"Service": []string{"cloudfront.amazonaws.com"}},
		"Action": []string{"s3:GetObject"}, "Resource": []string{bucket.ARN + "/*"},
		"Condition": map[string]any{"StringEquals": map[string]any{
			"aws:SourceArn": []any{environment.Reference("distribution", d.Label, "arn")},
		}},
	}
	resources := []Resource{
		{Type: DistributionResource, ID: environment.Literal(d.Name), Want: distributionWanted(d, bucket, t)},
		{
			Type: BucketPolicyResource, ID: environment.Literal(bucket.Name),
			Want: map[string]any{"policy": policy}, Statements: []string{"AllowDistribution"},
		},
	}
	if d.API == "" {
		return resources
	}
	f := t.Function(d.API)
	return append(resources, Resource{
		Type: FunctionPolicyResource, ID: environment.Literal(qualifiedName(f)),
		Want: map[string]any{"policy": functionPolicy(f, t)}, Statements: []string{"distribution-invoke", "distribution-url"},
	})
}

func distributionWanted(d environment.Distribution, bucket environment.Bucket, t environment.Target) map[string]any {
	want := map[string]any{
		"status": "Deployed", "enabled": true, "price_class": d.PriceClass, "default_root_object": d.DefaultRootObject,
		"http_version": "http2and3", "ipv6": true, "domains": list(d.Domains), "certificate": d.CertificateARN,
		"minimum_tls": minimumTLS(d), "tags": tags(t),
		"origins": map[string]any{"static": map[string]any{
			"access_control": "s3 always sigv4", "address": domain(bucket, t), "path": "", "headers": 0,
		}},
		"behaviours": map[string]any{"*": staticBehaviour(d)},
		"headers":    securityHeaders(),
		"cache": map[string]any{
			"min_ttl": 0, "default_ttl": d.DefaultTTLS, "max_ttl": 31536000,
			"gzip": true, "brotli": true, "cookies": "none", "headers": "none", "query_strings": "none",
		},
		"rewrite": rewriteOf(d),
		// What nobody asks for must be as CloudFront makes it.
		"logging": false, "web_acl": "", "geo_restriction": "none", "custom_errors": 0, "origin_groups": 0,
	}
	if d.API == "" {
		return want
	}
	want["origins"].(map[string]any)["api"] = map[string]any{
		"access_control": "lambda always sigv4", "address": environment.Reference(FunctionKind, d.API, "url"), "path": "", "headers": 0,
		"protocol": "https-only", "tls": []string{"TLSv1.2"},
	}
	for i, path := range d.APIPaths {
		want["behaviours"].(map[string]any)[path] = apiBehaviour(i+1, d)
	}
	return want
}

// staticBehaviour is what a distribution does with all requests that are for no other
// behaviour.
func staticBehaviour(d environment.Distribution) map[string]any {
	b := behaviour(0, d)
	b["origin"], b["methods"] = "static", []string{"GET", "HEAD"}
	b["cache"], b["forwarded"] = d.Name+"-static", "none"
	if d.Rewrite != "" {
		b["functions"] = []string{"viewer-request"}
	}
	return b
}

// apiBehaviour is what it does with the requests for some paths.
func apiBehaviour(precedence int, d environment.Distribution) map[string]any {
	b := behaviour(precedence, d)
	b["origin"], b["methods"] = "api", []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	b["cache"], b["forwarded"] = "Managed-CachingDisabled", "Managed-AllViewerExceptHostHeader"
	return b
}

func behaviour(precedence int, d environment.Distribution) map[string]any {
	return map[string]any{
		"precedence": precedence, "viewers": "redirect-to-https", "compress": true, "headers": d.Name + "-headers",
		"functions": []string{}, "realtime_logs": "", "signed": false,
	}
}

// domain is the bucket's own in its region
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
func domain(b environment.Bucket, t environment.Target) string {
	name := b.Name + ".s3." + t.Region + ".amazonaws.com"
	if t.Partition == "aws-cn" {
		name += ".cn"
	}
	return name
}

// minimumTLS is CloudFront's choice for its own certificate.
func minimumTLS(d environment.Distribution) string {
	if d.CertificateARN == "" {
		return "TLSv1"
	}
	return "TLSv1.2_2021"
}

// securityHeaders are what every answer carries.
func securityHeaders() map[string]any {
	return map[string]any{
		"strict-transport-security": "max-age=63072000; includeSubDomains",
		"x-content-type-options":    "nosniff",
		"x-frame-options":           "DENY",
		"referrer-policy":           "strict-origin-when-cross-origin",
	}
}

// RewriteName is the name of the function that a distribution's requests go through, as
// the module makes it.
func RewriteName(d environment.Distribution) string { return d.Name + "-rewrite" }

func rewriteOf(d environment.Distribution) any {
	if d.Rewrite == "" {
		return nil
	}
	return d.Rewrite
}

// given is nil for an empty text, so that a module's variable keeps its null.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// list is never nil: an empty list is wanted, not none.
func list(texts []string) []string { return append([]string{}, texts...) }

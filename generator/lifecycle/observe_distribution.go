package lifecycle

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/environment"
)

// distributionID finds a distribution by its comment: CloudFront's own ids say
// nothing, and a distribution has no name.
func (o observer) distributionID(ctx context.Context, comment string) (string, error) {
	pages := cloudfront.NewListDistributionsPaginator(o.cdn, &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, d := range page.DistributionList.Items {
			if aws.ToString(d.Comment) == comment {
				return aws.ToString(d.Id), nil
			}
		}
	}
	return "", errGone
}

// distributionAttribute is the id, the ARN or the address of a distribution.
func (o observer) distributionAttribute(ctx context.Context, d environment.Distribution, attribute string) (string, error) {
	id, err := o.distributionID(ctx, d.Name)
	if isGone(err) {
		return "", fmt.Errorf("distribution %s: %w", d.Name, errUnknown)
	}
	if err != nil {
		return "", fmt.Errorf("distribution %s: %w", d.Name, err)
	}
	out, err := o.cdn.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &id})
	if err != nil {
		return "", fmt.Errorf("distribution %s: %w", d.Name, err)
	}
	switch attribute {
	case "id":
		return id, nil
	case "arn":
		return aws.ToString(out.Distribution.ARN), nil
	case "url":
		if len(d.Domains) > 0 {
			return "https://" + d.Domains[0], nil
		}
		return "https://" + aws.ToString(out.Distribution.DomainName), nil
	default:
		return "", fmt.Errorf("nothing is known of distribution.%s.%s", d.Label, attribute)
	}
}

func (o observer) distribution(ctx context.Context, comment string) (map[string]any, error) {
	id, err := o.distributionID(ctx, comment)
	if err != nil {
		return nil, err
	}
	out, err := o.cdn.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &id})
	if err != nil {
		return nil, err
	}
	tags, err := o.cdn.ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: out.Distribution.ARN})
	if err != nil {
		return nil, err
	}
	byName := map[string]string{}
	for _, t := range tags.Tags.Items {
		byName[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	c := out.Distribution.DistributionConfig
	got := map[string]any{
		"status": aws.ToString(out.Distribution.Status), "enabled": aws.ToBool(c.Enabled), "price_class": string(c.PriceClass),
		"default_root_object": aws.ToString(c.DefaultRootObject), "http_version": string(c.HttpVersion), "ipv6": aws.ToBool(c.IsIPV6Enabled),
		"domains": []string{}, "certificate": "", "logging": c.Logging != nil && aws.ToBool(c.Logging.Enabled),
		"web_acl": aws.ToString(c.WebACLId), "geo_restriction": "none", "custom_errors": 0, "tags": ownTags(byName),
	}
	if c.Aliases != nil {
		got["domains"] = c.Aliases.Items
	}
	if c.ViewerCertificate != nil {
		got["certificate"] = aws.ToString(c.ViewerCertificate.ACMCertificateArn)
	}
	if c.Restrictions != nil && c.Restrictions.GeoRestriction != nil {
		got["geo_restriction"] = string(c.Restrictions.GeoRestriction.RestrictionType)
	}
	if c.CustomErrorResponses != nil {
		got["custom_errors"] = len(c.CustomErrorResponses.Items)
	}
	if got["origins"], err = o.origins(ctx, c.Origins); err != nil {
		return nil, err
	}
	return got, o.behaviours(ctx, c, got)
}

func (o observer) origins(ctx context.Context, origins *types.Origins) (map[string]any, error) {
	all := map[string]any{}
	for _, origin := range origins.Items {
		access := "none"
		if id := aws.ToString(origin.OriginAccessControlId); id != "" {
			out, err := o.cdn.GetOriginAccessControl(ctx, &cloudfront.GetOriginAccessControlInput{Id: &id})
			if err != nil {
				return nil, err
			}
			c := out.OriginAccessControl.OriginAccessControlConfig
			access = fmt.Sprintf("%s %s %s", c.OriginAccessControlOriginType, c.SigningBehavior, c.SigningProtocol)
		}
		protocol := "s3"
		if origin.CustomOriginConfig != nil {
			protocol = string(origin.CustomOriginConfig.OriginProtocolPolicy)
		}
		all[aws.ToString(origin.Id)] = map[string]any{"access_control": access, "protocol": protocol}
	}
	return all, nil
}

// behaviours adds what a distribution does with requests: by path, and what its
// default behaviour's policies and function are.
func (o observer) behaviours(ctx context.Context, c *types.DistributionConfig, got map[string]any) error {
	d := c.DefaultCacheBehavior
	first, err := o.behaviour(ctx, types.CacheBehavior{
		TargetOriginId: d.TargetOriginId, ViewerProtocolPolicy: d.ViewerProtocolPolicy, AllowedMethods: d.AllowedMethods,
		Compress: d.Compress, OriginRequestPolicyId: d.OriginRequestPolicyId, FunctionAssociations: d.FunctionAssociations,
	})
	if err != nil {
		return err
	}
	all := map[string]any{"*": first}
	if c.CacheBehaviors != nil {
		for _, b := range c.CacheBehaviors.Items {
			if all[aws.ToString(b.PathPattern)], err = o.behaviour(ctx, b); err != nil {
				return err
			}
		}
	}
	got["behaviours"] = all
	got["headers"], got["default_ttl"], got["rewrite"] = nil, nil, nil
	if id := aws.ToString(d.ResponseHeadersPolicyId); id != "" {
		if got["headers"], err = o.securityHeaders(ctx, id); err != nil {
			return err
		}
	}
	if id := aws.ToString(d.CachePolicyId); id != "" {
		out, err := o.cdn.GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: &id})
		if err != nil {
			return err
		}
		got["default_ttl"] = int(aws.ToInt64(out.CachePolicy.CachePolicyConfig.DefaultTTL))
	}
	if f := d.FunctionAssociations; f != nil && len(f.Items) > 0 {
		arn := aws.ToString(f.Items[0].FunctionARN)
		name := arn[strings.LastIndexByte(arn, '/')+1:]
		out, err := o.cdn.GetFunction(ctx, &cloudfront.GetFunctionInput{Name: &name, Stage: types.FunctionStageLive})
		if err != nil {
			return err
		}
		got["rewrite"] = string(out.FunctionCode)
	}
	return nil
}

func (o observer) behaviour(ctx context.Context, b types.CacheBehavior) (map[string]any, error) {
	got := map[string]any{
		"origin": aws.ToString(b.TargetOriginId), "viewers": string(b.ViewerProtocolPolicy), "methods": []string{},
		"compress": aws.ToBool(b.Compress), "forwarded": "none", "function": b.FunctionAssociations != nil && len(b.FunctionAssociations.Items) > 0,
	}
	if b.AllowedMethods != nil {
		methods := make([]string, 0, len(b.AllowedMethods.Items))
		for _, m := range b.AllowedMethods.Items {
			methods = append(methods, string(m))
		}
		got["methods"] = methods
	}
	if id := aws.ToString(b.OriginRequestPolicyId); id != "" {
		out, err := o.cdn.GetOriginRequestPolicy(ctx, &cloudfront.GetOriginRequestPolicyInput{Id: &id})
		if err != nil {
			return nil, err
		}
		got["forwarded"] = aws.ToString(out.OriginRequestPolicy.OriginRequestPolicyConfig.Name)
	}
	return got, nil
}

// securityHeaders are the headers that a policy adds, as a browser sees them.
func (o observer) securityHeaders(ctx context.Context, id string) (map[string]any, error) {
	out, err := o.cdn.GetResponseHeadersPolicy(ctx, &cloudfront.GetResponseHeadersPolicyInput{Id: &id})
	if err != nil {
		return nil, err
	}
	headers := map[string]any{}
	s := out.ResponseHeadersPolicy.ResponseHeadersPolicyConfig.SecurityHeadersConfig
	if s == nil {
		return headers, nil
	}
	if h := s.StrictTransportSecurity; h != nil {
		value := fmt.Sprintf("max-age=%d", aws.ToInt32(h.AccessControlMaxAgeSec))
		if aws.ToBool(h.IncludeSubdomains) {
			value += "; includeSubDomains"
		}
		if aws.ToBool(h.Preload) {
			value += "; preload"
		}
		headers["strict-transport-security"] = value
	}
	if s.ContentTypeOptions != nil {
		headers["x-content-type-options"] = "nosniff"
	}
	if h := s.FrameOptions; h != nil {
		headers["x-frame-options"] = string(h.FrameOption)
	}
	if h := s.ReferrerPolicy; h != nil {
		headers["referrer-policy"] = string(h.ReferrerPolicy)
	}
	return headers, nil
}

package lifecycle

import (
	"context"
	"fmt"

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
		"web_acl": aws.ToString(c.WebACLId), "geo_restriction": "none", "custom_errors": 0, "origin_groups": 0, "tags": ownTags(byName),
	}
	if c.Aliases != nil {
		got["domains"] = c.Aliases.Items
	}
	if c.ViewerCertificate != nil {
		got["certificate"] = aws.ToString(c.ViewerCertificate.ACMCertificateArn)
		got["minimum_tls"] = string(c.ViewerCertificate.MinimumProtocolVersion)
	}
	if c.Restrictions != nil && c.Restrictions.GeoRestriction != nil {
		got["geo_restriction"] = string(c.Restrictions.GeoRestriction.RestrictionType)
	}
	if c.CustomErrorResponses != nil {
		got["custom_errors"] = len(c.CustomErrorResponses.Items)
	}
	if c.OriginGroups != nil {
		got["origin_groups"] = len(c.OriginGroups.Items)
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
		o := map[string]any{"access_control": access, "address": aws.ToString(origin.DomainName), "path": aws.ToString(origin.OriginPath), "headers": 0}
		if origin.CustomHeaders != nil {
			o["headers"] = len(origin.CustomHeaders.Items)
		}
		if c := origin.CustomOriginConfig; c != nil {
			o["address"] = "https://" + aws.ToString(origin.DomainName)
			o["protocol"], o["tls"] = string(c.OriginProtocolPolicy), []string{}
			if c.OriginSslProtocols != nil {
				o["tls"] = named(c.OriginSslProtocols.Items)
			}
		}
		all[aws.ToString(origin.Id)] = o
	}
	return all, nil
}

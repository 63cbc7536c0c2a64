package cloudfront

import (
	"strings"

	"sendform/generator/localcloud/api"
)

// Operations lists the calls of the service.
func Operations() []api.Offer {
	names := strings.Fields(`
		CreateDistribution CreateDistributionWithTags GetDistribution GetDistributionConfig
		UpdateDistribution DeleteDistribution ListDistributions
		ListDistributionsByCachePolicyId ListDistributionsByOriginRequestPolicyId
		ListDistributionsByResponseHeadersPolicyId
		CreateFunction DescribeFunction GetFunction UpdateFunction PublishFunction TestFunction
		DeleteFunction ListFunctions
		CreateInvalidation GetInvalidation ListInvalidations
		ListTagsForResource TagResource UntagResource`)
	for element, plural := range map[string]string{
		"CachePolicy": "CachePolicies", "OriginAccessControl": "OriginAccessControls",
		"OriginRequestPolicy": "OriginRequestPolicies", "ResponseHeadersPolicy": "ResponseHeadersPolicies",
	} {
		names = append(names, "Create"+element, "Get"+element, "Get"+element+"Config",
			"Update"+element, "Delete"+element, "List"+plural)
	}
	const without = "no access logs, origin groups, signed URLs, Lambda@Edge, tenants, gRPC"
	return api.Offers(names, map[string]string{
		"CreateDistribution":         without,
		"CreateDistributionWithTags": without,
		"UpdateDistribution":         without,
		"CreateFunction":             "no key value stores",
		"UpdateFunction":             "no key value stores",
	})
}

package standin_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	tfjson "github.com/hashicorp/terraform-json"
)

func cloudfrontStack() stack {
	byID := idOf("id")
	return stack{
		folder: "cloudfront",
		ids: map[string]func(map[string]any) string{
			"aws_cloudfront_cache_policy.c":            byID,
			"aws_cloudfront_distribution.d":            byID,
			"aws_cloudfront_function.f":                idOf("name"),
			"aws_cloudfront_function.g":                idOf("name"),
			"aws_cloudfront_origin_access_control.o":   byID,
			"aws_cloudfront_origin_request_policy.r":   byID,
			"aws_cloudfront_response_headers_policy.h": byID,
		},
		replaced: []string{"aws_cloudfront_distribution.d", "aws_cloudfront_function.f"},
		drift: map[string]drift{
			"distribution disabled": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				client := cloudfront.NewFromConfig(c)
				found, err := client.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: idIn(state, "aws_cloudfront_distribution.d")})
				if err != nil {
					return err
				}
				found.DistributionConfig.Enabled = aws.Bool(false)
				_, err = client.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
					Id: idIn(state, "aws_cloudfront_distribution.d"), IfMatch: found.ETag, DistributionConfig: found.DistributionConfig,
				})
				return err
			}, "aws_cloudfront_distribution.d", tfjson.ActionUpdate},
			"origin access control that signs nothing": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				client := cloudfront.NewFromConfig(c)
				found, err := client.GetOriginAccessControlConfig(ctx,
					&cloudfront.GetOriginAccessControlConfigInput{Id: idIn(state, "aws_cloudfront_origin_access_control.o")})
				if err != nil {
					return err
				}
				found.OriginAccessControlConfig.SigningBehavior = types.OriginAccessControlSigningBehaviorsNever
				_, err = client.UpdateOriginAccessControl(ctx, &cloudfront.UpdateOriginAccessControlInput{
					Id: idIn(state, "aws_cloudfront_origin_access_control.o"), IfMatch: found.ETag,
					OriginAccessControlConfig: found.OriginAccessControlConfig,
				})
				return err
			}, "aws_cloudfront_origin_access_control.o", tfjson.ActionUpdate},
			"other code at the edge": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				client := cloudfront.NewFromConfig(c)
				found, err := client.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: aws.String("standin")})
				if err != nil {
					return err
				}
				_, err = client.UpdateFunction(ctx, &cloudfront.UpdateFunctionInput{
					Name: aws.String("standin"), IfMatch: found.ETag, FunctionConfig: found.FunctionSummary.FunctionConfig,
					FunctionCode: []byte("function handler(event) { return event.request; }"),
				})
				return err
			}, "aws_cloudfront_function.f", tfjson.ActionUpdate},
			"other age": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				client := cloudfront.NewFromConfig(c)
				found, err := client.GetCachePolicyConfig(ctx, &cloudfront.GetCachePolicyConfigInput{Id: idIn(state, "aws_cloudfront_cache_policy.c")})
				if err != nil {
					return err
				}
				found.CachePolicyConfig.DefaultTTL = aws.Int64(7)
				_, err = client.UpdateCachePolicy(ctx, &cloudfront.UpdateCachePolicyInput{
					Id: idIn(state, "aws_cloudfront_cache_policy.c"), IfMatch: found.ETag, CachePolicyConfig: found.CachePolicyConfig,
				})
				return err
			}, "aws_cloudfront_cache_policy.c", tfjson.ActionUpdate},
			"other headers for the origin": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				client := cloudfront.NewFromConfig(c)
				found, err := client.GetOriginRequestPolicyConfig(ctx,
					&cloudfront.GetOriginRequestPolicyConfigInput{Id: idIn(state, "aws_cloudfront_origin_request_policy.r")})
				if err != nil {
					return err
				}
				found.OriginRequestPolicyConfig.HeadersConfig.HeaderBehavior = types.OriginRequestPolicyHeaderBehaviorNone
				_, err = client.UpdateOriginRequestPolicy(ctx, &cloudfront.UpdateOriginRequestPolicyInput{
					Id: idIn(state, "aws_cloudfront_origin_request_policy.r"), IfMatch: found.ETag,
					OriginRequestPolicyConfig: found.OriginRequestPolicyConfig,
				})
				return err
			}, "aws_cloudfront_origin_request_policy.r", tfjson.ActionUpdate},
			"no security headers": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				client := cloudfront.NewFromConfig(c)
				found, err := client.GetResponseHeadersPolicyConfig(ctx,
					&cloudfront.GetResponseHeadersPolicyConfigInput{Id: idIn(state, "aws_cloudfront_response_headers_policy.h")})
				if err != nil {
					return err
				}
				found.ResponseHeadersPolicyConfig.SecurityHeadersConfig = nil
				_, err = client.UpdateResponseHeadersPolicy(ctx, &cloudfront.UpdateResponseHeadersPolicyInput{
					Id: idIn(state, "aws_cloudfront_response_headers_policy.h"), IfMatch: found.ETag,
					ResponseHeadersPolicyConfig: found.ResponseHeadersPolicyConfig,
				})
				return err
			}, "aws_cloudfront_response_headers_policy.h", tfjson.ActionUpdate},
		},
		reads: []string{
			"GetCallerIdentity",
			"GetDistribution", "ListTagsForResource", "GetOriginAccessControl",
			"DescribeFunction", "GetFunction",
			"GetCachePolicy", "GetOriginRequestPolicy", "GetResponseHeadersPolicy",
			"ListCachePolicies", "ListOriginRequestPolicies", "ListResponseHeadersPolicies",
		},
		gone: wantNoCloudfront,
	}
}

func wantNoCloudfront(t *testing.T, c aws.Config) {
	t.Helper()
	client := cloudfront.NewFromConfig(c)
	ctx := t.Context()
	distributions, err := client.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
	if err != nil || len(distributions.DistributionList.Items) > 0 {
		t.Errorf("distributions: %v, %v", distributions, err)
	}
	controls, err := client.ListOriginAccessControls(ctx, &cloudfront.ListOriginAccessControlsInput{})
	if err != nil || len(controls.OriginAccessControlList.Items) > 0 {
		t.Errorf("origin access controls: %v, %v", controls, err)
	}
	functions, err := client.ListFunctions(ctx, &cloudfront.ListFunctionsInput{})
	if err != nil || len(functions.FunctionList.Items) > 0 {
		t.Errorf("functions: %v, %v", functions, err)
	}
	caching, err := client.ListCachePolicies(ctx, &cloudfront.ListCachePoliciesInput{Type: types.CachePolicyTypeCustom})
	if err != nil || len(caching.CachePolicyList.Items) > 0 {
		t.Errorf("cache policies: %v, %v", caching, err)
	}
	requests, err := client.ListOriginRequestPolicies(ctx, &cloudfront.ListOriginRequestPoliciesInput{Type: types.OriginRequestPolicyTypeCustom})
	if err != nil || len(requests.OriginRequestPolicyList.Items) > 0 {
		t.Errorf("origin request policies: %v, %v", requests, err)
	}
	headers, err := client.ListResponseHeadersPolicies(ctx, &cloudfront.ListResponseHeadersPoliciesInput{Type: types.ResponseHeadersPolicyTypeCustom})
	if err != nil || len(headers.ResponseHeadersPolicyList.Items) > 0 {
		t.Errorf("response headers policies: %v, %v", headers, err)
	}
}

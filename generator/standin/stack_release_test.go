package standin_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	tfjson "github.com/hashicorp/terraform-json"
)

// releaseStack is what is around a function: who may call it and what, and how its
// versions are released.
func releaseStack() stack {
	byID := idOf("id")
	return stack{
		folder: "release",
		ids: map[string]func(map[string]any) string{
			"aws_iam_openid_connect_provider.o": byID,
			"aws_iam_policy.limit":              byID,
			"aws_iam_policy.p":                  byID,
			"aws_iam_role.r":                    byID,
			"aws_iam_role.second":               byID,
			"aws_iam_role_policy_attachment.r": func(state map[string]any) string {
				return state["role"].(string) + "/" + state["policy_arn"].(string)
			},
			"aws_lambda_alias.live": func(state map[string]any) string {
				return state["function_name"].(string) + "/" + state["name"].(string)
			},
			"aws_lambda_function.f":      byID,
			"aws_lambda_layer_version.l": byID,
		},
		fixed: []string{"aws_iam_role_policy_attachment.r", "aws_lambda_layer_version.l"},
		replaced: []string{
			"aws_iam_openid_connect_provider.o",
			"aws_iam_policy.p",
			"aws_iam_role_policy_attachment.r",
			"aws_lambda_alias.live",
			"aws_lambda_layer_version.l",
		},
		drift: map[string]drift{
			"policy of somebody else": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				_, err := iam.NewFromConfig(c).CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
					PolicyArn: idIn(state, "aws_iam_policy.p"), SetAsDefault: true,
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`),
				})
				return err
			}, "aws_iam_policy.p", tfjson.ActionUpdate},
			"policy detached": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				_, err := iam.NewFromConfig(c).DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{
					RoleName: aws.String("standin"), PolicyArn: idIn(state, "aws_iam_policy.p"),
				})
				return err
			}, "aws_iam_role_policy_attachment.r", tfjson.ActionCreate},
			"another client of the OIDC provider": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				_, err := iam.NewFromConfig(c).AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{
					OpenIDConnectProviderArn: idIn(state, "aws_iam_openid_connect_provider.o"), ClientID: aws.String("stranger"),
				})
				return err
			}, "aws_iam_openid_connect_provider.o", tfjson.ActionUpdate},
			"alias on another version": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := lambda.NewFromConfig(c).UpdateAlias(ctx, &lambda.UpdateAliasInput{
					FunctionName: aws.String("standin"), Name: aws.String("live"), FunctionVersion: aws.String("$LATEST"),
				})
				return err
			}, "aws_lambda_alias.live", tfjson.ActionUpdate},
			"layer version gone": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := lambda.NewFromConfig(c).DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{
					LayerName: aws.String("standin"), VersionNumber: aws.Int64(1),
				})
				return err
			}, "aws_lambda_layer_version.l", tfjson.ActionCreate},
		},
		reads: []string{
			"GetCallerIdentity",
			"GetRole", "ListRolePolicies", "ListAttachedRolePolicies",
			"GetPolicy", "GetPolicyVersion", "GetOpenIDConnectProvider",
			"GetFunction", "ListVersionsByFunction", "GetFunctionCodeSigningConfig", "GetAlias", "GetLayerVersion",
		},
		gone: wantNoRelease,
	}
}

func wantNoRelease(t *testing.T, c aws.Config) {
	t.Helper()
	ctx := t.Context()
	policies, err := iam.NewFromConfig(c).ListPolicies(ctx, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal})
	if err != nil || len(policies.Policies) > 0 {
		t.Errorf("policies: %v, %v", policies, err)
	}
	providers, err := iam.NewFromConfig(c).ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	if err != nil || len(providers.OpenIDConnectProviderList) > 0 {
		t.Errorf("OIDC providers: %v, %v", providers, err)
	}
	layers, err := lambda.NewFromConfig(c).ListLayers(ctx, &lambda.ListLayersInput{})
	if err != nil || len(layers.Layers) > 0 {
		t.Errorf("layers: %v, %v", layers, err)
	}
	functions, err := lambda.NewFromConfig(c).ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if err != nil || len(functions.Functions) > 0 {
		t.Errorf("functions: %v, %v", functions, err)
	}
}

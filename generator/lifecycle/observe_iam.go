package lifecycle

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func (o observer) role(ctx context.Context, name string) (map[string]any, error) {
	out, err := o.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range out.Role.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	got := map[string]any{
		"permissions_boundary": "", "path": aws.ToString(out.Role.Path), "description": aws.ToString(out.Role.Description),
		"max_session_s": int(aws.ToInt32(out.Role.MaxSessionDuration)), "tags": ownTags(tags),
	}
	if b := out.Role.PermissionsBoundary; b != nil {
		got["permissions_boundary"] = aws.ToString(b.PermissionsBoundaryArn)
	}
	if got["trust"], err = parseEncodedPolicy(aws.ToString(out.Role.AssumeRolePolicyDocument)); err != nil {
		return nil, err
	}
	inline := map[string]any{}
	names := iam.NewListRolePoliciesPaginator(o.iam, &iam.ListRolePoliciesInput{RoleName: &name})
	for names.HasMorePages() {
		page, err := names.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, policy := range page.PolicyNames {
			p, err := o.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
			if err != nil {
				return nil, err
			}
			if inline[policy], err = parseEncodedPolicy(aws.ToString(p.PolicyDocument)); err != nil {
				return nil, err
			}
		}
	}
	got["inline_policies"] = inline
	attached := map[string]any{}
	policies := iam.NewListAttachedRolePoliciesPaginator(o.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	for policies.HasMorePages() {
		page, err := policies.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range page.AttachedPolicies {
			name := aws.ToString(p.PolicyName)
			if attached[name] != nil { // one of another path or of AWS's own has the same name
				name = aws.ToString(p.PolicyArn)
			}
			if attached[name], err = o.managedPolicy(ctx, aws.ToString(p.PolicyArn)); err != nil {
				return nil, err
			}
		}
	}
	got["attached_policies"] = attached
	return got, nil
}

// managedPolicy is what a policy allows, or the ARN of one of AWS's own.
func (o observer) managedPolicy(ctx context.Context, arn string) (any, error) {
	if strings.Contains(arn, ":iam::aws:") {
		return arn, nil
	}
	policy, err := o.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return nil, err
	}
	version, err := o.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: policy.Policy.DefaultVersionId})
	if err != nil {
		return nil, err
	}
	return parseEncodedPolicy(aws.ToString(version.PolicyVersion.Document))
}

func (o observer) oidcProvider(ctx context.Context, arn string) (map[string]any, error) {
	out, err := o.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &arn})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return map[string]any{
		"url": strings.TrimPrefix(aws.ToString(out.Url), "https://"), "audiences": out.ClientIDList, "tags": ownTags(tags),
	}, nil
}

// parseEncodedPolicy reads a policy as IAM answers it: percent-encoded.
func parseEncodedPolicy(document string) (map[string]any, error) {
	decoded, err := url.PathUnescape(document)
	if err != nil {
		return nil, fmt.Errorf("decode a policy: %w", err)
	}
	return parsePolicy(decoded)
}

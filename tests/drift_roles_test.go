package tests

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"sendform/generator/environment"
)

// anything is a policy that allows all.
const anything = `{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}]}`

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

// roleDrifts change the role of a function.
func roleDrifts(c clients, target environment.Target) []drift {
	role := target.Function("user").RoleName
	here := "identity.user: role " + role + ": "
	update := func(description string, seconds int32) action {
		return call(c.iam.UpdateRole, iam.UpdateRoleInput{RoleName: &role, Description: &description, MaxSessionDuration: &seconds})
	}
	tagged := []types.Tag{{Key: aws.String("environment"), Value: aws.String("prod")}}
	untagged := []types.Tag{{Key: aws.String("environment"), Value: aws.String("qa")}}
	return []drift{
		{
			"another policy on a role",
			change{
				call(c.iam.PutRolePolicy, iam.PutRolePolicyInput{RoleName: &role, PolicyName: aws.String("more"), PolicyDocument: aws.String(anything)}),
				call(c.iam.DeleteRolePolicy, iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: aws.String("more")}),
			},
			here + `inline_policies.more: wanted nothing, got {"All":{"Action":["*"],"Effect":"Allow","Resource":["*"]}}`,
		},
		{
			"one of AWS's policies on a role",
			change{
				call(c.iam.AttachRolePolicy, iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: aws.String(administrator)}),
				call(c.iam.DetachRolePolicy, iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: aws.String(administrator)}),
			},
			here + `attached_policies.AdministratorAccess: wanted nothing, got "` + administrator + `"`,
		},
		{
			"one action more", c.rolePolicy(role, "permissions", `"s3:GetObject"`, `"s3:GetObject","s3:PutObjectAcl"`),
			here + `inline_policies.permissions.ObjectsTransfers.Action: wanted ["s3:DeleteObject","s3:GetObject","s3:PutObject"], got ["s3:DeleteObject","s3:GetObject","s3:PutObject","s3:PutObjectAcl"]`,
		},
		{
			"all objects of all buckets", c.rolePolicy(role, "permissions", target.Bucket("transfers").ARN+"/*", "*"),
			here + `inline_policies.permissions.ObjectsTransfers.Resource: wanted ["` + target.Bucket("transfers").ARN + `/*"], got ["*"]`,
		},
		{
			"a statement less", c.rolePolicy(role, "permissions", `"Sid":"WriteLogs"`, `"Sid":"Logs"`),
			here + `inline_policies.permissions.Logs: wanted nothing, got {` + "\n" + here + `inline_policies.permissions.WriteLogs: wanted {`,
		},
		{
			"a statement under the name of another",
			c.rolePolicy(role, "permissions", `"Statement":[`, `"Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},`),
			here + `inline_policies.permissions.statement 1: wanted nothing, got {"Action":["iam:*"],"Effect":"Allow","Resource":["*"]}`,
		},
		{
			"no permissions", c.withoutRolePolicy(role, "permissions"),
			here + `inline_policies.permissions: wanted {"CallAdmin":`,
		},
		{
			"trust in another account", c.trust(role, `"Service":"lambda.amazonaws.com"`, `"Service":"lambda.amazonaws.com","AWS":"999999999999"`),
			here + `trust.AssumeRole.Principal.AWS: wanted nothing, got ["999999999999"]`,
		},
		{
			"another service", c.trust(role, "lambda.amazonaws.com", "ec2.amazonaws.com"),
			here + `trust.AssumeRole.Principal.Service: wanted ["lambda.amazonaws.com"], got ["ec2.amazonaws.com"]`,
		},
		{
			"a boundary",
			change{
				call(c.iam.PutRolePermissionsBoundary, iam.PutRolePermissionsBoundaryInput{RoleName: &role, PermissionsBoundary: aws.String(administrator)}),
				call(c.iam.DeleteRolePermissionsBoundary, iam.DeleteRolePermissionsBoundaryInput{RoleName: &role}),
			},
			here + `permissions_boundary: wanted "", got "` + administrator + `"`,
		},
		{
			"twelve hours of a session",
			change{update("", 43200), update("", 3600)},
			here + `max_session_s: wanted 3600, got 43200`,
		},
		{
			"what a role is for",
			change{update("mine", 3600), update("", 3600)},
			here + `description: wanted "", got "mine"`,
		},
		{
			"a tag of a role",
			change{
				call(c.iam.TagRole, iam.TagRoleInput{RoleName: &role, Tags: tagged}),
				call(c.iam.TagRole, iam.TagRoleInput{RoleName: &role, Tags: untagged}),
			},
			here + `tags.environment: wanted "qa", got "prod"`,
		},
	}
}

// deployerDrifts change who may deploy, and what.
func deployerDrifts(c clients, target environment.Target) []drift {
	d := target.Deployers[0]
	plan, apply := "deployer.github: role "+d.PlanRole+": ", "deployer.github: role "+d.ApplyRole+": "
	account := "arn:aws:iam::" + target.AccountID + ":"
	provider := account + "oidc-provider/token.actions.githubusercontent.com"
	here := "deployer.github: oidc provider " + provider + ": "
	first := account + "policy/" + d.PlanRole + "-1"
	boundary := account + "policy/boundary"
	detach := call(c.iam.DetachRolePolicy, iam.DetachRolePolicyInput{RoleName: &d.PlanRole, PolicyArn: &first})
	attach := call(c.iam.AttachRolePolicy, iam.AttachRolePolicyInput{RoleName: &d.PlanRole, PolicyArn: &first})
	return []drift{
		{
			"another audience",
			change{
				call(c.iam.AddClientIDToOpenIDConnectProvider, iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: &provider, ClientID: aws.String("me")}),
				call(c.iam.RemoveClientIDFromOpenIDConnectProvider, iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: &provider, ClientID: aws.String("me")}),
			},
			here + `audiences: wanted ["sts.amazonaws.com"], got ["me","sts.amazonaws.com"]`,
		},
		{
			"a tag of the provider",
			change{
				call(c.iam.TagOpenIDConnectProvider, iam.TagOpenIDConnectProviderInput{
					OpenIDConnectProviderArn: &provider, Tags: []types.Tag{{Key: aws.String("owner"), Value: aws.String("me")}},
				}),
				call(c.iam.UntagOpenIDConnectProvider, iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: &provider, TagKeys: []string{"owner"}}),
			},
			here + `tags.owner: wanted nothing, got "me"`,
		},
		{
			"every branch may apply", c.trust(d.ApplyRole, `"repo:example/shop:environment:qa"`, `"repo:example/shop:environment:qa","repo:example/shop:pull_request"`),
			apply + `trust.AssumeRole.Condition.StringEquals.token.actions.githubusercontent.com:sub: wanted [`,
		},
		{
			"subjects by pattern", c.trust(d.PlanRole, "StringEquals", "StringLike"),
			plan + `trust.AssumeRole.Condition.StringEquals: wanted {` + "\n" + plan + `trust.AssumeRole.Condition.StringLike: wanted nothing, got {`,
		},
		{
			"a newer version of a policy", c.policy(first, `"lambda:GetLayerVersion"`, `"lambda:*"`),
			plan + `attached_policies.` + d.PlanRole + `-1.LayerVersion.Action: wanted ["lambda:GetLayerVersion",`,
		},
		{
			"a policy is detached",
			change{detach, attach},
			plan + `attached_policies.` + d.PlanRole + `-1: wanted {"Bucket":`,
		},
		{
			"all is allowed",
			change{
				call(c.iam.PutRolePolicy, iam.PutRolePolicyInput{RoleName: &d.ApplyRole, PolicyName: aws.String("more"), PolicyDocument: aws.String(anything)}),
				call(c.iam.DeleteRolePolicy, iam.DeleteRolePolicyInput{RoleName: &d.ApplyRole, PolicyName: aws.String("more")}),
			},
			apply + `inline_policies.more: wanted nothing, got {"All":`,
		},
		{
			"no boundary",
			change{
				call(c.iam.DeleteRolePermissionsBoundary, iam.DeleteRolePermissionsBoundaryInput{RoleName: &d.ApplyRole}),
				call(c.iam.PutRolePermissionsBoundary, iam.PutRolePermissionsBoundaryInput{RoleName: &d.ApplyRole, PermissionsBoundary: &boundary}),
			},
			apply + `permissions_boundary: wanted "` + boundary + `", got ""`,
		},
	}
}

// rolePolicy replaces a text of a policy in a role, and puts it back.
func (c clients) rolePolicy(role, policy, text, with string) change {
	return rewritten(text, with,
		func(ctx context.Context) (string, error) {
			out, err := c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &policy})
			if err != nil {
				return "", err
			}
			return url.PathUnescape(*out.PolicyDocument)
		},
		func(ctx context.Context, document string) error {
			_, err := c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &policy, PolicyDocument: &document})
			return err
		})
}

// withoutRolePolicy deletes a policy in a role, and puts it back.
func (c clients) withoutRolePolicy(role, policy string) change {
	same := c.rolePolicy(role, policy, "", "") // it knows what was there
	return change{all(same.do, call(c.iam.DeleteRolePolicy, iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &policy})), same.undo}
}

// trust replaces a text of who may take a role, and puts it back.
// policy rewrites the default version of a managed policy.
func (c clients) policy(arn, text, with string) change {
	return rewritten(text, with,
		func(ctx context.Context) (string, error) {
			policy, err := c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
			if err != nil {
				return "", err
			}
			version, err := c.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: policy.Policy.DefaultVersionId})
			if err != nil {
				return "", err
			}
			return url.PathUnescape(*version.PolicyVersion.Document)
		},
		func(ctx context.Context, document string) error {
			_, err := c.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: &document, SetAsDefault: true})
			return err
		})
}

func (c clients) trust(role, text, with string) change {
	return rewritten(text, with,
		func(ctx context.Context) (string, error) {
			out, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
			if err != nil {
				return "", err
			}
			return url.PathUnescape(*out.Role.AssumeRolePolicyDocument)
		},
		func(ctx context.Context, document string) error {
			_, err := c.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &role, PolicyDocument: &document})
			return err
		})
}

package components

import (
	"fmt"
	"slices"

	"sendform/generator/environment"
)

// grant is what a deployment does with one sort of thing in AWS: what a plan reads
// and a verification asks, and what an apply and a destroy do beside that.
type grant struct{ read, write []string }

// grants follow the calls that the provider and the verification make
// (docs/decisions.md says where they were measured).
var grants = map[string]grant{
	"s3": {
		read: []string{
			"s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
			"s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
			"s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite",
			"s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket",
			"s3:ListBucketVersions", "s3:ListTagsForResource",
		},
		write: []string{
			"s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketCORS", "s3:PutBucketOwnershipControls",
			"s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning",
			"s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:TagResource", "s3:UntagResource",
		},
	},
	"objects": {
		read:  []string{"s3:GetObject", "s3:GetObjectTagging"},
		write: []string{"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:PutObjectTagging"},
	},
	"iam": {
		read: []string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"},
		write: []string{
			"iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:ListInstanceProfilesForRole",
			"iam:PassRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole",
			"iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
		},
	},
	"logs": {
		read:  []string{"logs:DescribeLogGroups", "logs:ListTagsForResource"},
		write: []string{"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"},
	},
	"lambda": {
		read: []string{
			"lambda:GetAlias", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConcurrency",
			"lambda:GetFunctionConfiguration", "lambda:GetFunctionUrlConfig", "lambda:GetPolicy", "lambda:ListTags",
			"lambda:ListVersionsByFunction",
		},
		write: []string{
			"lambda:AddPermission", "lambda:CreateAlias", "lambda:CreateFunction", "lambda:CreateFunctionUrlConfig", "lambda:DeleteAlias",
			"lambda:DeleteFunction", "lambda:DeleteFunctionConcurrency", "lambda:DeleteFunctionUrlConfig", "lambda:PublishVersion",
			"lambda:PutFunctionConcurrency", "lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateAlias",
			"lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionUrlConfig",
		},
	},
	"layers": {
		read:  []string{"lambda:GetLayerVersion", "lambda:ListLayerVersions"},
		write: []string{"lambda:DeleteLayerVersion", "lambda:PublishLayerVersion"},
	},
	"ssm": {
		read:  []string{"ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource"},
		write: []string{"ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter", "ssm:RemoveTagsFromResource"},
	},
	"secretsmanager": {
		read: []string{"secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"},
		write: []string{
			"secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:PutSecretValue", "secretsmanager:TagResource",
			"secretsmanager:UntagResource", "secretsmanager:UpdateSecret", "secretsmanager:UpdateSecretVersionStage",
		},
	},
	"cloudfront": {
		read: []string{
			"cloudfront:DescribeFunction", "cloudfront:GetCachePolicy", "cloudfront:GetDistribution", "cloudfront:GetFunction",
			"cloudfront:GetOriginAccessControl", "cloudfront:GetOriginRequestPolicy", "cloudfront:GetResponseHeadersPolicy",
			"cloudfront:ListCachePolicies", "cloudfront:ListDistributions", "cloudfront:ListOriginAccessControls",
			"cloudfront:ListOriginRequestPolicies", "cloudfront:ListResponseHeadersPolicies", "cloudfront:ListTagsForResource",
		},
		write: []string{
			"cloudfront:CreateCachePolicy", "cloudfront:CreateDistribution", "cloudfront:CreateFunction", "cloudfront:CreateOriginAccessControl",
			"cloudfront:CreateResponseHeadersPolicy", "cloudfront:DeleteCachePolicy", "cloudfront:DeleteDistribution", "cloudfront:DeleteFunction",
			"cloudfront:DeleteOriginAccessControl", "cloudfront:DeleteResponseHeadersPolicy", "cloudfront:PublishFunction", "cloudfront:TagResource",
			"cloudfront:UntagResource", "cloudfront:UpdateCachePolicy", "cloudfront:UpdateDistribution", "cloudfront:UpdateFunction",
			"cloudfront:UpdateOriginAccessControl", "cloudfront:UpdateResponseHeadersPolicy",
		},
	},
}

// permits are the policies of a deployer's role, one a service.
func permits(t environment.Target, readOnly bool) []NamedRules {
	resources := deployed(t)
	var policies []NamedRules
	for _, name := range []string{"s3", "objects", "iam", "logs", "lambda", "layers", "ssm", "secretsmanager", "cloudfront"} {
		if len(resources[name]) == 0 {
			continue
		}
		actions := slices.Clone(grants[name].read)
		if !readOnly {
			actions = slices.Sorted(slices.Values(append(actions, grants[name].write...)))
		}
		policies = append(policies, NamedRules{Name: name, Statements: []Statement{{Sid: "Deploy", Actions: actions, Resources: resources[name]}}})
	}
	return append(policies, NamedRules{Name: "state", Statements: stateStatements(t)})
}

// stateStatements let a role use the target's state and its lock
// (https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required).
func stateStatements(t environment.Target) []Statement {
	bucket := "arn:" + t.Partition + ":s3:::" + t.StateBucket
	state := bucket + "/" + t.Key() + ".tfstate"
	return []Statement{
		{Sid: "ListState", Actions: []string{"s3:ListBucket"}, Resources: []string{bucket}},
		{Sid: "UseState", Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: []string{state}},
		{Sid: "LockState", Actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, Resources: []string{state + ".tflock"}},
		// The mark of a run that has not finished; see package lifecycle.
		{Sid: "MarkRun", Actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, Resources: []string{bucket + "/" + t.Key() + ".unfinished"}},
	}
}

// deployed are the ARNs of what a target is made of, by the names of [grants].
// CloudFront gives its things ids of its own, so there the account's are named.
func deployed(t environment.Target) map[string][]string {
	all := map[string][]string{}
	lambda := fmt.Sprintf("arn:%s:lambda:%s:%s:", t.Partition, t.Region, t.AccountID)
	for _, b := range t.Buckets {
		all["s3"] = append(all["s3"], b.ARN)
		if b.DeleteWithContents || b.Label == t.Artifacts {
			all["objects"] = append(all["objects"], b.ARN+"/*")
		}
	}
	for _, y := range t.Layers {
		all["layers"] = append(all["layers"], lambda+"layer:"+y.Name, lambda+"layer:"+y.Name+":*")
	}
	for _, f := range t.Functions {
		all["iam"] = append(all["iam"], f.RoleARN)
		all["lambda"] = append(all["lambda"], f.ARN, f.ARN+":*")
		all["logs"] = append(all["logs"], logGroupARN(f, t), logGroupARN(f, t)+":*")
	}
	for _, s := range t.Secrets {
		if s.Store == environment.SecretsManager {
			all["secretsmanager"] = append(all["secretsmanager"], secretARN(s, t))
			continue
		}
		all["ssm"] = append(all["ssm"], secretARN(s, t))
	}
	for _, p := range t.Parameters {
		all["ssm"] = append(all["ssm"], parameterARN(p.Name, t))
	}
	if len(t.Distributions) > 0 {
		cloudfront := fmt.Sprintf("arn:%s:cloudfront::%s:", t.Partition, t.AccountID)
		for _, kind := range []string{"cache-policy", "distribution", "function", "origin-access-control", "origin-request-policy", "response-headers-policy"} {
			all["cloudfront"] = append(all["cloudfront"], cloudfront+kind+"/*")
		}
	}
	return all
}

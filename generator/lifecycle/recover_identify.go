package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// planned is what a plan makes of a resource. What it does not know yet is not there.
type planned map[string]any

func (p planned) text(name string) string {
	text, _ := p[name].(string)
	return text
}

// names are the attributes that a resource is found by in AWS, for the types that are
// adopted. Others need no adoption: what else belongs to a bucket is put as a whole
// and goes with its bucket, and a secret's version goes with its secret.
var names = map[string][]string{
	"aws_cloudfront_cache_policy":            {"name"},
	"aws_cloudfront_distribution":            {"comment"},
	"aws_cloudfront_function":                {"name"},
	"aws_cloudfront_origin_access_control":   {"name"},
	"aws_cloudfront_response_headers_policy": {"name"},
	"aws_cloudwatch_log_group":               {"name"},
	"aws_iam_openid_connect_provider":        {"url"},
	"aws_iam_policy":                         {"name"},
	"aws_iam_role":                           {"name"},
	"aws_iam_role_policy":                    {"role", "name"},
	"aws_iam_role_policy_attachment":         {"role", "policy_arn"},
	"aws_lambda_alias":                       {"function_name", "name"},
	"aws_lambda_function":                    {"function_name"},
	"aws_lambda_function_url":                {"function_name"},
	"aws_lambda_layer_version":               {"layer_name", "source_code_hash"},
	"aws_lambda_permission":                  {"function_name", "statement_id"},
	"aws_s3_bucket":                          {"bucket"},
	"aws_s3_bucket_policy":                   {"bucket"},
	"aws_s3_object":                          {"bucket", "key"},
	"aws_secretsmanager_secret":              {"name"},
	"aws_ssm_parameter":                      {"name"},
}

// nothingStands tells whether identify has found nothing.
func nothingStands(err error) bool {
	return isGone(err) || slices.Contains([]string{"NoSuchBucketPolicy", "NoSuchFunctionExists"}, errorCode(err))
}

// adoptable tells whether a resource can be looked for: a plan may not know its name
// before something else is adopted.
func (p planned) adoptable(resourceType string) bool {
	all, known := names[resourceType]
	return known && !slices.ContainsFunc(all, func(name string) bool { return p.text(name) == "" })
}

// identify asks AWS whether something stands under the name of what is planned, and
// answers with the id that an import block adopts it by
// (https://registry.terraform.io/providers/hashicorp/aws/latest/docs, section Import of
// each type). Where nothing stands its error is one that nothingStands accepts.
func (d *Deployment) identify(ctx context.Context, resourceType string, p planned) (id string, err error) {
	o, t := d.observer, d.cfg.Target
	account := fmt.Sprintf("arn:%s:iam::%s:", t.Partition, t.AccountID)
	switch resourceType {
	case "aws_s3_bucket":
		_, err = o.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(p.text("bucket"))})
		return p.text("bucket"), err
	case "aws_s3_bucket_policy":
		_, err = o.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(p.text("bucket"))})
		return p.text("bucket"), err
	case "aws_s3_object":
		_, err = o.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(p.text("bucket")), Key: aws.String(p.text("key"))})
		return p.text("bucket") + "/" + p.text("key"), err
	case "aws_iam_role":
		_, err = o.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(p.text("name"))})
		return p.text("name"), err
	case "aws_iam_role_policy":
		_, err = o.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String(p.text("role")), PolicyName: aws.String(p.text("name"))})
		return p.text("role") + ":" + p.text("name"), err
	case "aws_iam_policy":
		id = account + "policy/" + p.text("name")
		_, err = o.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &id})
		return id, err
	case "aws_iam_role_policy_attachment":
		return p.text("role") + "/" + p.text("policy_arn"), o.attached(ctx, p.text("role"), p.text("policy_arn"))
	case "aws_iam_openid_connect_provider":
		id = account + "oidc-provider/" + strings.TrimPrefix(p.text("url"), "https://")
		_, err = o.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &id})
		return id, err
	case "aws_cloudwatch_log_group":
		_, err = o.logGroup(ctx, p.text("name"))
		return p.text("name"), err
	case "aws_lambda_function":
		_, err = o.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(p.text("function_name"))})
		return p.text("function_name"), err
	case "aws_lambda_alias":
		_, err = o.lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String(p.text("function_name")), Name: aws.String(p.text("name"))})
		return p.text("function_name") + "/" + p.text("name"), err
	case "aws_lambda_function_url":
		input := &lambda.GetFunctionUrlConfigInput{FunctionName: aws.String(p.text("function_name"))}
		id = p.text("function_name")
		if qualifier := p.text("qualifier"); qualifier != "" {
			input.Qualifier, id = &qualifier, id+"/"+qualifier
		}
		_, err = o.lambda.GetFunctionUrlConfig(ctx, input)
		return id, err
	case "aws_lambda_permission":
		name := p.text("function_name")
		if qualifier := p.text("qualifier"); qualifier != "" {
			name += ":" + qualifier
		}
		statements, err := o.functionPolicy(ctx, name)
		if err != nil {
			return "", err
		}
		if policy, _ := statements["policy"].(map[string]any); policy[p.text("statement_id")] == nil {
			return "", errGone
		}
		return name + "/" + p.text("statement_id"), nil
	case "aws_lambda_layer_version":
		return o.layerWith(ctx, p.text("layer_name"), p.text("source_code_hash"))
	case "aws_ssm_parameter":
		_, err = o.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(p.text("name"))})
		return p.text("name"), err
	case "aws_secretsmanager_secret":
		out, err := o.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(p.text("name"))})
		if err == nil && out.DeletedDate != nil {
			return "", errGone // it is on its way out
		}
		if err != nil {
			return "", err
		}
		return aws.ToString(out.ARN), nil
	default:
		return o.identifyEdge(ctx, resourceType, p)
	}
}

// identifyEdge is identify for CloudFront, which gives most things ids of its own.
func (o observer) identifyEdge(ctx context.Context, resourceType string, p planned) (string, error) {
	switch resourceType {
	case "aws_cloudfront_distribution":
		return o.distributionID(ctx, p.text("comment"))
	case "aws_cloudfront_function":
		_, err := o.cdn.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: aws.String(p.text("name"))})
		return p.text("name"), err
	case "aws_cloudfront_origin_access_control":
		return o.edgeID(ctx, p.text("name"), func(ctx context.Context, marker *string) (page edgePage, err error) {
			out, err := o.cdn.ListOriginAccessControls(ctx, &cloudfront.ListOriginAccessControlsInput{Marker: marker})
			if err != nil {
				return page, err
			}
			for _, item := range out.OriginAccessControlList.Items {
				page.add(item.Name, item.Id)
			}
			page.next = out.OriginAccessControlList.NextMarker
			return page, nil
		})
	case "aws_cloudfront_cache_policy":
		return o.edgeID(ctx, p.text("name"), func(ctx context.Context, marker *string) (page edgePage, err error) {
			out, err := o.cdn.ListCachePolicies(ctx, &cloudfront.ListCachePoliciesInput{Marker: marker, Type: types.CachePolicyTypeCustom})
			if err != nil {
				return page, err
			}
			for _, item := range out.CachePolicyList.Items {
				page.add(item.CachePolicy.CachePolicyConfig.Name, item.CachePolicy.Id)
			}
			page.next = out.CachePolicyList.NextMarker
			return page, nil
		})
	case "aws_cloudfront_response_headers_policy":
		return o.edgeID(ctx, p.text("name"), func(ctx context.Context, marker *string) (page edgePage, err error) {
			out, err := o.cdn.ListResponseHeadersPolicies(ctx, &cloudfront.ListResponseHeadersPoliciesInput{
				Marker: marker, Type: types.ResponseHeadersPolicyTypeCustom,
			})
			if err != nil {
				return page, err
			}
			for _, item := range out.ResponseHeadersPolicyList.Items {
				page.add(item.ResponseHeadersPolicy.ResponseHeadersPolicyConfig.Name, item.ResponseHeadersPolicy.Id)
			}
			page.next = out.ResponseHeadersPolicyList.NextMarker
			return page, nil
		})
	default:
		return "", errGone
	}
}

// edgePage is a page of a list of CloudFront's.
type edgePage struct {
	ids  map[string]string // by name
	next *string
}

func (p *edgePage) add(name, id *string) {
	if p.ids == nil {
		p.ids = map[string]string{}
	}
	p.ids[aws.ToString(name)] = aws.ToString(id)
}

// edgeID finds the id of what has this name.
func (o observer) edgeID(ctx context.Context, name string, list func(context.Context, *string) (edgePage, error)) (string, error) {
	var marker *string
	for {
		page, err := list(ctx, marker)
		if err != nil {
			return "", err
		}
		if id, found := page.ids[name]; found {
			return id, nil
		}
		if marker = page.next; aws.ToString(marker) == "" {
			return "", errGone
		}
	}
}

// attached answers errGone when a role does not have a managed policy.
func (o observer) attached(ctx context.Context, role, policy string) error {
	pages := iam.NewListAttachedRolePoliciesPaginator(o.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.AttachedPolicies {
			if aws.ToString(p.PolicyArn) == policy {
				return nil
			}
		}
	}
	return errGone
}

// layerWith finds the newest version of a layer that has this content. A version with
// another content is one that its next version would have replaced.
func (o observer) layerWith(ctx context.Context, name, hash string) (string, error) {
	pages := lambda.NewListLayerVersionsPaginator(o.lambda, &lambda.ListLayerVersionsInput{LayerName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, v := range page.LayerVersions {
			out, err := o.lambda.GetLayerVersionByArn(ctx, &lambda.GetLayerVersionByArnInput{Arn: v.LayerVersionArn})
			if err != nil {
				return "", err
			}
			if out.Content != nil && aws.ToString(out.Content.CodeSha256) == hash {
				return aws.ToString(v.LayerVersionArn), nil
			}
		}
	}
	return "", errGone
}

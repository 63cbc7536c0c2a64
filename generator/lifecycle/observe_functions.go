package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func (o observer) logGroup(ctx context.Context, name string) (map[string]any, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(o.logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) == name { // the prefix finds longer names too
				return o.logGroupDetails(ctx, g)
			}
		}
	}
	return nil, errGone
}

func (o observer) logGroupDetails(ctx context.Context, g logtypes.LogGroup) (map[string]any, error) {
	// DescribeLogGroups answers ARNs with an asterisk, which the calls for tags do not
	// take.
	arn := strings.TrimSuffix(aws.ToString(g.Arn), ":*")
	tags, err := o.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, err
	}
	return map[string]any{"retention_days": int(aws.ToInt32(g.RetentionInDays)), "tags": ownTags(tags.Tags)}, nil
}

func (o observer) function(ctx context.Context, name string) (map[string]any, error) {
	answer, err := o.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &name})
	if err != nil {
		return nil, err
	}
	out := answer.Configuration
	variables := map[string]any{}
	if out.Environment != nil {
		for k, v := range out.Environment.Variables {
			variables[k] = v
		}
	}
	layers := make([]string, 0, len(out.Layers))
	for _, l := range out.Layers {
		layers = append(layers, aws.ToString(l.Arn))
	}
	architectures := make([]string, 0, 1)
	for _, a := range out.Architectures {
		architectures = append(architectures, string(a))
	}
	got := map[string]any{
		"state": string(out.State), "last_update_status": string(out.LastUpdateStatus),
		"role": aws.ToString(out.Role), "runtime": string(out.Runtime), "handler": aws.ToString(out.Handler),
		"architecture": strings.Join(architectures, ", "),
		"memory_mb":    int(aws.ToInt32(out.MemorySize)), "timeout_s": int(aws.ToInt32(out.Timeout)),
		"description": aws.ToString(out.Description), "code_sha256": aws.ToString(out.CodeSha256),
		"layers": strings.Join(layers, ", "), "environment": variables, "tags": ownTags(answer.Tags),
		"tracing": "PassThrough", "ephemeral_storage_mb": 512, "reserved_concurrency": nil, "snap_start": "None", "vpc": nil,
	}
	if out.TracingConfig != nil {
		got["tracing"] = string(out.TracingConfig.Mode)
	}
	if out.EphemeralStorage != nil {
		got["ephemeral_storage_mb"] = int(aws.ToInt32(out.EphemeralStorage.Size))
	}
	if answer.Concurrency != nil && answer.Concurrency.ReservedConcurrentExecutions != nil {
		got["reserved_concurrency"] = int(*answer.Concurrency.ReservedConcurrentExecutions)
	}
	if out.VpcConfig != nil && aws.ToString(out.VpcConfig.VpcId) != "" {
		got["vpc"] = aws.ToString(out.VpcConfig.VpcId)
	}
	if out.LoggingConfig != nil {
		got["log_group"] = aws.ToString(out.LoggingConfig.LogGroup)
	}
	if out.SnapStart != nil {
		got["snap_start"] = string(out.SnapStart.ApplyOn)
	}
	return got, nil
}

// layerVersion is the ARN of the newest version of a layer.
func (o observer) layerVersion(ctx context.Context, name string) (string, error) {
	out, err := o.lambda.ListLayerVersions(ctx, &lambda.ListLayerVersionsInput{LayerName: &name, MaxItems: aws.Int32(1)})
	if err != nil && !isGone(err) {
		return "", fmt.Errorf("layer %s: %w", name, err)
	}
	if isGone(err) || len(out.LayerVersions) == 0 {
		return "", fmt.Errorf("layer %s: %w", name, errUnknown)
	}
	return aws.ToString(out.LayerVersions[0].LayerVersionArn), nil
}

func (o observer) layer(ctx context.Context, name string) (map[string]any, error) {
	arn, err := o.layerVersion(ctx, name)
	if errors.Is(err, errUnknown) {
		return nil, errGone
	}
	if err != nil {
		return nil, err
	}
	out, err := o.lambda.GetLayerVersionByArn(ctx, &lambda.GetLayerVersionByArnInput{Arn: &arn})
	if err != nil {
		return nil, err
	}
	runtimes := make([]string, 0, len(out.CompatibleRuntimes))
	for _, r := range out.CompatibleRuntimes {
		runtimes = append(runtimes, string(r))
	}
	got := map[string]any{"runtimes": runtimes}
	if out.Content != nil {
		got["code_sha256"] = aws.ToString(out.Content.CodeSha256)
	}
	return got, nil
}

// alias asks for function:alias and for the version behind it.
func (o observer) alias(ctx context.Context, id string) (map[string]any, error) {
	name, alias, _ := strings.Cut(id, ":")
	out, err := o.lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &name, Name: &alias})
	if err != nil {
		return nil, err
	}
	version, err := o.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name, Qualifier: &alias})
	if err != nil {
		return nil, err
	}
	got := map[string]any{
		"code_sha256": aws.ToString(version.CodeSha256), "state": string(version.State), "snap_start": "Off", "other_versions": nil,
	}
	if version.SnapStart != nil {
		got["snap_start"] = string(version.SnapStart.OptimizationStatus)
	}
	if out.RoutingConfig != nil && len(out.RoutingConfig.AdditionalVersionWeights) > 0 {
		got["other_versions"] = fmt.Sprint(out.RoutingConfig.AdditionalVersionWeights)
	}
	return got, nil
}

// qualified takes function or function:alias apart; without an alias the qualifier
// is nil.
func qualified(id string) (name, qualifier *string) {
	function, alias, has := strings.Cut(id, ":")
	if !has {
		return &function, nil
	}
	return &function, &alias
}

// twins are the statements that the registry provider adds to a public URL by
// itself, once, without keeping them in its state
// (hashicorp/terraform-provider-aws#35920), each with the statement of ours that
// says the same.
var twins = map[string]string{
	"FunctionURLAllowPublicAccess": "public-url",
	"FunctionURLAllowInvokeAction": "public-invoke",
}

func (o observer) functionPolicy(ctx context.Context, id string) (map[string]any, error) {
	name, qualifier := qualified(id)
	if _, err := o.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name, Qualifier: qualifier}); err != nil {
		return nil, err
	}
	out, err := o.lambda.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: name, Qualifier: qualifier})
	if isGone(err) {
		return map[string]any{"policy": nil}, nil
	}
	if err != nil {
		return nil, err
	}
	policy, err := parsePolicy(aws.ToString(out.Policy))
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(policy, func(sid string, statement any) bool {
		ours, isTwin := policy[twins[sid]].(map[string]any)
		if !isTwin {
			return false
		}
		return !slices.ContainsFunc(compareValue(sid, ours, statement), Value.wrong)
	})
	return map[string]any{"policy": policy}, nil
}

func (o observer) functionURLConfig(ctx context.Context, id string) (map[string]any, error) {
	name, qualifier := qualified(id)
	out, err := o.lambda.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: name, Qualifier: qualifier})
	if err != nil {
		return nil, err
	}
	got := map[string]any{"authorization": string(out.AuthType), "invoke_mode": string(out.InvokeMode), "cors": nil}
	if out.Cors != nil {
		got["cors"] = corsOfURL(out.Cors)
	}
	return got, nil
}

func corsOfURL(c *types.Cors) any {
	cors := map[string]any{
		"allowed_origins": c.AllowOrigins, "allowed_methods": c.AllowMethods, "allowed_headers": c.AllowHeaders,
		"exposed_headers": c.ExposeHeaders, "credentials": aws.ToBool(c.AllowCredentials), "max_age_seconds": int(aws.ToInt32(c.MaxAge)),
	}
	if len(c.AllowOrigins)+len(c.AllowMethods)+len(c.AllowHeaders)+len(c.ExposeHeaders) == 0 && !aws.ToBool(c.AllowCredentials) {
		return nil // AWS may answer an empty configuration for none
	}
	return cors
}

// functionURL is the address of a function, or of its alias, without the slash at
// its end.
func (o observer) functionURL(ctx context.Context, name, alias string) (string, error) {
	input := lambda.GetFunctionUrlConfigInput{FunctionName: &name}
	if alias != "" {
		input.Qualifier = &alias
	}
	out, err := o.lambda.GetFunctionUrlConfig(ctx, &input)
	if isGone(err) {
		return "", fmt.Errorf("URL of function %s: %w", name, errUnknown)
	}
	if err != nil {
		return "", fmt.Errorf("function url %s: %w", name, err)
	}
	return strings.TrimSuffix(aws.ToString(out.FunctionUrl), "/"), nil
}

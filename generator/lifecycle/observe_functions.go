package lifecycle

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

func (o observer) function(ctx context.Context, name string, want map[string]any) (map[string]any, error) {
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
		"kms_key": aws.ToString(out.KMSKeyArn), "dead_letter": "", "file_systems": len(out.FileSystemConfigs),
	}
	if out.DeadLetterConfig != nil {
		got["dead_letter"] = aws.ToString(out.DeadLetterConfig.TargetArn)
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
		got["log_group"], got["log_format"] = aws.ToString(out.LoggingConfig.LogGroup), string(out.LoggingConfig.LogFormat)
	}
	if out.SnapStart != nil {
		got["snap_start"] = string(out.SnapStart.ApplyOn)
	}
	for attribute, ask := range map[string]func(context.Context, string) (any, error){
		"aliases": o.aliases, "urls": o.urls, "asynchronous": o.asynchronous,
	} {
		if _, wanted := want[attribute]; !wanted {
			continue
		}
		if got[attribute], err = ask(ctx, name); err != nil {
			return nil, err
		}
	}
	return got, nil
}

func (o observer) aliases(ctx context.Context, name string) (any, error) {
	names := []string{}
	pages := lambda.NewListAliasesPaginator(o.lambda, &lambda.ListAliasesInput{FunctionName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Aliases {
			names = append(names, aws.ToString(a.Name))
		}
	}
	return names, nil
}

// urls are the ARNs of what has a URL: the function, or an alias of it.
func (o observer) urls(ctx context.Context, name string) (any, error) {
	arns := []string{}
	pages := lambda.NewListFunctionUrlConfigsPaginator(o.lambda, &lambda.ListFunctionUrlConfigsInput{FunctionName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, u := range page.FunctionUrlConfigs {
			arns = append(arns, aws.ToString(u.FunctionArn))
		}
	}
	return arns, nil
}

// asynchronous is what was set for asynchronous calls of the function, its versions and
// its aliases, by ARN.
func (o observer) asynchronous(ctx context.Context, name string) (any, error) {
	settings := map[string]any{}
	pages := lambda.NewListFunctionEventInvokeConfigsPaginator(o.lambda, &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range page.FunctionEventInvokeConfigs {
			set := map[string]any{}
			if c.MaximumRetryAttempts != nil {
				set["retries"] = int(*c.MaximumRetryAttempts)
			}
			if c.MaximumEventAgeInSeconds != nil {
				set["age_s"] = int(*c.MaximumEventAgeInSeconds)
			}
			if d := c.DestinationConfig; d != nil && d.OnSuccess != nil && aws.ToString(d.OnSuccess.Destination) != "" {
				set["on_success"] = *d.OnSuccess.Destination
			}
			if d := c.DestinationConfig; d != nil && d.OnFailure != nil && aws.ToString(d.OnFailure.Destination) != "" {
				set["on_failure"] = *d.OnFailure.Destination
			}
			settings[aws.ToString(c.FunctionArn)] = set
		}
	}
	return settings, nil
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
		"memory_mb": int(aws.ToInt32(version.MemorySize)), "description": aws.ToString(out.Description),
	}
	if version.SnapStart != nil {
		got["snap_start"] = string(version.SnapStart.OptimizationStatus)
	}
	if out.RoutingConfig != nil && len(out.RoutingConfig.AdditionalVersionWeights) > 0 {
		got["other_versions"] = fmt.Sprint(out.RoutingConfig.AdditionalVersionWeights)
	}
	return got, nil
}

package standin

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// expandFunction returns a function's configuration. A block that the plan takes
// away is sent empty, because Lambda keeps what a call leaves out.
func expandFunction(d *schema.ResourceData, name string) *lambda.UpdateFunctionConfigurationInput {
	input := &lambda.UpdateFunctionConfigurationInput{
		Description:  aws.String(d.Get("description").(string)),
		FunctionName: aws.String(name),
		Handler:      nonEmpty(d.Get("handler")),
		Layers:       stringsOf(d.Get("layers")),
		MemorySize:   nonZero(d.Get("memory_size")),
		Role:         nonEmpty(d.Get("role")),
		Runtime:      types.Runtime(d.Get("runtime").(string)),
		Timeout:      nonZero(d.Get("timeout")),
	}
	if input.Layers == nil && d.HasChange("layers") {
		input.Layers = []string{}
	}
	if d.HasChange("kms_key_arn") {
		input.KMSKeyArn = aws.String(d.Get("kms_key_arn").(string))
	}
	if environment, ok := block(d.Get("environment")); ok || d.HasChange("environment") {
		input.Environment = &types.Environment{Variables: stringsByKey(environment["variables"])}
	}
	if letters, ok := block(d.Get("dead_letter_config")); ok || d.HasChange("dead_letter_config") {
		target, _ := letters["target_arn"].(string)
		input.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: aws.String(target)}
	}
	if storage, ok := block(d.Get("ephemeral_storage")); ok {
		input.EphemeralStorage = &types.EphemeralStorage{Size: nonZero(storage["size"])}
	}
	if files, ok := block(d.Get("file_system_config")); ok {
		input.FileSystemConfigs = []types.FileSystemConfig{
			{Arn: nonEmpty(files["arn"]), LocalMountPath: nonEmpty(files["local_mount_path"])},
		}
	} else if d.HasChange("file_system_config") {
		input.FileSystemConfigs = []types.FileSystemConfig{}
	}
	if image, ok := block(d.Get("image_config")); ok || d.HasChange("image_config") {
		input.ImageConfig = &types.ImageConfig{
			Command:          stringsOf(image["command"]),
			EntryPoint:       stringsOf(image["entry_point"]),
			WorkingDirectory: nonEmpty(image["working_directory"]),
		}
	}
	if logging, ok := block(d.Get("logging_config")); ok {
		input.LoggingConfig = expandLogging(logging)
	}
	if _, ok := block(d.Get("snap_start")); ok {
		input.SnapStart = &types.SnapStart{ApplyOn: types.SnapStartApplyOnPublishedVersions}
	} else if d.HasChange("snap_start") {
		input.SnapStart = &types.SnapStart{ApplyOn: types.SnapStartApplyOnNone}
	}
	if tracing, ok := block(d.Get("tracing_config")); ok {
		input.TracingConfig = &types.TracingConfig{Mode: types.TracingMode(tracing["mode"].(string))}
	}
	if vpc, ok := block(d.Get("vpc_config")); ok || d.HasChange("vpc_config") {
		input.VpcConfig = &types.VpcConfig{
			SecurityGroupIds: append([]string{}, stringsOf(vpc["security_group_ids"])...),
			SubnetIds:        append([]string{}, stringsOf(vpc["subnet_ids"])...),
		}
		if dual, _ := vpc["ipv6_allowed_for_dual_stack"].(bool); dual {
			input.VpcConfig.Ipv6AllowedForDualStack = aws.Bool(true)
		}
	}
	return input
}

func expandLogging(wanted map[string]any) *types.LoggingConfig {
	logging := &types.LoggingConfig{
		LogFormat: types.LogFormat(wanted["log_format"].(string)),
		LogGroup:  nonEmpty(wanted["log_group"]),
	}
	// Levels exist for JSON alone; Lambda refuses them with text.
	if logging.LogFormat == types.LogFormatJson {
		logging.ApplicationLogLevel = types.ApplicationLogLevel(wanted["application_log_level"].(string))
		logging.SystemLogLevel = types.SystemLogLevel(wanted["system_log_level"].(string))
	}
	return logging
}

func architectures(d *schema.ResourceData) []types.Architecture {
	var found []types.Architecture
	for _, name := range stringsOf(d.Get("architectures")) {
		found = append(found, types.Architecture(name))
	}
	return found
}

func readFunction(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := aws.String(d.Id())
	found, err := c.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: name})
	if err != nil {
		return err
	}
	function := found.Configuration
	latest, err := latestVersion(ctx, c, d.Id())
	if err != nil {
		return err
	}
	signing := ""
	if function.PackageType == types.PackageTypeZip {
		config, err := c.lambda.GetFunctionCodeSigningConfig(ctx, &lambda.GetFunctionCodeSigningConfigInput{FunctionName: name})
		if err != nil {
			return fmt.Errorf("code signing: %w", err)
		}
		signing = aws.ToString(config.CodeSigningConfigArn)
	}
	reserved, image := -1, ""
	if found.Concurrency != nil && found.Concurrency.ReservedConcurrentExecutions != nil {
		reserved = int(*found.Concurrency.ReservedConcurrentExecutions)
	}
	if found.Code != nil {
		image = aws.ToString(found.Code.ImageUri)
	}
	return errors.Join(
		c.tags.set(d, found.Tags),
		setAll(d, flattenFunctionBlocks(function)),
		setAll(d, map[string]any{
			"architectures":                  function.Architectures,
			"arn":                            aws.ToString(function.FunctionArn),
			"code_sha256":                    aws.ToString(function.CodeSha256),
			"code_signing_config_arn":        signing,
			"description":                    aws.ToString(function.Description),
			"function_name":                  aws.ToString(function.FunctionName),
			"handler":                        aws.ToString(function.Handler),
			"image_uri":                      image,
			"invoke_arn":                     c.invokeARN(aws.ToString(function.FunctionArn)),
			"kms_key_arn":                    aws.ToString(function.KMSKeyArn),
			"last_modified":                  aws.ToString(function.LastModified),
			"memory_size":                    int(aws.ToInt32(function.MemorySize)),
			"package_type":                   string(function.PackageType),
			"qualified_arn":                  aws.ToString(latest.FunctionArn),
			"qualified_invoke_arn":           c.invokeARN(aws.ToString(latest.FunctionArn)),
			"reserved_concurrent_executions": reserved,
			"role":                           aws.ToString(function.Role),
			"runtime":                        string(function.Runtime),
			"signing_job_arn":                aws.ToString(function.SigningJobArn),
			"signing_profile_version_arn":    aws.ToString(function.SigningProfileVersionArn),
			"source_code_size":               int(function.CodeSize),
			"timeout":                        int(aws.ToInt32(function.Timeout)),
			"version":                        aws.ToString(latest.Version),
		}),
	)
}

// invokeARN is the form of a function's ARN that API Gateway takes.
func (c *clients) invokeARN(arn string) string {
	return "arn:" + partitionOf(c.region).id + ":apigateway:" + c.region + ":lambda:path/2015-03-31/functions/" + arn + "/invocations"
}

// latestVersion returns the version that was published last, or $LATEST.
func latestVersion(ctx context.Context, c *clients, name string) (types.FunctionConfiguration, error) {
	var latest types.FunctionConfiguration
	pages := lambda.NewListVersionsByFunctionPaginator(c.lambda, &lambda.ListVersionsByFunctionInput{
		FunctionName: aws.String(name), MaxItems: aws.Int32(10000),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return latest, fmt.Errorf("list versions: %w", err)
		}
		if count := len(page.Versions); count > 0 {
			latest = page.Versions[count-1] // the list goes from the oldest to the newest
		}
	}
	return latest, nil
}

func flattenFunctionBlocks(function *types.FunctionConfiguration) map[string]any {
	flat := map[string]any{
		"dead_letter_config": []any{},
		"environment":        []any{},
		"ephemeral_storage":  []any{},
		"file_system_config": []any{},
		"image_config":       []any{},
		"layers":             []any{},
		"logging_config":     []any{},
		"snap_start":         []any{},
		"tracing_config":     one(map[string]any{"mode": string(types.TracingModePassThrough)}),
		"vpc_config":         []any{},
	}
	if letters := function.DeadLetterConfig; letters != nil && aws.ToString(letters.TargetArn) != "" {
		flat["dead_letter_config"] = one(map[string]any{"target_arn": aws.ToString(letters.TargetArn)})
	}
	if environment := function.Environment; environment != nil && len(environment.Variables) > 0 {
		flat["environment"] = one(map[string]any{"variables": environment.Variables})
	}
	if storage := function.EphemeralStorage; storage != nil {
		flat["ephemeral_storage"] = one(map[string]any{"size": int(aws.ToInt32(storage.Size))})
	}
	if len(function.FileSystemConfigs) > 0 {
		flat["file_system_config"] = one(map[string]any{
			"arn":              aws.ToString(function.FileSystemConfigs[0].Arn),
			"local_mount_path": aws.ToString(function.FileSystemConfigs[0].LocalMountPath),
		})
	}
	if response := function.ImageConfigResponse; response != nil && response.ImageConfig != nil {
		flat["image_config"] = one(map[string]any{
			"command":           response.ImageConfig.Command,
			"entry_point":       response.ImageConfig.EntryPoint,
			"working_directory": aws.ToString(response.ImageConfig.WorkingDirectory),
		})
	}
	var layers []any
	for _, layer := range function.Layers {
		layers = append(layers, aws.ToString(layer.Arn))
	}
	flat["layers"] = layers
	if logging := function.LoggingConfig; logging != nil {
		flat["logging_config"] = one(map[string]any{
			"application_log_level": string(logging.ApplicationLogLevel),
			"log_format":            string(logging.LogFormat),
			"log_group":             aws.ToString(logging.LogGroup),
			"system_log_level":      string(logging.SystemLogLevel),
		})
	}
	if snap := function.SnapStart; snap != nil && snap.ApplyOn == types.SnapStartApplyOnPublishedVersions {
		flat["snap_start"] = one(map[string]any{
			"apply_on":            string(snap.ApplyOn),
			"optimization_status": string(snap.OptimizationStatus),
		})
	}
	if tracing := function.TracingConfig; tracing != nil && tracing.Mode != "" {
		flat["tracing_config"] = one(map[string]any{"mode": string(tracing.Mode)})
	}
	if vpc := function.VpcConfig; vpc != nil && aws.ToString(vpc.VpcId) != "" {
		flat["vpc_config"] = one(map[string]any{
			"ipv6_allowed_for_dual_stack": aws.ToBool(vpc.Ipv6AllowedForDualStack),
			"security_group_ids":          vpc.SecurityGroupIds,
			"subnet_ids":                  vpc.SubnetIds,
			"vpc_id":                      aws.ToString(vpc.VpcId),
		})
	}
	return flat
}

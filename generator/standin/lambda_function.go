package standin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// lambdaPropagation is how long Lambda may take until it can assume a new role,
// and how long one change of a function may be in another's way.
// https://github.com/hashicorp/terraform-provider-aws/issues/14285
const lambdaPropagation = 5 * time.Minute

func lambdaFunction() kind {
	limit := schema.DefaultTimeout(10 * time.Minute)
	return kind{
		title:      "Lambda Function",
		attributes: lambdaFunctionAttributes(),
		tagged:     true,
		timeouts:   &schema.ResourceTimeout{Create: limit, Update: limit, Delete: limit},
		create:     createFunction,
		read:       readFunction,
		update:     updateFunction,
		remove:     deleteFunction,
		diff:       functionDiff,
		adopt:      func(d *schema.ResourceData) error { return d.Set("function_name", d.Id()) },
	}
}

// functionDiff checks what only makes sense together, and marks what a change of
// code or configuration will give another value.
func functionDiff(d *schema.ResourceDiff, _ *clients) error {
	if d.Get("package_type") == string(types.PackageTypeZip) {
		for _, argument := range []string{"handler", "runtime"} {
			if d.NewValueKnown(argument) && d.Get(argument).(string) == "" {
				return errors.New("handler and runtime must be set when PackageType is Zip")
			}
		}
	}
	if d.Id() == "" {
		return nil
	}
	code, configuration := planned(d, functionCode()), planned(d, functionConfiguration())
	var fresh []string
	if code || configuration {
		fresh = append(fresh, "last_modified")
	}
	if code && !given(d.GetRawConfig(), "code_sha256") {
		fresh = append(fresh, "code_sha256")
	}
	if d.Get("publish").(bool) && (code || configuration || planned(d, []string{"publish"})) {
		fresh = append(fresh, "qualified_arn", "qualified_invoke_arn", "version")
	}
	for _, attribute := range fresh {
		if err := d.SetNewComputed(attribute); err != nil {
			return fmt.Errorf("plan %s: %w", attribute, err)
		}
	}
	return nil
}

func createFunction(ctx context.Context, d *schema.ResourceData, c *clients) error {
	zip, err := localPackage(d, c)
	if err != nil {
		return err
	}
	name := d.Get("function_name").(string)
	configuration := expandFunction(d, name)
	input := &lambda.CreateFunctionInput{
		Architectures: architectures(d),
		Code: &types.FunctionCode{
			ImageUri:        nonEmpty(d.Get("image_uri")),
			S3Bucket:        nonEmpty(d.Get("s3_bucket")),
			S3Key:           nonEmpty(d.Get("s3_key")),
			S3ObjectVersion: nonEmpty(d.Get("s3_object_version")),
			ZipFile:         zip,
		},
		CodeSigningConfigArn: nonEmpty(d.Get("code_signing_config_arn")),
		DeadLetterConfig:     configuration.DeadLetterConfig,
		Description:          nonEmpty(d.Get("description")),
		Environment:          configuration.Environment,
		EphemeralStorage:     configuration.EphemeralStorage,
		FileSystemConfigs:    configuration.FileSystemConfigs,
		FunctionName:         aws.String(name),
		Handler:              configuration.Handler,
		ImageConfig:          configuration.ImageConfig,
		KMSKeyArn:            nonEmpty(d.Get("kms_key_arn")),
		Layers:               configuration.Layers,
		LoggingConfig:        configuration.LoggingConfig,
		MemorySize:           configuration.MemorySize,
		PackageType:          types.PackageType(d.Get("package_type").(string)),
		Publish:              d.Get("publish").(bool),
		Role:                 configuration.Role,
		Runtime:              configuration.Runtime,
		SnapStart:            configuration.SnapStart,
		Timeout:              configuration.Timeout,
		TracingConfig:        configuration.TracingConfig,
		VpcConfig:            configuration.VpcConfig,
	}
	if tags := tagsOf(d); len(tags) > 0 {
		input.Tags = tags
	}
	version := ""
	err = onFunction(ctx, func(ctx context.Context) error {
		created, err := c.lambda.CreateFunction(ctx, input)
		if err == nil {
			version = aws.ToString(created.Version)
		}
		return err
	})
	if err != nil {
		return err
	}
	d.SetId(name)
	if err := waitFunction(ctx, c, name, "", d.Timeout(schema.TimeoutCreate)); err != nil {
		return err
	}
	// The snapshot of a published version takes much longer than the function.
	if input.Publish && input.SnapStart != nil {
		if err := waitFunction(ctx, c, name, version, d.Timeout(schema.TimeoutCreate)); err != nil {
			return err
		}
	}
	if d.Get("reserved_concurrent_executions").(int) < 0 {
		return nil
	}
	return setConcurrency(ctx, d, c)
}

// localPackage reads the package that filename names; nil when it is elsewhere.
func localPackage(d *schema.ResourceData, c *clients) ([]byte, error) {
	name := d.Get("filename").(string)
	if name == "" {
		return nil, nil
	}
	zip, err := os.ReadFile(c.path(name))
	if err != nil {
		return nil, fmt.Errorf("read package: %w", err)
	}
	return zip, nil
}

// onFunction makes a change that Lambda may not be ready for yet.
func onFunction(ctx context.Context, change func(context.Context) error) error {
	return until(ctx, lambdaPropagation, isFunctionBusy, change)
}

// isFunctionBusy accepts what Lambda answers while another change runs, and while
// it cannot assume a role that was just made.
func isFunctionBusy(err error) bool {
	if hasCode(err, "ResourceConflictException") {
		// The conflicts that do not pass: a function, or its URL, is there.
		return !strings.Contains(err.Error(), "already exist") && !strings.Contains(err.Error(), "FunctionUrlConfig exists")
	}
	return hasCode(err, "InvalidParameterValueException") &&
		(strings.Contains(err.Error(), "cannot be assumed by Lambda") ||
			strings.Contains(err.Error(), "execution role does not have permissions"))
}

// waitFunction waits until a function, or a version of it, is ready to run and its
// last update is done.
func waitFunction(ctx context.Context, c *clients, name, qualifier string, limit time.Duration) error {
	return until(ctx, limit, isPending, func(ctx context.Context) error {
		found, err := c.lambda.GetFunction(ctx, &lambda.GetFunctionInput{
			FunctionName: aws.String(name), Qualifier: nonEmpty(qualifier),
		})
		if isGone(err) {
			return fmt.Errorf("%w: %w", errPending, err)
		}
		if err != nil {
			return fmt.Errorf("wait until it is ready: %w", err)
		}
		state := found.Configuration
		switch {
		case state.State == types.StateFailed:
			return fmt.Errorf("it failed: %s: %s", state.StateReasonCode, aws.ToString(state.StateReason))
		case state.LastUpdateStatus == types.LastUpdateStatusFailed:
			return fmt.Errorf("its update failed: %s: %s",
				state.LastUpdateStatusReasonCode, aws.ToString(state.LastUpdateStatusReason))
		case state.State == types.StatePending, state.LastUpdateStatus == types.LastUpdateStatusInProgress:
			return fmt.Errorf("%w: state %s, last update %s", errPending, state.State, state.LastUpdateStatus)
		}
		return nil
	})
}

func setConcurrency(ctx context.Context, d *schema.ResourceData, c *clients) error {
	wanted := d.Get("reserved_concurrent_executions").(int)
	err := onFunction(ctx, func(ctx context.Context) error {
		if wanted < 0 {
			_, err := c.lambda.DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: aws.String(d.Id())})
			return err
		}
		_, err := c.lambda.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{
			FunctionName:                 aws.String(d.Id()),
			ReservedConcurrentExecutions: aws.Int32(int32(wanted)),
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("set reserved concurrency: %w", err)
	}
	return nil
}

func updateFunction(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if err := updateFunctionTags(ctx, d, c); err != nil {
		return err
	}
	if d.HasChange("code_signing_config_arn") {
		if err := setCodeSigning(ctx, d, c); err != nil {
			return err
		}
	}
	limit := d.Timeout(schema.TimeoutUpdate)
	configuration := d.HasChanges(functionConfiguration()...)
	if configuration {
		err := onFunction(ctx, func(ctx context.Context) error {
			_, err := c.lambda.UpdateFunctionConfiguration(ctx, expandFunction(d, d.Id()))
			return err
		})
		if err != nil {
			return fmt.Errorf("configuration: %w", err)
		}
		if err := waitFunction(ctx, c, d.Id(), "", limit); err != nil {
			return fmt.Errorf("configuration: %w", err)
		}
	}
	code := d.HasChanges(functionCode()...)
	if code {
		if err := updateCode(ctx, d, c, limit); err != nil {
			return fmt.Errorf("code: %w", err)
		}
	}
	if d.HasChange("reserved_concurrent_executions") {
		if err := setConcurrency(ctx, d, c); err != nil {
			return err
		}
	}
	if d.Get("publish").(bool) && (code || configuration || d.HasChange("publish")) {
		return publishVersion(ctx, d, c, limit)
	}
	return nil
}

func updateCode(ctx context.Context, d *schema.ResourceData, c *clients, limit time.Duration) error {
	zip, err := localPackage(d, c)
	if err != nil {
		return err
	}
	err = onFunction(ctx, func(ctx context.Context) error {
		_, err := c.lambda.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{
			Architectures:   architectures(d),
			FunctionName:    aws.String(d.Id()),
			ImageUri:        nonEmpty(d.Get("image_uri")),
			S3Bucket:        nonEmpty(d.Get("s3_bucket")),
			S3Key:           nonEmpty(d.Get("s3_key")),
			S3ObjectVersion: nonEmpty(d.Get("s3_object_version")),
			ZipFile:         zip,
		})
		return err
	})
	if err != nil {
		return err
	}
	return waitFunction(ctx, c, d.Id(), "", limit)
}

func publishVersion(ctx context.Context, d *schema.ResourceData, c *clients, limit time.Duration) error {
	version := ""
	err := onFunction(ctx, func(ctx context.Context) error {
		published, err := c.lambda.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: aws.String(d.Id())})
		if err == nil {
			version = aws.ToString(published.Version)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("publish version: %w", err)
	}
	if err := waitFunction(ctx, c, d.Id(), version, limit); err != nil {
		return fmt.Errorf("publish version %s: %w", version, err)
	}
	return nil
}

func setCodeSigning(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := aws.String(d.Id())
	if arn := nonEmpty(d.Get("code_signing_config_arn")); arn != nil {
		_, err := c.lambda.PutFunctionCodeSigningConfig(ctx, &lambda.PutFunctionCodeSigningConfigInput{
			FunctionName: name, CodeSigningConfigArn: arn,
		})
		if err != nil {
			return fmt.Errorf("set code signing: %w", err)
		}
		return nil
	}
	_, err := c.lambda.DeleteFunctionCodeSigningConfig(ctx, &lambda.DeleteFunctionCodeSigningConfigInput{FunctionName: name})
	if err != nil {
		return fmt.Errorf("remove code signing: %w", err)
	}
	return nil
}

func updateFunctionTags(ctx context.Context, d *schema.ResourceData, c *clients) error {
	arn := aws.String(d.Get("arn").(string))
	set, remove := changedTags(d)
	if len(remove) > 0 {
		_, err := c.lambda.UntagResource(ctx, &lambda.UntagResourceInput{Resource: arn, TagKeys: remove})
		if err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		_, err := c.lambda.TagResource(ctx, &lambda.TagResourceInput{Resource: arn, Tags: set})
		if err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

func deleteFunction(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if d.Get("skip_destroy").(bool) {
		return nil
	}
	return onFunction(ctx, func(ctx context.Context) error {
		_, err := c.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String(d.Id())})
		return err
	})
}

package tests

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/environment"
)

// terraformRepairs are left to Terraform to put right, all at once.
func terraformRepairs(c clients, target environment.Target) [][]drift {
	f, admin := target.Function("admin"), target.Bucket("admin").Name
	return [][]drift{
		{{
			"memory",
			change{do: call(c.lambda.UpdateFunctionConfiguration, lambda.UpdateFunctionConfigurationInput{FunctionName: &f.Name, MemorySize: aws.Int32(128)})},
			"function.admin: function " + f.Name + `: memory_mb: wanted 256, got 128`,
		}},
		{{
			"a log group is gone",
			change{do: call(c.logs.DeleteLogGroup, cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &f.LogGroup})},
			"function.admin: log group " + f.LogGroup + ": exists: wanted yes, got no",
		}},
		{{
			"a bucket is gone",
			change{do: call(c.s3.DeleteBucket, s3.DeleteBucketInput{Bucket: &admin})},
			"storage.admin: bucket " + admin + ": exists: wanted yes, got no",
		}},
	}
}

// functionDrifts change a function behind a distribution.
func functionDrifts(c clients, target environment.Target) []drift {
	f := target.Function("user")
	name := &f.Name
	here, group, policy := "function.user: function "+f.Name+": ", "function.user: log group "+f.LogGroup+": ", "cdn.send: function policy "+f.Name+": "
	url := "function.user: function url " + f.Name + ": "
	subscription := cloudwatchlogs.PutSubscriptionFilterInput{
		LogGroupName: &f.LogGroup, FilterName: aws.String("all"), FilterPattern: aws.String(""),
		DestinationArn: aws.String("arn:aws:logs:eu-west-2:999999999999:destination:theirs"),
	}
	retain := func(days int32) action {
		return call(c.logs.PutRetentionPolicy, cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &f.LogGroup, RetentionInDays: &days})
	}
	addURL := all(
		call(c.lambda.CreateAlias, lambda.CreateAliasInput{FunctionName: name, Name: aws.String("open"), FunctionVersion: aws.String("$LATEST")}),
		call(c.lambda.CreateFunctionUrlConfig, lambda.CreateFunctionUrlConfigInput{FunctionName: name, Qualifier: aws.String("open"), AuthType: types.FunctionUrlAuthTypeNone}),
	)
	removeURL := all(
		call(c.lambda.DeleteFunctionUrlConfig, lambda.DeleteFunctionUrlConfigInput{FunctionName: name, Qualifier: aws.String("open")}),
		call(c.lambda.DeleteAlias, lambda.DeleteAliasInput{FunctionName: name, Name: aws.String("open")}),
	)
	answers := func(mode types.InvokeMode) action {
		return call(c.lambda.UpdateFunctionUrlConfig, lambda.UpdateFunctionUrlConfigInput{FunctionName: name, InvokeMode: mode})
	}
	opens := func(to types.FunctionUrlAuthType) action {
		return call(c.lambda.UpdateFunctionUrlConfig, lambda.UpdateFunctionUrlConfigInput{FunctionName: name, AuthType: to})
	}
	return []drift{
		{
			"a variable", c.configured(f.Name, func(in *lambda.UpdateFunctionConfigurationInput) {
				in.Environment.Variables["SEND__S3_BUCKET"] = "elsewhere"
			}),
			here + `environment.SEND__S3_BUCKET: wanted "` + target.Bucket("transfers").Name + `", got "elsewhere"`,
		},
		{
			"a variable more", c.configured(f.Name, func(in *lambda.UpdateFunctionConfigurationInput) {
				in.Environment.Variables["DEBUG"] = "1"
			}),
			here + `environment.DEBUG: wanted nothing, got "1"`,
		},
		{
			"storage", c.configured(f.Name, func(in *lambda.UpdateFunctionConfigurationInput) { in.EphemeralStorage.Size = aws.Int32(1024) }),
			here + `ephemeral_storage_mb: wanted 512, got 1024`,
		},
		{
			"reserved concurrency",
			change{
				call(c.lambda.PutFunctionConcurrency, lambda.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: aws.Int32(5)}),
				call(c.lambda.DeleteFunctionConcurrency, lambda.DeleteFunctionConcurrencyInput{FunctionName: name}),
			},
			here + `reserved_concurrency: wanted nothing, got 5`,
		},
		{
			"a tag of a function",
			change{
				call(c.lambda.TagResource, lambda.TagResourceInput{Resource: &f.ARN, Tags: map[string]string{"owner": "me"}}),
				call(c.lambda.UntagResource, lambda.UntagResourceInput{Resource: &f.ARN, TagKeys: []string{"owner"}}),
			},
			here + `tags.owner: wanted nothing, got "me"`,
		},
		{
			"asynchronous calls are not repeated",
			change{
				call(c.lambda.PutFunctionEventInvokeConfig, lambda.PutFunctionEventInvokeConfigInput{FunctionName: name, MaximumRetryAttempts: aws.Int32(0)}),
				call(c.lambda.DeleteFunctionEventInvokeConfig, lambda.DeleteFunctionEventInvokeConfigInput{FunctionName: name}),
			},
			here + `asynchronous.` + f.ARN + `:$LATEST: wanted nothing, got {"retries":0}`,
		},
		{
			"a way in beside the distribution",
			change{addURL, removeURL},
			here + `aliases: wanted [], got ["open"]` + "\n" + here + `urls: wanted ["` + f.ARN + `"], got ["` + f.ARN + `","` + f.ARN + `:open"]`,
		},
		{
			"answers in pieces",
			change{answers(types.InvokeModeResponseStream), answers(types.InvokeModeBuffered)},
			// The function does not answer in pieces.
			url + `invoke_mode: wanted "BUFFERED", got "RESPONSE_STREAM"` + "\nfunction.user: endpoint https://",
		},
		{
			"calls without a signature",
			change{opens(types.FunctionUrlAuthTypeNone), opens(types.FunctionUrlAuthTypeAwsIam)},
			url + `authorization: wanted "AWS_IAM", got "NONE"`,
		},
		{
			"somebody else may call",
			change{
				call(c.lambda.AddPermission, lambda.AddPermissionInput{
					FunctionName: name, StatementId: aws.String("extra"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("999999999999"),
				}),
				call(c.lambda.RemovePermission, lambda.RemovePermissionInput{FunctionName: name, StatementId: aws.String("extra")}),
			},
			policy + `policy.extra: wanted nothing, got {"Action":["lambda:InvokeFunction"]`,
		},
		{
			"no retention of logs",
			change{call(c.logs.DeleteRetentionPolicy, cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: &f.LogGroup}), retain(int32(f.LogRetentionDays))},
			group + `retention_days: wanted 30, got 0`,
		},
		{
			"logs go elsewhere",
			change{
				call(c.logs.PutSubscriptionFilter, subscription),
				call(c.logs.DeleteSubscriptionFilter, cloudwatchlogs.DeleteSubscriptionFilterInput{LogGroupName: &f.LogGroup, FilterName: subscription.FilterName}),
			},
			group + `subscribers: wanted [], got ["arn:aws:logs:eu-west-2:999999999999:destination:theirs"]`,
		},
	}
}

// aliasDrifts change a function whose versions answer behind an alias, so that what is
// wrong in the next version does no harm yet.
func aliasDrifts(t *testing.T, c clients, target environment.Target) []drift {
	t.Helper()
	f, other := target.Function("user"), target.Function("admin")
	name, alias := &f.Name, aws.String(f.Alias())
	here, url := "function.user: function "+f.Name+": ", "function.user: function url "+f.Name+":"+*alias+": "
	behind := "function.user: alias " + f.Name + ":" + *alias + ": "
	key := "arn:aws:kms:eu-west-2:999999999999:key/theirs"
	reserve := func(n int32) action {
		return call(c.lambda.PutFunctionConcurrency, lambda.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: &n})
	}
	browsers := func(edit func(*types.Cors)) change {
		var before *types.Cors
		put := func(ctx context.Context, cors *types.Cors) error {
			_, err := c.lambda.UpdateFunctionUrlConfig(ctx, &lambda.UpdateFunctionUrlConfigInput{FunctionName: name, Qualifier: alias, Cors: cors})
			return err
		}
		return change{
			func(ctx context.Context) error {
				out, err := c.lambda.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: name, Qualifier: alias})
				if err != nil {
					return err
				}
				before = out.Cors
				edited := *before
				edit(&edited)
				return put(ctx, &edited)
			},
			func(ctx context.Context) error { return put(ctx, before) },
		}
	}
	code := func(label string) action {
		return call(c.lambda.UpdateFunctionCode, lambda.UpdateFunctionCodeInput{
			FunctionName: name, S3Bucket: aws.String(target.Bucket(target.Artifacts).Name), S3Key: packageKey(t, c, target, label),
		})
	}
	set := func(edit func(*lambda.UpdateFunctionConfigurationInput)) change { return c.configured(f.Name, edit) }
	return []drift{
		{"time", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.Timeout = aws.Int32(5) }), here + `timeout_s: wanted 60, got 5`},
		{"description", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.Description = aws.String("mine") }), here + `description: wanted "`},
		{"handler", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.Handler = aws.String("a.b") }), here + `handler: wanted "sgraph_send.user.run", got "a.b"`},
		{"runtime", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.Runtime = types.RuntimePython312 }), here + `runtime: wanted "python3.13", got "python3.12"`},
		{"role", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.Role = &other.RoleARN }), here + `role: wanted "` + f.RoleARN + `", got "` + other.RoleARN + `"`},
		{"layers", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.Layers = []string{} }), here + `layers: wanted "arn:aws:lambda:`},
		{
			"tracing", set(func(in *lambda.UpdateFunctionConfigurationInput) {
				in.TracingConfig.Mode = types.TracingModePassThrough
			}),
			here + `tracing: wanted "Active", got "PassThrough"`,
		},
		{
			"snapshots", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.SnapStart.ApplyOn = types.SnapStartApplyOnNone }),
			here + `snap_start: wanted "PublishedVersions", got "None"`,
		},
		{
			"logs of another group", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.LoggingConfig.LogGroup = &other.LogGroup }),
			here + `log_group: wanted "` + f.LogGroup + `", got "` + other.LogGroup + `"`,
		},
		{
			"logs as JSON", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.LoggingConfig.LogFormat = types.LogFormatJson }),
			here + `log_format: wanted "Text", got "JSON"`,
		},
		{
			"a key", set(func(in *lambda.UpdateFunctionConfigurationInput) { in.KMSKeyArn = &key }),
			here + `kms_key: wanted "", got "` + key + `"`,
		},
		{"less reserved concurrency", change{reserve(5), reserve(int32(*f.ReservedConcurrency))}, here + `reserved_concurrency: wanted 20, got 5`},
		{
			"no reserved concurrency",
			change{call(c.lambda.DeleteFunctionConcurrency, lambda.DeleteFunctionConcurrencyInput{FunctionName: name}), reserve(int32(*f.ReservedConcurrency))},
			here + `reserved_concurrency: wanted 20, got nothing`,
		},
		{"code", change{code("admin"), code("user")}, here + `code_sha256: wanted "`},
		{
			"somebody may call all versions",
			change{
				call(c.lambda.AddPermission, lambda.AddPermissionInput{
					FunctionName: name, StatementId: aws.String("extra"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("999999999999"),
				}),
				call(c.lambda.RemovePermission, lambda.RemovePermissionInput{FunctionName: name, StatementId: aws.String("extra")}),
			},
			"function.user: function policy " + f.Name + `: policy: wanted nothing, got {"extra":`,
		},
		{"another version", c.otherVersion(f.Name, *alias), behind + `memory_mb: wanted 512, got 1024`},
		{
			"other origins", browsers(func(cors *types.Cors) { cors.AllowOrigins = []string{"*"} }),
			url + `cors.allowed_origins: wanted ["https://send.example.com"], got ["*"]`,
		},
		{
			"browsers' credentials", browsers(func(cors *types.Cors) { cors.AllowCredentials = aws.Bool(true) }),
			url + `cors.credentials: wanted false, got true`,
		},
	}
}

// layerDrifts change a layer.
func layerDrifts(t *testing.T, c clients, target environment.Target) []drift {
	t.Helper()
	name := aws.String(target.Layers[0].Name)
	listed, err := c.lambda.ListLayerVersions(t.Context(), &lambda.ListLayerVersionsInput{LayerName: name})
	if err != nil || len(listed.LayerVersions) != 1 {
		t.Fatalf("%d versions: %v", len(listed.LayerVersions), err)
	}
	version := aws.Int64(listed.LayerVersions[0].Version)
	here, used := "layer.dependencies: layer "+*name+": ", `layers: wanted "`
	other := types.LayerVersionContentInput{
		S3Bucket: aws.String(target.Bucket(target.Artifacts).Name), S3Key: packageKey(t, c, target, "user"),
	}
	var published int64
	publish := func(ctx context.Context) error {
		out, err := c.lambda.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{
			LayerName: name, CompatibleRuntimes: []types.Runtime{types.RuntimePython312}, Content: &other,
		})
		if err == nil {
			published = out.Version
		}
		return err
	}
	remove := func(ctx context.Context) error {
		_, err := c.lambda.DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: name, VersionNumber: &published})
		return err
	}
	return []drift{
		{
			"everybody may use a layer",
			change{
				call(c.lambda.AddLayerVersionPermission, lambda.AddLayerVersionPermissionInput{
					LayerName: name, VersionNumber: version, StatementId: aws.String("all"), Action: aws.String("lambda:GetLayerVersion"), Principal: aws.String("*"),
				}),
				call(c.lambda.RemoveLayerVersionPermission, lambda.RemoveLayerVersionPermissionInput{LayerName: name, VersionNumber: version, StatementId: aws.String("all")}),
			},
			here + `policy: wanted nothing, got {"all":{"Action":["lambda:GetLayerVersion"]`,
		},
		{
			"a newer version of a layer",
			change{publish, remove},
			here + `code_sha256: wanted "` + "\n" + here + `runtimes: wanted ["python3.12","python3.13"], got ["python3.12"]` + "\n" +
				"function.admin: function " + target.Function("admin").Name + ": " + used + "\n" +
				"function.user: function " + target.Function("user").Name + ": " + used,
		},
	}
}

// configured edits the configuration of a function, and puts it back.
func (c clients) configured(name string, edit func(*lambda.UpdateFunctionConfigurationInput)) change {
	read := func(ctx context.Context) (*lambda.UpdateFunctionConfigurationInput, error) {
		out, err := c.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		if err != nil {
			return nil, err
		}
		layers := []string{}
		for _, l := range out.Layers {
			layers = append(layers, *l.Arn)
		}
		return &lambda.UpdateFunctionConfigurationInput{
			FunctionName: &name, Description: aws.String(aws.ToString(out.Description)), Environment: &types.Environment{Variables: out.Environment.Variables},
			EphemeralStorage: out.EphemeralStorage, Handler: out.Handler, KMSKeyArn: aws.String(aws.ToString(out.KMSKeyArn)), Layers: layers,
			LoggingConfig: &types.LoggingConfig{LogFormat: out.LoggingConfig.LogFormat, LogGroup: out.LoggingConfig.LogGroup}, MemorySize: out.MemorySize, Role: out.Role, Runtime: out.Runtime,
			SnapStart: &types.SnapStart{ApplyOn: out.SnapStart.ApplyOn}, Timeout: out.Timeout, TracingConfig: &types.TracingConfig{Mode: out.TracingConfig.Mode},
		}, nil
	}
	var before *lambda.UpdateFunctionConfigurationInput
	return change{
		func(ctx context.Context) (err error) {
			if before, err = read(ctx); err != nil {
				return err
			}
			edited, err := read(ctx)
			if err != nil {
				return err
			}
			edit(edited)
			return c.updated(ctx, edited)
		},
		func(ctx context.Context) error { return c.updated(ctx, before) },
	}
}

// A waiter asks again after a pause; patience is more than anything takes here.
const (
	pause    = 20 * time.Millisecond
	patience = time.Minute
)

func (c clients) updated(ctx context.Context, in *lambda.UpdateFunctionConfigurationInput) error {
	if _, err := c.lambda.UpdateFunctionConfiguration(ctx, in); err != nil {
		return err
	}
	waiter := lambda.NewFunctionUpdatedV2Waiter(c.lambda, func(o *lambda.FunctionUpdatedV2WaiterOptions) { o.MinDelay, o.MaxDelay = pause, pause })
	return waiter.Wait(ctx, &lambda.GetFunctionInput{FunctionName: in.FunctionName}, patience)
}

// otherVersion publishes one with more memory and leads an alias to it.
func (c clients) otherVersion(name, alias string) change {
	var before, published string
	more := c.configured(name, func(in *lambda.UpdateFunctionConfigurationInput) { in.MemorySize = aws.Int32(1024) })
	lead := func(ctx context.Context, version string) error {
		_, err := c.lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: &name, Name: &alias, FunctionVersion: &version})
		return err
	}
	return change{
		func(ctx context.Context) error {
			out, err := c.lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &name, Name: &alias})
			if err != nil {
				return err
			}
			before = *out.FunctionVersion
			if err := more.do(ctx); err != nil {
				return err
			}
			version, err := c.lambda.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: &name})
			if err != nil {
				return fmt.Errorf("publish: %w", err)
			}
			published = *version.Version
			waiter := lambda.NewPublishedVersionActiveWaiter(c.lambda, func(o *lambda.PublishedVersionActiveWaiterOptions) { o.MinDelay, o.MaxDelay = pause, pause })
			if err := waiter.Wait(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name, Qualifier: &published}, patience); err != nil {
				return err
			}
			if err := more.undo(ctx); err != nil {
				return err
			}
			return lead(ctx, published)
		},
		func(ctx context.Context) error {
			if err := lead(ctx, before); err != nil {
				return err
			}
			_, err := c.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &name, Qualifier: &published})
			return err
		},
	}
}

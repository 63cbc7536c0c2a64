package lambda

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sendform/generator/localcloud/api"
)

const probeARN = "arn:aws:lambda:eu-west-2:111122223333:function:probe"

func TestCreateFunctionDefaults(t *testing.T) {
	c := newCloud(t)
	sum := sha256.Sum256(probeZip)
	created := c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Tags = map[string]string{"a": "b"} })
	got, err := c.client.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("probe")})
	if err != nil {
		t.Fatal(err)
	}
	want := &types.FunctionConfiguration{
		FunctionName: aws.String("probe"), FunctionArn: aws.String(probeARN), Runtime: types.RuntimeProvidedal2023,
		Role: aws.String(goodRole), Handler: aws.String("bootstrap"), Description: aws.String(""),
		CodeSize: int64(len(probeZip)), CodeSha256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
		Timeout: aws.Int32(3), MemorySize: aws.Int32(128), Version: aws.String("$LATEST"),
		LastModified: got.Configuration.LastModified, RevisionId: created.RevisionId,
		State: types.StateActive, LastUpdateStatus: types.LastUpdateStatusSuccessful, PackageType: types.PackageTypeZip,
		Architectures:        []types.Architecture{types.ArchitectureX8664},
		EphemeralStorage:     &types.EphemeralStorage{Size: aws.Int32(512)},
		TracingConfig:        &types.TracingConfigResponse{Mode: types.TracingModePassThrough},
		SnapStart:            &types.SnapStartResponse{ApplyOn: types.SnapStartApplyOnNone, OptimizationStatus: types.SnapStartOptimizationStatusOff},
		LoggingConfig:        &types.LoggingConfig{LogFormat: types.LogFormatText, LogGroup: aws.String("/aws/lambda/probe")},
		RuntimeVersionConfig: got.Configuration.RuntimeVersionConfig,
	}
	if diff := cmp.Diff(want, got.Configuration, ignoreSDK); diff != "" {
		t.Error(diff)
	}
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$`).MatchString(*got.Configuration.LastModified) {
		t.Errorf("LastModified %s", *got.Configuration.LastModified)
	}
	if got.Tags["a"] != "b" || got.Concurrency != nil || *got.Code.RepositoryType != "S3" {
		t.Errorf("tags %v, concurrency %v, code %v", got.Tags, got.Concurrency, got.Code)
	}
}

// ignoreSDK leaves out the SDK's marker members.
var ignoreSDK = cmpopts.IgnoreUnexported(
	types.FunctionConfiguration{}, types.EphemeralStorage{}, types.TracingConfigResponse{}, types.SnapStartResponse{},
	types.LoggingConfig{}, types.RuntimeVersionConfig{}, types.EnvironmentResponse{}, types.Cors{}, types.AliasRoutingConfiguration{})

func TestCreateFunctionNeeds(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Tags = map[string]string{"a": "b"} })
	want := []api.Access{
		{Action: "lambda:CreateFunction", Resource: probeARN, Owner: account},
		{Action: "s3:GetObject", Resource: "arn:aws:s3:::code/probe.zip"},
		{Action: "lambda:TagResource", Resource: probeARN, Owner: account},
		{Action: "iam:PassRole", Resource: goodRole, Context: map[string][]string{"iam:passedtoservice": {"lambda.amazonaws.com"}}},
	}
	if diff := cmp.Diff(want, c.lastNeeded()); diff != "" {
		t.Error(diff)
	}
}

func TestCreateFunctionErrors(t *testing.T) {
	c := newCloud(t)
	c.deploy("taken")
	environment := func(pairs ...string) *types.Environment {
		e := &types.Environment{Variables: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			e.Variables[pairs[i]] = pairs[i+1]
		}
		return e
	}
	tests := map[string]struct {
		edit          func(in *sdk.CreateFunctionInput)
		code, message string
	}{
		"taken":                {func(in *sdk.CreateFunctionInput) { in.FunctionName = aws.String("taken") }, "ResourceConflictException", "Function already exist: taken"},
		"name":                 {func(in *sdk.CreateFunctionInput) { in.FunctionName = aws.String("a b") }, "ValidationException", "'functionName'"},
		"long name":            {func(in *sdk.CreateFunctionInput) { in.FunctionName = aws.String(strings.Repeat("a", 65)) }, "ValidationException", "less than or equal to 64"},
		"runtime":              {func(in *sdk.CreateFunctionInput) { in.Runtime = "nodejs8.10" }, "InvalidParameterValueException", "Value nodejs8.10 at 'runtime' failed to satisfy constraint"},
		"handler":              {func(in *sdk.CreateFunctionInput) { in.Handler = aws.String("a b") }, "ValidationException", "'handler'"},
		"no handler":           {func(in *sdk.CreateFunctionInput) { in.Handler = nil }, "InvalidParameterValueException", "Handler are mandatory"},
		"little memory":        {func(in *sdk.CreateFunctionInput) { in.MemorySize = aws.Int32(127) }, "ValidationException", "1 validation error detected: Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"},
		"much memory":          {func(in *sdk.CreateFunctionInput) { in.MemorySize = aws.Int32(10241) }, "ValidationException", "less than or equal to 10240"},
		"no time":              {func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(0) }, "ValidationException", "'timeout'"},
		"much time":            {func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(901) }, "ValidationException", "less than or equal to 900"},
		"two mistakes":         {func(in *sdk.CreateFunctionInput) { in.Timeout, in.MemorySize = aws.Int32(901), aws.Int32(1) }, "ValidationException", "2 validation errors detected"},
		"disk":                 {func(in *sdk.CreateFunctionInput) { in.EphemeralStorage = &types.EphemeralStorage{Size: aws.Int32(511)} }, "ValidationException", "'ephemeralStorage.size'"},
		"architecture":         {func(in *sdk.CreateFunctionInput) { in.Architectures = []types.Architecture{"riscv"} }, "InvalidParameterValueException", "Architectures"},
		"reserved variable":    {func(in *sdk.CreateFunctionInput) { in.Environment = environment("AWS_REGION", "x") }, "InvalidParameterValueException", "Reserved keys used in this request: AWS_REGION"},
		"variable's name":      {func(in *sdk.CreateFunctionInput) { in.Environment = environment("1A", "x") }, "ValidationException", "environment.variables"},
		"large environment":    {func(in *sdk.CreateFunctionInput) { in.Environment = environment("SECRET", strings.Repeat("x", 4091)) }, "InvalidParameterValueException", "exceeded the 4KB limit"},
		"role's form":          {func(in *sdk.CreateFunctionInput) { in.Role = aws.String("probe-role") }, "ValidationException", "'role'"},
		"role that is missing": {func(in *sdk.CreateFunctionInput) { in.Role = aws.String("arn:aws:iam::111122223333:role/other") }, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."},
		"role of others":       {func(in *sdk.CreateFunctionInput) { in.Role = aws.String("arn:aws:iam::999999999999:role/probe-role") }, "AccessDeniedException", "Cross-account pass role is not allowed."},
		"no code":              {func(in *sdk.CreateFunctionInput) { in.Code = &types.FunctionCode{} }, "InvalidParameterValueException", "Please provide a source"},
		"no object":            {func(in *sdk.CreateFunctionInput) { in.Code.S3Key = aws.String("x") }, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."},
		"no zip":               {func(in *sdk.CreateFunctionInput) { in.Code = &types.FunctionCode{ZipFile: []byte("x")} }, "InvalidParameterValueException", "Could not unzip uploaded file."},
		"large zip":            {func(in *sdk.CreateFunctionInput) { in.Code = &types.FunctionCode{ZipFile: make([]byte, 50<<20+1)} }, "RequestEntityTooLargeException", "smaller than 69905068 bytes"},
		"empty zip":            {func(in *sdk.CreateFunctionInput) { in.Code = &types.FunctionCode{ZipFile: zipped()} }, "InvalidParameterValueException", "non-empty zip"},
		"image":                {func(in *sdk.CreateFunctionInput) { in.PackageType = types.PackageTypeImage }, "NotImplemented", "PackageType Image"},
		"VPC":                  {func(in *sdk.CreateFunctionInput) { in.VpcConfig = &types.VpcConfig{SubnetIds: []string{"subnet-1"}} }, "NotImplemented", "VpcConfig"},
		"SnapStart": {func(in *sdk.CreateFunctionInput) {
			in.SnapStart = &types.SnapStart{ApplyOn: types.SnapStartApplyOnPublishedVersions}
		}, "InvalidParameterValueException", "not supported for SnapStart"},
		"SnapStart's disk": {func(in *sdk.CreateFunctionInput) {
			in.SnapStart = &types.SnapStart{ApplyOn: types.SnapStartApplyOnPublishedVersions}
			in.Runtime, in.EphemeralStorage = types.RuntimePython312, &types.EphemeralStorage{Size: aws.Int32(513)}
		}, "InvalidParameterValueException", "Ephemeral storage size must be 512 MB"},
		"log level": {func(in *sdk.CreateFunctionInput) {
			in.LoggingConfig = &types.LoggingConfig{SystemLogLevel: types.SystemLogLevelInfo}
		}, "InvalidParameterValueException", "LogFormat is JSON"},
		"tags": {func(in *sdk.CreateFunctionInput) { in.Tags = map[string]string{"aws:x": "y"} }, "InvalidParameterValueException", "tag"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := probeInput("fresh")
			test.edit(in)
			_, err := c.client.CreateFunction(t.Context(), in)
			wantError(t, err, test.code, test.message)
			if strings.Contains(err.Error(), "xxxx") {
				t.Error("the error repeats a variable's value")
			}
		})
	}
	out, err := c.client.ListFunctions(t.Context(), &sdk.ListFunctionsInput{})
	if err != nil || len(out.Functions) != 1 {
		t.Errorf("%d functions after failures, error %v", len(out.Functions), err)
	}
}

func TestUpdateFunction(t *testing.T) {
	c := newCloud(t)
	first := c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Description = aws.String("stays") })
	c.objects["code/new.zip"] = zipped(zipFile{"bootstrap", "#!/bin/sh\nexit 4\n", 0o755})
	updated, err := c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("probe"), Timeout: aws.Int32(9), RevisionId: first.RevisionId,
		Environment: &types.Environment{Variables: map[string]string{"NAME": "value"}},
		VpcConfig:   &types.VpcConfig{}, // the registry provider sends it empty
	})
	if err != nil {
		t.Fatal(err)
	}
	if *updated.Timeout != 9 || *updated.Description != "stays" || updated.Environment.Variables["NAME"] != "value" {
		t.Errorf("got %+v", updated)
	}
	_, err = c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("probe"), RevisionId: first.RevisionId,
	})
	wantError(t, err, "PreconditionFailedException", "Revision Id")
	code := &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("probe"), S3Bucket: aws.String("code"), S3Key: aws.String("new.zip"), DryRun: true}
	tried, err := c.client.UpdateFunctionCode(t.Context(), code)
	if err != nil || *tried.CodeSha256 == *first.CodeSha256 {
		t.Errorf("dry run: %v", err)
	}
	if got := c.invoke("probe", `{"do":"answer","answer":1}`); string(got.Payload) != "1" {
		t.Errorf("after a dry run: %s", got.Payload)
	}
	code.DryRun, code.Publish = false, true
	published, err := c.client.UpdateFunctionCode(t.Context(), code)
	if err != nil || *published.Version != "1" || *published.FunctionArn != probeARN+":1" {
		t.Fatalf("published %+v, error %v", published, err)
	}
	if got := c.invoke("probe", `{}`); !strings.Contains(string(got.Payload), "exit status 4") {
		t.Errorf("after the update: %s", got.Payload)
	}
	empty, err := c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("probe"), Environment: &types.Environment{Variables: map[string]string{}},
	})
	if err != nil || empty.Environment != nil {
		t.Errorf("environment %+v, error %v", empty.Environment, err)
	}
	_, err = c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("probe"), Role: aws.String("arn:aws:iam::111122223333:role/other"),
	})
	wantError(t, err, "InvalidParameterValueException", "cannot be assumed")
}

func TestDeleteFunction(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	if _, err := c.client.CreateFunctionUrlConfig(t.Context(), &sdk.CreateFunctionUrlConfigInput{
		FunctionName: aws.String("probe"), AuthType: types.FunctionUrlAuthTypeNone,
	}); err != nil {
		t.Fatal(err)
	}
	remove := func(qualifier *string) error {
		_, err := c.client.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("probe"), Qualifier: qualifier})
		return err
	}
	wantError(t, remove(aws.String("$LATEST")), "InvalidParameterValueException", "$LATEST version cannot be deleted")
	wantError(t, remove(aws.String("7")), "ResourceNotFoundException", probeARN+":7")
	for _, qualifier := range []*string{aws.String("1"), nil} {
		if err := remove(qualifier); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.client.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("probe")})
	wantError(t, err, "ResourceNotFoundException", "Function not found: "+probeARN)
	wantError(t, remove(nil), "ResourceNotFoundException", probeARN)
	if left := c.packages(); len(left) > 0 {
		t.Errorf("packages %v are left", left)
	}
	// The same name is a new function.
	if again := c.deploy("probe"); *again.Version != "$LATEST" {
		t.Errorf("version %s", *again.Version)
	}
	_, err = c.client.GetFunctionUrlConfig(t.Context(), &sdk.GetFunctionUrlConfigInput{FunctionName: aws.String("probe")})
	wantError(t, err, "ResourceNotFoundException", "does not exist")
}

func TestVersionsAndAliases(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) {
		in.Environment = &types.Environment{Variables: map[string]string{"WHICH": "one"}}
	})
	publish := func() string {
		out, err := c.client.PublishVersion(t.Context(), &sdk.PublishVersionInput{FunctionName: aws.String("probe")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Version
	}
	if first, again := publish(), publish(); first != "1" || again != "1" {
		t.Errorf("versions %s, %s without a change", first, again)
	}
	if _, err := c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("probe"), Environment: &types.Environment{Variables: map[string]string{"WHICH": "two"}},
	}); err != nil {
		t.Fatal(err)
	}
	if second := publish(); second != "2" {
		t.Errorf("version %s after a change", second)
	}
	live, err := c.client.CreateAlias(t.Context(), &sdk.CreateAliasInput{
		FunctionName: aws.String("probe"), Name: aws.String("live"), FunctionVersion: aws.String("1"),
	})
	if err != nil || *live.AliasArn != probeARN+":live" {
		t.Fatalf("alias %+v, error %v", live, err)
	}
	which := func(qualifier string) string {
		out, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{
			FunctionName: aws.String("probe:" + qualifier), Payload: []byte(`{"do":"environment"}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`WHICH=(\w+)`).FindSubmatch(out.Payload)
		return string(found[1]) + " " + *out.ExecutedVersion
	}
	if got := which("live"); got != "one 1" {
		t.Errorf("live runs %s", got)
	}
	if _, err := c.client.UpdateAlias(t.Context(), &sdk.UpdateAliasInput{
		FunctionName: aws.String("probe"), Name: aws.String("live"), FunctionVersion: aws.String("1"),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 1}},
	}); err != nil {
		t.Fatal(err)
	}
	if got := which("live"); got != "two 2" {
		t.Errorf("live runs %s", got)
	}
	config, err := c.client.GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: aws.String("probe"), Qualifier: aws.String("2")})
	if err != nil || *config.FunctionArn != probeARN+":2" || *config.Version != "2" {
		t.Errorf("configuration %+v, error %v", config, err)
	}
	versions, err := c.client.ListVersionsByFunction(t.Context(), &sdk.ListVersionsByFunctionInput{FunctionName: aws.String("probe")})
	if err != nil {
		t.Fatal(err)
	}
	var arns []string
	for _, v := range versions.Versions {
		arns = append(arns, strings.TrimPrefix(*v.FunctionArn, probeARN))
	}
	if !slices.Equal(arns, []string{":$LATEST", ":1", ":2"}) {
		t.Errorf("versions %v", arns)
	}
	aliases, err := c.client.ListAliases(t.Context(), &sdk.ListAliasesInput{FunctionName: aws.String("probe"), FunctionVersion: aws.String("2")})
	if err != nil || len(aliases.Aliases) != 1 {
		t.Errorf("aliases %+v, error %v", aliases, err)
	}
	_, err = c.client.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("probe"), Qualifier: aws.String("2")})
	wantError(t, err, "ResourceConflictException", "alias live refers to it")
	for range 2 { // deleting it again is no error
		if _, err := c.client.DeleteAlias(t.Context(), &sdk.DeleteAliasInput{FunctionName: aws.String("probe"), Name: aws.String("live")}); err != nil {
			t.Error(err)
		}
	}
	_, err = c.client.GetAlias(t.Context(), &sdk.GetAliasInput{FunctionName: aws.String("probe"), Name: aws.String("live")})
	wantError(t, err, "ResourceNotFoundException", "Cannot find alias arn: "+probeARN+":live")
}

func TestAliasErrors(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	create := func(name, version string, weights map[string]float64) error {
		in := &sdk.CreateAliasInput{FunctionName: aws.String("probe"), Name: &name, FunctionVersion: &version}
		if weights != nil {
			in.RoutingConfig = &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights}
		}
		_, err := c.client.CreateAlias(t.Context(), in)
		return err
	}
	if err := create("live", "1", nil); err != nil {
		t.Fatal(err)
	}
	wantError(t, create("live", "1", nil), "ResourceConflictException", "Alias already exists: "+probeARN+":live")
	wantError(t, create("7", "1", nil), "ValidationException", "'name'")
	wantError(t, create("next", "2", nil), "ResourceNotFoundException", probeARN+":2")
	wantError(t, create("next", "live", nil), "ValidationException", "'functionVersion'")
	wantError(t, create("next", "1", map[string]float64{"2": 0.5}), "ResourceNotFoundException", probeARN+":2")
	wantError(t, create("next", "1", map[string]float64{"1": 0.5}), "InvalidParameterValueException", "Invalid value")
	wantError(t, create("next", "$LATEST", map[string]float64{"1": 0.5}), "InvalidParameterValueException", "$LATEST is not supported")
}

func TestListFunctionsInPages(t *testing.T) {
	c := newCloud(t)
	for _, name := range []string{"a", "b", "c"} {
		c.deploy(name)
	}
	var names []string
	pages := sdk.NewListFunctionsPaginator(c.client, &sdk.ListFunctionsInput{MaxItems: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Functions {
			names = append(names, *f.FunctionName)
		}
	}
	if !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("names %v", names)
	}
	_, err := c.client.ListFunctions(t.Context(), &sdk.ListFunctionsInput{Marker: aws.String("?")})
	wantError(t, err, "InvalidParameterValueException", "Marker")
}

func TestSettings(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	name := aws.String("probe")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	before, err := c.client.GetFunctionConcurrency(ctx, &sdk.GetFunctionConcurrencyInput{FunctionName: name})
	must(err)
	_, err = c.client.PutFunctionConcurrency(ctx, &sdk.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: aws.Int32(5)})
	must(err)
	during, err := c.client.GetFunction(ctx, &sdk.GetFunctionInput{FunctionName: name})
	must(err)
	_, err = c.client.DeleteFunctionConcurrency(ctx, &sdk.DeleteFunctionConcurrencyInput{FunctionName: name})
	must(err)
	after, err := c.client.GetFunctionConcurrency(ctx, &sdk.GetFunctionConcurrencyInput{FunctionName: name})
	must(err)
	if before.ReservedConcurrentExecutions != nil || *during.Concurrency.ReservedConcurrentExecutions != 5 || after.ReservedConcurrentExecutions != nil {
		t.Errorf("concurrency %v, %v, %v", before, during.Concurrency, after)
	}
	_, err = c.client.PutFunctionConcurrency(ctx, &sdk.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: aws.Int32(901)})
	wantError(t, err, "InvalidParameterValueException", "minimum value of [100]")

	_, err = c.client.PutFunctionConcurrency(ctx, &sdk.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: aws.Int32(-1)})
	wantError(t, err, "InvalidParameterValueException", "from 0")
	c.deploy("second")
	_, err = c.client.PutFunctionConcurrency(ctx, &sdk.PutFunctionConcurrencyInput{FunctionName: aws.String("second"), ReservedConcurrentExecutions: aws.Int32(800)})
	must(err)
	_, err = c.client.PutFunctionConcurrency(ctx, &sdk.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: aws.Int32(101)})
	wantError(t, err, "InvalidParameterValueException", "minimum value of [100]")
	limits, err := c.client.GetAccountSettings(ctx, &sdk.GetAccountSettingsInput{})
	must(err)
	if *limits.AccountLimit.UnreservedConcurrentExecutions != 200 {
		t.Errorf("%d executions are not reserved", *limits.AccountLimit.UnreservedConcurrentExecutions)
	}
	_, err = c.client.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: aws.String("second")})
	must(err)

	_, err = c.client.TagResource(ctx, &sdk.TagResourceInput{Resource: aws.String(probeARN), Tags: map[string]string{"a": "1", "b": "2"}})
	must(err)
	_, err = c.client.UntagResource(ctx, &sdk.UntagResourceInput{Resource: aws.String(probeARN), TagKeys: []string{"a"}})
	must(err)
	tags, err := c.client.ListTags(ctx, &sdk.ListTagsInput{Resource: aws.String(probeARN)})
	must(err)
	if diff := cmp.Diff(map[string]string{"b": "2"}, tags.Tags); diff != "" {
		t.Error(diff)
	}
	_, err = c.client.ListTags(ctx, &sdk.ListTagsInput{Resource: aws.String("probe")})
	wantError(t, err, "InvalidParameterValueException", "not the ARN of a function")

	signing, err := c.client.GetFunctionCodeSigningConfig(ctx, &sdk.GetFunctionCodeSigningConfigInput{FunctionName: name})
	must(err)
	management, err := c.client.GetRuntimeManagementConfig(ctx, &sdk.GetRuntimeManagementConfigInput{FunctionName: name})
	must(err)
	recursion, err := c.client.GetFunctionRecursionConfig(ctx, &sdk.GetFunctionRecursionConfigInput{FunctionName: name})
	must(err)
	if *signing.CodeSigningConfigArn != "" || management.UpdateRuntimeOn != types.UpdateRuntimeOnAuto || recursion.RecursiveLoop != types.RecursiveLoopTerminate {
		t.Errorf("got %+v, %+v, %+v", signing, management, recursion)
	}
	_, err = c.client.GetProvisionedConcurrencyConfig(ctx, &sdk.GetProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: aws.String("1")})
	wantError(t, err, "ProvisionedConcurrencyConfigNotFoundException", "")
	provisioned, err := c.client.ListProvisionedConcurrencyConfigs(ctx, &sdk.ListProvisionedConcurrencyConfigsInput{FunctionName: name})
	must(err)
	if len(provisioned.ProvisionedConcurrencyConfigs) > 0 {
		t.Errorf("provisioned %+v", provisioned.ProvisionedConcurrencyConfigs)
	}
	tooMany := map[string]string{}
	for i := range 51 {
		tooMany[fmt.Sprint(i)] = ""
	}
	_, err = c.client.TagResource(ctx, &sdk.TagResourceInput{Resource: aws.String(probeARN), Tags: tooMany})
	wantError(t, err, "InvalidParameterValueException", "limit of 50 tags")
	c.layer("deps", zipFile{"a", "", 0o644})
	settings, err := c.client.GetAccountSettings(ctx, &sdk.GetAccountSettingsInput{})
	must(err)
	if settings.AccountUsage.FunctionCount != 1 || settings.AccountUsage.TotalCodeSize <= int64(len(probeZip)) ||
		settings.AccountLimit.CodeSizeUnzipped != 262144000 || *settings.AccountLimit.UnreservedConcurrentExecutions != 1000 {
		t.Errorf("account %+v, %+v", settings.AccountLimit, settings.AccountUsage)
	}
	_, err = c.client.InvokeWithResponseStream(ctx, &sdk.InvokeWithResponseStreamInput{FunctionName: name})
	wantError(t, err, "NotImplemented", "InvokeWithResponseStream")
	_, err = c.client.ListEventSourceMappings(ctx, &sdk.ListEventSourceMappingsInput{})
	wantError(t, err, "NotImplemented", "GET /2015-03-31/event-source-mappings")
}

// TestReferences names one function in every way that the API takes.
func TestReferences(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	for name, want := range map[string]string{
		"probe":                       probeARN,
		"probe:1":                     probeARN + ":1",
		"111122223333:function:probe": probeARN,
		probeARN:                      probeARN,
		probeARN + ":1":               probeARN + ":1",
		"function:probe":              probeARN,
	} {
		out, err := c.client.GetFunction(context.Background(), &sdk.GetFunctionInput{FunctionName: &name})
		if err != nil || *out.Configuration.FunctionArn != want {
			t.Errorf("%s: %v, error %v", name, out, err)
		}
	}
}

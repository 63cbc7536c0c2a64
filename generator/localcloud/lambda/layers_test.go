package lambda

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/localcloud/api"
)

const layerARN = "arn:aws:lambda:eu-west-2:111122223333:layer:"

// layer publishes a version of a layer and returns its ARN.
func (c *cloud) layer(name string, files ...zipFile) string {
	c.Helper()
	out, err := c.client.PublishLayerVersion(c.Context(), &sdk.PublishLayerVersionInput{
		LayerName: &name, Content: &types.LayerVersionContentInput{ZipFile: zipped(files...)},
	})
	if err != nil {
		c.Fatal(err)
	}
	return *out.LayerVersionArn
}

func TestLayerVersions(t *testing.T) {
	c := newCloud(t)
	ctx := t.Context()
	c.objects["code/layer.zip"] = zipped(zipFile{"python/dep.py", "x = 1\n", 0o644})
	published, err := c.client.PublishLayerVersion(ctx, &sdk.PublishLayerVersionInput{
		LayerName: aws.String("deps"), Description: aws.String("first"), LicenseInfo: aws.String("MIT"),
		Content:            &types.LayerVersionContentInput{S3Bucket: aws.String("code"), S3Key: aws.String("layer.zip")},
		CompatibleRuntimes: []types.Runtime{types.RuntimePython313}, CompatibleArchitectures: []types.Architecture{types.ArchitectureX8664},
	})
	if err != nil {
		t.Fatal(err)
	}
	if *published.LayerArn != layerARN+"deps" || *published.LayerVersionArn != layerARN+"deps:1" || published.Version != 1 {
		t.Errorf("published %+v", published)
	}
	wantNeeded := []api.Access{
		{Action: "lambda:PublishLayerVersion", Resource: layerARN + "deps", Owner: account},
		{Action: "s3:GetObject", Resource: "arn:aws:s3:::code/layer.zip"},
	}
	if diff := cmp.Diff(wantNeeded, c.lastNeeded()); diff != "" {
		t.Error(diff)
	}
	c.layer("deps", zipFile{"python/dep.py", "x = 2\n", 0o644})
	c.layer("other", zipFile{"bin/tool", "", 0o755})

	got, err := c.client.GetLayerVersion(ctx, &sdk.GetLayerVersionInput{LayerName: aws.String("deps"), VersionNumber: aws.Int64(1)})
	if err != nil {
		t.Fatal(err)
	}
	byARN, err := c.client.GetLayerVersionByArn(ctx, &sdk.GetLayerVersionByArnInput{Arn: published.LayerVersionArn})
	if err != nil {
		t.Fatal(err)
	}
	if *got.Description != "first" || *got.LicenseInfo != "MIT" || got.Content.CodeSize == 0 || *got.Content.CodeSha256 != *byARN.Content.CodeSha256 ||
		!slices.Equal(got.CompatibleRuntimes, []types.Runtime{types.RuntimePython313}) ||
		!slices.Equal(got.CompatibleArchitectures, []types.Architecture{types.ArchitectureX8664}) || *got.CreatedDate != *published.CreatedDate {
		t.Errorf("got %+v", got)
	}
	if needed := c.lastNeeded()[0]; needed.Action != "lambda:GetLayerVersion" || needed.Resource != layerARN+"deps:1" {
		t.Errorf("reading by ARN needs %+v", needed)
	}

	versions := func(in sdk.ListLayerVersionsInput) (numbers []int64) {
		t.Helper()
		pages := sdk.NewListLayerVersionsPaginator(c.client, &in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page.LayerVersions {
				numbers = append(numbers, v.Version)
			}
		}
		return numbers
	}
	if got := versions(sdk.ListLayerVersionsInput{LayerName: aws.String(layerARN + "deps"), MaxItems: aws.Int32(1)}); !slices.Equal(got, []int64{2, 1}) {
		t.Errorf("versions %v", got)
	}
	if got := versions(sdk.ListLayerVersionsInput{LayerName: aws.String("deps"), CompatibleRuntime: types.RuntimePython313}); !slices.Equal(got, []int64{1}) {
		t.Errorf("versions for Python %v", got)
	}
	layers, err := c.client.ListLayers(ctx, &sdk.ListLayersInput{})
	if err != nil || len(layers.Layers) != 2 || layers.Layers[0].LatestMatchingVersion.Version != 2 || *layers.Layers[1].LayerArn != layerARN+"other" {
		t.Errorf("layers %+v, error %v", layers, err)
	}
	for range 2 { // deleting it again is no error
		if _, err := c.client.DeleteLayerVersion(ctx, &sdk.DeleteLayerVersionInput{LayerName: aws.String("deps"), VersionNumber: aws.Int64(2)}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.client.GetLayerVersion(ctx, &sdk.GetLayerVersionInput{LayerName: aws.String("deps"), VersionNumber: aws.Int64(2)})
	wantError(t, err, "ResourceNotFoundException", "The resource you requested does not exist.")
	if arn := c.layer("deps", zipFile{"a", "", 0o644}); arn != layerARN+"deps:3" {
		t.Errorf("a number was given again: %s", arn)
	}
	if got := len(c.packages()); got != 3 {
		t.Errorf("%d packages are kept, want 3", got)
	}
}

func TestLayerErrors(t *testing.T) {
	c := newCloud(t)
	c.layer("deps", zipFile{"a", "", 0o644})
	publish := func(edit func(*sdk.PublishLayerVersionInput)) error {
		in := &sdk.PublishLayerVersionInput{
			LayerName: aws.String("deps"), Content: &types.LayerVersionContentInput{ZipFile: zipped(zipFile{"a", "", 0o644})},
		}
		edit(in)
		_, err := c.client.PublishLayerVersion(t.Context(), in)
		return err
	}
	get := func(name string, version int64) error {
		_, err := c.client.GetLayerVersion(t.Context(), &sdk.GetLayerVersionInput{LayerName: &name, VersionNumber: &version})
		return err
	}
	byARN := func(arn string) error {
		_, err := c.client.GetLayerVersionByArn(t.Context(), &sdk.GetLayerVersionByArnInput{Arn: &arn})
		return err
	}
	tests := map[string]struct {
		err           error
		code, message string
	}{
		"name":          {publish(func(in *sdk.PublishLayerVersionInput) { in.LayerName = aws.String("a b") }), "ValidationException", "'layerName'"},
		"runtime":       {publish(func(in *sdk.PublishLayerVersionInput) { in.CompatibleRuntimes = []types.Runtime{"cobol"} }), "ValidationException", "'compatibleRuntimes'"},
		"architecture":  {publish(func(in *sdk.PublishLayerVersionInput) { in.CompatibleArchitectures = []types.Architecture{"m68k"} }), "ValidationException", "'compatibleArchitectures'"},
		"description":   {publish(func(in *sdk.PublishLayerVersionInput) { in.Description = aws.String(strings.Repeat("x", 257)) }), "ValidationException", "'description'"},
		"no zip":        {publish(func(in *sdk.PublishLayerVersionInput) { in.Content.ZipFile = []byte("x") }), "InvalidParameterValueException", "Could not unzip"},
		"no content":    {publish(func(in *sdk.PublishLayerVersionInput) { in.Content.ZipFile = nil }), "InvalidParameterValueException", "Please provide a source"},
		"missing":       {get("nothing", 1), "ResourceNotFoundException", "does not exist"},
		"version":       {get("deps", 7), "ResourceNotFoundException", "does not exist"},
		"version zero":  {get("deps", 0), "ValidationException", "'versionNumber'"},
		"other region":  {get("arn:aws:lambda:us-east-1:111122223333:layer:deps", 1), "ResourceNotFoundException", "not reachable in this region"},
		"ARN's form":    {byARN(layerARN + "deps"), "ValidationException", "'arn'"},
		"ARN elsewhere": {byARN("arn:aws:lambda:us-east-1:111122223333:layer:deps:1"), "ResourceNotFoundException", "not reachable in this region"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { wantError(t, test.err, test.code, test.message) })
	}
}

func TestLayerPolicy(t *testing.T) {
	c := newCloud(t)
	ctx := t.Context()
	c.layer("deps", zipFile{"a", "", 0o644})
	name, one := aws.String("deps"), aws.Int64(1)
	policy := &sdk.GetLayerVersionPolicyInput{LayerName: name, VersionNumber: one}
	_, err := c.client.GetLayerVersionPolicy(ctx, policy)
	wantError(t, err, "ResourceNotFoundException", "does not exist")
	add := func(sid, principal string, organization *string) (*sdk.AddLayerVersionPermissionOutput, error) {
		return c.client.AddLayerVersionPermission(ctx, &sdk.AddLayerVersionPermissionInput{
			LayerName: name, VersionNumber: one, StatementId: &sid, Principal: &principal,
			Action: aws.String("lambda:GetLayerVersion"), OrganizationId: organization,
		})
	}
	added, err := add("all", "*", aws.String("o-a1b2c3d4e5"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Sid":"all","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion",` +
		`"Resource":"` + layerARN + `deps:1","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}`
	if *added.Statement != want {
		t.Errorf("statement %s", *added.Statement)
	}
	if _, err := add("one", "999999999999", nil); err != nil {
		t.Fatal(err)
	}
	_, err = add("one", "999999999999", nil)
	wantError(t, err, "ResourceConflictException", "already exists")
	_, err = add("two", "999999999999", aws.String("o-a1b2c3d4e5"))
	wantError(t, err, "InvalidParameterValueException", "OrganizationId")
	if _, err := c.client.RemoveLayerVersionPermission(ctx, &sdk.RemoveLayerVersionPermissionInput{LayerName: name, VersionNumber: one, StatementId: aws.String("all")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.client.RemoveLayerVersionPermission(ctx, &sdk.RemoveLayerVersionPermissionInput{LayerName: name, VersionNumber: one, StatementId: aws.String("all")})
	wantError(t, err, "ResourceNotFoundException", "Statement all is not found")
	got, err := c.client.GetLayerVersionPolicy(ctx, policy)
	if err != nil {
		t.Fatal(err)
	}
	want = `{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"one","Effect":"Allow",` +
		`"Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"lambda:GetLayerVersion","Resource":"` + layerARN + `deps:1"}]}`
	if *got.Policy != want {
		t.Errorf("policy %s", *got.Policy)
	}
	// Whoever makes a function with the layer is asked for with this policy.
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Layers = []string{layerARN + "deps:1"} })
	needed := c.lastNeeded()
	wantUse := api.Access{Action: "lambda:GetLayerVersion", Resource: layerARN + "deps:1", Owner: account, Policy: want}
	if diff := cmp.Diff(wantUse, needed[len(needed)-1]); diff != "" {
		t.Error(diff)
	}
	if got := needed[0].Context["lambda:layer"]; !slices.Equal(got, []string{layerARN + "deps:1"}) {
		t.Errorf("lambda:Layer is %v", got)
	}
}

func TestFunctionsWithLayers(t *testing.T) {
	c := newCloud(t)
	ctx := t.Context()
	first := c.layer("first", zipFile{"bin/tool", "#!/bin/sh\necho first\n", 0o755}, zipFile{"bin/kept", "#!/bin/sh\necho kept\n", 0o755})
	second := c.layer("second", zipFile{"bin/tool", "#!/bin/sh\necho second\n", 0o755})
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Layers = []string{first, second} })
	run := func(program string) string {
		t.Helper()
		return string(c.invoke("probe", fmt.Sprintf(`{"do":"run","text":%q}`, program)).Payload)
	}
	// A later layer's file hides an earlier one's.
	if got, kept := run("tool"), run("kept"); got != `"second\n"` || kept != `"kept\n"` {
		t.Errorf("tool %s, kept %s", got, kept)
	}
	// A layer that was deleted goes on working for those who have it.
	if _, err := c.client.DeleteLayerVersion(ctx, &sdk.DeleteLayerVersionInput{LayerName: aws.String("first"), VersionNumber: aws.Int64(1)}); err != nil {
		t.Fatal(err)
	}
	updated, err := c.client.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: aws.String("probe"), Description: aws.String("x")})
	if err != nil || len(updated.Layers) != 2 || *updated.Layers[0].Arn != first || updated.Layers[0].CodeSize == 0 {
		t.Fatalf("updated %+v, error %v", updated, err)
	}
	if kept := run("kept"); kept != `"kept\n"` {
		t.Errorf("kept %s", kept)
	}
	update := func(layers ...string) error {
		_, err := c.client.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: aws.String("probe"), Layers: layers})
		return err
	}
	wantError(t, update(first), "InvalidParameterValueException", "Layer version "+first+" does not exist.")
	wantError(t, update(second, second), "InvalidParameterValueException", "Two different versions of the same layer")
	wantError(t, update("arn:aws:lambda:us-east-1:111122223333:layer:second:1"), "InvalidParameterValueException", "expected to be in region eu-west-2")
	wantError(t, update("second"), "ValidationException", "'arn'")
	many := make([]string, maxLayers+1)
	for i := range many {
		many[i] = fmt.Sprintf("%sl%d:1", layerARN, i)
	}
	wantError(t, update(many...), "InvalidParameterValueException", "more than 5 layers")

	// With the last function that has it the content goes.
	if err := update(second); err != nil {
		t.Fatal(err)
	}
	if got := run("tool"); got != `"second\n"` {
		t.Errorf("tool %s", got)
	}
	// The environment with the layer of old goes on until its process has ended.
	for deadline := time.Now().Add(10 * time.Second); len(c.packages()) != 2 && time.Now().Before(deadline); runtime.Gosched() {
	}
	if got := c.packages(); len(got) != 2 {
		t.Errorf("packages %v, want the function's and a layer's", got)
	}
	updated, err = c.client.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: aws.String("probe"), Layers: []string{}})
	if err != nil || len(updated.Layers) != 0 {
		t.Errorf("layers %v, error %v", updated.Layers, err)
	}
	if got := run("tool"); !strings.Contains(got, "executable file not found") {
		t.Errorf("without layers: %s", got)
	}
}

func TestRuntimeInALayer(t *testing.T) {
	c := newCloud(t)
	program, err := os.ReadFile(filepath.Join(c.packageOf(c.deploy("probe")), "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	layer := c.layer("runtime", zipFile{"bootstrap", string(program), 0o755})
	c.deploy("other", func(in *sdk.CreateFunctionInput) {
		in.Layers, in.Code = []string{layer}, &types.FunctionCode{ZipFile: zipped(zipFile{"data", "", 0o644})}
	})
	if got := string(c.invoke("other", `{"do":"answer","answer":5}`).Payload); got != "5" {
		t.Errorf("got %s", got)
	}
}

// packageOf is the folder of a function's code.
func (c *cloud) packageOf(f *sdk.CreateFunctionOutput) string {
	return c.service.packages.path(*f.CodeSha256)
}

func TestUnzippedLimit(t *testing.T) {
	c := newCloud(t)
	c.service.packages.limit = 20 << 20
	layer := func(name string, size int) string {
		out, err := c.client.PublishLayerVersion(t.Context(), &sdk.PublishLayerVersionInput{
			LayerName: &name, Content: &types.LayerVersionContentInput{ZipFile: deflated(size)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return *out.LayerVersionArn
	}
	layers := []string{layer("a", 10<<20), layer("b", 9<<20)}
	in := probeInput("probe")
	in.Code, in.Layers = &types.FunctionCode{ZipFile: deflated(1<<20 + 1)}, layers
	_, err := c.client.CreateFunction(t.Context(), in)
	wantError(t, err, "InvalidParameterValueException", "Function code combined with layers exceeds the maximum allowed size of 20971520 bytes. The actual size is 20971521 bytes.")
	in.Code = &types.FunctionCode{ZipFile: deflated(1 << 20)}
	if _, err := c.client.CreateFunction(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	_, err = c.client.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: in.FunctionName, ZipFile: deflated(1<<20 + 1)})
	wantError(t, err, "InvalidParameterValueException", "combined with layers")
	_, err = c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: in.FunctionName, Layers: append(layers, layer("c", 1)),
	})
	wantError(t, err, "InvalidParameterValueException", "combined with layers")
}

// TestMergedLayers merges layers that try to lead each other astray.
func TestMergedLayers(t *testing.T) {
	c := newCloud(t)
	outside := t.TempDir()
	tests := map[string]struct {
		layers [][]zipFile
		path   string
		want   string // content; empty when the path must not be a file
	}{
		"folder over a link": {[][]zipFile{{{"python", outside, 0o777 | os.ModeSymlink}}, {{"python/evil", "x", 0o644}}}, "python/evil", "x"},
		"file over a link":   {[][]zipFile{{{"a", filepath.Join(outside, "evil"), 0o777 | os.ModeSymlink}}, {{"a", "x", 0o644}}}, "a", "x"},
		"link over a folder": {[][]zipFile{{{"a/b", "x", 0o644}}, {{"c", "y", 0o644}, {"a", "c", 0o777 | os.ModeSymlink}}}, "a", "y"},
		"file over a folder": {[][]zipFile{{{"a/b", "x", 0o644}}, {{"a", "y", 0o644}}}, "a", "y"},
		"folder over a file": {[][]zipFile{{{"a", "x", 0o644}}, {{"a/b", "y", 0o644}}}, "a/b", "y"},
		"folders together":   {[][]zipFile{{{"a/b", "x", 0o644}}, {{"a/c", "y", 0o644}}}, "a/b", "x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var sums []string
			for _, files := range test.layers {
				pkg, err := c.service.packages.add(strings.NewReader(string(zipped(files...))))
				if err != nil {
					t.Fatal(err)
				}
				sums = append(sums, pkg.SHA256)
			}
			dir, release, err := c.service.packages.opt(sums)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, test.path))
			if err != nil || string(got) != test.want {
				t.Errorf("got %q, error %v", got, err)
			}
			release()
			for _, sum := range sums {
				c.service.packages.release(sum)
			}
			left := c.packages()
			if there, err := os.ReadDir(outside); err != nil || len(there)+len(left) > 0 {
				t.Errorf("outside are %v, left %v, error %v", there, left, err)
			}
		})
	}
}

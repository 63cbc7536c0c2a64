package cloudfront_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"sendform/generator/localcloud/servicetest"
)

const passOn = "function handler(event) { console.log('seen', event.request.uri); return event.request; }"

func functionConfig(comment string) *types.FunctionConfig {
	return &types.FunctionConfig{Comment: &comment, Runtime: types.FunctionRuntimeCloudfrontJs20}
}

// function makes one and returns its entity tag.
func (c cloud) function(name, comment string) *string {
	c.Helper()
	out, err := c.CreateFunction(c.Context(), &sdk.CreateFunctionInput{Name: &name, FunctionConfig: functionConfig(comment), FunctionCode: []byte(passOn)})
	c.Must(err)
	return out.ETag
}

func (c cloud) publish(name string, etag *string) {
	c.Helper()
	_, err := c.PublishFunction(c.Context(), &sdk.PublishFunctionInput{Name: &name, IfMatch: etag})
	c.Must(err)
}

func TestFunctionThroughItsStages(t *testing.T) {
	c := open(t)
	name := aws.String("rewrite")
	etag := c.function(*name, "first")
	describe := func(stage types.FunctionStage) (comment, status string, err error) {
		out, err := c.DescribeFunction(t.Context(), &sdk.DescribeFunctionInput{Name: name, Stage: stage})
		if err != nil {
			return "", "", err
		}
		return *out.FunctionSummary.FunctionConfig.Comment, *out.FunctionSummary.Status, nil
	}
	want := func(stage types.FunctionStage, comment, status string) {
		t.Helper()
		if gotComment, gotStatus, err := describe(stage); err != nil || gotComment != comment || gotStatus != status {
			t.Errorf("%s: %s, %s (%v); want %s, %s", stage, gotComment, gotStatus, err, comment, status)
		}
	}
	want("", "first", "UNPUBLISHED")
	_, _, err := describe("LIVE")
	servicetest.WantError(t, err, "NoSuchFunctionExists", "")
	c.publish(*name, etag)
	want("LIVE", "first", "UNASSOCIATED")
	changed, err := c.UpdateFunction(t.Context(), &sdk.UpdateFunctionInput{
		Name: name, IfMatch: etag, FunctionConfig: functionConfig("second"), FunctionCode: []byte(passOn + " // changed"),
	})
	c.Must(err)
	want("DEVELOPMENT", "second", "UNASSOCIATED")
	want("LIVE", "first", "UNASSOCIATED")
	code, err := c.GetFunction(t.Context(), &sdk.GetFunctionInput{Name: name, Stage: types.FunctionStageDevelopment})
	c.Must(err)
	if string(code.FunctionCode) != passOn+" // changed" || *code.ETag != *changed.ETag {
		t.Errorf("the code is %s of %s", code.FunctionCode, *code.ETag)
	}

	tested, err := c.TestFunction(t.Context(), &sdk.TestFunctionInput{
		Name: name, IfMatch: changed.ETag, Stage: types.FunctionStageDevelopment,
		EventObject: []byte(`{"version":"1.0","context":{"eventType":"viewer-request"},"viewer":{"ip":"192.0.2.1"},"request":{"method":"GET","uri":"/a","headers":{},"cookies":{},"querystring":{}}}`),
	})
	c.Must(err)
	if r := tested.TestResult; aws.ToString(r.FunctionErrorMessage) != "" || !strings.Contains(*r.FunctionOutput, `"uri":"/a"`) || !strings.Contains(strings.Join(r.FunctionExecutionLogs, "\n"), "seen /a") {
		t.Errorf("a test ends with %+v: %s", r, aws.ToString(r.FunctionOutput))
	}

	remove := func(etag *string) error {
		_, err := c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{Name: name, IfMatch: etag})
		return err
	}
	servicetest.WantError(t, remove(etag), "PreconditionFailed", "")
	run := func(d *types.DistributionConfig) {
		d.DefaultCacheBehavior.FunctionAssociations = viewer("viewer-request", *name)
	}
	c.use("runs it", run, func() {
		want("LIVE", "first", "ASSOCIATED")
		servicetest.WantError(t, remove(changed.ETag), "FunctionInUse", "")
	})
	c.Must(remove(changed.ETag))
	servicetest.WantError(t, remove(changed.ETag), "NoSuchFunctionExists", "")
}

func TestFunctionsThatCannotBe(t *testing.T) {
	c := open(t)
	etag := c.function("there", "")
	create := func(name string, edit func(*sdk.CreateFunctionInput)) error {
		in := &sdk.CreateFunctionInput{Name: &name, FunctionConfig: functionConfig(""), FunctionCode: []byte(passOn)}
		edit(in)
		_, err := c.CreateFunction(t.Context(), in)
		return err
	}
	asItIs := func(*sdk.CreateFunctionInput) {}
	servicetest.WantError(t, create("there", asItIs), "FunctionAlreadyExists", "")
	servicetest.WantError(t, create("no name", asItIs), "InvalidArgument", "Name")
	servicetest.WantError(t, create("f", func(in *sdk.CreateFunctionInput) { in.FunctionConfig.Runtime = "cloudfront-js-3.0" }), "InvalidArgument", "Runtime")
	servicetest.WantError(t, create("f", func(in *sdk.CreateFunctionInput) { in.FunctionCode = []byte{} }), "InvalidArgument", "FunctionCode")
	servicetest.WantError(t, create("f", func(in *sdk.CreateFunctionInput) { in.FunctionCode = []byte(strings.Repeat(" ", 10_241)) }), "FunctionSizeLimitExceeded", "")
	servicetest.WantError(t, create("f", func(in *sdk.CreateFunctionInput) { in.FunctionConfig.Comment = aws.String(strings.Repeat("c", 129)) }), "InvalidArgument", "Comment")

	name, none := aws.String("there"), aws.String("none")
	for code, call := range map[string]func(name, etag *string) error{
		"UpdateFunction": func(name, etag *string) error {
			_, err := c.UpdateFunction(t.Context(), &sdk.UpdateFunctionInput{Name: name, IfMatch: etag, FunctionConfig: functionConfig(""), FunctionCode: []byte(passOn)})
			return err
		},
		"PublishFunction": func(name, etag *string) error {
			_, err := c.PublishFunction(t.Context(), &sdk.PublishFunctionInput{Name: name, IfMatch: etag})
			return err
		},
		"TestFunction": func(name, etag *string) error {
			_, err := c.TestFunction(t.Context(), &sdk.TestFunctionInput{Name: name, IfMatch: etag, EventObject: []byte("{}")})
			return err
		},
	} {
		t.Run(code, func(t *testing.T) {
			servicetest.WantError(t, call(none, etag), "NoSuchFunctionExists", "")
			servicetest.WantError(t, call(name, aws.String("EOTHER")), "PreconditionFailed", "")
		})
	}
	// One that is not published is for nobody.
	_, err := c.CreateDistribution(t.Context(), &sdk.CreateDistributionInput{DistributionConfig: distributionConfig("early", func(d *types.DistributionConfig) {
		d.DefaultCacheBehavior.FunctionAssociations = viewer("viewer-request", "there")
	})})
	servicetest.WantError(t, err, "InvalidFunctionAssociation", "not published")

	for i := range 99 {
		c.function(fmt.Sprint("f", i), "")
	}
	servicetest.WantError(t, create("more", asItIs), "TooManyFunctions", "100")
	_, err = c.ListFunctions(t.Context(), &sdk.ListFunctionsInput{Stage: "STAGING"})
	servicetest.WantError(t, err, "InvalidArgument", "Stage")
	listed, err := c.ListFunctions(t.Context(), &sdk.ListFunctionsInput{Stage: types.FunctionStageLive})
	c.Must(err)
	if n := *listed.FunctionList.Quantity; n != 0 {
		t.Errorf("%d functions are live", n)
	}
}

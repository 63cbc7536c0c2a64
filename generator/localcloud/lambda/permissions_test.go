package lambda

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func TestPermissions(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	add := func(in sdk.AddPermissionInput) error {
		in.FunctionName = aws.String("probe")
		_, err := c.client.AddPermission(t.Context(), &in)
		return err
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.client.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: aws.String("probe")})
	wantError(t, err, "ResourceNotFoundException", "The resource you requested does not exist.")
	must(add(sdk.AddPermissionInput{
		StatementId: aws.String("url"), Action: aws.String("lambda:InvokeFunctionUrl"), Principal: aws.String("*"),
		FunctionUrlAuthType: types.FunctionUrlAuthTypeNone,
	}))
	must(add(sdk.AddPermissionInput{
		StatementId: aws.String("invoke"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"),
		InvokedViaFunctionUrl: aws.Bool(true),
	}))
	must(add(sdk.AddPermissionInput{
		StatementId: aws.String("cdn"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("cloudfront.amazonaws.com"),
		SourceArn: aws.String("arn:aws:cloudfront::111122223333:distribution/E1"), SourceAccount: aws.String(account),
	}))
	must(add(sdk.AddPermissionInput{
		StatementId: aws.String("other"), Action: aws.String("lambda:GetFunction"), Principal: aws.String("444455556666"),
	}))
	must(add(sdk.AddPermissionInput{
		StatementId: aws.String("one"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"), Qualifier: aws.String("1"),
	}))
	got, err := c.client.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: aws.String("probe")})
	must(err)
	want := `{"Version":"2012-10-17","Id":"default","Statement":[` +
		`{"Sid":"url","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"` + probeARN + `","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}},` +
		`{"Sid":"invoke","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"` + probeARN + `","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}},` +
		`{"Sid":"cdn","Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"` + probeARN + `","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:cloudfront::111122223333:distribution/E1"},"StringEquals":{"AWS:SourceAccount":"111122223333"}}},` +
		`{"Sid":"other","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"lambda:GetFunction","Resource":"` + probeARN + `"}]}`
	if *got.Policy != want {
		t.Errorf("got  %s\nwant %s", *got.Policy, want)
	}
	// The policy goes along with what a call needs; a version has its own.
	c.invoke("probe", `{}`)
	if needed := c.lastNeeded(); len(needed) != 1 || needed[0].Policy != want || needed[0].Resource != probeARN {
		t.Errorf("needed %+v", needed)
	}
	c.invoke("probe:1", `{}`)
	if needed := c.lastNeeded(); needed[0].Resource != probeARN+":1" || !strings.Contains(needed[0].Policy, `"Sid":"one"`) || strings.Contains(needed[0].Policy, "cdn") {
		t.Errorf("needed %+v", needed)
	}
	remove := func(sid string) error {
		_, err := c.client.RemovePermission(t.Context(), &sdk.RemovePermissionInput{FunctionName: aws.String("probe"), StatementId: &sid})
		return err
	}
	wantError(t, remove("nobody"), "ResourceNotFoundException", "Statement nobody is not found in resource policy.")
	for _, sid := range []string{"url", "invoke", "cdn", "other"} {
		must(remove(sid))
	}
	wantError(t, remove("url"), "ResourceNotFoundException", "No policy is associated with the given resource.")

	errs := map[string]struct {
		in            sdk.AddPermissionInput
		code, message string
	}{
		"auth type on invoke":      {sdk.AddPermissionInput{Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"), FunctionUrlAuthType: types.FunctionUrlAuthTypeNone}, "InvalidParameterValueException", "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"},
		"via URL on URL":           {sdk.AddPermissionInput{Action: aws.String("lambda:InvokeFunctionUrl"), Principal: aws.String("*"), InvokedViaFunctionUrl: aws.Bool(true)}, "InvalidParameterValueException", "InvokedViaFunctionUrl"},
		"principal":                {sdk.AddPermissionInput{Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("me")}, "InvalidParameterValueException", "The provided principal was invalid"},
		"action":                   {sdk.AddPermissionInput{Action: aws.String("s3:GetObject"), Principal: aws.String("*")}, "ValidationException", "'action'"},
		"$LATEST":                  {sdk.AddPermissionInput{Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"), Qualifier: aws.String("$LATEST")}, "InvalidParameterValueException", "$LATEST"},
		"qualifier that is not":    {sdk.AddPermissionInput{Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"), Qualifier: aws.String("2")}, "ResourceNotFoundException", probeARN + ":2"},
		"statement that is":        {sdk.AddPermissionInput{Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"), Qualifier: aws.String("1"), StatementId: aws.String("one")}, "ResourceConflictException", "The statement id (one) provided already exists."},
		"revision that is not now": {sdk.AddPermissionInput{Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"), Qualifier: aws.String("1"), RevisionId: aws.String("x")}, "PreconditionFailedException", ""},
		"too long":                 {sdk.AddPermissionInput{Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"), EventSourceToken: aws.String(strings.Repeat("x", 20500))}, "PolicyLengthExceededException", "bigger than the limit (20480)"},
	}
	for name, test := range errs {
		t.Run(name, func(t *testing.T) {
			if test.in.StatementId == nil {
				test.in.StatementId = aws.String("sid")
			}
			wantError(t, add(test.in), test.code, test.message)
		})
	}
}

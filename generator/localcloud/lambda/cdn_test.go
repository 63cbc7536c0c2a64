package lambda

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// TestWhoMayUseURLs evaluates what requests over URLs need, as the front door does.
func TestWhoMayUseURLs(t *testing.T) {
	c := newCloud(t)
	const distribution = "arn:aws:cloudfront::111122223333:distribution/E1"
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	if _, err := c.client.CreateAlias(t.Context(), &sdk.CreateAliasInput{FunctionName: aws.String("probe"), Name: aws.String("live"), FunctionVersion: aws.String("1")}); err != nil {
		t.Fatal(err)
	}
	cdn := c.publish(sdk.CreateFunctionUrlConfigInput{FunctionName: aws.String("probe"), Qualifier: aws.String("live"), AuthType: types.FunctionUrlAuthTypeAwsIam})
	public := c.publish(sdk.CreateFunctionUrlConfigInput{FunctionName: aws.String("probe"), AuthType: types.FunctionUrlAuthTypeNone})
	for sid, in := range map[string]sdk.AddPermissionInput{
		"cdn-url": {
			Qualifier: aws.String("live"), Action: aws.String("lambda:InvokeFunctionUrl"), Principal: aws.String("cloudfront.amazonaws.com"),
			SourceArn: aws.String(distribution), FunctionUrlAuthType: types.FunctionUrlAuthTypeAwsIam,
		},
		"cdn-invoke": {
			Qualifier: aws.String("live"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("cloudfront.amazonaws.com"),
			SourceArn: aws.String(distribution), InvokedViaFunctionUrl: aws.Bool(true),
		},
		"all-url":    {Action: aws.String("lambda:InvokeFunctionUrl"), Principal: aws.String("*"), FunctionUrlAuthType: types.FunctionUrlAuthTypeNone},
		"all-invoke": {Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"), InvokedViaFunctionUrl: aws.Bool(true)},
	} {
		in.FunctionName, in.StatementId = aws.String("probe"), &sid
		if _, err := c.client.AddPermission(t.Context(), &in); err != nil {
			t.Fatal(err)
		}
	}
	// ask says which of the accesses a principal is refused.
	ask := func(p api.Principal, needed []api.Access, keys map[string][]string) (refused []string) {
		for _, access := range needed {
			all := maps.Clone(keys)
			maps.Copy(all, access.Context)
			var denied *identity.Denied
			err := identity.Evaluate(identity.Question{Principal: p, Access: access, Keys: all}, identity.Policies{})
			if errors.As(err, &denied) {
				refused = append(refused, access.Action)
			} else if err != nil {
				t.Error(err)
			}
		}
		return refused
	}
	service := func(name string) api.Principal { return api.Principal{Kind: api.AWSService, ARN: name} }
	from := func(arn string) map[string][]string { return map[string][]string{"aws:sourcearn": {arn}} }
	both := "lambda:InvokeFunctionUrl lambda:InvokeFunction"
	tests := map[string]struct {
		host      string
		principal api.Principal
		keys      map[string][]string
		refused   string
	}{
		"distribution":         {cdn, service("cloudfront.amazonaws.com"), from(distribution), ""},
		"another distribution": {cdn, service("cloudfront.amazonaws.com"), from(distribution + "2"), both},
		"no distribution":      {cdn, service("cloudfront.amazonaws.com"), map[string][]string{}, both},
		"another service":      {cdn, service("events.amazonaws.com"), from(distribution), both},
		"another account":      {cdn, api.Principal{Kind: api.Root, Account: "999999999999"}, map[string][]string{}, both},
		"the own account":      {cdn, api.Principal{Kind: api.Root, Account: account}, map[string][]string{}, ""},
		"anybody":              {public, api.Principal{Kind: api.Anonymous}, map[string][]string{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c.mu.Lock()
			c.caller = test.principal
			c.mu.Unlock()
			if response, body := c.request(http.MethodPost, test.host, "/", answering("1"), "Content-Type", "application/json"); response.StatusCode != 200 || body != "1" {
				t.Errorf("status %d, body %s", response.StatusCode, body)
			}
			if got := strings.Join(ask(test.principal, c.lastNeeded(), test.keys), " "); got != test.refused {
				t.Errorf("refused %q, want %q", got, test.refused)
			}
		})
	}
	// What is given for the URL does not allow a direct call.
	direct := c.service.access("InvokeFunction", reference{account, region, "probe", ""})
	if got := ask(api.Principal{Kind: api.Anonymous}, []api.Access{direct}, map[string][]string{}); len(got) != 1 {
		t.Error("anybody may call the function directly")
	}
}

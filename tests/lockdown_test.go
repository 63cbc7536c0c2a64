package tests

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/lifecycle"
)

// TestLockDownIsTried takes single bolts away behind Terraform's back: the attempts
// must find each of them.
func TestLockDownIsTried(t *testing.T) {
	t.Parallel()
	target := load(t, "qa")
	if !target.LockDown {
		t.Fatal("qa is not locked down")
	}
	s, _ := stage(t, target)
	ctx := t.Context()
	if err := s.Build(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(ctx); err != nil {
		t.Fatal(err)
	}
	tried, err := s.TryLockDown(ctx)
	if err != nil || tried < 50 {
		t.Fatalf("%d attempts: %v", tried, err)
	}
	functions := lambda.NewFromConfig(s.AWS())
	roles := iam.NewFromConfig(s.AWS())
	buckets := s3.NewFromConfig(s.AWS(), func(o *s3.Options) { o.UsePathStyle = true })
	user, transfers := target.Function("user"), target.Bucket("transfers")
	for name, c := range map[string]struct {
		open func(context.Context) error
		want []string // what the findings say, each at the beginning of one
	}{
		"a URL for everybody": {
			func(ctx context.Context) error {
				_, urlErr := functions.UpdateFunctionUrlConfig(ctx, &lambda.UpdateFunctionUrlConfigInput{FunctionName: &user.Name, AuthType: lambdatypes.FunctionUrlAuthTypeNone})
				_, byURL := functions.AddPermission(ctx, &lambda.AddPermissionInput{
					FunctionName: &user.Name, StatementId: aws.String("open"), Action: aws.String("lambda:InvokeFunctionUrl"),
					Principal: aws.String("*"), FunctionUrlAuthType: lambdatypes.FunctionUrlAuthTypeNone,
				})
				_, direct := functions.AddPermission(ctx, &lambda.AddPermissionInput{
					FunctionName: &user.Name, StatementId: aws.String("open-too"), Action: aws.String("lambda:InvokeFunction"),
					Principal: aws.String("*"), InvokedViaFunctionUrl: aws.Bool(true),
				})
				return errors.Join(urlErr, byURL, direct)
			},
			[]string{
				"function.user: https://", "GET without a signature: wanted refused, got allowed",
				"POST without a signature: wanted refused, got allowed",
			},
		},
		"a bucket without its policy": {
			func(ctx context.Context) error {
				_, err := buckets.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &transfers.Name})
				return err
			},
			[]string{
				"storage.transfers: " + transfers.Name + ": request over plain HTTP: wanted refused, got allowed",
				"storage.transfers: " + transfers.Name + ": upload that does not ask for encryption: wanted refused, got allowed",
			},
		},
		"a role that may too much": {
			func(ctx context.Context) error {
				_, err := roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
					RoleName: &user.RoleName, PolicyName: aws.String("more"),
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`),
				})
				return err
			},
			[]string{"identity.user: " + user.RoleARN + " on " + target.Bucket("admin").ARN + "/sendform-probe/1: s3:GetObject: wanted refused, got allowed"},
		},
		"a role that may too little": {
			func(ctx context.Context) error {
				_, err := roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
					RoleName: &user.RoleName, PolicyName: aws.String("less"),
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"logs:*","Resource":"*"}}`),
				})
				return err
			},
			[]string{"logs:PutLogEvents: wanted allowed, got refused"},
		},
	} {
		if err := c.open(ctx); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err := s.TryLockDown(ctx)
		var findings lifecycle.Findings
		if !errors.As(err, &findings) {
			t.Errorf("%s: %v, want findings", name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(findings.Error(), want) {
				t.Errorf("%s: nothing says\n%s\namong\n%v", name, want, findings)
			}
		}
	}
}

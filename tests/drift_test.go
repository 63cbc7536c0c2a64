package tests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
)

// clients change things behind Terraform's back.
type clients struct {
	s3     *s3.Client
	iam    *iam.Client
	lambda *lambda.Client
	logs   *cloudwatchlogs.Client
}

// TestVerifyNamesEveryDrift makes one environment, changes one thing after the
// other, and expects verify to name component, resource, attribute, what was wanted
// and what AWS answers, and nothing else. Terraform puts it right each time.
func TestVerifyNamesEveryDrift(t *testing.T) {
	target := load(t, "qa")
	s, _ := stage(t, target)
	ctx := t.Context()
	if err := s.Build(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(ctx); err != nil {
		t.Fatal(err)
	}
	cfg := s.AWS()
	c := clients{
		s3:     s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
		iam:    iam.NewFromConfig(cfg),
		lambda: lambda.NewFromConfig(cfg),
		logs:   cloudwatchlogs.NewFromConfig(cfg),
	}
	user, transfers := target.Function("user"), target.Bucket("transfers")
	tests := []struct {
		name   string
		change func(context.Context) error
		want   string // component: resource: attribute: wanted …, got …
		undo   func(context.Context) error
	}{
		{
			name: "memory of a function",
			change: func(ctx context.Context) error {
				_, err := c.lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{FunctionName: &user.Name, MemorySize: aws.Int32(256)})
				return err
			},
			want: "function.user: function sgraph-send-qa-user: memory_mb: wanted 512, got 256",
		},
		{
			name: "another policy on a role",
			change: func(ctx context.Context) error {
				_, err := c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
					RoleName: &user.RoleName, PolicyName: aws.String("more"),
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}]}`),
				})
				return err
			},
			want: `identity.user: role sgraph-send-qa-user-eu-west-2: inline_policies.more: wanted nothing, got {"All":{"Action":["*"],"Effect":"Allow","Resource":["*"]}}`,
			undo: func(ctx context.Context) error {
				_, err := c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &user.RoleName, PolicyName: aws.String("more")})
				return err
			},
		},
		{
			name: "one action more",
			change: func(ctx context.Context) error {
				document := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
					{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:eu-west-2:%s:log-group:%s:*"},
					{"Sid":"ObjectsTransfers","Effect":"Allow","Action":["s3:*"],"Resource":["%s/*"]},
					{"Sid":"ListTransfers","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["%s"]},
					{"Sid":"CallAdmin","Effect":"Allow","Action":["lambda:InvokeFunction","lambda:InvokeFunctionUrl"],"Resource":["%s"]}]}`,
					target.AccountID, user.LogGroup, transfers.ARN, transfers.ARN, target.Function("admin").ARN)
				_, err := c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &user.RoleName, PolicyName: aws.String("permissions"), PolicyDocument: &document})
				return err
			},
			want: `identity.user: role sgraph-send-qa-user-eu-west-2: inline_policies.permissions.ObjectsTransfers.Action: wanted ["s3:DeleteObject","s3:GetObject","s3:PutObject"], got ["s3:*"]`,
		},
		{
			name: "trust in another account",
			change: func(ctx context.Context) error {
				document := `{"Version":"2012-10-17","Statement":[{"Sid":"AssumeRole","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com","AWS":"999999999999"},"Action":"sts:AssumeRole"}]}`
				_, err := c.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &user.RoleName, PolicyDocument: &document})
				return err
			},
			want: `identity.user: role sgraph-send-qa-user-eu-west-2: trust.AssumeRole.Principal.AWS: wanted nothing, got ["999999999999"]`,
		},
		{
			name: "retention of transfers",
			change: func(ctx context.Context) error {
				_, err := c.s3.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &transfers.Name})
				return err
			},
			want: `storage.transfers: bucket 444455556666--sgraph-send-transfers--eu-west-2: lifecycle: wanted {"abort-incomplete-uploads":{"abort_upload_days":1,"prefix":"","status":"Enabled"},"expire":{"expiration_days":7,"prefix":"","status":"Enabled"}}, got nothing`,
		},
		{
			name: "public access",
			change: func(ctx context.Context) error {
				_, err := c.s3.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: &transfers.Name})
				return err
			},
			want: `storage.transfers: bucket 444455556666--sgraph-send-transfers--eu-west-2: public_access_block: wanted {"block_public_acls":true,"block_public_policy":true,"ignore_public_acls":true,"restrict_public_buckets":true}, got nothing`,
		},
		{
			name: "plain HTTP",
			change: func(ctx context.Context) error {
				_, err := c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &transfers.Name})
				return err
			},
			want: `storage.transfers: bucket 444455556666--sgraph-send-transfers--eu-west-2: policy: wanted {"DenyInsecureTransport":`,
		},
		{
			name: "versions of states",
			change: func(ctx context.Context) error {
				_, err := c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
					Bucket: &target.StateBucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended},
				})
				return err
			},
			want: `state.eu-west-2: bucket 444455556666--sgraph-send-qa-state--eu-west-2: versioning: wanted "Enabled", got "Suspended"`,
		},
		{
			name: "retention of logs",
			change: func(ctx context.Context) error {
				_, err := c.logs.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: &user.LogGroup})
				return err
			},
			want: "function.user: log group /aws/lambda/sgraph-send-qa-user: retention_days: wanted 30, got 0",
		},
		{
			name: "somebody else may call",
			change: func(ctx context.Context) error {
				_, err := c.lambda.AddPermission(ctx, &lambda.AddPermissionInput{
					FunctionName: &user.Name, StatementId: aws.String("extra"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("999999999999"),
				})
				return err
			},
			want: `cdn.send: function policy sgraph-send-qa-user: policy.extra: wanted nothing, got {"Action":["lambda:InvokeFunction"]`,
			undo: func(ctx context.Context) error {
				_, err := c.lambda.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: &user.Name, StatementId: aws.String("extra")})
				return err
			},
		},
		{
			name: "a variable",
			change: func(ctx context.Context) error {
				config, err := c.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &user.Name})
				if err != nil {
					return err
				}
				config.Environment.Variables["SEND__S3_BUCKET"] = "elsewhere"
				_, err = c.lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
					FunctionName: &user.Name, Environment: &lambdatypes.Environment{Variables: config.Environment.Variables},
				})
				return err
			},
			want: `function.user: function sgraph-send-qa-user: environment.SEND__S3_BUCKET: wanted "444455556666--sgraph-send-transfers--eu-west-2", got "elsewhere"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx := t.Context()
			if err := test.change(ctx); err != nil {
				t.Fatal(err)
			}
			_, err := s.Verify(ctx)
			var findings lifecycle.Findings
			if !errors.As(err, &findings) || len(findings) != 1 || !strings.HasPrefix(findings[0].String(), test.want) {
				t.Errorf("got\n%v\nwant one finding that begins with\n%s", err, test.want)
			}
			if test.undo != nil {
				err = test.undo(ctx)
			} else {
				_, err = s.Create(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Verify(ctx); err != nil {
				t.Errorf("it was not put right:\n%v", err)
			}
		})
	}
}

func load(t *testing.T, name string) environment.Target {
	t.Helper()
	env, err := environment.Load(repository(t), name)
	if err != nil {
		t.Fatal(err)
	}
	return env.Targets[0]
}

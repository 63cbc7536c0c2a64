package localcloud_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cloudfronttypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// TestAccountsAndRegionsAreApart makes a thing of each service in one region of one
// account and counts it from there, from another region and from another account. Only
// S3's names, which are everybody's, are shared: its own tests have them.
func TestAccountsAndRegionsAreApart(t *testing.T) {
	c := open(t, t.TempDir())
	here := config(c, c.RootCredentials(account))
	elsewhere, stranger := here.Copy(), config(c, c.RootCredentials("999999999999"))
	elsewhere.Region = "eu-west-1"
	role := makeRole(t, c, "mine", `{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`, allowAll)
	name, ctx := aws.String("mine"), t.Context()
	for service, test := range map[string]struct {
		make   func(aws.Config) error
		count  func(aws.Config) (int, error)
		global bool
	}{
		"IAM": {
			make: func(aws.Config) error { return nil }, // the role is there
			count: func(cfg aws.Config) (int, error) {
				out, err := iam.NewFromConfig(cfg).ListRoles(ctx, &iam.ListRolesInput{})
				if err != nil {
					return 0, err
				}
				return len(out.Roles), nil
			}, global: true,
		},
		"CloudFront": {
			make: func(cfg aws.Config) error {
				_, err := cloudfront.NewFromConfig(cfg).CreateOriginAccessControl(ctx, &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: &cloudfronttypes.OriginAccessControlConfig{
					Name: name, OriginAccessControlOriginType: "s3", SigningBehavior: "always", SigningProtocol: "sigv4",
				}})
				return err
			},
			count: func(cfg aws.Config) (int, error) {
				out, err := cloudfront.NewFromConfig(cfg).ListOriginAccessControls(ctx, &cloudfront.ListOriginAccessControlsInput{})
				if err != nil {
					return 0, err
				}
				return len(out.OriginAccessControlList.Items), nil
			}, global: true,
		},
		"Lambda": {
			make: func(cfg aws.Config) error {
				_, err := lambda.NewFromConfig(cfg).CreateFunction(ctx, &lambda.CreateFunctionInput{
					FunctionName: name, Role: &role, Runtime: lambdatypes.RuntimeProvidedal2023, Handler: name,
					Code: &lambdatypes.FunctionCode{ZipFile: bootstrap(t, []byte("#!/bin/false\n"))},
				})
				return err
			},
			count: func(cfg aws.Config) (int, error) {
				out, err := lambda.NewFromConfig(cfg).ListFunctions(ctx, &lambda.ListFunctionsInput{})
				if err != nil {
					return 0, err
				}
				return len(out.Functions), nil
			},
		},
		"CloudWatch Logs": {
			make: func(cfg aws.Config) error {
				_, err := cloudwatchlogs.NewFromConfig(cfg).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: name})
				return err
			},
			count: func(cfg aws.Config) (int, error) {
				out, err := cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
				if err != nil {
					return 0, err
				}
				return len(out.LogGroups), nil
			},
		},
		"CloudWatch": {
			make: func(cfg aws.Config) error {
				_, err := cloudwatch.NewFromConfig(cfg).PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
					AlarmName: name, MetricName: name, Namespace: name, Statistic: cloudwatchtypes.StatisticSum, Period: aws.Int32(60),
					ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold, EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1),
				})
				return err
			},
			count: func(cfg aws.Config) (int, error) {
				out, err := cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
				if err != nil {
					return 0, err
				}
				return len(out.MetricAlarms), nil
			},
		},
		"SSM": {
			make: func(cfg aws.Config) error {
				_, err := ssm.NewFromConfig(cfg).PutParameter(ctx, &ssm.PutParameterInput{Name: name, Value: name, Type: ssmtypes.ParameterTypeString})
				return err
			},
			count: func(cfg aws.Config) (int, error) {
				out, err := ssm.NewFromConfig(cfg).DescribeParameters(ctx, &ssm.DescribeParametersInput{})
				if err != nil {
					return 0, err
				}
				return len(out.Parameters), nil
			},
		},
		"Secrets Manager": {
			make: func(cfg aws.Config) error {
				_, err := secretsmanager.NewFromConfig(cfg).CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: name, SecretString: name})
				return err
			},
			count: func(cfg aws.Config) (int, error) {
				out, err := secretsmanager.NewFromConfig(cfg).ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
				if err != nil {
					return 0, err
				}
				return len(out.SecretList), nil
			},
		},
	} {
		t.Run(service, func(t *testing.T) {
			if err := test.make(here); err != nil {
				t.Fatal(err)
			}
			inRegion := 0
			if test.global {
				inRegion = 1
			}
			for _, from := range []struct {
				name string
				cfg  aws.Config
				want int
			}{{"its region", here, 1}, {"another region", elsewhere, inRegion}, {"another account", stranger, 0}} {
				if n, err := test.count(from.cfg); err != nil || n != from.want {
					t.Errorf("from %s there are %d (%v), want %d", from.name, n, err, from.want)
				}
			}
		})
	}
}

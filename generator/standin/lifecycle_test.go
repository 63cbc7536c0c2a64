package standin_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	tfjson "github.com/hashicorp/terraform-json"

	"sendform/generator/localcloud"
)

const (
	account = "111122223333"
	region  = "eu-west-2"
	bucket  = account + "--standin"
)

// target is a cloud of a test's own, and AWS's clients of it.
type target struct {
	cloud   *localcloud.Cloud
	environ map[string]string
	s3      *s3.Client
	iam     *iam.Client
	lambda  *lambda.Client
	logs    *cloudwatchlogs.Client
}

func newTarget(t *testing.T) target {
	t.Helper()
	return newTargetIn(t, account)
}

// newTargetIn is a target whose keys speak for that account.
func newTargetIn(t *testing.T, account string) target {
	t.Helper()
	cloud, err := localcloud.Open(t.Context(), localcloud.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	environ := map[string]string{}
	for _, variable := range cloud.Environ(account, region) {
		name, value, _ := strings.Cut(variable, "=")
		environ[name] = value
	}
	config := aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(cloud.URL()),
		HTTPClient:   cloud.HTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider(
			environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], ""),
	}
	return target{
		cloud: cloud, environ: environ,
		s3:     s3.NewFromConfig(config),
		iam:    iam.NewFromConfig(config),
		lambda: lambda.NewFromConfig(config),
		logs:   cloudwatchlogs.NewFromConfig(config),
	}
}

// newStack is a workspace with a resource of every type.
func newStack(t *testing.T, target target) *workspace {
	t.Helper()
	w := newWorkspace(t, target.environ)
	text, err := os.ReadFile(filepath.Join("testdata", "all.tf"))
	if err != nil {
		t.Fatal(err)
	}
	w.write("main.tf", string(text))
	w.write("code.zip", zipped(t, "first"))
	w.init()
	return w
}

// second changes everything that can change in place.
func (w *workspace) second() {
	w.t.Helper()
	w.write("terraform.tfvars", "second = true\n")
	w.write("code.zip", zipped(w.t, "second"))
}

func zipped(t *testing.T, content string) string {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	file, err := w.Create("bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

// everyAddress lists the resources of testdata/all.tf.
func everyAddress() []string {
	return []string{
		"aws_cloudwatch_log_group.g",
		"aws_iam_role.r",
		"aws_iam_role_policy.r",
		"aws_lambda_function.f",
		"aws_lambda_function_url.f",
		"aws_lambda_permission.invoke",
		"aws_lambda_permission.url",
		"aws_s3_bucket.b",
		"aws_s3_bucket_cors_configuration.b",
		"aws_s3_bucket_lifecycle_configuration.b",
		"aws_s3_bucket_ownership_controls.b",
		"aws_s3_bucket_policy.b",
		"aws_s3_bucket_public_access_block.b",
		"aws_s3_bucket_server_side_encryption_configuration.b",
		"aws_s3_bucket_versioning.b",
		"aws_s3_object.code",
		"aws_s3_object.text",
	}
}

func TestLifeOfEveryType(t *testing.T) {
	target := newTarget(t)
	w := newStack(t, target)
	for range 2 { // all of it works again after it was destroyed
		w.write("terraform.tfvars", "")
		w.write("code.zip", zipped(t, "first"))
		w.must(w.apply())
		w.wantNoChanges()

		w.second()
		planned := w.changes()
		for _, address := range everyAddress() {
			// Permissions have no tags and cannot change in place.
			want := !strings.HasPrefix(address, "aws_lambda_permission.")
			if actions, ok := planned[address]; ok != want || ok && !actions.Update() {
				t.Errorf("%s must be updated in place, the plan is %v", address, actions)
			}
		}
		w.must(w.apply())
		w.wantNoChanges()
		wantSecond(t, w.state())

		// Destroying empties the bucket of what Terraform does not know, too.
		_, err := target.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("stray")})
		w.must(err)
		w.destroy()
		wantNothing(t, target)
	}
}

// wantSecond looks at values that come from AWS.
func wantSecond(t *testing.T, state map[string]map[string]any) {
	t.Helper()
	for _, want := range []struct{ address, attribute, value string }{
		{"aws_s3_bucket.b", "arn", "arn:aws:s3:::" + bucket},
		{"aws_s3_bucket.b", "bucket_regional_domain_name", bucket + ".s3.eu-west-2.amazonaws.com"},
		{"aws_s3_bucket.b", "region", region},
		{"aws_s3_object.text", "id", bucket + "/text"},
		{"aws_s3_object.text", "storage_class", "STANDARD"},
		{"aws_s3_bucket_lifecycle_configuration.b", "transition_default_minimum_object_size", "all_storage_classes_128K"},
		{"aws_iam_role.r", "arn", "arn:aws:iam::" + account + ":role/standin"},
		{"aws_iam_role_policy.r", "id", "standin:storage"},
		{"aws_cloudwatch_log_group.g", "arn", "arn:aws:logs:eu-west-2:" + account + ":log-group:/aws/lambda/standin"},
		{"aws_lambda_function.f", "version", "2"},
		{"aws_lambda_function.f", "qualified_arn", "arn:aws:lambda:eu-west-2:" + account + ":function:standin:2"},
		{"aws_lambda_permission.url", "id", "url"},
		{"data.aws_caller_identity.current", "account_id", account},
		{"data.aws_region.current", "description", "Europe (London)"},
	} {
		if got := state[want.address][want.attribute]; got != want.value {
			t.Errorf("%s.%s is %v, want %s", want.address, want.attribute, got, want.value)
		}
	}
	function := state["aws_lambda_function.f"]
	if function["code_sha256"] != function["source_code_hash"] {
		t.Errorf("code is %v, want %v", function["code_sha256"], function["source_code_hash"])
	}
	url, _ := state["aws_lambda_function_url.f"]["function_url"].(string)
	id, _ := state["aws_lambda_function_url.f"]["url_id"].(string)
	if id == "" || url != "https://"+id+".lambda-url.eu-west-2.on.aws/" {
		t.Errorf("function_url %q, url_id %q", url, id)
	}
	tags, _ := state["aws_iam_role.r"]["tags_all"].(map[string]any)
	if tags["project"] != "q" || tags["environment"] != "qa" {
		t.Errorf("tags_all is %v", tags)
	}
}

// wantNothing asks AWS, not Terraform's state, that all is gone.
func wantNothing(t *testing.T, target target) {
	t.Helper()
	ctx := t.Context()
	_, err := target.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(bucket)})
	wantCode(t, err, "NotFound")
	_, err = target.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("standin")})
	wantCode(t, err, "NoSuchEntity")
	_, err = target.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("standin")})
	wantCode(t, err, "ResourceNotFoundException")
	groups, err := target.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil || len(groups.LogGroups) > 0 {
		t.Errorf("log groups: %v, %v", groups, err)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var answer smithy.APIError
	if !errors.As(err, &answer) || answer.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestDriftShowsUp(t *testing.T) {
	target := newTarget(t)
	w := newStack(t, target)
	w.must(w.apply())
	for name, test := range map[string]struct {
		change  func(context.Context) error
		address string
		want    tfjson.Action
	}{
		"bucket tags gone": {
			func(ctx context.Context) error {
				_, err := target.s3.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: aws.String(bucket)})
				return err
			}, "aws_s3_bucket.b", tfjson.ActionUpdate,
		},
		"public access block gone": {
			func(ctx context.Context) error {
				_, err := target.s3.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: aws.String(bucket)})
				return err
			}, "aws_s3_bucket_public_access_block.b", tfjson.ActionCreate,
		},
		"CORS gone": {
			func(ctx context.Context) error {
				_, err := target.s3.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: aws.String(bucket)})
				return err
			}, "aws_s3_bucket_cors_configuration.b", tfjson.ActionCreate,
		},
		"other content": {
			func(ctx context.Context) error {
				_, err := target.s3.PutObject(ctx, &s3.PutObjectInput{
					Bucket: aws.String(bucket), Key: aws.String("text"), Body: strings.NewReader("other"),
				})
				return err
			}, "aws_s3_object.text", tfjson.ActionUpdate,
		},
		"inline policy gone": {
			func(ctx context.Context) error {
				_, err := target.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{
					RoleName: aws.String("standin"), PolicyName: aws.String("storage"),
				})
				return err
			}, "aws_iam_role_policy.r", tfjson.ActionCreate,
		},
		"trust of somebody else": {
			func(ctx context.Context) error {
				_, err := target.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
					RoleName: aws.String("standin"),
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
						`"Action":"sts:AssumeRole","Principal":{"AWS":"` + account + `"}}]}`),
				})
				return err
			}, "aws_iam_role.r", tfjson.ActionUpdate,
		},
		"retention": {
			func(ctx context.Context) error {
				_, err := target.logs.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{
					LogGroupName: aws.String("/aws/lambda/standin"),
				})
				return err
			}, "aws_cloudwatch_log_group.g", tfjson.ActionUpdate,
		},
		"memory": {
			func(ctx context.Context) error {
				_, err := target.lambda.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
					FunctionName: aws.String("standin"), MemorySize: aws.Int32(1024),
				})
				return err
			}, "aws_lambda_function.f", tfjson.ActionUpdate,
		},
		"permission gone": {
			func(ctx context.Context) error {
				_, err := target.lambda.RemovePermission(ctx, &lambda.RemovePermissionInput{
					FunctionName: aws.String("standin"), StatementId: aws.String("url"),
				})
				return err
			}, "aws_lambda_permission.url", tfjson.ActionCreate,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			w.must(test.change(t.Context()))
			if planned := w.changes(); !slices.Equal(planned[test.address], tfjson.Actions{test.want}) {
				t.Errorf("want %s of %s, the plan is %v", test.want, test.address, planned)
			}
			w.must(w.apply())
			w.wantNoChanges()
		})
	}
	w.destroy()
}

// TestImport forgets everything and takes it up again. Where AWS does not give an
// argument back, the next apply may set it anew, but nothing may be replaced.
func TestImport(t *testing.T) {
	target := newTarget(t)
	w := newStack(t, target)
	w.must(w.apply())
	w.must(os.Remove(filepath.Join(w.dir, "terraform.tfstate")))
	ids := map[string]string{
		"aws_cloudwatch_log_group.g":   "/aws/lambda/standin",
		"aws_iam_role.r":               "standin",
		"aws_iam_role_policy.r":        "standin:storage",
		"aws_lambda_function.f":        "standin",
		"aws_lambda_function_url.f":    "standin",
		"aws_lambda_permission.invoke": "standin/invoke",
		"aws_lambda_permission.url":    "standin/url",
		"aws_s3_object.code":           bucket + "/lambda/user.zip",
		"aws_s3_object.text":           "s3://" + bucket + "/text",
	}
	var imports strings.Builder
	for _, address := range everyAddress() {
		id := ids[address]
		if id == "" {
			id = bucket
		}
		imports.WriteString("import {\n  to = " + address + "\n  id = \"" + id + "\"\n}\n")
	}
	w.write("imports.tf", imports.String())
	for address, actions := range w.changes() {
		if !actions.Update() {
			t.Errorf("%s: %v", address, actions)
		}
	}
	w.must(w.apply())
	w.wantNoChanges()
	w.destroy()
	wantNothing(t, target)
}

// TestRefreshMakesTheSameCalls holds reads to the calls that hashicorp/aws 5.46 was
// measured to make for these types.
func TestRefreshMakesTheSameCalls(t *testing.T) {
	target := newTarget(t)
	w := newStack(t, target)
	w.must(w.apply())
	before := len(target.cloud.Record())
	w.wantNoChanges()
	allowed := append(bucketReads(), []string{
		"GetBucketOwnershipControls", "GetPublicAccessBlock", "HeadObject", "GetObjectTagging",
		"GetRole", "GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies",
		"GetFunction", "ListVersionsByFunction", "GetFunctionCodeSigningConfig", "GetFunctionUrlConfig", "GetPolicy",
		// 6.x asks for the tags of a log group by its ARN.
		"DescribeLogGroups", "ListTagsForResource",
		"GetCallerIdentity",
	}...)
	for _, call := range target.cloud.Record()[before:] {
		if !slices.Contains(allowed, call.Operation) {
			t.Errorf("a read called %s %s", call.Service, call.Operation)
		}
	}
	w.destroy()
}

// bucketReads are the calls by which a bucket is read.
func bucketReads() []string {
	return []string{
		"HeadBucket", "GetBucketAccelerateConfiguration", "GetBucketAcl", "GetBucketCors", "GetBucketEncryption",
		"GetBucketLifecycleConfiguration", "GetBucketLogging", "GetObjectLockConfiguration", "GetBucketPolicy",
		"GetBucketReplication", "GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite",
	}
}

package localcloud_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"sendform/generator/localcloud"
	"sendform/generator/localcloud/fault"
)

func rules(t *testing.T, texts ...string) fault.Rules {
	t.Helper()
	parsed, err := fault.Parse(texts)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// retrying is a client's configuration that repeats as the SDK does by default, but
// waits less.
func retrying(c *localcloud.Cloud) aws.Config {
	cfg := config(c, c.RootCredentials(account))
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxBackoff, o.RateLimiter = time.Millisecond, ratelimit.None
		})
	}
	return cfg
}

// sequence makes, uses and deletes a thing of each of several services, with calls that
// can be repeated.
func sequence(ctx context.Context, cfg aws.Config) error {
	objects, parameters, secrets, groups := s3Client(cfg), ssm.NewFromConfig(cfg), secretsmanager.NewFromConfig(cfg), cloudwatchlogs.NewFromConfig(cfg)
	box, key, name := aws.String("box"), aws.String("key"), aws.String("name")
	steps := []func() error{
		func() error {
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return err
		},
		func() error {
			_, err := objects.PutObject(ctx, &s3.PutObjectInput{Bucket: box, Key: key, Body: strings.NewReader(strings.Repeat("x", 100_000))})
			return err
		},
		func() error {
			out, err := objects.GetObject(ctx, &s3.GetObjectInput{Bucket: box, Key: key})
			if err != nil {
				return err
			}
			defer out.Body.Close()
			body, err := io.ReadAll(out.Body)
			if err == nil && len(body) != 100_000 {
				err = io.ErrUnexpectedEOF
			}
			return err
		},
		func() error {
			_, err := objects.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: box, Key: key})
			return err
		},
		func() error {
			_, err := parameters.PutParameter(ctx, &ssm.PutParameterInput{Name: name, Value: aws.String("v"), Type: ssmtypes.ParameterTypeString, Overwrite: aws.Bool(true)})
			return err
		},
		func() error {
			_, err := secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: name, SecretString: aws.String("v")})
			return err
		},
		func() error {
			_, err := secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: name, ForceDeleteWithoutRecovery: aws.Bool(true)})
			return err
		},
		func() error {
			_, err := groups.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
			return err
		},
		func() error {
			_, err := lambda.NewFromConfig(cfg).ListFunctions(ctx, &lambda.ListFunctionsInput{})
			return err
		},
		func() error {
			_, err := iam.NewFromConfig(cfg).ListRoles(ctx, &iam.ListRolesInput{})
			return err
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// TestRetriesConverge has every call of a sequence fail once in each way.
func TestRetriesConverge(t *testing.T) {
	operations := []string{
		"GetCallerIdentity", "PutObject", "GetObject", "DeleteObject", "PutParameter",
		"CreateSecret", "DeleteSecret", "DescribeLogGroups", "ListFunctions", "ListRoles",
	}
	for _, kind := range []string{"throttle", "500", "503", "reset-before", "reset-after", "slow delay=1ms"} {
		t.Run(kind, func(t *testing.T) {
			c := open(t, t.TempDir())
			makeBucket(t, c, "box")
			c.SetFaults(rules(t, "*:* "+kind+" first=1 per=operation"))
			if err := sequence(t.Context(), retrying(c)); err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(kind, " ")
			failed := map[string]bool{}
			for _, call := range c.Record() {
				if call.Fault == "" {
					continue
				}
				failed[call.Operation] = true
				if call.Fault != name {
					t.Errorf("%s: the fault is recorded as %q", call.Operation, call.Fault)
				}
				if cut := strings.HasPrefix(name, "reset"); cut != (call.Status == 0) {
					t.Errorf("%s: status %d is recorded", call.Operation, call.Status)
				}
			}
			for _, operation := range operations {
				if !failed[operation] {
					t.Errorf("%s never failed", operation)
				}
			}
			if hits := c.FaultHits(); len(hits) != 1 || hits[0].Calls < len(operations) {
				t.Errorf("hits: %+v", hits)
			}
		})
	}
}

// TestWhatAResetLeaves looks at what has been done after a call that had no answer.
func TestWhatAResetLeaves(t *testing.T) {
	for kind, want := range map[string]int{"reset-before": 0, "reset-after": 1} {
		for name, url := range map[string]func(*localcloud.Cloud) string{
			"HTTPS": (*localcloud.Cloud).URL,
			"HTTP":  func(c *localcloud.Cloud) string { return strings.Replace(c.URL(), "https", "http", 1) },
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				c := open(t, t.TempDir())
				client := makeBucket(t, c, "box")
				if _, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
					Bucket: aws.String("box"), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
				}); err != nil {
					t.Fatal(err)
				}
				c.SetFaults(rules(t, "s3:PutObject "+kind))
				cfg := config(c, c.RootCredentials(account))
				cfg.BaseEndpoint = aws.String(url(c))
				err := put(t.Context(), s3Client(cfg), "box", "key")
				// Which of them depends on what net/http's client was about to do.
				if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, net.ErrClosed) {
					t.Errorf("the client gets %v", err)
				}
				versions, err := client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String("box")})
				if err != nil {
					t.Fatal(err)
				}
				if len(versions.Versions) != want {
					t.Errorf("%d versions are there, want %d", len(versions.Versions), want)
				}
			})
		}
	}
}

// TestADeniedCallHasNoEffect is about a fault that does not let anybody in.
func TestADeniedCallHasNoEffect(t *testing.T) {
	c := open(t, t.TempDir())
	client := makeBucket(t, c, "box")
	arn := makeRole(t, c, "nobody", trustMe, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	stranger := s3Client(config(c, assume(t, c, arn)))
	c.SetFaults(rules(t, "s3:PutObject reset-after"))
	if err := put(t.Context(), stranger, "box", "key"); err == nil {
		t.Error("a denied call was answered")
	}
	calls := c.Record()
	if last := calls[len(calls)-1]; last.Error != "AccessDenied" || last.Fault != "reset-after" || last.Status != 0 {
		t.Errorf("it is recorded as %+v", last)
	}
	c.SetFaults(fault.Rules{})
	listed, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("box")})
	if err != nil || len(listed.Contents) != 0 {
		t.Errorf("%d objects (%v)", len(listed.Contents), err)
	}
}

// TestSlowEndsWithItsCaller has callers that do not wait. What they asked for is not done
// behind their backs, and the cloud, which waits for its calls, can be closed.
func TestSlowEndsWithItsCaller(t *testing.T) {
	calls := map[string]func(context.Context, aws.Config) error{
		"without a body": func(ctx context.Context, cfg aws.Config) error {
			_, err := s3Client(cfg).HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("box")})
			return err
		},
		"a body that is read whole": func(ctx context.Context, cfg aws.Config) error {
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return err
		},
		"a body that is streamed": func(ctx context.Context, cfg aws.Config) error {
			_, err := s3Client(cfg).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("box"), Key: aws.String("key"), Body: strings.NewReader("x")})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, t.TempDir())
			makeBucket(t, c, "box")
			c.SetFaults(rules(t, "*:* slow delay=10m"))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := call(ctx, config(c, c.RootCredentials(account))); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			calls := c.Record()
			if last := calls[len(calls)-1]; last.Fault != "slow" || last.Status != 0 {
				t.Errorf("it is recorded as %+v", last)
			}
		})
	}
}

// TestFaultsOfApplications breaks what a distribution asks its origin for, and then the
// distribution itself.
func TestFaultsOfApplications(t *testing.T) {
	c := open(t, t.TempDir())
	s := newStage(t, c)
	s.assets()
	d := s.distribute(types.Origin{DomainName: aws.String(assetsHost), OriginAccessControlId: s.accessControl("s3")})
	s.letIn(d, "")
	host := *d.DomainName
	c.SetFaults(rules(t, "s3:GetObject reset-after nth=1"))
	s.want("https://"+host+"/page.html", http.StatusBadGateway, failed, "")
	c.SetFaults(rules(t, "edge:GET throttle"))
	if status, _ := get(t, c.HTTPClient(), "https://"+host+"/plain.html"); status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
	c.SetFaults(rules(t, "edge:GET reset-before"))
	if response, err := c.HTTPClient().Get("https://" + host + "/plain.html"); err == nil {
		response.Body.Close()
		t.Errorf("got %s", response.Status)
	}
}

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

func TestDelayedConsistency(t *testing.T) {
	at := &clock{now: time.Now()}
	c, err := localcloud.Open(t.Context(), localcloud.Options{
		Dir: t.TempDir(), Now: at.read, Faults: rules(t, "consistency iam-role=2s iam-user=2s bucket-name=2s"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg := config(c, c.RootCredentials(account))
	roles, functions := iam.NewFromConfig(cfg), lambda.NewFromConfig(cfg)
	client := makeBucket(t, c, "box")
	if _, err := client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("box")}); err != nil {
		t.Fatal(err)
	}
	if _, err := roles.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("fresh")}); err != nil {
		t.Fatal(err)
	}
	role := makeRole(t, c, "fresh", strings.Replace(trustMe, `{"AWS":"`+account+`"}`, `{"Service":"lambda.amazonaws.com","AWS":"`+account+`"}`, 1), allowAll)
	attempts := map[string]struct {
		call func() error
		want string
	}{
		"GetRole": {func() error {
			_, err := roles.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("fresh")})
			return err
		}, "NoSuchEntity"},
		"GetUser": {func() error {
			_, err := roles.GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("fresh")})
			return err
		}, "NoSuchEntity"},
		"AssumeRole": {func() error {
			_, err := sts.NewFromConfig(cfg).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("test")})
			return err
		}, "AccessDenied"},
		"CreateFunction": {func() error {
			_, err := functions.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
				FunctionName: aws.String("f"), Role: &role, Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
				Code: &lambdatypes.FunctionCode{ZipFile: bootstrap(t, []byte("#!/bin/false\n"))},
			})
			return err
		}, "InvalidParameterValueException"},
		"CreateBucket": {func() error {
			_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
				Bucket: aws.String("box"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
			})
			return err
		}, "OperationAborted"},
	}
	for name, attempt := range attempts {
		if err := attempt.call(); code(err) != attempt.want {
			t.Errorf("%s at once: got %v, want %s", name, err, attempt.want)
		}
		calls := c.Record()
		if last := calls[len(calls)-1]; last.Operation != name || last.Error != attempt.want || last.Fault == "" {
			t.Errorf("%s is recorded as %+v", name, last)
		}
	}
	at.pass(2 * time.Second)
	for name, attempt := range attempts {
		if err := attempt.call(); err != nil {
			t.Errorf("%s after a while: %v", name, err)
		}
	}
}

package localcloud_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cloudfronttypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"sendform/generator/localcloud/api"
	offeredcloudfront "sendform/generator/localcloud/cloudfront"
	offeredcloudwatch "sendform/generator/localcloud/cloudwatch"
	offerediam "sendform/generator/localcloud/iam"
	offeredlambda "sendform/generator/localcloud/lambda"
	offeredlogs "sendform/generator/localcloud/logs"
	offereds3 "sendform/generator/localcloud/s3"
	offeredsecrets "sendform/generator/localcloud/secretsmanager"
	offeredssm "sendform/generator/localcloud/ssm"
	offeredsts "sendform/generator/localcloud/sts"
)

// offered is a service with a client of AWS's SDK, which knows all of its calls.
type offered struct {
	name   string
	client any // nil where the SDK's client is not among this module's
	calls  []api.Offer
}

func offers(cfg aws.Config) []offered {
	return []offered{
		{"STS", sts.NewFromConfig(cfg), offeredsts.Operations()},
		{"IAM", iam.NewFromConfig(cfg), offerediam.Operations()},
		{"S3", s3Client(cfg), offereds3.Operations()},
		{"S3 Control", nil, offereds3.ControlOperations()},
		{"Lambda", lambda.NewFromConfig(cfg), offeredlambda.Operations()},
		{"CloudWatch Logs", cloudwatchlogs.NewFromConfig(cfg), offeredlogs.Operations()},
		{"CloudWatch", cloudwatch.NewFromConfig(cfg), offeredcloudwatch.Operations()},
		{"CloudFront", cloudfront.NewFromConfig(cfg), offeredcloudfront.Operations()},
		{"SSM", ssm.NewFromConfig(cfg), offeredssm.Operations()},
		{"Secrets Manager", secretsmanager.NewFromConfig(cfg), offeredsecrets.Operations()},
	}
}

// TestOperationsAreWhatIsAnswered makes every call that AWS's SDK knows of a service:
// those that the service lists are answered, and all others with 501.
func TestOperationsAreWhatIsAnswered(t *testing.T) {
	c := open(t, t.TempDir())
	cfg := config(c, c.RootCredentials(account))
	for _, service := range offers(cfg) {
		if service.client == nil {
			continue // TestProviderCalls makes all of its calls
		}
		t.Run(service.name, func(t *testing.T) {
			made := 0
			for name, call := range sdkCalls(service.client, strings.TrimPrefix(c.URL(), "https://")) {
				made++
				listed := slices.ContainsFunc(service.calls, func(o api.Offer) bool { return o.Name == name })
				status, err := call(t.Context())
				if status == 0 {
					t.Errorf("%s was not sent: %v", name, err)
				} else if answered := status != http.StatusNotImplemented; answered != listed {
					t.Errorf("%s: it is listed: %v; it is answered: %v (%v)", name, listed, answered, err)
				}
			}
			if made < len(service.calls) {
				t.Errorf("the SDK has %d calls, the list %d", made, len(service.calls))
			}
		})
	}
}

// maxDepth is how often an input is completed, which happens level by level.
const maxDepth = 10

// sdkCalls are the methods of a client that make calls, by their names. Each answers
// the status that it got, or 0 if it got none.
func sdkCalls(client any, host string) map[string]func(context.Context) (int, error) {
	calls := map[string]func(context.Context) (int, error){}
	value := reflect.ValueOf(client)
	for i := range value.NumMethod() {
		method := value.Method(i)
		if method.Type().NumIn() != 3 || !method.Type().IsVariadic() { // context, input, options
			continue
		}
		calls[value.Type().Method(i).Name] = func(ctx context.Context) (int, error) {
			seen := &statusSeen{host: host}
			// An option wraps the client's way to make requests.
			observe := reflect.MakeFunc(method.Type().In(2).Elem(), func(args []reflect.Value) []reflect.Value {
				field := args[0].Elem().FieldByName("HTTPClient")
				seen.next = field.Interface().(aws.HTTPClient)
				field.Set(reflect.ValueOf(seen))
				return nil
			})
			input := reflect.New(method.Type().In(1).Elem())
			for range maxDepth {
				out := method.Call([]reflect.Value{reflect.ValueOf(ctx), input, observe})
				err, _ := out[1].Interface().(error)
				// An input has no more than what the SDK insists on: a setting that is not there
				// would be refused as a call is.
				var missing smithy.InvalidParamsError
				if !errors.As(err, &missing) {
					return seen.status, err
				}
				for _, one := range missing.Errs() {
					_, path, _ := strings.Cut(one.(smithy.InvalidParamError).Field(), ".")
					fill(input.Elem(), strings.Split(path, "."))
				}
			}
			return 0, errors.New("the SDK insists on more and more members")
		}
	}
	return calls
}

// statusSeen remembers the status of an answer, of which a client tells errors only.
type statusSeen struct {
	next   aws.HTTPClient
	host   string // of the cloud
	status int
}

// Do implements [aws.HTTPClient]. Some calls put a label in front of the host's name,
// which an address does not take.
func (s *statusSeen) Do(r *http.Request) (*http.Response, error) {
	r.Host, r.URL.Host = r.URL.Host, s.host
	answer, err := s.next.Do(r)
	if err == nil {
		s.status = answer.StatusCode
	}
	return answer, err
}

// alternatives are values of members of which the SDK has several sorts, whole as it
// insists on them.
var alternatives = []any{
	bytes.NewReader(nil),
	&s3types.ObjectEncryptionMemberSSEKMS{Value: s3types.SSEKMSEncryption{KMSKeyArn: aws.String("x")}},
	&logstypes.ResourceConfigMemberOpenSearchResourceConfig{Value: logstypes.OpenSearchResourceConfig{
		DashboardViewerPrincipals: []string{"x"}, DataSourceRoleArn: aws.String("x"), RetentionDays: aws.Int32(1),
	}},
	&cloudfronttypes.CaCertificatesBundleSourceMemberCaCertificatesBundleS3Location{Value: cloudfronttypes.CaCertificatesBundleS3Location{
		Bucket: aws.String("x"), Key: aws.String("x"), Region: aws.String("x"),
	}},
}

// fill gives something to a member that an input must have: A.B[0] is the first
// element of the list B in A.
func fill(v reflect.Value, path []string) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch {
	case len(path) > 0 && v.Kind() == reflect.Struct:
		name, _, _ := strings.Cut(path[0], "[")
		fill(v.FieldByName(name), path[1:])
	case v.Kind() == reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		fill(v.Index(0), path)
	case v.Kind() == reflect.String:
		v.SetString("x")
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case v.Kind() == reflect.Interface:
		for _, one := range alternatives {
			if value := reflect.ValueOf(one); value.Type().AssignableTo(v.Type()) {
				v.Set(value)
			}
		}
	}
}

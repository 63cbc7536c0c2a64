package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// observer asks AWS how things are. Each answer is a map of attributes in the
// terms of components.Resource.Want.
type observer struct {
	s3       *s3.Client
	stranger *s3.Client // it has no credentials
	iam      *iam.Client
	lambda   *lambda.Client
	logs     *cloudwatchlogs.Client
	ssm      *ssm.Client
	secrets  *secretsmanager.Client
	cdn      *cloudfront.Client
	config   aws.Config
	http     *http.Client
	patience time.Duration
}

func newObserver(cfg aws.Config, client *http.Client, patience time.Duration) observer {
	addressing := func(o *s3.Options) {
		// At an endpoint with an IP address there are no names for buckets.
		o.UsePathStyle = cfg.BaseEndpoint != nil
	}
	anonymous := cfg.Copy()
	anonymous.Credentials = aws.AnonymousCredentials{}
	return observer{
		s3:       s3.NewFromConfig(cfg, addressing),
		stranger: s3.NewFromConfig(anonymous, addressing),
		iam:      iam.NewFromConfig(cfg),
		lambda:   lambda.NewFromConfig(cfg),
		logs:     cloudwatchlogs.NewFromConfig(cfg),
		ssm:      ssm.NewFromConfig(cfg),
		secrets:  secretsmanager.NewFromConfig(cfg),
		cdn:      cloudfront.NewFromConfig(cfg),
		config:   cfg,
		http:     client,
		patience: patience,
	}
}

// observe answers with the attributes of a resource, and whether it stands. want
// says which attributes are of interest, for those that cost more to find out.
func (o observer) observe(ctx context.Context, t components.ResourceType, id string, want map[string]any) (got map[string]any, stands bool, err error) {
	switch t {
	case components.BucketResource:
		got, err = o.bucket(ctx, id, want)
	case components.BucketPolicyResource:
		var policy any
		policy, err = o.bucketPolicy(ctx, id)
		got = map[string]any{"policy": policy}
	case components.ObjectResource:
		got, err = o.object(ctx, id)
	case components.RoleResource:
		got, err = o.role(ctx, id)
	case components.LogGroupResource:
		got, err = o.logGroup(ctx, id)
	case components.OIDCProviderResource:
		got, err = o.oidcProvider(ctx, id)
	case components.LayerResource:
		got, err = o.layer(ctx, id)
	case components.FunctionResource:
		got, err = o.function(ctx, id, want)
	case components.AliasResource:
		got, err = o.alias(ctx, id)
	case components.FunctionPolicyResource:
		got, err = o.functionPolicy(ctx, id)
	case components.FunctionURLResource:
		got, err = o.functionURLConfig(ctx, id)
	case components.EndpointResource:
		got, err = o.endpoint(ctx, id, want)
	case components.ParameterResource:
		got, err = o.parameter(ctx, id, want)
	case components.SecretResource:
		got, err = o.secret(ctx, id)
	case components.DistributionResource:
		got, err = o.distribution(ctx, id)
	default:
		return nil, false, fmt.Errorf("nobody knows how to ask for a %s", t)
	}
	if isGone(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s %s: %w", t, id, err)
	}
	return got, true, nil
}

// exists asks only whether a resource stands.
func (o observer) exists(ctx context.Context, r components.Resource, resolve func(context.Context) func(environment.Ref) (string, error)) (bool, error) {
	if r.Versions != "" {
		return o.anyVersion(ctx, r)
	}
	id, err := r.ID.Resolve(resolve(ctx))
	if errors.Is(err, errUnknown) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	switch r.Type {
	case components.BucketResource:
		_, err = o.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &id})
	case components.EndpointResource:
		return true, nil // its URL is known, so it stands
	default:
		got, stands, err := o.observe(ctx, r.Type, id, nil)
		if stands && len(r.Statements) > 0 {
			policy, _ := got["policy"].(map[string]any)
			stands = slices.ContainsFunc(r.Statements, func(name string) bool { return policy[name] != nil })
		}
		return stands, err
	}
	if isGone(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", r.Type, id, err)
	}
	return true, nil
}

// anyVersion tells whether an object stands in some version.
func (o observer) anyVersion(ctx context.Context, r components.Resource) (bool, error) {
	bucket, prefix, _ := strings.Cut(r.Versions, "/")
	listed, err := o.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, MaxKeys: aws.Int32(1)})
	if isGone(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", r.Type, r.Versions, err)
	}
	return len(listed.Contents) > 0, nil
}

// ownTags leaves out the tags that AWS itself puts on resources.
func ownTags(all map[string]string) map[string]any {
	own := map[string]any{}
	for name, value := range all {
		if !strings.HasPrefix(name, "aws:") {
			own[name] = value
		}
	}
	return own
}

// errGone is for answers that say in another way than by an error that something
// is not there.
var errGone = errors.New("not there")

// isGone tells whether AWS says that the thing itself does not exist.
func isGone(err error) bool {
	if errors.Is(err, errGone) {
		return true
	}
	switch errorCode(err) {
	case "NoSuchBucket", "NoSuchKey", "NotFound", "NoSuchEntity", "ResourceNotFoundException", "ParameterNotFound", "NoSuchDistribution":
		return true
	}
	return false
}

// errorCode is AWS's code of an error, or empty.
func errorCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

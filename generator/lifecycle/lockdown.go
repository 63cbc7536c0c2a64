package lifecycle

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sync/errgroup"

	"sendform/generator/components"
)

// SetLockDown decides whether the target is to be locked down, whatever its file
// says: plans make it so, and verifications want it so.
func (d *Deployment) SetLockDown(locked bool) {
	d.cfg.Target.LockDown = locked
	d.components = components.Of(d.cfg.Target)
}

// removeLeftPermissions takes away what the registry provider has permitted when a URL
// was public: it does so outside of its state, and never takes it back
// (hashicorp/terraform-provider-aws#35920). It looks at the functions that are among the
// components.
func (d *Deployment) removeLeftPermissions(ctx context.Context, of []components.Component) error {
	if !d.cfg.Target.LockDown {
		return nil
	}
	for _, f := range d.cfg.Target.Functions {
		address := components.Address{Kind: components.FunctionKind, Name: f.Label}
		if !f.Public || !slices.ContainsFunc(of, func(c components.Component) bool { return c.Address == address }) {
			continue
		}
		for statement := range twins {
			input := lambda.RemovePermissionInput{FunctionName: &f.Name, StatementId: &statement}
			if alias := f.Alias(); alias != "" {
				input.Qualifier = &alias
			}
			if _, err := d.observer.lambda.RemovePermission(ctx, &input); err != nil && !isGone(err) {
				return fmt.Errorf("take the permission %s off function %s: %w", statement, f.Name, err)
			}
		}
	}
	return nil
}

// The two results of an attempt.
const (
	refused = "refused"
	allowed = "allowed"
)

// TryLockDown makes every attempt at a target that is locked down: what must be
// refused, and what must still be allowed. It returns how many were made, and fails
// with [Findings] when one ended otherwise.
func (d *Deployment) TryLockDown(ctx context.Context) (tried int, err error) {
	all := d.chosen(d.components)
	found := make([]Findings, len(all))
	made := make([]int, len(all))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i, c := range all {
		if c.Attempts == nil {
			continue
		}
		group.Go(func() error {
			for _, a := range c.Attempts() {
				values, resource, err := d.attempt(groupCtx, a)
				if err != nil {
					return fmt.Errorf("%s: try %s: %w", c.Address, a.Kind, err)
				}
				d.cfg.Tell(Event{Kind: Checked, Component: c.Address, Resource: resource, Values: values})
				made[i] += len(values)
				found[i] = append(found[i], findingsOf(c.Address, resource, values)...)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	for _, n := range made {
		tried += n
	}
	if wrong := slices.Concat(found...); len(wrong) > 0 {
		return tried, wrong
	}
	return tried, nil
}

func findingsOf(component components.Address, resource string, values []Value) Findings {
	var all Findings
	for _, v := range values {
		if !v.OK {
			all = append(all, Finding{Component: component, Resource: resource, Attribute: v.Attribute, Wanted: v.Wanted, Got: v.Got})
		}
	}
	return all
}

// attempt tries until it ends as wanted or patience does: in AWS a policy takes
// effect after some seconds.
func (d *Deployment) attempt(ctx context.Context, a components.Attempt) (values []Value, resource string, err error) {
	on, err := a.On.Resolve(d.resolve(ctx))
	if err != nil {
		return nil, "", err
	}
	resource = on
	if a.Kind == components.RoleAction {
		resource += " on " + a.Resource
	}
	wanted := refused
	if a.Allowed {
		wanted = allowed
	}
	err = d.observer.until(ctx, func() (bool, error) {
		results, err := d.observer.try(ctx, a, on)
		if err != nil {
			return false, err
		}
		values = values[:0]
		for _, r := range results {
			values = append(values, Value{Attribute: r.what, Wanted: wanted, Got: r.got, OK: r.got == wanted})
		}
		return !slices.ContainsFunc(values, Value.wrong), nil
	})
	return values, resource, err
}

// result is how an attempt ended.
type result struct{ what, got string }

func (o observer) try(ctx context.Context, a components.Attempt, on string) ([]result, error) {
	what := string(a.Kind)
	switch a.Kind {
	case components.PlainHTTP:
		_, err := o.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &on, MaxKeys: aws.Int32(1)}, overPlainHTTP)
		return outcome(what, err)
	case components.AnonymousRead:
		_, err := o.stranger.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &on, MaxKeys: aws.Int32(1)})
		return outcome(what, err)
	case components.UnencryptedUpload:
		return outcome(what, o.probe(ctx, on, ""))
	case components.EncryptedUpload:
		return outcome(what, o.probe(ctx, on, types.ServerSideEncryptionAes256))
	case components.AnonymousCall:
		return o.callUnsigned(ctx, on)
	case components.RoleAction:
		return o.simulate(ctx, a, on)
	default:
		return nil, fmt.Errorf("nobody knows how to try a %s", a.Kind)
	}
}

func overPlainHTTP(o *s3.Options) {
	if o.BaseEndpoint != nil {
		o.BaseEndpoint = aws.String(strings.Replace(*o.BaseEndpoint, "https://", "http://", 1))
	}
	o.EndpointOptions.DisableHTTPS = true
}

// outcome reads an error as the answer to an attempt: AWS refuses with status 403.
func outcome(what string, err error) ([]result, error) {
	var answer *smithyhttp.ResponseError
	switch {
	case err == nil:
		return []result{{what, allowed}}, nil
	case errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusForbidden:
		return []result{{what, refused}}, nil
	}
	return nil, err
}

// probe uploads an object and takes it away again, its version too.
func (o observer) probe(ctx context.Context, bucket string, encryption types.ServerSideEncryption) error {
	key := components.ProbePrefix + rand.Text()
	put, err := o.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(nil), ServerSideEncryption: encryption,
	})
	if err != nil {
		return err
	}
	_, err = o.s3.DeleteObject(context.WithoutCancel(ctx), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: put.VersionId})
	if err != nil {
		return fmt.Errorf("take the probe %s out of bucket %s: %w", key, bucket, err)
	}
	return nil
}

// callUnsigned does what a stranger can do.
func (o observer) callUnsigned(ctx context.Context, address string) ([]result, error) {
	var results []result
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		request, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
		if err != nil {
			return nil, err
		}
		answer, err := o.http.Do(request)
		if err != nil {
			return nil, err
		}
		_ = answer.Body.Close()
		got := allowed
		if answer.StatusCode == http.StatusForbidden {
			got = refused
		}
		results = append(results, result{method + " without a signature", got})
	}
	return results, nil
}

// simulate asks IAM what the policies of a role say, because nobody but the function
// can take it.
func (o observer) simulate(ctx context.Context, a components.Attempt, role string) ([]result, error) {
	out, err := o.iam.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &role, ActionNames: a.Actions, ResourceArns: []string{a.Resource},
	})
	if err != nil {
		return nil, err
	}
	var results []result
	for _, r := range out.EvaluationResults {
		got := refused
		if r.EvalDecision == iamtypes.PolicyEvaluationDecisionTypeAllowed {
			got = allowed
		}
		results = append(results, result{aws.ToString(r.EvalActionName), got})
	}
	if len(results) != len(a.Actions) {
		return nil, fmt.Errorf("IAM answers for %d of %d actions", len(results), len(a.Actions))
	}
	return results, nil
}

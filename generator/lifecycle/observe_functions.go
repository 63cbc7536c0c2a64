package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func (o observer) role(ctx context.Context, name string) (map[string]any, error) {
	out, err := o.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range out.Role.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	got := map[string]any{"permissions_boundary": "", "path": aws.ToString(out.Role.Path), "tags": ownTags(tags)}
	if b := out.Role.PermissionsBoundary; b != nil {
		got["permissions_boundary"] = aws.ToString(b.PermissionsBoundaryArn)
	}
	if got["trust"], err = parseEncodedPolicy(aws.ToString(out.Role.AssumeRolePolicyDocument)); err != nil {
		return nil, err
	}
	inline := map[string]any{}
	names := iam.NewListRolePoliciesPaginator(o.iam, &iam.ListRolePoliciesInput{RoleName: &name})
	for names.HasMorePages() {
		page, err := names.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, policy := range page.PolicyNames {
			p, err := o.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
			if err != nil {
				return nil, err
			}
			if inline[policy], err = parseEncodedPolicy(aws.ToString(p.PolicyDocument)); err != nil {
				return nil, err
			}
		}
	}
	got["inline_policies"] = inline
	var attached []string
	policies := iam.NewListAttachedRolePoliciesPaginator(o.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &name})
	for policies.HasMorePages() {
		page, err := policies.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range page.AttachedPolicies {
			attached = append(attached, aws.ToString(p.PolicyArn))
		}
	}
	got["attached_policies"] = attached
	return got, nil
}

// parseEncodedPolicy reads a policy as IAM answers it: percent-encoded.
func parseEncodedPolicy(document string) (map[string]any, error) {
	decoded, err := url.PathUnescape(document)
	if err != nil {
		return nil, fmt.Errorf("decode a policy: %w", err)
	}
	return parsePolicy(decoded)
}

func (o observer) logGroup(ctx context.Context, name string) (map[string]any, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(o.logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) == name { // the prefix finds longer names too
				return o.logGroupDetails(ctx, g)
			}
		}
	}
	return nil, errGone
}

func (o observer) logGroupDetails(ctx context.Context, g logtypes.LogGroup) (map[string]any, error) {
	// DescribeLogGroups answers ARNs with an asterisk, which the calls for tags do not
	// take.
	arn := strings.TrimSuffix(aws.ToString(g.Arn), ":*")
	tags, err := o.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, err
	}
	return map[string]any{"retention_days": int(aws.ToInt32(g.RetentionInDays)), "tags": ownTags(tags.Tags)}, nil
}

func (o observer) function(ctx context.Context, name string) (map[string]any, error) {
	answer, err := o.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &name})
	if err != nil {
		return nil, err
	}
	out := answer.Configuration
	variables := map[string]any{}
	if out.Environment != nil {
		for k, v := range out.Environment.Variables {
			variables[k] = v
		}
	}
	layers := []string{}
	for _, l := range out.Layers {
		layers = append(layers, aws.ToString(l.Arn))
	}
	architectures := make([]string, 0, 1)
	for _, a := range out.Architectures {
		architectures = append(architectures, string(a))
	}
	got := map[string]any{
		"state": string(out.State), "last_update_status": string(out.LastUpdateStatus),
		"role": aws.ToString(out.Role), "runtime": string(out.Runtime), "handler": aws.ToString(out.Handler),
		"architecture": strings.Join(architectures, ", "),
		"memory_mb":    int(aws.ToInt32(out.MemorySize)), "timeout_s": int(aws.ToInt32(out.Timeout)),
		"description": aws.ToString(out.Description), "code_sha256": aws.ToString(out.CodeSha256),
		"layers": layers, "environment": variables, "tags": ownTags(answer.Tags),
		"tracing": "PassThrough", "ephemeral_storage_mb": 512, "reserved_concurrency": nil, "vpc": nil,
	}
	if out.TracingConfig != nil {
		got["tracing"] = string(out.TracingConfig.Mode)
	}
	if out.EphemeralStorage != nil {
		got["ephemeral_storage_mb"] = int(aws.ToInt32(out.EphemeralStorage.Size))
	}
	if answer.Concurrency != nil && answer.Concurrency.ReservedConcurrentExecutions != nil {
		got["reserved_concurrency"] = int(*answer.Concurrency.ReservedConcurrentExecutions)
	}
	if out.VpcConfig != nil && aws.ToString(out.VpcConfig.VpcId) != "" {
		got["vpc"] = aws.ToString(out.VpcConfig.VpcId)
	}
	if out.LoggingConfig != nil {
		got["log_group"] = aws.ToString(out.LoggingConfig.LogGroup)
	}
	got["policy"], err = o.functionPolicy(ctx, name)
	return got, err
}

// twins are the statements that the registry provider adds to a public URL by
// itself, once, without keeping them in its state
// (hashicorp/terraform-provider-aws#35920), each with the statement of ours that
// says the same.
var twins = map[string]string{
	"FunctionURLAllowPublicAccess": "public-url",
	"FunctionURLAllowInvokeAction": "public-invoke",
}

func (o observer) functionPolicy(ctx context.Context, name string) (any, error) {
	out, err := o.lambda.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &name})
	if err != nil {
		return absent(err, "ResourceNotFoundException")
	}
	policy, err := parsePolicy(aws.ToString(out.Policy))
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(policy, func(sid string, statement any) bool {
		ours, isTwin := policy[twins[sid]].(map[string]any)
		if !isTwin {
			return false
		}
		differences, _ := compareValue(sid, ours, statement)
		return len(differences) == 0
	})
	return policy, nil
}

func (o observer) functionURLConfig(ctx context.Context, name string) (map[string]any, error) {
	out, err := o.lambda.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: &name})
	if err != nil {
		return nil, err
	}
	got := map[string]any{"authorization": string(out.AuthType), "invoke_mode": string(out.InvokeMode), "cors": nil}
	if out.Cors != nil {
		got["cors"] = corsOfURL(out.Cors)
	}
	return got, nil
}

func corsOfURL(c *types.Cors) any {
	cors := map[string]any{
		"allowed_origins": c.AllowOrigins, "allowed_methods": c.AllowMethods, "max_age_seconds": int(aws.ToInt32(c.MaxAge)),
	}
	if len(c.AllowOrigins)+len(c.AllowMethods)+len(c.AllowHeaders)+len(c.ExposeHeaders) == 0 && !aws.ToBool(c.AllowCredentials) {
		return nil // AWS may answer an empty configuration for none
	}
	return cors
}

// functionURL is the address of a function without the slash at its end.
func (o observer) functionURL(ctx context.Context, name string) (string, error) {
	out, err := o.lambda.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: &name})
	if isGone(err) {
		return "", fmt.Errorf("function %s: %w", name, errNoURL)
	}
	if err != nil {
		return "", fmt.Errorf("function url %s: %w", name, err)
	}
	return strings.TrimSuffix(aws.ToString(out.FunctionUrl), "/"), nil
}

// endpoint asks a URL over HTTP until it answers as wanted or patience ends.
func (o observer) endpoint(ctx context.Context, address string, want map[string]any) (map[string]any, error) {
	deadline := time.Now().Add(o.patience)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		got, err := o.get(ctx, address)
		if err == nil {
			if differences, _ := compare(want, got); len(differences) == 0 {
				return got, nil
			}
		}
		if ctx.Err() != nil || time.Now().Add(pause).After(deadline) {
			return got, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// maxAnswer bounds what is read of an endpoint's answer, in bytes.
const maxAnswer = 64 << 10

func (o observer) get(ctx context.Context, address string) (map[string]any, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := o.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	got := map[string]any{"status_code": answer.StatusCode}
	var health struct{ Status string }
	if json.Unmarshal(body, &health) == nil {
		got["status"] = health.Status
	} else {
		got["status"] = string(body)
	}
	return got, nil
}

package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// qualified takes function or function:alias apart; without an alias the qualifier
// is nil.
func qualified(id string) (name, qualifier *string) {
	function, alias, has := strings.Cut(id, ":")
	if !has {
		return &function, nil
	}
	return &function, &alias
}

// twins are the statements that the registry provider adds to a public URL by
// itself, once, without keeping them in its state
// (hashicorp/terraform-provider-aws#35920), each with the statement of ours that
// says the same.
var twins = map[string]string{
	"FunctionURLAllowPublicAccess": "public-url",
	"FunctionURLAllowInvokeAction": "public-invoke",
}

func (o observer) functionPolicy(ctx context.Context, id string) (map[string]any, error) {
	name, qualifier := qualified(id)
	if _, err := o.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: name, Qualifier: qualifier}); err != nil {
		return nil, err
	}
	out, err := o.lambda.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: name, Qualifier: qualifier})
	if isGone(err) {
		return map[string]any{"policy": nil}, nil
	}
	if err != nil {
		return nil, err
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
		return !slices.ContainsFunc(compareValue(sid, ours, statement), Value.wrong)
	})
	return map[string]any{"policy": policy}, nil
}

func (o observer) functionURLConfig(ctx context.Context, id string) (map[string]any, error) {
	name, qualifier := qualified(id)
	out, err := o.lambda.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: name, Qualifier: qualifier})
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
		"allowed_origins": c.AllowOrigins, "allowed_methods": c.AllowMethods, "allowed_headers": c.AllowHeaders,
		"exposed_headers": c.ExposeHeaders, "credentials": aws.ToBool(c.AllowCredentials), "max_age_seconds": int(aws.ToInt32(c.MaxAge)),
	}
	if len(c.AllowOrigins)+len(c.AllowMethods)+len(c.AllowHeaders)+len(c.ExposeHeaders) == 0 && !aws.ToBool(c.AllowCredentials) {
		return nil // AWS may answer an empty configuration for none
	}
	return cors
}

// functionURL is the address of a function, or of its alias, without the slash at
// its end.
func (o observer) functionURL(ctx context.Context, name, alias string) (string, error) {
	input := lambda.GetFunctionUrlConfigInput{FunctionName: &name}
	if alias != "" {
		input.Qualifier = &alias
	}
	out, err := o.lambda.GetFunctionUrlConfig(ctx, &input)
	if isGone(err) {
		return "", fmt.Errorf("URL of function %s: %w", name, errUnknown)
	}
	if err != nil {
		return "", fmt.Errorf("function url %s: %w", name, err)
	}
	return strings.TrimSuffix(aws.ToString(out.FunctionUrl), "/"), nil
}

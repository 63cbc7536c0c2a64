package standin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func lambdaFunctionURL() kind {
	return kind{
		title: "Lambda Function URL",
		attributes: map[string]*schema.Schema{
			"authorization_type": checked(requiredString(), validation.StringInSlice([]string{"AWS_IAM", "NONE"}, false)),
			"cors": optionalBlock(map[string]*schema.Schema{
				"allow_credentials": optionalBool(),
				"allow_headers":     stringSet(),
				"allow_methods":     stringSet(),
				"allow_origins":     stringSet(),
				"expose_headers":    stringSet(),
				"max_age":           checked(optionalInt(), validation.IntAtMost(86400)),
			}),
			"function_arn":  computedString(),
			"function_name": functionName(),
			"function_url":  computedString(),
			"invoke_mode": checked(&schema.Schema{Type: schema.TypeString, Optional: true, Default: "BUFFERED"},
				validation.StringInSlice([]string{"BUFFERED", "RESPONSE_STREAM"}, false)),
			"qualifier": forceNew(optionalString()),
			"url_id":    computedString(),
		},
		timeouts: &schema.ResourceTimeout{Create: schema.DefaultTimeout(10 * time.Minute)},
		create:   createFunctionURL,
		read:     readFunctionURL,
		update:   updateFunctionURL,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			return onFunction(ctx, func(ctx context.Context) error {
				_, err := c.lambda.DeleteFunctionUrlConfig(ctx, &lambda.DeleteFunctionUrlConfigInput{
					FunctionName: aws.String(d.Get("function_name").(string)), Qualifier: nonEmpty(d.Get("qualifier")),
				})
				return err
			})
		},
		adopt: func(d *schema.ResourceData) error {
			name, qualifier, _ := strings.Cut(d.Id(), "/")
			return setAll(d, map[string]any{"function_name": name, "qualifier": qualifier})
		},
	}
}

// functionName is the argument that takes a function's name or ARN. An ARN that
// names the function that the state has by name is no change.
func functionName() *schema.Schema {
	s := forceNew(requiredString())
	s.DiffSuppressFunc = func(_, before, after string, d *schema.ResourceData) bool {
		return d.Id() != "" && strings.HasPrefix(after, "arn:") && strings.HasSuffix(after, ":function:"+before)
	}
	return s
}

func createFunctionURL(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name, qualifier := d.Get("function_name").(string), d.Get("qualifier").(string)
	input := &lambda.CreateFunctionUrlConfigInput{
		AuthType:     types.FunctionUrlAuthType(d.Get("authorization_type").(string)),
		Cors:         expandURLCORS(d),
		FunctionName: aws.String(name),
		InvokeMode:   types.InvokeMode(d.Get("invoke_mode").(string)),
		Qualifier:    nonEmpty(qualifier),
	}
	// An alias that was just made may not be known yet.
	again := func(err error) bool { return isGone(err) || isFunctionBusy(err) }
	err := until(ctx, d.Timeout(schema.TimeoutCreate), again, func(ctx context.Context) error {
		_, err := c.lambda.CreateFunctionUrlConfig(ctx, input)
		return err
	})
	if err != nil {
		return err
	}
	id := name
	if qualifier != "" {
		id += "/" + qualifier
	}
	d.SetId(id)
	if input.AuthType == types.FunctionUrlAuthTypeNone {
		return allowPublicAccess(ctx, c, name, qualifier)
	}
	return nil
}

// allowPublicAccess adds the two statements that the registry provider adds when
// a public URL is made, and that it never looks at again:
// https://github.com/hashicorp/terraform-provider-aws/issues/35920.
func allowPublicAccess(ctx context.Context, c *clients, name, qualifier string) error {
	for _, permission := range []*lambda.AddPermissionInput{
		{
			StatementId:         aws.String("FunctionURLAllowPublicAccess"),
			Action:              aws.String("lambda:InvokeFunctionUrl"),
			FunctionUrlAuthType: types.FunctionUrlAuthTypeNone,
		},
		{
			StatementId:           aws.String("FunctionURLAllowInvokeAction"),
			Action:                aws.String("lambda:InvokeFunction"),
			InvokedViaFunctionUrl: aws.Bool(true),
		},
	} {
		permission.FunctionName = aws.String(name)
		permission.Principal = aws.String("*")
		permission.Qualifier = nonEmpty(qualifier)
		err := onFunction(ctx, func(ctx context.Context) error {
			_, err := c.lambda.AddPermission(ctx, permission)
			return err
		})
		// It is left over from an earlier URL of this function.
		if err != nil && !hasCode(err, "ResourceConflictException") {
			return fmt.Errorf("allow public access: %w", err)
		}
	}
	return nil
}

func readFunctionURL(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name, qualifier, _ := strings.Cut(d.Id(), "/")
	if strings.HasPrefix(d.Id(), "arn:") {
		name, qualifier = d.Get("function_name").(string), d.Get("qualifier").(string)
	}
	found, err := c.lambda.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{
		FunctionName: aws.String(name), Qualifier: nonEmpty(qualifier),
	})
	if err != nil {
		return err
	}
	address, err := url.Parse(aws.ToString(found.FunctionUrl))
	if err != nil {
		return fmt.Errorf("function URL: %w", err)
	}
	id, _, _ := strings.Cut(address.Host, ".")
	mode := string(found.InvokeMode)
	if mode == "" {
		mode = string(types.InvokeModeBuffered) // functions from before there were modes
	}
	return errors.Join(
		setURLCORS(d, found.Cors),
		setAll(d, map[string]any{
			"authorization_type": string(found.AuthType),
			"function_arn":       aws.ToString(found.FunctionArn),
			"function_name":      name,
			"function_url":       aws.ToString(found.FunctionUrl),
			"invoke_mode":        mode,
			"qualifier":          qualifier,
			"url_id":             id,
		}),
	)
}

func updateFunctionURL(ctx context.Context, d *schema.ResourceData, c *clients) error {
	input := &lambda.UpdateFunctionUrlConfigInput{
		AuthType:     types.FunctionUrlAuthType(d.Get("authorization_type").(string)),
		Cors:         expandURLCORS(d),
		FunctionName: aws.String(d.Get("function_name").(string)),
		InvokeMode:   types.InvokeMode(d.Get("invoke_mode").(string)),
		Qualifier:    nonEmpty(d.Get("qualifier")),
	}
	if input.Cors == nil && d.HasChange("cors") {
		input.Cors = &types.Cors{}
	}
	return onFunction(ctx, func(ctx context.Context) error {
		_, err := c.lambda.UpdateFunctionUrlConfig(ctx, input)
		return err
	})
}

func expandURLCORS(d *schema.ResourceData) *types.Cors {
	wanted, ok := block(d.Get("cors"))
	if !ok {
		return nil
	}
	allow, _ := wanted["allow_credentials"].(bool)
	return &types.Cors{
		AllowCredentials: aws.Bool(allow),
		AllowHeaders:     stringsOf(wanted["allow_headers"]),
		AllowMethods:     stringsOf(wanted["allow_methods"]),
		AllowOrigins:     stringsOf(wanted["allow_origins"]),
		ExposeHeaders:    stringsOf(wanted["expose_headers"]),
		MaxAge:           nonZero(wanted["max_age"]),
	}
}

func setURLCORS(d *schema.ResourceData, cors *types.Cors) error {
	if cors == nil {
		return d.Set("cors", []any{})
	}
	return d.Set("cors", one(map[string]any{
		"allow_credentials": aws.ToBool(cors.AllowCredentials),
		"allow_headers":     cors.AllowHeaders,
		"allow_methods":     cors.AllowMethods,
		"allow_origins":     cors.AllowOrigins,
		"expose_headers":    cors.ExposeHeaders,
		"max_age":           int(aws.ToInt32(cors.MaxAge)),
	}))
}

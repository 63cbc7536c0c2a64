package standin

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func lambdaAlias() kind {
	return kind{
		title: "Lambda Alias",
		attributes: map[string]*schema.Schema{
			"arn":              computedString(),
			"description":      optionalString(),
			"function_name":    functionName(),
			"function_version": requiredString(),
			"invoke_arn":       computedString(),
			"name":             forceNew(requiredString()),
			"routing_config": optionalBlock(map[string]*schema.Schema{
				"additional_version_weights": {Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeFloat}},
			}),
		},
		create: createAlias,
		read:   readAlias,
		update: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			return onFunction(ctx, func(ctx context.Context) error {
				_, err := c.lambda.UpdateAlias(ctx, &lambda.UpdateAliasInput{
					Description:     aws.String(d.Get("description").(string)),
					FunctionName:    aws.String(d.Get("function_name").(string)),
					FunctionVersion: aws.String(d.Get("function_version").(string)),
					Name:            aws.String(d.Get("name").(string)),
					RoutingConfig:   aliasRouting(d),
				})
				return err
			})
		},
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.lambda.DeleteAlias(ctx, &lambda.DeleteAliasInput{
				FunctionName: aws.String(d.Get("function_name").(string)), Name: aws.String(d.Get("name").(string)),
			})
			return err
		},
		adopt: func(d *schema.ResourceData) error {
			function, name, found := strings.Cut(d.Id(), "/")
			if !found {
				return fmt.Errorf("want FUNCTION/ALIAS")
			}
			return setAll(d, map[string]any{"function_name": function, "name": name})
		},
	}
}

func createAlias(ctx context.Context, d *schema.ResourceData, c *clients) error {
	return onFunction(ctx, func(ctx context.Context) error {
		made, err := c.lambda.CreateAlias(ctx, &lambda.CreateAliasInput{
			Description:     nonEmpty(d.Get("description")),
			FunctionName:    aws.String(d.Get("function_name").(string)),
			FunctionVersion: aws.String(d.Get("function_version").(string)),
			Name:            aws.String(d.Get("name").(string)),
			RoutingConfig:   aliasRouting(d),
		})
		if err == nil {
			d.SetId(aws.ToString(made.AliasArn))
		}
		return err
	})
}

func readAlias(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.lambda.GetAlias(ctx, &lambda.GetAliasInput{
		FunctionName: aws.String(d.Get("function_name").(string)), Name: aws.String(d.Get("name").(string)),
	})
	if err != nil {
		return err
	}
	var routing []any
	if found.RoutingConfig != nil && len(found.RoutingConfig.AdditionalVersionWeights) > 0 {
		routing = one(map[string]any{"additional_version_weights": maps.Clone(found.RoutingConfig.AdditionalVersionWeights)})
	}
	d.SetId(aws.ToString(found.AliasArn))
	return setAll(d, map[string]any{
		"arn":              aws.ToString(found.AliasArn),
		"description":      aws.ToString(found.Description),
		"function_version": aws.ToString(found.FunctionVersion),
		"invoke_arn":       c.invokeARN(aws.ToString(found.AliasArn)),
		"name":             aws.ToString(found.Name),
		"routing_config":   routing,
	})
}

// aliasRouting is never nil in an update: only an empty one takes weights away.
func aliasRouting(d *schema.ResourceData) *types.AliasRoutingConfiguration {
	config := &types.AliasRoutingConfiguration{}
	wanted, _ := block(d.Get("routing_config"))
	weights, _ := wanted["additional_version_weights"].(map[string]any)
	for version, weight := range weights {
		if config.AdditionalVersionWeights == nil {
			config.AdditionalVersionWeights = map[string]float64{}
		}
		config.AdditionalVersionWeights[version], _ = weight.(float64)
	}
	return config
}

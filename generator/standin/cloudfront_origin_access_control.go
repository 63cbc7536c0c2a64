package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func cloudfrontOriginAccessControl() kind {
	return kind{
		title: "CloudFront Origin Access Control",
		attributes: map[string]*schema.Schema{
			"arn":         computedString(),
			"description": checked(stringDefault("Managed by Terraform"), validation.StringLenBetween(0, 256)),
			"etag":        computedString(),
			"name":        checked(requiredString(), validation.StringLenBetween(1, 64)),

			"origin_access_control_origin_type": oneOf(requiredString(), types.OriginAccessControlOriginTypes("").Values()),
			"signing_behavior":                  oneOf(requiredString(), types.OriginAccessControlSigningBehaviors("").Values()),
			"signing_protocol":                  oneOf(requiredString(), types.OriginAccessControlSigningProtocols("").Values()),
		},
		global: true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			made, err := c.cloudfront.CreateOriginAccessControl(ctx, &cloudfront.CreateOriginAccessControlInput{
				OriginAccessControlConfig: originAccessControl(d),
			})
			if err != nil {
				return err
			}
			d.SetId(aws.ToString(made.OriginAccessControl.Id))
			return nil
		},
		read: readOriginAccessControl,
		update: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.UpdateOriginAccessControl(ctx, &cloudfront.UpdateOriginAccessControlInput{
				Id:                        aws.String(d.Id()),
				IfMatch:                   aws.String(d.Get("etag").(string)),
				OriginAccessControlConfig: originAccessControl(d),
			})
			return err
		},
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.DeleteOriginAccessControl(ctx, &cloudfront.DeleteOriginAccessControlInput{
				Id:      aws.String(d.Id()),
				IfMatch: aws.String(d.Get("etag").(string)),
			})
			return err
		},
	}
}

func originAccessControl(d *schema.ResourceData) *types.OriginAccessControlConfig {
	return &types.OriginAccessControlConfig{
		Description:                   aws.String(d.Get("description").(string)),
		Name:                          aws.String(d.Get("name").(string)),
		OriginAccessControlOriginType: types.OriginAccessControlOriginTypes(d.Get("origin_access_control_origin_type").(string)),
		SigningBehavior:               types.OriginAccessControlSigningBehaviors(d.Get("signing_behavior").(string)),
		SigningProtocol:               types.OriginAccessControlSigningProtocols(d.Get("signing_protocol").(string)),
	}
}

func readOriginAccessControl(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.cloudfront.GetOriginAccessControl(ctx, &cloudfront.GetOriginAccessControlInput{Id: aws.String(d.Id())})
	if err != nil {
		return err
	}
	config := found.OriginAccessControl.OriginAccessControlConfig
	return setAll(d, map[string]any{
		"arn":         c.cloudfrontARN("origin-access-control", d.Id()),
		"description": aws.ToString(config.Description),
		"etag":        aws.ToString(found.ETag),
		"name":        aws.ToString(config.Name),

		"origin_access_control_origin_type": string(config.OriginAccessControlOriginType),
		"signing_behavior":                  string(config.SigningBehavior),
		"signing_protocol":                  string(config.SigningProtocol),
	})
}

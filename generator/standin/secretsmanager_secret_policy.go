package standin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func secretsManagerSecretPolicy() kind {
	return kind{
		title: "Secrets Manager Secret Policy",
		attributes: map[string]*schema.Schema{
			"block_public_policy": optionalBool(),
			"policy":              policyDocument(requiredString()),
			"secret_arn":          forceNew(requiredString()),
		},
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			arn, err := putSecretPolicy(ctx, c, secretPolicyInput(d))
			if err == nil {
				d.SetId(arn)
			}
			return err
		},
		read: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			found, err := c.secrets.GetResourcePolicy(ctx, &secretsmanager.GetResourcePolicyInput{SecretId: aws.String(d.Id())})
			if err != nil {
				return goneWhenDeleted(err)
			}
			if found.ResourcePolicy == nil {
				return errGone
			}
			return setAll(d, map[string]any{
				"policy":     keepPolicy(d.Get("policy").(string), *found.ResourcePolicy),
				"secret_arn": d.Id(),
			})
		},
		update: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := putSecretPolicy(ctx, c, secretPolicyInput(d))
			return err
		},
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.secrets.DeleteResourcePolicy(ctx, &secretsmanager.DeleteResourcePolicyInput{SecretId: aws.String(d.Id())})
			return goneWhenDeleted(err)
		},
		adopt: func(d *schema.ResourceData) error { return d.Set("secret_arn", d.Id()) },
	}
}

func secretPolicyInput(d *schema.ResourceData) *secretsmanager.PutResourcePolicyInput {
	return &secretsmanager.PutResourcePolicyInput{
		BlockPublicPolicy: aws.Bool(d.Get("block_public_policy").(bool)),
		ResourcePolicy:    aws.String(d.Get("policy").(string)),
		SecretId:          aws.String(d.Get("secret_arn").(string)),
	}
}

package standin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func iamOpenIDConnectProvider() kind {
	address := forceNew(requiredString())
	address.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool {
		return strings.TrimPrefix(before, "https://") == strings.TrimPrefix(after, "https://")
	}
	return kind{
		title: "IAM OIDC Provider",
		attributes: map[string]*schema.Schema{
			"arn":             computedString(),
			"client_id_list":  required(stringSet()),
			"thumbprint_list": computed(stringList()),
			"url":             address,
		},
		global: true,
		tagged: true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			made, err := c.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
				ClientIDList:   stringsOf(d.Get("client_id_list")),
				Tags:           tagList(tagsOf(d), iamTag),
				ThumbprintList: stringsOf(d.Get("thumbprint_list")),
				Url:            aws.String(d.Get("url").(string)),
			})
			if err != nil {
				return err
			}
			d.SetId(aws.ToString(made.OpenIDConnectProviderArn))
			return nil
		},
		read:   readOpenIDConnectProvider,
		update: updateOpenIDConnectProvider,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(d.Id())})
			return err
		},
	}
}

func readOpenIDConnectProvider(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(d.Id())})
	if err != nil {
		return err
	}
	return errors.Join(
		c.tags.set(d, tagMap(found.Tags, iamTagParts)),
		setAll(d, map[string]any{
			"arn":             d.Id(),
			"client_id_list":  found.ClientIDList,
			"thumbprint_list": found.ThumbprintList,
			"url":             aws.ToString(found.Url),
		}),
	)
}

func updateOpenIDConnectProvider(ctx context.Context, d *schema.ResourceData, c *clients) error {
	arn := aws.String(d.Id())
	if d.HasChange("thumbprint_list") {
		_, err := c.iam.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{
			OpenIDConnectProviderArn: arn, ThumbprintList: stringsOf(d.Get("thumbprint_list")),
		})
		if err != nil {
			return fmt.Errorf("thumbprints: %w", err)
		}
	}
	before, after := d.GetChange("client_id_list")
	for _, id := range stringsOf(after) {
		if slices.Contains(stringsOf(before), id) {
			continue
		}
		_, err := c.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: &id})
		if err != nil {
			return fmt.Errorf("add client id: %w", err)
		}
	}
	for _, id := range stringsOf(before) {
		if slices.Contains(stringsOf(after), id) {
			continue
		}
		_, err := c.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: &id})
		if err != nil {
			return fmt.Errorf("remove client id: %w", err)
		}
	}
	set, remove := changedTags(d)
	if len(remove) > 0 {
		if _, err := c.iam.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: remove}); err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		if _, err := c.iam.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: tagList(set, iamTag)}); err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

package standin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func iamRolePolicy() kind {
	document := policyDocument(requiredString())
	document.StateFunc = func(value any) string { return versionFirst(value.(string)) }
	return kind{
		title: "IAM Role Policy",
		attributes: map[string]*schema.Schema{
			"name":        conflicts(forceNew(optionalComputedString()), "name_prefix"),
			"name_prefix": conflicts(forceNew(optionalComputedString()), "name"),
			"policy":      document,
			"role":        forceNew(requiredString()),
		},
		global: true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			name := d.Get("name").(string)
			if name == "" {
				name = uniqueName(d.Get("name_prefix").(string))
			}
			if err := putRolePolicy(ctx, d, c, name); err != nil {
				return err
			}
			d.SetId(d.Get("role").(string) + ":" + name)
			return nil
		},
		read: readRolePolicy,
		update: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			return putRolePolicy(ctx, d, c, d.Get("name").(string))
		},
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{
				RoleName: aws.String(d.Get("role").(string)), PolicyName: aws.String(d.Get("name").(string)),
			})
			return err
		},
		adopt: func(d *schema.ResourceData) error {
			role, name, found := strings.Cut(d.Id(), ":")
			if !found || role == "" || name == "" {
				return errors.New("the id must be role_name:role_policy_name")
			}
			return setAll(d, map[string]any{"role": role, "name": name})
		},
	}
}

func putRolePolicy(ctx context.Context, d *schema.ResourceData, c *clients, name string) error {
	// The role may be too new for this call.
	return until(ctx, iamPropagation, withCode("NoSuchEntity", "ConcurrentModification"), func(ctx context.Context) error {
		_, err := c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName:       aws.String(d.Get("role").(string)),
			PolicyName:     aws.String(name),
			PolicyDocument: aws.String(versionFirst(d.Get("policy").(string))),
		})
		return err
	})
}

func readRolePolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	role, name, _ := strings.Cut(d.Id(), ":")
	text, err := inlinePolicy(ctx, c, role, name)
	if err != nil {
		return err
	}
	return setAll(d, map[string]any{
		"name":        name,
		"name_prefix": namePrefix(name),
		"policy":      versionFirst(keepPolicy(d.Get("policy").(string), text)),
		"role":        role,
	})
}

// inlinePolicy returns the text of a role's policy, which IAM escapes as in a URL.
func inlinePolicy(ctx context.Context, c *clients, role, name string) (string, error) {
	found, err := c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{
		RoleName: aws.String(role), PolicyName: aws.String(name),
	})
	if err != nil {
		return "", err
	}
	text, err := url.QueryUnescape(aws.ToString(found.PolicyDocument))
	if err != nil {
		return "", fmt.Errorf("policy text: %w", err)
	}
	return text, nil
}

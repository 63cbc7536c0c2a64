package standin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// iamPropagation is how long IAM may take until a change is known everywhere.
const iamPropagation = 2 * time.Minute

func iamRole() kind {
	attributes := map[string]*schema.Schema{
		"arn":                   computedString(),
		"assume_role_policy":    policyDocument(requiredString()),
		"create_date":           computedString(),
		"description":           checked(optionalString(), validation.StringLenBetween(0, 1000)),
		"force_detach_policies": boolDefault(false),
		"inline_policy": {
			Type: schema.TypeSet, Optional: true, Computed: true,
			Elem: &schema.Resource{Schema: map[string]*schema.Schema{
				"name":   optionalString(),
				"policy": policyDocument(optionalString()),
			}},
		},
		"managed_policy_arns":  computed(stringSet()),
		"max_session_duration": checked(&schema.Schema{Type: schema.TypeInt, Optional: true, Default: 3600}, validation.IntBetween(3600, 43200)),
		"name":                 checked(conflicts(forceNew(optionalComputedString()), "name_prefix"), validation.StringLenBetween(1, 64)),
		"name_prefix":          conflicts(forceNew(optionalComputedString()), "name"),
		"path":                 forceNew(&schema.Schema{Type: schema.TypeString, Optional: true, Default: "/"}),
		"permissions_boundary": optionalString(),
		"unique_id":            computedString(),
	}
	refused := map[string]string{
		"inline_policy":       "it is deprecated, use the aws_iam_role_policy resource instead",
		"managed_policy_arns": "it is deprecated, use the aws_iam_role_policy_attachment resource instead",
	}
	for argument, use := range refused {
		deprecated(attributes[argument], use)
	}
	return kind{
		title:      "IAM Role",
		attributes: attributes,
		global:     true,
		tagged:     true,
		refused:    refused,
		create:     createRole,
		read:       readRole,
		update:     updateRole,
		remove:     deleteRole,
		adopt:      func(d *schema.ResourceData) error { return d.Set("name", d.Id()) },
	}
}

func createRole(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := d.Get("name").(string)
	if name == "" {
		name = uniqueName(d.Get("name_prefix").(string))
	}
	input := &iam.CreateRoleInput{
		AssumeRolePolicyDocument: aws.String(d.Get("assume_role_policy").(string)),
		Description:              nonEmpty(d.Get("description")),
		MaxSessionDuration:       nonZero(d.Get("max_session_duration")),
		Path:                     nonEmpty(d.Get("path")),
		PermissionsBoundary:      nonEmpty(d.Get("permissions_boundary")),
		RoleName:                 aws.String(name),
		Tags:                     tagList(tagsOf(d), iamTag),
	}
	err := until(ctx, iamPropagation, isUnknownPrincipal, func(ctx context.Context) error {
		_, err := c.iam.CreateRole(ctx, input)
		return err
	})
	if err != nil {
		return err
	}
	d.SetId(name)
	return nil
}

// isUnknownPrincipal accepts what IAM answers while a principal that a trust
// policy names is too new for it.
func isUnknownPrincipal(err error) bool {
	return hasCode(err, "ConcurrentModification") ||
		hasCode(err, "MalformedPolicyDocument") && strings.Contains(err.Error(), "Invalid principal in policy")
}

func readRole(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(d.Id())})
	if err != nil {
		return err
	}
	role := found.Role
	trust, err := url.QueryUnescape(aws.ToString(role.AssumeRolePolicyDocument))
	if err != nil {
		return fmt.Errorf("trust policy: %w", err)
	}
	inline, err := inlinePolicies(ctx, c, d.Id())
	if err != nil {
		return err
	}
	attached, err := attachedPolicies(ctx, c, d.Id())
	if err != nil {
		return err
	}
	boundary := ""
	if role.PermissionsBoundary != nil {
		boundary = aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn)
	}
	return errors.Join(
		c.tags.set(d, tagMap(role.Tags, iamTagParts)),
		setAll(d, map[string]any{
			"arn":                  aws.ToString(role.Arn),
			"assume_role_policy":   keepPolicy(d.Get("assume_role_policy").(string), trust),
			"create_date":          aws.ToTime(role.CreateDate).UTC().Format(time.RFC3339),
			"description":          aws.ToString(role.Description),
			"inline_policy":        inline,
			"managed_policy_arns":  attached,
			"max_session_duration": int(aws.ToInt32(role.MaxSessionDuration)),
			"name":                 aws.ToString(role.RoleName),
			"name_prefix":          namePrefix(aws.ToString(role.RoleName)),
			"path":                 aws.ToString(role.Path),
			"permissions_boundary": boundary,
			"unique_id":            aws.ToString(role.RoleId),
		}),
	)
}

func inlinePolicies(ctx context.Context, c *clients, role string) ([]any, error) {
	names, err := inlinePolicyNames(ctx, c, role)
	if err != nil {
		return nil, err
	}
	var flat []any
	for _, name := range names {
		text, err := inlinePolicy(ctx, c, role, name)
		if isGone(err) {
			continue // deleted since it was listed
		}
		if err != nil {
			return nil, fmt.Errorf("read inline policy %s: %w", name, err)
		}
		flat = append(flat, map[string]any{"name": name, "policy": text})
	}
	return flat, nil
}

func inlinePolicyNames(ctx context.Context, c *clients, role string) ([]string, error) {
	var names []string
	pages := iam.NewListRolePoliciesPaginator(c.iam, &iam.ListRolePoliciesInput{RoleName: aws.String(role)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list inline policies: %w", err)
		}
		names = append(names, page.PolicyNames...)
	}
	return names, nil
}

func attachedPolicies(ctx context.Context, c *clients, role string) ([]string, error) {
	var arns []string
	pages := iam.NewListAttachedRolePoliciesPaginator(c.iam, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(role)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list attached policies: %w", err)
		}
		for _, policy := range page.AttachedPolicies {
			arns = append(arns, aws.ToString(policy.PolicyArn))
		}
	}
	return arns, nil
}

func updateRole(ctx context.Context, d *schema.ResourceData, c *clients) error {
	role := aws.String(d.Id())
	if d.HasChange("assume_role_policy") {
		err := until(ctx, iamPropagation, isUnknownPrincipal, func(ctx context.Context) error {
			_, err := c.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
				RoleName: role, PolicyDocument: aws.String(d.Get("assume_role_policy").(string)),
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("set trust policy: %w", err)
		}
	}
	if d.HasChanges("description", "max_session_duration") {
		_, err := c.iam.UpdateRole(ctx, &iam.UpdateRoleInput{
			RoleName:           role,
			Description:        aws.String(d.Get("description").(string)),
			MaxSessionDuration: nonZero(d.Get("max_session_duration")),
		})
		if err != nil {
			return err
		}
	}
	if d.HasChange("permissions_boundary") {
		if err := setBoundary(ctx, c, role, d.Get("permissions_boundary").(string)); err != nil {
			return err
		}
	}
	return updateRoleTags(ctx, d, c)
}

func setBoundary(ctx context.Context, c *clients, role *string, boundary string) error {
	if boundary == "" {
		_, err := c.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: role})
		if err != nil {
			return fmt.Errorf("remove permissions boundary: %w", err)
		}
		return nil
	}
	_, err := c.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{
		RoleName: role, PermissionsBoundary: aws.String(boundary),
	})
	if err != nil {
		return fmt.Errorf("set permissions boundary: %w", err)
	}
	return nil
}

func updateRoleTags(ctx context.Context, d *schema.ResourceData, c *clients) error {
	set, remove := changedTags(d)
	if len(remove) > 0 {
		_, err := c.iam.UntagRole(ctx, &iam.UntagRoleInput{RoleName: aws.String(d.Id()), TagKeys: remove})
		if err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		_, err := c.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String(d.Id()), Tags: tagList(set, iamTag)})
		if err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

func deleteRole(ctx context.Context, d *schema.ResourceData, c *clients) error {
	role := aws.String(d.Id())
	profiles := iam.NewListInstanceProfilesForRolePaginator(c.iam, &iam.ListInstanceProfilesForRoleInput{RoleName: role})
	for profiles.HasMorePages() {
		page, err := profiles.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list instance profiles: %w", err)
		}
		for _, profile := range page.InstanceProfiles {
			_, err := c.iam.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{
				RoleName: role, InstanceProfileName: profile.InstanceProfileName,
			})
			if err != nil && !isGone(err) {
				return fmt.Errorf("remove from instance profile %s: %w", aws.ToString(profile.InstanceProfileName), err)
			}
		}
	}
	if d.Get("force_detach_policies").(bool) {
		if err := detachPolicies(ctx, c, d.Id()); err != nil {
			return err
		}
	}
	return until(ctx, iamPropagation, withCode("DeleteConflict", "ConcurrentModification"), func(ctx context.Context) error {
		_, err := c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role})
		return err
	})
}

func detachPolicies(ctx context.Context, c *clients, role string) error {
	attached, err := attachedPolicies(ctx, c, role)
	if err != nil {
		return err
	}
	for _, arn := range attached {
		_, err := c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String(role), PolicyArn: aws.String(arn)})
		if err != nil && !isGone(err) {
			return fmt.Errorf("detach policy %s: %w", arn, err)
		}
	}
	names, err := inlinePolicyNames(ctx, c, role)
	if err != nil {
		return err
	}
	for _, name := range names {
		_, err := c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
		if err != nil && !isGone(err) {
			return fmt.Errorf("delete inline policy %s: %w", name, err)
		}
	}
	return nil
}

// iamTag and iamTagParts are for tagList and tagMap.
func iamTag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func iamTagParts(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

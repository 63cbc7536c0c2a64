package standin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func iamPolicy() kind {
	return kind{
		title: "IAM Policy",
		attributes: map[string]*schema.Schema{
			"arn":              computedString(),
			"attachment_count": {Type: schema.TypeInt, Computed: true},
			"description":      forceNew(optionalString()),
			"name":             conflicts(forceNew(optionalComputedString()), "name_prefix"),
			"name_prefix":      conflicts(forceNew(optionalComputedString()), "name"),
			"path":             forceNew(&schema.Schema{Type: schema.TypeString, Optional: true, Default: "/"}),
			"policy":           policyDocument(requiredString()),
			"policy_id":        computedString(),
		},
		global: true,
		tagged: true,
		create: createPolicy,
		read:   readPolicy,
		update: updatePolicy,
		remove: deletePolicy,
	}
}

func createPolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := d.Get("name").(string)
	if name == "" {
		name = uniqueName(d.Get("name_prefix").(string))
	}
	made, err := c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{
		Description:    nonEmpty(d.Get("description")),
		Path:           aws.String(d.Get("path").(string)),
		PolicyDocument: aws.String(d.Get("policy").(string)),
		PolicyName:     aws.String(name),
		Tags:           tagList(tagsOf(d), iamTag),
	})
	if err != nil {
		return err
	}
	d.SetId(aws.ToString(made.Policy.Arn))
	return nil
}

func readPolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(d.Id())})
	if err != nil {
		return err
	}
	p := found.Policy
	version, err := c.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: aws.String(d.Id()), VersionId: p.DefaultVersionId})
	if err != nil {
		return err
	}
	text, err := url.QueryUnescape(aws.ToString(version.PolicyVersion.Document))
	if err != nil {
		return fmt.Errorf("policy text: %w", err)
	}
	return errors.Join(
		c.tags.set(d, tagMap(p.Tags, iamTagParts)),
		setAll(d, map[string]any{
			"arn":              aws.ToString(p.Arn),
			"attachment_count": int(aws.ToInt32(p.AttachmentCount)),
			"description":      aws.ToString(p.Description),
			"name":             aws.ToString(p.PolicyName),
			"name_prefix":      namePrefix(aws.ToString(p.PolicyName)),
			"path":             aws.ToString(p.Path),
			"policy":           keepPolicy(d.Get("policy").(string), text),
			"policy_id":        aws.ToString(p.PolicyId),
		}),
	)
}

// maxPolicyVersions is how many versions of a policy IAM keeps.
const maxPolicyVersions = 5

func updatePolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if d.HasChange("policy") {
		if err := prunePolicy(ctx, d, c, maxPolicyVersions-1); err != nil {
			return err
		}
		_, err := c.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
			PolicyArn: aws.String(d.Id()), PolicyDocument: aws.String(d.Get("policy").(string)), SetAsDefault: true,
		})
		if err != nil {
			return fmt.Errorf("new version: %w", err)
		}
	}
	set, remove := changedTags(d)
	if len(remove) > 0 {
		if _, err := c.iam.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: aws.String(d.Id()), TagKeys: remove}); err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		if _, err := c.iam.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: aws.String(d.Id()), Tags: tagList(set, iamTag)}); err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

// prunePolicy deletes the oldest versions that are not the default one until at
// most keep are left.
func prunePolicy(ctx context.Context, d *schema.ResourceData, c *clients, keep int) error {
	found, err := c.iam.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: aws.String(d.Id())})
	if err != nil {
		return err
	}
	versions := slices.DeleteFunc(found.Versions, func(v types.PolicyVersion) bool { return v.IsDefaultVersion })
	excess := len(found.Versions) - keep
	slices.SortFunc(versions, func(a, b types.PolicyVersion) int { return aws.ToTime(a.CreateDate).Compare(aws.ToTime(b.CreateDate)) })
	for i, v := range versions {
		if i >= excess {
			break
		}
		_, err := c.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: aws.String(d.Id()), VersionId: v.VersionId})
		if err != nil && !isGone(err) {
			return fmt.Errorf("delete version %s: %w", aws.ToString(v.VersionId), err)
		}
	}
	return nil
}

func deletePolicy(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if err := prunePolicy(ctx, d, c, 1); err != nil {
		return err
	}
	// A role that had it may still be on its way out.
	return until(ctx, iamPropagation, withCode("DeleteConflict"), func(ctx context.Context) error {
		_, err := c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(d.Id())})
		return err
	})
}

func iamRolePolicyAttachment() kind {
	return kind{
		title: "IAM Role Policy Attachment",
		attributes: map[string]*schema.Schema{
			"policy_arn": forceNew(requiredString()),
			"role":       forceNew(requiredString()),
		},
		global: true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			role, arn := d.Get("role").(string), d.Get("policy_arn").(string)
			// The role or the policy may be too new for this call.
			err := until(ctx, iamPropagation, withCode("NoSuchEntity", "ConcurrentModification"), func(ctx context.Context) error {
				_, err := c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
				return err
			})
			if err != nil {
				return err
			}
			d.SetId(uniqueName(role + "-"))
			return nil
		},
		read: readAttachment,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{
				RoleName: aws.String(d.Get("role").(string)), PolicyArn: aws.String(d.Get("policy_arn").(string)),
			})
			return err
		},
		adopt: func(d *schema.ResourceData) error {
			role, arn, found := strings.Cut(d.Id(), "/")
			if !found || !strings.HasPrefix(arn, "arn:") {
				return errors.New("the id must be role_name/policy_arn")
			}
			d.SetId(role + "-" + arn)
			return setAll(d, map[string]any{"role": role, "policy_arn": arn})
		},
	}
}

func readAttachment(ctx context.Context, d *schema.ResourceData, c *clients) error {
	arn := d.Get("policy_arn").(string)
	pages := iam.NewListAttachedRolePoliciesPaginator(c.iam, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(d.Get("role").(string))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(page.AttachedPolicies, func(p types.AttachedPolicy) bool { return aws.ToString(p.PolicyArn) == arn }) {
			return nil
		}
	}
	return errGone
}

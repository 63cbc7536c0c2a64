package standin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// The waits for Secrets Manager. The registry provider waits two minutes for the
// name of a deleted secret, in case it was deleted for good; here that takes no time,
// and a name that can be restored stays taken for days.
const (
	secretPropagation = 2 * time.Minute
	secretNameReuse   = 3 * time.Second
)

func secretsManagerSecret() kind {
	return kind{
		title: "Secrets Manager Secret",
		attributes: map[string]*schema.Schema{
			"arn":                            computedString(),
			"description":                    optionalString(),
			"force_overwrite_replica_secret": boolDefault(false),
			"kms_key_id":                     optionalString(),
			"name":                           checked(conflicts(forceNew(optionalComputedString()), "name_prefix"), validation.StringLenBetween(1, 512)),
			"name_prefix":                    conflicts(forceNew(optionalComputedString()), "name"),
			"policy":                         policyDocument(optionalComputedString()),
			"recovery_window_in_days": checked(&schema.Schema{Type: schema.TypeInt, Optional: true, Default: 30},
				validation.Any(validation.IntBetween(7, 30), validation.IntInSlice([]int{0}))),
			"replica": {
				Type: schema.TypeSet, Optional: true, Computed: true,
				Elem: &schema.Resource{Schema: map[string]*schema.Schema{
					"kms_key_id":         optionalComputedString(),
					"last_accessed_date": computedString(),
					"region":             requiredString(),
					"status":             computedString(),
					"status_message":     computedString(),
				}},
			},
		},
		tagged:  true,
		refused: map[string]string{"replica": "a local cloud has no replicas of secrets"},
		create:  createSecret,
		read:    readSecret,
		update:  updateSecret,
		remove:  deleteSecret,
	}
}

func createSecret(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := d.Get("name").(string)
	if name == "" {
		name = uniqueName(d.Get("name_prefix").(string))
	}
	input := &secretsmanager.CreateSecretInput{
		Description:                 aws.String(d.Get("description").(string)),
		ForceOverwriteReplicaSecret: d.Get("force_overwrite_replica_secret").(bool),
		KmsKeyId:                    nonEmpty(d.Get("kms_key_id")),
		Name:                        aws.String(name),
		Tags:                        tagList(tagsOf(d), secretTag),
	}
	err := until(ctx, secretNameReuse, isJustDeleted, func(ctx context.Context) error {
		created, err := c.secrets.CreateSecret(ctx, input)
		if err == nil {
			d.SetId(aws.ToString(created.ARN))
		}
		return err
	})
	if err != nil {
		return err
	}
	if policy := d.Get("policy").(string); hasStatements(policy) {
		_, err := putSecretPolicy(ctx, c, &secretsmanager.PutResourcePolicyInput{
			ResourcePolicy: aws.String(policy), SecretId: aws.String(d.Id()),
		})
		return err
	}
	return nil
}

// isJustDeleted accepts what CreateSecret answers about a name whose secret was
// deleted but is not gone yet.
func isJustDeleted(err error) bool {
	return hasCode(err, "InvalidRequestException") &&
		(strings.Contains(err.Error(), "scheduled for deletion") || strings.Contains(err.Error(), "was deleted"))
}

// hasStatements tells whether a policy is one; an empty object stands for none.
func hasStatements(policy string) bool { return policy != "" && policy != "{}" }

func putSecretPolicy(ctx context.Context, c *clients, input *secretsmanager.PutResourcePolicyInput) (arn string, err error) {
	// A role that the policy names may be too new for this call.
	again := func(err error) bool {
		return hasCode(err, "MalformedPolicyDocumentException") && strings.Contains(err.Error(), "unsupported principal")
	}
	err = until(ctx, secretPropagation, again, func(ctx context.Context) error {
		put, err := c.secrets.PutResourcePolicy(ctx, input)
		if err == nil {
			arn = aws.ToString(put.ARN)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("set policy: %w", err)
	}
	return arn, nil
}

func readSecret(ctx context.Context, d *schema.ResourceData, c *clients) error {
	secret, err := findSecret(ctx, c, d.Id())
	if err != nil {
		return err
	}
	policy, err := c.secrets.GetResourcePolicy(ctx, &secretsmanager.GetResourcePolicyInput{SecretId: aws.String(d.Id())})
	if err != nil {
		return fmt.Errorf("read policy: %w", err)
	}
	return errors.Join(
		c.tags.set(d, tagMap(secret.Tags, secretTagParts)),
		setAll(d, map[string]any{
			"arn":         aws.ToString(secret.ARN),
			"description": aws.ToString(secret.Description),
			"kms_key_id":  aws.ToString(secret.KmsKeyId),
			"name":        aws.ToString(secret.Name),
			"name_prefix": namePrefix(aws.ToString(secret.Name)),
			"policy":      keepPolicy(d.Get("policy").(string), aws.ToString(policy.ResourcePolicy)),
			"replica":     []any{},
		}),
	)
}

// findSecret returns a secret; one that is pending deletion counts as gone.
func findSecret(ctx context.Context, c *clients, arn string) (*secretsmanager.DescribeSecretOutput, error) {
	secret, err := c.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	if secret.DeletedDate != nil {
		return nil, fmt.Errorf("%w: it is pending deletion", errGone)
	}
	return secret, nil
}

func updateSecret(ctx context.Context, d *schema.ResourceData, c *clients) error {
	id := aws.String(d.Id())
	if d.HasChanges("description", "kms_key_id") {
		_, err := c.secrets.UpdateSecret(ctx, &secretsmanager.UpdateSecretInput{
			Description: aws.String(d.Get("description").(string)), KmsKeyId: nonEmpty(d.Get("kms_key_id")), SecretId: id,
		})
		if err != nil {
			return err
		}
	}
	if d.HasChange("policy") {
		var err error
		if policy := d.Get("policy").(string); hasStatements(policy) {
			_, err = putSecretPolicy(ctx, c, &secretsmanager.PutResourcePolicyInput{ResourcePolicy: &policy, SecretId: id})
		} else {
			_, err = c.secrets.DeleteResourcePolicy(ctx, &secretsmanager.DeleteResourcePolicyInput{SecretId: id})
		}
		if err != nil {
			return err
		}
	}
	set, remove := changedTags(d)
	if len(remove) > 0 {
		_, err := c.secrets.UntagResource(ctx, &secretsmanager.UntagResourceInput{SecretId: id, TagKeys: remove})
		if err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		_, err := c.secrets.TagResource(ctx, &secretsmanager.TagResourceInput{SecretId: id, Tags: tagList(set, secretTag)})
		if err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

func deleteSecret(ctx context.Context, d *schema.ResourceData, c *clients) error {
	input := &secretsmanager.DeleteSecretInput{SecretId: aws.String(d.Id())}
	if days := d.Get("recovery_window_in_days").(int); days == 0 {
		input.ForceDeleteWithoutRecovery = aws.Bool(true)
	} else {
		input.RecoveryWindowInDays = aws.Int64(int64(days))
	}
	if _, err := c.secrets.DeleteSecret(ctx, input); err != nil {
		return err
	}
	return until(ctx, secretPropagation, isPending, func(ctx context.Context) error {
		if _, err := findSecret(ctx, c, d.Id()); err != nil {
			return err
		}
		return errPending
	})
}

// secretTag and secretTagParts are for tagList and tagMap.
func secretTag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func secretTagParts(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

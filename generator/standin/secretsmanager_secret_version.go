package standin

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func secretsManagerSecretVersion() kind {
	value := func(others ...string) *schema.Schema {
		return conflicts(sensitive(optionalString()), others...)
	}
	return kind{
		title: "Secrets Manager Secret Version",
		attributes: map[string]*schema.Schema{
			"arn":                      computedString(),
			"has_secret_string_wo":     {Type: schema.TypeBool, Computed: true},
			"secret_binary":            checked(forceNew(value("secret_string", "secret_string_wo")), validation.StringIsBase64),
			"secret_id":                forceNew(requiredString()),
			"secret_string":            forceNew(value("secret_binary", "secret_string_wo")),
			"secret_string_wo":         requires(writeOnly(value("secret_binary", "secret_string")), "secret_string_wo_version"),
			"secret_string_wo_version": requires(forceNew(optionalInt()), "secret_string_wo"),
			"version_id":               computedString(),
			"version_stages":           computed(stringSet()),
		},
		create: createSecretVersion,
		read:   readSecretVersion,
		update: updateSecretVersion,
		remove: deleteSecretVersion,
		adopt: func(d *schema.ResourceData) error {
			if secret, version := splitSecretVersion(d.Id()); secret == "" || version == "" {
				return errors.New("the id must be secret_id|version_id")
			}
			return nil
		},
	}
}

// The staging labels that Secrets Manager itself moves.
const (
	stageCurrent  = "AWSCURRENT"
	stagePrevious = "AWSPREVIOUS"
)

func splitSecretVersion(id string) (secret, version string) {
	secret, version, _ = strings.Cut(id, "|")
	return secret, version
}

func createSecretVersion(ctx context.Context, d *schema.ResourceData, c *clients) error {
	secret := d.Get("secret_id").(string)
	input := &secretsmanager.PutSecretValueInput{
		ClientRequestToken: aws.String(uniqueName("")), // becomes the version's id
		SecretId:           aws.String(secret),
		SecretString:       nonEmpty(d.Get("secret_string")),
		VersionStages:      stringsOf(d.Get("version_stages")),
	}
	if hidden := writeOnlyString(d, "secret_string_wo"); hidden != "" {
		input.SecretString = &hidden
	}
	if encoded := d.Get("secret_binary").(string); encoded != "" {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return errors.New("secret_binary is not base64") // the decoder's error could quote it
		}
		input.SecretBinary = decoded
	}
	put, err := c.secrets.PutSecretValue(ctx, input)
	if err != nil {
		return err
	}
	d.SetId(secret + "|" + aws.ToString(put.VersionId))
	return nil
}

func readSecretVersion(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := findSecretVersion(ctx, d, c)
	if err != nil {
		return err
	}
	secret, _ := splitSecretVersion(d.Id())
	noted := any(nil)
	if isHidden(d) {
		noted = true
	}
	return setAll(d, map[string]any{
		"arn":                  aws.ToString(found.ARN),
		"has_secret_string_wo": noted,
		"secret_binary":        base64.StdEncoding.EncodeToString(found.SecretBinary),
		"secret_id":            secret,
		"secret_string":        aws.ToString(found.SecretString),
		"version_id":           aws.ToString(found.VersionId),
		"version_stages":       found.VersionStages,
	})
}

// isHidden tells whether the value is Terraform's to write and not to see. A refresh sees
// no configuration, only what was noted of it.
func isHidden(d *schema.ResourceData) bool {
	return d.Get("has_secret_string_wo").(bool) || writeOnlyString(d, "secret_string_wo") != ""
}

// findSecretVersion reads a version. A value that must not be seen is not asked for
// (https://github.com/hashicorp/terraform-provider-aws/pull/44876): who plans need not be
// allowed to.
func findSecretVersion(ctx context.Context, d *schema.ResourceData, c *clients) (*secretsmanager.GetSecretValueOutput, error) {
	secret, version := splitSecretVersion(d.Id())
	if isHidden(d) {
		return findInVersions(ctx, c, secret, func(v types.SecretVersionsListEntry) bool { return aws.ToString(v.VersionId) == version })
	}
	found, err := c.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(secret), VersionId: aws.String(version),
	})
	return found, goneWhenDeleted(err)
}

// findInVersions reads the first version that is like it, without its value.
func findInVersions(ctx context.Context, c *clients, secret string, like func(types.SecretVersionsListEntry) bool) (*secretsmanager.GetSecretValueOutput, error) {
	pages := secretsmanager.NewListSecretVersionIdsPaginator(c.secrets, &secretsmanager.ListSecretVersionIdsInput{
		SecretId: aws.String(secret),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list versions: %w", goneWhenDeleted(err))
		}
		if i := slices.IndexFunc(page.Versions, like); i >= 0 {
			return &secretsmanager.GetSecretValueOutput{
				ARN: page.ARN, VersionId: page.Versions[i].VersionId, VersionStages: page.Versions[i].VersionStages,
			}, nil
		}
	}
	return nil, errGone
}

// goneWhenDeleted turns what Secrets Manager says of a secret that is pending
// deletion into errGone.
func goneWhenDeleted(err error) error {
	if hasCode(err, "InvalidRequestException") &&
		(strings.Contains(err.Error(), "was deleted") || strings.Contains(err.Error(), "was marked for deletion")) {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return err
}

// updateSecretVersion moves staging labels; everything else makes a new version.
func updateSecretVersion(ctx context.Context, d *schema.ResourceData, c *clients) error {
	secret, version := splitSecretVersion(d.Id())
	before, after := d.GetChange("version_stages")
	had, wanted := stringsOf(before), stringsOf(after)
	becomesCurrent := false
	for _, stage := range wanted {
		if slices.Contains(had, stage) {
			continue
		}
		input := &secretsmanager.UpdateSecretVersionStageInput{
			MoveToVersionId: aws.String(version), SecretId: aws.String(secret), VersionStage: aws.String(stage),
		}
		if stage == stageCurrent {
			becomesCurrent = true
			holder, err := currentSecretVersion(ctx, c, secret)
			if err != nil {
				return err
			}
			input.RemoveFromVersionId = nonEmpty(holder)
		}
		if _, err := c.secrets.UpdateSecretVersionStage(ctx, input); err != nil {
			return fmt.Errorf("add staging label %s: %w", stage, err)
		}
	}
	for _, stage := range had {
		// AWSCURRENT cannot be taken off, and takes AWSPREVIOUS off where it arrives.
		if slices.Contains(wanted, stage) || stage == stageCurrent || stage == stagePrevious && becomesCurrent {
			continue
		}
		if err := dropSecretStage(ctx, d, c, stage); err != nil {
			return err
		}
	}
	return nil
}

// currentSecretVersion returns the id of the version that AWSCURRENT is on, or
// nothing.
func currentSecretVersion(ctx context.Context, c *clients, secret string) (string, error) {
	found, err := findInVersions(ctx, c, secret, func(v types.SecretVersionsListEntry) bool {
		return slices.Contains(v.VersionStages, stageCurrent)
	})
	if errors.Is(err, errGone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return aws.ToString(found.VersionId), nil
}

func dropSecretStage(ctx context.Context, d *schema.ResourceData, c *clients, stage string) error {
	secret, version := splitSecretVersion(d.Id())
	_, err := c.secrets.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
		RemoveFromVersionId: aws.String(version), SecretId: aws.String(secret), VersionStage: aws.String(stage),
	})
	if err != nil {
		return fmt.Errorf("remove staging label %s: %w", stage, goneWhenDeleted(err))
	}
	return nil
}

// deleteSecretVersion takes the labels off, by which a version becomes deprecated and
// AWS may delete it. The current one stays: it goes with its secret.
func deleteSecretVersion(ctx context.Context, d *schema.ResourceData, c *clients) error {
	for _, stage := range stringsOf(d.Get("version_stages")) {
		if stage == stageCurrent {
			continue
		}
		if err := dropSecretStage(ctx, d, c, stage); err != nil {
			return err
		}
	}
	return until(ctx, secretPropagation, isPending, func(ctx context.Context) error {
		found, err := findSecretVersion(ctx, d, c)
		if err != nil {
			return err
		}
		left := slices.DeleteFunc(found.VersionStages, func(stage string) bool {
			return stage == stageCurrent || stage == stagePrevious
		})
		if len(left) > 0 {
			return errPending
		}
		return nil
	})
}

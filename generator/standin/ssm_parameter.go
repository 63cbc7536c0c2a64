package standin

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func ssmParameter() kind {
	values := []string{"insecure_value", "value", "value_wo"}
	tier := checked(optionalComputedString(),
		validation.StringInSlice([]string{"Standard", "Advanced", "Intelligent-Tiering"}, false))
	tier.DiffSuppressFunc = func(_, before, after string, _ *schema.ResourceData) bool {
		// Intelligent tiering is how a tier is chosen, AWS answers which one it was.
		return before != "" && after == string(types.ParameterTierIntelligentTiering)
	}
	return kind{
		title: "SSM Parameter",
		attributes: map[string]*schema.Schema{
			"allowed_pattern": checked(optionalString(), validation.StringLenBetween(0, 1024)),
			"arn":             optionalComputedString(),
			"data_type": checked(forceNew(optionalComputedString()),
				validation.StringInSlice([]string{"aws:ec2:image", "aws:ssm:integration", "text"}, false)),
			"description":    checked(optionalString(), validation.StringLenBetween(0, 1024)),
			"has_value_wo":   {Type: schema.TypeBool, Computed: true},
			"insecure_value": exactlyOne(optionalComputedString(), values...),
			"key_id":         optionalComputedString(),
			"name":           checked(forceNew(requiredString()), validation.StringLenBetween(1, 2048)),
			"overwrite":      optionalBool(),
			"tier":           tier,
			"type":           checked(requiredString(), validation.StringInSlice([]string{"String", "StringList", "SecureString"}, false)),
			"value":          exactlyOne(sensitive(optionalComputedString()), values...),

			"value_wo":         requires(exactlyOne(writeOnly(sensitive(optionalString())), values...), "value_wo_version"),
			"value_wo_version": requires(optionalInt(), "value_wo"),
			"version":          {Type: schema.TypeInt, Computed: true},
		},
		tagged: true,
		create: createParameter,
		read:   readParameter,
		update: updateParameter,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.ssm.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String(d.Get("name").(string))})
			return absent(err, "ParameterNotFound")
		},
		diff:  planParameter,
		adopt: func(d *schema.ResourceData) error { return d.Set("name", d.Id()) },
	}
}

// planParameter plans the values that follow from others.
func planParameter(d *schema.ResourceDiff, _ *clients) error {
	before, after := d.GetChange("tier")
	if before == string(types.ParameterTierAdvanced) && after == string(types.ParameterTierStandard) {
		// AWS does not take a parameter back to the standard tier.
		if err := d.ForceNew("tier"); err != nil {
			return fmt.Errorf("plan tier: %w", err)
		}
	}
	if d.Id() == "" {
		return nil
	}
	for _, follows := range []struct {
		attribute string
		from      []string
	}{
		{"version", []string{"value", "description"}},
		{"value", []string{"insecure_value"}},
		{"has_value_wo", []string{"value_wo_version"}},
	} {
		for _, from := range follows.from {
			if d.HasChange(from) || !d.NewValueKnown(from) {
				if err := d.SetNewComputed(follows.attribute); err != nil {
					return fmt.Errorf("plan %s: %w", follows.attribute, err)
				}
			}
		}
	}
	return nil
}

// parameterInput is what creating and updating have in common.
func parameterInput(d *schema.ResourceData, overwrite bool) *ssm.PutParameterInput {
	value := d.Get("value").(string)
	for _, other := range []string{d.Get("insecure_value").(string), writeOnlyString(d, "value_wo")} {
		if other != "" {
			value = other
		}
	}
	config := d.GetRawConfig()
	if given(config, "overwrite") {
		overwrite = d.Get("overwrite").(bool)
	}
	tier := d.Get("tier").(string)
	if given(config, "tier") {
		tier = config.GetAttr("tier").AsString() // the plan has what AWS chose
	}
	return &ssm.PutParameterInput{
		AllowedPattern: aws.String(d.Get("allowed_pattern").(string)),
		Name:           aws.String(d.Get("name").(string)),
		Overwrite:      aws.Bool(overwrite),
		Tier:           types.ParameterTier(tier),
		Type:           types.ParameterType(d.Get("type").(string)),
		Value:          aws.String(value),
	}
}

func createParameter(ctx context.Context, d *schema.ResourceData, c *clients) error {
	input := parameterInput(d, false)
	input.DataType = nonEmpty(d.Get("data_type"))
	input.Description = nonEmpty(d.Get("description"))
	if input.Type == types.ParameterTypeSecureString {
		input.KeyId = nonEmpty(d.Get("key_id"))
	}
	tags := tagList(tagsOf(d), ssmTag)
	// AWS takes tags or overwrites, not both in one call.
	if !*input.Overwrite {
		input.Tags = tags
	}
	if _, err := c.ssm.PutParameter(ctx, input); err != nil {
		return err
	}
	d.SetId(*input.Name)
	if *input.Overwrite && len(tags) > 0 {
		return addParameterTags(ctx, d, c, tags)
	}
	return nil
}

func updateParameter(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if d.HasChangesExcept("overwrite", "tags", "tags_all") {
		input := parameterInput(d, true)
		if d.HasChange("description") {
			input.Description = aws.String(d.Get("description").(string))
		}
		if d.HasChange("key_id") && input.Type == types.ParameterTypeSecureString {
			input.KeyId = nonEmpty(d.Get("key_id"))
		}
		if _, err := c.ssm.PutParameter(ctx, input); err != nil {
			return err
		}
	}
	set, remove := changedTags(d)
	if len(remove) > 0 {
		_, err := c.ssm.RemoveTagsFromResource(ctx, &ssm.RemoveTagsFromResourceInput{
			ResourceId: aws.String(d.Id()), ResourceType: types.ResourceTypeForTaggingParameter, TagKeys: remove,
		})
		if err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		return addParameterTags(ctx, d, c, tagList(set, ssmTag))
	}
	return nil
}

func addParameterTags(ctx context.Context, d *schema.ResourceData, c *clients, tags []types.Tag) error {
	_, err := c.ssm.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{
		ResourceId: aws.String(d.Id()), ResourceType: types.ResourceTypeForTaggingParameter, Tags: tags,
	})
	if err != nil {
		return fmt.Errorf("set tags: %w", err)
	}
	return nil
}

func readParameter(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(d.Id()), WithDecryption: aws.Bool(true)})
	if err != nil {
		return absent(err, "ParameterNotFound")
	}
	parameter := found.Parameter
	detail, err := parameterDetail(ctx, c, aws.ToString(parameter.Name))
	if err != nil {
		return err
	}
	tags, err := c.ssm.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{
		ResourceId: aws.String(d.Id()), ResourceType: types.ResourceTypeForTaggingParameter,
	})
	if err != nil {
		return fmt.Errorf("read tags: %w", absent(err, "InvalidResourceId"))
	}
	return errors.Join(
		setParameterValue(d, parameter),
		c.tags.set(d, tagMap(tags.TagList, ssmTagParts)),
		setAll(d, map[string]any{
			"allowed_pattern": aws.ToString(detail.AllowedPattern),
			"arn":             aws.ToString(parameter.ARN),
			"data_type":       aws.ToString(detail.DataType),
			"description":     aws.ToString(detail.Description),
			"key_id":          aws.ToString(detail.KeyId),
			"name":            aws.ToString(parameter.Name),
			"tier":            string(detail.Tier),
			"type":            string(parameter.Type),
			"version":         int(parameter.Version),
		}),
	)
}

// setParameterValue writes the value where the configuration has it; one that was
// given as write-only is left out.
func setParameterValue(d *schema.ResourceData, parameter *types.Parameter) error {
	secure := parameter.Type == types.ParameterTypeSecureString
	insecure := d.Get("insecure_value").(string) != ""
	if secure && insecure {
		return fmt.Errorf("invalid configuration, cannot set type = %s and insecure_value", parameter.Type)
	}
	// A refresh sees no configuration, only what was noted of it.
	hidden := d.Get("has_value_wo").(bool)
	if !d.GetRawConfig().IsNull() {
		hidden = writeOnlyString(d, "value_wo") != ""
	}
	if hidden {
		return setAll(d, map[string]any{"has_value_wo": true, "value": nil})
	}
	values := map[string]any{"value": aws.ToString(parameter.Value)}
	if insecure {
		values = map[string]any{"insecure_value": aws.ToString(parameter.Value)}
	}
	if d.Get("has_value_wo").(bool) {
		values["has_value_wo"] = nil // where it never was, it is null, not false
	}
	return setAll(d, values)
}

func parameterDetail(ctx context.Context, c *clients, name string) (types.ParameterMetadata, error) {
	pages := ssm.NewDescribeParametersPaginator(c.ssm, &ssm.DescribeParametersInput{
		ParameterFilters: []types.ParameterStringFilter{
			{Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{name}},
		},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.ParameterMetadata{}, fmt.Errorf("describe: %w", err)
		}
		if len(page.Parameters) > 0 {
			return page.Parameters[0], nil
		}
	}
	return types.ParameterMetadata{}, errGone
}

// ssmTag and ssmTagParts are for tagList and tagMap.
func ssmTag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func ssmTagParts(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

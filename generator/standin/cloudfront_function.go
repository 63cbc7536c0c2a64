package standin

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func cloudfrontFunction() kind {
	stores := stringSet()
	stores.Elem = arnOnly(&schema.Schema{Type: schema.TypeString})
	return kind{
		title: "CloudFront Function",
		attributes: map[string]*schema.Schema{
			"arn":             computedString(),
			"code":            requiredString(),
			"comment":         optionalString(),
			"etag":            computedString(),
			"live_stage_etag": computedString(),
			"name":            forceNew(requiredString()),
			"publish":         boolDefault(true),
			"runtime":         oneOf(requiredString(), types.FunctionRuntime("").Values()),
			"status":          computedString(),

			"key_value_store_associations": stores,
		},
		global: true,
		create: createCloudfrontFunction,
		read:   readCloudfrontFunction,
		update: updateCloudfrontFunction,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudfront.DeleteFunction(ctx, &cloudfront.DeleteFunctionInput{
				IfMatch: aws.String(d.Get("etag").(string)), Name: aws.String(d.Id()),
			})
			return err
		},
	}
}

func createCloudfrontFunction(ctx context.Context, d *schema.ResourceData, c *clients) error {
	made, err := c.cloudfront.CreateFunction(ctx, &cloudfront.CreateFunctionInput{
		FunctionCode:   []byte(d.Get("code").(string)),
		FunctionConfig: cloudfrontFunctionConfig(d),
		Name:           aws.String(d.Get("name").(string)),
	})
	if err != nil {
		return err
	}
	d.SetId(aws.ToString(made.FunctionSummary.Name))
	return publishCloudfrontFunction(ctx, d, c, made.ETag)
}

func updateCloudfrontFunction(ctx context.Context, d *schema.ResourceData, c *clients) error {
	etag := aws.String(d.Get("etag").(string))
	if d.HasChanges("code", "comment", "key_value_store_associations", "runtime") {
		changed, err := c.cloudfront.UpdateFunction(ctx, &cloudfront.UpdateFunctionInput{
			FunctionCode:   []byte(d.Get("code").(string)),
			FunctionConfig: cloudfrontFunctionConfig(d),
			IfMatch:        etag,
			Name:           aws.String(d.Id()),
		})
		if err != nil {
			return err
		}
		etag = changed.ETag
	}
	return publishCloudfrontFunction(ctx, d, c, etag)
}

func cloudfrontFunctionConfig(d *schema.ResourceData) *types.FunctionConfig {
	config := &types.FunctionConfig{
		Comment: aws.String(d.Get("comment").(string)),
		Runtime: types.FunctionRuntime(d.Get("runtime").(string)),
	}
	var stores []types.KeyValueStoreAssociation
	for _, arn := range stringsOf(d.Get("key_value_store_associations")) {
		stores = append(stores, types.KeyValueStoreAssociation{KeyValueStoreARN: &arn})
	}
	if len(stores) > 0 {
		config.KeyValueStoreAssociations = &types.KeyValueStoreAssociations{Items: stores, Quantity: quantity(stores)}
	}
	return config
}

// publishCloudfrontFunction puts the version that etag stands for in force, if the
// configuration says so.
func publishCloudfrontFunction(ctx context.Context, d *schema.ResourceData, c *clients, etag *string) error {
	if !d.Get("publish").(bool) {
		return nil
	}
	_, err := c.cloudfront.PublishFunction(ctx, &cloudfront.PublishFunctionInput{IfMatch: etag, Name: aws.String(d.Id())})
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

func readCloudfrontFunction(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := aws.String(d.Id())
	found, err := c.cloudfront.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: name, Stage: types.FunctionStageDevelopment})
	if err != nil {
		return err
	}
	code, err := c.cloudfront.GetFunction(ctx, &cloudfront.GetFunctionInput{Name: name, Stage: types.FunctionStageDevelopment})
	if err != nil {
		return fmt.Errorf("code: %w", err)
	}
	liveETag := ""
	live, err := c.cloudfront.DescribeFunction(ctx, &cloudfront.DescribeFunctionInput{Name: name, Stage: types.FunctionStageLive})
	switch {
	case err == nil:
		liveETag = aws.ToString(live.ETag)
	case !isGone(err): // a function that was never published has no live stage
		return fmt.Errorf("live stage: %w", err)
	}
	summary := found.FunctionSummary
	var stores []string
	if associations := summary.FunctionConfig.KeyValueStoreAssociations; associations != nil {
		for _, store := range associations.Items {
			stores = append(stores, aws.ToString(store.KeyValueStoreARN))
		}
	}
	return setAll(d, map[string]any{
		"arn":             aws.ToString(summary.FunctionMetadata.FunctionARN),
		"code":            string(code.FunctionCode),
		"comment":         aws.ToString(summary.FunctionConfig.Comment),
		"etag":            aws.ToString(found.ETag),
		"live_stage_etag": liveETag,
		"name":            aws.ToString(summary.Name),
		"runtime":         string(summary.FunctionConfig.Runtime),
		"status":          aws.ToString(summary.Status),

		"key_value_store_associations": stores,
	})
}

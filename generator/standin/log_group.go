package standin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func logGroup() kind {
	return kind{
		title: "CloudWatch Logs Log Group",
		attributes: map[string]*schema.Schema{
			"arn":        computedString(),
			"kms_key_id": optionalString(),
			"log_group_class": checked(forceNew(optionalComputedString()),
				validation.StringInSlice([]string{"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"}, false)),
			"name":        checked(conflicts(forceNew(optionalComputedString()), "name_prefix"), validation.StringLenBetween(1, 512)),
			"name_prefix": conflicts(forceNew(optionalComputedString()), "name"),
			"retention_in_days": checked(&schema.Schema{Type: schema.TypeInt, Optional: true, Default: 0},
				validation.IntInSlice(retentionDays())),
			"skip_destroy": boolDefault(false),
		},
		tagged: true,
		create: createLogGroup,
		read:   readLogGroup,
		update: updateLogGroup,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			if d.Get("skip_destroy").(bool) {
				return nil
			}
			return onLogGroup(ctx, func(ctx context.Context) error {
				_, err := c.logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String(d.Id())})
				return err
			})
		},
		adopt: func(d *schema.ResourceData) error { return d.Set("name", d.Id()) },
	}
}

// retentionDays lists what PutRetentionPolicy takes; zero keeps events forever.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
func retentionDays() []int {
	return []int{
		0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
	}
}

// onLogGroup makes a change that another one of the same group may be in the way of.
func onLogGroup(ctx context.Context, change func(context.Context) error) error {
	return until(ctx, time.Minute, withCode("OperationAbortedException"), change)
}

func createLogGroup(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := d.Get("name").(string)
	if name == "" {
		name = uniqueName(d.Get("name_prefix").(string))
	}
	input := &cloudwatchlogs.CreateLogGroupInput{
		KmsKeyId:      nonEmpty(d.Get("kms_key_id")),
		LogGroupClass: types.LogGroupClass(d.Get("log_group_class").(string)),
		LogGroupName:  aws.String(name),
	}
	if tags := tagsOf(d); len(tags) > 0 {
		input.Tags = tags
	}
	err := onLogGroup(ctx, func(ctx context.Context) error {
		_, err := c.logs.CreateLogGroup(ctx, input)
		return err
	})
	if err != nil {
		return err
	}
	d.SetId(name)
	if d.Get("retention_in_days").(int) == 0 {
		return nil
	}
	return putRetention(ctx, d, c)
}

func putRetention(ctx context.Context, d *schema.ResourceData, c *clients) error {
	days := nonZero(d.Get("retention_in_days"))
	// The group may be too new for this call.
	again := withCode("OperationAbortedException", "ResourceNotFoundException")
	err := until(ctx, time.Minute, again, func(ctx context.Context) error {
		if days == nil {
			_, err := c.logs.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: aws.String(d.Id())})
			return err
		}
		_, err := c.logs.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{
			LogGroupName: aws.String(d.Id()), RetentionInDays: days,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("set retention: %w", err)
	}
	return nil
}

func readLogGroup(ctx context.Context, d *schema.ResourceData, c *clients) error {
	group, err := findLogGroup(ctx, c, d.Id())
	if err != nil {
		return err
	}
	// The API ends the ARN with :*, the attribute does not.
	arn := strings.TrimSuffix(aws.ToString(group.Arn), ":*")
	tags, err := c.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil {
		return fmt.Errorf("read tags: %w", err)
	}
	return errors.Join(
		c.tags.set(d, tags.Tags),
		setAll(d, map[string]any{
			"arn":               arn,
			"kms_key_id":        aws.ToString(group.KmsKeyId),
			"log_group_class":   string(group.LogGroupClass),
			"name":              aws.ToString(group.LogGroupName),
			"name_prefix":       namePrefix(aws.ToString(group.LogGroupName)),
			"retention_in_days": int(aws.ToInt32(group.RetentionInDays)),
		}),
	)
}

func findLogGroup(ctx context.Context, c *clients, name string) (types.LogGroup, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(c.logs, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: aws.String(name),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.LogGroup{}, err
		}
		for _, group := range page.LogGroups {
			if aws.ToString(group.LogGroupName) == name {
				return group, nil
			}
		}
	}
	return types.LogGroup{}, errGone
}

func updateLogGroup(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if d.HasChange("retention_in_days") {
		if err := putRetention(ctx, d, c); err != nil {
			return err
		}
	}
	if d.HasChange("kms_key_id") {
		if err := setLogGroupKey(ctx, d, c); err != nil {
			return err
		}
	}
	arn := aws.String(d.Get("arn").(string))
	set, remove := changedTags(d)
	if len(remove) > 0 {
		_, err := c.logs.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: arn, TagKeys: remove})
		if err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		_, err := c.logs.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: arn, Tags: set})
		if err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

func setLogGroupKey(ctx context.Context, d *schema.ResourceData, c *clients) error {
	name := aws.String(d.Id())
	if key := nonEmpty(d.Get("kms_key_id")); key != nil {
		_, err := c.logs.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: name, KmsKeyId: key})
		if err != nil {
			return fmt.Errorf("set key: %w", err)
		}
		return nil
	}
	_, err := c.logs.DisassociateKmsKey(ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: name})
	if err != nil {
		return fmt.Errorf("remove key: %w", err)
	}
	return nil
}

package lifecycle

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

func (o observer) logGroup(ctx context.Context, name string) (map[string]any, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(o.logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) == name { // the prefix finds longer names too
				return o.logGroupDetails(ctx, g)
			}
		}
	}
	return nil, errGone
}

func (o observer) logGroupDetails(ctx context.Context, g types.LogGroup) (map[string]any, error) {
	// DescribeLogGroups answers ARNs with an asterisk, which the calls for tags do not
	// take.
	arn := strings.TrimSuffix(aws.ToString(g.Arn), ":*")
	tags, err := o.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, err
	}
	subscribers := []string{}
	pages := cloudwatchlogs.NewDescribeSubscriptionFiltersPaginator(o.logs, &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: g.LogGroupName})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range page.SubscriptionFilters {
			subscribers = append(subscribers, aws.ToString(f.DestinationArn))
		}
	}
	return map[string]any{
		"retention_days": int(aws.ToInt32(g.RetentionInDays)), "class": string(g.LogGroupClass), "kms_key": aws.ToString(g.KmsKeyId),
		"subscribers": subscribers, "tags": ownTags(tags.Tags),
	}, nil
}

package logs_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

func TestSubscriptionFilters(t *testing.T) {
	c := newCloud(t)
	ctx := context.Background()
	c.group("g", nil)
	put := func(name, destination string) error {
		_, err := c.client.PutSubscriptionFilter(ctx, &sdk.PutSubscriptionFilterInput{
			LogGroupName: aws.String("g"), FilterName: &name, DestinationArn: &destination, FilterPattern: aws.String("ERROR"),
		})
		return err
	}
	describe := func(prefix string) []types.SubscriptionFilter {
		t.Helper()
		out, err := c.client.DescribeSubscriptionFilters(ctx, &sdk.DescribeSubscriptionFiltersInput{LogGroupName: aws.String("g"), FilterNamePrefix: &prefix})
		c.must(err)
		return out.SubscriptionFilters
	}
	const stream = "arn:aws:kinesis:eu-west-2:111122223333:stream/"
	for _, name := range []string{"one", "two", "one"} { // the last replaces the first
		c.must(put(name, stream+name))
	}
	wantError(t, put("three", stream+"three"), "LimitExceededException", "limit exceeded")
	wantError(t, put("a:b", stream+"one"), "InvalidParameterException", "'filterName'")
	wantError(t, put("one", "one"), "InvalidParameterException", "destination ARN")
	if all := describe(""); len(all) != 2 {
		t.Errorf("%d filters, want 2", len(all))
	}
	if some := describe("tw"); len(some) != 1 || *some[0].DestinationArn != stream+"two" || *some[0].FilterPattern != "ERROR" ||
		some[0].Distribution != types.DistributionByLogStream || *some[0].CreationTime != noon.UnixMilli() {
		t.Errorf("got %+v", some)
	}
	remove := func() error {
		_, err := c.client.DeleteSubscriptionFilter(ctx, &sdk.DeleteSubscriptionFilterInput{LogGroupName: aws.String("g"), FilterName: aws.String("one")})
		return err
	}
	c.must(remove())
	wantError(t, remove(), "ResourceNotFoundException", "subscription filter does not exist")
	if left := describe(""); len(left) != 1 || *left[0].FilterName != "two" {
		t.Errorf("got %+v", left)
	}
}

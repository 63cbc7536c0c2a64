package standin_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	tfjson "github.com/hashicorp/terraform-json"
)

// watchStack is what tells of trouble: alarms of each sort, and a bucket's log.
func watchStack() stack {
	byID := idOf("id")
	return stack{
		folder: "watch",
		ids: map[string]func(map[string]any) string{
			"aws_cloudwatch_metric_alarm.band":   byID,
			"aws_cloudwatch_metric_alarm.errors": byID,
			"aws_cloudwatch_metric_alarm.rate":   byID,
			"aws_cloudwatch_metric_alarm.slow":   byID,
			`aws_s3_bucket.logs["a"]`:            byID,
			`aws_s3_bucket.logs["b"]`:            byID,
			"aws_s3_bucket.watched":              byID,
			"aws_s3_bucket_logging.watched":      byID,
		},
		replaced: []string{
			"aws_cloudwatch_metric_alarm.band",
			"aws_cloudwatch_metric_alarm.errors",
			"aws_cloudwatch_metric_alarm.rate",
			"aws_cloudwatch_metric_alarm.slow",
			"aws_s3_bucket.watched",
			"aws_s3_bucket_logging.watched",
		},
		drift: map[string]drift{
			"alarm gone": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := cloudwatch.NewFromConfig(c).DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"standin-slow"}})
				return err
			}, "aws_cloudwatch_metric_alarm.slow", tfjson.ActionCreate},
			"another alarm": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				_, err := cloudwatch.NewFromConfig(c).PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
					AlarmName: aws.String("standin-errors"), ComparisonOperator: cloudwatchtypes.ComparisonOperatorLessThanThreshold,
					EvaluationPeriods: aws.Int32(1), Namespace: aws.String("AWS/S3"), MetricName: aws.String("AllRequests"),
					Statistic: cloudwatchtypes.StatisticSum, Period: aws.Int32(60), Threshold: aws.Float64(1),
				})
				return err
			}, "aws_cloudwatch_metric_alarm.errors", tfjson.ActionUpdate},
			"alarm's tags": {func(ctx context.Context, c aws.Config, state map[string]map[string]any) error {
				_, err := cloudwatch.NewFromConfig(c).TagResource(ctx, &cloudwatch.TagResourceInput{
					ResourceARN: aws.String(state["aws_cloudwatch_metric_alarm.rate"]["arn"].(string)),
					Tags:        []cloudwatchtypes.Tag{{Key: aws.String("stray"), Value: aws.String("1")}},
				})
				return err
			}, "aws_cloudwatch_metric_alarm.rate", tfjson.ActionUpdate},
			"log elsewhere": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				return logTo(ctx, c, &types.LoggingEnabled{TargetBucket: aws.String("standin-watch-logs-b"), TargetPrefix: aws.String("first/")})
			}, "aws_s3_bucket_logging.watched", tfjson.ActionUpdate},
			"no log": {func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
				return logTo(ctx, c, nil)
			}, "aws_s3_bucket_logging.watched", tfjson.ActionCreate},
		},
		reads: append([]string{"GetCallerIdentity", "DescribeAlarms", "ListTagsForResource"}, bucketReads()...),
		gone: func(t *testing.T, c aws.Config) {
			alarms, err := cloudwatch.NewFromConfig(c).DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{})
			if err != nil || len(alarms.MetricAlarms) > 0 {
				t.Errorf("alarms: %v, %v", alarms, err)
			}
			buckets, err := s3.NewFromConfig(c).ListBuckets(t.Context(), &s3.ListBucketsInput{})
			if err != nil || len(buckets.Buckets) > 0 {
				t.Errorf("buckets: %v, %v", buckets, err)
			}
		},
	}
}

func logTo(ctx context.Context, c aws.Config, target *types.LoggingEnabled) error {
	client := s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{
		Bucket: aws.String("standin-watched"), BucketLoggingStatus: &types.BucketLoggingStatus{LoggingEnabled: target},
	})
	return err
}

package standin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func metricAlarm() kind {
	return kind{
		title: "CloudWatch Metric Alarm",
		attributes: map[string]*schema.Schema{
			"actions_enabled":     boolDefault(true),
			"alarm_actions":       stringSet(),
			"alarm_description":   checked(optionalString(), validation.StringLenBetween(0, 1024)),
			"alarm_name":          checked(forceNew(requiredString()), validation.StringLenBetween(1, 255)),
			"arn":                 computedString(),
			"comparison_operator": oneOf(requiredString(), types.ComparisonOperator("").Values()),
			"datapoints_to_alarm": checked(optionalInt(), validation.IntAtLeast(1)),
			"dimensions":          conflicts(stringMap(), "metric_query"),
			"evaluate_low_sample_count_percentiles": checked(optionalComputedString(),
				validation.StringInSlice([]string{"evaluate", "ignore"}, false)),
			"evaluation_periods":        checked(required(optionalInt()), validation.IntAtLeast(1)),
			"extended_statistic":        conflicts(optionalString(), "statistic", "metric_query"),
			"insufficient_data_actions": atMost(stringSet(), 5),
			"metric_name":               conflicts(optionalString(), "metric_query"),
			"metric_query":              conflicts(blockSet(metricQuery()), "metric_name"),
			"namespace":                 conflicts(optionalString(), "metric_query"),
			"ok_actions":                atMost(stringSet(), 5),
			"period":                    conflicts(checked(optionalInt(), metricPeriod), "metric_query"),
			"statistic":                 conflicts(oneOf(optionalString(), types.Statistic("").Values()), "extended_statistic", "metric_query"),
			"threshold":                 conflicts(&schema.Schema{Type: schema.TypeFloat, Optional: true}, "threshold_metric_id"),
			"threshold_metric_id":       conflicts(optionalString(), "threshold"),
			"treat_missing_data": checked(stringDefault("missing"),
				validation.StringInSlice([]string{"breaching", "notBreaching", "ignore", "missing"}, false)),
			"unit": oneOf(optionalString(), types.StandardUnit("").Values()),
		},
		tagged: true,
		create: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			input := alarmInput(d)
			input.Tags = tagList(tagsOf(d), alarmTag)
			if _, err := c.cloudwatch.PutMetricAlarm(ctx, input); err != nil {
				return err
			}
			d.SetId(d.Get("alarm_name").(string))
			return nil
		},
		read:   readAlarm,
		update: updateAlarm,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			_, err := c.cloudwatch.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{d.Id()}})
			return err
		},
		diff:  alarmDiff,
		adopt: func(d *schema.ResourceData) error { return d.Set("alarm_name", d.Id()) },
	}
}

func metricQuery() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"account_id": optionalString(),
		"expression": checked(optionalString(), validation.StringLenBetween(1, 1024)),
		"id":         checked(requiredString(), validation.StringLenBetween(1, 255)),
		"label":      optionalString(),
		"metric": optionalBlock(map[string]*schema.Schema{
			"dimensions":  stringMap(),
			"metric_name": checked(requiredString(), validation.StringLenBetween(1, 255)),
			"namespace":   checked(optionalString(), validation.StringLenBetween(1, 255)),
			"period":      checked(required(optionalInt()), metricPeriod),
			"stat":        requiredString(),
			"unit":        oneOf(optionalString(), types.StandardUnit("").Values()),
		}),
		"period":      checked(optionalInt(), metricPeriod),
		"return_data": boolDefault(false),
	}
}

// metricPeriod checks a period, in seconds.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func metricPeriod(value any, argument string) ([]string, []error) {
	seconds, _ := value.(int)
	if slices.Contains([]int{10, 20, 30}, seconds) || seconds > 0 && seconds%60 == 0 {
		return nil, nil
	}
	return nil, []error{fmt.Errorf("%s must be 10, 20, 30 or a multiple of 60, got %d", argument, seconds)}
}

// alarmDiff refuses what CloudWatch would refuse after half of an apply.
func alarmDiff(d *schema.ResourceDiff, _ *clients) error {
	config := d.GetRawConfig()
	if config.IsNull() || !config.IsWhollyKnown() {
		return nil
	}
	switch {
	case !given(config, "metric_query") && !given(config, "metric_name"):
		return errors.New("one of `metric_name` or `metric_query` must be set for a cloudwatch metric alarm")
	case given(config, "metric_query"):
		return nil
	case !given(config, "statistic") && !given(config, "extended_statistic"):
		return errors.New("one of `statistic` or `extended_statistic` must be set for a cloudwatch metric alarm")
	default:
		return nil
	}
}

// alarmInput is a whole alarm: what a call leaves out is reset.
func alarmInput(d *schema.ResourceData) *cloudwatch.PutMetricAlarmInput {
	input := &cloudwatch.PutMetricAlarmInput{
		ActionsEnabled:                   aws.Bool(d.Get("actions_enabled").(bool)),
		AlarmActions:                     stringsOf(d.Get("alarm_actions")),
		AlarmDescription:                 nonEmpty(d.Get("alarm_description")),
		AlarmName:                        aws.String(d.Get("alarm_name").(string)),
		ComparisonOperator:               types.ComparisonOperator(d.Get("comparison_operator").(string)),
		DatapointsToAlarm:                nonZero(d.Get("datapoints_to_alarm")),
		Dimensions:                       dimensions(d.Get("dimensions")),
		EvaluateLowSampleCountPercentile: nonEmpty(d.Get("evaluate_low_sample_count_percentiles")),
		EvaluationPeriods:                nonZero(d.Get("evaluation_periods")),
		ExtendedStatistic:                nonEmpty(d.Get("extended_statistic")),
		InsufficientDataActions:          stringsOf(d.Get("insufficient_data_actions")),
		MetricName:                       nonEmpty(d.Get("metric_name")),
		Metrics:                          metricQueries(d.Get("metric_query")),
		Namespace:                        nonEmpty(d.Get("namespace")),
		OKActions:                        stringsOf(d.Get("ok_actions")),
		Period:                           nonZero(d.Get("period")),
		Statistic:                        types.Statistic(d.Get("statistic").(string)),
		ThresholdMetricId:                nonEmpty(d.Get("threshold_metric_id")),
		TreatMissingData:                 nonEmpty(d.Get("treat_missing_data")),
		Unit:                             types.StandardUnit(d.Get("unit").(string)),
	}
	if input.ThresholdMetricId == nil {
		input.Threshold = aws.Float64(d.Get("threshold").(float64))
	}
	return input
}

func dimensions(value any) []types.Dimension {
	byName := stringsByKey(value)
	var list []types.Dimension
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, types.Dimension{Name: aws.String(name), Value: aws.String(byName[name])})
	}
	return list
}

func metricQueries(value any) []types.MetricDataQuery {
	var list []types.MetricDataQuery
	for _, b := range blocks(value) {
		if b["id"] == "" {
			continue // an update of a set of blocks in blocks has an empty one beside them
		}
		query := types.MetricDataQuery{
			AccountId: nonEmpty(b["account_id"]), Expression: nonEmpty(b["expression"]), Id: nonEmpty(b["id"]),
			Label: nonEmpty(b["label"]), Period: nonZero(b["period"]), ReturnData: aws.Bool(b["return_data"].(bool)),
		}
		if m, ok := block(b["metric"]); ok {
			query.MetricStat = &types.MetricStat{
				Metric: &types.Metric{Dimensions: dimensions(m["dimensions"]), MetricName: nonEmpty(m["metric_name"]), Namespace: nonEmpty(m["namespace"])},
				Period: nonZero(m["period"]), Stat: nonEmpty(m["stat"]), Unit: types.StandardUnit(m["unit"].(string)),
			}
		}
		list = append(list, query)
	}
	return list
}

func readAlarm(ctx context.Context, d *schema.ResourceData, c *clients) error {
	found, err := c.cloudwatch.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{d.Id()}, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm},
	})
	if err != nil {
		return err
	}
	if len(found.MetricAlarms) == 0 {
		return errGone
	}
	alarm := found.MetricAlarms[0]
	tags, err := c.cloudwatch.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: alarm.AlarmArn})
	if err != nil {
		return fmt.Errorf("read tags: %w", err)
	}
	return errors.Join(
		c.tags.set(d, tagMap(tags.Tags, alarmTagParts)),
		setAll(d, map[string]any{
			"actions_enabled":                       aws.ToBool(alarm.ActionsEnabled),
			"alarm_actions":                         alarm.AlarmActions,
			"alarm_description":                     aws.ToString(alarm.AlarmDescription),
			"alarm_name":                            aws.ToString(alarm.AlarmName),
			"arn":                                   aws.ToString(alarm.AlarmArn),
			"comparison_operator":                   string(alarm.ComparisonOperator),
			"datapoints_to_alarm":                   int(aws.ToInt32(alarm.DatapointsToAlarm)),
			"dimensions":                            dimensionsByName(alarm.Dimensions),
			"evaluate_low_sample_count_percentiles": aws.ToString(alarm.EvaluateLowSampleCountPercentile),
			"evaluation_periods":                    int(aws.ToInt32(alarm.EvaluationPeriods)),
			"extended_statistic":                    aws.ToString(alarm.ExtendedStatistic),
			"insufficient_data_actions":             alarm.InsufficientDataActions,
			"metric_name":                           aws.ToString(alarm.MetricName),
			"metric_query":                          flattenQueries(alarm.Metrics),
			"namespace":                             aws.ToString(alarm.Namespace),
			"ok_actions":                            alarm.OKActions,
			"period":                                int(aws.ToInt32(alarm.Period)),
			"statistic":                             string(alarm.Statistic),
			"threshold":                             aws.ToFloat64(alarm.Threshold),
			"threshold_metric_id":                   aws.ToString(alarm.ThresholdMetricId),
			"treat_missing_data":                    aws.ToString(alarm.TreatMissingData),
			"unit":                                  string(alarm.Unit),
		}),
	)
}

func dimensionsByName(list []types.Dimension) map[string]any {
	byName := map[string]any{}
	for _, d := range list {
		byName[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	return byName
}

func flattenQueries(queries []types.MetricDataQuery) []any {
	var flat []any
	for _, q := range queries {
		element := map[string]any{
			"account_id": aws.ToString(q.AccountId), "expression": aws.ToString(q.Expression), "id": aws.ToString(q.Id),
			"label": aws.ToString(q.Label), "period": int(aws.ToInt32(q.Period)), "return_data": aws.ToBool(q.ReturnData),
		}
		if s := q.MetricStat; s != nil {
			element["metric"] = one(map[string]any{
				"dimensions": dimensionsByName(s.Metric.Dimensions), "metric_name": aws.ToString(s.Metric.MetricName),
				"namespace": aws.ToString(s.Metric.Namespace), "period": int(aws.ToInt32(s.Period)),
				"stat": aws.ToString(s.Stat), "unit": string(s.Unit),
			})
		}
		flat = append(flat, element)
	}
	return flat
}

func updateAlarm(ctx context.Context, d *schema.ResourceData, c *clients) error {
	if d.HasChangesExcept("tags", "tags_all") {
		if _, err := c.cloudwatch.PutMetricAlarm(ctx, alarmInput(d)); err != nil {
			return err
		}
	}
	arn := aws.String(d.Get("arn").(string))
	set, remove := changedTags(d)
	if len(remove) > 0 {
		_, err := c.cloudwatch.UntagResource(ctx, &cloudwatch.UntagResourceInput{ResourceARN: arn, TagKeys: remove})
		if err != nil {
			return fmt.Errorf("remove tags: %w", err)
		}
	}
	if len(set) > 0 {
		_, err := c.cloudwatch.TagResource(ctx, &cloudwatch.TagResourceInput{ResourceARN: arn, Tags: tagList(set, alarmTag)})
		if err != nil {
			return fmt.Errorf("set tags: %w", err)
		}
	}
	return nil
}

func alarmTag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func alarmTagParts(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

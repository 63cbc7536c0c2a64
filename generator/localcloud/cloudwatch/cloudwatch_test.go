package cloudwatch_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/cloudwatch"
	"sendform/generator/localcloud/servicetest"
	"sendform/generator/localcloud/store"
)

const arnPrefix = "arn:aws:cloudwatch:" + servicetest.Region + ":" + servicetest.Account + ":alarm:"

func open(t *testing.T) (*servicetest.Door, *sdk.Client) {
	t.Helper()
	door := servicetest.Open(t, func(db *store.Store, now func() time.Time) (api.Service, error) {
		return cloudwatch.New(db, now), nil
	})
	return door, sdk.NewFromConfig(door.Config)
}

// errorsOf is an alarm on the errors of a function.
func errorsOf(name string) *sdk.PutMetricAlarmInput {
	return &sdk.PutMetricAlarmInput{
		AlarmName:          &name,
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		EvaluationPeriods:  aws.Int32(3),
		MetricName:         aws.String("Errors"),
		Namespace:          aws.String("AWS/Lambda"),
		Period:             aws.Int32(60),
		Statistic:          types.StatisticSum,
		Threshold:          aws.Float64(0),
	}
}

func describe(t *testing.T, client *sdk.Client, name string) types.MetricAlarm {
	t.Helper()
	out, err := client.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{AlarmNames: []string{name}})
	if err != nil || len(out.MetricAlarms) != 1 {
		t.Fatalf("got %+v, %v", out, err)
	}
	return out.MetricAlarms[0]
}

func TestAlarm(t *testing.T) {
	door, client := open(t)
	in := errorsOf("errors")
	in.AlarmActions = []string{"arn:aws:sns:eu-west-2:111122223333:oncall"}
	in.AlarmDescription = aws.String("too many errors")
	in.DatapointsToAlarm = aws.Int32(2)
	in.Dimensions = []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String("user")}}
	in.Threshold = aws.Float64(-1.5)
	in.TreatMissingData = aws.String("notBreaching")
	in.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}
	_, err := client.PutMetricAlarm(t.Context(), in)
	door.Must(err)
	tagKeys := map[string][]string{"aws:requesttag/a": {"b"}, "aws:tagkeys": {"a"}}
	if diff := cmp.Diff([]api.Access{
		{Action: "cloudwatch:PutMetricAlarm", Resource: arnPrefix + "errors", Context: tagKeys},
		{Action: "cloudwatch:TagResource", Resource: arnPrefix + "errors", Context: tagKeys},
	}, door.Needed()); diff != "" {
		t.Error(diff)
	}
	noon := servicetest.Noon
	want := types.MetricAlarm{
		ActionsEnabled: aws.Bool(true), AlarmActions: in.AlarmActions, AlarmArn: aws.String(arnPrefix + "errors"),
		AlarmConfigurationUpdatedTimestamp: &noon, AlarmDescription: in.AlarmDescription, AlarmName: in.AlarmName,
		ComparisonOperator: in.ComparisonOperator, DatapointsToAlarm: in.DatapointsToAlarm, Dimensions: in.Dimensions,
		EvaluationPeriods: in.EvaluationPeriods, MetricName: in.MetricName,
		Namespace: in.Namespace, Period: in.Period, StateReason: aws.String("Unchecked: Initial alarm creation"),
		StateTransitionedTimestamp: &noon, StateUpdatedTimestamp: &noon, StateValue: types.StateValueInsufficientData,
		Statistic: in.Statistic, Threshold: in.Threshold, TreatMissingData: in.TreatMissingData,
	}
	exported := cmpopts.IgnoreUnexported(types.MetricAlarm{}, types.Dimension{}, types.MetricDataQuery{}, types.MetricStat{}, types.Metric{})
	if diff := cmp.Diff(want, describe(t, client, "errors"), exported); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// The next call sets all of it anew, but neither the tags nor the state.
	door.Pass(time.Hour)
	in = errorsOf("errors")
	in.ActionsEnabled = aws.Bool(false)
	in.Tags = []types.Tag{{Key: aws.String("not"), Value: aws.String("taken")}}
	_, err = client.PutMetricAlarm(t.Context(), in)
	door.Must(err)
	got := describe(t, client, "errors")
	if *got.ActionsEnabled || len(got.AlarmActions) > 0 || got.AlarmDescription != nil || *got.Threshold != 0 ||
		!got.StateUpdatedTimestamp.Equal(noon) || !got.AlarmConfigurationUpdatedTimestamp.Equal(noon.Add(time.Hour)) {
		t.Errorf("got %+v", got)
	}
	tags, err := client.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceARN: got.AlarmArn})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Key != "a" {
		t.Errorf("got %+v, %v", tags, err)
	}

	// Names that no alarm has are passed over.
	_, err = client.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: []string{"none", "errors"}})
	door.Must(err)
	left, err := client.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{})
	if err != nil || len(left.MetricAlarms) > 0 {
		t.Errorf("got %+v, %v", left, err)
	}
}

func TestAlarmOnQueries(t *testing.T) {
	door, client := open(t)
	in := errorsOf("rate")
	in.MetricName, in.Namespace, in.Period, in.Statistic = nil, nil, nil, ""
	in.Metrics = []types.MetricDataQuery{
		{Id: aws.String("rate"), Expression: aws.String("100 * errors / 5"), Label: aws.String("Rate"), ReturnData: aws.Bool(true)},
		{Id: aws.String("errors"), ReturnData: aws.Bool(false), MetricStat: &types.MetricStat{
			Metric: &types.Metric{
				MetricName: aws.String("Errors"), Namespace: aws.String("AWS/Lambda"),
				Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String("user")}},
			},
			Period: aws.Int32(60), Stat: aws.String("Sum"),
		}},
	}
	_, err := client.PutMetricAlarm(t.Context(), in)
	door.Must(err)
	exported := cmpopts.IgnoreUnexported(types.Dimension{}, types.MetricDataQuery{}, types.MetricStat{}, types.Metric{})
	if diff := cmp.Diff(in.Metrics, describe(t, client, "rate").Metrics, exported); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDescribeAlarms(t *testing.T) {
	door, client := open(t)
	for i := range 7 {
		in := errorsOf(fmt.Sprintf("dev-%d", i))
		if i == 3 {
			in.OKActions = []string{"arn:aws:sns:eu-west-2:111122223333:oncall"}
		}
		_, err := client.PutMetricAlarm(t.Context(), in)
		door.Must(err)
	}
	_, err := client.PutMetricAlarm(t.Context(), errorsOf("prod-0"))
	door.Must(err)
	for name, test := range map[string]struct {
		in    sdk.DescribeAlarmsInput
		pages string
	}{
		"all":            {sdk.DescribeAlarmsInput{}, "dev-0 dev-1 dev-2 dev-3 dev-4 dev-5 dev-6 prod-0"},
		"pages":          {sdk.DescribeAlarmsInput{MaxRecords: aws.Int32(3), AlarmNamePrefix: aws.String("dev-")}, "dev-0 dev-1 dev-2|dev-3 dev-4 dev-5|dev-6"},
		"a page exactly": {sdk.DescribeAlarmsInput{MaxRecords: aws.Int32(7), AlarmNamePrefix: aws.String("dev-")}, "dev-0 dev-1 dev-2 dev-3 dev-4 dev-5 dev-6"},
		"names":          {sdk.DescribeAlarmsInput{AlarmNames: []string{"prod-0", "dev-1", "none"}}, "dev-1 prod-0"},
		"action":         {sdk.DescribeAlarmsInput{ActionPrefix: aws.String("arn:aws:sns:")}, "dev-3"},
		"state":          {sdk.DescribeAlarmsInput{StateValue: types.StateValueInsufficientData, AlarmNamePrefix: aws.String("p")}, "prod-0"},
		"other state":    {sdk.DescribeAlarmsInput{StateValue: types.StateValueOk}, ""},
		"other type":     {sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}}, ""},
		"metric alarms":  {sdk.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm}, AlarmNamePrefix: aws.String("prod")}, "prod-0"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for pages := sdk.NewDescribeAlarmsPaginator(client, &test.in); pages.HasMorePages(); {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, alarm := range page.MetricAlarms {
					names = append(names, *alarm.AlarmName)
				}
				got = append(got, strings.Join(names, " "))
			}
			if strings.Join(got, "|") != test.pages {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestTags(t *testing.T) {
	door, client := open(t)
	_, err := client.PutMetricAlarm(t.Context(), errorsOf("errors"))
	door.Must(err)
	arn := aws.String(arnPrefix + "errors")
	_, err = client.TagResource(t.Context(), &sdk.TagResourceInput{ResourceARN: arn, Tags: []types.Tag{
		{Key: aws.String("b"), Value: aws.String("1")}, {Key: aws.String("a"), Value: aws.String("2")}, {Key: aws.String("c"), Value: aws.String("")},
	}})
	door.Must(err)
	_, err = client.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"b", "none"}})
	door.Must(err)
	if needed := door.Needed()[0]; needed.Action != "cloudwatch:UntagResource" || needed.Resource != *arn || len(needed.Context["aws:tagkeys"]) != 2 {
		t.Errorf("needed %+v", needed)
	}
	out, err := client.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceARN: arn})
	door.Must(err)
	got := ""
	for _, tag := range out.Tags {
		got += *tag.Key + "=" + *tag.Value + " "
	}
	if got != "a=2 c= " {
		t.Errorf("got %s", got)
	}
	many := &sdk.TagResourceInput{ResourceARN: arn}
	for i := range 49 {
		many.Tags = append(many.Tags, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
	}
	_, err = client.TagResource(t.Context(), many)
	servicetest.WantError(t, err, "LimitExceeded", "at most 50 tags")
	for _, other := range []string{arnPrefix + "none", "arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors", "x"} {
		_, err = client.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceARN: &other})
		servicetest.WantError(t, err, "ResourceNotFoundException", other)
		_, err = client.TagResource(t.Context(), &sdk.TagResourceInput{ResourceARN: &other, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("")}}})
		servicetest.WantError(t, err, "ResourceNotFoundException", other)
	}
}

func TestAlarmsThatAreRefused(t *testing.T) {
	_, client := open(t)
	queries := func(in *sdk.PutMetricAlarmInput, queries ...types.MetricDataQuery) {
		in.MetricName, in.Namespace, in.Period, in.Statistic, in.Metrics = nil, nil, nil, "", queries
	}
	sum := types.MetricDataQuery{Id: aws.String("sum"), Expression: aws.String("1 + 1")}
	for message, change := range map[string]func(*sdk.PutMetricAlarmInput){
		"at 'alarmName'":                      func(in *sdk.PutMetricAlarmInput) { in.AlarmName = aws.String(strings.Repeat("a", 256)) },
		"at 'alarmDescription'":               func(in *sdk.PutMetricAlarmInput) { in.AlarmDescription = aws.String(strings.Repeat("a", 1025)) },
		"Invalid arn syntax: me":              func(in *sdk.PutMetricAlarmInput) { in.AlarmActions = []string{"me"} },
		"at 'oKActions'":                      func(in *sdk.PutMetricAlarmInput) { in.OKActions = make([]string, 6) },
		"Either MetricName":                   func(in *sdk.PutMetricAlarmInput) { in.MetricName = nil },
		"at 'namespace'":                      func(in *sdk.PutMetricAlarmInput) { in.Namespace = nil },
		"at 'dimensions'":                     func(in *sdk.PutMetricAlarmInput) { in.Dimensions = dimensions(31) },
		"one of Statistic":                    func(in *sdk.PutMetricAlarmInput) { in.ExtendedStatistic = aws.String("p99") },
		"at 'statistic'":                      func(in *sdk.PutMetricAlarmInput) { in.Statistic = "Median" },
		"ExtendedStatistic is not supported":  func(in *sdk.PutMetricAlarmInput) { in.Statistic, in.ExtendedStatistic = "", aws.String("q99") },
		"at 'period'":                         func(in *sdk.PutMetricAlarmInput) { in.Period = nil },
		"must be 10, 20, 30":                  func(in *sdk.PutMetricAlarmInput) { in.Period = aws.Int32(45) },
		"at 'comparisonOperator'":             func(in *sdk.PutMetricAlarmInput) { in.ComparisonOperator = "Equal" },
		"at 'evaluationPeriods'":              func(in *sdk.PutMetricAlarmInput) { in.EvaluationPeriods = aws.Int32(0) },
		"Value null at 'evaluationPeriods'":   func(in *sdk.PutMetricAlarmInput) { in.EvaluationPeriods = nil },
		"at 'datapointsToAlarm'":              func(in *sdk.PutMetricAlarmInput) { in.DatapointsToAlarm = aws.Int32(0) },
		"DatapointsToAlarm must be less":      func(in *sdk.PutMetricAlarmInput) { in.DatapointsToAlarm = aws.Int32(4) },
		"one of Threshold":                    func(in *sdk.PutMetricAlarmInput) { in.Threshold = nil },
		"at 'treatMissingData'":               func(in *sdk.PutMetricAlarmInput) { in.TreatMissingData = aws.String("never") },
		"at 'evaluateLowSampleCountPercentil": func(in *sdk.PutMetricAlarmInput) { in.EvaluateLowSampleCountPercentile = aws.String("never") },
		"is for alarms with an Extended":      func(in *sdk.PutMetricAlarmInput) { in.EvaluateLowSampleCountPercentile = aws.String("ignore") },
		"must be <= 86400":                    func(in *sdk.PutMetricAlarmInput) { in.EvaluationPeriods = aws.Int32(1441) },
		"must be <= 604800": func(in *sdk.PutMetricAlarmInput) {
			in.EvaluationPeriods, in.Period = aws.Int32(169), aws.Int32(3600)
		},
		"Metrics cannot be used together": func(in *sdk.PutMetricAlarmInput) { in.Metrics = []types.MetricDataQuery{sum} },
		"at 'metrics'":                    func(in *sdk.PutMetricAlarmInput) { queries(in, make([]types.MetricDataQuery, 21)...) },
		"must start with a lowercase": func(in *sdk.PutMetricAlarmInput) {
			queries(in, types.MetricDataQuery{Id: aws.String("Sum"), Expression: aws.String("1")})
		},
		"must be unique":    func(in *sdk.PutMetricAlarmInput) { queries(in, sum, sum) },
		"one of Expression": func(in *sdk.PutMetricAlarmInput) { queries(in, types.MetricDataQuery{Id: aws.String("sum")}) },
		"list should return data": func(in *sdk.PutMetricAlarmInput) {
			queries(in, types.MetricDataQuery{Id: sum.Id, Expression: sum.Expression, ReturnData: aws.Bool(false)})
		},
		"must be the Id of one of Me": func(in *sdk.PutMetricAlarmInput) {
			queries(in, sum)
			in.Threshold, in.ThresholdMetricId = nil, aws.String("other")
		},
	} {
		t.Run(message, func(t *testing.T) {
			in := errorsOf("errors")
			change(in)
			for i := range in.Metrics {
				if in.Metrics[i].Id == nil {
					in.Metrics[i].Id = aws.String("") // the SDK asks for one
				}
			}
			_, err := client.PutMetricAlarm(t.Context(), in)
			servicetest.WantError(t, err, "ValidationError", message)
		})
	}
	in := errorsOf("errors")
	for i := range 51 {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
	}
	_, err := client.PutMetricAlarm(t.Context(), in)
	servicetest.WantError(t, err, "LimitExceeded", "at most 50 tags")
}

func dimensions(n int) []types.Dimension {
	list := make([]types.Dimension, n)
	for i := range list {
		list[i] = types.Dimension{Name: aws.String(fmt.Sprint(i)), Value: aws.String("x")}
	}
	return list
}

func TestListingsThatAreRefused(t *testing.T) {
	_, client := open(t)
	for message, in := range map[string]*sdk.DescribeAlarmsInput{
		"cannot be used together": {AlarmNames: []string{"a"}, AlarmNamePrefix: aws.String("a")},
		"at 'alarmNames'":         {AlarmNames: make([]string, 101)},
		"at 'stateValue'":         {StateValue: "FINE"},
		"at 'maxRecords'":         {MaxRecords: aws.Int32(101)},
		"at 'alarmTypes'":         {AlarmTypes: []types.AlarmType{"Fire"}},
	} {
		_, err := client.DescribeAlarms(t.Context(), in)
		servicetest.WantError(t, err, "ValidationError", message)
	}
	_, err := client.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{NextToken: aws.String("!")})
	servicetest.WantError(t, err, "InvalidNextToken", "next token")
	_, err = client.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: []string{}})
	servicetest.WantError(t, err, "ValidationError", "at 'alarmNames'")
	_, err = client.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: make([]string, 101)})
	servicetest.WantError(t, err, "ValidationError", "at 'alarmNames'")
	_, err = client.DescribeAlarms(t.Context(), &sdk.DescribeAlarmsInput{ParentsOfAlarmName: aws.String("a")})
	servicetest.WantError(t, err, "NotImplemented", "composite alarms")
	_, err = client.ListMetrics(t.Context(), &sdk.ListMetricsInput{})
	servicetest.WantError(t, err, "NotImplemented", "monitoring GraniteServiceVersion20100801.ListMetrics")
}

// The protocols of older clients, which the SDK of Go does not speak any more.
func TestOlderProtocols(t *testing.T) {
	door, client := open(t)
	send := func(contentType, target, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *door.Config.BaseEndpoint, strings.NewReader(body))
		door.Must(err)
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("X-Amz-Target", target)
		answer, err := door.Config.HTTPClient.Do(r)
		door.Must(err)
		defer func() { door.Must(answer.Body.Close()) }()
		text, err := io.ReadAll(answer.Body)
		door.Must(err)
		return answer.StatusCode, string(text)
	}
	const form = "application/x-www-form-urlencoded; charset=utf-8"
	for _, test := range []struct {
		contentType, target, body string
		status                    int
		want                      []string
	}{
		{
			form, "", "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=7&ComparisonOperator=GreaterThanThreshold&EvaluationPeriods=1" +
				"&MetricName=Errors&Namespace=AWS%2FLambda&Period=60&Statistic=Sum&Threshold=0.5&ActionsEnabled=false&OKActions=" +
				"&Dimensions.member.1.Name=FunctionName&Dimensions.member.1.Value=true&Dimensions.member.2.Name=Resource&Dimensions.member.2.Value=user" +
				"&Tags.member.1.Key=a&Tags.member.1.Value=b", 200,
			[]string{`<PutMetricAlarmResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><ResponseMetadata><RequestId>id</RequestId>`},
		},
		{
			form, "", "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=7", 200, []string{
				`<MetricAlarms><member><ActionsEnabled>false</ActionsEnabled>`,
				`<Dimensions><member><Name>FunctionName</Name><Value>true</Value></member><member><Name>Resource</Name><Value>user</Value></member></Dimensions>`,
				`<Threshold>0.5</Threshold>`, `<StateUpdatedTimestamp>2026-03-04T12:00:00.000Z</StateUpdatedTimestamp>`,
			},
		},
		{
			form, "", "Action=ListTagsForResource&ResourceARN=" + arnPrefix + "7", 200,
			[]string{`<ListTagsForResourceResult><Tags><member><Key>a</Key><Value>b</Value></member></Tags>`},
		},
		{form, "", "Action=ListTagsForResource&ResourceARN=x", 404, []string{`<Code>ResourceNotFoundException</Code>`}},
		{form, "", "Action=DescribeAlarms&MaxRecords=many", 400, []string{`<Code>SerializationException</Code>`}},
		{form, "", "Action=DescribeAlarms&AlarmNames=a&AlarmNames.member.1=b", 400, []string{`<Code>SerializationException</Code>`}},
		{form, "", "Action=DescribeAlarms" + "&" + strings.Repeat("a.", 20) + "b=c", 400, []string{`<Code>SerializationException</Code>`}},
		{form, "", "Action=ListMetrics", 501, []string{`monitoring ListMetrics`}},
		{
			"application/x-amz-json-1.0", "GraniteServiceVersion20100801.DescribeAlarms", `{"AlarmNames":["7"]}`, 200,
			[]string{`"StateUpdatedTimestamp":1772625600`, `"Threshold":0.5`, `"AlarmName":"7"`},
		},
		{
			"application/x-amz-json-1.0", "GraniteServiceVersion20100801.TagResource", `{"ResourceARN":"` + arnPrefix + `7","Tags":[` +
				strings.Repeat(`{"Key":"x","Value":"y"},`, 60) + `{"Key":"a","Value":"c"}]}`, 200, []string{`{}`},
		},
	} {
		status, text := send(test.contentType, test.target, test.body)
		if status != test.status {
			t.Errorf("%s: status %d", test.body, status)
		}
		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: got\n%s\nwant\n%s", test.body, text, want)
			}
		}
	}
	// It is the same alarm in every protocol.
	if got := describe(t, client, "7"); *got.Threshold != 0.5 || *got.ActionsEnabled {
		t.Errorf("got %+v", got)
	}
}

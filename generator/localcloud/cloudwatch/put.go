package cloudwatch

import (
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// The limits of alarms.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
const (
	maxName        = 255  // characters
	maxDescription = 1024 // characters
	maxActions     = 5    // of each kind
	maxDimensions  = 30
	maxQueries     = 20
	day            = 24 * 60 * 60 // seconds
	hour           = 60 * 60
)

const metricAlarm = "MetricAlarm"

var (
	comparisonOperators = []string{
		"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
		"LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold",
	}
	statistics    = []string{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}
	missingValues = []string{"breaching", "notBreaching", "ignore", "missing"}
	sampleValues  = []string{"evaluate", "ignore"}
	stateValues   = []string{"OK", "ALARM", insufficientData}
	alarmTypes    = []string{"CompositeAlarm", metricAlarm}

	extendedStatistic = regexp.MustCompile(`^(p(\d{1,2}(\.\d{0,10})?|100)|(tm|tc|ts|wm|TM|TC|TS|WM|PR|IQM).*)$`)
	queryID           = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,254}$`)
	actionARN         = regexp.MustCompile(`^arn:[a-z-]+:[a-z0-9-]+:[^:]*:[^:]*:.+$`)
)

type putMetricAlarmInput struct {
	settings

	EvaluationCriteria *struct{} // of PromQL
	Tags               []rpc.Tag
}

// access asks for tagging too when the alarm is given tags, as AWS does.
func (in putMetricAlarmInput) access(at rpc.Scope, action string) []api.Access {
	needed := onOne(at, action, in.AlarmName)
	needed.Context = rpc.RequestTags(in.Tags)
	if len(in.Tags) == 0 {
		return []api.Access{needed}
	}
	tagging := needed
	tagging.Action = "cloudwatch:TagResource"
	return []api.Access{needed, tagging}
}

// putMetricAlarm makes an alarm, or sets one that is there to something else
// altogether; that one keeps its state and its tags.
func (s *Service) putMetricAlarm(at rpc.Scope, in putMetricAlarmInput) (rpc.None, error) {
	if in.EvaluationCriteria != nil {
		return rpc.None{}, api.NotImplemented(name, "PutMetricAlarm with EvaluationCriteria")
	}
	for _, check := range []func() error{in.checkNames, in.checkActions, in.checkMetric, in.checkEvaluation} {
		if err := check(); err != nil {
			return rpc.None{}, err
		}
	}
	tags := rpc.TagMap(in.Tags)
	if err := checkTags(tags); err != nil {
		return rpc.None{}, err
	}
	return rpc.None{}, s.db.Update(func(tx store.Tx) error {
		row, found, err := s.alarms.Get(tx, key(at, in.AlarmName))
		if err != nil {
			return err
		}
		now := rpc.Stamp(s.now())
		if !found {
			row = alarm{Tags: tags, Created: now}
		}
		row.settings, row.Changed = in.settings, now
		return s.alarms.Put(tx, key(at, in.AlarmName), row)
	})
}

func (a settings) checkNames() error {
	switch {
	case a.AlarmName == "":
		return missing("alarmName")
	case len(a.AlarmName) > maxName:
		return tooLong("alarmName", maxName)
	case len(a.AlarmDescription) > maxDescription:
		return tooLong("alarmDescription", maxDescription)
	}
	return nil
}

func (a settings) checkActions() error {
	for member, actions := range map[string][]string{
		"alarmActions": a.AlarmActions, "insufficientDataActions": a.InsufficientDataActions, "oKActions": a.OKActions,
	} {
		if len(actions) > maxActions {
			return tooLong(member, maxActions)
		}
		for _, action := range actions {
			if !actionARN.MatchString(action) {
				return invalid("Invalid arn syntax: %s", action)
			}
		}
	}
	return nil
}

// checkMetric holds an alarm to watching either one metric or the result of queries.
func (a settings) checkMetric() error {
	one := a.MetricName != "" || a.Namespace != "" || a.Period != nil || a.Statistic != "" || a.ExtendedStatistic != "" ||
		a.Unit != "" || len(a.Dimensions) > 0
	switch {
	case len(a.Metrics) > 0 && one:
		return invalid("Metrics cannot be used together with MetricName, Namespace, Dimensions, Period, Unit, Statistic or ExtendedStatistic.")
	case len(a.Metrics) > 0:
		return a.checkQueries()
	case a.MetricName == "":
		return invalid("Either MetricName or Metrics must be specified.")
	case a.Namespace == "":
		return missing("namespace")
	case len(a.Dimensions) > maxDimensions:
		return tooLong("dimensions", maxDimensions)
	case a.Statistic == "" && a.ExtendedStatistic == "", a.Statistic != "" && a.ExtendedStatistic != "":
		return invalid("Exactly one of Statistic and ExtendedStatistic must be specified.")
	case a.Statistic != "" && !slices.Contains(statistics, a.Statistic):
		return notInSet("statistic", a.Statistic, statistics)
	case a.ExtendedStatistic != "" && !extendedStatistic.MatchString(a.ExtendedStatistic):
		return invalid("The value %s for parameter ExtendedStatistic is not supported.", a.ExtendedStatistic)
	}
	return checkPeriod(a.Period)
}

func (a settings) checkQueries() error {
	if len(a.Metrics) > maxQueries {
		return tooLong("metrics", maxQueries)
	}
	seen, returned := map[string]bool{}, 0
	for _, q := range a.Metrics {
		switch {
		case !queryID.MatchString(q.ID):
			return invalid("The value %s for parameter Id must start with a lowercase letter and have letters, numbers and underscores only.", q.ID)
		case seen[q.ID]:
			return invalid("The values for parameter Id in Metrics must be unique.")
		case (q.Expression == "") == (q.MetricStat == nil):
			return invalid("Exactly one of Expression and MetricStat must be specified for each of Metrics.")
		}
		seen[q.ID] = true
		if q.ReturnData == nil || *q.ReturnData {
			returned++
		}
		if q.MetricStat != nil {
			if err := checkPeriod(q.MetricStat.Period); err != nil {
				return err
			}
		}
	}
	// An alarm on a band has its metric beside it.
	if banded := a.ThresholdMetricID != ""; banded && !seen[a.ThresholdMetricID] {
		return invalid("ThresholdMetricId must be the Id of one of Metrics.")
	} else if !banded && returned != 1 {
		return invalid("Exactly one element of the Metrics list should return data.")
	}
	return nil
}

func checkPeriod(period *int) error {
	if period == nil {
		return missing("period")
	}
	if *period <= 0 || *period%60 != 0 && !slices.Contains([]int{10, 20, 30}, *period) {
		return invalid("Metric period must be 10, 20, 30, or a multiple of 60.")
	}
	return nil
}

func (a settings) checkEvaluation() error {
	switch {
	case a.ComparisonOperator == "":
		return missing("comparisonOperator")
	case !slices.Contains(comparisonOperators, a.ComparisonOperator):
		return notInSet("comparisonOperator", a.ComparisonOperator, comparisonOperators)
	case a.EvaluationPeriods == nil:
		return missing("evaluationPeriods")
	case *a.EvaluationPeriods < 1:
		return tooSmall("evaluationPeriods", *a.EvaluationPeriods)
	case a.DatapointsToAlarm != nil && *a.DatapointsToAlarm < 1:
		return tooSmall("datapointsToAlarm", *a.DatapointsToAlarm)
	case a.DatapointsToAlarm != nil && *a.DatapointsToAlarm > *a.EvaluationPeriods:
		return invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
	case (a.Threshold == nil) == (a.ThresholdMetricID == ""):
		return invalid("Exactly one of Threshold and ThresholdMetricId must be specified.")
	case a.TreatMissingData != "" && !slices.Contains(missingValues, a.TreatMissingData):
		return notInSet("treatMissingData", a.TreatMissingData, missingValues)
	case a.EvaluateLowSampleCountPercentile != "" && !slices.Contains(sampleValues, a.EvaluateLowSampleCountPercentile):
		return notInSet("evaluateLowSampleCountPercentile", a.EvaluateLowSampleCountPercentile, sampleValues)
	case a.EvaluateLowSampleCountPercentile != "" && a.ExtendedStatistic == "":
		return invalid("EvaluateLowSampleCountPercentile is for alarms with an ExtendedStatistic only.")
	}
	// A week can be looked at in hours, a day in anything shorter.
	if a.Period != nil {
		most := day
		if *a.Period >= hour {
			most = 7 * day
		}
		if *a.EvaluationPeriods > most / *a.Period {
			return invalid("Metrics cannot be checked across more than %d seconds (EvaluationPeriods * Period must be <= %d).", most, most)
		}
	}
	return nil
}

func missing(member string) error {
	return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

func tooLong(member string, most int) error {
	return invalid("1 validation error detected: Value at '%s' failed to satisfy constraint: "+
		"Member must have length less than or equal to %d", member, most)
}

func tooSmall(member string, value int) error {
	return invalid("1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: "+
		"Member must have value greater than or equal to 1", value, member)
}

func notInSet(member, value string, set []string) error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: "+
		"Member must satisfy enum value set: [%s]", value, member, strings.Join(set, ", "))
}

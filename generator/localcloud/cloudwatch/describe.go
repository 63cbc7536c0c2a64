package cloudwatch

import (
	"cmp"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// The limits of the calls on several alarms.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
const (
	maxNames       = 100
	maxRecords     = 100
	defaultRecords = 50
)

const insufficientData = "INSUFFICIENT_DATA"

type describeAlarmsInput struct {
	ActionPrefix        string
	AlarmNamePrefix     string
	AlarmNames          []string
	AlarmTypes          []string
	ChildrenOfAlarmName string
	MaxRecords          *int
	NextToken           string
	ParentsOfAlarmName  string
	StateValue          string
}

// access is on all alarms: listing is not narrowed by name.
func (in describeAlarmsInput) access(at rpc.Scope, action string) []api.Access {
	return []api.Access{onOne(at, action, "*")}
}

func (in describeAlarmsInput) check() error {
	switch {
	case in.ChildrenOfAlarmName != "", in.ParentsOfAlarmName != "":
		return api.NotImplemented(name, "DescribeAlarms with relations of composite alarms")
	case len(in.AlarmNames) > 0 && in.AlarmNamePrefix != "":
		return invalid("AlarmNamePrefix and AlarmNames cannot be used together.")
	case len(in.AlarmNames) > maxNames:
		return tooLong("alarmNames", maxNames)
	case in.StateValue != "" && !slices.Contains(stateValues, in.StateValue):
		return notInSet("stateValue", in.StateValue, stateValues)
	case in.MaxRecords != nil && (*in.MaxRecords < 1 || *in.MaxRecords > maxRecords):
		return invalid("1 validation error detected: Value '%d' at 'maxRecords' failed to satisfy constraint: "+
			"Member must have value between 1 and %d", *in.MaxRecords, maxRecords)
	}
	for _, kind := range in.AlarmTypes {
		if !slices.Contains(alarmTypes, kind) {
			return notInSet("alarmTypes", kind, alarmTypes)
		}
	}
	return nil
}

// wants tells whether an alarm is asked for.
func (in describeAlarmsInput) wants(a alarm) bool {
	actions := slices.Concat(a.AlarmActions, a.InsufficientDataActions, a.OKActions)
	hasAction := slices.ContainsFunc(actions, func(action string) bool { return strings.HasPrefix(action, in.ActionPrefix) })
	return (len(in.AlarmTypes) == 0 || slices.Contains(in.AlarmTypes, metricAlarm)) &&
		(len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, a.AlarmName)) &&
		(in.ActionPrefix == "" || hasAction) &&
		(in.StateValue == "" || in.StateValue == insufficientData)
}

// described is an alarm as DescribeAlarms answers it.
type described struct {
	settings

	AlarmARN                           string `json:"AlarmArn" xml:"AlarmArn"`
	AlarmConfigurationUpdatedTimestamp rpc.Time
	StateReason                        string
	StateTransitionedTimestamp         rpc.Time
	StateUpdatedTimestamp              rpc.Time
	StateValue                         string
}

type describeAlarmsOutput struct {
	CompositeAlarms []struct{}  `xml:"CompositeAlarms>member"`
	MetricAlarms    []described `xml:"MetricAlarms>member"`
	NextToken       string      `json:",omitempty" xml:",omitempty"`
}

func (s *Service) describeAlarms(at rpc.Scope, in describeAlarmsInput) (describeAlarmsOutput, error) {
	out := describeAlarmsOutput{CompositeAlarms: []struct{}{}, MetricAlarms: []described{}}
	if err := in.check(); err != nil {
		return out, err
	}
	limit := defaultRecords
	if in.MaxRecords != nil {
		limit = *in.MaxRecords
	}
	// All the alarms that are named fit into one answer, as those of AWS do.
	limit = max(limit, len(in.AlarmNames))
	after, err := readToken(in.NextToken)
	if err != nil {
		return out, err
	}
	if after != "" {
		after = key(at, after)
	}
	err = s.db.View(func(tx store.Tx) error {
		return s.alarms.Scan(tx, key(at, in.AlarmNamePrefix), after, func(_ string, a alarm) bool {
			if !in.wants(a) {
				return true
			}
			if len(out.MetricAlarms) == limit {
				out.NextToken = writeToken(out.MetricAlarms[limit-1].AlarmName)
				return false
			}
			out.MetricAlarms = append(out.MetricAlarms, a.described(at))
			return true
		})
	})
	return out, err
}

func (a alarm) described(at rpc.Scope) described {
	out := described{
		settings: a.settings, AlarmARN: alarmARN(at, a.AlarmName), AlarmConfigurationUpdatedTimestamp: a.Changed,
		StateReason: "Unchecked: Initial alarm creation", StateTransitionedTimestamp: a.Created,
		StateUpdatedTimestamp: a.Created, StateValue: insufficientData,
	}
	out.ActionsEnabled = cmp.Or(a.ActionsEnabled, new(true))
	for _, list := range []*[]string{&out.AlarmActions, &out.InsufficientDataActions, &out.OKActions} {
		*list = append([]string{}, *list...)
	}
	out.Dimensions = append([]dimension{}, out.Dimensions...)
	return out
}

type deleteAlarmsInput struct{ AlarmNames []string }

func (in deleteAlarmsInput) access(at rpc.Scope, action string) []api.Access {
	var needed []api.Access
	for _, name := range in.AlarmNames {
		needed = append(needed, onOne(at, action, name))
	}
	return needed
}

// deleteAlarms passes over names that no alarm has, as AWS does.
func (s *Service) deleteAlarms(at rpc.Scope, in deleteAlarmsInput) (rpc.None, error) {
	switch {
	case len(in.AlarmNames) == 0:
		return rpc.None{}, missing("alarmNames")
	case len(in.AlarmNames) > maxNames:
		return rpc.None{}, tooLong("alarmNames", maxNames)
	}
	return rpc.None{}, s.db.Update(func(tx store.Tx) error {
		for _, name := range in.AlarmNames {
			if err := s.alarms.Delete(tx, key(at, name)); err != nil {
				return err
			}
		}
		return nil
	})
}

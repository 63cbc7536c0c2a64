package cloudwatch

import (
	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// settings are what an alarm is set to, as calls bring and answer it.
type settings struct {
	ActionsEnabled          *bool
	AlarmActions            []string `xml:"AlarmActions>member"`
	AlarmDescription        string   `json:",omitempty" xml:",omitempty"`
	AlarmName               string
	ComparisonOperator      string
	DatapointsToAlarm       *int        `json:",omitempty"`
	Dimensions              []dimension `xml:"Dimensions>member"`
	EvaluationPeriods       *int
	ExtendedStatistic       string        `json:",omitempty" xml:",omitempty"`
	InsufficientDataActions []string      `xml:"InsufficientDataActions>member"`
	MetricName              string        `json:",omitempty" xml:",omitempty"`
	Metrics                 []metricQuery `json:",omitempty" xml:"Metrics>member"`
	Namespace               string        `json:",omitempty" xml:",omitempty"`
	OKActions               []string      `xml:"OKActions>member"`
	Period                  *int          `json:",omitempty"`
	Statistic               string        `json:",omitempty" xml:",omitempty"`
	Threshold               *float64      `json:",omitempty"`
	ThresholdMetricID       string        `json:"ThresholdMetricId,omitempty" xml:"ThresholdMetricId,omitempty"`
	TreatMissingData        string        `json:",omitempty" xml:",omitempty"`
	Unit                    string        `json:",omitempty" xml:",omitempty"`

	EvaluateLowSampleCountPercentile string `json:",omitempty" xml:",omitempty"`
}

type dimension struct{ Name, Value string }

// metricQuery is one of the metrics or expressions of an alarm that has several.
type metricQuery struct {
	AccountID  string `json:"AccountId,omitempty" xml:"AccountId,omitempty"`
	Expression string `json:",omitempty" xml:",omitempty"`
	ID         string `json:"Id" xml:"Id"`
	Label      string `json:",omitempty" xml:",omitempty"`
	MetricStat *stat  `json:",omitempty"`
	Period     *int   `json:",omitempty"`
	ReturnData *bool  `json:",omitempty"`
}

type stat struct {
	Metric metric
	Period *int
	Stat   string
	Unit   string `json:",omitempty" xml:",omitempty"`
}

type metric struct {
	Dimensions []dimension `xml:"Dimensions>member"`
	MetricName string
	Namespace  string
}

// alarm is an alarm as it is stored.
type alarm struct {
	settings

	Tags    map[string]string
	Created rpc.Time
	Changed rpc.Time
}

func alarmARN(at rpc.Scope, name string) string {
	return "arn:aws:cloudwatch:" + at.Region + ":" + at.Account + ":alarm:" + name
}

func key(at rpc.Scope, name string) string { return store.Key(at.Account, at.Region, name) }

// onOne is what a call on one alarm must be allowed.
func onOne(at rpc.Scope, action, name string) api.Access {
	return api.Access{Action: action, Resource: alarmARN(at, name)}
}

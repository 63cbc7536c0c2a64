package cloudwatch

import (
	"maps"
	"slices"

	"sendform/generator/localcloud/api"
)

// Operations lists the calls of the service.
func Operations() []api.Offer {
	return api.Offers(slices.Collect(maps.Keys(calls)), map[string]string{
		"DescribeAlarms": "metric alarms only",
		"PutMetricAlarm": "kept and shown; nothing is measured, so the state stays INSUFFICIENT_DATA",
	})
}

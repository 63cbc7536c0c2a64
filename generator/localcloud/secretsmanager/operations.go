package secretsmanager

import (
	"maps"
	"slices"

	"sendform/generator/localcloud/api"
)

// Operations lists the calls of the service.
func Operations() []api.Offer {
	return api.Offers(slices.Collect(maps.Keys(calls)), map[string]string{
		"CreateSecret": "no replicas",
	})
}

package logs

import (
	"maps"
	"slices"

	"sendform/generator/localcloud/api"
)

// Operations lists the calls of the service.
func Operations() []api.Offer {
	return api.Offers(slices.Collect(maps.Keys(operations)), map[string]string{
		"AssociateKmsKey":       "the key is kept and not used",
		"CreateLogGroup":        "the key of kmsKeyId is kept and not used",
		"FilterLogEvents":       "patterns of terms only, not of JSON, columns or regular expressions",
		"PutSubscriptionFilter": "kept and shown; no event is sent",
	})
}

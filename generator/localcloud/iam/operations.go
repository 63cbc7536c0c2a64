package iam

import (
	"maps"
	"slices"

	"sendform/generator/localcloud/api"
)

// Operations lists the calls of the service.
func Operations() []api.Offer {
	return api.Offers(slices.Collect(maps.Keys(calls())), map[string]string{
		"CreateOpenIDConnectProvider": "the thumbprints are kept and not used",
		"ListAccountAliases":          "always none",
		"ListGroupsForUser":           "always none",
		"ListInstanceProfilesForRole": "always none",
		"ListPolicies":                "of AWS's own policies only a few",
		"SimulateCustomPolicy":        "no resource policies, owners and callers; no matched statements",
		"SimulatePrincipalPolicy":     "no resource policies, owners and callers; no matched statements",
	})
}

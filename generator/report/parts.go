package report

import (
	"encoding/json"
	"maps"
	"slices"

	"sendform/generator/components"
)

// componentsOf are components as reports have them.
func componentsOf(all []components.Component) []Component {
	made := make([]Component, 0, len(all))
	for _, c := range all {
		drawn := Component{Address: c.Address.String(), Needs: []string{}}
		for _, need := range needs(c) {
			drawn.Needs = append(drawn.Needs, need.String())
		}
		made = append(made, drawn)
	}
	return made
}

// policiesOf are the policies that roles should have.
func policiesOf(all []components.Component) []Policy {
	var policies []Policy
	for _, c := range all {
		for _, r := range c.Resources() {
			if r.Type != components.RoleResource {
				continue
			}
			for _, attribute := range []string{"inline_policies", "attached_policies"} {
				named, _ := r.Want[attribute].(map[string]any)
				for _, name := range slices.Sorted(maps.Keys(named)) {
					document, err := json.Marshal(named[name])
					if err != nil {
						continue // it holds references, which are known after an apply
					}
					policies = append(policies, Policy{Role: r.ID.String(), Name: name, Document: document})
				}
			}
		}
	}
	return policies
}

package api

import (
	"maps"
	"slices"
)

// Offer is a call that a service has, for documents and tests that list them.
type Offer struct {
	// Name as AWS documents it, for example CreateBucket.
	Name string
	// Limits says in a few words what AWS's call does and this one does not; it is
	// empty where the project knows of nothing.
	Limits string
}

// Offers makes the sorted list of calls of a service; limits has those of some by name.
func Offers(names []string, limits map[string]string) []Offer {
	unique := map[string]bool{}
	for _, name := range names {
		unique[name] = true
	}
	offers := make([]Offer, 0, len(unique))
	for _, name := range slices.Sorted(maps.Keys(unique)) {
		offers = append(offers, Offer{Name: name, Limits: limits[name]})
	}
	return offers
}

package rpc

import (
	"maps"
	"slices"
)

// Tag is a tag as these services write it.
type Tag struct{ Key, Value string }

// TagMap is tags by their keys.
func TagMap(tags []Tag) map[string]string {
	byKey := map[string]string{}
	for _, t := range tags {
		byKey[t.Key] = t.Value
	}
	return byKey
}

// TagList is tags sorted by their keys.
func TagList(byKey map[string]string) []Tag {
	tags := []Tag{}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		tags = append(tags, Tag{key, byKey[key]})
	}
	return tags
}

// RequestTags are the condition keys of the tags in a request.
func RequestTags(tags []Tag) map[string][]string {
	keys := map[string][]string{}
	for _, t := range tags {
		keys["aws:requesttag/"+t.Key] = []string{t.Value}
		keys["aws:tagkeys"] = append(keys["aws:tagkeys"], t.Key)
	}
	return keys
}

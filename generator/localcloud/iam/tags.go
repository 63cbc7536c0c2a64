package iam

import (
	"maps"
	"slices"
	"strings"

	"sendform/generator/localcloud/query"
)

// Limits of tags (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html), in
// characters.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

type tag struct{ Key, Value string }

// sorted lists tags in the order of their keys.
func sorted(tags map[string]string) []tag {
	var list []tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, tag{key, tags[key]})
	}
	return list
}

// tagsOf adds the tags of a request to those that are there.
func tagsOf(f query.Form, there map[string]string) (map[string]string, error) {
	tags, seen := map[string]string{}, map[string]bool{}
	for _, t := range f.Members("Tags") {
		key, value := t["Key"], t["Value"]
		if seen[strings.ToLower(key)] {
			return nil, invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if key == "" || len([]rune(key)) > maxTagKey || len([]rune(value)) > maxTagValue {
			return nil, invalid("1 validation error detected: a tag's key must have 1 to 128 characters, its value at most 256")
		}
		tags[key], seen[strings.ToLower(key)] = value, true
	}
	all := maps.Clone(tags)
	for key, value := range there {
		if _, set := all[key]; !set {
			all[key] = value
		}
	}
	if len(all) > maxTags {
		return nil, limitExceeded("The number of tags has reached the maximum limit.")
	}
	return all, nil
}

func listTags(f query.Form, tags map[string]string) (any, error) {
	list, next, err := paginateList(f, sorted(tags), func(t tag) string { return t.Key })
	return struct {
		Tags []tag `xml:"Tags>member"`
		page
	}{list, next}, err
}

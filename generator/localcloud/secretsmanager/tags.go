package secretsmanager

import (
	"maps"
	"slices"

	"sendform/generator/localcloud/rpc"
)

const maxTags = 50 // on one secret

type tag struct{ Key, Value string }

func tagMap(tags []tag) map[string]string {
	byKey := map[string]string{}
	for _, t := range tags {
		byKey[t.Key] = t.Value
	}
	return byKey
}

func tagList(byKey map[string]string) []tag {
	tags := []tag{}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		tags = append(tags, tag{key, byKey[key]})
	}
	return tags
}

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return refused("LimitExceededException", "A secret can have at most %d tags.", maxTags)
	}
	return nil
}

// requestTags are the condition keys of the tags in a request.
func requestTags(tags []tag) map[string][]string {
	keys := map[string][]string{}
	for _, t := range tags {
		keys["aws:requesttag/"+t.Key] = []string{t.Value}
		keys["aws:tagkeys"] = append(keys["aws:tagkeys"], t.Key)
	}
	return keys
}

type tagResourceInput struct {
	onOne

	Tags []tag
}

func (in tagResourceInput) keys() map[string][]string { return requestTags(in.Tags) }

func (s *Service) tagResource(at rpc.Scope, in tagResourceInput) (rpc.None, error) {
	_, err := s.change(owner(at, in.SecretID), in.SecretID, func(row *secret) error {
		all := maps.Clone(row.Tags)
		maps.Copy(all, tagMap(in.Tags))
		row.Tags = all
		return checkTags(all)
	})
	return rpc.None{}, err
}

type untagResourceInput struct {
	onOne

	TagKeys []string
}

func (in untagResourceInput) keys() map[string][]string {
	return map[string][]string{"aws:tagkeys": in.TagKeys}
}

func (s *Service) untagResource(at rpc.Scope, in untagResourceInput) (rpc.None, error) {
	_, err := s.change(owner(at, in.SecretID), in.SecretID, func(row *secret) error {
		maps.DeleteFunc(row.Tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
		return nil
	})
	return rpc.None{}, err
}

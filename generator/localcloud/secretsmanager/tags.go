package secretsmanager

import (
	"maps"
	"slices"

	"sendform/generator/localcloud/rpc"
)

const maxTags = 50 // on one secret

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return refused("LimitExceededException", "A secret can have at most %d tags.", maxTags)
	}
	return nil
}

type tagResourceInput struct {
	onOne

	Tags []rpc.Tag
}

func (in tagResourceInput) keys() map[string][]string { return rpc.RequestTags(in.Tags) }

func (s *Service) tagResource(at rpc.Scope, in tagResourceInput) (rpc.None, error) {
	_, err := s.change(owner(at, in.SecretID), in.SecretID, func(row *secret) error {
		all := maps.Clone(row.Tags)
		maps.Copy(all, rpc.TagMap(in.Tags))
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

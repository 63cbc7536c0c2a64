package ssm

import (
	"errors"
	"maps"
	"slices"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

const maxTags = 50 // on one parameter

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return refused("TooManyTagsError", "A resource can have at most %d tags.", maxTags)
	}
	return nil
}

// tagged is the part of an input that names a resource to tag.
type tagged struct {
	ResourceType string
	ResourceID   string `json:"ResourceId"`
}

func (in tagged) access(at rpc.Scope, action string) []api.Access {
	return onOne(at, action, in.ResourceID)
}

// name is the parameter's; other types of resource are not here.
func (in tagged) name(at rpc.Scope) (string, error) {
	if in.ResourceType != "Parameter" {
		return "", refused("InvalidResourceType", "The resource type %s is not valid: the local cloud has Parameter only.", in.ResourceType)
	}
	return refer(at, in.ResourceID).name, nil
}

// absentResource is how the tag calls say that a parameter is not there.
func absentResource(err error) error {
	if known := (*api.Error)(nil); errors.As(err, &known) && known.Code == "ParameterNotFound" {
		return refused("InvalidResourceId", "The resource ID isn't valid. Verify that you entered the correct ID and try again.")
	}
	return err
}

type addTagsToResourceInput struct {
	tagged
	Tags []rpc.Tag
}

func (in addTagsToResourceInput) access(at rpc.Scope, action string) []api.Access {
	needed := in.tagged.access(at, action)
	needed[0].Context = rpc.RequestTags(in.Tags)
	return needed
}

func (s *Service) addTagsToResource(at rpc.Scope, in addTagsToResourceInput) (rpc.None, error) {
	name, err := in.name(at)
	if err != nil {
		return rpc.None{}, err
	}
	return rpc.None{}, absentResource(s.change(at, name, func(row *parameter) error {
		all := rpc.TagMap(in.Tags)
		for key, value := range row.Tags {
			if _, replaced := all[key]; !replaced {
				all[key] = value
			}
		}
		row.Tags = all
		return checkTags(all)
	}))
}

type removeTagsFromResourceInput struct {
	tagged
	TagKeys []string
}

func (in removeTagsFromResourceInput) access(at rpc.Scope, action string) []api.Access {
	needed := in.tagged.access(at, action)
	needed[0].Context = map[string][]string{"aws:tagkeys": in.TagKeys}
	return needed
}

func (s *Service) removeTagsFromResource(at rpc.Scope, in removeTagsFromResourceInput) (rpc.None, error) {
	name, err := in.name(at)
	if err != nil {
		return rpc.None{}, err
	}
	return rpc.None{}, absentResource(s.change(at, name, func(row *parameter) error {
		maps.DeleteFunc(row.Tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
		return nil
	}))
}

type listTagsForResourceInput struct{ tagged }

type listTagsForResourceOutput struct{ TagList []rpc.Tag }

func (s *Service) listTagsForResource(at rpc.Scope, in listTagsForResourceInput) (listTagsForResourceOutput, error) {
	var out listTagsForResourceOutput
	name, err := in.name(at)
	if err != nil {
		return out, err
	}
	err = s.db.View(func(tx store.Tx) error {
		row, err := s.get(tx, at, name)
		out.TagList = rpc.TagList(row.Tags)
		return absentResource(err)
	})
	return out, err
}

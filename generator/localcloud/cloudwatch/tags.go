package cloudwatch

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

const maxTags = 50 // on one alarm

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return refused("LimitExceeded", "An alarm can have at most %d tags.", maxTags)
	}
	return nil
}

// tagged is the part of an input that names an alarm to tag.
type tagged struct{ ResourceARN string }

func (in tagged) access(_ rpc.Scope, action string) []api.Access {
	return []api.Access{{Action: action, Resource: in.ResourceARN}}
}

// find returns the alarm that the ARN names.
func (s *Service) find(tx store.Tx, at rpc.Scope, in tagged) (alarm, error) {
	name, here := strings.CutPrefix(in.ResourceARN, alarmARN(at, ""))
	row, found, err := s.alarms.Get(tx, key(at, name))
	if err == nil && (!here || !found) {
		absent := api.Errorf(http.StatusNotFound, "ResourceNotFoundException", "Unknown resource %s.", in.ResourceARN)
		// This error alone has its message under a capital letter.
		absent.Details = map[string]string{"Message": absent.Message}
		err = absent
	}
	return row, err
}

// retag rewrites an alarm's tags.
func (s *Service) retag(at rpc.Scope, in tagged, edit func(map[string]string)) error {
	return s.db.Update(func(tx store.Tx) error {
		row, err := s.find(tx, at, in)
		if err != nil {
			return err
		}
		edit(row.Tags)
		if err := checkTags(row.Tags); err != nil {
			return err
		}
		return s.alarms.Put(tx, key(at, row.AlarmName), row)
	})
}

type tagResourceInput struct {
	tagged
	Tags []rpc.Tag
}

func (in tagResourceInput) access(at rpc.Scope, action string) []api.Access {
	needed := in.tagged.access(at, action)
	needed[0].Context = rpc.RequestTags(in.Tags)
	return needed
}

func (s *Service) tagResource(at rpc.Scope, in tagResourceInput) (rpc.None, error) {
	return rpc.None{}, s.retag(at, in.tagged, func(tags map[string]string) { maps.Copy(tags, rpc.TagMap(in.Tags)) })
}

type untagResourceInput struct {
	tagged
	TagKeys []string
}

func (in untagResourceInput) access(at rpc.Scope, action string) []api.Access {
	needed := in.tagged.access(at, action)
	needed[0].Context = map[string][]string{"aws:tagkeys": in.TagKeys}
	return needed
}

func (s *Service) untagResource(at rpc.Scope, in untagResourceInput) (rpc.None, error) {
	return rpc.None{}, s.retag(at, in.tagged, func(tags map[string]string) {
		maps.DeleteFunc(tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
	})
}

type listTagsForResourceInput struct{ tagged }

type listTagsForResourceOutput struct {
	Tags []rpc.Tag `xml:"Tags>member"`
}

func (s *Service) listTagsForResource(at rpc.Scope, in listTagsForResourceInput) (listTagsForResourceOutput, error) {
	var out listTagsForResourceOutput
	err := s.db.View(func(tx store.Tx) error {
		row, err := s.find(tx, at, in.tagged)
		out.Tags = rpc.TagList(row.Tags)
		return err
	})
	return out, err
}

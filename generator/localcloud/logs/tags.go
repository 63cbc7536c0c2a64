package logs

import (
	"maps"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// The tags of a log group have two sets of calls: an old one that names the
// group, and TagResource and its like, which take an ARN without ":*" and are
// evaluated on exactly that ARN.

type tagLogGroupInput struct {
	named
	Tags map[string]string `json:"tags"`
}

type untagLogGroupInput struct {
	named
	Tags []string `json:"tags"`
}

type tagsOutput struct {
	Tags map[string]string `json:"tags"`
}

func (s *Service) tagLogGroup(at scope, in tagLogGroupInput) (none, error) {
	return none{}, s.tag(at, in.group(), in.Tags)
}

func (s *Service) untagLogGroup(at scope, in untagLogGroupInput) (none, error) {
	return none{}, s.untag(at, in.group(), in.Tags)
}

func (s *Service) listTagsLogGroup(at scope, in groupInput) (tagsOutput, error) {
	return s.listTags(at, in.group())
}

// tagged is the part of an input that names a resource to tag.
type tagged struct {
	ResourceARN string `json:"resourceArn"`
}

func (t tagged) access(action string, _ scope) []api.Access {
	return []api.Access{{Action: action, Resource: t.ResourceARN}}
}

// group is the name of the log group; the ARN must be one of the caller's own.
func (t tagged) group(at scope) (string, error) {
	name, ours := strings.CutPrefix(t.ResourceARN, at.groupARN(""))
	if !ours || strings.Contains(name, ":") {
		return "", invalidParameter("The resource ARN '%s' is not valid.", t.ResourceARN)
	}
	return name, nil
}

type tagResourceInput struct {
	tagged
	Tags map[string]string `json:"tags"`
}

type untagResourceInput struct {
	tagged
	TagKeys []string `json:"tagKeys"`
}

type listTagsForResourceInput struct{ tagged }

func (s *Service) tagResource(at scope, in tagResourceInput) (none, error) {
	name, err := in.group(at)
	if err != nil {
		return none{}, err
	}
	return none{}, s.tag(at, name, in.Tags)
}

func (s *Service) untagResource(at scope, in untagResourceInput) (none, error) {
	name, err := in.group(at)
	if err != nil {
		return none{}, err
	}
	return none{}, s.untag(at, name, in.TagKeys)
}

func (s *Service) listTagsForResource(at scope, in listTagsForResourceInput) (tagsOutput, error) {
	name, err := in.group(at)
	if err != nil {
		return tagsOutput{}, err
	}
	return s.listTags(at, name)
}

func (s *Service) tag(at scope, name string, tags map[string]string) error {
	return s.change(at, name, func(row *group) error {
		all := make(map[string]string, len(row.Tags)+len(tags))
		maps.Copy(all, row.Tags)
		maps.Copy(all, tags)
		row.Tags = all
		return checkTags(all)
	})
}

func (s *Service) untag(at scope, name string, keys []string) error {
	return s.change(at, name, func(row *group) error {
		for _, key := range keys {
			delete(row.Tags, key)
		}
		return nil
	})
}

func (s *Service) listTags(at scope, name string) (tagsOutput, error) {
	out := tagsOutput{Tags: map[string]string{}}
	err := s.db.View(func(tx store.Tx) error {
		row, err := s.findGroup(tx, at, name)
		maps.Copy(out.Tags, row.Tags)
		return err
	})
	return out, err
}

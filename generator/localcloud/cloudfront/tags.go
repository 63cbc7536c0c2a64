package cloudfront

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"sendform/generator/localcloud/store"
)

const maxTags = 50

// check makes a map of a list of tags.
func (t tagSet) check() (map[string]string, error) {
	tags := map[string]string{}
	for _, one := range t.Items {
		if one.Key == "" || strings.HasPrefix(one.Key, "aws:") || len(one.Key) > 128 || len(one.Value) > 256 {
			return nil, invalidTagging("The tag %q is not valid.", one.Key)
		}
		tags[one.Key] = one.Value
	}
	if len(tags) > maxTags {
		return nil, invalidTagging("A resource has at most %d tags.", maxTags)
	}
	return tags, nil
}

func invalidTagging(format string, args ...any) error {
	return refused("InvalidTagging", format, args...)
}

// conditionKeys are those of the tags in a request.
func (t tagSet) conditionKeys() map[string][]string {
	keys := map[string][]string{}
	for _, one := range t.Items {
		keys["aws:requesttag/"+strings.ToLower(one.Key)] = []string{one.Value}
		keys["aws:tagkeys"] = append(keys["aws:tagkeys"], one.Key)
	}
	return keys
}

// tagKeys is the document of UntagResource.
type tagKeys struct {
	Items []string `xml:"Items>Key"`
}

// conditionKeys adds the tags of what an operation is on to the operation's own keys.
func (s *Service) conditionKeys(account string, op operation) (map[string][]string, error) {
	keys := op.context
	err := s.config.DB.View(func(tx store.Tx) error {
		on, err := s.tagged(tx, account, op.resource)
		for name, value := range on.tags {
			if keys == nil {
				keys = map[string][]string{}
			}
			keys["aws:resourcetag/"+strings.ToLower(name)] = []string{value}
		}
		return err
	})
	return keys, err
}

func (s *Service) taggingCall(r request) (operation, bool) {
	query := r.URL.Query()
	on := query.Get("Resource")
	switch {
	case len(r.path) != 1:
		return operation{}, false
	case r.Method == http.MethodGet:
		return operation{name: "ListTagsForResource", resource: on, reads: true, do: s.listTags}, true
	case r.Method == http.MethodPost && query.Get("Operation") == "Tag":
		var set tagSet
		_ = decode(r, "Tags", &set) // the call itself fails, once it is allowed
		return operation{name: "TagResource", resource: on, context: set.conditionKeys(), do: s.tag}, true
	case r.Method == http.MethodPost && query.Get("Operation") == "Untag":
		var keys tagKeys
		_ = decode(r, "TagKeys", &keys) // the call itself fails, once it is allowed
		return operation{name: "UntagResource", resource: on, context: map[string][]string{"aws:tagkeys": keys.Items}, do: s.untag}, true
	default:
		return operation{}, false
	}
}

// taggable is what has tags: a distribution or a function.
type taggable struct {
	tags map[string]string
	// put stores it with other tags; nil when there is no such thing.
	put func(tags map[string]string) error
}

// tagged finds what an ARN stands for in an account.
func (s *Service) tagged(tx store.Tx, account, on string) (taggable, error) {
	if id, is := strings.CutPrefix(on, arn(account, "distribution", "")); is {
		d, found, err := s.distributions.Get(tx, store.Key(account, id))
		if err != nil || !found {
			return taggable{}, err
		}
		return taggable{d.Tags, func(tags map[string]string) error {
			d.Tags = tags
			return s.distributions.Put(tx, d.key(), d)
		}}, nil
	}
	if name, is := strings.CutPrefix(on, arn(account, "function", "")); is {
		f, found, err := s.functions.Get(tx, store.Key(account, name))
		if err != nil || !found {
			return taggable{}, err
		}
		return taggable{f.Tags, func(tags map[string]string) error {
			f.Tags = tags
			return s.functions.Put(tx, f.key(), f)
		}}, nil
	}
	return taggable{}, nil
}

// mustBeTagged finds what a call on tags is about.
func (s *Service) mustBeTagged(tx store.Tx, r request) (taggable, error) {
	on := r.URL.Query().Get("Resource")
	if !strings.HasPrefix(on, "arn:aws:cloudfront::") {
		return taggable{}, invalid("The parameter Resource is not the ARN of a CloudFront resource: %q.", on)
	}
	found, err := s.tagged(tx, r.Account(), on)
	if err == nil && found.put == nil {
		err = notFound("NoSuchResource", "The resource %s does not exist, or has no tags here.", on)
	}
	return found, err
}

func (s *Service) listTags(tx store.Tx, r request) (answer, error) {
	on, err := s.mustBeTagged(tx, r)
	if err != nil {
		return answer{}, err
	}
	var set tagSet
	for _, key := range slices.Sorted(maps.Keys(on.tags)) {
		set.Items = append(set.Items, tag{key, on.tags[key]})
	}
	return answer{root: "Tags", document: set}, nil
}

func (s *Service) tag(tx store.Tx, r request) (answer, error) {
	on, err := s.mustBeTagged(tx, r)
	if err != nil {
		return answer{}, err
	}
	var set tagSet
	if err := decode(r, "Tags", &set); err != nil {
		return answer{}, err
	}
	for key, value := range on.tags {
		if !slices.ContainsFunc(set.Items, func(t tag) bool { return t.Key == key }) {
			set.Items = append(set.Items, tag{key, value})
		}
	}
	tags, err := set.check()
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, on.put(tags)
}

func (s *Service) untag(tx store.Tx, r request) (answer, error) {
	on, err := s.mustBeTagged(tx, r)
	if err != nil {
		return answer{}, err
	}
	var keys tagKeys
	if err := decode(r, "TagKeys", &keys); err != nil {
		return answer{}, err
	}
	for _, key := range keys.Items {
		delete(on.tags, key)
	}
	return answer{status: http.StatusNoContent}, on.put(on.tags)
}

package ssm

import (
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// The keys and options of filters.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
const (
	keyName         = "Name"
	keyPath         = "Path"
	keyLabel        = "Label"
	keyTag          = "tag:" // and the tag's key
	optionEquals    = "Equals"
	optionBegins    = "BeginsWith"
	optionContains  = "Contains"
	optionRecursive = "Recursive"
	optionOneLevel  = "OneLevel"
)

var (
	filterKeys = []string{keyName, "Type", "KeyId", keyPath, keyLabel, "Tier", "DataType"}
	// filterOptions are those of each key; the first holds when none is given.
	filterOptions = map[string][]string{
		keyName: {optionEquals, optionBegins, optionContains},
		keyPath: {optionOneLevel, optionRecursive},
		"":      {optionEquals, optionBegins}, // any other key
	}
)

type filter struct {
	Key    string
	Option string
	Values []string
}

// checked returns the filter with its option filled in.
func (f filter) checked() (filter, error) {
	if !slices.Contains(filterKeys, f.Key) && !strings.HasPrefix(f.Key, keyTag) {
		return f, refused("InvalidFilterKey", "The following filter key is not valid: %s. Valid filter keys include: [%s, tag:<key>].",
			f.Key, strings.Join(filterKeys, ", "))
	}
	options, own := filterOptions[f.Key]
	if !own {
		options = filterOptions[""]
	}
	if f.Option == "" {
		f.Option = options[0]
	}
	if !slices.Contains(options, f.Option) {
		return f, refused("InvalidFilterOption", "The following filter option is not valid: %s. Valid options include: [%s].",
			f.Option, strings.Join(options, ", "))
	}
	if len(f.Values) == 0 && !strings.HasPrefix(f.Key, keyTag) {
		return f, refused("InvalidFilterValue", "The following filter values are missing : null for filter key %s.", f.Key)
	}
	return f, nil
}

// wants tells whether one of the filter's values fits a parameter.
func (f filter) wants(p parameter) bool {
	if f.Key == keyPath {
		return slices.ContainsFunc(f.Values, func(path string) bool {
			below, inside := strings.CutPrefix(p.Name, strings.TrimSuffix(path, "/")+"/")
			return inside && (f.Option == optionRecursive || !strings.Contains(below, "/"))
		})
	}
	if tag, isTag := strings.CutPrefix(f.Key, keyTag); isTag && len(f.Values) == 0 {
		_, has := p.Tags[tag]
		return has
	}
	return fits(f.Option, f.values(p), f.Values)
}

// fits tells whether one of the values is as one of the wanted, by a filter's option.
func fits(option string, values, wanted []string) bool {
	return slices.ContainsFunc(values, func(has string) bool {
		return slices.ContainsFunc(wanted, func(wanted string) bool {
			switch option {
			case optionBegins:
				return strings.HasPrefix(has, wanted)
			case optionContains:
				return strings.Contains(has, wanted)
			}
			return has == wanted
		})
	})
}

// values are what a parameter has for the filter's key.
func (f filter) values(p parameter) []string {
	v := p.latest()
	switch f.Key {
	case keyName:
		return []string{p.Name}
	case "Type":
		return []string{v.Type}
	case "KeyId":
		return []string{v.KeyID}
	case "Tier":
		return []string{v.Tier}
	case "DataType":
		return []string{v.DataType}
	case keyLabel:
		var labels []string
		for _, v := range p.Versions {
			labels = append(labels, v.Labels...)
		}
		return labels
	}
	if value, has := p.Tags[strings.TrimPrefix(f.Key, keyTag)]; has {
		return []string{value}
	}
	return nil
}

// list returns one page of the parameters that every filter wants, by name, and the
// token of the next.
func (s *Service) list(at rpc.Scope, filters []filter, token string, limit int) ([]parameter, string, error) {
	filters = slices.Clone(filters)
	for i := range filters {
		var err error
		if filters[i], err = filters[i].checked(); err != nil {
			return nil, "", err
		}
	}
	after, err := readToken(token)
	if err != nil {
		return nil, "", err
	}
	if after != "" {
		after = key(at, after)
	}
	var rows []parameter
	next := ""
	err = s.db.View(func(tx store.Tx) error {
		return s.parameters.Scan(tx, key(at, ""), after, func(_ string, p parameter) bool {
			if slices.ContainsFunc(filters, func(f filter) bool { return !f.wants(p) }) {
				return true
			}
			if len(rows) == limit {
				next = writeToken(rows[limit-1].Name)
				return false
			}
			rows = append(rows, p)
			return true
		})
	})
	return rows, next, err
}

const maxDescribed = 50 // parameters in one answer

type describeParametersInput struct {
	Filters          []filter // the old form: no options
	ParameterFilters []filter
	Shared           bool
	MaxResults       *int
	NextToken        string
}

// access is on all parameters: listing is not narrowed by name.
func (in describeParametersInput) access(at rpc.Scope, action string) []api.Access {
	return []api.Access{{Action: action, Resource: "arn:aws:ssm:" + at.Region + ":" + at.Account + ":*"}}
}

type described struct {
	ARN              string
	AllowedPattern   string `json:",omitempty"`
	DataType         string
	Description      string `json:",omitempty"`
	KeyID            string `json:"KeyId,omitempty"`
	LastModifiedDate rpc.Time
	LastModifiedUser string
	Name             string
	Policies         []struct{}
	Tier             string
	Type             string
	Version          int64
}

type describeParametersOutput struct {
	Parameters []described
	NextToken  string `json:",omitempty"`
}

func (s *Service) describeParameters(at rpc.Scope, in describeParametersInput) (describeParametersOutput, error) {
	out := describeParametersOutput{Parameters: []described{}}
	limit, err := pageSize(in.MaxResults, maxDescribed, maxDescribed)
	if err != nil {
		return out, err
	}
	if in.Shared {
		return out, nil // nobody shares parameters here
	}
	if len(in.Filters) > 0 && len(in.ParameterFilters) > 0 {
		return out, invalid("You can use either Filters or ParameterFilters in a single request.")
	}
	filters := in.ParameterFilters
	for _, f := range in.Filters {
		filters = append(filters, filter{Key: f.Key, Option: optionBegins, Values: f.Values})
	}
	rows, next, err := s.list(at, filters, in.NextToken, limit)
	out.NextToken = next
	for _, row := range rows {
		v := row.latest()
		out.Parameters = append(out.Parameters, described{
			ARN: parameterARN(at, row.Name), AllowedPattern: v.AllowedPattern, DataType: v.DataType, Description: v.Description,
			KeyID: v.KeyID, LastModifiedDate: v.Modified, LastModifiedUser: v.User, Name: row.Name,
			Policies: []struct{}{}, Tier: v.Tier, Type: v.Type, Version: v.Number,
		})
	}
	return out, err
}

package ssm

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// value is a parameter with its value, as the reading calls answer.
type value struct {
	ARN              string
	DataType         string
	LastModifiedDate rpc.Time
	Name             string
	Selector         string `json:",omitempty"`
	Type             string
	Value            string
	Version          int64
}

// read opens a version. Without decryption a SecureString reads as the ciphertext.
func (s *Service) read(at rpc.Scope, name string, v version, decrypt bool) (value, error) {
	out := value{
		ARN: parameterARN(at, name), DataType: v.DataType, LastModifiedDate: v.Modified, Name: name, Type: v.Type, Version: v.Number,
	}
	if v.Type == typeSecure && !decrypt {
		out.Value = base64.StdEncoding.EncodeToString(v.Sealed)
		return out, nil
	}
	plain, err := s.key.Open(v.Sealed, place(at, name, v.Number))
	out.Value = string(plain)
	return out, err
}

type getParameterInput struct {
	Name           string
	WithDecryption bool
}

func (in getParameterInput) access(at rpc.Scope, action string) []api.Access {
	return onOne(at, action, in.Name)
}

type getParameterOutput struct{ Parameter value }

func (s *Service) getParameter(at rpc.Scope, in getParameterInput) (getParameterOutput, error) {
	var out getParameterOutput
	err := s.db.View(func(tx store.Tx) (err error) {
		out.Parameter, err = s.readSelected(tx, at, refer(at, in.Name), in.WithDecryption)
		return err
	})
	return out, err
}

func (s *Service) readSelected(tx store.Tx, at rpc.Scope, r reference, decrypt bool) (value, error) {
	row, err := s.get(tx, at, r.name)
	if err != nil {
		return value{}, err
	}
	v, err := row.find(r.selector)
	if err != nil {
		return value{}, err
	}
	out, err := s.read(at, row.Name, v, decrypt)
	if r.selector != "" {
		out.Selector = ":" + r.selector
	}
	return out, err
}

const maxNames = 10 // in one call

type getParametersInput struct {
	Names          []string
	WithDecryption bool
}

func (in getParametersInput) access(at rpc.Scope, action string) []api.Access {
	return onEach(at, action, in.Names)
}

type getParametersOutput struct {
	Parameters        []value
	InvalidParameters []string
}

func (s *Service) getParameters(at rpc.Scope, in getParametersInput) (getParametersOutput, error) {
	out := getParametersOutput{Parameters: []value{}, InvalidParameters: []string{}}
	if err := checkNames(in.Names); err != nil {
		return out, err
	}
	err := s.db.View(func(tx store.Tx) error {
		for _, name := range in.Names {
			found, err := s.readSelected(tx, at, refer(at, name), in.WithDecryption)
			switch {
			case isAbsent(err):
				out.InvalidParameters = append(out.InvalidParameters, name)
			case err != nil:
				return err
			default:
				out.Parameters = append(out.Parameters, found)
			}
		}
		return nil
	})
	return out, err
}

func checkNames(names []string) error {
	if len(names) == 0 || len(names) > maxNames {
		return invalid("1 validation error detected: Value at 'names' failed to satisfy constraint: "+
			"Member must have length between 1 and %d", maxNames)
	}
	return nil
}

type getParametersByPathInput struct {
	Path             string
	Recursive        bool
	ParameterFilters []filter
	WithDecryption   bool
	MaxResults       *int
	NextToken        string
}

func (in getParametersByPathInput) access(at rpc.Scope, action string) []api.Access {
	needed := onOne(at, action, in.Path)
	needed[0].Context = map[string][]string{"ssm:recursive": {strconv.FormatBool(in.Recursive)}}
	return needed
}

type getParametersByPathOutput struct {
	Parameters []value
	NextToken  string `json:",omitempty"`
}

func (s *Service) getParametersByPath(at rpc.Scope, in getParametersByPathInput) (getParametersByPathOutput, error) {
	out := getParametersByPathOutput{Parameters: []value{}}
	path := refer(at, in.Path).name
	if !strings.HasPrefix(path, "/") || len(path) > 1 && checkName(strings.TrimSuffix(path, "/")) != nil {
		return out, invalid("The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". " +
			"It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). " +
			"Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.")
	}
	option := optionOneLevel
	if in.Recursive {
		option = optionRecursive
	}
	filters := []filter{{Key: keyPath, Option: option, Values: []string{path}}}
	for _, f := range in.ParameterFilters {
		if !slices.Contains([]string{"Type", "KeyId", keyLabel}, f.Key) {
			return out, refused("InvalidFilterKey", "The following filter key is not valid: %s. Valid filter keys include: [Type, KeyId, Label].", f.Key)
		}
		filters = append(filters, f)
	}
	limit, err := pageSize(in.MaxResults, maxNames, maxNames)
	if err != nil {
		return out, err
	}
	rows, next, err := s.list(at, filters, in.NextToken, limit)
	if err != nil {
		return out, err
	}
	out.NextToken = next
	for _, row := range rows {
		found, err := s.read(at, row.Name, in.pick(row), in.WithDecryption)
		if err != nil {
			return out, err
		}
		out.Parameters = append(out.Parameters, found)
	}
	return out, nil
}

// pick is the version to answer with: the one that has a label which is asked for, or
// else the latest.
func (in getParametersByPathInput) pick(row parameter) version {
	for _, f := range in.ParameterFilters {
		if f.Key != keyLabel {
			continue
		}
		for _, v := range row.Versions {
			if fits(f.Option, v.Labels, f.Values) {
				return v
			}
		}
	}
	return row.latest()
}

const maxHistory = 50 // versions in one answer

type getParameterHistoryInput struct {
	Name           string
	WithDecryption bool
	MaxResults     *int
	NextToken      string
}

func (in getParameterHistoryInput) access(at rpc.Scope, action string) []api.Access {
	return onOne(at, action, in.Name)
}

type historyEntry struct {
	AllowedPattern   string `json:",omitempty"`
	DataType         string
	Description      string `json:",omitempty"`
	KeyID            string `json:"KeyId,omitempty"`
	Labels           []string
	LastModifiedDate rpc.Time
	LastModifiedUser string
	Name             string
	Policies         []struct{}
	Tier             string
	Type             string
	Value            string
	Version          int64
}

type getParameterHistoryOutput struct {
	Parameters []historyEntry
	NextToken  string `json:",omitempty"`
}

func (s *Service) getParameterHistory(at rpc.Scope, in getParameterHistoryInput) (getParameterHistoryOutput, error) {
	out := getParameterHistoryOutput{Parameters: []historyEntry{}}
	limit, err := pageSize(in.MaxResults, maxHistory, maxHistory)
	if err != nil {
		return out, err
	}
	token, err := readToken(in.NextToken)
	if err != nil {
		return out, err
	}
	after, err := strconv.ParseInt("0"+token, 10, 64)
	if err != nil {
		return out, refused("InvalidNextToken", "The specified token isn't valid.")
	}
	err = s.db.View(func(tx store.Tx) error {
		row, err := s.get(tx, at, refer(at, in.Name).name)
		if err != nil {
			return err
		}
		for _, v := range row.Versions {
			if v.Number <= after {
				continue
			}
			if len(out.Parameters) == limit {
				out.NextToken = writeToken(strconv.FormatInt(out.Parameters[limit-1].Version, 10))
				break
			}
			found, err := s.read(at, row.Name, v, in.WithDecryption)
			if err != nil {
				return err
			}
			out.Parameters = append(out.Parameters, historyEntry{
				AllowedPattern: v.AllowedPattern, DataType: v.DataType, Description: v.Description, KeyID: v.KeyID,
				Labels: append([]string{}, v.Labels...), LastModifiedDate: v.Modified, LastModifiedUser: v.User,
				Name: row.Name, Policies: []struct{}{}, Tier: v.Tier, Type: v.Type, Value: found.Value, Version: v.Number,
			})
		}
		return nil
	})
	return out, err
}

package ssm

import (
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// parameter is a parameter as it is stored.
type parameter struct {
	Name     string
	Versions []version         // at least one, the newest last
	Tags     map[string]string `json:",omitempty"`
}

// version is one state of a parameter. All but the value and the labels also hold
// for the next version, unless that says otherwise.
type version struct {
	Number   int64
	Sealed   []byte // the value
	Type     string
	KeyID    string `json:",omitempty"` // of SecureString
	Tier     string
	DataType string

	Description    string `json:",omitempty"`
	AllowedPattern string `json:",omitempty"`

	Modified rpc.Time
	User     string   // ARN
	Labels   []string `json:",omitempty"`
}

// The types and tiers of parameters.
const (
	typeSecure   = "SecureString"
	tierStandard = "Standard"
	tierAdvanced = "Advanced"
	tierAuto     = "Intelligent-Tiering"
)

func (p parameter) latest() version { return p.Versions[len(p.Versions)-1] }

// find returns the version that a selector names by number or label; an empty
// selector names the latest.
func (p parameter) find(selector string) (version, error) {
	if selector == "" {
		return p.latest(), nil
	}
	number, err := strconv.ParseInt(selector, 10, 64)
	for _, v := range p.Versions {
		if err == nil && v.Number == number || slices.Contains(v.Labels, selector) {
			return v, nil
		}
	}
	return version{}, refused("ParameterVersionNotFound",
		"Systems Manager could not find version %s of %s. Verify the version and try again.", selector, p.Name)
}

// unlabel takes a label off whichever version has it, and tells whether one had.
func (p parameter) unlabel(label string) bool {
	for i, v := range p.Versions {
		if at := slices.Index(v.Labels, label); at >= 0 {
			p.Versions[i].Labels = slices.Delete(slices.Clone(v.Labels), at, at+1)
			return true
		}
	}
	return false
}

// reference is a parameter as a call names it: a name or an ARN, with a selector
// behind a colon where the call takes one.
type reference struct {
	name     string // empty when it cannot be here
	selector string // without its colon
	arn      string // of the parameter without its selector, as IAM evaluates it
}

func refer(at rpc.Scope, given string) reference {
	if !strings.HasPrefix(given, "arn:") {
		name, selector, _ := strings.Cut(given, ":")
		return reference{name, selector, parameterARN(at, name)}
	}
	rest, ours := strings.CutPrefix(given, parameterARN(at, ""))
	if !ours {
		return reference{arn: given} // nobody shares parameters here
	}
	name, selector, _ := strings.Cut(rest, ":")
	// Only a name without a path has no slash in front.
	if strings.Contains(name, "/") {
		name = "/" + name
	}
	return reference{name, selector, parameterARN(at, name)}
}

func parameterARN(at rpc.Scope, name string) string {
	return "arn:aws:ssm:" + at.Region + ":" + at.Account + ":parameter/" + strings.TrimPrefix(name, "/")
}

func key(at rpc.Scope, name string) string { return store.Key(at.Account, at.Region, name) }

// place is where a value is sealed.
func place(at rpc.Scope, name string, number int64) string {
	return store.Key(key(at, name), strconv.FormatInt(number, 10))
}

// get returns a parameter or ParameterNotFound.
func (s *Service) get(tx store.Tx, at rpc.Scope, name string) (parameter, error) {
	row, found, err := s.parameters.Get(tx, key(at, name))
	if err == nil && !found {
		err = notFound(name)
	}
	return row, err
}

// change rewrites one parameter.
func (s *Service) change(at rpc.Scope, name string, edit func(*parameter) error) error {
	return s.db.Update(func(tx store.Tx) error {
		row, err := s.get(tx, at, name)
		if err != nil {
			return err
		}
		if err := edit(&row); err != nil {
			return err
		}
		return s.parameters.Put(tx, key(at, name), row)
	})
}

// onOne is what a call on one parameter must be allowed.
func onOne(at rpc.Scope, action, name string) []api.Access {
	return []api.Access{{Action: action, Resource: refer(at, name).arn}}
}

// onEach is what a call on several parameters must be allowed.
func onEach(at rpc.Scope, action string, names []string) []api.Access {
	var needed []api.Access
	for _, name := range names {
		needed = append(needed, onOne(at, action, name)...)
	}
	return needed
}

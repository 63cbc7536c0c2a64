package ssm

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// The limits of parameters.
// https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
const (
	maxNameLength    = 1011 // characters
	maxLevels        = 15
	maxVersions      = 100
	maxStandardValue = 4096 // bytes
	maxAdvancedValue = 8192
)

// defaultKey is the AWS-managed key of SecureString parameters.
const defaultKey = "alias/aws/ssm"

var (
	nameCharacters = regexp.MustCompile(`^[a-zA-Z0-9_.\-/]+$`)
	reservedName   = regexp.MustCompile(`(?i)^/?(aws|ssm)`)
	nestedValue    = regexp.MustCompile(`\{\{.*\}\}`)

	parameterTypes = []string{"String", "StringList", typeSecure}
	parameterTiers = []string{tierStandard, tierAdvanced, tierAuto}
)

type putParameterInput struct {
	Name           string
	Value          string
	Type           string
	Description    *string
	KeyID          string `json:"KeyId"`
	Overwrite      bool
	AllowedPattern *string
	Tags           []rpc.Tag
	Tier           string
	Policies       string
	DataType       string
}

type putParameterOutput struct {
	Version int64
	Tier    string
}

// access asks for tagging too when the parameter is made with tags, as AWS does.
func (in putParameterInput) access(at rpc.Scope, action string) []api.Access {
	needed := onOne(at, action, in.Name)
	needed[0].Context = rpc.RequestTags(in.Tags)
	needed[0].Context["ssm:overwrite"] = []string{strconv.FormatBool(in.Overwrite)}
	if len(in.Tags) > 0 {
		needed = append(needed, api.Access{
			Action: "ssm:AddTagsToResource", Resource: needed[0].Resource, Context: rpc.RequestTags(in.Tags),
		})
	}
	return needed
}

func (s *Service) putParameter(at rpc.Scope, in putParameterInput) (putParameterOutput, error) {
	var out putParameterOutput
	if err := in.check(); err != nil {
		return out, err
	}
	err := s.db.Update(func(tx store.Tx) error {
		row, found, err := s.parameters.Get(tx, key(at, in.Name))
		if err != nil {
			return err
		}
		if found && !in.Overwrite {
			return refused("ParameterAlreadyExists",
				"The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
		}
		next, err := in.next(row, found)
		if err != nil {
			return err
		}
		next.Sealed = s.key.Seal([]byte(in.Value), place(at, in.Name, next.Number))
		next.Modified, next.User = rpc.Stamp(s.now()), at.Caller
		if !found {
			row = parameter{Name: in.Name, Tags: rpc.TagMap(in.Tags)}
		}
		if row.Versions, err = appendVersion(row.Versions, next); err != nil {
			return err
		}
		out = putParameterOutput{Version: next.Number, Tier: next.Tier}
		return s.parameters.Put(tx, key(at, in.Name), row)
	})
	return out, err
}

// check refuses what is wrong by itself.
func (in putParameterInput) check() error {
	if err := checkName(in.Name); err != nil {
		return err
	}
	switch {
	case in.Policies != "" && in.Policies != "[]":
		return api.NotImplemented("ssm", "PutParameter with Policies")
	case in.Value == "":
		return invalid("1 validation error detected: Value at 'value' failed to satisfy constraint: " +
			"Member must have length greater than or equal to 1")
	case nestedValue.MatchString(in.Value):
		return invalid("Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.")
	case in.Overwrite && len(in.Tags) > 0:
		return invalid("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, " +
			"please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.")
	case in.Type != "" && !slices.Contains(parameterTypes, in.Type):
		return notInSet("type", in.Type, parameterTypes)
	case in.Tier != "" && !slices.Contains(parameterTiers, in.Tier):
		return notInSet("tier", in.Tier, parameterTiers)
	case in.DataType != "" && in.DataType != "text":
		return api.NotImplemented("ssm", "PutParameter with DataType "+in.DataType)
	}
	return checkTags(rpc.TagMap(in.Tags))
}

func notInSet(member, value string, set []string) error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: "+
		"Member must satisfy enum value set: [%s]", value, member, strings.Join(set, ", "))
}

func checkName(name string) error {
	levels := strings.Count(strings.TrimPrefix(name, "/"), "/") + 1
	switch {
	case len(name) > maxNameLength:
		return invalid("Parameter name must not be longer than %d characters.", maxNameLength)
	case strings.Contains(name, "/") && !strings.HasPrefix(name, "/"):
		return invalid("Parameter name must be a fully qualified name.")
	case levels > maxLevels:
		return refused("HierarchyLevelLimitExceededException",
			"A hierarchy can have a maximum of %d levels; the parameter name has %d.", maxLevels, levels)
	case !nameCharacters.MatchString(name), strings.HasSuffix(name, "/"), strings.Contains(name, "//"), reservedName.MatchString(name):
		return invalid("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). If formed as a path, " +
			"it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_")
	}
	return nil
}

// next works out a version from what is asked for and from the one before it, without
// its value.
func (in putParameterInput) next(row parameter, found bool) (version, error) {
	v := version{Tier: tierStandard, DataType: "text"}
	if found {
		v = row.latest()
		v.Labels = nil
	} else if in.Type == "" {
		return v, invalid("A parameter type is required when you create a parameter.")
	}
	v.Number++
	if in.Type != "" {
		v.Type = in.Type
	}
	if in.Description != nil {
		v.Description = *in.Description
	}
	if in.AllowedPattern != nil {
		v.AllowedPattern = *in.AllowedPattern
	}
	if err := v.setKey(in.KeyID); err != nil {
		return v, err
	}
	if err := v.setTier(in.Tier, len(in.Value)); err != nil {
		return v, err
	}
	return v, v.matches(in.Value)
}

func (v *version) setKey(id string) error {
	switch {
	case v.Type != typeSecure && id != "":
		return invalid("A KeyId is for parameters of the type SecureString only.")
	case v.Type != typeSecure:
		v.KeyID = ""
	case id != "":
		v.KeyID = id
	case v.KeyID == "":
		v.KeyID = defaultKey
	}
	return nil
}

// setTier takes the tier that was asked for, or keeps the one before, if it fits the
// value's size in bytes.
func (v *version) setTier(asked string, size int) error {
	switch {
	case asked == tierStandard && v.Tier == tierAdvanced:
		return invalid("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier " +
			"to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.")
	case asked == tierAdvanced, asked == tierAuto && size > maxStandardValue:
		v.Tier = tierAdvanced
	}
	if v.Tier == tierStandard && size > maxStandardValue {
		return invalid("Standard tier parameters support a maximum parameter value of %d characters. To create a larger parameter value, "+
			"upgrade the parameter to use the advanced-parameter tier. For more information, see "+
			"https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html", maxStandardValue)
	}
	if size > maxAdvancedValue {
		return invalid("Advanced tier parameters support a maximum parameter value of %d characters.", maxAdvancedValue)
	}
	return nil
}

func (v *version) matches(value string) error {
	if v.AllowedPattern == "" {
		return nil
	}
	pattern, err := regexp.Compile(v.AllowedPattern)
	if err != nil {
		return refused("InvalidAllowedPatternException", "The allowed pattern %s is not valid.", v.AllowedPattern)
	}
	if !pattern.MatchString(value) {
		return refused("ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: %s", v.AllowedPattern)
	}
	return nil
}

// appendVersion drops the oldest version when there are too many, unless a label
// holds on to it.
func appendVersion(versions []version, next version) ([]version, error) {
	if len(versions) == maxVersions {
		if len(versions[0].Labels) > 0 {
			return nil, refused("ParameterMaxVersionLimitExceeded",
				"You attempted to create a new version of a parameter by calling the PutParameter API with the overwrite flag. "+
					"Version %d, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.",
				versions[0].Number)
		}
		versions = versions[1:]
	}
	return append(versions, next), nil
}

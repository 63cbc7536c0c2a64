package ssm

import (
	"regexp"
	"slices"
	"strconv"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
)

const maxLabels = 10 // on one version

// A label must not look like a version, nor like something of AWS's.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
var (
	labelCharacters = regexp.MustCompile(`^[a-zA-Z0-9_.\-]{1,100}$`)
	reservedLabel   = regexp.MustCompile(`^([0-9]|(?i)aws|ssm)`)
)

type labelParameterVersionInput struct {
	Name             string
	ParameterVersion int64 // 0 for the latest
	Labels           []string
}

func (in labelParameterVersionInput) access(at rpc.Scope, action string) []api.Access {
	return onOne(at, action, in.Name)
}

type labelParameterVersionOutput struct {
	InvalidLabels    []string
	ParameterVersion int64
}

func (s *Service) labelParameterVersion(at rpc.Scope, in labelParameterVersionInput) (labelParameterVersionOutput, error) {
	out := labelParameterVersionOutput{InvalidLabels: []string{}}
	err := s.change(at, refer(at, in.Name).name, func(row *parameter) error {
		target, err := row.numbered(in.ParameterVersion)
		if err != nil {
			return err
		}
		out.ParameterVersion = target
		index := slices.IndexFunc(row.Versions, func(v version) bool { return v.Number == target })
		for _, label := range in.Labels {
			if !labelCharacters.MatchString(label) || reservedLabel.MatchString(label) {
				out.InvalidLabels = append(out.InvalidLabels, label)
				continue
			}
			row.unlabel(label) // it moves
			row.Versions[index].Labels = append(row.Versions[index].Labels, label)
		}
		if len(row.Versions[index].Labels) > maxLabels {
			return refused("ParameterVersionLabelLimitExceeded", "A parameter version can have a maximum of %d labels.", maxLabels)
		}
		return nil
	})
	return out, err
}

// numbered is the number of a version that is there; 0 asks for the latest.
func (p parameter) numbered(number int64) (int64, error) {
	if number == 0 {
		return p.latest().Number, nil
	}
	v, err := p.find(strconv.FormatInt(number, 10))
	return v.Number, err
}

type unlabelParameterVersionInput struct {
	Name             string
	ParameterVersion int64
	Labels           []string
}

func (in unlabelParameterVersionInput) access(at rpc.Scope, action string) []api.Access {
	return onOne(at, action, in.Name)
}

type unlabelParameterVersionOutput struct {
	InvalidLabels []string
	RemovedLabels []string
}

func (s *Service) unlabelParameterVersion(at rpc.Scope, in unlabelParameterVersionInput) (unlabelParameterVersionOutput, error) {
	out := unlabelParameterVersionOutput{InvalidLabels: []string{}, RemovedLabels: []string{}}
	err := s.change(at, refer(at, in.Name).name, func(row *parameter) error {
		v, err := row.find(strconv.FormatInt(in.ParameterVersion, 10))
		if err != nil {
			return err
		}
		for _, label := range in.Labels {
			if slices.Contains(v.Labels, label) && row.unlabel(label) {
				out.RemovedLabels = append(out.RemovedLabels, label)
			} else {
				out.InvalidLabels = append(out.InvalidLabels, label)
			}
		}
		return nil
	})
	return out, err
}

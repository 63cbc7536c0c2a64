package ssm

import (
	"errors"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

type deleteParameterInput struct{ Name string }

func (in deleteParameterInput) access(at rpc.Scope, action string) []api.Access {
	return onOne(at, action, in.Name)
}

func (s *Service) deleteParameter(at rpc.Scope, in deleteParameterInput) (rpc.None, error) {
	return rpc.None{}, s.db.Update(func(tx store.Tx) error {
		row, err := s.get(tx, at, refer(at, in.Name).name)
		if err != nil {
			return err
		}
		return s.parameters.Delete(tx, key(at, row.Name))
	})
}

type deleteParametersInput struct{ Names []string }

func (in deleteParametersInput) access(at rpc.Scope, action string) []api.Access {
	return onEach(at, action, in.Names)
}

type deleteParametersOutput struct {
	DeletedParameters []string
	InvalidParameters []string
}

func (s *Service) deleteParameters(at rpc.Scope, in deleteParametersInput) (deleteParametersOutput, error) {
	out := deleteParametersOutput{DeletedParameters: []string{}, InvalidParameters: []string{}}
	if err := checkNames(in.Names); err != nil {
		return out, err
	}
	for _, name := range in.Names {
		_, err := s.deleteParameter(at, deleteParameterInput{name})
		switch {
		case isAbsent(err):
			out.InvalidParameters = append(out.InvalidParameters, name)
		case err != nil:
			return out, err
		default:
			out.DeletedParameters = append(out.DeletedParameters, name)
		}
	}
	return out, nil
}

// isAbsent tells whether a parameter, or the version of it that was asked for, is
// not there.
func isAbsent(err error) bool {
	known := (*api.Error)(nil)
	return errors.As(err, &known) && (known.Code == "ParameterNotFound" || known.Code == "ParameterVersionNotFound")
}

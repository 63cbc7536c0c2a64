package secretsmanager

import (
	"slices"
	"strconv"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

const maxPolicy = 20480 // bytes

type resourcePolicyInput struct{ onOne }

type resourcePolicyOutput struct {
	secretOutput
	ResourcePolicy string `json:",omitempty"`
}

func (s *Service) getResourcePolicy(at rpc.Scope, in resourcePolicyInput) (resourcePolicyOutput, error) {
	at = owner(at, in.SecretID)
	var out resourcePolicyOutput
	err := s.db.View(func(tx store.Tx) error {
		row, err := s.find(tx, at, in.SecretID)
		if err == nil {
			out = resourcePolicyOutput{secretOutput{row.arn(at), row.Name}, row.Policy}
		}
		return err
	})
	return out, err
}

type putResourcePolicyInput struct {
	onOne

	ResourcePolicy    string
	BlockPublicPolicy bool
}

func (in putResourcePolicyInput) keys() map[string][]string {
	return map[string][]string{"secretsmanager:blockpublicpolicy": {strconv.FormatBool(in.BlockPublicPolicy)}}
}

func (s *Service) putResourcePolicy(at rpc.Scope, in putResourcePolicyInput) (secretOutput, error) {
	at = owner(at, in.SecretID)
	statements, err := readPolicy(in.ResourcePolicy)
	if err != nil {
		return secretOutput{}, err
	}
	if in.BlockPublicPolicy && slices.ContainsFunc(statements, letsAnyoneIn) {
		return secretOutput{}, refused("PublicPolicyException", "You can't attach a resource policy that allows broad access to the secret.")
	}
	return s.setPolicy(at, in.SecretID, in.ResourcePolicy)
}

// readPolicy reads a policy as one of a secret must be.
func readPolicy(text string) ([]identity.Statement, error) {
	if len(text) > maxPolicy {
		return nil, tooLong("resourcePolicy", maxPolicy)
	}
	parsed, err := identity.ParsePolicy(text)
	if err != nil {
		return nil, refused("MalformedPolicyDocumentException", "This resource policy contains an error: %v.", err)
	}
	for _, statement := range parsed.Statements {
		if len(statement.Principals)+len(statement.NotPrincipals) == 0 {
			return nil, refused("MalformedPolicyDocumentException", "This resource policy contains a statement without a principal.")
		}
	}
	return parsed.Statements, nil
}

// letsAnyoneIn tells whether a statement allows something to everybody, whatever the
// request is like.
func letsAnyoneIn(s identity.Statement) bool {
	return !s.Deny && len(s.Conditions) == 0 &&
		(len(s.NotPrincipals) > 0 || slices.Contains(s.Principals, identity.PrincipalPattern{Type: "AWS", Value: "*"}))
}

func (s *Service) deleteResourcePolicy(at rpc.Scope, in resourcePolicyInput) (secretOutput, error) {
	return s.setPolicy(owner(at, in.SecretID), in.SecretID, "")
}

func (s *Service) setPolicy(at rpc.Scope, id, policy string) (secretOutput, error) {
	row, err := s.change(at, id, func(row *secret) error {
		row.Policy = policy
		return nil
	})
	if err != nil {
		return secretOutput{}, err
	}
	return secretOutput{row.arn(at), row.Name}, nil
}

type validateResourcePolicyInput struct {
	onOne // may be left out

	ResourcePolicy string
}

func validateAccess(s *Service, at rpc.Scope, name string, in validateResourcePolicyInput) ([]api.Access, error) {
	action := "secretsmanager:" + name
	if in.SecretID == "" {
		return []api.Access{{Action: action, Resource: "*"}}, nil
	}
	return s.access(at, action, in.SecretID, nil)
}

type validationError struct{ CheckName, ErrorMessage string }

type validateResourcePolicyOutput struct {
	PolicyValidationPassed bool
	ValidationErrors       []validationError
}

// validateResourcePolicy answers whether a policy may be put on a secret, and is not
// for everybody. A policy that cannot be read is an error of the call, as on AWS.
func (s *Service) validateResourcePolicy(at rpc.Scope, in validateResourcePolicyInput) (validateResourcePolicyOutput, error) {
	out := validateResourcePolicyOutput{PolicyValidationPassed: true, ValidationErrors: []validationError{}}
	statements, err := readPolicy(in.ResourcePolicy)
	if err != nil {
		return out, err
	}
	if in.SecretID != "" {
		err := s.db.View(func(tx store.Tx) error {
			_, err := s.find(tx, owner(at, in.SecretID), in.SecretID)
			return err
		})
		if err != nil {
			return out, err
		}
	}
	if slices.ContainsFunc(statements, letsAnyoneIn) {
		out.PolicyValidationPassed = false
		out.ValidationErrors = append(out.ValidationErrors, validationError{
			"PUBLIC_POLICY", "This resource policy allows broad access to the secret.",
		})
	}
	return out, nil
}

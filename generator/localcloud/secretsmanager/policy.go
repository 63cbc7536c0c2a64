package secretsmanager

import (
	"slices"
	"strconv"

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
	if len(in.ResourcePolicy) > maxPolicy {
		return secretOutput{}, tooLong("resourcePolicy", maxPolicy)
	}
	parsed, err := identity.ParsePolicy(in.ResourcePolicy)
	if err != nil {
		return secretOutput{}, refused("MalformedPolicyDocumentException", "This resource policy contains an error: %v.", err)
	}
	for _, statement := range parsed.Statements {
		if len(statement.Principals)+len(statement.NotPrincipals) == 0 {
			return secretOutput{}, refused("MalformedPolicyDocumentException", "This resource policy contains a statement without a principal.")
		}
	}
	if in.BlockPublicPolicy && slices.ContainsFunc(parsed.Statements, letsAnyoneIn) {
		return secretOutput{}, refused("PublicPolicyException", "You can't attach a resource policy that allows broad access to the secret.")
	}
	return s.setPolicy(at, in.SecretID, in.ResourcePolicy)
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

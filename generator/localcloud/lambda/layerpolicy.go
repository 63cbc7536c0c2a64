package lambda

import (
	"encoding/json"
	"net/http"

	"sendform/generator/localcloud/store"
)

type addLayerPermissionInput struct {
	Action         string
	Principal      string
	OrganizationId string
	StatementId    string
}

// statement makes the statement that a permission on a layer version stands for.
func (in addLayerPermissionInput) statement(ref layerReference) (statement, error) {
	var wrong violations
	if !statementID.MatchString(in.StatementId) {
		wrong.add(in.StatementId, "statementId", "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)")
	}
	oneOf(&wrong, in.Action, "action", "lambda:GetLayerVersion")
	permission := addPermissionInput{Principal: in.Principal, PrincipalOrgID: in.OrganizationId}
	principal, err := permission.principal()
	if err != nil {
		return statement{}, err
	}
	if in.OrganizationId != "" && in.Principal != "*" {
		return statement{}, invalidParameter("OrganizationId can only be given with the principal *.")
	}
	return statement{
		Sid: in.StatementId, Effect: "Allow", Principal: principal, Action: in.Action,
		Resource: ref.arn(), Condition: permission.conditions(),
	}, wrong.err()
}

func (s *Service) addLayerPermission(c call) (plan, error) {
	ref, err := c.layer()
	if err != nil {
		return plan{}, err
	}
	var in addLayerPermissionInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	return s.onLayer("AddLayerVersionPermission", ref, func(c call) (reply, error) {
		added, err := in.statement(ref)
		if err != nil {
			return reply{}, err
		}
		changed, err := s.changeLayerPolicy(ref, func(p policy) (policy, error) {
			return p.with(added, c.query.Get("RevisionId"))
		})
		if err != nil {
			return reply{}, err
		}
		data, err := json.Marshal(added)
		return reply{
			status: http.StatusCreated,
			body:   map[string]string{"Statement": string(data), "RevisionId": changed.RevisionId},
		}, err
	}), nil
}

func (s *Service) getLayerPolicy(c call) (plan, error) {
	ref, err := c.layer()
	if err != nil {
		return plan{}, err
	}
	return s.onLayer("GetLayerVersionPolicy", ref, func(call) (reply, error) {
		version, err := s.existingLayerVersion(ref)
		if err != nil {
			return reply{}, err
		}
		return version.Policy.answer()
	}), nil
}

func (s *Service) removeLayerPermission(c call) (plan, error) {
	ref, err := c.layer()
	if err != nil {
		return plan{}, err
	}
	return s.onLayer("RemoveLayerVersionPermission", ref, func(c call) (reply, error) {
		_, err := s.changeLayerPolicy(ref, func(p policy) (policy, error) {
			return p.without(c.path["statement"], c.query.Get("RevisionId"))
		})
		return reply{status: http.StatusNoContent}, err
	}), nil
}

// changeLayerPolicy rewrites the policy of a layer version.
func (s *Service) changeLayerPolicy(ref layerReference, edit func(policy) (policy, error)) (policy, error) {
	var changed policy
	err := s.DB.Update(func(tx store.Tx) error {
		row, _, err := s.layers.Get(tx, ref.key())
		if err != nil {
			return err
		}
		version, found := row.version(ref.version)
		if !found || version.Deleted {
			return nothingThere()
		}
		if changed, err = edit(version.Policy); err != nil {
			return err
		}
		row.Versions[ref.version-1].Policy = changed
		return s.layers.Put(tx, ref.key(), row)
	})
	return changed, err
}

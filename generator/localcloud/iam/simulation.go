package iam

import (
	"errors"
	"maps"
	"net/url"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

func simulationCalls() map[string]call {
	bySource := func(_ *Service, _ string, f query.Form) (string, error) { return f.Get("PolicySourceArn"), nil }
	return map[string]call{
		"SimulatePrincipalPolicy": {resource: bySource, do: simulatePrincipal, reads: true},
		"SimulateCustomPolicy":    {resource: anything, do: simulateCustom, reads: true},
	}
}

// simulatePrincipal asks for what a role or user may do, without resource policies
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html).
func simulatePrincipal(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("PolicySourceArn"); err != nil {
		return nil, err
	}
	arn := f.Get("PolicySourceArn")
	k, name := aUser, arn[strings.LastIndexByte(arn, '/')+1:]
	if strings.Contains(arn, ":role/") {
		k = aRole
	}
	e, found, err := k.find(s, tx, account, name)
	if err != nil {
		return nil, err
	}
	if !found || k.arn(e) != arn {
		return nil, noSuchEntity("The %s with name %s cannot be found.", k.noun(), name)
	}
	policies, err := s.policiesOf(tx, k, e)
	if err != nil {
		return nil, err
	}
	return simulate(f, policies, api.Principal{Kind: api.User, Account: account, ARN: arn, UserID: e.ID})
}

// simulateCustom asks for what the policies of the request let somebody do.
func simulateCustom(_ *Service, _ store.Tx, account string, f query.Form) (any, error) {
	return simulate(f, identity.Policies{}, api.Principal{Kind: api.User, Account: account, ARN: "arn:aws:iam::" + account + ":user/nobody"})
}

type evaluation struct {
	Action            string   `xml:"EvalActionName"`
	Resource          string   `xml:"EvalResourceName"`
	Decision          string   `xml:"EvalDecision"`
	MatchedStatements struct{} // the evaluation does not say which
}

// simulate asks for every action on every resource of the request.
func simulate(f query.Form, policies identity.Policies, p api.Principal) (any, error) {
	for _, name := range []string{"ResourcePolicy", "ResourceOwner", "CallerArn", "ResourceHandlingOption"} {
		if f.Get(name) != "" {
			return nil, api.NotImplemented("iam", f.Get("Action")+" with "+name)
		}
	}
	actions, resources := f.List("ActionNames"), f.List("ResourceArns")
	if len(actions) == 0 {
		return nil, invalid("1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: Member must not be null")
	}
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	for _, document := range f.List("PolicyInputList") {
		policy, err := identity.ParsePolicy(document)
		if err != nil {
			return nil, invalidInput(upperFirst(err.Error()))
		}
		policies.Identity = append(policies.Identity, policy)
	}
	for _, document := range f.List("PermissionsBoundaryPolicyInputList") {
		boundary, err := identity.ParsePolicy(document)
		if err != nil {
			return nil, invalidInput(upperFirst(err.Error()))
		}
		policies.Boundary = &boundary
	}
	keys := map[string][]string{"aws:principalarn": {p.ARN}, "aws:username": {p.UserName()}}
	maps.Copy(keys, policies.Keys())
	maps.Copy(keys, contextEntries(f))
	var all []evaluation
	for _, action := range actions {
		for _, resource := range resources {
			decision, err := decide(identity.Question{Principal: p, Access: api.Access{Action: action, Resource: resource}, Keys: keys}, policies)
			if err != nil {
				return nil, err
			}
			all = append(all, evaluation{Action: action, Resource: resource, Decision: decision})
		}
	}
	return struct {
		Results     []evaluation `xml:"EvaluationResults>member"`
		IsTruncated bool
	}{Results: all}, nil
}

func decide(q identity.Question, policies identity.Policies) (string, error) {
	err := identity.Evaluate(q, policies)
	var denied *identity.Denied
	switch {
	case err == nil:
		return "allowed", nil
	case !errors.As(err, &denied):
		return "", err
	case denied.Explicit:
		return "explicitDeny", nil
	}
	return "implicitDeny", nil
}

// contextEntries are the condition keys of a simulated request.
func contextEntries(f query.Form) map[string][]string {
	keys := map[string][]string{}
	for _, member := range f.Members("ContextEntries") {
		entry := query.Form{Values: url.Values{}}
		for name, value := range member {
			entry.Set(name, value)
		}
		keys[strings.ToLower(entry.Get("ContextKeyName"))] = entry.List("ContextKeyValues")
	}
	return keys
}

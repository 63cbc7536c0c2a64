package components

import (
	"fmt"
	"strings"

	"sendform/generator/environment"
)

// DeployerInputs are the variables of the deployer module.
type DeployerInputs struct {
	CreateProvider      bool         `tf:"create_provider" doc:"Whether the account's OIDC provider for GitHub Actions is made here; an account has one."`
	ProviderARN         string       `tf:"provider_arn" doc:"ARN of the account's OIDC provider for GitHub Actions."`
	PlanRole            string       `tf:"plan_role" doc:"Name of the role that reads and plans; unique in the account."`
	PlanSubjects        []string     `tf:"plan_subjects" doc:"Subjects of the tokens that may take the role that plans." check:"length(var.plan_subjects) > 0" says:"At least one subject."`
	PlanPolicies        []NamedRules `tf:"plan_policies" doc:"What the role that plans may do."`
	ApplyRole           string       `tf:"apply_role" doc:"Name of the role that applies; unique in the account."`
	ApplySubjects       []string     `tf:"apply_subjects" doc:"Subjects of the tokens that may take the role that applies." check:"length(var.apply_subjects) > 0" says:"At least one subject."`
	ApplyPolicies       []NamedRules `tf:"apply_policies" doc:"What the role that applies may do."`
	PermissionsBoundary *string      `tf:"permissions_boundary" doc:"ARN of the policy that limits both roles; null for none."`
}

// NamedRules is a policy: what it is called, and what it allows.
type NamedRules struct {
	Name       string      `tf:"name"`
	Statements []Statement `tf:"statements"`
}

func deployerKind() Kind {
	return Kind{
		Name:     DeployerKind,
		About:    "The two roles that GitHub Actions takes by OIDC, without a stored key: one that plans, one that applies.",
		Services: []string{"iam"},
		Inputs:   DeployerInputs{},
		Outputs:  []string{"plan_role_arn", "apply_role_arn"},
	}
}

func deployers(t environment.Target) []Component { return each(t.Deployers, t, deployer) }

// Issuer is who signs the tokens of GitHub Actions
// (https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect).
const Issuer = "token.actions.githubusercontent.com"

func deployer(d environment.Deployer, t environment.Target) Component {
	provider := fmt.Sprintf("arn:%s:iam::%s:oidc-provider/%s", t.Partition, t.AccountID, Issuer)
	inputs := DeployerInputs{
		CreateProvider: d.CreateProvider, ProviderARN: provider,
		PlanRole: d.PlanRole, PlanSubjects: subjects(d, "pull_request", "environment:"+t.Environment+"-plan"), PlanPolicies: Policies(t, PlanUse),
		ApplyRole: d.ApplyRole, ApplySubjects: subjects(d, "environment:"+t.Environment), ApplyPolicies: Policies(t, DeployUse),
		PermissionsBoundary: given(t.PermissionsBoundary),
	}
	return Component{
		Address: Address{DeployerKind, d.Label}, Inputs: inputs,
		Resources: func() []Resource {
			roles := []Resource{
				deployRole(d.PlanRole, inputs.PlanSubjects, inputs.PlanPolicies, provider, t),
				deployRole(d.ApplyRole, inputs.ApplySubjects, inputs.ApplyPolicies, provider, t),
			}
			if !d.CreateProvider {
				return roles
			}
			return append([]Resource{{
				Type: OIDCProviderResource, ID: environment.Literal(provider),
				Want: map[string]any{"url": Issuer, "audiences": []string{"sts.amazonaws.com"}, "tags": tags(t)},
			}}, roles...)
		},
	}
}

func deployRole(name string, subjects []string, policies []NamedRules, provider string, t environment.Target) Resource {
	attached := map[string]any{}
	for _, p := range policies {
		statements := map[string]any{}
		for _, s := range p.Statements {
			statements[s.Sid] = map[string]any{"Effect": "Allow", "Action": s.Actions, "Resource": s.Resources}
		}
		attached[name+"-"+p.Name] = statements
	}
	return Resource{
		Type: RoleResource, ID: environment.Literal(name),
		Want: map[string]any{
			"trust": map[string]any{
				"AssumeRole": map[string]any{
					"Effect": "Allow", "Principal": map[string]any{"Federated": []string{provider}},
					"Action": []string{"sts:AssumeRoleWithWebIdentity"},
					"Condition": map[string]any{"StringEquals": map[string]any{
						Issuer + ":aud": []string{"sts.amazonaws.com"},
						Issuer + ":sub": subjects,
					}},
				},
			},
			"inline_policies":      map[string]any{},
			"attached_policies":    attached,
			"permissions_boundary": t.PermissionsBoundary,
			"path":                 "/",
			"tags":                 tags(t),
		},
	}
}

// subjects are those of the tokens of jobs. Repositories that were made or renamed
// since July 2026 send the ids too, so that a name that changes hands opens nothing.
func subjects(d environment.Deployer, jobs ...string) []string {
	var all []string
	for _, job := range jobs {
		all = append(all, "repo:"+d.Repository+":"+job)
		if d.RepositoryIDs != "" {
			owner, name, _ := strings.Cut(d.Repository, "/")
			ownerID, nameID, _ := strings.Cut(d.RepositoryIDs, "/")
			all = append(all, fmt.Sprintf("repo:%s@%s/%s@%s:%s", owner, ownerID, name, nameID, job))
		}
	}
	return all
}

package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/lifecycle"
)

// RoundTripAsDeployer is the round trip with the rights of whoever deploys, and no
// others. What CI cannot make, because it takes the role for it, stands before.
func (s *Stage) RoundTripAsDeployer(ctx context.Context) error {
	return s.RoundTrip(ctx, func(ctx context.Context) (*lifecycle.Deployment, error) { return s.Deployer(ctx, components.DeployUse) })
}

// Deployer is the deployment with the rights of those who use the target: by the role
// of its first deployer, taken with a token as GitHub gives one to a job, and where it
// has none by a role with the same policies. The state bucket must stand.
func (s *Stage) Deployer(ctx context.Context, use components.Use) (*lifecycle.Deployment, error) {
	t := s.cfg.Target
	if len(t.Deployers) == 0 {
		return s.Permitted(ctx, "sendform-"+string(use), components.Policies(t, use))
	}
	role, subject := t.Deployers[0].ApplyRole, "environment:"+t.Environment
	if use == components.PlanUse {
		role, subject = t.Deployers[0].PlanRole, "pull_request"
	}
	token, err := s.Cloud.WebIdentityToken("https://"+components.Issuer, "repo:"+t.Deployers[0].Repository+":"+subject, "sts.amazonaws.com", time.Hour)
	if err != nil {
		return nil, fmt.Errorf("sign the token of a job: %w", err)
	}
	taken, err := sts.NewFromConfig(s.cfg.AWS).AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(roleARN(t, role)), RoleSessionName: aws.String("rehearsal"), WebIdentityToken: &token,
	})
	if err != nil {
		return nil, fmt.Errorf("take the role %s: %w", role, err)
	}
	return s.with(role, taken.Credentials)
}

// Permitted is the deployment with the rights of a role that is made with these policies.
func (s *Stage) Permitted(ctx context.Context, role string, policies []components.NamedRules) (*lifecycle.Deployment, error) {
	t := s.cfg.Target
	roles := iam.NewFromConfig(s.cfg.AWS)
	trust, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"AWS": t.AccountID}, "Action": "sts:AssumeRole",
	}})
	if err != nil {
		return nil, fmt.Errorf("write a trust policy: %w", err)
	}
	if _, err := roles.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &role, AssumeRolePolicyDocument: aws.String(string(trust))}); err != nil {
		return nil, fmt.Errorf("make the role %s: %w", role, err)
	}
	for _, p := range policies {
		document, err := p.Document()
		if err != nil {
			return nil, err
		}
		made, err := roles.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String(role + "-" + p.Name), PolicyDocument: aws.String(string(document))})
		if err != nil {
			return nil, fmt.Errorf("make the policy %s of the role %s: %w", p.Name, role, err)
		}
		if _, err := roles.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: made.Policy.Arn}); err != nil {
			return nil, fmt.Errorf("give the policy %s to the role %s: %w", p.Name, role, err)
		}
	}
	taken, err := sts.NewFromConfig(s.cfg.AWS).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String(roleARN(t, role)), RoleSessionName: aws.String("rehearsal"),
	})
	if err != nil {
		return nil, fmt.Errorf("take the role %s: %w", role, err)
	}
	return s.with(role, taken.Credentials)
}

func roleARN(t environment.Target, role string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", t.Partition, t.AccountID, role)
}

// with is the deployment with the credentials of a role, in a folder of its own.
func (s *Stage) with(role string, c *ststypes.Credentials) (*lifecycle.Deployment, error) {
	cfg := s.cfg
	cfg.Work = filepath.Join(cfg.Work, role)
	cfg.AWS.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	cfg.Environ = maps.Clone(cfg.Environ)
	cfg.Environ["AWS_ACCESS_KEY_ID"] = *c.AccessKeyId
	cfg.Environ["AWS_SECRET_ACCESS_KEY"] = *c.SecretAccessKey
	cfg.Environ["AWS_SESSION_TOKEN"] = *c.SessionToken
	if cfg.Provider != nil {
		cfg.Provider = standIn(cfg.Environ, s.logger, &s.connections)
	}
	return lifecycle.New(cfg)
}

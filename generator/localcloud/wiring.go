package localcloud

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/cloudfront"
	"sendform/generator/localcloud/cloudwatch"
	"sendform/generator/localcloud/edge"
	"sendform/generator/localcloud/iam"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/lambda"
	"sendform/generator/localcloud/logs"
	"sendform/generator/localcloud/s3"
	"sendform/generator/localcloud/seal"
	"sendform/generator/localcloud/secretsmanager"
	"sendform/generator/localcloud/ssm"
	"sendform/generator/localcloud/sts"
)

// services are the AWS services of a cloud.
type services struct {
	iam    *iam.Service
	lambda *lambda.Service
	urls   api.Service
	// distributions is CloudFront as its callers see it, viewers as theirs do.
	distributions *cloudfront.Service
	viewers       api.Service
	// byName has them by the name that requests are signed for.
	byName map[string]api.Service
}

// wire makes the services and hands each what it needs of the others. secret is the
// cloud's own.
func (c *Cloud) wire(o Options, secret []byte) (*services, error) {
	roles := iam.New(c.db, c.minter, o.Now)
	objects, err := s3.New(c.db, filepath.Join(o.Dir, "objects"), o.Now)
	if err != nil {
		return nil, fmt.Errorf("start S3: %w", err)
	}
	groups := logs.New(c.db, o.Now)
	parameterKey, err := seal.NewKey(secret, "ssm")
	if err != nil {
		return nil, fmt.Errorf("start SSM: %w", err)
	}
	secretKey, err := seal.NewKey(secret, "secretsmanager")
	if err != nil {
		return nil, fmt.Errorf("start Secrets Manager: %w", err)
	}
	functions, err := lambda.New(lambda.Config{
		DB: c.db, Dir: filepath.Join(o.Dir, "functions"), Now: o.Now, Logger: o.Logger,
		Code:  objects,
		Roles: roleSource{roles, c.minter},
		Logs:  groups,
		Authorise: func(p api.Principal, a api.Access, region string) error {
			return c.authorise(p, []api.Access{a}, requestKeys(p, region, true, o.Now()), func(_ int, err error) error { return err })
		},
		Environ: func(string) []string { return c.reach() },
	})
	if err != nil {
		return nil, fmt.Errorf("start Lambda: %w", err)
	}
	var handler *edge.Handler
	distributions := cloudfront.New(cloudfront.Config{
		DB: c.db, Now: o.Now,
		Invalidate: func(distributionID string, paths []string) { handler.Invalidate(distributionID, paths) },
	})
	handler = edge.New(edge.Config{
		Lookup: distributions.Lookup, Origins: c.origins, Now: o.Now, Logger: o.Logger,
		FunctionLog: newFunctionLogs(groups, o.Logger).write,
	})
	return &services{
		iam: roles, lambda: functions, urls: functions.URLs(),
		distributions: distributions, viewers: viewers{handler},
		byName: map[string]api.Service{
			"iam": roles, "sts": sts.New(c.minter, roles, o.Now), "s3": objects, "logs": groups, "lambda": functions,
			"ssm":            ssm.New(c.db, parameterKey, o.Now),
			"secretsmanager": secretsmanager.New(c.db, secretKey, o.Now),
			"monitoring":     cloudwatch.New(c.db, o.Now),
			"cloudfront":     distributions,
		},
	}, nil
}

// roleSource gives an AWS service the credentials of a role that trusts it.
type roleSource struct {
	roles  *iam.Service
	minter *identity.Minter
}

// serviceSession is how long the credentials last that a service gets.
const serviceSession = time.Hour

// AssumeForService implements [lambda.RoleSource].
func (r roleSource) AssumeForService(_ context.Context, roleARN, service, session string) (identity.Credentials, error) {
	role, found, err := r.roles.RoleByARN(roleARN)
	if err != nil {
		return identity.Credentials{}, err
	}
	refused := api.Errorf(http.StatusBadRequest, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
	if !found {
		return identity.Credentials{}, refused
	}
	err = identity.Evaluate(identity.Question{
		Principal: api.Principal{Kind: api.AWSService, ARN: service},
		Access:    api.Access{Action: "sts:AssumeRole", Resource: roleARN, Owner: role.Account, Policy: role.Trust},
	}, identity.Policies{})
	if err != nil {
		return identity.Credentials{}, refused
	}
	return r.minter.Temporary(identity.Session{Account: role.Account, RoleARN: role.ARN, RoleID: role.ID, Name: session}, serviceSession)
}

package standin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// TestTerraformWorksAsARole has Terraform work in one run as who the keys speak for,
// as a role behind another one, and as the role of a web identity.
func TestTerraformWorksAsARole(t *testing.T) {
	t.Parallel()
	const (
		issuer  = "token.example.com"
		subject = "repo:example/app:environment:qa"
		other   = "444455556666" // the account of the role at the end of the chain
	)
	target := newTarget(t)
	ctx := t.Context()
	makeRole := func(account, name, trust string) string {
		t.Helper()
		client := iam.NewFromConfig(target.configIn(account))
		made, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
		if err == nil {
			_, err = client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
				RoleName: &name, PolicyName: aws.String("all"),
				PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`),
			})
		}
		if err != nil {
			t.Fatal(err)
		}
		return *made.Role.Arn
	}
	const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{%q:%q},"Action":["sts:%s","sts:TagSession"],"Condition":{"StringEquals":{%q:%q}}}}`
	first := makeRole(account, "first", fmt.Sprintf(trust, "AWS", account, "AssumeRole", "sts:ExternalId", "partner"))
	second := makeRole(other, "second", fmt.Sprintf(trust, "AWS", first, "AssumeRole", "aws:RequestTag/team", "storage"))
	provider, err := iam.NewFromConfig(target.config()).CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://" + issuer), ClientIDList: []string{"sts.amazonaws.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	web := makeRole(account, "web", fmt.Sprintf(trust, "Federated", *provider.OpenIDConnectProviderArn, "AssumeRoleWithWebIdentity", issuer+":sub", subject))
	token, err := target.cloud.WebIdentityToken("https://"+issuer, subject, "sts.amazonaws.com", time.Hour)
	if err != nil {
		t.Fatal(err)
	}

	w := newWorkspace(t, target.environ)
	w.write("token", token)
	w.write("main.tf", fmt.Sprintf(`
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" { allowed_account_ids = [%[1]q] }
provider "aws" {
  alias               = "chain"
  allowed_account_ids = [%[2]q]
  assume_role {
    role_arn     = %[3]q
    session_name = "one"
    external_id  = "partner"
  }
  assume_role {
    role_arn     = %[4]q
    session_name = "two"
    tags         = { team = "storage" }
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = { Effect = "Allow", Action = "ssm:*", Resource = "*" }
    })
  }
}
provider "aws" {
  alias               = "web"
  forbidden_account_ids = [%[2]q]
  assume_role_with_web_identity {
    role_arn                = %[5]q
    session_name            = "three"
    web_identity_token_file = "token"
  }
}
data "aws_caller_identity" "keys" {}
data "aws_caller_identity" "chain" { provider = aws.chain }
data "aws_caller_identity" "web" { provider = aws.web }
resource "aws_ssm_parameter" "there" {
  provider = aws.chain
  name     = "/there"
  type     = "String"
  value    = "a"
}
`, account, other, first, second, web))
	w.init()
	w.must(w.apply())
	w.wantNoChanges()
	state := w.state()
	for address, want := range map[string]string{
		"data.aws_caller_identity.keys":  "arn:aws:iam::" + account + ":root",
		"data.aws_caller_identity.chain": "arn:aws:sts::" + other + ":assumed-role/second/two",
		"data.aws_caller_identity.web":   "arn:aws:sts::" + account + ":assumed-role/web/three",
	} {
		if got := state[address]["arn"]; got != want {
			t.Errorf("%s is %v, want %s", address, got, want)
		}
	}
	if got, want := state["aws_ssm_parameter.there"]["arn"], "arn:aws:ssm:"+region+":"+other+":parameter/there"; got != want {
		t.Errorf("the parameter is %v, want %s", got, want)
	}
	w.destroy()
}

package tests

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"sendform/generator/environment"
)

// secretDrifts change secrets and parameters.
func secretDrifts(t *testing.T, c clients, target environment.Target) []drift {
	t.Helper()
	token, key, id := target.Secret("api-key"), target.Secret("admin-api-key"), target.Parameter("distribution-id")
	parameter := "secret.api-key: parameter " + token.Name + ": "
	secret := "secret.admin-api-key: secret " + key.Name + ": "
	distribution := "parameter.distribution-id: parameter " + id.Name + ": "
	put := func(edit func(*ssm.PutParameterInput)) action {
		in := ssm.PutParameterInput{
			Name: &token.Name, Type: types.ParameterTypeSecureString, Value: aws.String("other"), Description: &token.Description, Overwrite: aws.Bool(true),
			KeyId: aws.String("alias/aws/ssm"),
		}
		edit(&in)
		return call(c.ssm.PutParameter, in)
	}
	same := put(func(*ssm.PutParameterInput) {})
	value, err := c.ssm.GetParameter(t.Context(), &ssm.GetParameterInput{Name: &id.Name})
	if err != nil {
		t.Fatal(err)
	}
	set := func(text string) action {
		return call(c.ssm.PutParameter, ssm.PutParameterInput{Name: &id.Name, Value: &text, Overwrite: aws.Bool(true)})
	}
	describe := func(text string) action {
		return call(c.secrets.UpdateSecret, secretsmanager.UpdateSecretInput{SecretId: &key.Name, Description: &text})
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Sid":"Share","Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	return []drift{
		{
			"what a parameter is for",
			change{put(func(in *ssm.PutParameterInput) { in.Description = aws.String("mine") }), same},
			parameter + `description: wanted "Key of the API, as CI has it.", got "mine"`,
		},
		{
			"the key of a parameter",
			change{put(func(in *ssm.PutParameterInput) { in.KeyId = aws.String("alias/theirs") }), same},
			parameter + `key: wanted "alias/aws/ssm", got "alias/theirs"`,
		},
		{
			"the tags of a parameter",
			change{
				call(c.ssm.RemoveTagsFromResource, ssm.RemoveTagsFromResourceInput{
					ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: &token.Name, TagKeys: []string{"project"},
				}),
				call(c.ssm.AddTagsToResource, ssm.AddTagsToResourceInput{
					ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: &token.Name,
					Tags: []types.Tag{{Key: aws.String("project"), Value: aws.String("sgraph-send")}},
				}),
			},
			parameter + `tags.project: wanted "sgraph-send", got nothing`,
		},
		{
			"another value",
			change{set("elsewhere"), set(*value.Parameter.Value)},
			distribution + `value: wanted "` + *value.Parameter.Value + `", got "elsewhere"`,
		},
		{
			"a parameter is gone",
			change{do: call(c.ssm.DeleteParameter, ssm.DeleteParameterInput{Name: &id.Name})},
			distribution + `exists: wanted yes, got no`,
		},
		{
			"what a secret is for",
			change{describe("mine"), describe(key.Description)},
			secret + `description: wanted "Key by which User calls Admin.", got "mine"`,
		},
		{
			"somebody else reads a secret",
			change{
				call(c.secrets.PutResourcePolicy, secretsmanager.PutResourcePolicyInput{SecretId: &key.Name, ResourcePolicy: &policy}),
				call(c.secrets.DeleteResourcePolicy, secretsmanager.DeleteResourcePolicyInput{SecretId: &key.Name}),
			},
			secret + `policy: wanted nothing, got {"Share":`,
		},
		{
			"a tag of a secret",
			change{
				call(c.secrets.TagResource, secretsmanager.TagResourceInput{
					SecretId: &key.Name, Tags: []secretstypes.Tag{{Key: aws.String("owner"), Value: aws.String("me")}},
				}),
				call(c.secrets.UntagResource, secretsmanager.UntagResourceInput{SecretId: &key.Name, TagKeys: []string{"owner"}}),
			},
			secret + `tags.owner: wanted nothing, got "me"`,
		},
		{
			"a secret waits for its end",
			change{
				call(c.secrets.DeleteSecret, secretsmanager.DeleteSecretInput{SecretId: &key.Name, RecoveryWindowInDays: aws.Int64(7)}),
				call(c.secrets.RestoreSecret, secretsmanager.RestoreSecretInput{SecretId: &key.Name}),
			},
			secret + `deleted: wanted nothing, got "its recovery window has not ended"`,
		},
	}
}

package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"sendform/generator/localcloud/servicetest"
)

func TestValuesThatAreRefused(t *testing.T) {
	c := open(t)
	c.create("s", canary)
	for name, test := range map[string]struct {
		in            sdk.PutSecretValueInput
		code, message string
	}{
		"none":            {sdk.PutSecretValueInput{}, "InvalidParameterException", "either SecretString or SecretBinary"},
		"both":            {sdk.PutSecretValueInput{SecretString: aws.String(canary), SecretBinary: []byte{1}}, "InvalidParameterException", "both"},
		"empty":           {sdk.PutSecretValueInput{SecretString: aws.String("")}, "ValidationException", "'secretString'"},
		"too long":        {sdk.PutSecretValueInput{SecretString: aws.String(strings.Repeat(canary, 6000))}, "ValidationException", "65536"},
		"too long binary": {sdk.PutSecretValueInput{SecretBinary: make([]byte, 65537)}, "ValidationException", "65536"},
		"short token":     {sdk.PutSecretValueInput{SecretString: aws.String(canary), ClientRequestToken: aws.String("short")}, "InvalidParameterException", "32-64"},
		"long token":      {sdk.PutSecretValueInput{SecretString: aws.String(canary), ClientRequestToken: aws.String(token + token)}, "InvalidParameterException", "32-64"},
		"labels":          {sdk.PutSecretValueInput{SecretString: aws.String(canary), VersionStages: make([]string, 21)}, "InvalidParameterException", "20"},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.SecretId = aws.String("s")
			_, err := c.client.PutSecretValue(t.Context(), &test.in)
			servicetest.WantError(t, err, test.code, test.message)
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the value is in %v", err)
			}
		})
	}
	// The limit itself is taken.
	c.put("s", strings.Repeat("x", 65536))
}

func TestSecretsThatAreRefused(t *testing.T) {
	c := open(t)
	c.create("s", canary)
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")}
	}
	for name, test := range map[string]struct {
		in            sdk.CreateSecretInput
		code, message string
	}{
		"name":        {sdk.CreateSecretInput{Name: aws.String("a b")}, "ValidationException", "Invalid name"},
		"long name":   {sdk.CreateSecretInput{Name: aws.String(strings.Repeat("a", 513))}, "ValidationException", "Invalid name"},
		"description": {sdk.CreateSecretInput{Name: aws.String("n"), Description: aws.String(strings.Repeat("a", 2049))}, "ValidationException", "'description'"},
		"value":       {sdk.CreateSecretInput{Name: aws.String("n"), SecretString: aws.String("")}, "ValidationException", "'secretString'"},
		"tags":        {sdk.CreateSecretInput{Name: aws.String("n"), Tags: many}, "LimitExceededException", "50"},
		"replicas":    {sdk.CreateSecretInput{Name: aws.String("n"), AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String("us-east-1")}}}, "NotImplemented", "AddReplicaRegions"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.client.CreateSecret(t.Context(), &test.in)
			servicetest.WantError(t, err, test.code, test.message)
		})
	}
	for _, id := range []string{"none", "arn:aws:secretsmanager:us-east-1:111122223333:secret:s-AAAAAA", arnPrefix + "s-AAAAAA"} {
		_, err := c.client.DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &id})
		servicetest.WantError(t, err, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
		_, err = c.client.UpdateSecret(t.Context(), &sdk.UpdateSecretInput{SecretId: &id, Description: aws.String("x")})
		servicetest.WantError(t, err, "ResourceNotFoundException", "")
	}
	if needed := c.Needed()[0]; needed.Resource != arnPrefix+"s-AAAAAA" {
		t.Errorf("needed %+v", needed)
	}
	_, err := c.client.UpdateSecret(t.Context(), &sdk.UpdateSecretInput{SecretId: aws.String("s"), Description: aws.String(strings.Repeat("a", 2049))})
	servicetest.WantError(t, err, "ValidationException", "'description'")
	_, err = c.client.RotateSecret(t.Context(), &sdk.RotateSecretInput{SecretId: aws.String("s")})
	servicetest.WantError(t, err, "NotImplemented", "secretsmanager secretsmanager.RotateSecret")
}

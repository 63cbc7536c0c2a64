//go:build linux

package faults

import (
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"sendform/generator/components"
	"sendform/generator/lifecycle"
)

// TestWhatADestructionLeavesIsFound has the two things that can stand behind a destruction
// that went well: a log group that a late write has made again, and a secret that waits for
// its deletion, and keeps its name until then.
func TestWhatADestructionLeavesIsFound(t *testing.T) {
	t.Parallel()
	s := everything(t)
	ctx := t.Context()
	if _, err := s.VerifyDeleted(ctx); err != nil {
		t.Fatalf("nothing stands yet: %v", err)
	}
	group := "/aws/lambda/" + s.target.Functions[0].Name
	if _, err := cloudwatchlogs.NewFromConfig(s.AWS()).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group}); err != nil {
		t.Fatal(err)
	}
	secrets := secretsmanager.NewFromConfig(s.AWS())
	var name string
	for _, x := range s.target.Secrets {
		if x.Label == "admin-api-key" {
			name = x.Name
		}
	}
	if _, err := secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: &name, SecretString: aws.String("made up")}); err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &name, RecoveryWindowInDays: aws.Int64(7)}); err != nil {
		t.Fatal(err)
	}

	_, err := s.VerifyDeleted(ctx)
	var left lifecycle.Findings
	if !errors.As(err, &left) || len(left) != 2 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []components.Address{
		{Kind: components.FunctionKind, Name: s.target.Functions[0].Label}, {Kind: "secret", Name: "admin-api-key"},
	} {
		if !slices.ContainsFunc(left, func(f lifecycle.Finding) bool {
			return f.Component == want && f.Attribute == "exists" && f.Got == "yes"
		}) {
			t.Errorf("%s is not among %v", want, left)
		}
	}
}

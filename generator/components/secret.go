package components

import (
	"fmt"

	"sendform/generator/environment"
)

// SecretInputs are the variables of the secret module.
type SecretInputs struct {
	Name               string `tf:"name" doc:"Name that functions read it by."`
	Description        string `tf:"description" doc:"What it is for."`
	Store              string `tf:"store" doc:"parameter-store or secrets-manager." check:"contains([\"parameter-store\", \"secrets-manager\"], var.store)" says:"Either parameter-store or secrets-manager."`
	ValueVersion       int    `tf:"value_version" doc:"A higher one makes an apply write the value again." check:"var.value_version >= 1" says:"1 or more."`
	RecoveryWindowDays int    `tf:"recovery_window_days" doc:"Days until a deleted secret of Secrets Manager is gone; 0 is at once." check:"var.recovery_window_days == 0 || (var.recovery_window_days >= 7 && var.recovery_window_days <= 30)" says:"0, or 7 to 30 days."`
	// Value reaches neither plan nor state.
	Value environment.Value `tf:"value" doc:"The secret itself." sensitive:"true" ephemeral:"true"`
}

func secretKind() Kind {
	return Kind{
		Name:     SecretKind,
		About:    "A secret in Parameter Store or Secrets Manager. Its value is write-only: it reaches neither plan nor state.",
		Services: []string{"ssm", "secretsmanager"},
		Inputs:   SecretInputs{},
		Outputs:  []string{"name", "arn"},
	}
}

func secrets(t environment.Target) []Component { return each(t.Secrets, t, secret) }

func secret(s environment.Secret, t environment.Target) Component {
	return Component{
		Address: Address{SecretKind, s.Label},
		Inputs: SecretInputs{
			Name: s.Name, Description: s.Description, Store: string(s.Store),
			ValueVersion: s.Version, RecoveryWindowDays: s.RecoveryWindowDays,
			Value: environment.Reference(SecretValueKind, s.Label, "value"),
		},
		Resources: func() []Resource { return []Resource{secretResource(s, t)} },
	}
}

func secretResource(s environment.Secret, t environment.Target) Resource {
	if s.Store == environment.SecretsManager {
		return Resource{Type: SecretResource, ID: environment.Literal(s.Name), Want: map[string]any{
			"description": s.Description, "has_value": true, "deleted": nil, "tags": tags(t),
			// What nobody asks for must be as Secrets Manager makes it.
			"policy": nil, "rotation": false, "key": "", "replicas": 0,
		}}
	}
	return Resource{Type: ParameterResource, ID: environment.Literal(s.Name), Want: map[string]any{
		"type": "SecureString", "tier": "Standard", "description": s.Description, "tags": tags(t),
		// What nobody asks for must be as Systems Manager makes it.
		"key": "alias/aws/ssm", "pattern": "", "data_type": "text",
	}}
}

// readStatements let a role read secrets and parameters by name. A SecureString
// under the account's own key needs no permission for the key
// (https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html).
func readStatements(f environment.Function, t environment.Target) []Statement {
	var parameters, secrets []string
	for _, label := range f.Secrets {
		s := t.Secret(label)
		if s.Store == environment.SecretsManager {
			secrets = append(secrets, secretARN(s, t))
		} else {
			parameters = append(parameters, secretARN(s, t))
		}
	}
	for _, label := range f.Parameters {
		parameters = append(parameters, parameterARN(t.Parameter(label).Name, t))
	}
	var statements []Statement
	if len(parameters) > 0 {
		statements = append(statements, Statement{Sid: "ReadParameters", Actions: []string{readParameter}, Resources: parameters})
	}
	if len(secrets) > 0 {
		statements = append(statements, Statement{Sid: "ReadSecrets", Actions: []string{readSecret}, Resources: secrets})
	}
	return statements
}

// The actions by which functions read.
const (
	readParameter = "ssm:GetParameter"
	readSecret    = "secretsmanager:GetSecretValue"
)

func secretReadAction(s environment.Secret) string {
	if s.Store == environment.SecretsManager {
		return readSecret
	}
	return readParameter
}

// secretARN is a pattern for Secrets Manager, which ends an ARN with a hyphen and six
// characters.
func secretARN(s environment.Secret, t environment.Target) string {
	if s.Store == environment.SecretsManager {
		return fmt.Sprintf("arn:%s:secretsmanager:%s:%s:secret:%s-??????", t.Partition, t.Region, t.AccountID, s.Name)
	}
	return parameterARN(s.Name, t)
}

// parameterARN leaves out the slash that a path begins with, as AWS does.
func parameterARN(name string, t environment.Target) string {
	if name != "" && name[0] == '/' {
		name = name[1:]
	}
	return fmt.Sprintf("arn:%s:ssm:%s:%s:parameter/%s", t.Partition, t.Region, t.AccountID, name)
}

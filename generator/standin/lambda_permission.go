package standin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func lambdaPermission() kind {
	return kind{
		title: "Lambda Permission",
		attributes: map[string]*schema.Schema{
			"action":             forceNew(requiredString()),
			"event_source_token": forceNew(optionalString()),
			"function_name":      functionName(),
			"function_url_auth_type": checked(forceNew(optionalString()),
				validation.StringInSlice([]string{"AWS_IAM", "NONE"}, false)),
			"invoked_via_function_url": forceNew(optionalBool()),
			"principal":                forceNew(requiredString()),
			"principal_org_id":         forceNew(optionalString()),
			"qualifier":                forceNew(optionalString()),
			"source_account":           checked(forceNew(optionalString()), accountID),
			"source_arn":               forceNew(optionalString()),
			"statement_id":             conflicts(forceNew(optionalComputedString()), "statement_id_prefix"),
			"statement_id_prefix":      conflicts(forceNew(optionalComputedString()), "statement_id"),
		},
		create: createPermission,
		read:   readPermission,
		remove: func(ctx context.Context, d *schema.ResourceData, c *clients) error {
			return onFunction(ctx, func(ctx context.Context) error {
				_, err := c.lambda.RemovePermission(ctx, &lambda.RemovePermissionInput{
					FunctionName: aws.String(d.Get("function_name").(string)),
					Qualifier:    nonEmpty(d.Get("qualifier")),
					StatementId:  aws.String(d.Id()),
				})
				return err
			})
		},
		adopt: adoptPermission,
	}
}

func createPermission(ctx context.Context, d *schema.ResourceData, c *clients) error {
	id := d.Get("statement_id").(string)
	if id == "" {
		id = uniqueName(d.Get("statement_id_prefix").(string))
	}
	input := &lambda.AddPermissionInput{
		Action:              aws.String(d.Get("action").(string)),
		EventSourceToken:    nonEmpty(d.Get("event_source_token")),
		FunctionName:        aws.String(d.Get("function_name").(string)),
		FunctionUrlAuthType: types.FunctionUrlAuthType(d.Get("function_url_auth_type").(string)),
		Principal:           aws.String(d.Get("principal").(string)),
		PrincipalOrgID:      nonEmpty(d.Get("principal_org_id")),
		Qualifier:           nonEmpty(d.Get("qualifier")),
		SourceAccount:       nonEmpty(d.Get("source_account")),
		SourceArn:           nonEmpty(d.Get("source_arn")),
		StatementId:         aws.String(id),
	}
	if d.Get("invoked_via_function_url").(bool) {
		input.InvokedViaFunctionUrl = aws.Bool(true)
	}
	// The function may be too new, and statements of one function are added one
	// after the other.
	again := func(err error) bool {
		return hasCode(err, "ResourceNotFoundException", "PreconditionFailedException") || isFunctionBusy(err)
	}
	err := until(ctx, lambdaPropagation, again, func(ctx context.Context) error {
		_, err := c.lambda.AddPermission(ctx, input)
		return err
	})
	if err != nil {
		return err
	}
	d.SetId(id)
	return nil
}

// permissionStatement is a statement as Lambda writes it.
type permissionStatement struct {
	Sid       string
	Action    string
	Principal any
	Resource  string
	Condition map[string]map[string]string
}

func readPermission(ctx context.Context, d *schema.ResourceData, c *clients) error {
	statement, err := findPermission(ctx, d, c)
	if err != nil {
		return err
	}
	name := d.Get("function_name").(string)
	if !strings.HasPrefix(name, "arn:") {
		if _, rest, found := strings.Cut(statement.Resource, ":function:"); found {
			name, _, _ = strings.Cut(rest, ":")
		}
	}
	values := map[string]any{
		"action":                   statement.Action,
		"function_name":            name,
		"invoked_via_function_url": strings.EqualFold(lowerKeys(statement.Condition["Bool"])["lambda:invokedviafunctionurl"], "true"),
		"principal":                permissionPrincipal(statement.Principal),
		"qualifier":                d.Get("qualifier"), // empty in the state, not null, as the registry provider has it
		"statement_id":             statement.Sid,
		"statement_id_prefix":      namePrefix(statement.Sid),
	}
	// What is in a condition that the statement does not have stays null.
	if found, ok := statement.Condition["StringEquals"]; ok {
		equal := lowerKeys(found)
		values["event_source_token"] = equal["lambda:eventsourcetoken"]
		values["function_url_auth_type"] = equal["lambda:functionurlauthtype"]
		values["principal_org_id"] = equal["aws:principalorgid"]
		values["source_account"] = equal["aws:sourceaccount"]
	}
	if found, ok := statement.Condition["ArnLike"]; ok {
		values["source_arn"] = lowerKeys(found)["aws:sourcearn"]
	}
	return setAll(d, values)
}

func findPermission(ctx context.Context, d *schema.ResourceData, c *clients) (permissionStatement, error) {
	found, err := c.lambda.GetPolicy(ctx, &lambda.GetPolicyInput{
		FunctionName: aws.String(d.Get("function_name").(string)), Qualifier: nonEmpty(d.Get("qualifier")),
	})
	if err != nil {
		return permissionStatement{}, err
	}
	var policy struct{ Statement []permissionStatement }
	if err := json.Unmarshal([]byte(aws.ToString(found.Policy)), &policy); err != nil {
		return permissionStatement{}, fmt.Errorf("function policy: %w", err)
	}
	for _, statement := range policy.Statement {
		if statement.Sid == d.Id() {
			return statement, nil
		}
	}
	return permissionStatement{}, errGone
}

// permissionPrincipal turns a principal back into the argument it was made from.
func permissionPrincipal(value any) string {
	if name, ok := value.(string); ok {
		return name
	}
	byType, _ := value.(map[string]any)
	for _, kind := range []string{"Service", "AWS"} {
		if name, ok := byType[kind].(string); ok {
			return accountRoot.ReplaceAllString(name, "$1")
		}
	}
	return ""
}

// lowerKeys is for condition keys, which do not depend on case.
func lowerKeys(values map[string]string) map[string]string {
	lowered := map[string]string{}
	for key, value := range values {
		lowered[strings.ToLower(key)] = value
	}
	return lowered
}

// adoptPermission takes function/statement and function:qualifier/statement.
func adoptPermission(d *schema.ResourceData) error {
	name, statement, found := cutLast(d.Id(), "/")
	if !found || name == "" || statement == "" {
		return errors.New("the id must be function_name/statement_id or function_name:qualifier/statement_id")
	}
	qualifier := ""
	if _, rest, isARN := strings.Cut(name, ":function:"); isARN {
		if _, after, qualified := strings.Cut(rest, ":"); qualified {
			name, qualifier = strings.TrimSuffix(name, ":"+after), after
		}
	} else {
		name, qualifier, _ = strings.Cut(name, ":")
	}
	d.SetId(statement)
	return setAll(d, map[string]any{"function_name": name, "qualifier": qualifier, "statement_id": statement})
}

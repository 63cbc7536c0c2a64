package localcloud_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
)

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

func TestListPoliciesInPages(t *testing.T) {
	client := iamClient(t)
	ctx := t.Context()
	arn := func(i int) string { return fmt.Sprintf("arn:aws:iam::%s:policy/p%d", account, i) }
	for i := range 5 {
		if _, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String(fmt.Sprintf("p%d", i)), PolicyDocument: aws.String(allowAll)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("user"), AssumeRolePolicyDocument: aws.String(trustMe), PermissionsBoundary: aws.String(arn(1))}); err != nil {
		t.Fatal(err)
	}
	for _, attached := range []string{arn(3), administrator} {
		if _, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("user"), PolicyArn: &attached}); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		input iam.ListPoliciesInput
		want  []string
	}{
		"own":            {iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}, []string{arn(0), arn(1), arn(2), arn(3), arn(4)}},
		"used":           {iam.ListPoliciesInput{OnlyAttached: true}, []string{arn(1), arn(3), administrator}},
		"attached":       {iam.ListPoliciesInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsPolicy}, []string{arn(3), administrator}},
		"boundaries":     {iam.ListPoliciesInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}, []string{arn(1)}},
		"AWS's, by path": {iam.ListPoliciesInput{Scope: types.PolicyScopeTypeAws, PathPrefix: aws.String("/service-role/")}, []string{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.input.MaxItems = aws.Int32(2)
			var got []string
			pages := iam.NewListPoliciesPaginator(client, &test.input)
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if len(page.Policies) > 2 {
					t.Errorf("a page of %d", len(page.Policies))
				}
				for _, p := range page.Policies {
					got = append(got, *p.Arn)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoHasAPolicy(t *testing.T) {
	c := open(t, t.TempDir())
	client := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	ctx := t.Context()
	made, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allowAll)})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		makeRole(t, c, name, trustMe, allowAll)
		if _, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: made.Policy.Arn}); err != nil {
			t.Fatal(err)
		}
	}
	makeUser(t, c, "ann", allowAll)
	if _, err := client.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String("ann"), PolicyArn: made.Policy.Arn}); err != nil {
		t.Fatal(err)
	}
	makeUser(t, c, "bob", allowAll)
	if _, err := client.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: aws.String("bob"), PermissionsBoundary: made.Policy.Arn}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		input iam.ListEntitiesForPolicyInput
		want  string
	}{
		"all":        {iam.ListEntitiesForPolicyInput{}, "a b c ann"},
		"users":      {iam.ListEntitiesForPolicyInput{EntityFilter: types.EntityTypeUser}, "ann"},
		"boundaries": {iam.ListEntitiesForPolicyInput{PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary}, "bob"},
	} {
		t.Run(name, func(t *testing.T) {
			test.input.PolicyArn, test.input.MaxItems = made.Policy.Arn, aws.Int32(2)
			var got []string
			pages := iam.NewListEntitiesForPolicyPaginator(client, &test.input)
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.PolicyRoles {
					got = append(got, *r.RoleName)
				}
				for _, u := range page.PolicyUsers {
					got = append(got, *u.UserName)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
	p, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: made.Policy.Arn})
	if err != nil {
		t.Fatal(err)
	}
	if *p.Policy.AttachmentCount != 4 || *p.Policy.PermissionsBoundaryUsageCount != 1 {
		t.Errorf("attached %d times, a boundary %d times", *p.Policy.AttachmentCount, *p.Policy.PermissionsBoundaryUsageCount)
	}
}

// TestDefaultVersionIsTheOneThatCounts switches a role's policy back and forth.
func TestDefaultVersionIsTheOneThatCounts(t *testing.T) {
	c := open(t, t.TempDir())
	ctx := t.Context()
	root := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	made, err := root.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allowAll)})
	if err != nil {
		t.Fatal(err)
	}
	arn := makeRole(t, c, "user", trustMe, `{"Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)
	if _, err := root.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("user"), PolicyArn: made.Policy.Arn}); err != nil {
		t.Fatal(err)
	}
	client := iam.NewFromConfig(config(c, assume(t, c, arn)))
	may := func(when, want string) {
		t.Helper()
		if _, err := client.ListRoles(ctx, &iam.ListRolesInput{}); code(err) != want {
			t.Errorf("%s: got %v, want %s", when, err, want)
		}
	}
	nothing := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`
	if _, err := root.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: made.Policy.Arn, PolicyDocument: &nothing}); err != nil {
		t.Fatal(err)
	}
	may("a second version is there", "<nil>")
	for id, want := range map[string]string{"v2": "AccessDenied", "v1": "<nil>"} {
		if _, err := root.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: made.Policy.Arn, VersionId: &id}); err != nil {
			t.Fatal(err)
		}
		may("the default is "+id, want)
	}
	_, err = root.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: made.Policy.Arn, VersionId: aws.String("v3")})
	if code(err) != "NoSuchEntity" {
		t.Errorf("a version that is not there: %v", err)
	}
}

func TestPoliciesOfAWS(t *testing.T) {
	client := iamClient(t)
	ctx := t.Context()
	out, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: aws.String(administrator), VersionId: aws.String("v1")})
	if err != nil || !strings.Contains(*out.PolicyVersion.Document, "Allow") {
		t.Errorf("the document: %+v, %v", out, err)
	}
	_, err = client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: aws.String(administrator), PolicyDocument: aws.String(allowAll)})
	if code(err) != "AccessDenied" {
		t.Errorf("a new version: %v", err)
	}
	_, err = client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(administrator)})
	if code(err) != "AccessDenied" {
		t.Errorf("delete: %v", err)
	}
	_, err = client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::aws:policy/PowerUserAccess")})
	if code(err) != "NoSuchEntity" {
		t.Errorf("one that the local cloud does not have: %v", err)
	}
}

// TestMalformedDocuments has what IAM refuses although it is a policy elsewhere.
func TestMalformedDocuments(t *testing.T) {
	client := iamClient(t)
	provider := `{"Federated":"arn:aws:iam::` + account + `:oidc-provider/token.actions.githubusercontent.com"}`
	for name, test := range map[string]struct{ trust, policy string }{
		"no principal":               {trust: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}`},
		"trust with a resource":      {trust: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}}`},
		"trust for another service":  {trust: `{"Statement":{"Effect":"Allow","Action":"s3:*","Principal":"*"}}`},
		"trust of a name":            {trust: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"ann"}}}`},
		"trust of users by pattern":  {trust: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::*:root"}}}`},
		"trust of no service":        {trust: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda"}}}`},
		"every workflow of GitHub":   {trust: `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":` + provider + `,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}}}`},
		"policy with a principal":    {policy: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}`},
		"policy without a resource":  {policy: `{"Statement":{"Effect":"Allow","Action":"*"}}`},
		"a resource that is no ARN":  {policy: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"box"}}`},
		"a statement's id with dots": {policy: `{"Statement":{"Sid":"a.b","Effect":"Allow","Action":"*","Resource":"*"}}`},
		"two statements of one id":   {policy: `{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			if test.trust != "" {
				_, err = client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("user"), AssumeRolePolicyDocument: &test.trust})
			} else {
				_, err = client.CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: &test.policy})
			}
			if code(err) != "MalformedPolicyDocument" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSimulation(t *testing.T) {
	c := open(t, t.TempDir())
	client := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	arn := makeRole(t, c, "user", trustMe, `{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::box/*"},
		{"Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"b"}}}]}`)
	input := &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &arn, ActionNames: []string{"s3:GetObject", "s3:PutObject"}, ResourceArns: []string{"arn:aws:s3:::box/a", "arn:aws:s3:::other/a"},
		ContextEntries: []types.ContextEntry{{ContextKeyName: aws.String("aws:TagKeys"), ContextKeyType: types.ContextKeyTypeEnumStringList, ContextKeyValues: []string{"a", "b"}}},
	}
	out, err := client.SimulatePrincipalPolicy(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	decisions := func(results []types.EvaluationResult) string {
		var got []string
		for _, r := range results {
			got = append(got, string(r.EvalDecision))
		}
		return strings.Join(got, " ")
	}
	if got := decisions(out.EvaluationResults); got != "allowed implicitDeny explicitDeny explicitDeny" {
		t.Errorf("the role: %s", got)
	}
	custom, err := client.SimulateCustomPolicy(t.Context(), &iam.SimulateCustomPolicyInput{
		PolicyInputList: []string{allowAll}, PermissionsBoundaryPolicyInputList: []string{`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`},
		ActionNames: []string{"s3:GetObject", "iam:GetRole"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := decisions(custom.EvaluationResults); got != "allowed implicitDeny" {
		t.Errorf("own policies: %s", got)
	}
	input.PolicySourceArn = aws.String(arn + "2")
	if _, err := client.SimulatePrincipalPolicy(t.Context(), input); code(err) != "NoSuchEntity" {
		t.Errorf("a role that is not there: %v", err)
	}
	if _, err := client.SimulateCustomPolicy(t.Context(), &iam.SimulateCustomPolicyInput{PolicyInputList: []string{"{"}, ActionNames: []string{"s3:GetObject"}}); code(err) != "InvalidInput" {
		t.Errorf("a malformed policy: %v", err)
	}
}

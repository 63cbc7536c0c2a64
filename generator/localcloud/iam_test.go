package localcloud_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
)

const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func iamClient(t *testing.T) *iam.Client {
	t.Helper()
	c := open(t, t.TempDir())
	return iam.NewFromConfig(config(c, c.RootCredentials(account)))
}

func TestRoleIsKeptAsItWasMade(t *testing.T) {
	client := iamClient(t)
	made, err := client.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("user"), Path: aws.String("/app/"), Description: aws.String("runs"),
		AssumeRolePolicyDocument: aws.String(trustMe), MaxSessionDuration: aws.Int32(7200),
		Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("a"), Value: aws.String("1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String("user")})
	if err != nil {
		t.Fatal(err)
	}
	r := out.Role
	document, err := url.QueryUnescape(*r.AssumeRolePolicyDocument)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{*r.Arn, *r.Path, *r.Description, document, fmt.Sprint(*r.MaxSessionDuration), *r.Tags[0].Key, *r.Tags[1].Value, *r.RoleId}
	want := []string{"arn:aws:iam::" + account + ":role/app/user", "/app/", "runs", trustMe, "7200", "a", "2", *made.Role.RoleId}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(*r.RoleId, "AROA") || len(*r.RoleId) != 21 {
		t.Errorf("id: %s", *r.RoleId)
	}
}

func TestRoleIsChangedInPlace(t *testing.T) {
	client := iamClient(t)
	ctx, name := t.Context(), aws.String("user")
	if _, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trustMe)}); err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(trustMe, account, "999999999999", 1)
	steps := []func() error{
		func() error {
			_, err := client.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, Description: aws.String("new"), MaxSessionDuration: aws.Int32(3700)})
			return err
		},
		func() error {
			_, err := client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: &other})
			return err
		},
		func() error {
			_, err := client.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}}})
			return err
		},
		func() error {
			_, err := client.UntagRole(ctx, &iam.UntagRoleInput{RoleName: name, TagKeys: []string{"a"}})
			return err
		},
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
	}
	out, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	if err != nil {
		t.Fatal(err)
	}
	document, err := url.QueryUnescape(*out.Role.AssumeRolePolicyDocument)
	if err != nil {
		t.Fatal(err)
	}
	if *out.Role.Description != "new" || *out.Role.MaxSessionDuration != 3700 || document != other {
		t.Errorf("got %q %d %s", *out.Role.Description, *out.Role.MaxSessionDuration, document)
	}
	tags, err := client.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: name})
	if err != nil {
		t.Fatal(err)
	}
	if len(tags.Tags) != 1 || *tags.Tags[0].Key != "b" {
		t.Errorf("tags: %+v", tags.Tags)
	}
}

func TestPoliciesOfRoles(t *testing.T) {
	client := iamClient(t)
	ctx, name := t.Context(), aws.String("user")
	if _, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trustMe)}); err != nil {
		t.Fatal(err)
	}
	made, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allowAll)})
	if err != nil {
		t.Fatal(err)
	}
	arn := made.Policy.Arn
	for _, step := range []func() error{
		func() error {
			_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("inline"), PolicyDocument: aws.String(allowAll)})
			return err
		},
		func() error {
			_, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: arn})
			return err
		},
		func() error {
			_, err := client.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: arn})
			return err
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	inline, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("inline")})
	if err != nil {
		t.Fatal(err)
	}
	if document, _ := url.QueryUnescape(*inline.PolicyDocument); document != allowAll {
		t.Errorf("inline policy: %s", document)
	}
	attached, err := client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name})
	if err != nil {
		t.Fatal(err)
	}
	if len(attached.AttachedPolicies) != 1 || *attached.AttachedPolicies[0].PolicyName != "p" {
		t.Errorf("attached: %+v", attached.AttachedPolicies)
	}
	role, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
	if err != nil {
		t.Fatal(err)
	}
	if *role.Role.PermissionsBoundary.PermissionsBoundaryArn != *arn {
		t.Errorf("boundary: %+v", role.Role.PermissionsBoundary)
	}
	// Nothing that is in use can be deleted, and everything in the right order can.
	refused := func(what, want string, err error) {
		t.Helper()
		if code(err) != want {
			t.Errorf("%s: got %v, want %s", what, err, want)
		}
	}
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})
	refused("role with an inline policy", "DeleteConflict", err)
	_, err = client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	refused("attached policy", "DeleteConflict", err)
	_, err = client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("inline")})
	refused("inline policy", "<nil>", err)
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})
	refused("role with an attached policy", "DeleteConflict", err)
	_, err = client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: arn})
	refused("detach", "<nil>", err)
	_, err = client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	refused("policy that is a boundary", "DeleteConflict", err)
	_, err = client.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name})
	refused("boundary", "<nil>", err)
	_, err = client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	refused("policy", "<nil>", err)
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})
	refused("role", "<nil>", err)
}

func TestPolicyVersions(t *testing.T) {
	client := iamClient(t)
	ctx := t.Context()
	made, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allowAll)})
	if err != nil {
		t.Fatal(err)
	}
	arn := made.Policy.Arn
	for range 4 {
		if _, err := client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allowAll), SetAsDefault: true}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(allowAll)})
	if code(err) != "LimitExceeded" {
		t.Errorf("a sixth version: %v", err)
	}
	_, err = client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v5")})
	if code(err) != "DeleteConflict" {
		t.Errorf("the default version: %v", err)
	}
	if _, err = client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}); err != nil {
		t.Error(err)
	}
	list, err := client.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Versions) != 4 || *list.Versions[0].VersionId != "v5" || !list.Versions[0].IsDefaultVersion {
		t.Errorf("got %d versions", len(list.Versions))
	}
	_, err = client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	if code(err) != "DeleteConflict" {
		t.Errorf("a policy with versions: %v", err)
	}
}

func TestListRolesInPages(t *testing.T) {
	client := iamClient(t)
	for i := range 7 {
		if _, err := client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String(fmt.Sprintf("r%d", i)), AssumeRolePolicyDocument: aws.String(trustMe)}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	pages := iam.NewListRolesPaginator(client, &iam.ListRolesInput{MaxItems: aws.Int32(3)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Roles) > 3 {
			t.Errorf("a page of %d", len(page.Roles))
		}
		for _, r := range page.Roles {
			got = append(got, *r.RoleName)
		}
	}
	if diff := cmp.Diff([]string{"r0", "r1", "r2", "r3", "r4", "r5", "r6"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIAMErrors(t *testing.T) {
	client := iamClient(t)
	ctx, name := t.Context(), aws.String("user")
	if _, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(trustMe)}); err != nil {
		t.Fatal(err)
	}
	create := func(role, trust string, seconds int32) func() error {
		return func() error {
			_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &role, AssumeRolePolicyDocument: &trust, MaxSessionDuration: aws.Int32(seconds)})
			return err
		}
	}
	tests := map[string]struct {
		do   func() error
		want string
	}{
		"role twice":       {create("user", trustMe, 3600), "EntityAlreadyExists"},
		"wrong name":       {create("us er", trustMe, 3600), "ValidationError"},
		"wrong trust":      {create("x", "{", 3600), "MalformedPolicyDocument"},
		"session too long": {create("x", trustMe, 43201), "ValidationError"},
		"get no role":      {func() error { _, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("x")}); return err }, "NoSuchEntity"},
		"delete no role": {func() error {
			_, err := client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("x")})
			return err
		}, "NoSuchEntity"},
		"get no inline": {func() error {
			_, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: aws.String("x")})
			return err
		}, "NoSuchEntity"},
		"delete no inline": {func() error {
			_, err := client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: aws.String("x")})
			return err
		}, "NoSuchEntity"},
		"attach no policy": {func() error {
			_, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String("arn:aws:iam::" + account + ":policy/x")})
			return err
		}, "NoSuchEntity"},
		"malformed inline": {func() error {
			_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("x"), PolicyDocument: aws.String(`{"Statement":[]}`)})
			return err
		}, "MalformedPolicyDocument"},
		"inline too large": {func() error {
			_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("x"), PolicyDocument: aws.String(strings.Replace(allowAll, `"*"}`, `"arn:aws:s3:::`+strings.Repeat("x", 10240)+`"}`, 1))})
			return err
		}, "LimitExceeded"},
		"get no policy": {func() error {
			_, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::" + account + ":policy/nothing")})
			return err
		}, "NoSuchEntity"},
		"get another's user": {func() error { _, err := client.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("x")}); return err }, "NoSuchEntity"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.do(); code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

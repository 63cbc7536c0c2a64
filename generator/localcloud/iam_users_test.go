package localcloud_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/localcloud"
	"sendform/generator/localcloud/identity"
)

// makeUser makes a user that may do what the policy says, and a key of it.
func makeUser(t *testing.T, c *localcloud.Cloud, name, policy string) identity.Credentials {
	t.Helper()
	client := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	if _, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("p"), PolicyDocument: &policy}); err != nil {
		t.Fatal(err)
	}
	out, err := client.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return identity.Credentials{AccessKeyID: *out.AccessKey.AccessKeyId, SecretAccessKey: *out.AccessKey.SecretAccessKey}
}

func TestUserMayDoWhatItsPoliciesSay(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	makeBucket(t, c, "box")
	key := makeUser(t, c, "ann", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::box/${aws:username}/*"}}`)
	client := s3Client(config(c, key))
	if err := put(t.Context(), client, "box", "ann/a"); err != nil {
		t.Errorf("below her name: %v", err)
	}
	if err := put(t.Context(), client, "box", "bob/a"); code(err) != "AccessDenied" {
		t.Errorf("below another name: %v", err)
	}
	root := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	status := func(s types.StatusType) {
		t.Helper()
		_, err := root.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{UserName: aws.String("ann"), AccessKeyId: &key.AccessKeyID, Status: s})
		if err != nil {
			t.Fatal(err)
		}
	}
	status(types.StatusTypeInactive)
	if err := put(t.Context(), client, "box", "ann/a"); code(err) != "InvalidAccessKeyId" {
		t.Errorf("with an inactive key: %v", err)
	}
	status(types.StatusTypeActive)
	if err := put(t.Context(), client, "box", "ann/a"); err != nil {
		t.Errorf("with the key active again: %v", err)
	}
	wrong := key
	wrong.SecretAccessKey = "wrong"
	if err := put(t.Context(), s3Client(config(c, wrong)), "box", "ann/a"); code(err) != "SignatureDoesNotMatch" {
		t.Errorf("with a wrong secret: %v", err)
	}
}

func TestCallersAskForThemselves(t *testing.T) {
	c := open(t, t.TempDir())
	ann := iam.NewFromConfig(config(c, makeUser(t, c, "ann", allowAll)))
	out, err := ann.GetUser(t.Context(), &iam.GetUserInput{})
	if err != nil || *out.User.Arn != "arn:aws:iam::"+account+":user/ann" || !strings.HasPrefix(*out.User.UserId, "AIDA") {
		t.Errorf("a user: %+v, %v", out, err)
	}
	keys, err := ann.ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{})
	if err != nil || len(keys.AccessKeyMetadata) != 1 {
		t.Errorf("her keys: %+v, %v", keys, err)
	}
	root := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	if out, err = root.GetUser(t.Context(), &iam.GetUserInput{}); err != nil || *out.User.Arn != "arn:aws:iam::"+account+":root" {
		t.Errorf("root: %+v, %v", out, err)
	}
	session := assume(t, c, makeRole(t, c, "role", trustMe, allowAll))
	if _, err = iam.NewFromConfig(config(c, session)).GetUser(t.Context(), &iam.GetUserInput{}); code(err) != "ValidationError" {
		t.Errorf("a role: %v", err)
	}
}

// TestUserWithABoundary also asks for the condition key that a boundary is made for: to
// make roles and users only with the same boundary.
func TestUserWithABoundary(t *testing.T) {
	c := open(t, t.TempDir())
	root := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	boundary, err := root.CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: aws.String("limit"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"},
		{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*","Condition":{"ArnEquals":{"iam:PermissionsBoundary":"arn:aws:iam::` + account + `:policy/limit"}}}]}`,
	)})
	if err != nil {
		t.Fatal(err)
	}
	ann := iam.NewFromConfig(config(c, makeUser(t, c, "ann", allowAll)))
	if _, err := root.PutUserPermissionsBoundary(t.Context(), &iam.PutUserPermissionsBoundaryInput{UserName: aws.String("ann"), PermissionsBoundary: boundary.Policy.Arn}); err != nil {
		t.Fatal(err)
	}
	if _, err := ann.GetUser(t.Context(), &iam.GetUserInput{}); err != nil {
		t.Errorf("inside of the boundary: %v", err)
	}
	if _, err := ann.ListUsers(t.Context(), &iam.ListUsersInput{}); code(err) != "AccessDenied" {
		t.Errorf("outside of the boundary: %v", err)
	}
	if _, err := ann.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("bob")}); code(err) != "AccessDenied" {
		t.Errorf("a user without a boundary: %v", err)
	}
	if _, err := ann.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("bob"), PermissionsBoundary: boundary.Policy.Arn}); err != nil {
		t.Errorf("a user with the boundary: %v", err)
	}
	if _, err := root.DeletePolicy(t.Context(), &iam.DeletePolicyInput{PolicyArn: boundary.Policy.Arn}); code(err) != "DeleteConflict" {
		t.Errorf("a policy that is a user's boundary: %v", err)
	}
	if _, err := root.DeleteUserPermissionsBoundary(t.Context(), &iam.DeleteUserPermissionsBoundaryInput{UserName: aws.String("ann")}); err != nil {
		t.Fatal(err)
	}
	if _, err := ann.ListUsers(t.Context(), &iam.ListUsersInput{}); err != nil {
		t.Errorf("without a boundary: %v", err)
	}
}

func TestDeletedUserIsGone(t *testing.T) {
	c := open(t, t.TempDir())
	ctx, name := t.Context(), aws.String("ann")
	key := makeUser(t, c, *name, allowAll)
	root := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	refused := func(what, want string, err error) {
		t.Helper()
		if code(err) != want {
			t.Errorf("%s: got %v, want %s", what, err, want)
		}
	}
	_, err := root.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name})
	refused("user with a key", "DeleteConflict", err)
	_, err = root.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: &key.AccessKeyID})
	refused("key", "<nil>", err)
	_, err = iam.NewFromConfig(config(c, key)).GetUser(ctx, &iam.GetUserInput{})
	refused("a deleted key", "InvalidClientTokenId", err)
	_, err = root.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name})
	refused("user with a policy", "DeleteConflict", err)
	_, err = root.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: name, PolicyName: aws.String("p")})
	refused("policy", "<nil>", err)
	_, err = root.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
	refused("attach", "<nil>", err)
	_, err = root.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name})
	refused("user with an attached policy", "DeleteConflict", err)
	_, err = root.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
	refused("detach", "<nil>", err)
	_, err = root.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name})
	refused("user", "<nil>", err)
	_, err = root.GetUser(ctx, &iam.GetUserInput{UserName: name})
	refused("a deleted user", "NoSuchEntity", err)
}

func TestUserErrors(t *testing.T) {
	c := open(t, t.TempDir())
	makeUser(t, c, "ann", allowAll)
	client := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	ctx, ann, nobody := t.Context(), aws.String("ann"), aws.String("nobody")
	if _, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: ann}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		do   func() error
		want string
	}{
		"user twice": {func() error {
			_, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("Ann")})
			return err
		}, "EntityAlreadyExists"},
		"wrong name": {func() error {
			_, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("a n")})
			return err
		}, "ValidationError"},
		"wrong path": {func() error {
			_, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: nobody, Path: aws.String("x")})
			return err
		}, "ValidationError"},
		"third key": {func() error {
			_, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: ann})
			return err
		}, "LimitExceeded"},
		"key of nobody": {func() error {
			_, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: nobody})
			return err
		}, "NoSuchEntity"},
		"unknown key": {func() error {
			_, err := client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: ann, AccessKeyId: aws.String("AKIAXXXXXXXXXXXXXXXX")})
			return err
		}, "NoSuchEntity"},
		"wrong status": {func() error {
			_, err := client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: ann, AccessKeyId: aws.String("AKIAXXXXXXXXXXXXXXXX"), Status: "On"})
			return err
		}, "ValidationError"},
		"unknown policy": {func() error {
			_, err := client.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: ann, PolicyName: aws.String("x")})
			return err
		}, "NoSuchEntity"},
		"policy too large": {func() error {
			_, err := client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: ann, PolicyName: aws.String("x"), PolicyDocument: aws.String(strings.Replace(allowAll, `"*"}`, `"arn:aws:s3:::`+strings.Repeat("x", 2048)+`"}`, 1))})
			return err
		}, "LimitExceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.do(); code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestListUsersInPages(t *testing.T) {
	client := iamClient(t)
	for i := range 5 {
		path := "/a/"
		if i == 2 {
			path = "/b/"
		}
		if _, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String(fmt.Sprintf("u%d", i)), Path: &path}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	pages := iam.NewListUsersPaginator(client, &iam.ListUsersInput{MaxItems: aws.Int32(2), PathPrefix: aws.String("/a/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Users {
			got = append(got, *u.UserName)
		}
	}
	if diff := cmp.Diff([]string{"u0", "u1", "u3", "u4"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

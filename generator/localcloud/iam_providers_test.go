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

const issuer = "token.actions.githubusercontent.com"

func TestOIDCProviders(t *testing.T) {
	client := iamClient(t)
	ctx := t.Context()
	thumbprint := strings.Repeat("0", 40)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	made, err := client.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://" + issuer), ClientIDList: []string{"one"}, ThumbprintList: []string{thumbprint},
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}},
	})
	must(err)
	arn := made.OpenIDConnectProviderArn
	if *arn != "arn:aws:iam::"+account+":oidc-provider/"+issuer {
		t.Errorf("made as %s", *arn)
	}
	_, err = client.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("two")})
	must(err)
	_, err = client.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("one")})
	must(err)
	_, err = client.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: arn, ThumbprintList: []string{strings.Repeat("1", 40)}})
	must(err)
	_, err = client.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}}})
	must(err)
	_, err = client.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: []string{"a"}})
	must(err)
	got, err := client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	must(err)
	if *got.Url != issuer || cmp.Diff([]string{"two"}, got.ClientIDList) != "" || got.ThumbprintList[0][0] != '1' || got.CreateDate == nil {
		t.Errorf("got %+v", got)
	}
	tags, err := client.ListOpenIDConnectProviderTags(ctx, &iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn})
	must(err)
	if len(got.Tags) != 1 || len(tags.Tags) != 1 || *tags.Tags[0].Key != "b" || *got.Tags[0].Value != "2" {
		t.Errorf("tags %+v and %+v", got.Tags, tags.Tags)
	}
	list, err := client.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	must(err)
	if len(list.OpenIDConnectProviderList) != 1 || *list.OpenIDConnectProviderList[0].Arn != *arn {
		t.Errorf("list %+v", list.OpenIDConnectProviderList)
	}

	create := func(url string, thumbprints ...string) func() error {
		return func() error {
			_, err := client.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: &url, ThumbprintList: thumbprints})
			return err
		}
	}
	audiences := make([]string, 101)
	for i := range audiences {
		audiences[i] = fmt.Sprint(i)
	}
	for name, test := range map[string]struct {
		do   func() error
		want string
	}{
		"twice":            {create("https://" + issuer), "EntityAlreadyExists"},
		"without TLS":      {create("http://other.example"), "InvalidInput"},
		"with a query":     {create("https://other.example/?a=b"), "InvalidInput"},
		"short thumbprint": {create("https://other.example", "00"), "ValidationError"},
		"six thumbprints":  {create("https://other.example", thumbprint, thumbprint, thumbprint, thumbprint, thumbprint, thumbprint), "LimitExceeded"},
		"many audiences": {func() error {
			_, err := client.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://other.example"), ClientIDList: audiences})
			return err
		}, "LimitExceeded"},
		"get none": {func() error {
			_, err := client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(*arn + "x")})
			return err
		}, "NoSuchEntity"},
		"change none": {func() error {
			_, err := client.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(*arn + "x"), ClientID: aws.String("x")})
			return err
		}, "NoSuchEntity"},
		"delete none": {func() error {
			_, err := client.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(*arn + "x")})
			return err
		}, "<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.do(); code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	_, err = client.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	must(err)
	_, err = client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	if code(err) != "NoSuchEntity" {
		t.Errorf("a deleted provider: %v", err)
	}
}

// TestIAMLimits goes one beyond each quota
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
func TestIAMLimits(t *testing.T) {
	client := iamClient(t)
	ctx, role := t.Context(), aws.String("role")
	if _, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: role, AssumeRolePolicyDocument: aws.String(trustMe)}); err != nil {
		t.Fatal(err)
	}
	long := func(characters int) *string {
		return aws.String(strings.Replace(allowAll, `"*"}`, `"arn:aws:s3:::`+strings.Repeat("x", characters)+`"}`, 1))
	}
	var arns []string
	for i := range 11 {
		out, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String(fmt.Sprint("p", i)), PolicyDocument: aws.String(allowAll)})
		if err != nil {
			t.Fatal(err)
		}
		arns = append(arns, *out.Policy.Arn)
	}
	attach := func(arn string) error {
		_, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: role, PolicyArn: &arn})
		return err
	}
	for _, arn := range append(arns[:10:10], arns[0]) { // the first one twice, which changes nothing
		if err := attach(arn); err != nil {
			t.Fatal(err)
		}
	}
	tags := func(keys ...string) (list []types.Tag) {
		for _, key := range keys {
			list = append(list, types.Tag{Key: &key, Value: aws.String("v")})
		}
		return list
	}
	tag := func(keys ...string) func() error {
		return func() error {
			_, err := client.TagRole(ctx, &iam.TagRoleInput{RoleName: role, Tags: tags(keys...)})
			return err
		}
	}
	var fifty []string
	for i := range 50 {
		fifty = append(fifty, fmt.Sprint("k", i))
	}
	if err := tag(fifty...)(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		do   func() error
		want string
	}{
		"an eleventh policy": {func() error { return attach(arns[10]) }, "LimitExceeded"},
		"trust": {func() error {
			trust := strings.Replace(trustMe, `"Effect"`, `"Sid":"`+strings.Repeat("x", 2048)+`","Effect"`, 1)
			_, err := client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: role, PolicyDocument: &trust})
			return err
		}, "LimitExceeded"},
		"managed policy": {func() error {
			_, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("large"), PolicyDocument: long(6144)})
			return err
		}, "LimitExceeded"},
		"a name taken": {func() error {
			_, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("P1"), PolicyDocument: aws.String(allowAll)})
			return err
		}, "EntityAlreadyExists"},
		"a name taken under another path": {func() error {
			_, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p1"), Path: aws.String("/a/"), PolicyDocument: aws.String(allowAll)})
			return err
		}, "EntityAlreadyExists"},
		"description": {func() error {
			_, err := client.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: role, Description: aws.String(strings.Repeat("x", 1001))})
			return err
		}, "ValidationError"},
		"name of an inline policy": {func() error {
			_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("a b"), PolicyDocument: aws.String(allowAll)})
			return err
		}, "ValidationError"},
		"a policy that is not attached": {func() error {
			_, err := client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: role, PolicyArn: &arns[10]})
			return err
		}, "NoSuchEntity"},
		"a version that is none": {func() error {
			_, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arns[0], VersionId: aws.String("v9")})
			return err
		}, "NoSuchEntity"},
		"a 51st tag":       {tag("one more"), "LimitExceeded"},
		"a tag twice":      {tag("k0", "K0"), "InvalidInput"},
		"a tag too long":   {tag(strings.Repeat("x", 129)), "ValidationError"},
		"a tag there once": {tag("k0"), "<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.do(); code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := client.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: &arns[0], Tags: tags("a", "b")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: &arns[0], TagKeys: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	left, err := client.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: &arns[0]})
	if err != nil || len(left.Tags) != 1 || *left.Tags[0].Key != "b" {
		t.Errorf("tags %+v, error %v", left, err)
	}
}

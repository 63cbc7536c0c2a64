package secretsmanager_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/seal"
	"sendform/generator/localcloud/secretsmanager"
	"sendform/generator/localcloud/servicetest"
	"sendform/generator/localcloud/store"
)

const (
	arnPrefix = "arn:aws:secretsmanager:" + servicetest.Region + ":" + servicetest.Account + ":secret:"
	canary    = "canary-7d1f"
	token     = "11111111-2222-3333-4444-555555555555"
)

type cloud struct {
	*servicetest.Door
	client *sdk.Client
}

func open(t *testing.T) cloud {
	t.Helper()
	door := servicetest.Open(t, func(db *store.Store, now func() time.Time) (api.Service, error) {
		key, err := seal.NewKey([]byte("a secret of thirty-two characters"), "secretsmanager")
		return secretsmanager.New(db, key, now), err
	})
	return cloud{door, sdk.NewFromConfig(door.Config)}
}

// create makes a secret, with a value unless that is empty, and returns its ARN.
func (c cloud) create(name, value string) string {
	c.Helper()
	in := &sdk.CreateSecretInput{Name: &name}
	if value != "" {
		in.SecretString = &value
	}
	out, err := c.client.CreateSecret(c.Context(), in)
	c.Must(err)
	return *out.ARN
}

// put adds a value and returns the id of its version.
func (c cloud) put(name, value string, stages ...string) string {
	c.Helper()
	out, err := c.client.PutSecretValue(c.Context(), &sdk.PutSecretValueInput{SecretId: &name, SecretString: &value, VersionStages: stages})
	c.Must(err)
	return *out.VersionId
}

func (c cloud) get(in *sdk.GetSecretValueInput) string {
	c.Helper()
	out, err := c.client.GetSecretValue(c.Context(), in)
	c.Must(err)
	return *out.SecretString
}

func (c cloud) delete(name string, days int64) *sdk.DeleteSecretOutput {
	c.Helper()
	in := &sdk.DeleteSecretInput{SecretId: &name, RecoveryWindowInDays: &days}
	if days == 0 {
		in.RecoveryWindowInDays, in.ForceDeleteWithoutRecovery = nil, aws.Bool(true)
	}
	out, err := c.client.DeleteSecret(c.Context(), in)
	c.Must(err)
	return out
}

func (c cloud) describe(name string) *sdk.DescribeSecretOutput {
	c.Helper()
	out, err := c.client.DescribeSecret(c.Context(), &sdk.DescribeSecretInput{SecretId: &name})
	c.Must(err)
	return out
}

func TestSecret(t *testing.T) {
	c := open(t)
	created, err := c.client.CreateSecret(t.Context(), &sdk.CreateSecretInput{
		Name: aws.String("dev/mail"), Description: aws.String("d"), KmsKeyId: aws.String("alias/x"), SecretString: aws.String(canary),
		Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	})
	c.Must(err)
	keys := map[string][]string{
		"aws:requesttag/a": {"b"}, "aws:tagkeys": {"a"}, "secretsmanager:name": {"dev/mail"}, "secretsmanager:kmskeyid": {"alias/x"},
	}
	if diff := cmp.Diff([]api.Access{
		{Action: "secretsmanager:CreateSecret", Resource: arnPrefix + "dev/mail-??????", Context: keys},
		{Action: "secretsmanager:TagResource", Resource: arnPrefix + "dev/mail-??????", Context: keys},
	}, c.Needed()); diff != "" {
		t.Error(diff)
	}
	if !regexp.MustCompile("^" + arnPrefix + "dev/mail-[A-Za-z0-9]{6}$").MatchString(*created.ARN) {
		t.Errorf("ARN %s", *created.ARN)
	}
	partial := strings.TrimSuffix(*created.ARN, (*created.ARN)[len(*created.ARN)-7:])
	for _, id := range []string{"dev/mail", *created.ARN, partial} {
		got, err := c.client.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: &id})
		c.Must(err)
		if *got.SecretString != canary || *got.VersionId != *created.VersionId || !slices.Equal(got.VersionStages, []string{"AWSCURRENT"}) ||
			*got.ARN != *created.ARN || !got.CreatedDate.Equal(servicetest.Noon) || got.SecretBinary != nil {
			t.Errorf("%s: got %+v", id, got)
		}
	}
	needed := c.Needed()[0]
	if needed.Resource != *created.ARN || needed.Context["secretsmanager:versionstage"][0] != "AWSCURRENT" ||
		needed.Context["secretsmanager:resourcetag/a"][0] != "b" || needed.Owner != servicetest.Account {
		t.Errorf("needed %+v", needed)
	}

	c.Pass(time.Hour)
	updated, err := c.client.UpdateSecret(t.Context(), &sdk.UpdateSecretInput{
		SecretId: aws.String("dev/mail"), Description: aws.String(""), SecretBinary: []byte{0, 255},
	})
	c.Must(err)
	if *updated.VersionId == *created.VersionId {
		t.Error("a new value has no version of its own")
	}
	got := c.describe("dev/mail")
	want := map[string][]string{*updated.VersionId: {"AWSCURRENT"}, *created.VersionId: {"AWSPREVIOUS"}}
	if diff := cmp.Diff(want, got.VersionIdsToStages); diff != "" || got.Description != nil || *got.KmsKeyId != "alias/x" ||
		len(got.Tags) != 1 || !got.LastChangedDate.Equal(servicetest.Noon.Add(time.Hour)) || !got.CreatedDate.Equal(servicetest.Noon) ||
		!got.LastAccessedDate.Equal(servicetest.Noon.Truncate(24*time.Hour)) || got.DeletedDate != nil {
		t.Errorf("got %+v %s", got, diff)
	}
	value, err := c.client.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: aws.String("dev/mail")})
	c.Must(err)
	if !slices.Equal(value.SecretBinary, []byte{0, 255}) || value.SecretString != nil {
		t.Errorf("got %+v", value)
	}
	if strings.Contains(c.Stored(), canary) {
		t.Error("a value lies in the store as it is")
	}
}

func TestStages(t *testing.T) {
	c := open(t)
	c.create("s", "")
	_, err := c.client.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: aws.String("s")})
	servicetest.WantError(t, err, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")
	// The first version is the current one even if it is put for something else.
	first := c.put("s", "1", "BLUE")
	second := c.put("s", "2", "GREEN")
	if diff := cmp.Diff(map[string][]string{first: {"BLUE", "AWSCURRENT"}, second: {"GREEN"}}, c.describe("s").VersionIdsToStages); diff != "" {
		t.Error(diff)
	}
	third := c.put("s", "3")
	id := aws.String("s")
	for want, in := range map[string]*sdk.GetSecretValueInput{
		"1": {SecretId: id, VersionStage: aws.String("AWSPREVIOUS")},
		"2": {SecretId: id, VersionId: &second},
		"3": {SecretId: id, VersionId: &third, VersionStage: aws.String("AWSCURRENT")},
	} {
		if got := c.get(in); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	move := func(stage string, to, from *string) error {
		_, err := c.client.UpdateSecretVersionStage(t.Context(), &sdk.UpdateSecretVersionStageInput{
			SecretId: id, VersionStage: &stage, MoveToVersionId: to, RemoveFromVersionId: from,
		})
		return err
	}
	c.Must(move("AWSCURRENT", &second, &third))
	c.Must(move("RED", &first, nil))
	c.Must(move("BLUE", nil, &first))
	want := map[string][]string{first: {"RED"}, second: {"GREEN", "AWSCURRENT"}, third: {"AWSPREVIOUS"}}
	if diff := cmp.Diff(want, c.describe("s").VersionIdsToStages); diff != "" {
		t.Error(diff)
	}
	none := aws.String("99999999-2222-3333-4444-555555555555")
	for _, test := range []struct {
		err           error
		code, message string
	}{
		{move("AWSCURRENT", &first, nil), "InvalidParameterException", "currently attached to version " + second},
		{move("AWSCURRENT", nil, &second), "InvalidParameterException", "can't be completely removed"},
		{move("RED", &second, &third), "InvalidParameterException", "not attached to the version " + third},
		{move("RED", nil, nil), "InvalidParameterException", "MoveToVersionId or RemoveFromVersionId"},
		{move("", &first, nil), "InvalidParameterException", "VersionStage"},
		{move("RED", none, nil), "ResourceNotFoundException", *none},
	} {
		servicetest.WantError(t, test.err, test.code, test.message)
	}
	for i := range 19 {
		c.Must(move(fmt.Sprint("S", i), &first, nil))
	}
	servicetest.WantError(t, move("ONE-TOO-MANY", &first, nil), "LimitExceededException", "20")

	_, err = c.client.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: id, VersionId: none})
	servicetest.WantError(t, err, "ResourceNotFoundException", "for VersionId: "+*none)
	_, err = c.client.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: id, VersionId: &first, VersionStage: aws.String("GREEN")})
	servicetest.WantError(t, err, "InvalidRequestException", "not associated")
}

// The same call again, as a client makes it after it lost the answer, changes nothing.
func TestTokens(t *testing.T) {
	c := open(t)
	create := func(value string) (*sdk.CreateSecretOutput, error) {
		return c.client.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: aws.String("s"), SecretString: &value, ClientRequestToken: aws.String(token)})
	}
	first, err := create(canary)
	c.Must(err)
	again, err := create(canary)
	c.Must(err)
	if *first.ARN != *again.ARN || *again.VersionId != token {
		t.Errorf("got %+v, then %+v", first, again)
	}
	_, err = create("other")
	servicetest.WantError(t, err, "ResourceExistsException", "You can't use ClientRequestToken "+token)
	_, err = c.client.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: aws.String("s"), SecretString: aws.String("x")})
	servicetest.WantError(t, err, "ResourceExistsException", "The operation failed because the secret s already exists.")
	put := func(value string) error {
		_, err := c.client.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: aws.String("s"), SecretString: &value, ClientRequestToken: aws.String(token)})
		return err
	}
	c.Must(put(canary))
	servicetest.WantError(t, put("other"), "ResourceExistsException", token)
	if stages := c.describe("s").VersionIdsToStages; len(stages) != 1 {
		t.Errorf("got %v", stages)
	}
}

func TestDeletion(t *testing.T) {
	c := open(t)
	arn := c.create("s", canary)
	id := aws.String("s")
	out := c.delete("s", 7)
	if !out.DeletionDate.Equal(servicetest.Noon.Add(7*24*time.Hour)) || *out.ARN != arn {
		t.Errorf("got %+v", out)
	}
	const marked = "You can't perform this operation on the secret because it was marked for deletion."
	for name, call := range map[string]func() error{
		"get": func() error {
			_, err := c.client.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: id})
			return err
		},
		"put": func() error {
			_, err := c.client.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: id, SecretString: aws.String("x")})
			return err
		},
		"update": func() error {
			_, err := c.client.UpdateSecret(t.Context(), &sdk.UpdateSecretInput{SecretId: id, Description: aws.String("x")})
			return err
		},
		"tag": func() error {
			_, err := c.client.TagResource(t.Context(), &sdk.TagResourceInput{SecretId: id, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})
			return err
		},
		"policy": func() error {
			_, err := c.client.GetResourcePolicy(t.Context(), &sdk.GetResourcePolicyInput{SecretId: id})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { servicetest.WantError(t, call(), "InvalidRequestException", marked) })
	}
	_, err := c.client.DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: id})
	servicetest.WantError(t, err, "InvalidRequestException", "already scheduled for deletion")
	_, err = c.client.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: id})
	servicetest.WantError(t, err, "InvalidRequestException",
		"You can't create this secret because a secret with this name is already scheduled for deletion.")
	if got := c.describe("s"); !got.DeletedDate.Equal(servicetest.Noon) {
		t.Errorf("got %+v", got)
	}

	// It comes back as it was.
	c.Pass(7*24*time.Hour - time.Second)
	_, err = c.client.RestoreSecret(t.Context(), &sdk.RestoreSecretInput{SecretId: id})
	c.Must(err)
	if got := c.get(&sdk.GetSecretValueInput{SecretId: id}); got != canary {
		t.Errorf("got %s", got)
	}

	// After the window it is gone, and its name is free.
	c.delete("s", 7)
	c.Pass(7 * 24 * time.Hour)
	_, err = c.client.RestoreSecret(t.Context(), &sdk.RestoreSecretInput{SecretId: id})
	servicetest.WantError(t, err, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	if second := c.create("s", ""); second == arn {
		t.Error("the new secret has the ARN of the old one")
	}
	_, err = c.client.DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &arn})
	servicetest.WantError(t, err, "ResourceNotFoundException", "")

	// Without recovery it is gone at once, even one that is pending; once more is no error.
	c.delete("s", 30)
	c.delete("s", 0)
	c.delete("s", 0)
	c.create("s", "")
	for _, days := range []int64{6, 31} {
		_, err = c.client.DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: id, RecoveryWindowInDays: &days})
		servicetest.WantError(t, err, "InvalidParameterException", "between 7 and 30 days")
	}
	_, err = c.client.DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: id, RecoveryWindowInDays: aws.Int64(7), ForceDeleteWithoutRecovery: aws.Bool(true)})
	servicetest.WantError(t, err, "InvalidParameterException", "in conjunction with RecoveryWindowInDays")
	_, err = c.client.DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: aws.String("none")})
	servicetest.WantError(t, err, "ResourceNotFoundException", "")
}

func TestVersions(t *testing.T) {
	c := open(t)
	c.create("s", "")
	var ids []string
	for i := range 105 {
		ids = append(ids, c.put("s", fmt.Sprint(i)))
	}
	list := func(deprecated bool, limit int32) (pages [][]string) {
		paginator := sdk.NewListSecretVersionIdsPaginator(c.client, &sdk.ListSecretVersionIdsInput{
			SecretId: aws.String("s"), IncludeDeprecated: &deprecated, MaxResults: &limit,
		})
		for paginator.HasMorePages() {
			page, err := paginator.NextPage(t.Context())
			c.Must(err)
			var ids []string
			for _, v := range page.Versions {
				ids = append(ids, *v.VersionId)
			}
			pages = append(pages, ids)
		}
		return pages
	}
	if got := list(false, 100); len(got) != 1 || !slices.Equal(got[0], ids[103:]) {
		t.Errorf("with labels: %v", got)
	}
	// Only the last hundred are kept.
	if got := list(true, 40); len(got) != 3 || !slices.Equal(slices.Concat(got...), ids[5:]) {
		t.Errorf("all: %v", got)
	}
	_, err := c.client.ListSecretVersionIds(t.Context(), &sdk.ListSecretVersionIdsInput{SecretId: aws.String("s"), NextToken: aws.String("eA")})
	servicetest.WantError(t, err, "InvalidNextTokenException", "")
}

func TestListSecrets(t *testing.T) {
	c := open(t)
	for _, name := range []string{"dev/mail", "dev/queue", "prod/mail"} {
		c.create(name, "x")
		c.Pass(time.Minute)
	}
	_, err := c.client.CreateSecret(t.Context(), &sdk.CreateSecretInput{
		Name: aws.String("other"), Description: aws.String("Mail of others"), Tags: []types.Tag{{Key: aws.String("env"), Value: aws.String("dev")}},
	})
	c.Must(err)
	c.create("deleted", "x")
	c.delete("deleted", 7)
	filter := func(key types.FilterNameStringType, values ...string) []types.Filter {
		return []types.Filter{{Key: key, Values: values}}
	}
	for name, test := range map[string]struct {
		in   sdk.ListSecretsInput
		want string
	}{
		"newest first":   {sdk.ListSecretsInput{}, "other prod/mail dev/queue dev/mail"},
		"pages":          {sdk.ListSecretsInput{MaxResults: aws.Int32(3), SortOrder: types.SortOrderTypeAsc}, "dev/mail dev/queue prod/mail|other"},
		"deleted":        {sdk.ListSecretsInput{IncludePlannedDeletion: aws.Bool(true), MaxResults: aws.Int32(1), Filters: filter("name", "deleted")}, "deleted"},
		"name":           {sdk.ListSecretsInput{Filters: filter("name", "dev/", "o")}, "other dev/queue dev/mail"},
		"other names":    {sdk.ListSecretsInput{Filters: filter("name", "!dev/")}, "other prod/mail"},
		"description":    {sdk.ListSecretsInput{Filters: filter("description", "mail")}, "other"},
		"tag key":        {sdk.ListSecretsInput{Filters: filter("tag-key", "env")}, "other"},
		"tag value":      {sdk.ListSecretsInput{Filters: filter("tag-value", "prod")}, ""},
		"anything":       {sdk.ListSecretsInput{Filters: filter("all", "Mail")}, "other prod/mail dev/mail"},
		"other services": {sdk.ListSecretsInput{Filters: filter("owning-service", "rds")}, ""},
		"both":           {sdk.ListSecretsInput{Filters: append(filter("all", "mail"), filter("name", "dev/")...)}, "dev/mail"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for pages := sdk.NewListSecretsPaginator(c.client, &test.in); pages.HasMorePages(); {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, secret := range page.SecretList {
					names = append(names, *secret.Name)
				}
				got = append(got, strings.Join(names, " "))
			}
			if strings.Join(got, "|") != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
	if diff := cmp.Diff([]api.Access{{Action: "secretsmanager:ListSecrets", Resource: "*"}}, c.Needed()); diff != "" {
		t.Error(diff)
	}
	for _, token := range []string{"!", "eA"} {
		_, err = c.client.ListSecrets(t.Context(), &sdk.ListSecretsInput{NextToken: &token})
		servicetest.WantError(t, err, "InvalidNextTokenException", "")
	}
	_, err = c.client.ListSecrets(t.Context(), &sdk.ListSecretsInput{MaxResults: aws.Int32(101)})
	servicetest.WantError(t, err, "InvalidParameterException", "MaxResults")
	_, err = c.client.ListSecrets(t.Context(), &sdk.ListSecretsInput{Filters: filter("size", "1")})
	servicetest.WantError(t, err, "ValidationException", "filters.key")
}

func TestTags(t *testing.T) {
	c := open(t)
	c.create("s", "")
	id := aws.String("s")
	_, err := c.client.TagResource(t.Context(), &sdk.TagResourceInput{SecretId: id, Tags: []types.Tag{
		{Key: aws.String("b"), Value: aws.String("1")}, {Key: aws.String("a"), Value: aws.String("2")},
	}})
	c.Must(err)
	_, err = c.client.UntagResource(t.Context(), &sdk.UntagResourceInput{SecretId: id, TagKeys: []string{"b", "none"}})
	c.Must(err)
	if tags := c.describe("s").Tags; len(tags) != 1 || *tags[0].Key != "a" || *tags[0].Value != "2" {
		t.Errorf("got %+v", tags)
	}
	many := &sdk.TagResourceInput{SecretId: id}
	for i := range 50 {
		many.Tags = append(many.Tags, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
	}
	_, err = c.client.TagResource(t.Context(), many)
	servicetest.WantError(t, err, "LimitExceededException", "50")
}

func TestPolicies(t *testing.T) {
	c := open(t)
	arn := c.create("s", "x")
	id := aws.String("s")
	const (
		mine   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
		public = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
		bare   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	)
	put := func(policy string, block bool) error {
		_, err := c.client.PutResourcePolicy(t.Context(), &sdk.PutResourcePolicyInput{SecretId: id, ResourcePolicy: &policy, BlockPublicPolicy: &block})
		return err
	}
	read := func() *string {
		out, err := c.client.GetResourcePolicy(t.Context(), &sdk.GetResourcePolicyInput{SecretId: id})
		c.Must(err)
		if *out.ARN != arn || *out.Name != "s" {
			t.Errorf("got %+v", out)
		}
		return out.ResourcePolicy
	}
	if got := read(); got != nil {
		t.Errorf("got %s", *got)
	}
	c.Must(put(mine, true))
	if got := read(); *got != mine {
		t.Errorf("got %s", *got)
	}
	if needed := c.Needed()[0]; needed.Policy != mine {
		t.Errorf("needed %+v", needed)
	}
	servicetest.WantError(t, put(public, true), "PublicPolicyException", "broad access")
	servicetest.WantError(t, put(bare, false), "MalformedPolicyDocumentException", "without a principal")
	servicetest.WantError(t, put("{", false), "MalformedPolicyDocumentException", "")
	servicetest.WantError(t, put(mine+strings.Repeat(" ", 20480), false), "ValidationException", "resourcePolicy")
	if got := read(); *got != mine {
		t.Errorf("got %s", *got)
	}
	c.Must(put(public, false))
	_, err := c.client.DeleteResourcePolicy(t.Context(), &sdk.DeleteResourcePolicyInput{SecretId: id})
	c.Must(err)
	if got := read(); got != nil {
		t.Errorf("got %s", *got)
	}

	validate := func(policy string, id *string) (*sdk.ValidateResourcePolicyOutput, error) {
		return c.client.ValidateResourcePolicy(t.Context(), &sdk.ValidateResourcePolicyInput{SecretId: id, ResourcePolicy: &policy})
	}
	for _, id := range []*string{nil, id} {
		good, err := validate(mine, id)
		c.Must(err)
		bad, err := validate(public, id)
		c.Must(err)
		if !good.PolicyValidationPassed || len(good.ValidationErrors) > 0 || bad.PolicyValidationPassed || len(bad.ValidationErrors) != 1 {
			t.Errorf("got %+v and %+v", good, bad)
		}
	}
	_, err = validate("{", nil)
	servicetest.WantError(t, err, "MalformedPolicyDocumentException", "")
	_, err = validate(mine, aws.String("none"))
	servicetest.WantError(t, err, "ResourceNotFoundException", "")
}

func TestPasswords(t *testing.T) {
	c := open(t)
	make := func(in sdk.GetRandomPasswordInput) string {
		t.Helper()
		out, err := c.client.GetRandomPassword(t.Context(), &in)
		c.Must(err)
		return *out.RandomPassword
	}
	first, second := make(sdk.GetRandomPasswordInput{}), make(sdk.GetRandomPasswordInput{})
	if len(first) != 32 || first == second {
		t.Errorf("got %d and %d characters", len(first), len(second))
	}
	for range 50 {
		got := make(sdk.GetRandomPasswordInput{
			PasswordLength: aws.Int64(2), ExcludeLowercase: aws.Bool(true), ExcludePunctuation: aws.Bool(true), ExcludeCharacters: aws.String("01O"),
		})
		if !regexp.MustCompile(`^([2-9][A-NP-Z]|[A-NP-Z][2-9])$`).MatchString(got) {
			t.Fatalf("got %q", got)
		}
	}
	if got := make(sdk.GetRandomPasswordInput{
		PasswordLength: aws.Int64(1), RequireEachIncludedType: aws.Bool(false), IncludeSpace: aws.Bool(true), ExcludeLowercase: aws.Bool(true),
		ExcludeUppercase: aws.Bool(true), ExcludeNumbers: aws.Bool(true), ExcludePunctuation: aws.Bool(true),
	}); got != " " {
		t.Errorf("got %q", got)
	}
	for _, in := range []sdk.GetRandomPasswordInput{
		{PasswordLength: aws.Int64(4097)},
		{PasswordLength: aws.Int64(3)},
		{ExcludeLowercase: aws.Bool(true), ExcludeUppercase: aws.Bool(true), ExcludeNumbers: aws.Bool(true), ExcludePunctuation: aws.Bool(true)},
	} {
		_, err := c.client.GetRandomPassword(t.Context(), &in)
		servicetest.WantError(t, err, "InvalidParameterException", "")
	}
}

package localcloud_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"sendform/generator/localcloud"
	"sendform/generator/localcloud/identity"
)

func stsClient(c *localcloud.Cloud, who identity.Credentials) *sts.Client {
	return sts.NewFromConfig(config(c, who))
}

func received(c *types.Credentials) identity.Credentials {
	return identity.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}
}

func TestSessionPoliciesLimitARole(t *testing.T) {
	c := open(t, t.TempDir())
	makeBucket(t, c, "box")
	arn := makeRole(t, c, "writer", trustMe, allowAll)
	iamClient := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	managed, err := iamClient.CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("b"), PolicyDocument: aws.String(`{"Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::box/b"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	inline := aws.String(`{"Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::box/a"}}`)
	byARN := []types.PolicyDescriptorType{{Arn: managed.Policy.Arn}}
	for name, test := range map[string]struct {
		policy *string
		arns   []types.PolicyDescriptorType
		want   string // which keys may be put
	}{
		"none":    {want: "a b c"},
		"inline":  {policy: inline, want: "a"},
		"managed": {arns: byARN, want: "b"},
		"both":    {policy: inline, arns: byARN, want: "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := stsClient(c, c.RootCredentials(account)).AssumeRole(t.Context(), &sts.AssumeRoleInput{
				RoleArn: &arn, RoleSessionName: aws.String("test"), Policy: test.policy, PolicyArns: test.arns,
			})
			if err != nil {
				t.Fatal(err)
			}
			client := s3Client(config(c, received(out.Credentials)))
			var may []string
			for _, key := range []string{"a", "b", "c"} {
				err := put(t.Context(), client, "box", key)
				if err == nil {
					may = append(may, key)
				} else if code(err) != "AccessDenied" {
					t.Errorf("%s: %v", key, err)
				}
			}
			if got := strings.Join(may, " "); got != test.want {
				t.Errorf("may put %q, want %q", got, test.want)
			}
		})
	}
}

func TestTrustAsksForAnExternalID(t *testing.T) {
	c := open(t, t.TempDir())
	trust := strings.Replace(trustMe, `"Action"`, `"Condition":{"StringEquals":{"sts:ExternalId":"partner","sts:RoleSessionName":"test"}},"Action"`, 1)
	arn := makeRole(t, c, "partner", trust, allowAll)
	client := stsClient(c, c.RootCredentials(account))
	for name, test := range map[string]struct {
		external *string
		session  string
		want     string
	}{
		"right":         {aws.String("partner"), "test", "<nil>"},
		"wrong":         {aws.String("another"), "test", "AccessDenied"},
		"missing":       {nil, "test", "AccessDenied"},
		"other session": {aws.String("partner"), "other", "AccessDenied"},
		"no id at all":  {aws.String("a b"), "test", "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: &test.session, ExternalId: test.external})
			if code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestAssumeRoleRefuses(t *testing.T) {
	c := open(t, t.TempDir())
	root := c.RootCredentials(account)
	arn := makeRole(t, c, "user", trustMe, allowAll)
	closed := makeRole(t, c, "function", `{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`, allowAll)
	for name, test := range map[string]struct {
		input sts.AssumeRoleInput
		who   identity.Credentials
		want  string
	}{
		"a role that trusts somebody else": {sts.AssumeRoleInput{RoleArn: &closed}, root, "AccessDenied"},
		"no ARN":                           {sts.AssumeRoleInput{RoleArn: aws.String("user")}, root, "ValidationError"},
		"a name with a space":              {sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("a b")}, root, "ValidationError"},
		"a short name":                     {sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("a")}, root, "ValidationError"},
		"too short":                        {sts.AssumeRoleInput{RoleArn: &arn, DurationSeconds: aws.Int32(899)}, root, "ValidationError"},
		"too long":                         {sts.AssumeRoleInput{RoleArn: &arn, DurationSeconds: aws.Int32(43201)}, root, "ValidationError"},
		"longer than the role lets":        {sts.AssumeRoleInput{RoleArn: &arn, DurationSeconds: aws.Int32(3601)}, root, "ValidationError"},
		"chained for too long":             {sts.AssumeRoleInput{RoleArn: &arn, DurationSeconds: aws.Int32(3601)}, assume(t, c, arn), "ValidationError"},
		"chained":                          {sts.AssumeRoleInput{RoleArn: &arn}, assume(t, c, arn), "<nil>"},
		"malformed policy":                 {sts.AssumeRoleInput{RoleArn: &arn, Policy: aws.String("{")}, root, "MalformedPolicyDocument"},
		"policy with a principal":          {sts.AssumeRoleInput{RoleArn: &arn, Policy: aws.String(trustMe)}, root, "MalformedPolicyDocument"},
		"policy too large":                 {sts.AssumeRoleInput{RoleArn: &arn, Policy: aws.String(allowAll + strings.Repeat(" ", 2048))}, root, "ValidationError"},
		"policy that is not there":         {sts.AssumeRoleInput{RoleArn: &arn, PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::" + account + ":policy/x")}}}, root, "MalformedPolicyDocument"},
		"eleven policies":                  {sts.AssumeRoleInput{RoleArn: &arn, PolicyArns: make([]types.PolicyDescriptorType, 11)}, root, "<nil>"},
		"a tag twice":                      {sts.AssumeRoleInput{RoleArn: &arn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("A"), Value: aws.String("2")}}}, root, "InvalidParameterValue"},
		"tags that the trust leaves out":   {sts.AssumeRoleInput{RoleArn: &arn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}}}, root, "AccessDenied"},
		"transitive tags":                  {sts.AssumeRoleInput{RoleArn: &arn, TransitiveTagKeys: []string{"a"}}, root, "NotImplemented"},
		"a source identity":                {sts.AssumeRoleInput{RoleArn: &arn, SourceIdentity: aws.String("me")}, root, "NotImplemented"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.input.RoleSessionName == nil {
				test.input.RoleSessionName = aws.String("test")
			}
			if len(test.input.PolicyArns) == 11 {
				for i := range test.input.PolicyArns {
					test.input.PolicyArns[i].Arn = aws.String(fmt.Sprintf("arn:aws:iam::%s:policy/%d", account, i))
				}
				test.want = "ValidationError"
			}
			_, err := stsClient(c, test.who).AssumeRole(t.Context(), &test.input)
			if code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// TestSessionTagsAreThePrincipals lets every session write below its own team.
func TestSessionTagsAreThePrincipals(t *testing.T) {
	c := open(t, t.TempDir())
	makeBucket(t, c, "box")
	trust := strings.Replace(trustMe, `"sts:AssumeRole"`, `["sts:AssumeRole","sts:TagSession"],"Condition":{"StringLikeIfExists":{"aws:RequestTag/Team":"*"},"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}}`, 1)
	arn := makeRole(t, c, "team", trust, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::box/${aws:PrincipalTag/Team}/*"}}`)
	iamClient := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	if _, err := iamClient.TagRole(t.Context(), &iam.TagRoleInput{RoleName: aws.String("team"), Tags: []iamtypes.Tag{{Key: aws.String("Team"), Value: aws.String("all")}}}); err != nil {
		t.Fatal(err)
	}
	for team, tags := range map[string][]types.Tag{
		"all": nil, // the role's own tag
		"red": {{Key: aws.String("Team"), Value: aws.String("red")}},
	} {
		out, err := stsClient(c, c.RootCredentials(account)).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("test"), Tags: tags})
		if err != nil {
			t.Fatal(err)
		}
		client := s3Client(config(c, received(out.Credentials)))
		if err := put(t.Context(), client, "box", team+"/a"); err != nil {
			t.Errorf("team %s below its own: %v", team, err)
		}
		if err := put(t.Context(), client, "box", "other/a"); code(err) != "AccessDenied" {
			t.Errorf("team %s below another: %v", team, err)
		}
	}
	_, err := stsClient(c, c.RootCredentials(account)).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: &arn, RoleSessionName: aws.String("test"), Tags: []types.Tag{{Key: aws.String("Boss"), Value: aws.String("yes")}},
	})
	if code(err) != "AccessDenied" {
		t.Errorf("a tag that the trust policy does not let in: %v", err)
	}
}

func TestSessionsOfUsersAndRoot(t *testing.T) {
	c := open(t, t.TempDir())
	root := c.RootCredentials(account)
	user := makeUser(t, c, "ann", allowAll)
	for want, who := range map[string]identity.Credentials{
		"arn:aws:iam::" + account + ":root":     root,
		"arn:aws:iam::" + account + ":user/ann": user,
	} {
		out, err := stsClient(c, who).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(7200)})
		if err != nil {
			t.Fatal(err)
		}
		temporary := received(out.Credentials)
		me, err := stsClient(c, temporary).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil {
			t.Fatal(err)
		}
		if *me.Arn != want {
			t.Errorf("the session is %s, want %s", *me.Arn, want)
		}
		if _, err := s3Client(config(c, temporary)).ListBuckets(t.Context(), &s3.ListBucketsInput{}); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if _, err := stsClient(c, temporary).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{}); code(err) != "AccessDenied" {
			t.Errorf("a session of a session of %s: %v", want, err)
		}
		if _, err := iam.NewFromConfig(config(c, temporary)).ListRoles(t.Context(), &iam.ListRolesInput{}); code(err) != "InvalidClientTokenId" {
			t.Errorf("IAM by a session of %s: %v", want, err)
		}
	}
	_, err := stsClient(c, root).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(129601)})
	if code(err) != "ValidationError" {
		t.Errorf("a session of more than 36 hours: %v", err)
	}
}

func TestAccessKeysTellTheirAccount(t *testing.T) {
	c := open(t, t.TempDir())
	root := c.RootCredentials(account)
	arn := makeRole(t, c, "user", trustMe, allowAll)
	for name, key := range map[string]string{
		"root": root.AccessKeyID, "user": makeUser(t, c, "ann", allowAll).AccessKeyID, "role": assume(t, c, arn).AccessKeyID,
	} {
		if len(key) != 20 {
			t.Errorf("%s: the key %s has not 20 characters", name, key)
		}
		out, err := stsClient(c, root).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &key})
		if err != nil || *out.Account != account {
			t.Errorf("%s: got %+v, %v", name, out, err)
		}
	}
	_, err := stsClient(c, root).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: aws.String("AKIAWRONGWRONGWRONG1")})
	if code(err) != "ValidationError" {
		t.Errorf("a wrong key: %v", err)
	}
}

const (
	github   = "https://token.actions.githubusercontent.com"
	workflow = "repo:owner/name:environment:qa"
)

// TestWebIdentity assumes a role as a workflow of GitHub does.
func TestWebIdentity(t *testing.T) {
	c := open(t, t.TempDir())
	another := open(t, t.TempDir())
	iamClient := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	if _, err := iamClient.CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{Url: aws.String(github), ClientIDList: []string{"sts.amazonaws.com", "other"}}); err != nil {
		t.Fatal(err)
	}
	provider := "arn:aws:iam::" + account + ":oidc-provider/token.actions.githubusercontent.com"
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity",
		"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"` + workflow + `"}}}}`
	role, err := iamClient.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("deployer"), AssumeRolePolicyDocument: &trust})
	if err != nil {
		t.Fatal(err)
	}
	token := func(c *localcloud.Cloud, issuer, subject, audience string, lifetime time.Duration) string {
		jwt, err := c.WebIdentityToken(issuer, subject, audience, lifetime)
		if err != nil {
			t.Fatal(err)
		}
		return jwt
	}
	good := token(c, github, workflow, "sts.amazonaws.com", time.Hour)
	client := stsClient(c, identity.Credentials{})
	for name, test := range map[string]struct{ token, want string }{
		"right":              {good, "<nil>"},
		"another subject":    {token(c, github, "repo:owner/name:ref:refs/heads/main", "sts.amazonaws.com", time.Hour), "AccessDenied"},
		"another audience":   {token(c, github, workflow, "other", time.Hour), "AccessDenied"},
		"unknown audience":   {token(c, github, workflow, "unknown", time.Hour), "InvalidIdentityToken"},
		"unknown issuer":     {token(c, "https://example.com", workflow, "sts.amazonaws.com", time.Hour), "InvalidIdentityToken"},
		"no subject":         {token(c, github, "", "sts.amazonaws.com", time.Hour), "InvalidIdentityToken"},
		"expired":            {token(c, github, workflow, "sts.amazonaws.com", -time.Second), "ExpiredTokenException"},
		"of another cloud":   {token(another, github, workflow, "sts.amazonaws.com", time.Hour), "InvalidIdentityToken"},
		"changed":            {good[:len(good)-2] + "xx", "InvalidIdentityToken"},
		"without signature":  {"eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + ".x", "InvalidIdentityToken"},
		"no token":           {"token", "InvalidIdentityToken"},
		"an empty signature": {good[:strings.LastIndex(good, ".")+1], "InvalidIdentityToken"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := client.AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: role.Role.Arn, RoleSessionName: aws.String("run"), WebIdentityToken: &test.token,
			})
			if code(err) != test.want {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if err != nil {
				return
			}
			if *out.SubjectFromWebIdentityToken != workflow || *out.Audience != "sts.amazonaws.com" || *out.Provider != provider {
				t.Errorf("got %+v", out)
			}
			me, err := stsClient(c, received(out.Credentials)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			if err != nil || *me.Arn != "arn:aws:sts::"+account+":assumed-role/deployer/run" {
				t.Errorf("the session: %+v, %v", me, err)
			}
		})
	}
}

// TestSessionsCanBeRevoked denies what was given out before a time, as the console's
// button does
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html).
func TestSessionsCanBeRevoked(t *testing.T) {
	c := open(t, t.TempDir())
	arn := makeRole(t, c, "user", trustMe, allowAll)
	client := s3Client(config(c, assume(t, c, arn)))
	root := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	for shift, want := range map[time.Duration]string{-time.Hour: "<nil>", time.Hour: "AccessDenied"} {
		revoke := fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":%q}}}}`,
			time.Now().Add(shift).UTC().Format(time.RFC3339))
		_, err := root.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: aws.String("user"), PolicyName: aws.String("revoke"), PolicyDocument: &revoke})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.ListBuckets(t.Context(), &s3.ListBucketsInput{}); code(err) != want {
			t.Errorf("sessions before %v from now are revoked: got %v, want %s", shift, err, want)
		}
	}
}

func TestRoleMadeAgainIsAnotherOne(t *testing.T) {
	c := open(t, t.TempDir())
	arn := makeRole(t, c, "user", trustMe, allowAll)
	client := s3Client(config(c, assume(t, c, arn)))
	root := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	if _, err := root.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: aws.String("user"), PolicyName: aws.String("p")}); err != nil {
		t.Fatal(err)
	}
	if _, err := root.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String("user")}); err != nil {
		t.Fatal(err)
	}
	makeRole(t, c, "user", trustMe, allowAll)
	if _, err := client.ListBuckets(t.Context(), &s3.ListBucketsInput{}); code(err) != "AccessDenied" {
		t.Errorf("a session of the first role: %v", err)
	}
}

func TestUnsignedCallsAreForWebIdentitiesOnly(t *testing.T) {
	c := open(t, t.TempDir())
	open := `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`
	arn := makeRole(t, c, "open", open, allowAll)
	cfg := config(c, identity.Credentials{})
	cfg.Credentials = aws.AnonymousCredentials{}
	client := sts.NewFromConfig(cfg)
	if _, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("test")}); code(err) != "MissingAuthenticationToken" {
		t.Errorf("AssumeRole: %v", err)
	}
	if _, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); code(err) != "MissingAuthenticationToken" {
		t.Errorf("GetCallerIdentity: %v", err)
	}
}

package standin

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/terraform"
)

// stsServer answers as STS, and keeps what it was asked. The keys of a session name
// its role, so that the next call tells which session signed it.
func stsServer(t *testing.T) (endpoint string, asked func() []map[string]string) {
	t.Helper()
	var calls []map[string]string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		call := map[string]string{"signed by": signer(r)}
		for name := range r.PostForm {
			call[name] = r.PostForm.Get(name)
		}
		delete(call, "Version")
		calls = append(calls, call)
		action, role := call["Action"], call["RoleArn"][strings.LastIndex(call["RoleArn"], "/")+1:]
		if role == "closed" {
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>it is closed</Message></Error></ErrorResponse>`)
			return
		}
		_, _ = fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><Account>111122223333</Account>`+
			`<Credentials><AccessKeyId>key-of-%[2]s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
			`<SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></%[1]sResult></%[1]sResponse>`, action, role)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []map[string]string { return calls }
}

// signer is the access key that a request is signed with.
func signer(r *http.Request) string {
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(after, "/")
	return key
}

func TestRolesAreAssumedOneFromAnother(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("of-the-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	const prefix = "arn:aws:iam::111122223333:role/"
	whoAmI := func(key string) map[string]string {
		return map[string]string{"Action": "GetCallerIdentity", "signed by": key}
	}
	for name, test := range map[string]struct {
		config  map[string]any
		environ map[string]string
		want    []map[string]string
	}{
		"every argument": {
			config: map[string]any{"assume_role": []any{map[string]any{
				"role_arn": prefix + "a", "session_name": "me", "duration": "1h30m", "external_id": "partner",
				"policy": "{}", "policy_arns": []any{"arn:aws:iam::aws:policy/P"}, "source_identity": "you",
				"tags": map[string]any{"k": "v"}, "transitive_tag_keys": []any{"k"},
			}}},
			want: []map[string]string{
				{
					"Action": "AssumeRole", "signed by": "AKIAEXAMPLE", "RoleArn": prefix + "a", "RoleSessionName": "me",
					"DurationSeconds": "5400", "ExternalId": "partner", "Policy": "{}", "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/P",
					"SourceIdentity": "you", "Tags.member.1.Key": "k", "Tags.member.1.Value": "v", "TransitiveTagKeys.member.1": "k",
				},
				whoAmI("key-of-a"),
			},
		},
		"a chain": {
			config: map[string]any{"assume_role": []any{
				map[string]any{"role_arn": prefix + "a", "session_name": "one"}, map[string]any{"role_arn": prefix + "b", "session_name": "two"},
			}},
			want: []map[string]string{
				{"Action": "AssumeRole", "signed by": "AKIAEXAMPLE", "RoleArn": prefix + "a", "RoleSessionName": "one", "DurationSeconds": "900"},
				{"Action": "AssumeRole", "signed by": "key-of-a", "RoleArn": prefix + "b", "RoleSessionName": "two", "DurationSeconds": "900"},
				whoAmI("key-of-b"),
			},
		},
		"a web identity, and a role behind it": {
			config: map[string]any{
				"assume_role": []any{map[string]any{"role_arn": prefix + "b", "session_name": "two"}},
				"assume_role_with_web_identity": []any{map[string]any{
					"role_arn": prefix + "a", "session_name": "one", "web_identity_token": "of-the-argument", "duration": "20m",
					"policy": "{}", "policy_arns": []any{"arn:aws:iam::aws:policy/P"},
				}},
			},
			environ: map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
			want: []map[string]string{
				{
					"Action": "AssumeRoleWithWebIdentity", "signed by": "", "RoleArn": prefix + "a", "RoleSessionName": "one", "DurationSeconds": "1200",
					"Policy": "{}", "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/P", "WebIdentityToken": "of-the-argument",
				},
				{"Action": "AssumeRole", "signed by": "key-of-a", "RoleArn": prefix + "b", "RoleSessionName": "two", "DurationSeconds": "900"},
				whoAmI("key-of-b"),
			},
		},
		"a token's file, beside the configuration": {
			config: map[string]any{"assume_role_with_web_identity": []any{map[string]any{
				"role_arn": prefix + "a", "session_name": "one", "web_identity_token_file": "token",
			}}},
			want: []map[string]string{
				{"Action": "AssumeRoleWithWebIdentity", "signed by": "", "RoleArn": prefix + "a", "RoleSessionName": "one", "WebIdentityToken": "of-the-file"},
				whoAmI("key-of-a"),
			},
		},
		"a web identity of the environment": {
			environ: map[string]string{
				"AWS_ACCESS_KEY_ID": "", "AWS_ROLE_ARN": prefix + "a", "AWS_ROLE_SESSION_NAME": "one", "AWS_WEB_IDENTITY_TOKEN_FILE": filepath.Join(dir, "token"),
			},
			want: []map[string]string{
				{"Action": "AssumeRoleWithWebIdentity", "signed by": "", "RoleArn": prefix + "a", "RoleSessionName": "one", "WebIdentityToken": "of-the-file"},
				whoAmI("key-of-a"),
			},
		},
		"keys come before the environment's web identity": {
			environ: map[string]string{"AWS_ROLE_ARN": prefix + "a", "AWS_WEB_IDENTITY_TOKEN_FILE": filepath.Join(dir, "token")},
			want:    []map[string]string{whoAmI("AKIAEXAMPLE")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			endpoint, asked := stsServer(t)
			environ := usable(test.environ)
			environ["AWS_ENDPOINT_URL"] = endpoint
			p := newProvider(Options{Environ: environ, Dir: dir})
			defer p.stop()
			config := terraform.NewResourceConfigRaw(test.config)
			if diags := p.schema.Validate(config); diags.HasError() {
				t.Fatal(diags)
			}
			if _, diags := p.configure(t.Context(), schema.TestResourceDataRaw(t, providerSchema(), test.config)); diags.HasError() {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(test.want, asked()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRolesThatCannotBeAssumed(t *testing.T) {
	endpoint, asked := stsServer(t)
	role := func(arguments map[string]any) map[string]any { return map[string]any{"assume_role": []any{arguments}} }
	identity := func(arguments map[string]any) map[string]any {
		return map[string]any{"assume_role_with_web_identity": []any{arguments}}
	}
	const a, hidden = "arn:aws:iam::111122223333:role/a", "hidden-token"
	elsewhere := endpointsOf(map[string]any{"s3": "https://s3.eu-west-2.amazonaws.com"})
	maps.Copy(elsewhere, role(map[string]any{"role_arn": a}))
	for name, test := range map[string]struct {
		config map[string]any
		want   string
		calls  int
	}{
		"no role":              {role(map[string]any{"session_name": "me"}), "Missing role", 0},
		"no ARN":               {role(map[string]any{"role_arn": "a"}), "must be an ARN", 0},
		"too short":            {role(map[string]any{"role_arn": a, "duration": "14m"}), "from 15m to 12h", 0},
		"too long":             {role(map[string]any{"role_arn": a, "duration": "13h"}), "from 15m to 12h", 0},
		"no duration":          {role(map[string]any{"role_arn": a, "duration": "900"}), "from 15m to 12h", 0},
		"no policy":            {role(map[string]any{"role_arn": a, "policy": "{"}), "invalid JSON", 0},
		"no ARN of a policy":   {role(map[string]any{"role_arn": a, "policy_arns": []any{"P"}}), "must be an ARN", 0},
		"no name":              {role(map[string]any{"role_arn": a, "session_name": "a b"}), "2 to 64", 0},
		"refused":              {role(map[string]any{"role_arn": a[:len(a)-1] + "closed"}), "cannot assume IAM role arn:aws:iam::111122223333:role/closed", 1},
		"an endpoint is AWS's": {elsewhere, "Endpoint refused", 0},
		"STS is AWS's": {
			map[string]any{"assume_role": role(map[string]any{"role_arn": a})["assume_role"], "endpoints": []any{map[string]any{"sts": "https://sts.amazonaws.com"}}},
			"Endpoint refused", 0,
		},
		"no token":        {identity(map[string]any{"role_arn": a}), "one of", 0},
		"two tokens":      {identity(map[string]any{"role_arn": a, "web_identity_token": hidden, "web_identity_token_file": "token"}), "only one of", 0},
		"no role of it":   {identity(map[string]any{"web_identity_token": hidden}), "AWS_ROLE_ARN", 0},
		"no such file":    {identity(map[string]any{"role_arn": a, "web_identity_token_file": "missing"}), "missing: no such file", 0},
		"refused as well": {identity(map[string]any{"role_arn": a[:len(a)-1] + "closed", "web_identity_token": hidden}), "cannot assume IAM role", 1},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(asked())
			p := newProvider(Options{Environ: usable(map[string]string{"AWS_ENDPOINT_URL": endpoint}), Dir: t.TempDir()})
			defer p.stop()
			diags := p.schema.Validate(terraform.NewResourceConfigRaw(test.config))
			if !diags.HasError() {
				_, diags = p.configure(t.Context(), schema.TestResourceDataRaw(t, providerSchema(), test.config))
			}
			text := fmt.Sprint(diags)
			if !diags.HasError() || !strings.Contains(text, test.want) {
				t.Errorf("want %q, got %v", test.want, text)
			}
			if strings.Contains(text, hidden) || strings.Contains(text, url.QueryEscape(hidden)) {
				t.Errorf("the token is in %s", text)
			}
			if calls := len(asked()) - before; calls != test.calls {
				t.Errorf("%d calls, want %d", calls, test.calls)
			}
		})
	}
}

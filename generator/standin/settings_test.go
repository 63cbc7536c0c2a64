package standin

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// usable is an environment in which an empty provider block is enough.
func usable(changes map[string]string) map[string]string {
	environ := map[string]string{
		"AWS_ACCESS_KEY_ID":     "AKIAEXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "not-to-be-shown",
		"AWS_REGION":            "eu-west-2",
		"AWS_ENDPOINT_URL":      "https://127.0.0.1:4566",
	}
	for name, value := range changes {
		environ[name] = value
	}
	return environ
}

func endpointsOf(values map[string]any) map[string]any {
	return map[string]any{"endpoints": []any{values}}
}

func TestConfigurationIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		config  map[string]any
		environ map[string]string
		want    string // part of summary and detail; empty when it must be taken
	}{
		"usable":                      {},
		"localhost":                   {environ: map[string]string{"AWS_ENDPOINT_URL": "http://localhost:4566"}},
		"IPv6":                        {environ: map[string]string{"AWS_ENDPOINT_URL": "http://[::1]:4566"}},
		"all of 127/8":                {environ: map[string]string{"AWS_ENDPOINT_URL": "http://127.9.9.9:4566"}},
		"no endpoint":                 {environ: map[string]string{"AWS_ENDPOINT_URL": ""}, want: "only works against a local cloud"},
		"no endpoint names services":  {environ: map[string]string{"AWS_ENDPOINT_URL": ""}, want: "cloudfront, cloudwatch, iam, lambda, logs, s3, secretsmanager, ssm, sts"},
		"AWS itself":                  {environ: map[string]string{"AWS_ENDPOINT_URL": "https://s3.eu-west-2.amazonaws.com"}, want: "only works against a local cloud"},
		"a private network":           {environ: map[string]string{"AWS_ENDPOINT_URL": "http://192.168.0.7:4566"}, want: `"192.168.0.7" is not a loopback address`},
		"every address":               {environ: map[string]string{"AWS_ENDPOINT_URL": "http://0.0.0.0:4566"}, want: "not a loopback"},
		"a name that starts like one": {environ: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1.example.com"}, want: "not a loopback"},
		"user that looks like a host": {environ: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1@example.com"}, want: "not a loopback"},
		"no scheme":                   {environ: map[string]string{"AWS_ENDPOINT_URL": "127.0.0.1:4566"}, want: "Endpoint refused"},
		"other scheme":                {environ: map[string]string{"AWS_ENDPOINT_URL": "ftp://127.0.0.1"}, want: "does not start with http"},
		"one service elsewhere": {
			environ: map[string]string{"AWS_ENDPOINT_URL_S3": "https://storage.example.com"}, want: "for s3",
		},
		"endpoints block wins":       {config: endpointsOf(map[string]any{"lambda": "https://lambda.example.com"}), want: "for lambda"},
		"endpoints block has alias":  {config: endpointsOf(map[string]any{"cloudwatchlogs": "https://logs.example.com"}), want: "for logs"},
		"endpoints block for one":    {config: endpointsOf(map[string]any{"s3": "http://127.0.0.1:1"}), environ: map[string]string{"AWS_ENDPOINT_URL": ""}, want: "no endpoint for cloudfront, cloudwatch, iam, lambda, logs, secretsmanager, ssm, sts"},
		"no region":                  {environ: map[string]string{"AWS_REGION": ""}, want: "Missing AWS region"},
		"default region":             {environ: map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-1"}},
		"unknown region":             {config: map[string]any{"region": "eu-west-9"}, want: "invalid AWS Region: eu-west-9"},
		"unknown region, on purpose": {config: map[string]any{"region": "eu-west-9", "skip_region_validation": true}},
		"no access key":              {environ: map[string]string{"AWS_ACCESS_KEY_ID": ""}, want: "No valid credential sources"},
		"no secret key":              {environ: map[string]string{"AWS_SECRET_ACCESS_KEY": ""}, want: "No valid credential sources"},
		"profile":                    {config: map[string]any{"profile": "production"}, want: "Remove profile"},
	} {
		t.Run(name, func(t *testing.T) {
			environ := usable(test.environ)
			d := schema.TestResourceDataRaw(t, providerSchema(), test.config)
			_, diags := readSettings(d, func(name string) string { return environ[name] })
			text := fmt.Sprint(diags)
			if diags.HasError() != (test.want != "") || !strings.Contains(text, test.want) {
				t.Errorf("want %q, got %v", test.want, text)
			}
			if strings.Contains(text, "not-to-be-shown") {
				t.Errorf("the secret key is in %s", text)
			}
		})
	}
}

func TestPasswordOfAnEndpointIsNotShown(t *testing.T) {
	environ := usable(map[string]string{"AWS_ENDPOINT_URL": "https://me:hidden@example.com"})
	d := schema.TestResourceDataRaw(t, providerSchema(), nil)
	_, diags := readSettings(d, func(name string) string { return environ[name] })
	if text := fmt.Sprint(diags); strings.Contains(text, "hidden") || !strings.Contains(text, "example.com") {
		t.Error(text)
	}
}

func TestSettingsComeFromTheNearestPlace(t *testing.T) {
	environ := usable(map[string]string{
		"AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:2",
		"AWS_ENDPOINT_URL_S3":  "http://127.0.0.1:3",
		"AWS_SESSION_TOKEN":    "of-the-environment",
	})
	config := endpointsOf(map[string]any{"s3": "http://127.0.0.1:4"})
	config["region"] = "us-east-1"
	config["max_retries"] = 2
	got, diags := readSettings(schema.TestResourceDataRaw(t, providerSchema(), config), func(name string) string { return environ[name] })
	if diags.HasError() {
		t.Fatal(diags)
	}
	for what, pair := range map[string][2]string{
		"region":          {got.region, "us-east-1"},
		"block":           {got.endpoints["s3"], "http://127.0.0.1:4"},
		"own variable":    {got.endpoints["iam"], "http://127.0.0.1:2"},
		"common variable": {got.endpoints["sts"], "https://127.0.0.1:4566"},
		"attempts":        {fmt.Sprint(got.attempts), "2"},
		"token":           {got.token, "of-the-environment"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	config["access_key"], config["secret_key"] = "other", "other"
	got, _ = readSettings(schema.TestResourceDataRaw(t, providerSchema(), config), func(name string) string { return environ[name] })
	if got.token != "" {
		t.Error("the environment's token must not go with the configuration's keys")
	}
}

// The names of the variables are AWS's, not those of the services' clients.
func TestEachServiceHasItsVariable(t *testing.T) {
	for name, variable := range map[string]string{
		"cloudfront": "CLOUDFRONT", "cloudwatch": "CLOUDWATCH", "iam": "IAM", "lambda": "LAMBDA", "logs": "CLOUDWATCH_LOGS",
		"s3": "S3", "secretsmanager": "SECRETS_MANAGER", "ssm": "SSM", "sts": "STS",
	} {
		environ := usable(map[string]string{"AWS_ENDPOINT_URL_" + variable: "http://127.0.0.1:2", "AWS_MAX_ATTEMPTS": "7"})
		got, diags := readSettings(schema.TestResourceDataRaw(t, providerSchema(), nil), func(name string) string { return environ[name] })
		if diags.HasError() || got.attempts != 7 {
			t.Errorf("%d attempts, %v", got.attempts, diags)
		}
		for _, service := range services() {
			if own := got.endpoints[service.name()] == "http://127.0.0.1:2"; own != (service.name() == name) {
				t.Errorf("with AWS_ENDPOINT_URL_%s %s is called at %s", variable, service.name(), got.endpoints[service.name()])
			}
		}
	}
}

func TestCertificatesAreThoseOfTheBundle(t *testing.T) {
	sts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>`)
	}))
	sts.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that fail
	sts.StartTLS()
	defer sts.Close()
	dir := t.TempDir()
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sts.Certificate().Raw})
	for name, content := range map[string][]byte{"right.pem": bundle, "empty.pem": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct{ argument, variable, want string }{
		"none":                         {"", "", "unknown authority"},
		"variable":                     {"", filepath.Join(dir, "right.pem"), ""},
		"argument, beside the modules": {"right.pem", "", ""},
		"argument before variable":     {"right.pem", "missing.pem", ""},
		"no such file":                 {"", "missing.pem", "read the CA bundle"},
		"no certificate in it":         {"empty.pem", "", "empty.pem holds no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(Options{Dir: dir, Environ: usable(map[string]string{
				"AWS_ENDPOINT_URL": sts.URL, "AWS_CA_BUNDLE": test.variable, "AWS_MAX_ATTEMPTS": "1",
			})})
			defer p.stop()
			config := map[string]any{"custom_ca_bundle": test.argument}
			_, diags := p.configure(t.Context(), schema.TestResourceDataRaw(t, providerSchema(), config))
			if diags.HasError() != (test.want != "") || !strings.Contains(fmt.Sprint(diags), test.want) {
				t.Errorf("want %q, got %v", test.want, diags)
			}
		})
	}
}

func TestAccountIsChecked(t *testing.T) {
	calls := 0
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		_, _ = fmt.Fprint(w, `<GetCallerIdentityResponse><GetCallerIdentityResult>`+
			`<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}))
	defer sts.Close()
	skip := map[string]any{"skip_credentials_validation": true, "skip_requesting_account_id": true}
	for name, test := range map[string]struct {
		config map[string]any
		want   string
		calls  int
	}{
		"any":           {calls: 1},
		"skipped":       {config: skip},
		"allowed":       {config: map[string]any{"allowed_account_ids": []any{"111122223333"}}, calls: 1},
		"not allowed":   {config: map[string]any{"allowed_account_ids": []any{"444455556666"}}, calls: 1, want: "AWS account ID not allowed: 111122223333"},
		"forbidden":     {config: map[string]any{"forbidden_account_ids": []any{"111122223333"}}, calls: 1, want: "AWS account ID not allowed: 111122223333"},
		"not forbidden": {config: map[string]any{"forbidden_account_ids": []any{"444455556666"}}, calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			calls = 0
			p := newProvider(Options{Environ: usable(map[string]string{"AWS_ENDPOINT_URL": sts.URL})})
			defer p.stop()
			_, diags := p.configure(t.Context(), schema.TestResourceDataRaw(t, providerSchema(), test.config))
			if diags.HasError() != (test.want != "") || !strings.Contains(fmt.Sprint(diags), test.want) {
				t.Errorf("want %q, got %v", test.want, diags)
			}
			if calls != test.calls {
				t.Errorf("%d calls of STS, want %d", calls, test.calls)
			}
		})
	}
}

func TestNoConnectionLeavesTheMachine(t *testing.T) {
	for address, allowed := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "192.0.2.1:80": false, "[2001:db8::1]:443": false,
	} {
		if err := onlyLoopback("tcp", address, nil); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

package tests

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"sendform/generator/localcloud"
)

// TestSecondRegion deploys the same into two regions at once, rotates a secret, deletes
// one region again, and finds the other as it was. The values of secrets are in no file
// and in no output of all that.
func TestSecondRegion(t *testing.T) {
	t.Parallel()
	sendform, root := build(t), goldenCopy(t)
	edit(t, filepath.Join(root, "envs", "dev.hcl"), `["eu-west-2"]`, `["eu-west-2", "us-east-1"]`)
	first, second := "canary-of-the-first-value", "canary-of-the-second-value"
	var said bytes.Buffer
	shell := func(wanted int, key, command string) string {
		t.Helper()
		script := `eval "$("$0" --root "$1" cloud --exports dev)"; "$0" --root "$1" ` + command
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script, string(sendform), root)
		cmd.Env = append(os.Environ(), "SENDFORM_TERRAFORM="+findTerraform(t).Path, "SENDFORM_SECRET_API_KEY="+key, "SENDFORM_SECRET_ADMIN_API_KEY="+first+"-admin")
		out, err := cmd.CombinedOutput()
		said.Write(out)
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != wanted {
			t.Fatalf("%s: exit code %d, want %d:\n%s", command, code, wanted, out)
		}
		return string(out)
	}
	sendform.serve(t, root, "127.0.0.1:0")
	if out, code := sendform.run(t, root, nil, "gen"); code != 0 {
		t.Fatalf("gen: exit code %d:\n%s", code, out)
	}
	out := shell(0, first, "apply dev --auto-approve")
	for _, region := range []string{"eu-west-2", "us-east-1"} {
		if !strings.Contains(out, "apply dev/"+region+" passed") {
			t.Errorf("apply does not say that %s passed:\n%s", region, out)
		}
		if got := parameter(t, root, region, "/sgraph-send/dev/api-key"); got != first {
			t.Errorf("%s: the secret is %q", region, got)
		}
	}

	if out, code := sendform.run(t, root, nil, "rotate", "dev", "api-key"); code != 0 || !strings.Contains(out, "secret.api-key has version 2") {
		t.Fatalf("rotate: exit code %d:\n%s", code, out)
	}
	if out := shell(1, "", "apply dev --region eu-west-2 --auto-approve"); !strings.Contains(out, "SENDFORM_SECRET_API_KEY for secret.api-key; nothing was changed") {
		t.Errorf("apply does not name the value that is missing:\n%s", out)
	}
	shell(0, second, "apply dev --region eu-west-2 --auto-approve")
	if got := parameter(t, root, "eu-west-2", "/sgraph-send/dev/api-key"); got != second {
		t.Errorf("after the rotation the secret is %q", got)
	}
	if got := parameter(t, root, "us-east-1", "/sgraph-send/dev/api-key"); got != first {
		t.Errorf("the secret of the other region is %q", got)
	}

	shell(0, "", "destroy dev --region us-east-1 --auto-approve")
	shell(0, "", "verify-deleted dev --region us-east-1")
	shell(0, "", "verify dev --region eu-west-2")

	if bytes.Contains(said.Bytes(), []byte(" warns: ")) {
		t.Errorf("Terraform warns:\n%s", said.String())
	}
	for _, canary := range []string{first, second} {
		if bytes.Contains(said.Bytes(), []byte(canary)) {
			t.Errorf("%s was printed", canary)
		}
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, canary := range []string{first, second} {
			if bytes.Contains(text, []byte(canary)) {
				t.Errorf("%s has %s", path, canary)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// edit replaces a text that must be in a file.
func edit(t *testing.T, file, old, with string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s has no %s", file, old)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte(old), []byte(with), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

// parameter asks the served cloud for the value of a parameter.
func parameter(t *testing.T, root, region, name string) string {
	t.Helper()
	place, err := localcloud.Find(t.Context(), filepath.Join(root, ".sendform", "cloud"))
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	bundle, err := os.ReadFile(place.CAFile())
	if err != nil || !trusted.AppendCertsFromPEM(bundle) {
		t.Fatalf("read %s: %v", place.CAFile(), err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	account := place.RootCredentials("111122223333")
	client := ssm.NewFromConfig(aws.Config{
		Region: region, BaseEndpoint: aws.String(place.URL()), HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider(account.AccessKeyID, account.SecretAccessKey, ""),
	})
	out, err := client.GetParameter(context.WithoutCancel(t.Context()), &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.Parameter.Value)
}

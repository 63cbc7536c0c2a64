package standin_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"sendform/generator/localcloud"
)

const (
	account = "111122223333"
	region  = "eu-west-2"
	bucket  = account + "--standin"
)

// target is a cloud of a test's own, and what leads to it.
type target struct {
	cloud   *localcloud.Cloud
	environ map[string]string
}

func newTarget(t *testing.T) target {
	t.Helper()
	return newTargetIn(t, account)
}

// newTargetIn is a target whose keys speak for that account.
func newTargetIn(t *testing.T, account string) target {
	t.Helper()
	cloud, err := localcloud.Open(t.Context(), localcloud.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	environ := map[string]string{}
	for _, variable := range cloud.Environ(account, region) {
		name, value, _ := strings.Cut(variable, "=")
		environ[name] = value
	}
	return target{cloud: cloud, environ: environ}
}

// config is for AWS's clients of the cloud.
func (t target) config() aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(t.cloud.URL()),
		HTTPClient:   t.cloud.HTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider(
			t.environ["AWS_ACCESS_KEY_ID"], t.environ["AWS_SECRET_ACCESS_KEY"], ""),
	}
}

// configIn is for clients whose keys speak for another account.
func (t target) configIn(account string) aws.Config {
	config, keys := t.config(), t.cloud.RootCredentials(account)
	config.Credentials = credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken)
	return config
}

func zipped(t *testing.T, content string) string {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	file, err := w.Create("bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

package localcloud_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"sendform/generator/localcloud"
)

// lockedBuffer is a log that may be written to from anywhere.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestSecretValuesAppearNowhere(t *testing.T) {
	const canary = "canary-7d1f"
	var log lockedBuffer
	dir := t.TempDir()
	c, err := localcloud.Open(t.Context(), localcloud.Options{
		Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	t.Cleanup(func() {
		if !closed {
			_ = c.Close()
		}
	})
	root := config(c, c.RootCredentials(account))
	parameters, secrets := ssm.NewFromConfig(root), secretsmanager.NewFromConfig(root)
	name := aws.String("s")
	put := &ssm.PutParameterInput{Name: name, Value: aws.String(canary), Type: types.ParameterTypeSecureString}
	if _, err := parameters.PutParameter(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: name, SecretString: aws.String(canary)}); err != nil {
		t.Fatal(err)
	}
	got, err := parameters.GetParameter(t.Context(), &ssm.GetParameterInput{Name: name, WithDecryption: aws.Bool(true)})
	if err != nil || *got.Parameter.Value != canary {
		t.Fatalf("got %+v, %v", got, err)
	}
	secret, err := secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: name})
	if err != nil || *secret.SecretString != canary {
		t.Fatalf("got %+v, %v", secret, err)
	}

	// Nor are they in errors, whoever asks.
	arn := makeRole(t, c, "nobody", trustMe, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	stranger := config(c, assume(t, c, arn))
	_, taken := parameters.PutParameter(t.Context(), put)
	_, denied := ssm.NewFromConfig(stranger).PutParameter(t.Context(), put)
	_, deniedToo := secretsmanager.NewFromConfig(stranger).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: name, SecretString: aws.String(canary)})
	_, exists := secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: name, SecretString: aws.String(canary)})
	for want, err := range map[string]error{
		"ParameterAlreadyExists": taken, "AccessDeniedException": denied, "ResourceExistsException": exists,
	} {
		if code(err) != want || strings.Contains(err.Error(), canary) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if code(deniedToo) != "AccessDeniedException" || strings.Contains(deniedToo.Error(), canary) {
		t.Errorf("got %v", deniedToo)
	}
	if strings.Contains(fmt.Sprintf("%+v", c.Record()), canary) {
		t.Error("a value is in the record")
	}
	closed = true
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), canary) {
		t.Errorf("a value is in the log:\n%s", log.String())
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(canary)) {
			t.Errorf("a value is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

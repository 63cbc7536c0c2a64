package terraform

import (
	"context"
	"errors"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

func TestErrorText(t *testing.T) {
	t.Parallel()
	at := &tfjson.Range{Filename: "main.tf", Start: tfjson.Pos{Line: 7}}
	tests := map[string]struct {
		err  Error
		want string
	}{
		"place and detail": {
			Error{Command: "apply", Diagnostics: []tfjson.Diagnostic{
				{Summary: "creating S3 Bucket", Detail: "BucketAlreadyExists\nTry another name.\n", Address: "aws_s3_bucket.this", Range: at},
			}},
			"terraform apply: creating S3 Bucket\ncreating S3 Bucket (aws_s3_bucket.this, main.tf:7): BucketAlreadyExists\n    Try another name.",
		},
		"summaries first, each once": {
			Error{Command: "apply", Diagnostics: []tfjson.Diagnostic{
				{Summary: "one", Detail: "why", Address: "a.b"}, {Summary: "halted"}, {Summary: "halted"}, {Summary: "one", Detail: "why", Address: "c.d"},
			}},
			"terraform apply: one; halted\none (a.b): why\none (c.d): why",
		},
		"place without detail": {
			Error{Command: "apply", Diagnostics: []tfjson.Diagnostic{{Summary: "creating S3 Bucket: no", Address: "a.b", Range: at}}},
			"terraform apply: a.b: creating S3 Bucket: no",
		},
		"interrupted": {
			Error{Command: "plan", cause: context.Canceled},
			"terraform plan: interrupted",
		},
		"out of time": {
			Error{Command: "plan", cause: context.DeadlineExceeded, Diagnostics: []tfjson.Diagnostic{{Summary: "operation canceled"}}},
			"terraform plan: interrupted; operation canceled",
		},
		"nothing known": {
			Error{Command: "plan"},
			"terraform plan: failed",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.err.Error(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if !errors.Is(&test.err, test.err.cause) && test.err.cause != nil {
				t.Error("the cause is lost")
			}
		})
	}
}

func TestPlainDiagnostic(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stderr          string
		summary, detail string
	}{
		"an error":  {"\nError: Failed to load state\n\nIt is too new.\nUpgrade.\n\n", "Failed to load state", "It is too new.\nUpgrade."},
		"one line":  {"Error: No state\n", "No state", ""},
		"plain":     {"fatal: out of memory\n", "fatal: out of memory", ""},
		"no output": {"\n", "exit status 1", ""},
		"after the CLI configuration's": {
			"There are some problems with the CLI configuration:\n╷\n│ Error: Error parsing .terraformrc\n╵\n\nError: No state\n\nMake one.\n",
			"No state", "Make one.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := plainDiagnostic(test.stderr, errors.New("exit status 1"))
			if got.Summary != test.summary || got.Detail != test.detail {
				t.Errorf("got %q, %q", got.Summary, got.Detail)
			}
		})
	}
}

func TestLockErrorOfS3(t *testing.T) {
	t.Parallel()
	failure := func(detail string) *Error {
		return &Error{Command: "apply", Diagnostics: []tfjson.Diagnostic{
			{Severity: "error", Summary: "Error acquiring the state lock", Detail: detail},
		}}
	}
	const held = "Error message: operation error S3: PutObject, https response error StatusCode: 412, api error PreconditionFailed: held\n" +
		"Lock Info:\n  ID:        0d1b5a67\n  Path:      state-qa/qa/eu-west-2.tfstate\n  Operation: OperationTypeApply\n" +
		"  Who:       dinis@laptop\n  Version:   1.11.4\n  Created:   2026-11-23 09:18:19.229524045 +0000 UTC\n  Info:      \n\n\n" +
		"Terraform acquires a state lock to protect the state from being written\nby multiple users at the same time."

	var lock *LockError
	if err := asLockError(failure(held)); !errors.As(err, &lock) {
		t.Fatalf("got %v", err)
	}
	const want = "terraform apply: the state state-qa/qa/eu-west-2.tfstate is locked by dinis@laptop since 2026-11-23T09:18:19Z (OperationTypeApply, lock 0d1b5a67)"
	if lock.Error() != want {
		t.Errorf("got %s", lock)
	}
	if created := time.Date(2026, 11, 23, 9, 18, 19, 229524045, time.UTC); !lock.Created.Equal(created) {
		t.Errorf("created: %v", lock.Created)
	}

	for _, detail := range []string{
		"Error message: operation error S3: PutObject, api error AccessDenied: no\n\nTerraform acquires a state lock",
		"Error message: broken\nLock Info:\n  ID:        \n  Path:      x\n",
	} {
		if err := asLockError(failure(detail)); errors.As(err, &lock) {
			t.Errorf("taken for a held lock: %s", detail)
		}
	}
}

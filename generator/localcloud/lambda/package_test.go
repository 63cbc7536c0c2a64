package lambda

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
)

// packages are the folders of unpacked code that the cloud has.
func (c *cloud) packages() []string {
	c.Helper()
	found, err := filepath.Glob(filepath.Join(c.dir, "lambda", "packages", "*"))
	if err != nil {
		c.Fatal(err)
	}
	return found
}

func TestUnsafePackages(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "a", "b")
	tests := map[string][]zipFile{
		"parent":                {{"../evil", "x", 0o644}},
		"deep parent":           {{"a/../../evil", "x", 0o644}},
		"absolute":              {{"/evil", "x", 0o644}},
		"backslash":             {{`..\evil`, "x", 0o644}},
		"through a link":        {{"link", outside, 0o777 | os.ModeSymlink}, {"link/evil", "x", 0o644}},
		"through a parent link": {{"link", "../..", 0o777 | os.ModeSymlink}, {"link/evil", "x", 0o644}},
		"over a link":           {{"evil", filepath.Join(outside, "evil"), 0o777 | os.ModeSymlink}, {"evil", "x", 0o644}},
		"twice":                 {{"evil", "x", 0o644}, {"evil", "y", 0o644}},
		"device":                {{"evil", "x", 0o644 | os.ModeDevice}},
		"file as folder":        {{"a", "x", 0o644}, {"a/evil", "x", 0o644}},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			packages, err := openPackages(dir, func(string) (bool, error) { return false, nil }, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := packages.add(bytes.NewReader(zipped(files...))); err == nil || !strings.Contains(err.Error(), "Could not unzip") {
				t.Errorf("got %v", err)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("left %v, error %v", left, err)
			}
			if _, err := os.Stat(filepath.Join(outside, "evil")); err == nil {
				t.Error("a file was written outside")
			}
		})
	}
}

func TestPackageTooLarge(t *testing.T) {
	packages, err := openPackages(t.TempDir(), func(string) (bool, error) { return false, nil }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if packages.limit != 262144000 {
		t.Errorf("limit %d", packages.limit)
	}
	packages.limit = 5000
	half := strings.Repeat("x", 2500)
	fits := zipped(zipFile{"a", half[:2000], 0o644}, zipFile{"b", half[:2000], 0o644})
	if _, err := packages.add(bytes.NewReader(fits)); err != nil {
		t.Error(err)
	}
	for name, zip := range map[string][]byte{
		"zip":       zipped(zipFile{"a", half, 0o644}, zipFile{"b", half + "y", 0o644}),
		"one file":  deflated(5001),
		"two files": deflated(2500, 2501),
	} {
		_, err := packages.add(bytes.NewReader(zip))
		if err == nil || !strings.Contains(err.Error(), "Unzipped size must be smaller than 5000 bytes") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestPackagesAreSharedAndRemoved has two functions of one package: it goes away
// with the second.
func TestPackagesAreSharedAndRemoved(t *testing.T) {
	c := newCloud(t)
	c.objects["code/other.zip"] = zipped(zipFile{"bootstrap", "#!/bin/sh\n", 0o755})
	c.deploy("one")
	c.deploy("two")
	if got := c.packages(); len(got) != 1 {
		t.Fatalf("packages %v", got)
	}
	if _, err := c.client.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{
		FunctionName: aws.String("one"), S3Bucket: aws.String("code"), S3Key: aws.String("other.zip"),
	}); err != nil {
		t.Fatal(err)
	}
	if got := c.packages(); len(got) != 2 {
		t.Errorf("packages %v", got)
	}
	if _, err := c.client.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("two")}); err != nil {
		t.Fatal(err)
	}
	if got := c.packages(); len(got) != 1 {
		t.Errorf("packages %v", got)
	}
}

// TestReopen closes the service and opens it again over what a killed cloud might
// have left behind.
func TestReopen(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	if err := c.service.Close(); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"packages/upload-1", "packages/unpack-1/file", "environments/1/file"} {
		path := filepath.Join(c.dir, "lambda", left)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.service = c.open(c.service.Logs)
	if got := c.packages(); len(got) != 1 {
		t.Errorf("packages %v", got)
	}
	ref := reference{account, region, "probe", ""}
	f, config, err := c.service.find(ref)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.service.execute(t.Context(), f, config, newInvocation("", "", ref, []byte(`{"do":"answer","answer":1}`)))
	if err != nil || string(out.payload) != "1" {
		t.Errorf("got %s, error %v", out.payload, err)
	}
}

package tests

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sendform/generator/localcloud"
)

// client is a program that is led to a local cloud by nothing but the variables that
// its makers document, in a folder of its own.
type client struct {
	program string
	dir     string
	environ []string
	cloud   *localcloud.Cloud
}

// newClient starts a cloud for a program.
func newClient(t *testing.T, program string) client {
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
	root := cloud.RootCredentials("111122223333")
	return client{program: program, dir: t.TempDir(), cloud: cloud, environ: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
		// What a developer has set up for an account in AWS stays out.
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_ENDPOINT_URL=" + cloud.URL(), "AWS_CA_BUNDLE=" + cloud.CAFile(),
		"AWS_ACCESS_KEY_ID=" + root.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + root.SecretAccessKey,
		"AWS_DEFAULT_REGION=eu-west-2", "AWS_EC2_METADATA_DISABLED=true",
		"HTTPS_PROXY=" + strings.Replace(cloud.URL(), "https://", "http://", 1),
		"AWS_PAGER=", "PYTHONIOENCODING=utf-8",
	}}
}

// run runs the program and returns all that it printed, and whether it ended well.
func (c client) run(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.program, args...)
	cmd.Dir, cmd.Env = c.dir, c.environ
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out)), err == nil
}

// write puts a file into the folder that the program runs in.
func (c client) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writePackage puts a function in Python into the folder: it greets who the event names.
func (c client) writePackage(t *testing.T, name string) {
	t.Helper()
	var text strings.Builder
	w := zip.NewWriter(&text)
	file, err := w.Create("main.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("def handle(event, context):\n    print('greeting', event['name'])\n    return 'hello ' + event['name']\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c.write(t, name, text.String())
}

// needPython skips the test where no function in Python can run.
func needPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("this machine has no python3, which functions in Python run on")
	}
}

// TestBoto3 works in a local cloud by AWS's SDK for Python.
func TestBoto3(t *testing.T) {
	t.Parallel()
	python, found := pythonWith(t, "boto3")
	if !found {
		t.Skip("no Python of this machine has boto3")
	}
	c := newClient(t, python)
	c.writePackage(t, "package.zip")
	if out, well := c.run(t, filepath.Join(repository(t), "tests", "testdata", "clients.py"), "package.zip"); !well {
		t.Error(out)
	}
}

// pythonWith finds a Python that has a package, also among the versions that pyenv keeps.
func pythonWith(t *testing.T, name string) (python string, found bool) {
	t.Helper()
	candidates := []string{"python3"}
	if home, err := os.UserHomeDir(); err == nil {
		versions, err := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", "bin", "python3"))
		if err != nil {
			t.Fatal(err)
		}
		candidates = append(candidates, versions...)
	}
	const has = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
	for _, python := range candidates {
		if exec.CommandContext(t.Context(), python, "-c", has, name).Run() == nil {
			return python, true
		}
	}
	return "", false
}

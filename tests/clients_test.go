package tests

import (
	"archive/zip"
	"io"
	"net/http"
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

// step is a command line, in words without blanks in them, and a part of what it must
// print.
type step struct {
	command, want string
	fails         bool
}

// findAWSCLI skips the test where there is none.
func findAWSCLI(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("this machine has no AWS CLI")
	}
	return program
}

// needPython skips the test where no function in Python can run.
func needPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("this machine has no python3, which functions in Python run on")
	}
}

// TestAWSCLI works in a local cloud by the AWS CLI.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	program := findAWSCLI(t)
	sections := map[string][]step{
		"identity": {
			{command: "sts get-caller-identity --query Arn --output text", want: "arn:aws:iam::111122223333:root"},
			{command: "iam create-role --role-name cli --assume-role-policy-document file://trust.json", want: "arn:aws:iam::111122223333:role/cli"},
			{command: "iam put-role-policy --role-name cli --policy-name p --policy-document file://policy.json"},
			{command: "iam get-role-policy --role-name cli --policy-name p", want: "logs:PutLogEvents"},
			{command: "iam create-role --role-name cli --assume-role-policy-document file://trust.json", want: "(EntityAlreadyExists)", fails: true},
			{command: "iam create-group --group-name g", want: "(NotImplemented)", fails: true},
		},
		"s3": {
			{command: "s3 mb s3://cli", want: "make_bucket: cli"},
			{command: "s3 cp file.txt s3://cli/dir/file.txt", want: "upload: ./file.txt to s3://cli/dir/file.txt"},
			{command: "s3 ls s3://cli/dir/", want: "5 file.txt"},
			{command: "s3 cp s3://cli/dir/file.txt -", want: "hello"},
			{command: "s3 cp s3://cli/dir/file.txt s3://cli/copy.txt", want: "copy: s3://cli/dir/file.txt to s3://cli/copy.txt"},
			{command: "s3 cp large.bin s3://cli/large.bin --only-show-errors"},
			{command: "s3api head-object --bucket cli --key large.bin --query ETag", want: `-2\""`},
			{command: "s3 sync tree s3://cli/tree", want: "upload: tree/b/2.txt to s3://cli/tree/b/2.txt"},
			{command: "s3 sync s3://cli/tree back", want: "download: s3://cli/tree/a 1.txt to back/a 1.txt"},
			{command: "s3 ls s3://cli --recursive --summarize", want: "Total Objects: 5"},
			{command: "s3api get-object --bucket cli --key none out", want: "(NoSuchKey)", fails: true},
			{command: "s3 mv s3://cli/copy.txt s3://cli/moved.txt", want: "move: s3://cli/copy.txt to s3://cli/moved.txt"},
			{command: "s3 rb s3://cli --force", want: "remove_bucket: cli"},
		},
		"secrets": {
			{command: "ssm put-parameter --name /cli/p --value v --type SecureString", want: `"Version": 1`},
			{command: "ssm get-parameter --name /cli/p --with-decryption --query Parameter.Value --output text", want: "v"},
			{command: "ssm get-parameters-by-path --path /cli --query Parameters[].Name --output text", want: "/cli/p"},
			{command: "ssm get-parameter --name /cli/none", want: "(ParameterNotFound)", fails: true},
			{command: "secretsmanager create-secret --name cli --secret-string s", want: "secret:cli-"},
			{command: "secretsmanager get-secret-value --secret-id cli --query SecretString --output text", want: "s"},
			{command: "secretsmanager delete-secret --secret-id cli --force-delete-without-recovery", want: "DeletionDate"},
			{command: "secretsmanager describe-secret --secret-id cli", want: "(ResourceNotFoundException)", fails: true},
		},
		"functions": {
			{command: "iam create-role --role-name runs --assume-role-policy-document file://trust.json --query Role.Arn", want: "role/runs"},
			{command: "iam put-role-policy --role-name runs --policy-name p --policy-document file://policy.json"},
			{command: "lambda create-function --function-name cli --runtime python3.12 --handler main.handle --role arn:aws:iam::111122223333:role/runs --zip-file fileb://package.zip", want: "function:cli"},
			{command: "lambda wait function-active-v2 --function-name cli"},
			{command: "lambda invoke --function-name cli --payload fileb://event.json out.json", want: `"StatusCode": 200`},
			{command: "lambda invoke --function-name none out.json", want: "(ResourceNotFoundException)", fails: true},
			{command: "logs filter-log-events --log-group-name /aws/lambda/cli --query events[].message --output text", want: "greeting cli"},
			{command: "logs tail /aws/lambda/cli --format short", want: "greeting cli"},
		},
		"distributions": {
			{command: "cloudfront list-distributions --no-paginate --query DistributionList.Quantity", want: "0"},
			{command: "cloudfront list-cache-policies --type managed --query CachePolicyList.Items[].CachePolicy.CachePolicyConfig.Name --output text", want: "Managed-CachingDisabled"},
			{command: "cloudfront get-distribution --id E1", want: "(NoSuchDistribution)", fails: true},
		},
	}
	for name, steps := range sections {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "functions" {
				needPython(t)
			}
			c := newClient(t, program)
			c.writeInputs(t)
			for _, s := range steps {
				out, well := c.run(t, strings.Fields(s.command)...)
				if strings.Contains(out, "Invalid choice") || strings.Contains(out, "argument subcommand: Invalid") {
					t.Logf("aws %s: this version of the AWS CLI does not have it", s.command)
					continue
				}
				if well == s.fails || !strings.Contains(out, s.want) {
					t.Fatalf("aws %s: ended well: %v; want %q in\n%s", s.command, well, s.want, out)
				}
			}
		})
	}
}

// writeInputs writes the files that the command lines name.
func (c client) writeInputs(t *testing.T) {
	t.Helper()
	for name, text := range map[string]string{
		"file.txt":     "hello",
		"tree/a 1.txt": "1",
		"tree/b/2.txt": "2",
		"large.bin":    strings.Repeat("0123456789abcdef", 9<<16),
		"event.json":   `{"name":"cli"}`,
		"trust.json":   `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`,
		"policy.json":  `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}}`,
	} {
		c.write(t, name, text)
	}
	c.writePackage(t, "package.zip")
}

// TestAWSCLIPresigns fetches by a link that the AWS CLI has made.
func TestAWSCLIPresigns(t *testing.T) {
	t.Parallel()
	c := newClient(t, findAWSCLI(t))
	c.writeInputs(t)
	for _, command := range []string{"s3 mb s3://cli", "s3 cp file.txt s3://cli/file.txt"} {
		if out, well := c.run(t, strings.Fields(command)...); !well {
			t.Fatalf("aws %s:\n%s", command, out)
		}
	}
	link, well := c.run(t, "s3", "presign", "s3://cli/file.txt", "--expires-in", "60")
	if !well {
		t.Fatal(link)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.cloud.HTTPClient().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || string(got) != "hello" {
		t.Errorf("%s: %s\n%s%v", link, answer.Status, got, err)
	}
}

// TestBoto3 works in a local cloud by AWS's SDK for Python.
func TestBoto3(t *testing.T) {
	t.Parallel()
	c := newClient(t, findBoto3(t))
	c.writePackage(t, "package.zip")
	if out, well := c.run(t, filepath.Join(repository(t), "tests", "testdata", "clients.py"), "package.zip"); !well {
		t.Error(out)
	}
}

// findBoto3 finds a Python that has boto3, also among the versions that pyenv keeps. It
// skips the test where there is none.
func findBoto3(t *testing.T) string {
	t.Helper()
	candidates := []string{"python3"}
	if home, err := os.UserHomeDir(); err == nil {
		versions, err := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", "bin", "python3"))
		if err != nil {
			t.Fatal(err)
		}
		candidates = append(candidates, versions...)
	}
	for _, python := range candidates {
		if exec.CommandContext(t.Context(), python, "-c", "import boto3").Run() == nil {
			return python
		}
	}
	t.Skip("no Python of this machine has boto3")
	return ""
}

package tests

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// awsCLI is the AWS CLI in a client's folder.
type awsCLI struct {
	client
	// Where the AWS CLI is a Python package, one process runs all of its command lines:
	// in takes them and out answers. Else program runs each.
	in  io.Writer
	out *bufio.Reader
}

// newAWSCLI skips the test where there is none.
func newAWSCLI(t *testing.T) awsCLI {
	t.Helper()
	python, found := pythonWith(t, "awscli")
	if !found {
		program, err := exec.LookPath("aws")
		if err != nil {
			t.Skip("this machine has no AWS CLI")
		}
		return awsCLI{client: newClient(t, program)}
	}
	c := awsCLI{client: newClient(t, python)}
	cmd := exec.Command(python, filepath.Join(repository(t), "tests", "testdata", "command_lines.py"))
	cmd.Dir, cmd.Env, cmd.Stderr = c.dir, c.environ, t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // its input's end is its end
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the AWS CLI's process: %v", err)
		}
	})
	c.in, c.out = in, bufio.NewReader(out)
	return c
}

// aws runs a command line and returns all that it printed, and whether it ended well.
func (c awsCLI) aws(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	if c.in == nil {
		return c.run(t, args...)
	}
	if err := json.NewEncoder(c.in).Encode(args); err != nil {
		t.Fatal(err)
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	var answer struct {
		Code   int
		Output string
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(answer.Output), answer.Code == 0
}

// step is a command line, in words without blanks in them, and a part of what it must
// print.
type step struct {
	command, want string
	fails         bool
}

// TestAWSCLI works in a local cloud by the AWS CLI.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	c := newAWSCLI(t)
	c.writeInputs(t)
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
			// The account stands in front of the host, which only the proxy finds.
			{command: "s3 mb s3://tagged"},
			{command: "s3control tag-resource --account-id 111122223333 --resource-arn arn:aws:s3:::tagged --tags Key=a,Value=b"},
			{command: "s3control list-tags-for-resource --account-id 111122223333 --resource-arn arn:aws:s3:::tagged", want: `"Value": "b"`},
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
			if name == "functions" {
				needPython(t)
			}
			for _, s := range steps {
				out, well := c.aws(t, strings.Fields(s.command)...)
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
	t.Run("links", c.presigns)
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

// presigns fetches by a link that the AWS CLI has made.
func (c awsCLI) presigns(t *testing.T) {
	for _, command := range []string{"s3 mb s3://links", "s3 cp file.txt s3://links/file.txt"} {
		if out, well := c.aws(t, strings.Fields(command)...); !well {
			t.Fatalf("aws %s:\n%s", command, out)
		}
	}
	link, well := c.aws(t, "s3", "presign", "s3://links/file.txt", "--expires-in", "60")
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

package localcloud_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"sendform/generator/localcloud"
)

var update = flag.Bool("update", false, "write the table of calls into docs/local-cloud.md")

// reference has the calls that version 5.46 of the registry provider was seen to make.
const reference = "../../../shared/reference/provider-5.46-api-calls.md"

// callsOfProvider6 are those that version 6 of the registry provider makes besides,
// for the resource types that the modules use and what their attributes read. The
// notation is that of the reference.
const callsOfProvider6 = `
1 s3             GET /v20180820/tags/{arn}                                               200
1 s3             POST /v20180820/tags/{arn}                                              204
1 s3             DELETE /v20180820/tags/{arn}?tagKeys                                    204
1 s3             GET /{bucket}?policyStatus                                              200
1 s3             GET /{bucket}?location                                                  200
1 s3             GET /{bucket}?list-type=2                                               200
1 s3             GET /{bucket}?notification                                              200
1 s3             POST /{bucket}?delete                                                   200
1 s3             PUT /{bucket}?policy                                                    204
1 s3             DELETE /{bucket}?policy                                                 204
1 s3             PUT /{bucket}?logging                                                   200
1 s3             GET /{bucket}/{key}?attributes                                          200
1 lambda         GET /2024-08-31/functions/{function}/recursion-config                   200
1 lambda         GET /2021-10-31/functions/{function}/urls                               200
1 lambda         PUT /2021-10-31/functions/{function}/url                                200
1 lambda         GET /2019-09-30/functions/{function}/concurrency                        200
1 lambda         PUT /2017-10-31/functions/{function}/concurrency                        200
1 lambda         DELETE /2017-10-31/functions/{function}/concurrency                     204
1 lambda         GET /2019-09-30/functions/{function}/provisioned-concurrency?Qualifier  404
1 lambda         GET /2021-07-20/functions/{function}/runtime-management-config          200
1 lambda         GET /2019-09-25/functions/{function}/event-invoke-config                200
1 lambda         PUT /2015-03-31/functions/{function}/configuration                      200
1 lambda         GET /2015-03-31/functions/{function}/configuration                      200
1 lambda         PUT /2015-03-31/functions/{function}/code                               200
1 lambda         POST /2015-03-31/functions/{function}/versions                          201
1 lambda         PUT /2015-03-31/functions/{function}/aliases/{alias}                    200
1 lambda         GET /2018-10-31/layers/{layer}/versions                                 200
1 lambda         GET /2018-10-31/layers/{layer}/versions/1/policy                        200
1 lambda         GET /2017-03-31/tags/{arn}                                              200
1 lambda         POST /2017-03-31/tags/{arn}                                             204
1 lambda         DELETE /2017-03-31/tags/{arn}?tagKeys                                   204
1 logs           Logs_20140328.ListTagsForResource                                       200
1 logs           Logs_20140328.TagResource                                               200
1 logs           Logs_20140328.UntagResource                                             200
1 logs           Logs_20140328.DeleteRetentionPolicy                                     200
1 logs           Logs_20140328.PutLogGroupDeletionProtection                             200
1 iam            ListRoleTags                                                            200
1 iam            ListPolicyTags                                                          200
1 iam            TagRole                                                                 200
1 iam            UntagRole                                                               200
1 iam            UpdateRole                                                              200
1 iam            UpdateRoleDescription                                                   200
1 iam            UpdateAssumeRolePolicy                                                  200
1 iam            PutRolePermissionsBoundary                                              200
1 iam            DeleteRolePermissionsBoundary                                           200
1 iam            CreatePolicyVersion                                                     200
1 iam            DeletePolicyVersion                                                     200
1 iam            CreateOpenIDConnectProvider                                             200
1 iam            GetOpenIDConnectProvider                                                200
1 iam            ListOpenIDConnectProviders                                              200
1 iam            UpdateOpenIDConnectProviderThumbprint                                   200
1 iam            AddClientIDToOpenIDConnectProvider                                      200
1 iam            RemoveClientIDFromOpenIDConnectProvider                                 200
1 iam            TagOpenIDConnectProvider                                                200
1 iam            UntagOpenIDConnectProvider                                              200
1 iam            DeleteOpenIDConnectProvider                                             200
1 iam            ListAccountAliases                                                      200
1 sts            AssumeRole                                                              200
1 sts            AssumeRoleWithWebIdentity                                               200
1 cloudfront     POST /2020-05-31/function                                               201
1 cloudfront     GET /2020-05-31/function/{name}                                         200
1 cloudfront     GET /2020-05-31/function/{name}/describe                                200
1 cloudfront     PUT /2020-05-31/function/{name}                                         200
1 cloudfront     POST /2020-05-31/function/{name}/publish                                200
1 cloudfront     DELETE /2020-05-31/function/{name}                                      204
1 cloudfront     POST /2020-05-31/cache-policy                                           201
1 cloudfront     GET /2020-05-31/cache-policy                                            200
1 cloudfront     GET /2020-05-31/cache-policy/{id}                                       200
1 cloudfront     PUT /2020-05-31/cache-policy/{id}                                       200
1 cloudfront     DELETE /2020-05-31/cache-policy/{id}                                    204
1 cloudfront     GET /2020-05-31/origin-request-policy                                   200
1 cloudfront     GET /2020-05-31/origin-request-policy/{id}                              200
1 cloudfront     POST /2020-05-31/response-headers-policy                                201
1 cloudfront     GET /2020-05-31/response-headers-policy                                 200
1 cloudfront     GET /2020-05-31/response-headers-policy/{id}                            200
1 cloudfront     PUT /2020-05-31/response-headers-policy/{id}                            200
1 cloudfront     DELETE /2020-05-31/response-headers-policy/{id}                         204
1 cloudfront     PUT /2020-05-31/origin-access-control/{id}/config                       200
1 cloudfront     POST /2020-05-31/tagging?Operation=Tag&Resource                         204
1 cloudfront     POST /2020-05-31/tagging?Operation=Untag&Resource                       204
1 cloudfront     POST /2020-05-31/distribution/{id}/invalidation                         201
1 secretsmanager secretsmanager.ListSecretVersionIds                                     200
1 secretsmanager secretsmanager.UpdateSecret                                             200
1 secretsmanager secretsmanager.UpdateSecretVersionStage                                 200
1 secretsmanager secretsmanager.PutResourcePolicy                                        200
1 secretsmanager secretsmanager.DeleteResourcePolicy                                     200
1 secretsmanager secretsmanager.ValidateResourcePolicy                                   200
1 secretsmanager secretsmanager.TagResource                                              200
1 secretsmanager secretsmanager.UntagResource                                            200
1 ssm            AmazonSSM.AddTagsToResource                                             200
1 ssm            AmazonSSM.RemoveTagsFromResource                                        200
`

// TestProviderCalls sends every call of the registry provider. What comes of it does
// not matter here, as long as the cloud has the call.
func TestProviderCalls(t *testing.T) {
	c := open(t, t.TempDir())
	t.Run("6", func(t *testing.T) { sendAll(t, c, callsOfProvider6) })
	t.Run("5.46", func(t *testing.T) {
		seen, err := os.ReadFile(reference)
		if errors.Is(err, fs.ErrNotExist) {
			t.Skip("the record of the calls of provider 5.46 is not beside this repository")
		}
		if err != nil {
			t.Fatal(err)
		}
		sendAll(t, c, string(seen))
	})
}

func sendAll(t *testing.T, c *localcloud.Cloud, list string) {
	t.Helper()
	sent := 0
	for line := range strings.Lines(list) {
		// times, service, operation, status; an operation of REST is two words.
		words := strings.Fields(line)
		if len(words) < 4 || strings.Trim(words[0], "0123456789") != "" {
			continue
		}
		service, operation := words[1], strings.Join(words[2:len(words)-1], " ")
		sent++
		if status, body := send(t, c, c.URL(), service, operation); status == http.StatusNotImplemented {
			t.Errorf("%s %s: %s", service, operation, body)
		}
	}
	if sent < 80 {
		t.Errorf("only %d calls were found", sent)
	}
}

// TestControlUnderItsHost uses the host name that S3 Control has in AWS, and the one
// that SDKs make of the endpoint.
func TestControlUnderItsHost(t *testing.T) {
	c := open(t, t.TempDir())
	makeBucket(t, c, "box")
	for _, host := range []string{"s3-control." + region + ".amazonaws.com", strings.TrimPrefix(c.URL(), "https://")} {
		status, body := send(t, c, "https://"+account+"."+host, "s3", "GET /v20180820/tags/arn:aws:s3:::box")
		if status != http.StatusOK || !strings.Contains(body, "ListTagsForResourceResult") {
			t.Errorf("%s: got %d %s", host, status, body)
		}
	}
}

// send makes a call as the list names it: by method and path, by its target, or by
// its action.
func send(t *testing.T, c *localcloud.Cloud, endpoint, service, operation string) (status int, body string) {
	t.Helper()
	method, path, isREST := strings.Cut(operation, " ")
	header, content := http.Header{}, ""
	switch {
	case isREST:
		path = strings.NewReplacer("{arn}", "arn:aws:lambda:eu-west-2:111122223333:function:f", "{", "", "}", "").Replace(path)
	case strings.Contains(operation, "."):
		method, path, content = http.MethodPost, "/", "{}"
		header.Set("X-Amz-Target", operation)
		header.Set("Content-Type", "application/x-amz-json-1.1")
	default:
		method, path, content = http.MethodPost, "/", "Action="+operation+"&Version=1"
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r, err := http.NewRequestWithContext(t.Context(), method, endpoint+path, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	if strings.HasPrefix(path, "/v20180820/") {
		r.Header.Set("X-Amz-Account-Id", account)
	}
	who := c.RootCredentials(account)
	hash := sha256.Sum256([]byte(content))
	payload := hex.EncodeToString(hash[:])
	r.Header.Set("X-Amz-Content-Sha256", payload)
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: who.AccessKeyID, SecretAccessKey: who.SecretAccessKey},
		r, payload, service, region, time.Now(), func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.HTTPClient().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(said), "SignatureDoesNotMatch") {
		t.Errorf("%s %s: the request did not reach its service: %s", service, operation, said)
	}
	return answer.StatusCode, string(said)
}

// TestCallsInDocuments holds the section Calls of docs/local-cloud.md against what the
// services list; -update writes it.
func TestCallsInDocuments(t *testing.T) {
	const (
		file    = "../../docs/local-cloud.md"
		heading = "\n## Calls\n"
	)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, section, found := strings.Cut(string(text), heading)
	if !found {
		t.Fatalf("%s has no section %q", file, strings.TrimSpace(heading))
	}
	after := ""
	if next := strings.Index(section, "\n## "); next >= 0 {
		after = section[next:]
	}
	want := before + heading + callsSection() + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s does not have the calls that there are: go test ./generator/localcloud -run TestCallsInDocuments -update", file)
	}
	if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func callsSection() string {
	var all, limited strings.Builder
	for _, service := range offers(aws.Config{}) {
		var names []string
		for _, call := range service.calls {
			names = append(names, call.Name)
			if call.Limits != "" {
				fmt.Fprintf(&limited, "| %s | %s | %s |\n", service.name, call.Name, call.Limits)
			}
		}
		fmt.Fprintf(&all, "| %s | %s |\n", service.name, strings.Join(names, ", "))
	}
	return `
These calls are answered as AWS answers them. Any other gets status 501 and an error that names the call; so does a call with a setting that the cloud does not have, rather than losing the setting.

| service | calls |
| --- | --- |
` + all.String() + `
Where a call does less than in AWS:

| service | call | here |
| --- | --- | --- |
` + limited.String()
}

package localcloud_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"sendform/generator/localcloud"
	"sendform/generator/localcloud/identity"
	"sendform/generator/sdkhttp"
)

const (
	account = "111122223333"
	region  = "eu-west-2"
)

func open(t testing.TB, dir string) *localcloud.Cloud {
	t.Helper()
	c, err := localcloud.Open(t.Context(), localcloud.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func config(c *localcloud.Cloud, who identity.Credentials) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(c.URL()), HTTPClient: c.HTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider(who.AccessKeyID, who.SecretAccessKey, who.SessionToken),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func s3Client(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

// makeRole makes a role that everybody of the account may assume if its own
// policies say so, and that may do what the policy says.
func makeRole(t testing.TB, c *localcloud.Cloud, name, trust, policy string) string {
	t.Helper()
	client := iam.NewFromConfig(config(c, c.RootCredentials(account)))
	out, err := client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("p"), PolicyDocument: &policy}); err != nil {
		t.Fatal(err)
	}
	return *out.Role.Arn
}

func assume(t *testing.T, c *localcloud.Cloud, arn string) identity.Credentials {
	t.Helper()
	out, err := sts.NewFromConfig(config(c, c.RootCredentials(account))).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("test")})
	if err != nil {
		t.Fatal(err)
	}
	return identity.Credentials{AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken}
}

const trustMe = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}}`

func makeBucket(t testing.TB, c *localcloud.Cloud, name string) *s3.Client {
	t.Helper()
	client := s3Client(config(c, c.RootCredentials(account)))
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func put(ctx context.Context, client *s3.Client, bucket, key string) error {
	_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")})
	return err
}

func TestRoleMayDoWhatItsPoliciesSay(t *testing.T) {
	c := open(t, t.TempDir())
	makeBucket(t, c, "box")
	arn := makeRole(t, c, "writer", trustMe, `{"Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::box/mine/*"}}`)
	client := s3Client(config(c, assume(t, c, arn)))
	if err := put(t.Context(), client, "box", "mine/a"); err != nil {
		t.Errorf("an allowed call: %v", err)
	}
	if err := put(t.Context(), client, "box", "yours/a"); code(err) != "AccessDenied" {
		t.Errorf("a call that nothing allows: %v", err)
	}
	// Taking the policy away counts at once, with the same credentials.
	if _, err := iam.NewFromConfig(config(c, c.RootCredentials(account))).DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{
		RoleName: aws.String("writer"), PolicyName: aws.String("p"),
	}); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), client, "box", "mine/b"); code(err) != "AccessDenied" {
		t.Errorf("after the policy is gone: %v", err)
	}
}

// TestWhatIsMissingIsForThoseWhoMayList reads objects that are there and that are not, as
// somebody who may list the bucket and as somebody who may not.
func TestWhatIsMissingIsForThoseWhoMayList(t *testing.T) {
	c := open(t, t.TempDir())
	makeBucket(t, c, "box")
	if err := put(t.Context(), s3Client(config(c, c.RootCredentials(account))), "box", "there"); err != nil {
		t.Fatal(err)
	}
	read := `{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectAttributes"],"Resource":"arn:aws:s3:::box/*"}`
	list := `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::box"}`
	for name, test := range map[string]struct{ policy, get, head string }{
		"reader": {read, "AccessDenied", "Forbidden"},
		"lister": {read + "," + list, "NoSuchKey", "NotFound"},
	} {
		arn := makeRole(t, c, name, trustMe, `{"Statement":[`+test.policy+`]}`)
		client := s3Client(config(c, assume(t, c, arn)))
		if _, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("there")}); err != nil {
			t.Errorf("%s: what is there: %v", name, err)
		}
		_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("missing")})
		if code(err) != test.get {
			t.Errorf("%s: get what is missing: %v, want %s", name, err, test.get)
		}
		_, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("box"), Key: aws.String("missing")})
		if code(err) != test.head {
			t.Errorf("%s: ask for what is missing: %v, want %s", name, err, test.head)
		}
	}
}

func TestWhoAmI(t *testing.T) {
	c := open(t, t.TempDir())
	arn := makeRole(t, c, "user", trustMe, `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	for want, who := range map[string]identity.Credentials{
		"arn:aws:iam::" + account + ":root":                   c.RootCredentials(account),
		"arn:aws:sts::" + account + ":assumed-role/user/test": assume(t, c, arn),
	} {
		out, err := sts.NewFromConfig(config(c, who)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil {
			t.Fatal(err)
		}
		if *out.Arn != want || *out.Account != account {
			t.Errorf("got %s in %s, want %s", *out.Arn, *out.Account, want)
		}
	}
	other := c.RootCredentials("999999999999")
	_, err := sts.NewFromConfig(config(c, other)).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("test")})
	if code(err) != "AccessDenied" {
		t.Errorf("another account: %v", err)
	}
	missing := "arn:aws:iam::" + account + ":role/nobody"
	_, err = sts.NewFromConfig(config(c, c.RootCredentials(account))).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &missing, RoleSessionName: aws.String("test")})
	if code(err) != "AccessDenied" {
		t.Errorf("a role that is not there: %v", err)
	}
}

func TestSignaturesAreVerified(t *testing.T) {
	c := open(t, t.TempDir())
	good := c.RootCredentials(account)
	arn := makeRole(t, c, "user", trustMe, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	session := assume(t, c, arn)
	tests := map[string]struct {
		who          identity.Credentials
		iam, s3Codes string
	}{
		"wrong secret":  {identity.Credentials{AccessKeyID: good.AccessKeyID, SecretAccessKey: "wrong"}, "SignatureDoesNotMatch", "SignatureDoesNotMatch"},
		"unknown key":   {identity.Credentials{AccessKeyID: "AKIAUNKNOWN", SecretAccessKey: good.SecretAccessKey}, "InvalidClientTokenId", "InvalidAccessKeyId"},
		"no token":      {identity.Credentials{AccessKeyID: session.AccessKeyID, SecretAccessKey: session.SecretAccessKey}, "InvalidClientTokenId", "InvalidAccessKeyId"},
		"forged token":  {identity.Credentials{AccessKeyID: session.AccessKeyID, SecretAccessKey: session.SecretAccessKey, SessionToken: "x" + session.SessionToken}, "InvalidClientTokenId", "InvalidAccessKeyId"},
		"another's key": {identity.Credentials{AccessKeyID: c.RootCredentials("999999999999").AccessKeyID, SecretAccessKey: good.SecretAccessKey}, "SignatureDoesNotMatch", "SignatureDoesNotMatch"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := iam.NewFromConfig(config(c, test.who)).ListRoles(t.Context(), &iam.ListRolesInput{})
			if code(err) != test.iam {
				t.Errorf("iam: got %v, want %s", err, test.iam)
			}
			_, err = s3Client(config(c, test.who)).ListBuckets(t.Context(), &s3.ListBucketsInput{})
			if code(err) != test.s3Codes {
				t.Errorf("s3: got %v, want %s", err, test.s3Codes)
			}
		})
	}
}

func TestPresignedURLs(t *testing.T) {
	c := open(t, t.TempDir())
	client := makeBucket(t, c, "box")
	if err := put(t.Context(), client, "box", "a b+c"); err != nil {
		t.Fatal(err)
	}
	signed, err := s3.NewPresignClient(client).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("a b+c")})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, c.HTTPClient(), signed.URL); status != http.StatusOK || body != "x" {
		t.Errorf("got %d %s", status, body)
	}
	if status, _ := get(t, c.HTTPClient(), strings.Replace(signed.URL, "X-Amz-Expires=900", "X-Amz-Expires=901", 1)); status != http.StatusForbidden {
		t.Errorf("with another expiry: %d", status)
	}
	unsigned, _, _ := strings.Cut(signed.URL, "?")
	if status, _ := get(t, c.HTTPClient(), unsigned); status != http.StatusForbidden {
		t.Errorf("without a signature: %d", status)
	}
}

func get(t *testing.T, client *http.Client, address string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestExpiredCredentials moves the cloud's clock.
func TestExpiredCredentials(t *testing.T) {
	now := time.Now()
	c, err := localcloud.Open(t.Context(), localcloud.Options{Dir: t.TempDir(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	arn := makeRole(t, c, "user", trustMe, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	session := assume(t, c, arn)
	now = now.Add(61 * time.Minute)
	if _, err := iam.NewFromConfig(config(c, session)).ListRoles(t.Context(), &iam.ListRolesInput{}); code(err) != "ExpiredToken" {
		t.Errorf("an hour later: %v", err)
	}
	// Root credentials do not expire, but what they signed an hour ago does.
	if _, err := s3Client(config(c, c.RootCredentials(account))).ListBuckets(t.Context(), &s3.ListBucketsInput{}); code(err) != "RequestTimeTooSkewed" {
		t.Errorf("a client whose clock is slow: %v", err)
	}
}

func TestTLSOnlyBucket(t *testing.T) {
	c := open(t, t.TempDir())
	client := makeBucket(t, c, "box")
	policy := `{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::box","arn:aws:s3:::box/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}}`
	if _, err := client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("box"), Policy: &policy}); err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), client, "box", "a"); err != nil {
		t.Errorf("over TLS: %v", err)
	}
	plain := config(c, c.RootCredentials(account))
	plain.BaseEndpoint = aws.String(strings.Replace(c.URL(), "https://", "http://", 1))
	_, err := s3Client(plain).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("a")})
	if code(err) != "AccessDenied" {
		t.Errorf("in the clear: %v", err)
	}
}

func TestHostsAreServedUnderTheirNames(t *testing.T) {
	c := open(t, t.TempDir())
	makeBucket(t, c, "box")
	cfg := config(c, c.RootCredentials(account))
	cfg.BaseEndpoint = nil // AWS's own host names, virtual-hosted buckets
	if err := put(t.Context(), s3.NewFromConfig(cfg), "box", "a"); err != nil {
		t.Errorf("bucket as a host: %v", err)
	}
	if _, err := iam.NewFromConfig(cfg).ListRoles(t.Context(), &iam.ListRolesInput{}); err != nil {
		t.Errorf("iam.amazonaws.com: %v", err)
	}
	if status, _ := get(t, c.HTTPClient(), "https://abcdefghijklmnopqrstuvwxyz234567.lambda-url.eu-west-2.on.aws/"); status != http.StatusForbidden {
		t.Errorf("a function URL that nobody has: %d", status)
	}
	if _, err := c.HTTPClient().Get("https://example.com/"); err == nil || !strings.Contains(err.Error(), "example.com is no host of the local cloud") {
		t.Errorf("a host that is not AWS's: %v", err)
	}
}

func TestProxyLeadsToTheCloudAndNowhereElse(t *testing.T) {
	c := open(t, t.TempDir())
	proxy, err := url.Parse(strings.Replace(c.URL(), "https://", "http://", 1))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: c.HTTPClient().Transport.(sdkhttp.Transport).TLSClientConfig}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	if status, _ := get(t, client, "https://x.lambda-url.eu-west-2.on.aws/"); status != http.StatusForbidden {
		t.Errorf("a function URL that nobody has: %d", status)
	}
	address := strings.TrimPrefix(c.URL(), "https://")
	if status, _ := get(t, client, "https://"+account+"."+address+"/"); status != http.StatusForbidden {
		t.Errorf("the endpoint with an account in front of it: %d", status)
	}
	for _, host := range []string{"example.com", "box." + address, account + ".example.com"} {
		if _, err := client.Get("https://" + host + "/"); err == nil || !strings.Contains(err.Error(), "Forbidden") {
			t.Errorf("%s, which is not AWS's: %v", host, err)
		}
	}
}

func TestUnknownCallsAreNamed(t *testing.T) {
	c := open(t, t.TempDir())
	_, err := iam.NewFromConfig(config(c, c.RootCredentials(account))).ListGroups(t.Context(), &iam.ListGroupsInput{})
	if code(err) != "NotImplemented" || !strings.Contains(err.Error(), "iam ListGroups") {
		t.Errorf("got %v", err)
	}
	// Services that are not there answer in the formats that their clients read.
	for call, want := range map[[2]string]string{
		{"ec2", "DescribeInstances"}:                 "<Response><Errors><Error><Code>NotImplemented</Code><Message>the local cloud does not have this call: ec2 DescribeInstances</Message>",
		{"cloudformation", "DescribeStacks"}:         "<Code>NotImplemented</Code><Message>the local cloud does not have this call: cloudformation DescribeStacks</Message>",
		{"dynamodb", "DynamoDB_20120810.ListTables"}: `"__type":"NotImplemented","message":"the local cloud does not have this call: dynamodb DynamoDB_20120810.ListTables"`,
		{"apigateway", "GET /restapis"}:              `"__type":"NotImplemented","message":"the local cloud does not have this call: apigateway GET /restapis"`,
	} {
		if status, body := send(t, c, c.URL(), call[0], call[1]); status != http.StatusNotImplemented || !strings.Contains(body, want) {
			t.Errorf("%v: got %d %s", call, status, body)
		}
	}
}

func TestSilentConnectionsHoldUpNobody(t *testing.T) {
	c := open(t, t.TempDir())
	for range 5 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.URL(), "https://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	makeBucket(t, c, "box")
}

func TestACloudKeepsWhatItHasAnsweredFor(t *testing.T) {
	dir := t.TempDir()
	first, err := localcloud.Open(t.Context(), localcloud.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	arn := makeRole(t, first, "user", trustMe, `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	session := assume(t, first, arn)
	makeBucket(t, first, "box")

	_, err = localcloud.Open(t.Context(), localcloud.Options{Dir: dir})
	if want := fmt.Sprintf("is served by process %d", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a second cloud on one folder: got %v, want %s", err, want)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir)
	if err := put(t.Context(), s3Client(config(second, session)), "box", "a"); err != nil {
		t.Errorf("credentials of the first cloud: %v", err)
	}
}

func TestListenIsForThisMachine(t *testing.T) {
	for address, want := range map[string]string{
		"0.0.0.0:0":      "for this machine alone",
		"example.com:80": "for this machine alone",
		"127.0.0.1":      "write HOST:PORT",
	} {
		_, err := localcloud.Open(t.Context(), localcloud.Options{Dir: t.TempDir(), Listen: address})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", address, err, want)
		}
	}
	c := open(t, t.TempDir())
	_, err := localcloud.Open(t.Context(), localcloud.Options{Dir: t.TempDir(), Listen: strings.TrimPrefix(c.URL(), "https://")})
	if err == nil || !strings.Contains(err.Error(), "another program may have the port") {
		t.Errorf("a busy port: %v", err)
	}
}

func TestRecordHasCallsWithoutSecrets(t *testing.T) {
	c := open(t, t.TempDir())
	makeBucket(t, c, "box")
	calls := c.Record()
	last := calls[len(calls)-1]
	if last.Operation != "CreateBucket" || last.Status != http.StatusOK || last.Actions[0] != "s3:CreateBucket" || last.Resources[0] != "arn:aws:s3:::box" {
		t.Errorf("got %+v", last)
	}
	if secret := c.RootCredentials(account).SecretAccessKey; strings.Contains(fmt.Sprint(calls), secret) {
		t.Error("a secret is in the record")
	}
}

// TestCloseLeavesNothing opens and closes clouds and compares the goroutines.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 3 {
		c, err := localcloud.Open(t.Context(), localcloud.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		makeBucket(t, c, "box")
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if conn, err := net.Dial("tcp", strings.TrimPrefix(c.URL(), "https://")); err == nil {
			conn.Close()
			t.Error("the port is still open")
		}
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		c, err := localcloud.Open(b.Context(), localcloud.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

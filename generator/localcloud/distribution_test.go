package localcloud_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/localcloud"
)

// Policies that AWS manages.
const (
	cachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	cachingDisabled  = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	allButHost       = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
)

const assetsHost = "assets.s3." + region + ".amazonaws.com"

// stage is a cloud with what distributions need.
type stage struct {
	testing.TB
	cloud *localcloud.Cloud
	cdn   *cloudfront.Client
	s3    *s3.Client
}

func newStage(t testing.TB, c *localcloud.Cloud) *stage {
	t.Helper()
	cfg := config(c, c.RootCredentials(account))
	return &stage{TB: t, cloud: c, cdn: cloudfront.NewFromConfig(cfg), s3: s3Client(cfg)}
}

// assets makes a bucket with one page.
func (s *stage) assets() {
	s.Helper()
	makeBucket(s.TB, s.cloud, "assets")
	s.put("page.html", "first")
}

func (s *stage) put(key, text string) {
	s.Helper()
	_, err := s.s3.PutObject(s.Context(), &s3.PutObjectInput{
		Bucket: aws.String("assets"), Key: &key, Body: strings.NewReader(text), ContentType: aws.String("text/html"),
	})
	if err != nil {
		s.Fatal(err)
	}
}

// letIn gives the bucket the policy that AWS documents for an origin access control.
func (s *stage) letIn(d *types.Distribution, also string) {
	s.Helper()
	policy := `{"Version":"2012-10-17","Statement":[` + also + `{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject",` +
		`"Resource":"arn:aws:s3:::assets/*","Condition":{"StringEquals":{"AWS:SourceArn":"` + *d.ARN + `","aws:SourceAccount":"` + account + `"}}}]}`
	if _, err := s.s3.PutBucketPolicy(s.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("assets"), Policy: &policy}); err != nil {
		s.Fatal(err)
	}
}

// accessControl makes an origin access control that signs always.
func (s *stage) accessControl(kind types.OriginAccessControlOriginTypes) *string {
	s.Helper()
	out, err := s.cdn.CreateOriginAccessControl(s.Context(), &cloudfront.CreateOriginAccessControlInput{
		OriginAccessControlConfig: &types.OriginAccessControlConfig{
			Name: aws.String("sign-" + string(kind)), OriginAccessControlOriginType: kind,
			SigningBehavior: types.OriginAccessControlSigningBehaviorsAlways, SigningProtocol: types.OriginAccessControlSigningProtocolsSigv4,
		},
	})
	if err != nil {
		s.Fatal(err)
	}
	return out.OriginAccessControl.Id
}

// distribute makes a distribution of one origin, which is S3 unless it has a custom
// configuration, and one behaviour, which redirects to HTTPS and caches.
func (s *stage) distribute(o types.Origin, edits ...func(*types.DistributionConfig)) *types.Distribution {
	s.Helper()
	o.Id = aws.String("origin")
	if o.CustomOriginConfig == nil {
		o.S3OriginConfig = &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}
	}
	methods := []types.Method{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
	c := &types.DistributionConfig{
		CallerReference: aws.String(*o.DomainName), Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{o}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{
			TargetOriginId: o.Id, ViewerProtocolPolicy: types.ViewerProtocolPolicyRedirectToHttps, CachePolicyId: aws.String(cachingOptimized),
			AllowedMethods: &types.AllowedMethods{Quantity: aws.Int32(7), Items: methods, CachedMethods: &types.CachedMethods{Quantity: aws.Int32(2), Items: methods[:2]}},
		},
	}
	for _, edit := range edits {
		edit(c)
	}
	out, err := s.cdn.CreateDistribution(s.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: c})
	if err != nil {
		s.Fatal(err)
	}
	return out.Distribution
}

// custom is a custom origin that is reached over HTTPS.
func custom(host string) types.Origin {
	return types.Origin{DomainName: &host, CustomOriginConfig: &types.CustomOriginConfig{
		HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpsOnly,
		OriginSslProtocols: &types.OriginSslProtocols{Quantity: aws.Int32(1), Items: []types.SslProtocol{types.SslProtocolTLSv12}},
	}}
}

// uncached is for dynamic origins.
func uncached(c *types.DistributionConfig) {
	c.DefaultCacheBehavior.CachePolicyId, c.DefaultCacheBehavior.OriginRequestPolicyId = aws.String(cachingDisabled), aws.String(allButHost)
}

// ask makes a request. Headers are names and values in turn.
func (s *stage) ask(method, address, body string, headers ...string) (*http.Response, string) {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), method, address, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.cloud.HTTPClient().Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response, string(text)
}

// want compares status, X-Cache, and a part of the body.
func (s *stage) want(address string, status int, cache, part string) {
	s.Helper()
	response, body := s.ask(http.MethodGet, address, "")
	if got := response.Header.Get("X-Cache"); response.StatusCode != status || got != cache || !strings.Contains(body, part) {
		s.Errorf("%s: status %d, %q, body %q; want %d, %q, %q", address, response.StatusCode, got, body, status, cache, part)
	}
}

const (
	hit    = "Hit from cloudfront"
	miss   = "Miss from cloudfront"
	failed = "Error from cloudfront"
)

func TestDistributionOfABucket(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	s.assets()
	d := s.distribute(types.Origin{DomainName: aws.String(assetsHost), OriginAccessControlId: s.accessControl("s3")})
	site := "https://" + *d.DomainName
	redirected, _ := s.ask(http.MethodGet, "http://"+*d.DomainName+"/page.html", "")
	if redirected.StatusCode != http.StatusMovedPermanently || redirected.Header.Get("Location") != site+"/page.html" {
		t.Errorf("in the clear: status %d, to %q", redirected.StatusCode, redirected.Header.Get("Location"))
	}
	if redirected.Header.Get("X-Amz-Cf-Id") == "" || redirected.Header.Get("X-Amzn-Requestid") != "" {
		t.Errorf("headers are not CloudFront's: %v", redirected.Header)
	}
	s.want(site+"/page.html", http.StatusForbidden, failed, "AccessDenied")
	s.letIn(d, "")
	// The refusal of the first request is kept for ten seconds.
	s.invalidate(d, "/page.html")
	s.want(site+"/page.html", http.StatusOK, miss, "first")
	s.put("page.html", "second")
	s.want(site+"/page.html", http.StatusOK, hit, "first")
	s.invalidate(d, "/*")
	s.want(site+"/page.html", http.StatusOK, miss, "second")
	s.want("https://"+assetsHost+"/page.html", http.StatusForbidden, "", "AccessDenied")

	other := s.distribute(types.Origin{DomainName: aws.String("assets.s3.amazonaws.com"), OriginAccessControlId: d.DistributionConfig.Origins.Items[0].OriginAccessControlId})
	s.want("https://"+*other.DomainName+"/page.html", http.StatusForbidden, failed, "AccessDenied")
	s.want("https://d0000000000000.cloudfront.net/page.html", http.StatusForbidden, failed, "Bad request")

	response, _ := s.ask(http.MethodHead, site+"/page.html", "")
	if response.StatusCode != http.StatusOK || response.ContentLength != int64(len("second")) {
		t.Errorf("HEAD: status %d, length %d", response.StatusCode, response.ContentLength)
	}
}

func (s *stage) invalidate(d *types.Distribution, path string) {
	s.Helper()
	_, err := s.cdn.CreateInvalidation(s.Context(), &cloudfront.CreateInvalidationInput{DistributionId: d.Id, InvalidationBatch: &types.InvalidationBatch{
		CallerReference: &path, Paths: &types.Paths{Quantity: aws.Int32(1), Items: []string{path}},
	}})
	if err != nil {
		s.Fatal(err)
	}
}

func TestOriginRequestsAreEvaluatedAndRecorded(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	s.assets()
	s.put("plain.html", "plain")
	d := s.distribute(types.Origin{DomainName: aws.String(assetsHost), OriginAccessControlId: s.accessControl("s3")}, func(c *types.DistributionConfig) {
		c.DefaultCacheBehavior.ViewerProtocolPolicy = types.ViewerProtocolPolicyAllowAll
	})
	s.letIn(d, `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::assets/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},`+
		`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}}},`)
	if _, err := s.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("assets"), Key: aws.String("page.html")}); code(err) != "AccessDenied" {
		t.Errorf("a caller that is no service: %v", err)
	}
	// An S3 origin is reached as the viewer came.
	s.want("http://"+*d.DomainName+"/plain.html", http.StatusForbidden, failed, "AccessDenied")
	s.want("https://"+*d.DomainName+"/page.html", http.StatusOK, miss, "first")
	calls := s.cloud.Record()
	origin, viewer := calls[len(calls)-2], calls[len(calls)-1]
	if origin.Principal != "cloudfront.amazonaws.com" || origin.Service != "s3" || origin.Operation != "GetObject" || origin.Status != http.StatusOK ||
		strings.Join(origin.Resources, " ") != "arn:aws:s3:::assets/page.html" {
		t.Errorf("the origin's call is recorded as %+v", origin)
	}
	if viewer.Principal != "" || viewer.Service != "edge" || viewer.Operation != "GET" || viewer.Path != "/page.html" || viewer.Status != http.StatusOK {
		t.Errorf("the viewer's call is recorded as %+v", viewer)
	}
	if refused := calls[len(calls)-4]; refused.Error != "AccessDenied" || refused.Principal != "cloudfront.amazonaws.com" {
		t.Errorf("the refused call is recorded as %+v", refused)
	}
}

// deploy makes a function of lambda/testdata/probe, with a URL that needs signatures,
// and returns the URL's host. The probe answers with its event.
func (s *stage) deploy() (client *lambda.Client, host string) {
	s.Helper()
	role := makeRole(s.TB, s.cloud, "probe", strings.Replace(trustMe, `{"AWS":"`+account+`"}`, `{"Service":"lambda.amazonaws.com"}`, 1), allowAll)
	client = lambda.NewFromConfig(config(s.cloud, s.cloud.RootCredentials(account)))
	_, err := client.CreateFunction(s.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("probe"), Role: &role, Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Timeout: aws.Int32(20), Code: &lambdatypes.FunctionCode{ZipFile: probe(s.TB)},
	})
	if err != nil {
		s.Fatal(err)
	}
	url, err := client.CreateFunctionUrlConfig(s.Context(), &lambda.CreateFunctionUrlConfigInput{FunctionName: aws.String("probe"), AuthType: lambdatypes.FunctionUrlAuthTypeAwsIam})
	if err != nil {
		s.Fatal(err)
	}
	return client, strings.Trim(strings.TrimPrefix(*url.FunctionUrl, "https://"), "/")
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func probe(t testing.TB) []byte {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", program, "./lambda/testdata/probe").CombinedOutput(); err != nil {
		t.Fatalf("build the probe: %v\n%s", err, out)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	return bootstrap(t, content)
}

// bootstrap is a package of a function that is one program.
func bootstrap(t testing.TB, content []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	header := &zip.FileHeader{Name: "bootstrap"}
	header.SetMode(0o755)
	w, err := archive.CreateHeader(header)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// permit lets a distribution use the probe's URL.
func (s *stage) permit(client *lambda.Client, d *types.Distribution) {
	s.Helper()
	for _, in := range []lambda.AddPermissionInput{
		{StatementId: aws.String("url"), Action: aws.String("lambda:InvokeFunctionUrl"), FunctionUrlAuthType: lambdatypes.FunctionUrlAuthTypeAwsIam},
		{StatementId: aws.String("invoke"), Action: aws.String("lambda:InvokeFunction"), InvokedViaFunctionUrl: aws.Bool(true)},
	} {
		in.FunctionName, in.Principal, in.SourceArn = aws.String("probe"), aws.String("cloudfront.amazonaws.com"), d.ARN
		if _, err := client.AddPermission(s.Context(), &in); err != nil {
			s.Fatal(err)
		}
	}
}

func TestDistributionOfAFunction(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	client, host := s.deploy()
	origin := custom(host)
	origin.OriginAccessControlId = s.accessControl("lambda")
	d := s.distribute(origin, uncached)
	site := "https://" + *d.DomainName + "/api"
	s.want(site, http.StatusForbidden, failed, "Forbidden")
	s.permit(client, d)
	// The refusal is kept for ten seconds: another path is asked for.
	s.want(site+"/hello?a=1", http.StatusOK, miss, `"rawPath":"/api/hello"`)
	s.want("https://"+host+"/", http.StatusForbidden, "", "Forbidden")

	body := `{"do":"answer","answer":{"statusCode":201,"body":"made"}}`
	for name, test := range map[string]struct {
		headers []string
		status  int
		part    string
	}{
		"with the body's hash":    {[]string{"X-Amz-Content-Sha256", hashOf(body)}, http.StatusCreated, "made"},
		"without it":              {nil, http.StatusForbidden, "does not match the signature"},
		"with another's":          {[]string{"X-Amz-Content-Sha256", strings.Repeat("0", 64)}, http.StatusForbidden, "does not match the signature"},
		"with credentials of its": {[]string{"X-Amz-Content-Sha256", hashOf(body), "Authorization", "Bearer viewer"}, http.StatusCreated, "made"},
	} {
		if response, text := s.ask(http.MethodPost, site, body, append(test.headers, "Content-Type", "application/json")...); response.StatusCode != test.status || !strings.Contains(text, test.part) {
			t.Errorf("POST %s: status %d, body %q", name, response.StatusCode, text)
		}
	}
}

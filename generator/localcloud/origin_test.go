package localcloud_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"sendform/generator/localcloud"
	"sendform/generator/sdkhttp"
)

// withAlias gives a distribution a name of its own.
func withAlias(name string) func(*types.DistributionConfig) {
	return func(c *types.DistributionConfig) {
		c.Aliases = &types.Aliases{Quantity: aws.Int32(1), Items: []string{name}}
		c.ViewerCertificate = &types.ViewerCertificate{
			ACMCertificateArn: aws.String("arn:aws:acm:us-east-1:" + account + ":certificate/1"), SSLSupportMethod: types.SSLSupportMethodSniOnly,
			MinimumProtocolVersion: types.MinimumProtocolVersionTLSv122021,
		}
	}
}

func TestAliasesAreServed(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	s.assets()
	if _, err := s.cloud.HTTPClient().Get("https://send.example.com/"); err == nil || !strings.Contains(err.Error(), "no host of the local cloud") {
		t.Errorf("before there is a distribution: %v", err)
	}
	d := s.distribute(types.Origin{DomainName: aws.String(assetsHost), OriginAccessControlId: s.accessControl("s3")}, withAlias("send.example.com"))
	s.letIn(d, "")
	s.want("https://send.example.com/page.html", http.StatusOK, miss, "first")
	s.want("https://SEND.example.com:443/page.html", http.StatusOK, hit, "first")

	proxy, err := url.Parse(strings.Replace(s.cloud.URL(), "https://", "http://", 1))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: s.cloud.HTTPClient().Transport.(sdkhttp.Transport).TLSClientConfig}
	defer transport.CloseIdleConnections()
	if status, body := get(t, &http.Client{Transport: transport}, "https://send.example.com/page.html"); status != http.StatusOK || body != "first" {
		t.Errorf("by the proxy: %d %s", status, body)
	}
}

// TestAliasesTakeNoOtherNames gives a distribution the names of others.
func TestAliasesTakeNoOtherNames(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	s.assets()
	for _, alias := range []string{"iam.amazonaws.com", assetsHost, "127.0.0.1"} {
		s.distribute(custom("example.com"), withAlias(alias), func(c *types.DistributionConfig) { c.CallerReference = &alias })
	}
	s.want("https://"+assetsHost+"/page.html", http.StatusForbidden, "", "AccessDenied")
	s.put("page.html", "second") // at the bare endpoint
}

func TestOriginsOutsideOfTheCloudAreNotReached(t *testing.T) {
	var asked atomic.Int32
	outside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer outside.Close()
	at, err := url.Parse(outside.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseInt(at.Port(), 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c, err := localcloud.Open(t.Context(), localcloud.Options{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t, c)
	for host, port := range map[string]int32{"127.0.0.1": int32(port), "site.example.com": 80, assetsHost: 8080} {
		origin := custom(host)
		origin.CustomOriginConfig.OriginProtocolPolicy, origin.CustomOriginConfig.HTTPPort = types.OriginProtocolPolicyHttpOnly, &port
		d := s.distribute(origin, uncached)
		s.want("https://"+*d.DomainName+"/", http.StatusBadGateway, failed, "connect to the origin")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if asked.Load() > 0 {
		t.Error("an origin outside of the cloud was asked")
	}
	for _, want := range []string{fmt.Sprintf("127.0.0.1:%d, which is no host of the local cloud", port), "site.example.com, which is no host of the local cloud"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log.String())
		}
	}
}

func TestADistributionIsTheOriginOfAnother(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	s.assets()
	inner := s.distribute(types.Origin{DomainName: aws.String(assetsHost), OriginAccessControlId: s.accessControl("s3")})
	s.letIn(inner, "")
	outer := s.distribute(custom(*inner.DomainName))
	s.want("https://"+*outer.DomainName+"/page.html", http.StatusOK, miss, "first")

	circle := s.distribute(custom("a.example.com"), withAlias("a.example.com"))
	s.want("https://"+*circle.DomainName+"/", http.StatusBadGateway, failed, "connect to the origin")
}

// TestOriginsAuthenticateForThemselves sends a presigned address through a distribution
// without an access control, which nobody but S3 may look at.
func TestOriginsAuthenticateForThemselves(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	s.assets()
	d := s.distribute(types.Origin{DomainName: aws.String(assetsHost)}, uncached)
	signature := "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAUNKNOWN/20260101/eu-west-2/s3/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=60&X-Amz-Signature=00"
	s.want("https://"+*d.DomainName+"/page.html"+signature, http.StatusForbidden, failed, "InvalidAccessKeyId")
}

func TestDistributionsWaitForTheirOriginsForSoLong(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	client, host := s.deploy()
	origin := custom(host)
	origin.OriginAccessControlId, origin.CustomOriginConfig.OriginReadTimeout = s.accessControl("lambda"), aws.Int32(1)
	d := s.distribute(origin, uncached)
	s.permit(client, d)
	body := `{"do":"hang"}`
	response, text := s.ask(http.MethodPost, "https://"+*d.DomainName+"/", body, "Content-Type", "application/json", "X-Amz-Content-Sha256", hashOf(body))
	if response.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("status %d, body %s", response.StatusCode, text)
	}
	// The function goes on; closing the cloud ends it.
}

func TestLargeObjectsGoThrough(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	s.assets()
	large := strings.Repeat("0123456789abcdef", 3<<20) // 48 MiB
	s.put("large", large)
	d := s.distribute(types.Origin{DomainName: aws.String(assetsHost), OriginAccessControlId: s.accessControl("s3")}, uncached)
	s.letIn(d, "")
	response, body := s.ask(http.MethodGet, "https://"+*d.DomainName+"/large", "")
	if response.StatusCode != http.StatusOK || response.ContentLength != int64(len(large)) || body != large {
		t.Errorf("status %d, length %d, %d bytes came", response.StatusCode, response.ContentLength, len(body))
	}
}

func TestDistributionsSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	c, err := localcloud.Open(t.Context(), localcloud.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t, c)
	s.assets()
	d := s.distribute(types.Origin{DomainName: aws.String(assetsHost), OriginAccessControlId: s.accessControl("s3")}, withAlias("send.example.com"))
	s.letIn(d, "")
	s.want("https://send.example.com/page.html", http.StatusOK, miss, "first")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	s = newStage(t, open(t, dir))
	s.want("https://send.example.com/page.html", http.StatusOK, miss, "first")
	s.want("https://"+*d.DomainName+"/page.html", http.StatusOK, hit, "first")
}

func TestEdgeFunctionsLog(t *testing.T) {
	s := newStage(t, open(t, t.TempDir()))
	s.assets()
	made, err := s.cdn.CreateFunction(t.Context(), &cloudfront.CreateFunctionInput{
		Name: aws.String("index"), FunctionConfig: &types.FunctionConfig{Comment: aws.String(""), Runtime: types.FunctionRuntimeCloudfrontJs20},
		FunctionCode: []byte(`function handler(event) { console.log("asked for " + event.request.uri); event.request.uri = "/page.html"; return event.request }`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.cdn.PublishFunction(t.Context(), &cloudfront.PublishFunctionInput{Name: aws.String("index"), IfMatch: made.ETag}); err != nil {
		t.Fatal(err)
	}
	d := s.distribute(types.Origin{DomainName: aws.String(assetsHost), OriginAccessControlId: s.accessControl("s3")}, func(c *types.DistributionConfig) {
		c.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{
			{EventType: types.EventTypeViewerRequest, FunctionARN: made.FunctionSummary.FunctionMetadata.FunctionARN},
		}}
	})
	s.letIn(d, "")
	response, body := s.ask(http.MethodGet, "https://"+*d.DomainName+"/other", "")
	if response.StatusCode != http.StatusOK || body != "first" {
		t.Fatalf("status %d, body %s", response.StatusCode, body)
	}
	cfg := config(s.cloud, s.cloud.RootCredentials(account))
	cfg.Region = "us-east-1"
	out, err := cloudwatchlogs.NewFromConfig(cfg).FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/cloudfront/function/index")})
	if err != nil {
		t.Fatal(err)
	}
	id := response.Header.Get("X-Amz-Cf-Id")
	want := []string{id + " START DistributionID: " + *d.Id, id + " asked for /other", id + " END"}
	var lines []string
	for _, e := range out.Events {
		lines = append(lines, *e.Message)
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("logged %q, want %q", lines, want)
	}
}

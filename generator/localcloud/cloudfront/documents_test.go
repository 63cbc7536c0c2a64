package cloudfront_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/cloudfront"
	"sendform/generator/localcloud/servicetest"
	"sendform/generator/localcloud/store"
)

// TestDocumentsThatAreNone sends what no SDK would send.
func TestDocumentsThatAreNone(t *testing.T) {
	c := open(t)
	for name, test := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"nothing":         {"", http.StatusBadRequest, "MissingBody"},
		"no XML":          {"{}", http.StatusBadRequest, "MalformedXML"},
		"half of it":      {"<OriginAccessControlConfig><Name>", http.StatusBadRequest, "MalformedXML"},
		"another's":       {"<DistributionConfig/>", http.StatusBadRequest, "MalformedXML"},
		"a DOCTYPE":       {`<!DOCTYPE a [<!ENTITY b "c">]><OriginAccessControlConfig/>`, http.StatusBadRequest, "MalformedXML"},
		"what is unknown": {"<OriginAccessControlConfig><Moon/></OriginAccessControlConfig>", http.StatusNotImplemented, "NotImplemented"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *c.Config.BaseEndpoint+"/2020-05-31/origin-access-control", strings.NewReader(test.body))
			c.Must(err)
			response, err := c.Config.HTTPClient.Do(r)
			c.Must(err)
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			c.Must(err)
			if response.StatusCode != test.status || !strings.Contains(string(text), "<Code>"+test.code+"</Code>") || !strings.Contains(string(text), "<RequestId>id</RequestId>") {
				t.Errorf("status %d, %s; want %d, %s", response.StatusCode, text, test.status, test.code)
			}
		})
	}
}

// FuzzDocuments sends anything to the calls that take documents. What is refused is
// refused in CloudFront's words, and what is made can be served.
func FuzzDocuments(f *testing.F) {
	paths := []string{
		"distribution", "distribution?WithTags", "function", "cache-policy", "origin-request-policy", "response-headers-policy",
		"origin-access-control", "tagging?Operation=Tag&Resource=arn:aws:cloudfront::" + servicetest.Account + ":function/f",
	}
	const distribution = "<DistributionConfig><CallerReference>r</CallerReference><Comment></Comment><Enabled>true</Enabled>" +
		"<Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id><DomainName>b.s3.amazonaws.com</DomainName><S3OriginConfig><OriginAccessIdentity/></S3OriginConfig></Origin></Items></Origins>" +
		"<DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>" +
		"<ForwardedValues><QueryString>true</QueryString><Cookies><Forward>none</Forward></Cookies></ForwardedValues></DefaultCacheBehavior></DistributionConfig>"
	for path, document := range []string{
		distribution,
		"<DistributionConfigWithTags>" + distribution + "<Tags><Items><Tag><Key>k</Key><Value>v</Value></Tag></Items></Tags></DistributionConfigWithTags>",
		"<CreateFunctionRequest><Name>f</Name><FunctionConfig><Comment/><Runtime>cloudfront-js-2.0</Runtime></FunctionConfig><FunctionCode>Zg==</FunctionCode></CreateFunctionRequest>",
		"<CachePolicyConfig><Name>c</Name><MinTTL>1</MinTTL></CachePolicyConfig>",
		"<OriginRequestPolicyConfig><Name>o</Name><HeadersConfig><HeaderBehavior>none</HeaderBehavior></HeadersConfig></OriginRequestPolicyConfig>",
		"<ResponseHeadersPolicyConfig><Name>r</Name><ServerTimingHeadersConfig><Enabled>true</Enabled></ServerTimingHeadersConfig></ResponseHeadersPolicyConfig>",
		"<OriginAccessControlConfig><Name>a</Name><SigningProtocol>sigv4</SigningProtocol></OriginAccessControlConfig>",
		"<Tags><Items><Tag><Key>k</Key></Tag></Items></Tags>",
	} {
		f.Add(path, document)
	}
	f.Add(0, "<DistributionConfig><Origins><Quantity>-1</Quantity></Origins></DistributionConfig>")
	f.Add(0, "<DistributionConfig><DefaultCacheBehavior><AllowedMethods/><MinTTL>x</MinTTL></DefaultCacheBehavior></DistributionConfig>")
	db, err := store.Open(filepath.Join(f.TempDir(), "db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := db.Close(); err != nil {
			f.Error(err)
		}
	})
	service := cloudfront.New(cloudfront.Config{DB: db, Now: time.Now, Invalidate: func(string, []string) {}})
	f.Fuzz(func(t *testing.T, path int, document string) {
		if path < 0 || path >= len(paths) {
			return
		}
		r := &api.Request{
			Request:   httptest.NewRequest(http.MethodPost, "/2020-05-31/"+paths[path], strings.NewReader(document)),
			Principal: api.Principal{Kind: api.Root, Account: servicetest.Account},
		}
		operation, err := service.Route(r)
		if err == nil {
			err = operation.Handle(httptest.NewRecorder(), r)
		}
		var refused *api.Error
		if err != nil && (!errors.As(err, &refused) || refused.Code == "") {
			t.Errorf("%s: %v", paths[path], err)
		}
		service.Lookup("www.example.com") // what is there is translated for the edge
	})
}

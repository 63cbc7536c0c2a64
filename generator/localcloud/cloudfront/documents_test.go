package cloudfront_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
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

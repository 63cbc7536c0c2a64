package localcloud_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestRequestsThatNobodySigned sends requests whose signatures are missing or cannot be
// read. Every service refuses them in its own words.
func TestRequestsThatNobodySigned(t *testing.T) {
	c := open(t, t.TempDir())
	const malformed = "AWS4-HMAC-SHA256 Credential=AKIA"
	for name, test := range map[string]struct {
		method, address, target string
		authorization           string
		status                  int
		code                    string
	}{
		"IAM":                  {http.MethodPost, "https://iam.amazonaws.com/", "", "", 403, "<Code>MissingAuthenticationToken</Code>"},
		"CloudFront":           {http.MethodGet, "https://cloudfront.amazonaws.com/2020-05-31/distribution", "", "", 403, "<Code>MissingAuthenticationToken</Code>"},
		"Lambda":               {http.MethodGet, "https://lambda.eu-west-2.amazonaws.com/2015-03-31/functions", "", "", 403, "MissingAuthenticationTokenException"},
		"SSM":                  {http.MethodPost, "https://ssm.eu-west-2.amazonaws.com/", "AmazonSSM.GetParameter", "", 403, "MissingAuthenticationTokenException"},
		"S3":                   {http.MethodGet, "https://s3.eu-west-2.amazonaws.com/", "", "", 403, "<Code>AccessDenied</Code>"},
		"IAM, malformed":       {http.MethodPost, "https://iam.amazonaws.com/", "", malformed, 400, "<Code>IncompleteSignature</Code>"},
		"Lambda, malformed":    {http.MethodGet, "https://lambda.eu-west-2.amazonaws.com/2015-03-31/functions", "", malformed, 400, "IncompleteSignatureException"},
		"S3, malformed":        {http.MethodGet, "https://s3.eu-west-2.amazonaws.com/", "", malformed, 400, "<Code>AuthorizationHeaderMalformed</Code>"},
		"S3, malformed a link": {http.MethodGet, "https://s3.eu-west-2.amazonaws.com/?X-Amz-Algorithm=AWS4-HMAC-SHA256", "", "", 400, "<Code>AuthorizationQueryParametersError</Code>"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), test.method, test.address, strings.NewReader(""))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Amz-Target", test.target)
			if test.authorization != "" {
				r.Header.Set("Authorization", test.authorization)
			}
			answer, err := c.HTTPClient().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			said := answer.Header.Get("X-Amzn-Errortype") + string(body) // Lambda has its code in a header
			if err != nil || answer.StatusCode != test.status || !strings.Contains(said, test.code) {
				t.Errorf("got %d %s, want %d %s", answer.StatusCode, said, test.status, test.code)
			}
		})
	}
}

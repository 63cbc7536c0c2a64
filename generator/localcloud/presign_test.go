package localcloud_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/localcloud"
)

const letter = "see you at nine"

// TestPresignedUploads writes by links that were made for it, until they expire.
func TestPresignedUploads(t *testing.T) {
	var later atomic.Int64
	c, err := localcloud.Open(t.Context(), localcloud.Options{
		Dir: t.TempDir(), Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	makeBucket(t, c, "box")
	arn := makeRole(t, c, "writer", trustMe, `{"Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::box/in/*"}}`)
	presigner := s3.NewPresignClient(s3Client(config(c, assume(t, c, arn))), func(o *s3.PresignOptions) { o.Expires = time.Minute })
	sign := func(key string) (string, http.Header) {
		t.Helper()
		out, err := presigner.PresignPutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("box"), Key: &key, ContentType: aws.String("text/plain"), IfNoneMatch: aws.String("*"),
			Body: strings.NewReader(letter), // its length is signed, and its type only beside it
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.URL, out.SignedHeader
	}
	mine, header := sign("in/a")
	yours, _ := sign("out/a")
	plain := header.Clone()
	plain.Set("Content-Type", "text/html")
	longer := strings.Replace(mine, "X-Amz-Expires=60", "X-Amz-Expires=604801", 1)

	for _, test := range []struct {
		name, method, link string
		header             http.Header
		status             int
		code               string
	}{
		{"with another type", http.MethodPut, mine, plain, 403, "SignatureDoesNotMatch"},
		{"without what was signed", http.MethodPut, mine, nil, 403, "SignatureDoesNotMatch"},
		{"to read", http.MethodGet, mine, header, 403, "SignatureDoesNotMatch"},
		{"to another key", http.MethodPut, strings.Replace(mine, "/in/a", "/in/b", 1), header, 403, "SignatureDoesNotMatch"},
		{"for more than a week", http.MethodPut, longer, header, 400, "AuthorizationQueryParametersError"},
		{"where the role may not write", http.MethodPut, yours, header, 403, "AccessDenied"},
		{"as it was signed", http.MethodPut, mine, header, 200, ""},
		{"once more", http.MethodPut, mine, header, 412, "PreconditionFailed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if status, body := use(t, c.HTTPClient(), test.method, test.link, test.header); status != test.status || !strings.Contains(body, test.code) {
				t.Errorf("got %d %s, want %d %s", status, body, test.status, test.code)
			}
		})
	}
	later.Store(int64(2 * time.Minute))
	if status, body := use(t, c.HTTPClient(), http.MethodPut, mine, header); status != http.StatusForbidden || !strings.Contains(body, "Request has expired") {
		t.Errorf("an expired link: %d %s", status, body)
	}
}

func use(t *testing.T, client *http.Client, method, link string, header http.Header) (int, string) {
	t.Helper()
	body := ""
	if method == http.MethodPut {
		body = letter
	}
	r, err := http.NewRequestWithContext(t.Context(), method, link, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		if name != "Host" && name != "Content-Length" {
			r.Header[name] = values
		}
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(said)
}

package localcloud_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestSizesOfRequests sends bodies around the limits; those within get as far as to an
// answer about what they say.
func TestSizesOfRequests(t *testing.T) {
	c := open(t, t.TempDir())
	cfg := config(c, c.RootCredentials(account))
	objects := makeBucket(t, c, "box")
	deploy := func(ctx context.Context, size int) error {
		_, err := lambda.NewFromConfig(cfg).UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("f"), ZipFile: make([]byte, size)})
		return err
	}
	write := func(ctx context.Context, size int) error {
		_, err := objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("box"), Key: aws.String("k"), Body: bytes.NewReader(make([]byte, size))})
		return err
	}
	allow := func(ctx context.Context, size int) error {
		_, err := iam.NewFromConfig(cfg).CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(strings.Repeat(" ", size))})
		return err
	}
	for name, test := range map[string]struct {
		call func(context.Context, int) error
		size int
		code string
	}{
		"package":           {deploy, 49 << 20, "ResourceNotFoundException"},
		"too large package": {deploy, 51 << 20, "RequestEntityTooLargeException"},
		"object":            {write, 63 << 20, "<nil>"},
		"too large object":  {write, 65 << 20, "EntityTooLarge"},
		"policy":            {allow, 15 << 20, "MalformedPolicyDocument"},
		"too large policy":  {allow, 17 << 20, "RequestEntityTooLargeException"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.call(t.Context(), test.size); code(err) != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
		})
	}
}

// TestRefusalsComeBeforeTheBody is about clients that send a body only when they are
// told to go on, as boto3 does.
func TestRefusalsComeBeforeTheBody(t *testing.T) {
	c := open(t, t.TempDir())
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(c.URL(), "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "PUT /nobox/key HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "NoSuchBucket") {
		t.Errorf("got %s %s, error %v", answer.Status, body, err)
	}
}

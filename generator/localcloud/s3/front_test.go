package s3_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/s3"
	"sendform/generator/localcloud/store"
)

const (
	account = "111122223333"
	other   = "444455556666"
	region  = "eu-west-2"
)

var start = time.Date(2026, 11, 2, 10, 20, 30, 0, time.UTC)

// front is the smallest front door: it believes who the caller says to be, takes
// the region from the signature's scope and remembers what calls declared.
type front struct {
	service *s3.Service
	dir     string
	url     string
	client  *http.Client

	mu         sync.Mutex
	operations []api.Operation
}

func newFront(t *testing.T, serve func(http.Handler) *httptest.Server) *front {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(filepath.Join(dir, "rows"))
	if err != nil {
		t.Fatal(err)
	}
	f := &front{dir: filepath.Join(dir, "bodies")}
	f.service, err = s3.New(db, f.dir, func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	server := serve(f)
	f.url, f.client = server.URL, server.Client()
	t.Cleanup(func() {
		server.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// plain is a front door over HTTP, where clients hash the body into the signature.
func plain(t *testing.T) *front {
	t.Helper()
	return newFront(t, httptest.NewServer)
}

var scope = regexp.MustCompile(`Credential=(\d{12})/\d{8}/([a-z0-9-]+)/s3/`)

func (f *front) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := &api.Request{
		Request: hr, ID: rand.Text(), Region: region, Secure: hr.TLS != nil,
		Principal: api.Principal{Kind: api.Anonymous},
		Payload:   hr.Header.Get("X-Amz-Content-Sha256"),
	}
	if found := scope.FindStringSubmatch(hr.Header.Get("Authorization")); found != nil {
		r.Region = found[2]
		r.Principal = api.Principal{Kind: api.Root, Account: found[1], ARN: "arn:aws:iam::" + found[1] + ":root"}
	}
	err := f.serve(w, r)
	var answer *api.Error
	switch {
	case errors.As(err, &answer):
		f.service.WriteError(w, r, answer)
	case err != nil:
		f.service.WriteError(w, r, api.Errorf(http.StatusInternalServerError, "InternalError", "%v", err))
	}
}

func (f *front) serve(w http.ResponseWriter, r *api.Request) error {
	op, err := f.service.Route(r)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.operations = append(f.operations, op)
	f.mu.Unlock()
	return op.Handle(w, r)
}

// last is the operation that was routed last.
func (f *front) last(t *testing.T) api.Operation {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.operations) == 0 {
		t.Fatal("no operation was routed")
	}
	return f.operations[len(f.operations)-1]
}

// as is a client of an account in a region.
func (f *front) as(account, region string, options ...func(*awss3.Options)) *awss3.Client {
	return awss3.New(awss3.Options{
		Region: region, BaseEndpoint: aws.String(f.url), UsePathStyle: true, HTTPClient: f.client,
		Credentials:      credentials.NewStaticCredentialsProvider(account, "secret", ""),
		RetryMaxAttempts: 1,
		// What clients made from a shared configuration have.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}, options...)
}

// bucket is a client of the usual account with a bucket of its own.
func (f *front) bucket(t *testing.T, name string) *awss3.Client {
	t.Helper()
	client := f.as(account, region)
	_, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{
		Bucket: aws.String(name),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(region),
		},
	})
	if err != nil {
		t.Fatalf("create bucket %s: %v", name, err)
	}
	return client
}

// raw sends a request that no SDK would, signed in name only unless by is empty.
func (f *front) raw(t *testing.T, by, method, target string, header map[string]string, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, f.url+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if by != "" {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+by+"/20261102/"+region+"/s3/aws4_request")
	}
	for name, value := range header {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	response, err := f.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(data)
}

// files counts the bodies that are kept and those that are being received.
func (f *front) files(t *testing.T) (kept, incoming int) {
	t.Helper()
	count := func(folder string) int {
		entries, err := os.ReadDir(filepath.Join(f.dir, folder))
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	return count("kept"), count("incoming")
}

// wantCode checks that err is an S3 error of that code; empty means no error.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var answer smithy.APIError
	switch {
	case code == "" && err != nil:
		t.Fatalf("got error %v, want none", err)
	case code == "":
	case err == nil:
		t.Fatalf("got no error, want %s", code)
	case !errors.As(err, &answer):
		t.Fatalf("got error %v, want %s", err, code)
	case answer.ErrorCode() != code:
		t.Fatalf("got error %s (%s), want %s", answer.ErrorCode(), answer.ErrorMessage(), code)
	}
}

func put(ctx context.Context, t *testing.T, client *awss3.Client, bucket, key, body string) *awss3.PutObjectOutput {
	t.Helper()
	out, err := client.PutObject(ctx, &awss3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(body))})
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return out
}

func read(t *testing.T, body io.ReadCloser) string {
	t.Helper()
	defer body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

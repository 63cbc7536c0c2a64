package objects_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"sendform/examples/send/internal/objects"
)

// bucketAt returns a bucket whose S3 is this handler.
func bucketAt(t *testing.T, handler http.HandlerFunc) objects.Bucket {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return objects.NewBucket(s3.New(s3.Options{
		Region:           "eu-west-2",
		BaseEndpoint:     aws.String(server.URL),
		UsePathStyle:     true,
		Credentials:      credentials.NewStaticCredentialsProvider("key", "secret", ""),
		RetryMaxAttempts: 1,
	}), "transfers")
}

func refuse(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	bucket := bucketAt(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.Method+" "+r.URL.Path, "GET /transfers/a/content"; got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
		fmt.Fprint(w, "bytes")
	})
	body, err := bucket.Get(t.Context(), "a/content")
	if err != nil || string(body) != "bytes" {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	get := func(t *testing.T, bucket objects.Bucket) error {
		_, err := bucket.Get(t.Context(), "key")
		return err
	}
	create := func(t *testing.T, bucket objects.Bucket) error {
		return bucket.Create(t.Context(), "key", []byte("body"))
	}
	remove := func(t *testing.T, bucket objects.Bucket) error { return bucket.Delete(t.Context(), "key") }
	list := func(t *testing.T, bucket objects.Bucket) error {
		_, err := bucket.List(t.Context(), "key")
		return err
	}
	cases := map[string]struct {
		status              int
		code                string
		call                func(*testing.T, objects.Bucket) error
		notExist, doesExist bool
	}{
		"missing object":          {404, "NoSuchKey", get, true, false},
		"missing bucket":          {404, "NoSuchBucket", get, false, false},
		"object without access":   {403, "AccessDenied", get, false, false},
		"present object":          {412, "PreconditionFailed", create, false, true},
		"upload without access":   {403, "AccessDenied", create, false, false},
		"deletion without access": {403, "AccessDenied", remove, false, false},
		"list without access":     {403, "AccessDenied", list, false, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.call(t, bucketAt(t, refuse(c.status, c.code)))
			if err == nil {
				t.Fatal("no error")
			}
			if errors.Is(err, fs.ErrNotExist) != c.notExist || errors.Is(err, fs.ErrExist) != c.doesExist {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestWrites(t *testing.T) {
	t.Parallel()
	type upload struct{ Path, Body, Encryption, IfNoneMatch string }
	var got []upload
	bucket := bucketAt(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, upload{
			r.Method + " " + r.URL.Path, string(body),
			r.Header.Get("X-Amz-Server-Side-Encryption"), r.Header.Get("If-None-Match"),
		})
	})
	if err := bucket.Put(t.Context(), "a", []byte("one")); err != nil {
		t.Error(err)
	}
	if err := bucket.Create(t.Context(), "b", []byte("two")); err != nil {
		t.Error(err)
	}
	if err := bucket.Delete(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	want := []upload{
		{"PUT /transfers/a", "one", "AES256", ""},
		{"PUT /transfers/b", "two", "AES256", "*"},
		{"DELETE /transfers/a", "", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestListReadsEveryPage(t *testing.T) {
	t.Parallel()
	bucket := bucketAt(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if query.Get("prefix") != "tokens/" {
			t.Errorf("prefix is %q", query.Get("prefix"))
		}
		if query.Get("continuation-token") == "" {
			fmt.Fprint(w, `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>`+
				`<Contents><Key>tokens/a</Key></Contents><Contents><Key>tokens/b</Key></Contents></ListBucketResult>`)
			return
		}
		fmt.Fprint(w, `<ListBucketResult><Contents><Key>tokens/c</Key></Contents></ListBucketResult>`)
	})
	keys, err := bucket.List(t.Context(), "tokens/")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"tokens/a", "tokens/b", "tokens/c"}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

package signedcall_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"sendform/examples/send/internal/signedcall"
)

func TestCallsAreSignedAndArriveWhole(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "hello" {
			t.Errorf("got the body %q (%v)", body, err)
		}
		for _, part := range []string{"Credential=KEY/", "/eu-west-2/lambda/aws4_request", "SignedHeaders=", "x-amz-security-token", "Signature="} {
			if !strings.Contains(r.Header.Get("Authorization"), part) {
				t.Errorf("%q is not in %q", part, r.Header.Get("Authorization"))
			}
		}
	}))
	defer server.Close()
	client := http.Client{Transport: signedcall.Transport{Base: server.Client().Transport, AWS: aws.Config{
		Region: "eu-west-2", Credentials: credentials.NewStaticCredentialsProvider("KEY", "SECRET", "TOKEN"),
	}}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if request.Header.Get("Authorization") != "" {
		t.Error("the caller's own request was changed")
	}
}

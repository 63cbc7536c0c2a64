package localcloud_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"sendform/generator/localcloud"
)

// serveOnly makes the test binary serve the cloud of the folder that it names, say so,
// and wait to be killed.
const serveOnly = "LOCALCLOUD_TEST_SERVE_ONLY"

func TestMain(m *testing.M) {
	dir := os.Getenv(serveOnly)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := serveUntilKilled(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveUntilKilled(dir string) error {
	if _, err := localcloud.Open(context.Background(), localcloud.Options{Dir: dir}); err != nil {
		return err
	}
	fmt.Println("serving")
	_, err := io.Copy(io.Discard, os.Stdin) // until the test is gone, should it not kill
	return err
}

// TestAKilledCloudLosesNothing kills the process of a cloud while several clients write,
// and looks in the next cloud on the folder for all that was answered.
func TestAKilledCloudLosesNothing(t *testing.T) {
	dir := t.TempDir()
	serving := exec.CommandContext(t.Context(), os.Args[0])
	serving.Env = append(os.Environ(), serveOnly+"="+dir)
	serving.Stderr = t.Output()
	if _, err := serving.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := serving.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serving.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "serving\n" {
		t.Fatalf("the other process says %q (%v)", line, err)
	}
	place, err := localcloud.Find(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 10}
	defer transport.CloseIdleConnections()
	root := place.RootCredentials(account)
	cfg := aws.Config{
		Region: "us-east-1", // a bucket there needs no constraint
		// In the clear the other process needs no trust.
		BaseEndpoint: aws.String(strings.Replace(place.URL(), "https", "http", 1)), HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.SecretAccessKey, ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
	if _, err := s3Client(cfg).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("box")}); err != nil {
		t.Fatal(err)
	}

	body := func(name string) string { return strings.Repeat(name, 10_000) }
	writes := map[string]func(name string) error{
		"object": func(name string) error {
			_, err := s3Client(cfg).PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("box"), Key: &name, Body: strings.NewReader(body(name))})
			return err
		},
		"role": func(name string) error {
			_, err := iam.NewFromConfig(cfg).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trustMe)})
			return err
		},
		"parameter": func(name string) error {
			_, err := ssm.NewFromConfig(cfg).PutParameter(t.Context(), &ssm.PutParameterInput{Name: &name, Value: &name, Type: ssmtypes.ParameterTypeString})
			return err
		},
	}
	const enough = 50 // answers of each sort, and then the process is killed
	var mu sync.Mutex
	answered := map[string][]string{}
	full := make(chan struct{})
	fill := sync.OnceFunc(func() { close(full) })
	var writing sync.WaitGroup
	for kind, write := range writes {
		for writer := range 2 {
			writing.Go(func() {
				for i := 0; ; i++ {
					name := fmt.Sprintf("%s-%d-%d", kind, writer, i)
					if err := write(name); err != nil {
						return // it is killed
					}
					mu.Lock()
					answered[kind] = append(answered[kind], name)
					isFull := true
					for kind := range writes {
						isFull = isFull && len(answered[kind]) >= enough
					}
					mu.Unlock()
					if isFull {
						fill()
					}
				}
			})
		}
	}
	select {
	case <-full:
	case <-time.After(time.Minute):
		t.Error("the clients do not get on")
	}
	if err := serving.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	writing.Wait()
	_ = serving.Wait() // it says that it was killed

	c := open(t, dir)
	cfg = config(c, c.RootCredentials(account))
	cfg.Region = "us-east-1"
	for _, name := range answered["object"] {
		got, err := s3Client(cfg).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("box"), Key: &name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, err := io.ReadAll(got.Body)
		if err != nil || !bytes.Equal(text, []byte(body(name))) {
			t.Errorf("%s has %d bytes (%v)", name, len(text), err)
		}
	}
	for _, name := range answered["role"] {
		if _, err := iam.NewFromConfig(cfg).GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range answered["parameter"] {
		if _, err := ssm.NewFromConfig(cfg).GetParameter(t.Context(), &ssm.GetParameterInput{Name: &name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

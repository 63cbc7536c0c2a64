package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/logs"
	"sendform/generator/localcloud/store"
)

const (
	account  = "111122223333"
	region   = "eu-west-2"
	goodRole = "arn:aws:iam::111122223333:role/app/probe-role"
)

// probeZip is the package of testdata/probe, built once.
var probeZip []byte

func TestMain(m *testing.M) {
	if os.Getenv(startOnly) != "" {
		fmt.Fprintln(os.Stderr, startAndWait())
		os.Exit(1)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "probe")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program := filepath.Join(dir, "bootstrap")
		build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, "./testdata/probe")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the probe: %v\n%s", err, out)
			return 1
		}
		content, err := os.ReadFile(program)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		probeZip = zipped(zipFile{"bootstrap", string(content), 0o755})
		return m.Run()
	}())
}

// startOnly makes the test binary start a process as the service does, print its
// id and wait to be killed.
const startOnly = "LAMBDA_TEST_START_ONLY"

func startAndWait() error {
	runtime.LockOSThread() // the process ends with the thread that started it
	child := exec.Command("/bin/sleep", "600")
	child.SysProcAttr = ownGroup()
	if err := child.Start(); err != nil {
		return err
	}
	fmt.Println(child.Process.Pid)
	return child.Wait()
}

type zipFile struct {
	name, content string
	mode          os.FileMode
}

func zipped(files ...zipFile) []byte {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, file := range files {
		header := &zip.FileHeader{Name: file.name, Method: zip.Store}
		header.SetMode(file.mode)
		w, err := archive.CreateHeader(header)
		if err == nil {
			_, err = io.WriteString(w, file.content)
		}
		if err != nil {
			panic(err) // writing to memory does not fail
		}
	}
	if err := archive.Close(); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

// deflated is a zip of files of these many zeros.
func deflated(sizes ...int) []byte {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for i, size := range sizes {
		w, err := archive.Create(fmt.Sprint(i))
		if err == nil {
			_, err = w.Write(make([]byte, size))
		}
		if err != nil {
			panic(err) // writing to memory does not fail
		}
	}
	if err := archive.Close(); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

// cloud is a small front door: it lets one principal in and evaluates nothing but
// what a test forbids.
type cloud struct {
	*testing.T
	service *Service
	client  *sdk.Client
	logs    *cloudwatchlogs.Client
	server  *httptest.Server
	dir     string

	mu       sync.Mutex
	caller   api.Principal
	denied   []string     // actions that functions' roles may not do
	needed   []api.Access // what the last call needed
	expires  time.Time    // of the credentials that roles give
	assumed  int
	objects  map[string][]byte
	database *store.Store
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{
		T: t, dir: t.TempDir(), objects: map[string][]byte{"code/probe.zip": probeZip},
		caller: api.Principal{Kind: api.Root, Account: account, ARN: "arn:aws:iam::" + account + ":root", UserID: account},
	}
	var err error
	if c.database, err = store.Open(filepath.Join(c.dir, "db")); err != nil {
		t.Fatal(err)
	}
	logService := logs.New(c.database, time.Now)
	c.service = c.open(logService)
	urls := c.service.URLs()
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		body, err := io.ReadAll(hr.Body)
		if err != nil {
			return
		}
		hr.Body = io.NopCloser(bytes.NewReader(body))
		c.mu.Lock()
		r := &api.Request{Request: hr, ID: newID(), Region: region, Principal: c.caller, Secure: true}
		c.mu.Unlock()
		var service api.Service = c.service
		switch {
		case strings.HasSuffix(hr.Host, ".on.aws"):
			service = urls
		case hr.Header.Get("X-Amz-Target") != "":
			service = logService
		}
		operation, err := service.Route(r)
		if err == nil {
			c.mu.Lock()
			c.needed = operation.Access
			c.mu.Unlock()
			err = operation.Handle(w, r)
		}
		if known := (*api.Error)(nil); errors.As(err, &known) {
			service.WriteError(w, r, known)
		} else if err != nil {
			t.Errorf("%s %s: %v", hr.Method, hr.URL, err)
			service.WriteError(w, r, api.Errorf(http.StatusInternalServerError, "ServiceException", "failed"))
		}
	}))
	transport := &http.Transport{}
	web := &http.Client{Transport: transport}
	keys := credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")
	c.client = sdk.New(sdk.Options{
		BaseEndpoint: &c.server.URL, Region: region, Credentials: keys, HTTPClient: web, Retryer: aws.NopRetryer{},
	})
	c.logs = cloudwatchlogs.New(cloudwatchlogs.Options{
		BaseEndpoint: &c.server.URL, Region: region, Credentials: keys, HTTPClient: web,
	})
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := c.service.Close(); err != nil {
			t.Error(err)
		}
		c.server.Close()
		if err := c.database.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// open makes the service over the cloud's database and folder.
func (c *cloud) open(sink LogSink) *Service {
	c.Helper()
	service, err := New(Config{
		DB: c.database, Dir: filepath.Join(c.dir, "lambda"), Now: time.Now, Code: c, Roles: c, Logs: sink,
		Authorise: c.authorise,
		Environ:   func(region string) []string { return []string{"AWS_ENDPOINT_URL=http://cloud." + region} },
		Logger:    slog.New(slog.NewTextHandler(testWriter{c.T}, nil)),
	})
	if err != nil {
		c.Fatal(err)
	}
	service.retryDelays = []time.Duration{0, 0}
	return service
}

// testWriter fails the test on whatever the service logs: none of the tests
// provokes an error of the cloud's own.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Errorf("logged: %s", p)
	return len(p), nil
}

func (c *cloud) Object(_ context.Context, bucket, key, _ string) (io.ReadCloser, error) {
	content, found := c.objects[bucket+"/"+key]
	if !found {
		return nil, api.Errorf(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

func (c *cloud) AssumeForService(_ context.Context, role, service, session string) (identity.Credentials, error) {
	if !strings.HasSuffix(role, "probe-role") || service != "lambda.amazonaws.com" {
		return identity.Credentials{}, api.Errorf(http.StatusBadRequest, "InvalidParameterValueException", "no such role")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assumed++
	expires := c.expires
	if expires.IsZero() {
		expires = time.Now().Add(time.Hour)
	}
	return identity.Credentials{
		AccessKeyID: "ASIA" + session, SecretAccessKey: "secret", SessionToken: fmt.Sprint(c.assumed), Expires: expires,
	}, nil
}

func (c *cloud) authorise(p api.Principal, a api.Access, _ string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.denied, a.Action) || p.RoleARN != goodRole {
		return api.Errorf(http.StatusForbidden, "AccessDenied", "no")
	}
	return nil
}

func (c *cloud) deny(actions ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.denied = actions
}

func (c *cloud) lastNeeded() []api.Access {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.needed
}

// deploy makes a function of the probe.
func (c *cloud) deploy(name string, edit ...func(*sdk.CreateFunctionInput)) *sdk.CreateFunctionOutput {
	c.Helper()
	in := probeInput(name)
	for _, e := range edit {
		e(in)
	}
	out, err := c.client.CreateFunction(c.Context(), in)
	if err != nil {
		c.Fatal(err)
	}
	return out
}

func probeInput(name string) *sdk.CreateFunctionInput {
	return &sdk.CreateFunctionInput{
		FunctionName: &name, Role: aws.String(goodRole), Runtime: types.RuntimeProvidedal2023,
		Handler: aws.String("bootstrap"), Code: &types.FunctionCode{S3Bucket: aws.String("code"), S3Key: aws.String("probe.zip")},
	}
}

// group makes the log group that a function writes to.
func (c *cloud) group(name string) {
	c.Helper()
	if _, err := c.logs.CreateLogGroup(c.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}); err != nil {
		c.Fatal(err)
	}
}

// invoke sends an event and gives back the answer.
func (c *cloud) invoke(name, event string) *sdk.InvokeOutput {
	c.Helper()
	out, err := c.client.Invoke(c.Context(), &sdk.InvokeInput{
		FunctionName: &name, Payload: []byte(event), LogType: types.LogTypeTail,
	})
	if err != nil {
		c.Fatal(err)
	}
	return out
}

// messages are what a log group holds, in order.
func (c *cloud) messages(group string) []string {
	c.Helper()
	out, err := c.logs.FilterLogEvents(c.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
	if err != nil {
		c.Fatal(err)
	}
	var all []string
	for _, e := range out.Events {
		all = append(all, *e.Message)
	}
	return all
}

// wantError checks the code that the API answered with, and part of the message.
func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var known smithy.APIError
	if !errors.As(err, &known) {
		t.Fatalf("got %v, want %s", err, code)
	}
	if known.ErrorCode() != code || !strings.Contains(known.ErrorMessage(), message) {
		t.Errorf("got %s: %s\nwant %s: %s", known.ErrorCode(), known.ErrorMessage(), code, message)
	}
}

// streams are the log streams of a group whose names contain part.
func (c *cloud) streams(group, part string) []string {
	c.Helper()
	out, err := c.logs.DescribeLogStreams(c.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &group})
	if err != nil {
		c.Fatal(err)
	}
	var names []string
	for _, s := range out.LogStreams {
		if strings.Contains(*s.LogStreamName, part) {
			names = append(names, *s.LogStreamName)
		}
	}
	return names
}

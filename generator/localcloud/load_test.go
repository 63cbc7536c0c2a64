package localcloud_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"sendform/generator/localcloud"
	"sendform/generator/sdkhttp"
)

// atOnce starts all calls together and waits until the last has ended.
func atOnce(t testing.TB, n int, call func(i int) error) {
	t.Helper()
	begin := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-begin
			if err := call(i); err != nil {
				t.Errorf("call %d of %d: %v", i, n, err)
			}
		})
	}
	close(begin)
	running.Wait()
}

// journal is a cloud's calls as its folder has them.
func journal(t *testing.T, dir string) (calls []localcloud.Call) {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "calls.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var call localcloud.Call
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, call)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return calls
}

// count counts the calls of an operation that were answered well, each request once.
func count(calls []localcloud.Call, operation string) int {
	ids := map[string]bool{}
	for _, call := range calls {
		if call.Operation == operation && call.Status == 200 && call.Fault == "" {
			ids[call.ID] = true
		}
	}
	return len(ids)
}

// openWithJournal opens a cloud that ends with close, which can be called early.
func openWithJournal(t *testing.T, dir string) (cloud *localcloud.Cloud, end func()) {
	t.Helper()
	c, err := localcloud.Open(t.Context(), localcloud.Options{Dir: dir, Journal: true})
	if err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(end)
	return c, end
}

// keeping is a client's configuration that keeps n connections for further calls. What
// making them takes, which is most of it, is spent once.
func keeping(t testing.TB, c *localcloud.Cloud, n int) aws.Config {
	t.Helper()
	transport := c.HTTPClient().Transport.(sdkhttp.Transport).Transport.Clone()
	transport.MaxIdleConnsPerHost = n
	t.Cleanup(transport.CloseIdleConnections)
	cfg := config(c, c.RootCredentials(account))
	cfg.HTTPClient = &http.Client{Transport: sdkhttp.Transport{Transport: transport}}
	return cfg
}

// content is the i-th object, unlike any other.
func content(i int) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 500+i) }

func putAtOnce(t testing.TB, client *s3.Client, n int) {
	t.Helper()
	atOnce(t, n, func(i int) error {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("box"), Key: aws.String(fmt.Sprint(i)), Body: bytes.NewReader(content(i))})
		return err
	})
}

func getAtOnce(t testing.TB, client *s3.Client, n int) {
	t.Helper()
	atOnce(t, n, func(i int) error {
		out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("box"), Key: aws.String(fmt.Sprint(i))})
		if err != nil {
			return err
		}
		defer out.Body.Close()
		got, err := io.ReadAll(out.Body)
		if err == nil && !bytes.Equal(got, content(i)) {
			err = fmt.Errorf("it is another one, of %d bytes", len(got))
		}
		return err
	})
}

func invokeAtOnce(t testing.TB, client *lambda.Client, n int) {
	t.Helper()
	atOnce(t, n, func(i int) error {
		out, err := client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: aws.String("probe"), Payload: fmt.Appendf(nil, `{"do":"print","text":"call %d."}`, i),
		})
		if err == nil && out.FunctionError != nil {
			err = fmt.Errorf("%s: %s", *out.FunctionError, out.Payload)
		}
		return err
	})
}

// objects and invocations are how many there are at once.
const objects, invocations = 2000, 500

func TestManyObjectsAtOnce(t *testing.T) {
	const n = objects
	dir := t.TempDir()
	c, end := openWithJournal(t, dir)
	makeBucket(t, c, "box")
	client := s3Client(keeping(t, c, n))
	putAtOnce(t, client, n)
	getAtOnce(t, client, n)
	listed := 0
	for pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: aws.String("box")}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		listed += len(page.Contents)
	}
	if listed != n {
		t.Errorf("%d objects are listed, want %d", listed, n)
	}
	end() // nothing is being recorded any more
	for name, calls := range map[string][]localcloud.Call{"record": c.Record(), "journal": journal(t, dir)} {
		if puts, gets := count(calls, "PutObject"), count(calls, "GetObject"); puts != n || gets != n {
			t.Errorf("the %s has %d puts and %d gets, want %d of each", name, puts, gets, n)
		}
	}
}

func TestManyInvocationsAtOnce(t *testing.T) {
	const n = invocations
	dir := t.TempDir()
	c, end := openWithJournal(t, dir)
	s := newStage(t, c)
	client, _ := s.deploy()
	invokeAtOnce(t, client, n)
	// What a function prints is in its log when it ends, at the latest.
	if _, err := client.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: aws.String("probe")}); err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	reports := 0
	logs := cloudwatchlogs.NewFromConfig(config(c, c.RootCredentials(account)))
	for deadline := time.Now().Add(30 * time.Second); ; {
		clear(said)
		reports = 0
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/lambda/probe")})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, event := range page.Events {
				line := strings.TrimSpace(*event.Message)
				if strings.HasPrefix(line, "call ") {
					said[line]++
				}
				if strings.HasPrefix(line, "REPORT ") {
					reports++
				}
			}
		}
		if len(said) == n && reports == n || time.Now().After(deadline) {
			break
		}
	}
	if reports != n {
		t.Errorf("%d invocations are reported in the log, want %d", reports, n)
	}
	for i := range n {
		if line := fmt.Sprintf("call %d.", i); said[line] != 1 {
			t.Errorf("%q is %d times in the log", line, said[line])
		}
	}
	end()
	if got := count(journal(t, dir), "Invoke"); got != n {
		t.Errorf("the journal has %d invocations, want %d", got, n)
	}
}

// benched is a cloud with a bucket, an object and a role.
func benched(b *testing.B) *localcloud.Cloud {
	b.Helper()
	c := open(b, b.TempDir())
	if err := put(b.Context(), makeBucket(b, c, "box"), "box", "key"); err != nil {
		b.Fatal(err)
	}
	makeRole(b, c, "role", trustMe, allowAll)
	return c
}

// BenchmarkCall makes calls one after the other, as AWS's SDK makes them, over HTTPS.
func BenchmarkCall(b *testing.B) {
	c := benched(b)
	cfg := config(c, c.RootCredentials(account))
	objects, roles := s3Client(cfg), iam.NewFromConfig(cfg)
	b.Run("PutObject", func(b *testing.B) {
		for b.Loop() {
			if err := put(b.Context(), objects, "box", "key"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("GetObject", func(b *testing.B) {
		for b.Loop() {
			out, err := objects.GetObject(b.Context(), &s3.GetObjectInput{Bucket: aws.String("box"), Key: aws.String("key")})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, out.Body); err != nil {
				b.Fatal(err)
			}
			if err := out.Body.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("GetRole", func(b *testing.B) {
		for b.Loop() {
			if _, err := roles.GetRole(b.Context(), &iam.GetRoleInput{RoleName: aws.String("role")}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkAtOnce makes all calls at once; one operation is all of them.
func BenchmarkAtOnce(b *testing.B) {
	c := benched(b)
	client := s3Client(keeping(b, c, objects))
	functions, _ := newStage(b, c).deploy()
	b.Run("PutObject", func(b *testing.B) {
		for b.Loop() {
			putAtOnce(b, client, objects)
		}
	})
	b.Run("GetObject", func(b *testing.B) {
		for b.Loop() {
			getAtOnce(b, client, objects)
		}
	})
	b.Run("Invoke", func(b *testing.B) {
		for b.Loop() {
			invokeAtOnce(b, functions, invocations)
		}
	})
}

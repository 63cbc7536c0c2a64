package lambda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func TestWarmReuse(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	calls := func() (n, pid int) {
		var out struct{ Calls, PID int }
		if err := json.Unmarshal(c.invoke("probe", `{"do":"calls"}`).Payload, &out); err != nil {
			t.Fatal(err)
		}
		return out.Calls, out.PID
	}
	first, pid := calls()
	if again, same := calls(); first != 1 || again != 2 || same != pid {
		t.Errorf("calls %d then %d, process %d then %d", first, again, pid, same)
	}
	if _, err := c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("probe"), Description: aws.String("changed"),
	}); err != nil {
		t.Fatal(err)
	}
	gone(t, pid)
	if n, other := calls(); n != 1 || other == pid {
		t.Errorf("after an update: call %d of process %d", n, other)
	}
	// Credentials that end soon are not handed on to another call.
	c.mu.Lock()
	c.expires = time.Now().Add(10 * time.Second)
	c.mu.Unlock()
	if _, err := c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("probe"), Description: aws.String("again"),
	}); err != nil {
		t.Fatal(err)
	}
	_, short := calls()
	if n, other := calls(); n != 1 || other == short {
		t.Errorf("with old credentials: call %d of process %d", n, other)
	}
}

// gone waits until a process has ended; a zombie counts as ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if syscall.Kill(pid, 0) != nil || err == nil && bytes.Contains(status, []byte(") Z ")) {
			return
		}
	}
	t.Errorf("process %d is still there", pid)
}

func TestConcurrency(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(30) })
	meet := func(n int) []error {
		event := fmt.Appendf(nil, `{"do":"meet","text":%q,"count":%d}`, t.TempDir(), n)
		errs := make([]error, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				_, errs[i] = c.client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("probe"), Payload: event})
			})
		}
		all.Wait()
		return errs
	}
	for i, err := range meet(processes) {
		if err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	// More calls than processes wait for their turn.
	var all sync.WaitGroup
	for range 5 * processes {
		all.Go(func() {
			if _, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("probe")}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	// A reserved limit is a hard one.
	if _, err := c.client.PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{
		FunctionName: aws.String("probe"), ReservedConcurrentExecutions: aws.Int32(1),
	}); err != nil {
		t.Fatal(err)
	}
	// The first call waits for a second one, which is refused until the first is over.
	dir := t.TempDir()
	event := fmt.Appendf(nil, `{"do":"meet","text":%q,"count":2}`, dir)
	all.Go(func() {
		if _, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("probe"), Payload: event}); err != nil {
			t.Error(err)
		}
	})
	for here := 0; here == 0; {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		here = len(entries)
	}
	_, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("probe")})
	wantError(t, err, "TooManyRequestsException", "")
	if err := os.WriteFile(filepath.Join(dir, "second"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

func TestAsynchronousEvents(t *testing.T) {
	c := newCloud(t)
	c.group("/aws/lambda/probe")
	c.deploy("probe")
	out, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{
		FunctionName: aws.String("probe"), Payload: []byte(`{"do":"fail","text":"each time"}`),
		InvocationType: types.InvocationTypeEvent,
	})
	if err != nil || out.StatusCode != 202 {
		t.Fatalf("%v, error %v", out, err)
	}
	reports := 0
	for deadline := time.Now().Add(20 * time.Second); reports < 3 && time.Now().Before(deadline); {
		reports = 0
		for _, line := range c.messages("/aws/lambda/probe") {
			if strings.HasPrefix(line, "REPORT") {
				reports++
			}
		}
	}
	if reports != 3 {
		t.Errorf("tried %d times, want 3", reports)
	}
}

// TestCloseLeavesNothing closes the cloud while a call runs, with an idle
// environment, and a child that a function left behind.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	var pids []int
	dir := ""
	t.Run("cloud", func(t *testing.T) {
		c := newCloud(t)
		dir = c.dir
		c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(60) })
		c.deploy("busy", func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(60) })
		var left struct{ PID, Child int }
		if err := json.Unmarshal(c.invoke("probe", `{"do":"leave a child"}`).Payload, &left); err != nil {
			t.Fatal(err)
		}
		pids = []int{left.PID, left.Child}
		meeting := t.TempDir()
		refused := make(chan error, 1)
		go func() {
			inv := newInvocation("", "", reference{account, region, "busy", ""},
				fmt.Appendf(nil, `{"do":"meet","text":%q,"count":2}`, meeting))
			f, config, err := c.service.find(reference{account, region, "busy", ""})
			if err == nil {
				_, err = c.service.execute(t.Context(), f, config, inv)
			}
			refused <- err
		}()
		for here := 0; here == 0; {
			entries, err := os.ReadDir(meeting)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				here++
				var pid int
				if _, err := fmt.Sscanf(entry.Name(), "meet.%d", &pid); err != nil {
					t.Fatal(err)
				}
				pids = append(pids, pid)
			}
		}
		if err := c.service.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-refused; err == nil {
			t.Error("a call that was running did not fail")
		}
	})
	for _, pid := range pids {
		gone(t, pid)
	}
	entries, err := filepath.Glob(filepath.Join(dir, "lambda", "environments", "*"))
	if err != nil || len(entries) > 0 {
		t.Errorf("left folders %v, error %v", entries, err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if now := runtime.NumGoroutine(); now > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
	}
}

// TestChildrenEndWithTheProcess has a function end while a child of it runs.
func TestChildrenEndWithTheProcess(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	var left struct{ Child int }
	if err := json.Unmarshal(c.invoke("probe", `{"do":"leave a child"}`).Payload, &left); err != nil {
		t.Fatal(err)
	}
	c.invoke("probe", `{"do":"exit","count":1}`)
	gone(t, left.Child)
}

func TestIdleEnvironmentsEnd(t *testing.T) {
	c := newCloud(t)
	c.service.idleFor = time.Millisecond
	c.deploy("probe")
	var out struct{ PID int }
	if err := json.Unmarshal(c.invoke("probe", `{"do":"calls"}`).Payload, &out); err != nil {
		t.Fatal(err)
	}
	gone(t, out.PID)
}

package lambda

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func snapStarted(in *sdk.CreateFunctionInput) {
	in.SnapStart, in.Publish = &types.SnapStart{ApplyOn: types.SnapStartApplyOnPublishedVersions}, true
}

// settledVersion waits until a version is not pending any more.
func (c *cloud) settledVersion(name, version string) *sdk.GetFunctionConfigurationOutput {
	c.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		got, err := c.client.GetFunctionConfiguration(c.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: &name, Qualifier: &version})
		if err != nil {
			c.Fatal(err)
		}
		if got.State != types.StatePending {
			return got
		}
		if time.Now().After(deadline) {
			c.Fatalf("version %s of %s is still pending", version, name)
		}
	}
}

func TestSnapStart(t *testing.T) {
	c := newCloud(t)
	created := c.python("probe", snapStarted, zipFile{"hooked.py", `
import os
import snapshot_restore_py

order = []
snapshot_restore_py.register_before_snapshot(order.append, "before, first")
snapshot_restore_py.register_before_snapshot(order.append, "before, second")

@snapshot_restore_py.register_after_restore
def after():
    order.append("after")

def handler(event, context):
    return {"order": order, "keys": [n for n in os.environ if n.startswith("AWS_ACCESS_KEY")],
            "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], "pid": os.getpid()}
`, 0o644})
	if *created.Version != "1" || created.State != types.StatePending || created.SnapStart.OptimizationStatus != types.SnapStartOptimizationStatusOff {
		t.Errorf("version %s is %s, %+v", *created.Version, created.State, created.SnapStart)
	}
	if got := c.settledVersion("probe", "1"); got.State != types.StateActive || got.SnapStart.OptimizationStatus != types.SnapStartOptimizationStatusOn || got.StateReason != nil {
		t.Errorf("version 1 is %s, %+v", got.State, got.SnapStart)
	}
	// The role's credentials come from the place that the SDKs look at.
	var got map[string]string
	if err := json.Unmarshal(c.invoke("probe:1", `{"do":"credentials"}`).Payload, &got); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339, got["Expiration"]); err != nil || got["AccessKeyId"] != "ASIAprobe" || got["SecretAccessKey"] != "secret" || got["Token"] == "" {
		t.Errorf("credentials %v", got)
	}
	// $LATEST is started as always.
	var latest struct{ Environ map[string]string }
	if err := json.Unmarshal(c.invoke("probe", `{"do":"machine"}`).Payload, &latest); err != nil {
		t.Fatal(err)
	}
	if latest.Environ["AWS_LAMBDA_INITIALIZATION_TYPE"] != "on-demand" || latest.Environ["AWS_ACCESS_KEY_ID"] == "" || latest.Environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] != "" {
		t.Errorf("$LATEST has %v", latest.Environ)
	}
	if _, err := c.client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("probe"), Handler: aws.String("hooked.handler"),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.client.PublishVersion(t.Context(), &sdk.PublishVersionInput{FunctionName: aws.String("probe")}); err != nil {
		t.Fatal(err)
	}
	c.settledVersion("probe", "2")
	out := c.invoke("probe:2", `{}`)
	if got := string(out.Payload); !strings.HasPrefix(got, `{"order": ["before, second", "before, first", "after"], "keys": [], "type": "snap-start", `) {
		t.Errorf("got %s", got)
	}
	// The first start is the one that serves.
	if calls := len(c.streams("/aws/lambda/probe", "[2]")); calls != 1 {
		t.Errorf("%d environments of version 2 were started", calls)
	}
}

func TestSnapStartThatFails(t *testing.T) {
	c := newCloud(t)
	c.needPython()
	c.deploy("probe", func(in *sdk.CreateFunctionInput) {
		in.Runtime, in.Handler = types.RuntimePython313, aws.String("main.handler")
		in.Code = &types.FunctionCode{ZipFile: zipped(zipFile{"main.py", "import nothing_like_this\n", 0o644})}
		snapStarted(in)
	})
	got := c.settledVersion("probe", "1")
	if got.State != types.StateFailed || got.StateReasonCode != "FunctionError.RuntimeInitError" ||
		*got.StateReason != "Unable to import module 'main': No module named 'nothing_like_this'" {
		t.Errorf("version 1 is %s, %s: %s", got.State, got.StateReasonCode, aws.ToString(got.StateReason))
	}
	_, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("probe:1")})
	wantError(t, err, "ResourceConflictException", "in the following state: Failed")
}

func TestSnapStartThatTakesTooLong(t *testing.T) {
	c := newCloud(t)
	c.needPython()
	c.service.firstStartFor = time.Millisecond
	c.deploy("probe", func(in *sdk.CreateFunctionInput) {
		in.Runtime, in.Handler = types.RuntimePython313, aws.String("main.handler")
		in.Code = &types.FunctionCode{ZipFile: zipped(zipFile{"main.py", "import signal\nsignal.pause()\n", 0o644})}
		snapStarted(in)
	})
	got := c.settledVersion("probe", "1")
	if got.State != types.StateFailed || got.StateReasonCode != "FunctionError.InitTimeout" {
		t.Errorf("version 1 is %s, %s: %s", got.State, got.StateReasonCode, aws.ToString(got.StateReason))
	}
}

// TestSnapStartIsTakenUp closes the cloud before a version was started, and has the
// next one do it.
func TestSnapStartIsTakenUp(t *testing.T) {
	c := newCloud(t)
	c.needPython()
	c.service.Settle = time.Hour
	c.python("probe", snapStarted)
	_, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("probe:1")})
	wantError(t, err, "SnapStartNotReadyException", "Lambda is initializing your function.")
	if err := c.service.Close(); err != nil {
		t.Fatal(err)
	}
	c.service = c.open(c.service.Logs)
	if err := c.service.Resume(); err != nil {
		t.Fatal(err)
	}
	ref := reference{account, region, "probe", "1"}
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		_, config, err := c.service.find(ref)
		if err != nil {
			t.Fatal(err)
		}
		if config.State == stateActive {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("version 1 is %s", config.State)
		}
	}
}

func TestCredentialsNeedTheToken(t *testing.T) {
	e := &environment{}
	for name, token := range map[string]string{"": "", "wrong": "token"} {
		e.token = token
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, credentialsPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", name)
		answer := httptest.NewRecorder()
		e.runtimeAPI().ServeHTTP(answer, request)
		if answer.Code != http.StatusForbidden {
			t.Errorf("token %q: status %d", name, answer.Code)
		}
	}
}

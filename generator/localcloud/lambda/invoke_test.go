package lambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func TestInvoke(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(60) })
	c.deploy("impatient", func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(1) })
	tests := map[string]struct {
		event   string
		payload string // a pattern
		failed  bool
	}{
		"echo":           {`{"do":"answer","answer":{"a":[1,2]}}`, `^\{"a":\[1,2\]\}$`, false},
		"handled error":  {`{"do":"fail","text":"no luck"}`, `^\{"errorMessage":"no luck","errorType":"errorString"\}$`, true},
		"panic":          {`{"do":"panic","text":"oh"}`, `"errorMessage":"oh"`, true},
		"exit":           {`{"do":"exit","count":7}`, `^\{"errorMessage":"RequestId: [-0-9a-f]{36} Error: Runtime exited with error: exit status 7","errorType":"Runtime.ExitError"\}$`, true},
		"silent exit":    {`{"do":"exit"}`, `Runtime exited without providing a reason`, true},
		"hang":           {`{"do":"hang"}`, `^\{"errorMessage":"[-0-9T:.]+Z [-0-9a-f]{36} Task timed out after 1.00 seconds"\}$`, true},
		"endless loop":   {`{"do":"spin"}`, `Task timed out after 1.00 seconds`, true},
		"large answer":   {`{"do":"large","count":6291000}`, `^"x+"$`, false},
		"too large":      {`{"do":"large","count":6291600}`, `"errorType":"Function.ResponseSizeTooLarge"`, true},
		"empty event":    {``, `^\{\}$`, false},
		"after all that": {`{"do":"answer","answer":"fine"}`, `^"fine"$`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			function := "probe"
			if strings.Contains(test.payload, "timed out") {
				function = "impatient"
			}
			out, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: &function, Payload: []byte(test.event)})
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile(test.payload).Match(out.Payload) {
				t.Errorf("payload %.300s, want %s", out.Payload, test.payload)
			}
			if (out.FunctionError != nil) != test.failed {
				t.Errorf("function error %v, want %v", aws.ToString(out.FunctionError), test.failed)
			}
			if test.failed && *out.FunctionError != "Unhandled" {
				t.Errorf("function error %q", *out.FunctionError)
			}
			if out.StatusCode != 200 || aws.ToString(out.ExecutedVersion) != "$LATEST" {
				t.Errorf("status %d, version %q", out.StatusCode, aws.ToString(out.ExecutedVersion))
			}
		})
	}
}

func TestDeadlineReachesTheFunction(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(1) })
	// aws-lambda-go cancels the context at the deadline; the function answers about
	// then, so either its answer or the time-out may win.
	out := c.invoke("probe", `{"do":"wait for the deadline"}`)
	if got := string(out.Payload); got != "true" && !strings.Contains(got, "Task timed out") {
		t.Errorf("got %s", got)
	}
}

func TestInvokeErrors(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	c.deploy("node", func(in *sdk.CreateFunctionInput) {
		in.Runtime, in.Handler = types.RuntimeNodejs22x, aws.String("main.handler")
	})
	c.deploy("reserved", func(*sdk.CreateFunctionInput) {})
	if _, err := c.client.PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{
		FunctionName: aws.String("reserved"), ReservedConcurrentExecutions: aws.Int32(0),
	}); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		in            sdk.InvokeInput
		code, message string
	}{
		"missing function": {sdk.InvokeInput{FunctionName: aws.String("nobody")}, "ResourceNotFoundException", "Function not found: arn:aws:lambda:eu-west-2:111122223333:function:nobody"},
		"missing version":  {sdk.InvokeInput{FunctionName: aws.String("probe"), Qualifier: aws.String("3")}, "ResourceNotFoundException", "function:probe:3"},
		"not JSON":         {sdk.InvokeInput{FunctionName: aws.String("probe"), Payload: []byte("{")}, "InvalidRequestContentException", "Could not parse"},
		"large event":      {sdk.InvokeInput{FunctionName: aws.String("probe"), Payload: bytes.Repeat([]byte("1"), maxPayload+1)}, "RequestEntityTooLargeException", "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"},
		"large async":      {sdk.InvokeInput{FunctionName: aws.String("probe"), Payload: bytes.Repeat([]byte("1"), maxEventPayload+1), InvocationType: types.InvocationTypeEvent}, "RequestEntityTooLargeException", "Event invocation type"},
		"runtime":          {sdk.InvokeInput{FunctionName: aws.String("node")}, "InvalidRuntimeException", "nodejs22.x is not available"},
		"throttled":        {sdk.InvokeInput{FunctionName: aws.String("reserved")}, "TooManyRequestsException", "Rate Exceeded"},
		"client context":   {sdk.InvokeInput{FunctionName: aws.String("probe"), ClientContext: aws.String("?")}, "InvalidRequestContentException", "Client context"},
		"other region":     {sdk.InvokeInput{FunctionName: aws.String("arn:aws:lambda:us-east-1:111122223333:function:probe")}, "ResourceNotFoundException", "Functions from 'us-east-1' are not reachable in this region ('eu-west-2')"},
		"bad name":         {sdk.InvokeInput{FunctionName: aws.String("pro be")}, "ValidationException", "at 'functionName' failed to satisfy constraint"},
		"two qualifiers":   {sdk.InvokeInput{FunctionName: aws.String("probe:1"), Qualifier: aws.String("2")}, "InvalidParameterValueException", "derived qualifier"},
		"type":             {sdk.InvokeInput{FunctionName: aws.String("probe"), InvocationType: "Later"}, "ValidationException", "invocationType"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.client.Invoke(t.Context(), &test.in)
			wantError(t, err, test.code, test.message)
		})
	}
}

func TestDryRunDoesNotRun(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe")
	out, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{
		FunctionName: aws.String("probe"), InvocationType: types.InvocationTypeDryRun,
	})
	if err != nil || out.StatusCode != 204 {
		t.Fatalf("status %v, error %v", out, err)
	}
	if got := string(c.invoke("probe", `{"do":"calls"}`).Payload); !strings.Contains(got, `"calls":1,`) {
		t.Errorf("got %s", got)
	}
}

func TestBrokenPackages(t *testing.T) {
	c := newCloud(t)
	c.deploy("broken", func(in *sdk.CreateFunctionInput) {
		in.Environment = &types.Environment{Variables: map[string]string{"BROKEN_START": "1"}}
	})
	tests := map[string]struct {
		file zipFile
		want string
	}{
		"none":           {zipFile{"other", "x", 0o644}, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"},
		"not executable": {zipFile{"bootstrap", "x", 0o644}, "fork/exec /var/task/bootstrap: permission denied"},
		"no program":     {zipFile{"bootstrap", "x", 0o755}, "fork/exec /var/task/bootstrap: exec format error"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			function := strings.ReplaceAll(name, " ", "-")
			c.deploy(function, func(in *sdk.CreateFunctionInput) {
				in.Code = &types.FunctionCode{ZipFile: zipped(test.file)}
			})
			out := c.invoke(function, `{}`)
			if got := string(out.Payload); !strings.Contains(got, test.want) || !strings.Contains(got, "Runtime.InvalidEntrypoint") {
				t.Errorf("got %s", got)
			}
		})
	}
	t.Run("ends at its start", func(t *testing.T) {
		out := c.invoke("broken", `{}`)
		if got := string(out.Payload); !strings.Contains(got, "Runtime exited with error: exit status 3") {
			t.Errorf("got %s", got)
		}
	})
}

func TestEnvironment(t *testing.T) {
	t.Setenv("OF_THE_HOST", "must not be seen")
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) {
		in.Environment = &types.Environment{Variables: map[string]string{"GREETING": "hello\nworld"}}
		in.MemorySize = aws.Int32(256)
	})
	clientContext := base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"b"}}`))
	out, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{
		FunctionName: aws.String("probe"), Payload: []byte(`{"do":"environment"}`), ClientContext: &clientContext,
	})
	if err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Environ            []string
		Directory, ARN, ID string
		Client             map[string]string
	}
	if err := json.Unmarshal(out.Payload, &seen); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, pair := range seen.Environ {
		name, value, _ := strings.Cut(pair, "=")
		got[name] = value
	}
	want := map[string]string{
		"GREETING": "hello\nworld", "AWS_ENDPOINT_URL": "http://cloud.eu-west-2",
		"AWS_REGION": region, "AWS_DEFAULT_REGION": region,
		"AWS_ACCESS_KEY_ID": "ASIAprobe", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": got["AWS_SESSION_TOKEN"],
		"AWS_LAMBDA_FUNCTION_NAME": "probe", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/probe",
		"AWS_LAMBDA_LOG_STREAM_NAME": got["AWS_LAMBDA_LOG_STREAM_NAME"], "AWS_LAMBDA_RUNTIME_API": got["AWS_LAMBDA_RUNTIME_API"],
		"LAMBDA_TASK_ROOT": seen.Directory, "LAMBDA_RUNTIME_DIR": "/var/runtime", "_HANDLER": "bootstrap", "TZ": ":UTC",
		"PATH": "/usr/local/bin:/usr/bin:/bin", "LD_LIBRARY_PATH": seen.Directory + ":" + seen.Directory + "/lib", "HOME": got["HOME"], "TMPDIR": got["HOME"],
		"_X_AMZN_TRACE_ID": got["_X_AMZN_TRACE_ID"], // set by aws-lambda-go
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if !regexp.MustCompile(`^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$`).MatchString(got["AWS_LAMBDA_LOG_STREAM_NAME"]) {
		t.Errorf("stream %q", got["AWS_LAMBDA_LOG_STREAM_NAME"])
	}
	if !strings.HasPrefix(got["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:") || !strings.HasPrefix(got["HOME"], c.dir) {
		t.Errorf("runtime API %q, home %q", got["AWS_LAMBDA_RUNTIME_API"], got["HOME"])
	}
	if seen.ARN != "arn:aws:lambda:eu-west-2:111122223333:function:probe" || seen.Client["a"] != "b" || len(seen.ID) != 36 {
		t.Errorf("context %+v", seen)
	}
}

func TestLogs(t *testing.T) {
	tests := map[string]struct {
		logging *types.LoggingConfig
		make    []string // log groups that exist
		deny    []string
		group   string
		want    []string // patterns, in order; nil when the group must not exist
	}{
		"text": {
			make: []string{"/aws/lambda/probe"}, deny: []string{"logs:CreateLogGroup"}, group: "/aws/lambda/probe",
			want: []string{`^START RequestId: [-0-9a-f]{36} Version: \$LATEST$`, `^hello$`, `^to stderr: hello$`, `^END RequestId: `, `^REPORT RequestId: .*\tDuration: [0-9.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [0-9.]+ ms$`},
		},
		"JSON in another group": {
			logging: &types.LoggingConfig{LogFormat: types.LogFormatJson, LogGroup: aws.String("/other")},
			make:    []string{"/other"}, group: "/other",
			want: []string{`"type":"platform.start"`, `^hello$`, `^to stderr: hello$`, `"type":"platform.report"`},
		},
		"JSON without system lines": {
			logging: &types.LoggingConfig{LogFormat: types.LogFormatJson, SystemLogLevel: types.SystemLogLevelWarn},
			make:    []string{"/aws/lambda/probe"}, group: "/aws/lambda/probe",
			want: []string{`^hello$`, `^to stderr: hello$`},
		},
		"JSON with every system line": {
			logging: &types.LoggingConfig{LogFormat: types.LogFormatJson, SystemLogLevel: types.SystemLogLevelDebug},
			make:    []string{"/aws/lambda/probe"}, group: "/aws/lambda/probe",
			want: []string{`"type":"platform.start"`, `^hello$`, `^to stderr: hello$`, `"status":"success".*"type":"platform.runtimeDone"`, `"type":"platform.report"`},
		},
		"missing group is made":         {group: "/aws/lambda/probe", want: []string{`^START`, `^hello$`, `^to stderr`, `^END`, `^REPORT`}},
		"missing group may not be made": {deny: []string{"logs:CreateLogGroup"}, group: "/aws/lambda/probe"},
		"no streams":                    {make: []string{"/aws/lambda/probe"}, deny: []string{"logs:CreateLogStream"}, group: "/aws/lambda/probe", want: []string{}},
		"no events":                     {make: []string{"/aws/lambda/probe"}, deny: []string{"logs:PutLogEvents"}, group: "/aws/lambda/probe", want: []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			for _, group := range test.make {
				c.group(group)
			}
			c.deny(test.deny...)
			c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.LoggingConfig = test.logging })
			out := c.invoke("probe", `{"do":"print","text":"hello"}`)
			if test.want == nil {
				if err := c.service.Logs.Write(account, region, test.group, "x", nil); err == nil {
					t.Error("the log group was made")
				}
				return
			}
			got := c.messages(test.group)
			matches := slices.EqualFunc(got, test.want, func(line, pattern string) bool {
				return regexp.MustCompile(pattern).MatchString(line)
			})
			if !matches {
				t.Errorf("got %q", got)
			}
			tail, err := base64.StdEncoding.DecodeString(*out.LogResult)
			if err != nil || len(got) > 0 && string(tail) != strings.Join(got, "\n")+"\n" {
				t.Errorf("tail %q, error %v", tail, err)
			}
		})
	}
}

// TestFailuresAreWarnings has a function fail whose log leaves out what goes well.
func TestFailuresAreWarnings(t *testing.T) {
	c := newCloud(t)
	c.deploy("probe", func(in *sdk.CreateFunctionInput) {
		in.LoggingConfig = &types.LoggingConfig{LogFormat: types.LogFormatJson, SystemLogLevel: types.SystemLogLevelWarn}
	})
	c.invoke("probe", `{"do":"fail","text":"no"}`)
	got := slices.DeleteFunc(c.messages("/aws/lambda/probe"), func(line string) bool { return !strings.Contains(line, "platform.") })
	if len(got) != 2 || !strings.Contains(got[0], "platform.runtimeDone") || !strings.Contains(got[1], "platform.report") {
		t.Errorf("got %q", got)
	}
}

func TestManyLinesStayInOrder(t *testing.T) {
	c := newCloud(t)
	c.group("/aws/lambda/probe")
	c.deploy("probe", func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(30) })
	const count = 5000
	c.invoke("probe", fmt.Sprintf(`{"do":"print many","count":%d}`, count))
	c.invoke("probe", `{"do":"print","text":"warm"}`)
	got := c.messages("/aws/lambda/probe")
	if len(got) != count+3+5 {
		t.Fatalf("%d messages", len(got))
	}
	for i := range count {
		if want := fmt.Sprintf("line %06d", i); got[i+1] != want {
			t.Fatalf("message %d is %q, want %q", i+1, got[i+1], want)
		}
	}
	if got[count+4] != "warm" || strings.Contains(got[count+7], "Init Duration") {
		t.Errorf("last messages %q", got[count+3:])
	}
}

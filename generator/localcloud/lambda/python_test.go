package lambda

import (
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

//go:embed testdata/python
var pythonFiles embed.FS

// needPython skips a test on a machine without any Python that can run functions.
func (c *cloud) needPython() {
	c.Helper()
	if c.service.interpreters.forRuntime("python3.13") == nil {
		c.Skip("this machine has no Python 3.9 or later: neither python3.13 nor python3 runs")
	}
}

// python deploys testdata/python, with further files, as a function in Python.
func (c *cloud) python(name string, edit func(*sdk.CreateFunctionInput), more ...zipFile) *sdk.CreateFunctionOutput {
	c.Helper()
	c.needPython()
	source, err := pythonFiles.ReadFile("testdata/python/app/main.py")
	if err != nil {
		c.Fatal(err)
	}
	files := append([]zipFile{{"app/main.py", string(source), 0o644}}, more...)
	return c.deploy(name, func(in *sdk.CreateFunctionInput) {
		in.Runtime, in.Handler, in.Timeout = types.RuntimePython313, aws.String("app.main.handler"), aws.Int32(30)
		in.Code = &types.FunctionCode{ZipFile: zipped(files...)}
		if edit != nil {
			edit(in)
		}
	})
}

func TestPythonInvoke(t *testing.T) {
	c := newCloud(t)
	c.python("probe", nil)
	c.python("impatient", func(in *sdk.CreateFunctionInput) { in.Timeout = aws.Int32(1) })
	const uuid = `[-0-9a-f]{36}`
	tests := map[string]struct {
		event   string
		payload string // a pattern
		failed  bool
	}{
		"echo":            {`{"do":"answer","answer":{"a":[1,2.5,null,true]}}`, `^{"a": \[1, 2\.5, null, true\]}$`, false},
		"characters":      {`{"do":"text"}`, `^"zażółć 😀"$`, false},
		"no answer":       {`{"do":"answer","answer":null}`, `^null$`, false},
		"error":           {`{"do":"fail","text":"no luck"}`, `^{"errorMessage": "no luck", "errorType": "ValueError", "requestId": "` + uuid + `", "stackTrace": \["  File \\"/var/task/app/main.py\\", line \d+, in handler\\n    return .*\\n", "  File \\"/var/task/app/main.py\\", line \d+, in fail\\n    raise ValueError\(event\[\\"text\\"\]\)\\n"\]}$`, true},
		"event of others": {`[]`, `"errorType": "TypeError"`, true},
		"not JSON":        {`{"do":"strange"}`, `^{"errorMessage": "Unable to marshal response: Object of type set is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "` + uuid + `", "stackTrace": \[\]}$`, true},
		"decimal":         {`{"do":"amount"}`, `Unable to marshal response: Object of type Decimal is not JSON serializable`, true},
		"exit":            {`{"do":"leave","code":3}`, `Runtime exited with error: exit status 3`, true},
		"time-out":        {`{"do":"wait"}`, `Task timed out after 1.00 seconds`, true},
		"large answer":    {`{"do":"answer","answer":"` + strings.Repeat("x", 5<<20) + `"}`, `^"x+"$`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			function := "probe"
			if strings.Contains(test.payload, "timed out") {
				function = "impatient"
			}
			out := c.invoke(function, test.event)
			if !regexp.MustCompile(test.payload).Match(out.Payload) {
				t.Errorf("payload %.500s\nwant %s", out.Payload, test.payload)
			}
			if (out.FunctionError != nil) != test.failed {
				t.Errorf("function error %v, want %v", aws.ToString(out.FunctionError), test.failed)
			}
		})
	}
}

func TestPythonContext(t *testing.T) {
	c := newCloud(t)
	c.python("probe", func(in *sdk.CreateFunctionInput) {
		in.MemorySize, in.Handler = aws.Int32(256), aws.String("app/main.handler")
	})
	clientContext := base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"b"},"client":{"app_title":"tests"}}`))
	out, err := c.client.Invoke(t.Context(), &sdk.InvokeInput{
		FunctionName: aws.String("probe"), Payload: []byte(`{"do":"describe"}`), ClientContext: &clientContext,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Name, Version, Memory, ARN, ID, Group, Stream, Trace string
		Left                                                 int
		Client                                               []any
		Identity                                             any
	}
	if err := json.Unmarshal(out.Payload, &got); err != nil {
		t.Fatalf("%v: %s", err, out.Payload)
	}
	if got.Name != "probe" || got.Version != "$LATEST" || got.Memory != "256" || got.ARN != probeARN || len(got.ID) != 36 ||
		got.Group != "/aws/lambda/probe" || !strings.Contains(got.Stream, "[$LATEST]") || !strings.HasPrefix(got.Trace, "Root=1-") ||
		got.Left < 1 || got.Left > 30_000 || got.Identity != nil {
		t.Errorf("context %+v", got)
	}
	if fmt.Sprint(got.Client) != "[map[a:b] tests]" {
		t.Errorf("client context %v", got.Client)
	}
}

// TestPythonIsIsolated looks at what a function sees of this machine.
func TestPythonIsIsolated(t *testing.T) {
	t.Setenv("PYTHONPATH", "/of/the/host")
	t.Setenv("PYTHONSTARTUP", "/of/the/host")
	c := newCloud(t)
	layer := c.layer("deps", zipFile{"python/dep.py", "", 0o644})
	created := c.python("probe", func(in *sdk.CreateFunctionInput) {
		in.Layers = []string{layer}
		in.Environment = &types.Environment{Variables: map[string]string{"PYTHONPATH": "/var/task/lib:/opt/more", "PATH": "/opt/bin:/bin"}}
	})
	var got struct {
		Path, Argv, Modules []string
		Environ             map[string]string
		CWD                 string
	}
	if err := json.Unmarshal(c.invoke("probe", `{"do":"machine"}`).Payload, &got); err != nil {
		t.Fatal(err)
	}
	task := c.packageOf(created)
	opt := c.service.packages.path(c.shaOfLayer("deps", 1))
	want := []string{task, filepath.Join(task, "lib"), filepath.Join(opt, "more"), filepath.Join(opt, "python/lib/python3.13/site-packages"), filepath.Join(opt, "python")}
	if len(got.Path) < len(want) || !slices.Equal(got.Path[:len(want)], want) {
		t.Errorf("sys.path %v\nwant first %v", got.Path, want)
	}
	for _, dir := range got.Path[len(want):] {
		if strings.Contains(dir, "site-packages") || strings.Contains(dir, "dist-packages") || strings.Contains(dir, "of/the/host") {
			t.Errorf("sys.path has %s", dir)
		}
	}
	if len(got.Argv)+len(got.Modules) > 0 || got.CWD != task {
		t.Errorf("got %+v", got)
	}
	for name, want := range map[string]string{
		"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "PYTHONSTARTUP": "",
		"PATH": filepath.Join(opt, "bin") + ":/bin", "AWS_ACCESS_KEY_ID": "ASIAprobe",
	} {
		if got.Environ[name] != want {
			t.Errorf("%s is %q, want %q", name, got.Environ[name], want)
		}
	}
	if left, err := filepath.Glob(filepath.Join(task, "app", "__pycache__")); err != nil || len(left) > 0 {
		t.Errorf("byte code in the package: %v", left)
	}
}

// shaOfLayer is the hash of a layer version's content.
func (c *cloud) shaOfLayer(name string, version int) string {
	c.Helper()
	v, err := c.service.existingLayerVersion(layerReference{account, region, name, version})
	if err != nil {
		c.Fatal(err)
	}
	return v.CodeSha256
}

func TestPythonLayers(t *testing.T) {
	c := newCloud(t)
	first := c.layer("first",
		zipFile{"python/dep.py", "where = 'first'\n", 0o644}, zipFile{"python/early.py", "where = 'first'\n", 0o644})
	second := c.layer("second", zipFile{"python/lib/python3.13/site-packages/dep.py", "where = 'second'\n", 0o644})
	c.python("probe", func(in *sdk.CreateFunctionInput) { in.Layers = []string{first, second} })
	if got := string(c.invoke("probe", `{"do":"dependency"}`).Payload); got != `["second", "first", "site-packages"]` {
		t.Errorf("got %s", got)
	}
}

func TestPythonThatCannotStart(t *testing.T) {
	c := newCloud(t)
	c.needPython()
	tests := map[string]struct{ handler, source, kind, message string }{
		"no module":     {"missing.handler", "", "Runtime.ImportModuleError", "Unable to import module 'missing': No module named 'missing'"},
		"no dependency": {"main.handler", "import nothing_like_this\n", "Runtime.ImportModuleError", "Unable to import module 'main': No module named 'nothing_like_this'"},
		"only on AWS":   {"main.handler", "import boto3\n", "Runtime.ImportModuleError", "Unable to import module 'main': No module named 'boto3'"},
		"no handler":    {"main.nothing", "", "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'main'"},
		"no dot":        {"main", "", "Runtime.MalformedHandlerName", "Bad handler 'main': not enough values to unpack (expected 2, got 1)"},
		"built in":      {"sys.exit", "", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"},
		"syntax":        {"main.handler", "def handler(:\n", "Runtime.UserCodeSyntaxError", "Syntax error in module 'main': invalid syntax (main.py, line 1)"},
		"error":         {"main.handler", "raise KeyError('x')\n", "KeyError", "'x'"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			function := strings.ReplaceAll(name, " ", "-")
			c.deploy(function, func(in *sdk.CreateFunctionInput) {
				in.Runtime, in.Handler = types.RuntimePython312, &test.handler
				in.Code = &types.FunctionCode{ZipFile: zipped(zipFile{"main.py", test.source, 0o644})}
			})
			out := c.invoke(function, `{}`)
			var got struct{ ErrorMessage, ErrorType string }
			if err := json.Unmarshal(out.Payload, &got); err != nil {
				t.Fatalf("%v: %s", err, out.Payload)
			}
			if got.ErrorType != test.kind || got.ErrorMessage != test.message || out.FunctionError == nil {
				t.Errorf("got %s", out.Payload)
			}
			if log := strings.Join(c.messages("/aws/lambda/"+function), "\n"); !strings.Contains(log, "[ERROR] "+test.kind+": "+test.message) ||
				strings.Contains(log, "the local cloud's has only the standard library") != (name == "only on AWS") {
				t.Errorf("log %s", log)
			}
		})
	}
}

func TestPythonLogs(t *testing.T) {
	const stamp = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`
	const id = `[-0-9a-f]{36}`
	tests := map[string]struct {
		logging *types.LoggingConfig
		want    []string // patterns, in order, without what the platform says
	}{
		"text": {nil, []string{
			`^printed$`, `^to stderr$`, `^\[WARNING\]\t` + stamp + `\.\d{3}Z\t` + id + `\twarned\rof two lines$`,
			`^\[ERROR\]\t` + stamp + `\.\d{3}Z\t` + id + `\tcaught\rTraceback \(most recent call last\):\r  File "/var/task/app/main.py", line`,
			`^\[ERROR\] ValueError: bad\rTraceback \(most recent call last\):\r  File "/var/task/app/main.py", line \d+, in handler\r`,
		}},
		"JSON": {&types.LoggingConfig{LogFormat: types.LogFormatJson, SystemLogLevel: types.SystemLogLevelWarn, ApplicationLogLevel: types.ApplicationLogLevelError}, []string{
			`^printed$`, `^to stderr$`,
			`^{"timestamp": "` + stamp + `Z", "level": "ERROR", "message": "caught", "logger": "app", "errorType": "JSONDecodeError", "errorMessage": "[^"]+", "stackTrace": \[.*\], "requestId": "` + id + `", "order": 7}$`,
			`^{"timestamp": "` + stamp + `Z", "log_level": "ERROR", "errorMessage": "bad", "errorType": "ValueError", "requestId": "` + id + `", "stackTrace": \[.*\]}$`,
		}},
	}
	platform := regexp.MustCompile(`^(START|END|REPORT|The local cloud has no |\{"record")`)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			c.python("probe", func(in *sdk.CreateFunctionInput) { in.LoggingConfig = test.logging })
			c.invoke("probe", `{"do":"speak"}`)
			c.invoke("probe", `{"do":"fail","text":"bad"}`)
			got := slices.DeleteFunc(c.messages("/aws/lambda/probe"), platform.MatchString)
			if !slices.EqualFunc(got, test.want, func(line, pattern string) bool { return regexp.MustCompile(pattern).MatchString(line) }) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// TestInterpreters chooses among the Pythons that a machine may have.
func TestInterpreters(t *testing.T) {
	c := newCloud(t)
	c.needPython()
	any := c.service.interpreters.forRuntime("python3.13")
	script := func(content string) string {
		path := filepath.Join(c.unpack(zipFile{"program", content, 0o755}), "program")
		return path
	}
	broken, old := script("#!/bin/sh\nexit 127\n"), script("#!/bin/sh\nprintf '/usr/bin/python\\n2\\n7\\n18\\n'\n")
	tests := map[string]struct {
		path map[string]string
		want string
	}{
		"the very version":  {map[string]string{"python3.13": any.path, "python3": broken}, any.path},
		"any other":         {map[string]string{"python3": any.path}, any.path},
		"a shim of nothing": {map[string]string{"python3.13": broken, "python3": any.path}, any.path},
		"too old":           {map[string]string{"python3": old, "python": any.path}, any.path},
		"none":              {map[string]string{"python3": old}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := interpreters{found: map[string]*interpreter{}, find: func(name string) (string, error) {
				if path, ok := test.path[name]; ok {
					return path, nil
				}
				return "", exec.ErrNotFound
			}}
			got := i.forRuntime("python3.13")
			if got == nil && test.want != "" || got != nil && got.path != test.want {
				t.Errorf("got %+v, want %s", got, test.want)
			}
		})
	}
}

// unpack gives the folder of a package of these files.
func (c *cloud) unpack(files ...zipFile) string {
	c.Helper()
	pkg, err := c.service.packages.add(strings.NewReader(string(zipped(files...))))
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { c.service.packages.release(pkg.SHA256) })
	return c.service.packages.path(pkg.SHA256)
}

func TestNoPython(t *testing.T) {
	c := newCloud(t)
	c.service.interpreters.find = func(string) (string, error) { return "", errors.New("nothing here") }
	c.deploy("probe", func(in *sdk.CreateFunctionInput) {
		in.Runtime, in.Handler = types.RuntimePython312, aws.String("main.handler")
	})
	out := c.invoke("probe", `{}`)
	if got := string(out.Payload); !strings.Contains(got, "install python3 to run functions of python3.12") ||
		!strings.Contains(got, `"errorType":"Runtime.InvalidEntrypoint"`) || out.FunctionError == nil {
		t.Errorf("got %s", got)
	}
}

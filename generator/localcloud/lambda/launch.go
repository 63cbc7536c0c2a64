package lambda

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/store"
)

// launch starts an environment for a version. A package that cannot be started
// is a runtimeFailure, which is the function's fault, not an error.
func (s *Service) launch(ctx context.Context, f function, config configuration) (*environment, *runtimeFailure, error) {
	start, can := launchers[config.Runtime]
	if !can {
		return nil, nil, unavailableRuntime(config.Runtime)
	}
	credentials, err := s.credentials(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	if err := s.begin(); err != nil {
		return nil, nil, err
	}
	at, letGo, err := s.files(config)
	if err != nil {
		s.work.Done()
		return nil, nil, err
	}
	supervised := false
	done := func() {
		letGo()
		s.work.Done()
	}
	defer func() {
		if !supervised {
			done()
		}
	}()
	toRun, broken := start(s, config, at)
	if broken != nil {
		return nil, broken, nil
	}
	id := strings.ReplaceAll(newID(), "-", "")
	e := &environment{
		config: config, account: f.Account, region: f.Region, now: s.Now, expires: credentials.Expires,
		id: id, dir: filepath.Join(s.environmentsDir(), id),
		killed: make(chan struct{}), asked: make(chan struct{}),
		work: make(chan *invocation), ready: make(chan struct{}), exited: make(chan struct{}),
		begun: time.Now(),
	}
	e.stream = e.streamName()
	if e.restored() {
		// What is in a snapshot would grow old; it asks for credentials when it needs them.
		e.expires, e.token = time.Time{}, rand.Text()
		e.credentials = func(ctx context.Context) (identity.Credentials, error) { return s.credentials(ctx, config) }
	}
	if err := os.Mkdir(e.dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("start %s: %w", config.FunctionName, err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("start %s: %w", config.FunctionName, err), os.Remove(e.dir))
	}
	if e.output, err = newOutput(s.Now, s.logWriter(e, e.stream)); err != nil {
		return nil, nil, errors.Join(err, listener.Close(), os.Remove(e.dir))
	}
	if toRun.notice != "" {
		e.output.line(toRun.notice)
	}
	e.api = &http.Server{Handler: e.runtimeAPI(), ReadHeaderTimeout: initAllowance}

	command := exec.Command(toRun.path, toRun.args...)
	command.Dir = at.task
	command.Env = e.variables(at, listener.Addr().String(), credentials, append(toRun.env, s.Environ(f.Region)...))
	command.Stdout, command.Stderr = e.output.writer, e.output.writer
	command.SysProcAttr = ownGroup()

	serving := make(chan struct{})
	go func() {
		defer close(serving)
		_ = e.api.Serve(listener) // returns when the environment ends
	}()
	go e.output.collect()
	started := make(chan error, 1)
	supervised = true
	go func() {
		defer done()
		defer close(e.exited)
		e.supervise(command, started)
		_ = e.api.Close() // closes the listener and every connection
		<-serving
		if err := removeTree(e.dir); err != nil {
			s.Logger.Error("remove an execution environment's folder", "function", config.FunctionName, "error", err)
		}
	}()
	if err := <-started; err != nil {
		<-e.exited
		return nil, &runtimeFailure{kind: "Runtime.InvalidEntrypoint", reason: startReason(err)}, nil
	}
	return e, nil, nil
}

// files gives the folders of a version's files, held until they are let go.
func (s *Service) files(config configuration) (at folders, letGo func(), err error) {
	var layers []string
	err = s.DB.View(func(tx store.Tx) error {
		versions, err := s.contents(tx, config)
		for _, version := range versions {
			layers = append(layers, version.CodeSha256)
		}
		return err
	})
	if err != nil {
		return folders{}, nil, fmt.Errorf("find the layers of %s: %w", config.FunctionName, err)
	}
	opt, letGoOfOpt, err := s.packages.opt(layers)
	if err != nil {
		return folders{}, nil, fmt.Errorf("start %s: %w", config.FunctionName, err)
	}
	s.packages.hold(config.CodeSha256)
	return folders{task: s.packages.path(config.CodeSha256), opt: opt}, func() {
		s.packages.release(config.CodeSha256)
		letGoOfOpt()
	}, nil
}

// startReason says why a program did not start, without the paths of this machine.
func startReason(err error) string {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return "fork/exec /var/task/bootstrap: " + at.Err.Error()
	}
	return err.Error()
}

// streamName is the log stream of the environment. In a log group that is not
// the function's own, streams of several functions meet.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
func (e *environment) streamName() string {
	prefix := ""
	if e.config.LoggingConfig.LogGroup != "/aws/lambda/"+e.config.FunctionName {
		prefix = e.config.FunctionName
	}
	return fmt.Sprintf("%s/%s[%s]%s", e.now().UTC().Format("2006/01/02"), prefix, e.config.Version, e.id)
}

// searchPaths are the variables that Lambda sets and a function's owner may change.
// What these say of /var/task and /opt means the folders of this machine.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (at folders) searchPaths(given map[string]string) []string {
	paths := map[string]string{
		"PATH":            "/usr/local/bin:/usr/bin:/bin:/opt/bin",
		"LD_LIBRARY_PATH": "/var/task:/var/task/lib:/opt/lib",
	}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "PYTHONPATH"} {
		if value, ok := given[name]; ok {
			paths[name] = value
		}
	}
	var all []string
	for name, value := range paths {
		var here []string
		for dir := range strings.SplitSeq(value, ":") {
			if dir = at.here(dir); dir != "" {
				here = append(here, dir)
			}
		}
		all = append(all, name+"="+strings.Join(here, ":"))
	}
	return all
}

// here is the folder of this machine that a path on AWS means; empty when it means
// a layer and there is none.
func (at folders) here(path string) string {
	for on, dir := range map[string]string{"/var/task": at.task, "/opt": at.opt} {
		if rest, inside := strings.CutPrefix(path+"/", on+"/"); inside {
			if dir == "" {
				return ""
			}
			return filepath.Join(dir, rest)
		}
	}
	return path
}

// variables is the whole environment of the process; nothing of the cloud's own
// is handed on. AWS_EXECUTION_ENV is not set for custom runtimes.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (e *environment) variables(at folders, runtimeAPI string, credentials identity.Credentials, more []string) []string {
	all := []string{"TZ=:UTC", "HOME=" + e.dir, "TMPDIR=" + e.dir}
	var given map[string]string
	if e.config.Environment != nil {
		given = e.config.Environment.Variables
	}
	for name, value := range given {
		all = append(all, name+"="+value)
	}
	all = append(append(all, at.searchPaths(given)...), more...)
	if e.config.LoggingConfig.LogFormat == logFormatJSON {
		all = append(all,
			"AWS_LAMBDA_LOG_FORMAT="+logFormatJSON,
			"AWS_LAMBDA_LOG_LEVEL="+e.config.LoggingConfig.ApplicationLogLevel)
	}
	initialization := "on-demand"
	if e.restored() {
		initialization = "snap-start"
		all = append(all,
			"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://"+runtimeAPI+credentialsPath,
			"AWS_CONTAINER_AUTHORIZATION_TOKEN="+e.token)
	} else {
		all = append(all,
			"AWS_ACCESS_KEY_ID="+credentials.AccessKeyID,
			"AWS_SECRET_ACCESS_KEY="+credentials.SecretAccessKey,
			"AWS_SESSION_TOKEN="+credentials.SessionToken)
	}
	return append(all,
		"AWS_REGION="+e.region,
		"AWS_DEFAULT_REGION="+e.region,
		"AWS_LAMBDA_FUNCTION_NAME="+e.config.FunctionName,
		"AWS_LAMBDA_FUNCTION_VERSION="+e.config.Version,
		fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", e.config.MemorySize),
		"AWS_LAMBDA_INITIALIZATION_TYPE="+initialization,
		"AWS_LAMBDA_LOG_GROUP_NAME="+e.config.LoggingConfig.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME="+e.stream,
		"AWS_LAMBDA_RUNTIME_API="+runtimeAPI,
		"LAMBDA_TASK_ROOT="+at.task,
		"LAMBDA_RUNTIME_DIR=/var/runtime",
		"_HANDLER="+e.config.Handler,
	)
}

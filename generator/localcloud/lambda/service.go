// Package lambda is AWS Lambda in the local cloud: functions with their versions,
// aliases, policies and URLs, and the execution environments that really run them
// against the Lambda Runtime API.
//
// It must not know how requests are authenticated or authorised, where code is
// stored before it is deployed, or where logs are kept: all of that is handed in.
//
// Functions run as processes of this machine, without a container and without
// privileges. What differs from AWS because of that:
//   - /var/task and /opt are folders elsewhere. LAMBDA_TASK_ROOT names the first; the
//     search paths PATH, LD_LIBRARY_PATH and PYTHONPATH mean these folders also where
//     a function's owner wrote /var/task or /opt. Extensions and wrapper scripts of
//     layers are not run.
//   - /tmp is the machine's. TMPDIR and HOME name a folder that only this environment
//     has and that goes with it. Its size is not limited.
//   - The memory size is told to the function and not enforced: a limit of the address
//     space would stop programs, as those in Go, that reserve much more than they use.
//   - Python is whichever the machine has; the function's log says when its version is
//     another one. Only the standard library is there, no boto3.
//   - A process that leaves its process group and clears its environment outlives its
//     function; on systems other than Linux leaving the group is enough.
//   - A snapshot of SnapStart is a warm environment; a second one is started as usual.
//   - A function without reserved concurrency runs ten times at once; more calls wait.
package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/localcloud/logs"
	"sendform/generator/localcloud/store"
)

// CodeSource gives the packages that functions are made of. An error that S3
// would answer is an *api.Error.
type CodeSource interface {
	Object(ctx context.Context, bucket, key, versionID string) (io.ReadCloser, error)
}

// RoleSource gives a service the credentials of a role. The error is an
// *api.Error when the role is missing or does not trust the service.
type RoleSource interface {
	AssumeForService(ctx context.Context, roleARN, service, session string) (identity.Credentials, error)
}

// LogSink takes what functions print. An error that CloudWatch Logs would answer
// is an *api.Error, as ResourceNotFoundException for a group that is missing.
type LogSink interface {
	Write(account, region, group, stream string, events []logs.Event) error
	CreateGroup(account, region, group string) error
}

// Config is what the service needs. All members but Settle are required.
type Config struct {
	DB    *store.Store
	Dir   string // its own folder: unpacked code and the folders of running functions
	Now   func() time.Time
	Code  CodeSource
	Roles RoleSource
	Logs  LogSink
	// Authorise says whether a function's role may do something: as on AWS, a role
	// that may not write logs has none.
	Authorise func(p api.Principal, a api.Access, region string) error
	// Environ is what lets a function reach the cloud, as NAME=value.
	Environ func(region string) []string
	Logger  *slog.Logger
	// Settle is how long a new function is Pending and an update is InProgress. With
	// zero both are done when the call is answered.
	Settle time.Duration
}

// Service answers the calls of Lambda and runs functions.
type Service struct {
	Config
	functions store.Table[function]
	layers    store.Table[layer]
	urls      store.Table[urlOwner]
	events    store.Table[event]
	packages  *packages

	interpreters interpreters

	// retryDelays are the waits before an asynchronous event is tried again.
	retryDelays []time.Duration
	// firstStartFor is how long the start of a version may take when it is published.
	firstStartFor time.Duration
	// idleFor is how long an execution environment is kept for the next call.
	idleFor time.Duration

	// stopping is done once Close was called; work counts what Close waits for.
	stopping context.Context
	stop     context.CancelFunc
	work     sync.WaitGroup

	mu    sync.Mutex
	pools map[string]*pool // by function.ID
}

// New makes the service. What a cloud that was killed left behind in the folder
// is removed.
func New(config Config) (*Service, error) {
	s := &Service{
		Config:        config,
		functions:     store.NewTable[function]("lambda functions"),
		layers:        store.NewTable[layer]("lambda layers"),
		urls:          store.NewTable[urlOwner]("lambda urls"),
		events:        store.NewTable[event]("lambda events"),
		retryDelays:   []time.Duration{time.Minute, 2 * time.Minute},
		firstStartFor: snapshotPatience,
		idleFor:       5 * time.Minute,
		pools:         map[string]*pool{},

		interpreters: interpreters{find: exec.LookPath, found: map[string]*interpreter{}},
	}
	s.stopping, s.stop = context.WithCancel(context.Background())
	if err := s.removeOldEnvironments(); err != nil {
		return nil, fmt.Errorf("remove old execution environments: %w", err)
	}
	if err := os.MkdirAll(s.environmentsDir(), 0o700); err != nil {
		return nil, fmt.Errorf("prepare for execution environments: %w", err)
	}
	if err := os.WriteFile(s.pythonRuntimeFile(), pythonRuntime, 0o600); err != nil {
		return nil, fmt.Errorf("write the Python runtime: %w", err)
	}
	var err error
	if s.packages, err = openPackages(filepath.Join(config.Dir, "packages"), s.referenced, config.Logger); err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends every execution environment and returns when they are gone. Calls
// that are running fail; events that wait to be retried stay for the next cloud.
func (s *Service) Close() error {
	s.mu.Lock()
	s.stop()
	pools := make([]*pool, 0, len(s.pools))
	for _, p := range s.pools {
		pools = append(pools, p)
	}
	s.mu.Unlock()
	for _, p := range pools {
		p.retire()
	}
	s.work.Wait()
	if err := removeTree(s.environmentsDir()); err != nil {
		return fmt.Errorf("remove execution environments: %w", err)
	}
	return nil
}

// environmentsDir holds one folder per execution environment.
func (s *Service) environmentsDir() string { return filepath.Join(s.Dir, "environments") }

// removeOldEnvironments ends what a cloud that was killed has left running.
func (s *Service) removeOldEnvironments() error {
	left, err := os.ReadDir(s.environmentsDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, environment := range left {
		if environmentID.MatchString(environment.Name()) {
			endStragglers(environment.Name())
		}
	}
	return removeTree(s.environmentsDir())
}

// environmentID is the form of an execution environment's id.
var environmentID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// errStopping is the answer to calls that come while the cloud shuts down.
var errStopping = errors.New("the local cloud is shutting down")

// begin registers work that Close waits for; it fails once Close was called.
func (s *Service) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Err() != nil {
		return errStopping
	}
	s.work.Add(1)
	return nil
}

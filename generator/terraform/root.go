// Package terraform drives Terraform over one root module. It finds or installs the executable, runs init, validate,
// plan, apply, output and show through terraform-exec, and turns what Terraform says into values: plans, events, errors.
//
// It is given a folder, an environment for the process and, where a provider is served in-process, a way to serve it.
// It must not know what the root module describes: no environments, no components, no AWS.
package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

// defaultParallelism is Terraform's own.
const defaultParallelism = 10

// Reattach serves a provider for one terraform command and says how Terraform reaches it. It is called before every
// command that runs the provider, as an interrupt of one terraform stops the provider instance for all who use it.
// The context is not cancelled when the command's is: a provider must outlive its terraform. It is called from the
// command's goroutine; stop is called after terraform has ended, and once.
type Reattach func(ctx context.Context) (info tfexec.ReattachInfo, stop func() error, err error)

// Config is what a Root is made from.
type Config struct {
	Executable Executable
	// Dir is the folder of the root module. Terraform runs in it; with Reattach nothing is written there, without it
	// Terraform keeps its dependency lock file there. The one exception is Terraform's own emergency copy
	// errored.tfstate, when it could not write to the backend.
	Dir string
	// DataDir becomes TF_DATA_DIR: modules, providers and the backend's settings. It must be absolute and is made when
	// it is missing. No two Roots may share it.
	DataDir string
	// Environ is the environment of the process. PATH, HOME and TMPDIR are added from this process where they are
	// missing, and what steers Terraform itself. Variables that terraform-exec controls, such as TF_WORKSPACE, TF_LOG and
	// TF_VAR_*, are refused.
	Environ map[string]string
	// Ephemeral are values of the root module's ephemeral variables, such as secrets. Plan and ApplyPlan hand them over
	// in a way that leaves no trace on disk or in the list of processes.
	Ephemeral map[string]any
	// Reattach serves the provider; nil lets Terraform install and start it.
	Reattach Reattach
	// Isolated keeps the user's CLI configuration (mirrors, development overrides, credentials) and home folder away.
	Isolated bool
	// Parallelism is the number of concurrent operations of plan and apply; 0 is Terraform's default of 10.
	Parallelism int
	// Warn is told what Terraform warns of, such as "terraform plan warns: Argument is deprecated (main.tf:3): …"; it may
	// be nil. It is called from the goroutines of the commands.
	Warn func(text string)
}

// Root is one root module with its data folder. Its methods may be called concurrently, as far as Terraform itself
// allows: two commands that lock the state get in each other's way.
type Root struct {
	executable  Executable
	dir         string
	dataDir     string
	environ     map[string]string
	reattach    Reattach
	ephemeral   map[string]any
	parallelism int
	warn        func(string)
	// sharesGroup tells that terraform runs in this process's group, so that Ctrl-C at a terminal reaches both.
	sharesGroup bool

	mu          sync.Mutex
	idle        []*tfexec.Terraform
	initialised bool
}

// New prepares a root module; no command is run.
func New(cfg Config) (*Root, error) {
	if !filepath.IsAbs(cfg.DataDir) {
		return nil, fmt.Errorf("terraform in %s: the data folder %q is not absolute", cfg.Dir, cfg.DataDir)
	}
	if prohibited := tfexec.ProhibitedEnv(cfg.Environ); len(prohibited) > 0 {
		slices.Sort(prohibited)
		return nil, fmt.Errorf("terraform in %s: the environment may not set %v", cfg.Dir, prohibited)
	}
	// Private: the backend's settings and temporary plans can hold secrets.
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder of terraform in %s: %w", cfg.Dir, err)
	}
	r := &Root{
		executable:  cfg.Executable,
		dir:         cfg.Dir,
		dataDir:     cfg.DataDir,
		environ:     processEnviron(cfg),
		reattach:    cfg.Reattach,
		ephemeral:   cfg.Ephemeral,
		parallelism: cfg.Parallelism,
		warn:        cfg.Warn,
		// terraform-exec makes a process group of its own on Linux only.
		sharesGroup: runtime.GOOS != "linux",
	}
	if r.parallelism == 0 {
		r.parallelism = defaultParallelism
	}
	if r.warn == nil {
		r.warn = func(string) {}
	}
	tf, err := r.newInstance()
	if err != nil {
		return nil, err
	}
	r.idle = append(r.idle, tf)
	return r, nil
}

// collection is how much garbage a Go program lets gather before it collects it, in percent of what it keeps; 100 if
// nothing is said (https://pkg.go.dev/runtime#hdr-Environment_Variables). A terraform without a provider of its own lives
// for a second and keeps little: collecting less often spares it a quarter of its work. The registry's provider, which
// would inherit it, keeps much.
const collection = "GOGC"

// processEnviron returns the whole environment of the terraform process, apart from what terraform-exec sets
// (TF_IN_AUTOMATION and, switched off, TF_LOG).
func processEnviron(cfg Config) map[string]string {
	env := make(map[string]string)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value := os.Getenv(name); value != "" {
			env[name] = value
		}
	}
	if cfg.Isolated || env["HOME"] == "" {
		env["HOME"] = cfg.DataDir
	}
	maps.Copy(env, cfg.Environ)
	if cfg.Isolated {
		env["TF_CLI_CONFIG_FILE"] = os.DevNull
	}
	if _, given := env[collection]; !given && cfg.Reattach != nil {
		env[collection] = "400"
	}
	env["TF_DATA_DIR"] = cfg.DataDir
	env["CHECKPOINT_DISABLE"] = "1"
	return env
}

// Init prepares the data folder: backend, modules, providers. Once that was done, it
// does nothing: a Root is for HCL that stays as it is.
func (r *Root) Init(ctx context.Context) error {
	r.mu.Lock()
	done := r.initialised
	r.mu.Unlock()
	if done {
		return nil
	}
	if err := r.init(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.initialised = true
	return nil
}

func (r *Root) init(ctx context.Context) error {
	if err := r.removeHalfWritten(); err != nil {
		return err
	}
	return r.run(ctx, command{name: "init", provider: true, do: func(ctx context.Context, in invocation) error {
		return in.tf.InitJSON(ctx, in.stdout, tfexec.Upgrade(false), tfexec.Reattach(in.reattach))
	}})
}

// removeHalfWritten takes away what a terraform init that was killed has not written to the end: it writes these files in
// place, and no later one reads past them. They say no more than the HCL does: the backend's settings and the modules.
func (r *Root) removeHalfWritten() error {
	for _, name := range []string{"terraform.tfstate", filepath.Join("modules", "modules.json")} {
		file := filepath.Join(r.dataDir, name)
		content, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && json.Valid(content) {
			continue
		}
		if err == nil {
			err = os.Remove(file)
		}
		if err != nil {
			return fmt.Errorf("take away what an interrupted terraform init has left: %w", err)
		}
	}
	return nil
}

// Validate checks the configuration without the state. What is wrong comes back as an *Error.
func (r *Root) Validate(ctx context.Context) error {
	var result tfjson.ValidateOutput
	err := r.run(ctx, command{name: "validate", provider: true, do: func(ctx context.Context, in invocation) error {
		// Not tfexec's Validate: it takes no reattach option, and the environment variable is refused elsewhere.
		cmd := exec.CommandContext(ctx, r.executable.Path, "validate", "-json", "-no-color")
		cmd.Dir = r.dir
		cmd.Stderr = in.stderr
		for name, value := range r.environ {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		if in.reattach != nil {
			info, err := json.Marshal(in.reattach)
			if err != nil {
				return fmt.Errorf("encode the reattach information: %w", err)
			}
			cmd.Env = append(cmd.Env, "TF_REATTACH_PROVIDERS="+string(info))
		}
		// An invalid configuration is exit status 1 with the findings on stdout.
		stdout, err := cmd.Output()
		if decodeErr := json.Unmarshal(stdout, &result); decodeErr != nil {
			return errors.Join(err, decodeErr)
		}
		return nil
	}})
	if err != nil || result.Valid {
		return err
	}
	isWarning := func(d tfjson.Diagnostic) bool { return d.Severity != tfjson.DiagnosticSeverityError }
	return &Error{Command: "validate", Diagnostics: slices.DeleteFunc(result.Diagnostics, isWarning)}
}

// ApplyPlan carries out a plan that Plan has saved. Events are handed over in Terraform's order while it runs; Terraform
// waits for a slow receiver. When the context ends, Terraform is asked to stop, finishes what it has begun, saves the
// state and releases the lock; only then ApplyPlan returns.
func (r *Root) ApplyPlan(ctx context.Context, planFile string, receive func(Event)) (err error) {
	planFile, err = filepath.Abs(planFile)
	if err != nil {
		return fmt.Errorf("locate the plan: %w", err)
	}
	options := []tfexec.ApplyOption{tfexec.DirOrPlan(planFile), tfexec.Parallelism(r.parallelism)}
	if len(r.ephemeral) > 0 {
		values, stop, pipeErr := pipeEphemeral(r.dataDir, r.ephemeral)
		if pipeErr != nil {
			return pipeErr
		}
		defer func() { err = errors.Join(err, stop()) }()
		options = append(options, tfexec.VarFile(values))
	}
	events := newEventReader(receive)
	return r.run(ctx, command{name: "apply", provider: true, message: events.read, do: func(ctx context.Context, in invocation) error {
		return in.tf.ApplyJSON(ctx, in.stdout, append(options, tfexec.Reattach(in.reattach))...)
	}})
}

// Output returns the root module's outputs as JSON, sensitive ones included: the caller keeps those out of sight.
func (r *Root) Output(ctx context.Context) (map[string]tfexec.OutputMeta, error) {
	var outputs map[string]tfexec.OutputMeta
	err := r.run(ctx, command{name: "output", do: func(ctx context.Context, in invocation) (err error) {
		outputs, err = in.tf.Output(ctx)
		return err
	}})
	return outputs, err
}

// Show returns the state.
func (r *Root) Show(ctx context.Context) (*tfjson.State, error) {
	var state *tfjson.State
	err := r.run(ctx, command{name: "show", provider: true, do: func(ctx context.Context, in invocation) (err error) {
		state, err = in.tf.Show(ctx, tfexec.Reattach(in.reattach))
		return err
	}})
	return state, err
}

// ShowPlan returns everything that a saved plan holds.
func (r *Root) ShowPlan(ctx context.Context, planFile string) (*tfjson.Plan, error) {
	planFile, err := filepath.Abs(planFile)
	if err != nil {
		return nil, fmt.Errorf("locate the plan: %w", err)
	}
	var plan *tfjson.Plan
	err = r.run(ctx, command{name: "show", provider: true, do: func(ctx context.Context, in invocation) (err error) {
		plan, err = in.tf.ShowPlanFile(ctx, planFile, tfexec.Reattach(in.reattach))
		return err
	}})
	return plan, err
}

// Unlock releases the lock of the state that has this id. Nobody is asked whether its holder still works.
func (r *Root) Unlock(ctx context.Context, id string) error {
	return r.run(ctx, command{name: "force-unlock", do: func(ctx context.Context, in invocation) error {
		return in.tf.ForceUnlock(ctx, id)
	}})
}

// Package rehearsal takes an environment through its life on this machine: a local
// cloud and the stand-in provider in this process, the rendered HCL as it is.
//
// It must not know what an environment contains: it hands lifecycle the means.
package rehearsal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/hashicorp/terraform-exec/tfexec"
	"github.com/zclconf/go-cty/cty"

	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/localcloud"
	"sendform/generator/localcloud/fault"
	"sendform/generator/standin"
	"sendform/generator/terraform"
)

// Options says what is rehearsed, and where.
type Options struct {
	Target     environment.Target
	Repository string // absolute
	// Dir is where the rehearsal keeps its cloud and Terraform's data; empty means a
	// folder of its own in the repository that is removed afterwards.
	Dir string
	// Listen is the address of the local cloud; empty means any free loopback port.
	Listen    string
	Terraform terraform.Executable
	// Registry uses the provider that terraform init installs, not the stand-in.
	Registry bool
	// Mirror is the folder that it is installed from, laid out as terraform providers
	// mirror does; empty means the registry.
	Mirror string
	// Faults are the rules by which calls of the local cloud fail.
	Faults fault.Rules
	Logger *slog.Logger
	Tell   func(lifecycle.Event)
}

// Stage is a deployment on a local cloud of its own.
type Stage struct {
	*lifecycle.Deployment
	Cloud *localcloud.Cloud

	dir     string
	keep    bool
	environ map[string]string
	cfg     lifecycle.Config
	logger  *slog.Logger
	// connections are the stand-in provider's to the cloud.
	connections standin.Connections
}

// Environ is what a process needs to reach the local cloud, as a copy.
func (s *Stage) Environ() map[string]string { return maps.Clone(s.environ) }

// Open starts the local cloud and prepares the deployment. The stage must be
// closed.
func Open(ctx context.Context, o Options) (stage *Stage, err error) {
	dir, keep, err := folder(o)
	if err != nil {
		return nil, err
	}
	s := &Stage{dir: dir, keep: keep, logger: o.Logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.Cloud, err = localcloud.Open(ctx, localcloud.Options{
		Dir: filepath.Join(dir, "cloud"), Listen: o.Listen, Logger: o.Logger,
		Faults: o.Faults, Journal: keep, // a journal that is removed helps nobody
	})
	if err != nil {
		return nil, fmt.Errorf("start the local cloud: %w", err)
	}
	environ := map[string]string{}
	for _, pair := range s.Cloud.Environ(o.Target.AccountID, o.Target.Region) {
		name, value, _ := strings.Cut(pair, "=")
		environ[name] = value
	}
	s.environ = environ
	root := s.Cloud.RootCredentials(o.Target.AccountID)
	cfg := lifecycle.Config{
		Target:     o.Target,
		Repository: o.Repository,
		Work:       dir,
		Packages:   filepath.Join(dir, "packages"),
		Machine:    lifecycle.Machine{GOOS: runtime.GOOS, GOARCH: runtime.GOARCH},
		Secrets:    madeUp(o.Target),
		Terraform:  o.Terraform,
		Environ:    environ,
		AWS: aws.Config{
			Region:       o.Target.Region,
			BaseEndpoint: aws.String(s.Cloud.URL()),
			HTTPClient:   s.Cloud.HTTPClient(),
			Credentials:  credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.SecretAccessKey, ""),
		},
		HTTP: s.Cloud.HTTPClient(),
		Tell: o.Tell,
	}
	switch {
	case !o.Registry:
		cfg.Provider = standIn(environ, o.Logger, &s.connections)
	case o.Mirror != "":
		cfg.Environ = maps.Clone(environ)
		if cfg.Environ["TF_CLI_CONFIG_FILE"], err = InstallFrom(o.Mirror, dir); err != nil {
			return nil, err
		}
	}
	s.cfg = cfg
	s.Deployment, err = lifecycle.New(cfg)
	return s, err
}

// InstallFrom writes a configuration of Terraform's command line into dir that has
// providers come from a folder, and returns its path.
// https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
func InstallFrom(mirror, dir string) (string, error) {
	mirror, err := filepath.Abs(mirror)
	if err != nil {
		return "", fmt.Errorf("find the mirror of providers: %w", err)
	}
	config := hclwrite.NewEmptyFile()
	config.Body().AppendNewBlock("provider_installation", nil).Body().
		AppendNewBlock("filesystem_mirror", nil).Body().SetAttributeValue("path", cty.StringVal(mirror))
	file := filepath.Join(dir, "terraform.rc")
	if err := os.WriteFile(file, config.Bytes(), 0o600); err != nil {
		return "", fmt.Errorf("name the mirror of providers: %w", err)
	}
	return file, nil
}

// madeUp are values for the secrets: nobody needs real ones for a rehearsal.
func madeUp(t environment.Target) map[string]string {
	values := map[string]string{}
	for _, s := range t.Secrets {
		values[s.Label] = rand.Text()
	}
	return values
}

// standIn serves a provider of its own for each terraform command.
func standIn(environ map[string]string, logger *slog.Logger, connections *standin.Connections) func(dir string) terraform.Reattach {
	return func(dir string) terraform.Reattach {
		return func(ctx context.Context) (tfexec.ReattachInfo, func() error, error) {
			server, err := standin.Serve(ctx, standin.Options{
				Environ: environ, Dir: dir, Logger: logger, Connections: connections,
			})
			if err != nil {
				return nil, nil, err
			}
			return server.Reattach(), server.Close, nil
		}
	}
}

// Close ends the local cloud with every function in it, and removes what the
// rehearsal has written.
func (s *Stage) Close() error {
	var err error
	s.connections.Close()
	if s.Cloud != nil {
		err = s.Cloud.Close()
	}
	if !s.keep {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// folder makes the folder of a rehearsal. Its name ends with the number of this
// process: what a killed rehearsal left behind is known by that, and removed.
func folder(o Options) (dir string, keep bool, err error) {
	if o.Dir != "" {
		dir, err = filepath.Abs(o.Dir)
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
		if err != nil {
			return "", false, fmt.Errorf("make the folder of the rehearsal: %w", err)
		}
		return dir, true, nil
	}
	all := filepath.Join(o.Repository, ".sendform", "rehearsals")
	if err := os.MkdirAll(all, 0o700); err != nil {
		return "", false, fmt.Errorf("make the folder of the rehearsal: %w; name another one with --dir", err)
	}
	if err := removeAbandoned(all); err != nil {
		return "", false, err
	}
	dir, err = os.MkdirTemp(all, fmt.Sprintf("%s-%s-*.%d", o.Target.Environment, o.Target.Region, os.Getpid()))
	if err != nil {
		return "", false, fmt.Errorf("make the folder of the rehearsal: %w; name another one with --dir", err)
	}
	return dir, false, nil
}

func removeAbandoned(all string) error {
	entries, err := os.ReadDir(all)
	if err != nil {
		return fmt.Errorf("list earlier rehearsals: %w", err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Ext(e.Name()), "."))
		if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(all, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove what a killed rehearsal left: %w", err)
		}
	}
	return nil
}

package terraform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/terraform-exec/tfexec"
)

// Constraint is the range of Terraform versions that this package drives. 1.11 is the first with write-only arguments
// and with stable S3 lock files.
const Constraint = ">= 1.11.0, < 2.0.0"

// installTimeout bounds the download of Terraform, some 30 MB.
const installTimeout = 5 * time.Minute

// Options says where Find looks.
type Options struct {
	// CacheDir holds the copy of Terraform that Find installs. It is made when it is needed.
	CacheDir string
	// Logger hears of an installation; nil keeps it quiet.
	Logger *slog.Logger
}

// Executable is a Terraform that fulfils Constraint.
type Executable struct {
	// Path is absolute.
	Path    string
	Version *version.Version
}

// Find returns the Terraform on PATH, else the copy in the cache folder, else one that it downloads into the cache
// folder from releases.hashicorp.com, its checksum and signature verified. One that does not fulfil Constraint is passed
// over. The error says what was found, what is needed, why the download failed, and how to get Terraform.
func Find(ctx context.Context, opts Options) (Executable, error) {
	return find(ctx, opts, source{})
}

// source is where Terraform is downloaded from. The zero value is HashiCorp's site with HashiCorp's key.
type source struct {
	baseURL   string
	publicKey string
}

func find(ctx context.Context, opts Options, from source) (Executable, error) {
	constraints, err := version.NewConstraint(Constraint)
	if err != nil {
		return Executable{}, fmt.Errorf("parse the version constraint of Terraform: %w", err)
	}
	cached, err := filepath.Abs(filepath.Join(opts.CacheDir, product.Terraform.BinaryName()))
	if err != nil {
		return Executable{}, fmt.Errorf("locate the cache folder of Terraform: %w", err)
	}

	var candidates, unfit []string
	if onPath, err := lookPath(); err == nil {
		candidates = append(candidates, onPath)
	} else {
		unfit = append(unfit, "there is none on PATH")
	}
	if _, err := os.Stat(cached); err == nil {
		candidates = append(candidates, cached)
	}
	for _, path := range candidates {
		exe, err := inspect(ctx, path, constraints)
		if err == nil {
			return exe, nil
		}
		if ctx.Err() != nil {
			return Executable{}, fmt.Errorf("find Terraform: %w", ctx.Err())
		}
		unfit = append(unfit, err.Error())
	}

	if opts.Logger != nil {
		opts.Logger.InfoContext(ctx, "installing Terraform", "needed", Constraint, "found", unfit, "into", cached)
	}
	err = install(ctx, cached, constraints, from)
	if err == nil {
		return inspect(ctx, cached, constraints)
	}
	if ctx.Err() != nil {
		return Executable{}, fmt.Errorf("install Terraform: %w", ctx.Err())
	}
	unfit = append(unfit, fmt.Sprintf("downloading it failed: %s", brief(err)))
	return Executable{}, fmt.Errorf(
		"terraform %s is needed:\n  %s\nInstall it from https://developer.hashicorp.com/terraform/install and put it on PATH, or copy the executable to %s",
		Constraint, strings.Join(unfit, "\n  "), cached)
}

// lookPath returns the absolute path of the first terraform on PATH: commands run in another folder than this process.
func lookPath() (string, error) {
	path, err := exec.LookPath(product.Terraform.BinaryName())
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// inspect asks the executable for its version. Pre-releases count as the version that they lead to.
func inspect(ctx context.Context, path string, constraints version.Constraints) (Executable, error) {
	// Version managers put a shim on PATH that chooses by the current folder, hence "." here.
	tf, err := tfexec.NewTerraform(".", path)
	if err != nil {
		return Executable{}, fmt.Errorf("%s cannot be used: %w", path, err)
	}
	env := make(map[string]string)
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	env = tfexec.CleanEnv(env)
	env["CHECKPOINT_DISABLE"] = "1"
	env["TF_CLI_CONFIG_FILE"] = os.DevNull
	if err := tf.SetEnv(env); err != nil {
		return Executable{}, fmt.Errorf("%s cannot be used: %w", path, err)
	}
	v, _, err := tf.Version(ctx, false)
	if ctx.Err() != nil {
		return Executable{}, ctx.Err()
	}
	if err != nil {
		return Executable{}, fmt.Errorf("%s does not tell its version: %s", path, brief(err))
	}
	if !constraints.Check(v.Core()) {
		return Executable{}, fmt.Errorf("%s is version %s", path, v)
	}
	return Executable{Path: path, Version: v}, nil
}

// install downloads the newest Terraform that fulfils the constraints. It is unpacked beside its destination and renamed,
// so that neither an interrupted download nor a second one at the same time leaves half an executable there.
func install(ctx context.Context, path string, constraints version.Constraints, from source) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	unpacked, err := os.MkdirTemp(dir, "download-*")
	if err != nil {
		return fmt.Errorf("make a folder to download into: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(unpacked)) }()
	latest := &releases.LatestVersion{
		Product:          product.Terraform,
		Constraints:      constraints,
		InstallDir:       unpacked,
		Timeout:          installTimeout,
		ApiBaseURL:       from.baseURL,
		ArmoredPublicKey: from.publicKey,
		// hc-install's own client retries for 15 seconds before it says that there is no network.
		HTTPClient: http.DefaultClient,
	}
	downloaded, err := latest.Install(ctx)
	if err != nil {
		return err
	}
	return os.Rename(downloaded, path)
}

// brief shortens an error to what a person needs: its innermost network or file error, on one line of bounded length.
// hc-install quotes whole response bodies.
func brief(err error) string {
	var request *url.Error
	var file *fs.PathError
	text := err.Error()
	switch {
	case errors.As(err, &request):
		text = fmt.Sprintf("%s: %v", request.URL, request.Err)
	case errors.As(err, &file):
		text = file.Error()
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	const limit = 300
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "..."
	}
	return text
}

// Command scan runs tflint and tfsec over every rendered root module: those of this
// repository and those of the golden environments. Anything that tflint says, and
// whatever tfsec says that is HIGH or CRITICAL and is not waived, fails.
//
// It works on a copy, because tfsec reads no import blocks and gives up on a root
// module that has one. It must not know what the root modules are about.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"golang.org/x/sync/errgroup"
)

func main() {
	var s scanners
	flag.StringVar(&s.tflint, "tflint", "bin/tflint", "path of tflint")
	flag.StringVar(&s.tfsec, "tfsec", "bin/tfsec", "path of tfsec")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := s.run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scan:", err)
		os.Exit(1)
	}
}

// goldens are repositories in small, which share the modules of this one.
const goldens = "generator/testdata/environments/*"

type scanners struct{ tflint, tfsec string }

// run scans the repository in the working folder.
func (s scanners) run(ctx context.Context, out *os.File) (err error) {
	copied, err := os.MkdirTemp("", "scan-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	repositories, err := filepath.Glob(goldens)
	if err != nil {
		return err
	}
	var roots []string
	for _, repository := range append(repositories, ".") {
		to := filepath.Join(copied, repository)
		if err := copyTerraform("modules", filepath.Join(to, "modules")); err != nil {
			return fmt.Errorf("copy modules: %w", err)
		}
		found, err := copyRoots(filepath.Join(repository, "out"), filepath.Join(to, "out"))
		if err != nil {
			return fmt.Errorf("copy the root modules of %s: %w", repository, err)
		}
		roots = append(roots, found...)
	}
	if len(roots) == 0 {
		return errors.New("no root module in out: run `make gen`")
	}
	var waived, failed atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, root := range roots {
		group.Go(func() error {
			found, err := s.root(ctx, root)
			if err != nil {
				return fmt.Errorf("%s: %w", strings.TrimPrefix(root, copied+"/"), err)
			}
			waived.Add(int64(len(found.waived)))
			failed.Add(int64(len(found.problems)))
			for _, problem := range found.problems {
				fmt.Fprintln(out, strings.ReplaceAll(problem, copied+"/", ""))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if n := failed.Load(); n > 0 {
		return fmt.Errorf("%d findings in %d root modules; fix the template, or waive the rule in the environment file and say why", n, len(roots))
	}
	fmt.Fprintf(out, "%d root modules scanned: nothing from tflint, nothing HIGH or CRITICAL from tfsec that is not waived; %d are\n", len(roots), waived.Load())
	return nil
}

// findings are what the scanners say of a root module.
type findings struct {
	problems []string
	waived   map[string]bool // rules with the components that they are waived for
}

func (s scanners) root(ctx context.Context, root string) (findings, error) {
	all := findings{waived: map[string]bool{}}
	lint, err := exec.CommandContext(ctx, s.tflint, "--chdir="+root, "--call-module-type=all", "--format=compact", "--no-color").CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return all, err
	}
	if err != nil {
		all.problems = append(all.problems, fmt.Sprintf("tflint in %s:\n%s", root, lint))
	}
	command := exec.CommandContext(ctx, s.tfsec, "--soft-fail", "--include-passed", "--include-ignored", "--minimum-severity=HIGH", "--format=json", root)
	text, err := command.Output()
	if err != nil {
		return all, fmt.Errorf("run tfsec: %w", err)
	}
	var report struct {
		Results []struct {
			Rule        string `json:"long_id"`
			Severity    string `json:"severity"`
			Description string `json:"description"`
			Resource    string `json:"resource"`
			Status      int    `json:"status"`
		} `json:"results"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return all, fmt.Errorf("read what tfsec says: %w", err)
	}
	if len(report.Results) == 0 {
		return all, errors.New("tfsec has looked at nothing")
	}
	const failed, ignored = 0, 2
	for _, r := range report.Results {
		grave := r.Severity == "HIGH" || r.Severity == "CRITICAL"
		switch {
		case grave && r.Status == failed:
			all.problems = append(all.problems, fmt.Sprintf("tfsec in %s: %s %s in %s: %s", root, r.Severity, r.Rule, r.Resource, r.Description))
		case grave && r.Status == ignored:
			all.waived[r.Rule+" "+r.Resource] = true
		}
	}
	return all, nil
}

// copyRoots copies root modules and lists where they are now.
func copyRoots(from, to string) ([]string, error) {
	if err := copyTerraform(from, to); err != nil {
		return nil, err
	}
	var roots []string
	err := filepath.WalkDir(to, func(file string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "main.tf" {
			roots = append(roots, filepath.Dir(file))
		}
		return err
	})
	return roots, err
}

// copyTerraform copies the Terraform files of a folder, without import blocks.
func copyTerraform(from, to string) error {
	return filepath.WalkDir(from, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".tf" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed, diags := hclwrite.ParseConfig(text, file, hcl.InitialPos)
		if diags.HasErrors() {
			return diags
		}
		for _, block := range parsed.Body().Blocks() {
			if block.Type() == "import" {
				parsed.Body().RemoveBlock(block)
			}
		}
		copied := filepath.Join(to, strings.TrimPrefix(file, from))
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			return err
		}
		return os.WriteFile(copied, parsed.Bytes(), 0o644)
	})
}

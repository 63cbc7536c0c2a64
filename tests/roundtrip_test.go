// Package tests proves the whole tool on the rendered root modules: Terratest
// drives Terraform over them as they are, and AWS, here the local cloud, is asked
// whether the result is right.
package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/logger"
	"github.com/gruntwork-io/terratest/modules/terraform"
	terratest "github.com/gruntwork-io/terratest/modules/testing"

	"sendform/generator/components"
	"sendform/generator/environment"
	"sendform/generator/lifecycle"
	"sendform/generator/localcloud"
	"sendform/generator/rehearsal"
	"sendform/generator/render"
	"sendform/generator/standin"
	tf "sendform/generator/terraform"
)

// repository is where envs, modules and out are.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// eachTarget runs a test for every environment and region of the repository.
func eachTarget(t *testing.T, run func(*testing.T, environment.Target)) {
	t.Helper()
	names, err := environment.Names(repository(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		env, err := environment.Load(repository(t), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range env.Targets {
			t.Run(target.Key(), func(t *testing.T) { run(t, target) })
		}
	}
}

// stage opens a local cloud with a deployment on it, and the options by which
// Terratest runs Terraform against it.
func stage(t *testing.T, target environment.Target) (*rehearsal.Stage, *terraform.Options) {
	t.Helper()
	executable := findTerraform(t)
	dir := t.TempDir()
	s, err := rehearsal.Open(t.Context(), rehearsal.Options{
		Target: target, Repository: repository(t), Dir: dir, Terraform: executable,
		Tell: warnless(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	variables := s.Environ()
	variables["TF_REATTACH_PROVIDERS"] = serveProvider(t, variables, filepath.Join(repository(t), render.RootFolder(target)))
	variables["TF_DATA_DIR"] = filepath.Join(dir, "terratest")
	variables["TF_CLI_CONFIG_FILE"] = "/dev/null"
	variables["CHECKPOINT_DISABLE"] = "1"
	inputs, err := s.Variables()
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]any{}
	for name, value := range inputs {
		vars[name] = value
	}
	return s, &terraform.Options{
		TerraformBinary: executable.Path,
		TerraformDir:    filepath.Join(repository(t), render.RootFolder(target)),
		EnvVars:         variables,
		Vars:            vars,
		NoColor:         true,
		Logger:          logger.New(warnings{t}),
	}
}

// warnless logs what a deployment notes, and fails when that is a warning of Terraform.
func warnless(t *testing.T) func(lifecycle.Event) {
	return func(e lifecycle.Event) {
		switch {
		case e.Kind == lifecycle.Note && strings.HasPrefix(e.Text, "terraform ") && strings.Contains(e.Text, " warns: "):
			t.Error(e.Text)
		case e.Kind == lifecycle.Note:
			t.Log(e.Text)
		}
	}
}

// warnings reads what Terraform prints for Terratest, and fails where it warns.
type warnings struct{ t *testing.T }

// Logf implements [logger.TestLogger].
func (w warnings) Logf(_ terratest.TestingT, format string, args ...any) {
	if text := fmt.Sprintf(format, args...); strings.Contains(text, "Warning:") {
		w.t.Errorf("Terraform warns: %s", text)
	}
}

// serveProvider serves the stand-in for the length of a test, and returns how
// Terraform reaches it. Nothing here interrupts Terraform, so that one instance
// serves all commands.
func serveProvider(t *testing.T, environ map[string]string, dir string) string {
	t.Helper()
	server, err := standin.Serve(context.WithoutCancel(t.Context()), standin.Options{Environ: environ, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	info, err := json.Marshal(server.Reattach())
	if err != nil {
		t.Fatal(err)
	}
	return string(info)
}

func findTerraform(t *testing.T) tf.Executable {
	t.Helper()
	executable, err := tf.Find(t.Context(), tf.Options{CacheDir: filepath.Join(repository(t), ".sendform", "terraform")})
	if err != nil {
		t.Fatal(err)
	}
	return executable
}

// TestRoundTrip creates, verifies, deletes, verifies that all is gone, and does it
// all again.
func TestRoundTrip(t *testing.T) {
	eachTarget(t, func(t *testing.T, target environment.Target) {
		t.Parallel()
		ctx := t.Context()
		s, options := stage(t, target)
		if err := s.Build(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.CreateState(ctx); err != nil {
			t.Fatal(err)
		}
		asked := map[string]bool{} // what functions have asked for, by role and action
		for round := range 2 {
			terraform.InitAndApplyAndIdempotentContext(t, ctx, options)
			values, err := s.Verify(ctx)
			if err != nil {
				t.Fatalf("round %d: %v", round+1, err)
			}
			checks, err := s.Accept(ctx)
			if err != nil {
				t.Fatalf("round %d: %v", round+1, err)
			}
			if values < 60 || checks < 10 {
				t.Errorf("round %d: only %d values and %d checks", round+1, values, checks)
			}
			collectRunTime(s.Cloud.Record(), asked)
			answering(t, s.Cloud.HTTPClient(), target.LockDown, terraform.OutputAllContext(t, ctx, options))
			terraform.DestroyContext(t, ctx, options)
			if _, err := s.VerifyDeleted(ctx); err != nil {
				t.Fatalf("round %d: %v", round+1, err)
			}
		}
		checkRunTime(t, target, asked)
	})
}

// collectRunTime adds what functions have asked for.
func collectRunTime(calls []localcloud.Call, asked map[string]bool) {
	for _, call := range calls {
		for _, action := range call.Actions {
			asked[roleOf(call)+" "+action] = true
		}
	}
}

// checkRunTime wants each action that a function is allowed to be one that it took: a
// policy with one fewer would have failed. Logs are written by Lambda and not by calls;
// and s3:ListBucket is what lets S3 say that a key is missing.
func checkRunTime(t *testing.T, target environment.Target, asked map[string]bool) {
	t.Helper()
	for _, f := range target.Functions {
		for _, s := range components.FunctionPolicy(f, target).Statements {
			for _, action := range s.Actions {
				if silent := strings.HasPrefix(action, "logs:") || action == "s3:ListBucket"; !silent && !asked[f.RoleName+" "+action] {
					t.Errorf("function %s may %s (%s) and never does", f.Label, action, s.Sid)
				}
			}
		}
	}
}

// answering asks both functions for their health, which they tell nobody who does not
// sign once they are locked down, and the distribution for something that only User can
// answer.
func answering(t *testing.T, client *http.Client, locked bool, outputs map[string]any) {
	t.Helper()
	type answer struct {
		status int
		body   string
	}
	health := answer{http.StatusOK, `{"status":"ok"}`}
	if locked {
		health = answer{http.StatusForbidden, `{"Message":"Forbidden"}`}
	}
	for output, want := range map[string]struct {
		path string
		answer
	}{
		"function_admin_url":    {"/info/health", health},
		"function_user_url":     {"/info/health", health},
		"distribution_send_url": {"/api/transfers/0", answer{http.StatusNotFound, `{"error":"there is no such transfer"}`}},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprint(outputs[output])+want.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Errorf("%s: %v", output, err)
			continue
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != want.status || strings.TrimSpace(string(body)) != want.body {
			t.Errorf("%s%s: %s %s (%v), want %d %s", output, want.path, answer.Status, body, err, want.status, want.body)
		}
	}
}

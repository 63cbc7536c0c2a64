package terraform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

const sampleSource = "registry.terraform.io/sendform/sample"

const sampleConfig = `
terraform {
  required_providers {
    sample = {
      source  = "sendform/sample"
      version = ">= 1.0"
    }
  }
}

resource "sample_thing" "one" {
  name = "a"
}
`

// sample serves a provider with one resource type, an instance per command, and records what happens.
type sample struct {
	t *testing.T
	// create stands in for the resource's creation; it may be nil.
	create func(ctx context.Context) error

	mu     sync.Mutex
	record []string
}

func (s *sample) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record = append(s.record, what)
}

// noted returns what was recorded since the last call.
func (s *sample) noted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	record := s.record
	s.record = nil
	return record
}

func (s *sample) provider() tfprotov5.ProviderServer {
	nothing := func(context.Context, *schema.ResourceData, any) diag.Diagnostics { return nil }
	return schema.NewGRPCProviderServer(&schema.Provider{
		ResourcesMap: map[string]*schema.Resource{"sample_thing": {
			Schema: map[string]*schema.Schema{"name": {Type: schema.TypeString, Required: true, ForceNew: true}},
			CreateContext: func(ctx context.Context, d *schema.ResourceData, _ any) diag.Diagnostics {
				d.SetId(d.Get("name").(string))
				if s.create == nil {
					return nil
				}
				defer s.note("created")
				return diag.FromErr(s.create(ctx))
			},
			ReadContext:   nothing,
			DeleteContext: nothing,
		}},
	})
}

func (s *sample) serve(ctx context.Context) (tfexec.ReattachInfo, func() error, error) {
	s.note("serve")
	ctx, cancel := context.WithCancel(ctx)
	reattach := make(chan *plugin.ReattachConfig)
	closed := make(chan struct{})
	go tf5server.Serve(sampleSource, s.provider,
		tf5server.WithDebug(ctx, reattach, closed),
		tf5server.WithGoPluginLogger(hclog.NewNullLogger()), tf5server.WithLoggingSink(s.t))
	config := <-reattach
	info := tfexec.ReattachInfo{sampleSource: {
		Protocol: string(config.Protocol), ProtocolVersion: config.ProtocolVersion, Pid: config.Pid, Test: config.Test,
		Addr: tfexec.ReattachConfigAddr{Network: config.Addr.Network(), String: config.Addr.String()},
	}}
	return info, func() error {
		cancel()
		<-closed
		s.note("stop")
		return nil
	}, nil
}

func TestReattach(t *testing.T) {
	t.Parallel()
	s := sample{t: t}
	f := newFixture(t, sampleConfig, func(c *Config) { c.Reattach = s.serve })
	before := f.files(t)
	ctx := t.Context()

	var plan, destroy string
	steps := []struct {
		name     string
		run      func() error
		commands int
	}{
		{"init", func() error { return f.Init(ctx) }, 1},
		{"validate", func() error { return f.Validate(ctx) }, 1},
		{"plan", func() error { _, plan = f.plan(t, PlanOptions{}); return nil }, 1},
		{"apply", func() error { return f.ApplyPlan(ctx, plan, nil) }, 1},
		{"show", func() error {
			state, err := f.Show(ctx)
			if err == nil && state.Values.RootModule.Resources[0].AttributeValues["id"] != "a" {
				t.Errorf("state: %+v", state.Values.RootModule.Resources[0])
			}
			return err
		}, 1},
		{"output", func() error { _, err := f.Output(ctx); return err }, 0},
		{"second plan", func() error {
			if plan, _ := f.plan(t, PlanOptions{}); plan.HasChanges {
				t.Errorf("changes: %+v", plan.Changes)
			}
			return nil
		}, 1},
		{"plan with replacement", func() error {
			f.write(t, "main.tf", strings.Replace(sampleConfig, `"a"`, `"b"`, 1))
			plan, _ := f.plan(t, PlanOptions{})
			if len(plan.Changes) != 1 || !slices.Equal(plan.Changes[0].ReplacePaths, []string{"name"}) {
				t.Errorf("changes: %+v", plan.Changes)
			}
			return nil
		}, 2},
		{"destroy plan", func() error { _, destroy = f.plan(t, PlanOptions{Destroy: true}); return nil }, 1},
		{"destroy", func() error { return f.ApplyPlan(ctx, destroy, nil) }, 1},
	}
	for _, step := range steps {
		if err := step.run(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		want := slices.Repeat([]string{"serve", "stop"}, step.commands)
		if got := s.noted(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", step.name, got, want)
		}
	}
	if after := f.files(t); after != before {
		t.Errorf("files in the root folder: %q became %q", before, after)
	}
}

func TestReattachErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tests := map[string]struct {
		reattach Reattach
		want     string
	}{
		"serve": {
			func(context.Context) (tfexec.ReattachInfo, func() error, error) { return nil, nil, broken },
			"serve the provider for terraform init: broken",
		},
		"stop": {
			func(context.Context) (tfexec.ReattachInfo, func() error, error) {
				return nil, func() error { return broken }, nil
			},
			"stop the provider of terraform init: broken",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, `resource "terraform_data" "box" {}`, func(c *Config) { c.Reattach = test.reattach })
			err := f.Init(t.Context())
			if !errors.Is(err, broken) || err.Error() != test.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestInterruptedProvider cancels while the provider creates a resource. Terraform stops the provider's work, saves the
// state and releases the lock, and only then the provider is taken away.
func TestInterruptedProvider(t *testing.T) {
	t.Parallel()
	creating := make(chan struct{})
	s := sample{t: t, create: func(ctx context.Context) error {
		close(creating)
		<-ctx.Done()
		return ctx.Err()
	}}
	var f fixture
	f = newFixture(t, sampleConfig, func(c *Config) {
		c.Reattach = func(ctx context.Context) (tfexec.ReattachInfo, func() error, error) {
			info, stop, err := s.serve(ctx)
			return info, func() error {
				if f.locked() {
					t.Error("the provider is stopped while terraform holds the lock")
				}
				return stop()
			}, err
		}
	})
	f.init(t)
	_, file := f.plan(t, PlanOptions{})
	s.noted()

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := f.start(ctx, file)
	<-creating
	cancel()
	err := await(t, done)
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "terraform apply: interrupted") {
		t.Errorf("got %v", err)
	}
	if got := s.noted(); !slices.Equal(got, []string{"serve", "created", "stop"}) {
		t.Errorf("got %v", got)
	}

	s.create = nil
	plan, file := f.plan(t, PlanOptions{})
	if len(plan.Changes) != 1 || plan.Changes[0].Reason != "tainted" {
		t.Errorf("the plan after an interrupt: %+v", plan.Changes)
	}
	if err := f.ApplyPlan(t.Context(), file, nil); err != nil {
		t.Error(err)
	}
}

func TestCancelledBeforehand(t *testing.T) {
	t.Parallel()
	s := sample{t: t}
	f := newFixture(t, sampleConfig, func(c *Config) { c.Reattach = s.serve })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Init(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := s.noted(); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

// TestIsolated has a development override in a home folder, as provider developers do.
func TestIsolated(t *testing.T) {
	home := t.TempDir()
	override := "provider_installation {\n  dev_overrides {\n    \"sendform/sample\" = \"/nowhere\"\n  }\n  direct {}\n}\n"
	configuration := filepath.Join(home, ".terraformrc")
	if err := os.WriteFile(configuration, []byte(override), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	tests := map[string]struct {
		environ  map[string]string
		isolated bool
		want     bool
	}{
		"by home folder":           {nil, false, true},
		"by home folder, isolated": {nil, true, false},
		"by name":                  {map[string]string{"TF_CLI_CONFIG_FILE": configuration}, false, true},
		"by name, isolated":        {map[string]string{"TF_CLI_CONFIG_FILE": configuration}, true, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := sample{t: t}
			f := newFixture(t, sampleConfig, func(c *Config) {
				c.Reattach, c.Environ, c.Isolated = s.serve, test.environ, test.isolated
			})
			f.init(t)
			plan, _ := f.plan(t, PlanOptions{})
			overridden := slices.ContainsFunc(plan.Warnings, func(d tfjson.Diagnostic) bool {
				return strings.Contains(d.Summary, "development overrides")
			})
			if overridden != test.want {
				t.Errorf("development override in effect: %v; %+v", overridden, plan.Warnings)
			}
		})
	}
}

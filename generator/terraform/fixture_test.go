package terraform

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for something that must happen.
const patience = time.Minute

// fixture is a root module in a folder of its own, with its state beside it.
type fixture struct {
	*Root
	dir   string
	state string
}

// newFixture writes the configuration, with a local backend added, and makes a Root of it with the real Terraform.
func newFixture(t *testing.T, config string, change func(*Config)) fixture {
	t.Helper()
	exe, err := Find(t.Context(), Options{CacheDir: filepath.Join(t.TempDir(), "cache")})
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{dir: t.TempDir(), state: filepath.Join(t.TempDir(), "terraform.tfstate")}
	f.write(t, "backend.tf", fmt.Sprintf("terraform {\n  backend \"local\" {\n    path = %q\n  }\n}\n", f.state))
	f.write(t, "main.tf", config)
	cfg := Config{
		Executable: exe,
		Dir:        f.dir,
		DataDir:    filepath.Join(t.TempDir(), "data"),
		Isolated:   true,
	}
	if change != nil {
		change(&cfg)
	}
	f.Root, err = New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fixture) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// init runs terraform init.
func (f fixture) init(t *testing.T) {
	t.Helper()
	if err := f.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// plan saves a plan and returns it with its file.
func (f fixture) plan(t *testing.T, opts PlanOptions) (Plan, string) {
	t.Helper()
	opts.Out = filepath.Join(t.TempDir(), "plan")
	plan, err := f.Plan(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan, opts.Out
}

// locked tells whether the state's lock is held.
func (f fixture) locked() bool {
	_, err := os.Stat(filepath.Join(filepath.Dir(f.state), "."+filepath.Base(f.state)+".lock.info"))
	return err == nil
}

// files lists the root folder.
func (f fixture) files(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

// gate is where a local-exec provisioner waits in the middle of an apply.
type gate struct {
	arrived *os.File
	release *os.File
}

// newGate makes the gate of one test. What waits at it when the test ends is let go.
func newGate(t *testing.T) gate {
	t.Helper()
	pipe := func(name string) *os.File {
		path := filepath.Join(t.TempDir(), name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		// Opened for both directions, so that neither side waits for the other to open it.
		f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	return gate{arrived: pipe("arrived"), release: pipe("release")}
}

// config is a root whose second resource passes the gate. The provisioner's parent process is terraform.
func (g gate) config() string {
	return fmt.Sprintf(`
resource "terraform_data" "first" {
  input = "kept"
}

resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "echo $PPID > %s; read line < %s"
  }
}
`, g.arrived.Name(), g.release.Name())
}

// wait returns terraform's process id when the provisioner has arrived.
func (g gate) wait(t *testing.T) int {
	t.Helper()
	if err := g.arrived.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanln(g.arrived, &pid); err != nil {
		t.Fatalf("the provisioner did not start: %v", err)
	}
	return pid
}

// open lets the provisioner pass.
func (g gate) open(t *testing.T) {
	t.Helper()
	if _, err := g.release.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
}

// start runs an apply in the background. Its error arrives on the channel.
func (f fixture) start(ctx context.Context, planFile string) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f.ApplyPlan(ctx, planFile, nil) }()
	return done
}

// await returns the error of an apply that was started.
func await(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatal("terraform did not end")
		return nil
	}
}

package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// sendform is the command line as a process of its own: this test program, which
// TestMain makes behave as sendform when it is called so.
func sendform(t *testing.T, root string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Args = append([]string{"sendform", "--root", root}, args...)
	return cmd
}

// generated is the content of every file in modules and out.
func generated(tb testing.TB, root string) map[string]string {
	tb.Helper()
	files := map[string]string{}
	for _, folder := range []string{"modules", "out"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(file string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files[strings.TrimPrefix(file, root)] = read(tb, file)
			}
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	return files
}

// TestStoppedGeneration stops a generation that changes every file, at moments that
// it comes by itself: when the first file is staged, and when the first is in its
// place. Whatever was done by then, every file is the old or the new one, and the
// next generation does the rest.
func TestStoppedGeneration(t *testing.T) {
	const environments = 10
	next := manyRoots(t, environments)
	base := filepath.Join("envs", "base.hcl")
	changed := strings.Replace(read(t, filepath.Join(next, base)), `project "`, `project "new-`, 1)
	write(t, filepath.Join(next, base), changed)
	if out, err := sendform(t, next, "gen").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := generated(t, next)

	const watched = "/out/env-000/eu-west-1/main.tf"
	tests := map[string]struct {
		signal syscall.Signal
		moment func(root, old string) bool
	}{
		"killed when files are staged": {syscall.SIGKILL, staged},
		"killed when files are placed": {syscall.SIGKILL, placed(watched)},
		"Ctrl-C when files are staged": {syscall.SIGINT, staged},
		"Ctrl-C when files are placed": {syscall.SIGINT, placed(watched)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := manyRoots(t, environments)
			if out, err := sendform(t, root, "gen").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			old := generated(t, root)
			write(t, filepath.Join(root, base), changed)

			cmd := sendform(t, root, "gen")
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			var err error
			running := true
			for running && !test.moment(root, old[watched]) {
				select {
				case err = <-ended:
					running = false
				default:
					runtime.Gosched()
				}
			}
			if running {
				if err := cmd.Process.Signal(test.signal); err != nil {
					t.Log(err) // it has just ended
				}
				err = <-ended
			}

			for file, got := range generated(t, root) {
				if got != old[file] && got != want[file] {
					t.Errorf("%s is neither old nor new:\n%s", file, got)
				}
			}
			if test.signal == syscall.SIGINT {
				checkAllOrNothing(t, generated(t, root), old, want, err, said.String())
			}
			if out, err := sendform(t, root, "gen").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for file, got := range generated(t, root) {
				if got != want[file] {
					t.Errorf("%s is not repaired", file)
				}
			}
			if _, err := os.Stat(filepath.Join(root, ".sendform", "gen")); err == nil {
				t.Error("staged files are left behind")
			}
		})
	}
}

func staged(root, _ string) bool {
	entries, err := os.ReadDir(filepath.Join(root, ".sendform", "gen"))
	return err == nil && len(entries) > 0
}

func placed(file string) func(root, old string) bool {
	return func(root, old string) bool {
		text, err := os.ReadFile(filepath.Join(root, file))
		return err == nil && string(text) != old
	}
}

// checkAllOrNothing holds what Ctrl-C has left against how the process has ended.
func checkAllOrNothing(t *testing.T, got, old, want map[string]string, err error, said string) {
	t.Helper()
	expected := want
	if err != nil {
		expected = old
		if !strings.Contains(said, "interrupted; nothing was written") {
			t.Errorf("it said %q", said)
		}
	}
	for file, text := range got {
		if text != expected[file] {
			t.Errorf("%s: after %v, not all files are the same generation's", file, err)
			return
		}
	}
}

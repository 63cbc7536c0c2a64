package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sendform": main})
}

// TestScripts runs the command line as its users do. Each script has a repository
// of its own, with the templates of this one and two folders to be packages.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "append": appendLine, "serve": serve, "interrupt": interrupt,
		},
		Setup: func(env *testscript.Env) error {
			env.Values[serverKey{}] = &server{}
			for _, folder := range []string{"app/front", "app/back"} {
				if err := os.MkdirAll(filepath.Join(env.WorkDir, folder), 0o755); err != nil {
					return err
				}
			}
			return os.CopyFS(filepath.Join(env.WorkDir, "templates"), os.DirFS("../templates"))
		},
	})
}

// exits is a command of scripts: exits 2 sendform gen --check.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = strconv.Itoa(exit.ExitCode())
	} else {
		ts.Check(err)
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// appendLine is a command of scripts: append FILE LINE.
func appendLine(ts *testscript.TestScript, _ bool, args []string) {
	file := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(file, []byte(ts.ReadFile(file)+args[1]+"\n"), 0o644))
}

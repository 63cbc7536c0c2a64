package main

import (
	"os"
	"path/filepath"
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
		Setup: func(env *testscript.Env) error {
			for _, folder := range []string{"app/front", "app/back"} {
				if err := os.MkdirAll(filepath.Join(env.WorkDir, folder), 0o755); err != nil {
					return err
				}
			}
			return os.CopyFS(filepath.Join(env.WorkDir, "templates"), os.DirFS("../templates"))
		},
	})
}

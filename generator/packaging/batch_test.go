package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// siblings is a module of programs that lie side by side.
func siblings(t *testing.T, names ...string) (parent string, orders []Order) {
	t.Helper()
	files := map[string]string{"go.mod": "module example.com/functions\n\ngo 1.24\n"}
	for _, name := range names {
		files[name+"/main.go"] = "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"" + name + "\") }\n"
	}
	parent, out, cache := folder(t, files), t.TempDir(), t.TempDir()
	for _, name := range names {
		orders = append(orders, Order{
			For: "acceptance." + name, To: filepath.Join(out, name), Program: true,
			Source: Source{Dir: filepath.Join(parent, name), GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Cache: cache},
		})
	}
	return parent, orders
}

// countGo puts a go command on PATH that counts how often it is called.
func countGo(t *testing.T) (count func() int) {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	bin, calls := t.TempDir(), filepath.Join(t.TempDir(), "calls")
	write(t, filepath.Join(bin, "go"), "#!/bin/sh\necho >>'"+calls+"'\nexec '"+tool+"' \"$@\"\n", 0o755)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() int {
		content, err := os.ReadFile(calls)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(content), "\n")
	}
}

func mustBuildAll(t *testing.T, orders []Order) []Package {
	t.Helper()
	built, err := BuildAll(t.Context(), orders)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func TestProgramsSideBySideAreCompiledAtOnce(t *testing.T) {
	parent, orders := siblings(t, "user", "admin", "v2")
	twin := orders[0]
	twin.To += "-twin"
	orders = append(orders, twin)
	count := countGo(t)
	for range 2 {
		mustBuildAll(t, orders)
		for _, o := range orders {
			said, err := exec.Command(o.To).Output()
			if want := filepath.Base(o.Dir); err != nil || string(said) != want {
				t.Errorf("%s says %q, want %q: %v", o.For, said, want, err)
			}
		}
	}
	// A folder v2 does not name a program.
	if got := count(); got != 4 {
		t.Errorf("the go command was called %d times, want 2 for each build", got)
	}

	write(t, filepath.Join(parent, "user", "main.go"), "package main\n\nfunc main() { print() }\n", 0o644)
	mustBuildAll(t, orders)
	if said, err := exec.Command(orders[0].To).Output(); err != nil || len(said) > 0 {
		t.Errorf("the old program was taken: %q, %v", said, err)
	}
}

func TestProgramsForTwoMachinesAreApart(t *testing.T) {
	t.Parallel()
	_, orders := siblings(t, "user", "admin")
	other := map[string]string{"amd64": "arm64"}[runtime.GOARCH]
	if other == "" {
		other = "amd64"
	}
	for i := range orders {
		orders[i].Program, orders[i].Runtime, orders[i].To = false, "provided.al2023", orders[i].To+".zip"
	}
	alike := mustBuildAll(t, orders)
	orders[0].GOARCH = other
	mixed := mustBuildAll(t, orders)
	if mixed[0].Hex == alike[0].Hex || mixed[1].Hex != alike[1].Hex {
		t.Errorf("for two machines %+v, for one %+v", mixed, alike)
	}
}

func TestOneThatDoesNotCompileIsNamed(t *testing.T) {
	t.Parallel()
	parent, orders := siblings(t, "user", "admin")
	write(t, filepath.Join(parent, "admin", "wrong.go"), "package main\n\nvar wrong int = \"text\"\n", 0o644)
	_, err := BuildAll(t.Context(), orders)
	if err == nil {
		t.Fatal("was built")
	}
	for _, part := range []string{"build acceptance.admin: package " + orders[1].Dir + ": compile for", "./wrong.go:3:17", "cannot use"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "acceptance.user") {
		t.Errorf("the other one is blamed: %q", err)
	}
}

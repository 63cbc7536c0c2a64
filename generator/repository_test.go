package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sendform/generator/environment"
)

// regionsOfMany are where every environment of manyRoots runs.
var regionsOfMany = []string{"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}

// manyRoots makes a repository whose environments are like qa of this one, each in
// four regions, and returns its folder.
func manyRoots(tb testing.TB, environments int) string {
	tb.Helper()
	dir := tb.TempDir()
	for _, folder := range []string{"templates", "examples"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join("..", folder))); err != nil {
			tb.Fatal(err)
		}
	}
	base := read(tb, filepath.Join("..", environment.Folder, "base.hcl"))
	write(tb, filepath.Join(dir, environment.Folder, "base.hcl"), base)
	qa := read(tb, filepath.Join("..", environment.Folder, "qa.hcl"))
	_, rest, found := strings.Cut(qa, "regions")
	if !found {
		tb.Fatal("envs/qa.hcl names no regions")
	}
	_, rest, _ = strings.Cut(rest, "\n")
	for i := range environments {
		name := fmt.Sprintf("env-%03d", i)
		text := fmt.Sprintf("environment %q {\n  account_id = \"%012d\"\n  regions = [\"%s\"]\n%s",
			name, 100000000000+i, strings.Join(regionsOfMany, `", "`), rest)
		write(tb, filepath.Join(dir, environment.Folder, name+".hcl"), text)
	}
	return dir
}

func read(tb testing.TB, file string) string {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func write(tb testing.TB, file, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCodeInDocumentsIsTheRepositorys takes every block of Go in the documents: each
// must stand in a file of this repository as it is.
func TestCodeInDocumentsIsTheRepositorys(t *testing.T) {
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	sources := goFiles(t, ".")
	block := regexp.MustCompile("(?s)\n```go\n(.*?)```")
	seen := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range block.FindAllStringSubmatch(string(text), -1) {
			seen++
			if !strings.Contains(sources, found[1]) {
				t.Errorf("%s: no file of generator/ has\n%s", document, found[1])
			}
		}
	}
	if seen == 0 {
		t.Error("no code was looked at")
	}
}

// TestGraphInTheReadmeIsTheEnvironments compares the drawing of qa with what the
// command draws.
func TestGraphInTheReadmeIsTheEnvironments(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```mermaid\n")
	drawn, _, found := strings.Cut(rest, "```")
	var out, problems bytes.Buffer
	if code := run([]string{"--root", "..", "graph", "qa"}, output{&out, &problems}); code != 0 {
		t.Fatalf("exit code %d: %s", code, problems.String())
	}
	if !found || drawn != out.String() {
		t.Errorf("README.md draws\n%s\nand `sendform graph qa` draws\n%s", drawn, out.String())
	}
}

// goFiles is the text of all Go files below dir.
func goFiles(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	for name, text := range tree(t, dir) {
		if filepath.Ext(name) == ".go" {
			all.WriteString(text)
		}
	}
	return all.String()
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
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

// TestLinksInDocumentsLeadSomewhere follows every relative link of every document: to a
// file of this repository, and to a heading where it names one.
func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code := regexp.MustCompile("(?s)```.*?```|`[^`\n]+`")
	seen := 0
	for document, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			target, heading, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			seen++
			file := document
			if target != "" {
				file = filepath.Join(filepath.Dir(document), filepath.FromSlash(target))
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link %s leads nowhere: %v", document, found[1], err)
				continue
			}
			if heading != "" && !slices.Contains(anchors(read(t, file)), heading) {
				t.Errorf("%s: %s has no heading for the link %s", document, file, found[1])
			}
		}
	}
	if seen == 0 {
		t.Error("no link was followed")
	}
}

// made is what documents name and a repository has only after something was done.
var made = []string{"examples/hello", "out/dev/eu-west-1"}

// TestWhatDocumentsNameIsThere looks for the files, folders and tests that documents
// name in code: a path from the root of the repository, a Go file or a script by its
// name alone, a test.
func TestWhatDocumentsNameIsThere(t *testing.T) {
	inCode := regexp.MustCompile("`([^`\\s]+)`")
	fences := regexp.MustCompile("(?s)```.*?```")
	test := regexp.MustCompile(`^Test[A-Z]\w+$`)
	byName := regexp.MustCompile(`^[\w-]+\.(go|txtar)$`)
	placeholder := strings.NewReplacer("ENV", "*", "REGION", "*")
	path := regexp.MustCompile(`^(?:\.github|docs|envs|examples|generator|modules|out|templates|tests|tools)/[\w./*-]*$`)
	sources, names := goFiles(t, "."), map[string]bool{}
	sources += goFiles(t, "../tests") + goFiles(t, "../examples")
	for _, root := range []string{".", "../tests", "../examples"} {
		for name := range tree(t, root) {
			names[filepath.Base(name)] = true
		}
	}
	seen := 0
	for document, text := range documents(t) {
		for _, found := range inCode.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
			name, there := found[1], true
			switch {
			case test.MatchString(name):
				there = strings.Contains(sources, "func "+name+"(t *testing.T)")
			case byName.MatchString(name):
				there = names[name]
			case path.MatchString(name) && !slices.ContainsFunc(made, func(m string) bool { return strings.HasPrefix(name, m) }):
				files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(placeholder.Replace(name))))
				if err != nil {
					t.Fatal(err)
				}
				there = len(files) > 0
			default:
				continue
			}
			seen++
			if !there {
				t.Errorf("%s names %s, which is nowhere", document, name)
			}
		}
	}
	if seen == 0 {
		t.Error("nothing was looked for")
	}
}

// documents are all Markdown files of the repository, by their paths.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../examples/*/*.md", "../modules/*/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			found[file] = read(t, file)
		}
	}
	return found
}

// anchors are what links call the headings of a document, as GitHub makes them: small
// letters, no punctuation, - for a space.
func anchors(text string) []string {
	var all []string
	fences := regexp.MustCompile("(?s)\n```.*?\n```")
	headings := regexp.MustCompile(`(?m)^#+ (.+)$`)
	for _, heading := range headings.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, heading[1]))
	}
	return all
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

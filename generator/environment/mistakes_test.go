package environment_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendform/generator/environment"
)

var update = flag.Bool("update", false, "write what is said into testdata/mistakes.txt")

// mistakesFile has one case a paragraph: # its name, @ the file, - the text that is
// replaced, + by what, = all that must be said. Look at the difference after -update.
const mistakesFile = "testdata/mistakes.txt"

// mistake is one case of the file.
type mistake struct {
	name, file, old, by string
	says                []string
}

func readMistakes(t *testing.T) []mistake {
	t.Helper()
	var all []mistake
	for paragraph := range strings.SplitSeq(strings.TrimSpace(read(t, mistakesFile)), "\n\n") {
		var m mistake
		old, by := []string{}, []string{}
		for line := range strings.SplitSeq(paragraph, "\n") {
			sign, text, _ := strings.Cut(line, " ")
			switch sign {
			case "#":
				m.name = text
			case "@":
				m.file = text
			case "-":
				old = append(old, text)
			case "+":
				by = append(by, text)
			case "=":
				m.says = append(m.says, text)
			default:
				t.Fatalf("%s: what is %q?", mistakesFile, line)
			}
		}
		m.old, m.by = strings.Join(old, "\n"), strings.Join(by, "\n")
		all = append(all, m)
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMistakes replaces one text of good files by a wrong one. All that is said is
// compared: the place, what is wrong, what would be right, and that nothing else is
// said beside it.
func TestMistakes(t *testing.T) {
	files := map[string]string{"base.hcl": read(t, "testdata/base.hcl"), "qa.hcl": read(t, "testdata/qa.hcl")}
	if _, err := environment.Load(repository(t, files["base.hcl"], files["qa.hcl"]), "qa"); err != nil {
		t.Fatal(err)
	}
	all := readMistakes(t)
	for i, m := range all {
		t.Run(m.name, func(t *testing.T) {
			changed := strings.Replace(files[m.file], m.old, m.by, 1)
			if changed == files[m.file] {
				t.Fatalf("%s has no %q to replace", m.file, m.old)
			}
			base, qa := files["base.hcl"], changed
			if m.file == "base.hcl" {
				base, qa = changed, files["qa.hcl"]
			}
			_, err := environment.Load(repository(t, base, qa), "qa")
			var mistakes *environment.Mistakes
			if !errors.As(err, &mistakes) {
				t.Fatalf("got %v, want mistakes", err)
			}
			said := strings.Split(strings.Join(describe(mistakes), "\n"), "\n")
			if *update {
				all[i].says = said
			} else if diff := cmp.Diff(m.says, said); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if len(all) < 80 {
		t.Errorf("only %d cases", len(all))
	}
	if *update {
		write(t, all)
	}
}

func write(t *testing.T, all []mistake) {
	t.Helper()
	var b strings.Builder
	lines := func(sign, text string) {
		for line := range strings.SplitSeq(text, "\n") {
			fmt.Fprintf(&b, "%s %s\n", sign, line)
		}
	}
	for i, m := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		lines("#", m.name)
		lines("@", m.file)
		lines("-", m.old)
		if m.by != "" {
			lines("+", m.by)
		}
		lines("=", strings.Join(m.says, "\n"))
	}
	if err := os.WriteFile(filepath.FromSlash(mistakesFile), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func describe(m *environment.Mistakes) []string {
	var lines []string
	for _, d := range m.Diagnostics {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s; %s", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column, d.Summary, d.Detail))
	}
	return lines
}

package report

import (
	"fmt"
	"io"
	"strings"
)

// PlanMarkdown writes the summary of a target's plan for a pull request: what is
// destroyed or replaced stands open, the rest is folded.
func PlanMarkdown(out io.Writer, target string, p PlanSummary) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### Plan of `%s`: %s\n\n", target, p.counts())
	if p.Destroy+p.Replace > 0 {
		b.WriteString("> [!CAUTION]\n> Takes something away:\n")
		for _, c := range p.Components {
			for _, r := range c.Changes {
				if r.Action == Destroy || r.Action == Replace {
					fmt.Fprintf(&b, "> - **%s** %s: %s%s\n", r.Action, c.Component, code(r.Address), r.whyMarkdown())
				}
			}
		}
		b.WriteString("\n")
	}
	if len(p.Components) > 0 {
		b.WriteString("| component | destroy | replace | change | add | other |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
		for _, c := range p.Components {
			n := map[PlanAction]int{}
			for _, r := range c.Changes {
				n[r.Action]++
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", c.Component,
				cell(n[Destroy]), cell(n[Replace]), cell(n[Change]), cell(n[Add]), cell(n[Import]+n[Move]+n[Forget]))
		}
		b.WriteString("\n")
	}
	for _, c := range p.Components {
		fmt.Fprintf(&b, "<details><summary>%s</summary>\n\n", c.Component)
		for _, r := range c.Changes {
			fmt.Fprintf(&b, "- **%s** %s%s\n", r.Action, code(r.Address), r.whyMarkdown())
			shown, more := r.shown()
			for _, a := range shown {
				fmt.Fprintf(&b, "  - %s: %s → %s\n", code(a.Path), code(a.Before), code(a.After))
			}
			if more > 0 {
				fmt.Fprintf(&b, "  - and %s more\n", plural(more, "attribute"))
			}
		}
		b.WriteString("\n</details>\n")
	}
	if len(p.Outputs) > 0 {
		var names []string
		for _, name := range p.Outputs {
			names = append(names, code(name))
		}
		fmt.Fprintf(&b, "\nOutputs that change: %s\n", strings.Join(names, ", "))
	}
	b.WriteString("\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func (r ResourcePlan) whyMarkdown() string {
	switch {
	case len(r.ForcedBy) > 0:
		var paths []string
		for _, path := range r.ForcedBy {
			paths = append(paths, code(path))
		}
		return ", forced by " + strings.Join(paths, ", ")
	case r.ImportID != "":
		return ", stands as " + code(r.ImportID)
	default:
		return strings.Replace(r.why(), ": ", ", as ", 1)
	}
}

// cell is a number in a table, with nothing for none.
func cell(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// code writes a text so that nothing in it is Markdown: between more backticks than
// it has in a row (https://spec.commonmark.org/0.31.2/#code-spans).
func code(text string) string {
	text = strings.NewReplacer("\r", " ", "\n", " ").Replace(text)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || text == "" {
		text = " " + text + " "
	}
	return fence + text + fence
}

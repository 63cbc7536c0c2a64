package render

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/hashicorp/hcl/v2"
)

// While a template is executed only to find the place of a mistake, these stand
// around the number of a line of the template, where the text of that line begins.
const (
	lineBegins = "\ue002"
	lineEnds   = "\ue003"
)

// Mistakes is what is wrong with the HCL that a template renders.
type Mistakes []Mistake

// Mistake is one thing that is wrong with the HCL that a template renders.
type Mistake struct {
	Template string // relative to the folder of the templates, with slashes
	Line     int    // of the template; 0 if it is not known
	Rendered string // the line that was rendered
	Summary  string
	Detail   string // ends with what is allowed, if that is known
}

func (m Mistakes) Error() string {
	texts := make([]string, 0, len(m))
	for _, one := range m {
		place := "template " + one.Template
		if one.Line > 0 {
			place += ", line " + strconv.Itoa(one.Line)
		}
		texts = append(texts, fmt.Sprintf("%s: %s: %s\n  rendered: %s", place, strings.ToLower(one.Summary), one.Detail, one.Rendered))
	}
	return strings.Join(texts, "\n")
}

// mistakes explains diagnostics by the templates. data has what each template was
// executed with, by the name that the diagnostics use.
func (r *Renderer) mistakes(diags hcl.Diagnostics, data map[string]any) error {
	var all Mistakes
	traced := map[string][]tracedLine{}
	for _, d := range diags {
		if d.Severity != hcl.DiagError || d.Subject == nil {
			continue
		}
		name := d.Subject.Filename
		if traced[name] == nil {
			lines, err := r.trace(name, data[name])
			if err != nil {
				return err
			}
			traced[name] = lines
		}
		m := Mistake{Template: name, Summary: d.Summary, Detail: strings.ReplaceAll(d.Detail, placeholder, "…")}
		if at := d.Subject.Start.Line - 1; at < len(traced[name]) {
			line := traced[name][at]
			m.Template, m.Line, m.Rendered = line.template, line.number, line.text
		}
		all = append(all, m)
	}
	return all
}

// tracedLine is a rendered line and where it comes from.
type tracedLine struct {
	text     string
	template string
	number   int
}

// trace executes a template once more, with the number of every line in its text.
func (r *Renderer) trace(name string, data any) ([]tracedLine, error) {
	traceable, err := r.parsed.Clone()
	if err != nil {
		return nil, fmt.Errorf("look for the place in template %s: %w", name, err)
	}
	for _, t := range traceable.Templates() {
		if t.Tree != nil {
			t.Tree = t.Tree.Copy()
			number(t.Tree.Root, t.Tree.ParseName, r.sources[t.Tree.ParseName])
			if _, err := traceable.AddParseTree(t.Name(), t.Tree); err != nil {
				return nil, fmt.Errorf("look for the place in template %s: %w", name, err)
			}
		}
	}
	var executed bytes.Buffer
	if err := traceable.Lookup(name).Execute(&executed, data); err != nil {
		return nil, fmt.Errorf("look for the place in template %s: %w", name, err)
	}
	return untrace(executed.String()), nil
}

// number puts the line's number in front of every line of a template's text.
func number(node parse.Node, name, source string) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, inner := range n.Nodes {
			number(inner, name, source)
		}
	case *parse.IfNode:
		number(n.List, name, source)
		number(n.ElseList, name, source)
	case *parse.RangeNode:
		number(n.List, name, source)
		number(n.ElseList, name, source)
	case *parse.WithNode:
		number(n.List, name, source)
		number(n.ElseList, name, source)
	case *parse.TextNode:
		line := 1 + strings.Count(source[:n.Pos], "\n")
		var marked []byte
		for i, text := range strings.SplitAfter(string(n.Text), "\n") {
			marked = fmt.Appendf(marked, "%s%s:%d%s%s", lineBegins, name, line+i, lineEnds, text)
		}
		n.Text = marked
	}
}

// untrace takes the marks out of an executed template again. What a line begins
// with says where it is from, or what the line before it ended with.
func untrace(executed string) []tracedLine {
	var lines []tracedLine
	var at tracedLine
	for _, marked := range strings.Split(strings.TrimSpace(executed), "\n") {
		line := at
		text := strings.NewReplacer(literalBegins, "", literalEnds, "").Replace(marked)
		for i := 0; ; i++ {
			before, behind, found := strings.Cut(text, lineBegins)
			if !found {
				break
			}
			place, after, _ := strings.Cut(behind, lineEnds)
			at.template, place, _ = strings.Cut(place, ":")
			at.number, _ = strconv.Atoi(place)
			if strings.TrimSpace(line.text+before) == "" {
				line.template, line.number = at.template, at.number
			}
			text = before + after
		}
		line.text = strings.TrimSpace(text)
		lines = append(lines, line)
	}
	return lines
}

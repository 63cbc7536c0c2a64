package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed page/page.html
var pageTemplate string

//go:embed page/page.css
var pageStyle string

//go:embed page/page.js
var pageScript string

// write puts the report into a folder: report.json and report.html.
func (r Record) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the report: %w", err)
	}
	var data, page bytes.Buffer
	if err := errors.Join(r.JSON(&data), r.HTML(&page)); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	for name, content := range map[string][]byte{"report.json": data.Bytes(), "report.html": page.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

// JSON writes the record for programs.
func (r Record) JSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// HTML writes the record as one page that needs nothing else: no network, no file
// beside it.
func (r Record) HTML(out io.Writer) error {
	page, err := template.New("page").Funcs(template.FuncMap{
		"duration": func(s float64) string { return clock(time.Duration(s * float64(time.Second))) },
		"count":    plural,
		"dotted":   func(path string) []string { return strings.Split(path, ".") }, // where a line may end
		"plan":     PlanSummary.counts,
		"because":  ResourcePlan.why,
	}).Parse(pageTemplate)
	if err != nil {
		return err
	}
	content := pageContent{
		Record: r, Style: template.CSS(pageStyle), Script: template.JS(pageScript),
		// The page can load nothing and run only what it was written with.
		Security: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
			hashOf(pageStyle), hashOf(pageScript)),
	}
	for i, t := range r.Targets {
		content.Targets = append(content.Targets, pageTargetOf(t, "t"+strconv.Itoa(i+1), r.Seconds))
	}
	return page.Execute(out, content)
}

// hashOf is how a content security policy names a text
// (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// pageContent is what the page's template draws.
type pageContent struct {
	Record

	Style    template.CSS
	Script   template.JS
	Security string
	Targets  []pageTarget
}

type pageTarget struct {
	*Target

	ID             string
	Checked, Wrong int // values
	Timeline       []timelineStep
	Graph          pageGraph
	LockDown       []checkRow
	CheckSteps     []*Step
	Groups         []*group
	Documents      []document
}

type timelineStep struct {
	bar

	Error string
	Notes []string
	Rows  []bar
}

// bar is a time on the time line; X and W are thousandths of the whole run.
type bar struct {
	Label   string
	Text    string
	Seconds float64
	Result  Result
	X, W    string
}

// group is a component with all that was asked about it and done with it.
type group struct {
	ID, Address    string
	Needs          []*group
	Checked, Wrong int
	Rows           []checkRow
	Resources      []resourceRow
}

type checkRow struct {
	Value

	Component, Resource string
	Step                int
	StepName            string
}

type resourceRow struct {
	Resource

	Step     int
	StepName string
}

type document struct{ Role, Name, Text string }

// lockDownStep is the step whose checks are shown on their own.
const lockDownStep = "lock down"

func pageTargetOf(t *Target, id string, whole float64) pageTarget {
	made := pageTarget{Target: t, ID: id}
	groups := map[string]*group{}
	groupOf := func(address string) *group {
		if groups[address] == nil {
			groups[address] = &group{ID: id + "-" + address, Address: address}
			made.Groups = append(made.Groups, groups[address])
		}
		return groups[address]
	}
	for _, c := range t.Components {
		g := groupOf(c.Address)
		for _, need := range c.Needs {
			g.Needs = append(g.Needs, groupOf(need))
		}
	}
	for _, s := range t.Steps {
		line := timelineStep{bar: barOf(fmt.Sprintf("%d %s", s.Number, s.Name), s.Start, s.Seconds, whole, s.Result), Error: s.Error, Notes: s.Notes}
		line.Text = s.Text
		if strings.Contains(t.Error, s.Error) {
			line.Error = "" // it stands above already
		}
		for _, r := range s.Resources {
			line.Rows = append(line.Rows, barOf(r.Action+" "+shortAddress(r), r.Start, r.Seconds, whole, r.Result))
			g := groupOf(r.Component)
			g.Resources = append(g.Resources, resourceRow{r, s.Number, s.Name})
		}
		made.Timeline = append(made.Timeline, line)
		if len(s.Checks) > 0 {
			made.CheckSteps = append(made.CheckSteps, s)
		}
		for _, c := range s.Checks {
			for _, v := range c.Values {
				row := checkRow{v, c.Component, c.Resource, s.Number, s.Name}
				groupOf(c.Component).add(row)
				made.Checked++
				if !v.OK {
					made.Wrong++
				}
				if s.Name == lockDownStep {
					made.LockDown = append(made.LockDown, row)
				}
			}
		}
	}
	made.Graph = pageGraphOf(t.Components, groups, id)
	for _, p := range t.Policies {
		var text bytes.Buffer
		if err := json.Indent(&text, p.Document, "", "  "); err != nil {
			continue // it was marshalled from a value
		}
		made.Documents = append(made.Documents, document{p.Role, p.Name, text.String()})
	}
	return made
}

// shortAddress has the component in place of its module.
func shortAddress(r Resource) string {
	_, resource, inModule := strings.Cut(strings.TrimPrefix(r.Address, "module."), ".")
	if !inModule || !strings.HasPrefix(r.Address, "module.") {
		return r.Address
	}
	return r.Component + " " + resource
}

func (g *group) add(row checkRow) {
	g.Rows = append(g.Rows, row)
	g.Checked++
	if !row.OK {
		g.Wrong++
	}
}

func barOf(label string, start, took, whole float64, result Result) bar {
	scale := 1000 / cmp.Or(whole, 1)
	return bar{
		Label: label, Seconds: took, Result: result,
		X: strconv.FormatFloat(min(start*scale, 998), 'f', 1, 64), W: strconv.FormatFloat(max(took*scale, 2), 'f', 1, 64),
	}
}

// pageGraph is the graph of components with links to them.
type pageGraph struct {
	ID            string
	Width, Height string
	Edges         []string
	Boxes         []pageBox
}

type pageBox struct {
	Label, Link, State       string
	X, Y, W, H, TextX, TextY string
}

func pageGraphOf(all []Component, groups map[string]*group, id string) pageGraph {
	boxes, width, height := place(all)
	pixels := func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
	made := pageGraph{ID: id, Width: pixels(width), Height: pixels(height), Edges: edges(all, boxes)}
	for _, c := range all {
		b, g := boxes[c.Address], groups[c.Address]
		state := ""
		switch {
		case g.Wrong > 0:
			state = "wrong"
		case g.Checked > 0:
			state = "right"
		}
		made.Boxes = append(made.Boxes, pageBox{
			Label: c.Address, Link: g.ID, State: state, X: pixels(b.x), Y: pixels(b.y), W: pixels(b.w), H: pixels(b.h),
			TextX: pixels(b.x + textInset), TextY: pixels(b.y + b.h/2 + baseline),
		})
	}
	return made
}

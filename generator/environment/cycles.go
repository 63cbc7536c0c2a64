package environment

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// link is one step of a cycle: a component wants something of another that is known
// only when that one stands.
type link struct {
	from, to string // as they are written, for example function.user
	why      string
	at       hcl.Range
}

// links lists what must stand before what, by the component that waits.
func (c checker) links(b targetBlock) map[string][]link {
	all := map[string][]link{}
	add := func(from, why string, v Value) {
		for _, ref := range v.Refs() {
			all[from] = append(all[from], link{from: from, to: ref.Kind + "." + ref.Name, why: why, at: v.Range})
		}
	}
	for _, f := range c.target.Functions {
		for _, setting := range f.Settings {
			add("function."+f.Label, setting.Name, setting.Value)
		}
	}
	for _, p := range c.target.Parameters {
		add("parameter."+p.Label, "its value", p.Value)
	}
	for i, d := range c.target.Distributions {
		if d.API != "" {
			from := "distribution." + d.Label
			all[from] = append(all[from], link{from: from, to: "function." + d.API, why: "its api", at: b.Distributions[i].API.Range()})
		}
	}
	return all
}

// checkCycles reports components that wait for each other, link by link.
func (c checker) checkCycles(b targetBlock) {
	links := c.links(b)
	const walking, done = 1, 2
	state := map[string]int{}
	var path []link
	var walk func(from string) bool
	walk = func(from string) bool {
		state[from] = walking
		for _, next := range links[from] {
			path = append(path, next)
			if state[next.to] == walking || (state[next.to] == 0 && walk(next.to)) {
				return true
			}
			path = path[:len(path)-1]
		}
		state[from] = done
		return false
	}
	var starts []string
	for _, f := range c.target.Functions {
		starts = append(starts, "function."+f.Label)
	}
	for _, d := range c.target.Distributions {
		starts = append(starts, "distribution."+d.Label)
	}
	for _, start := range starts {
		if state[start] == 0 && walk(start) {
			c.reportCycle(path)
			return
		}
	}
}

func (c checker) reportCycle(path []link) {
	last := path[len(path)-1]
	for path[0].from != last.to { // the walk may have come from outside of the cycle
		path = path[1:]
	}
	var steps strings.Builder
	way := last
	for _, k := range path {
		fmt.Fprintf(&steps, "\n  %s needs %s for %s (%s:%d)", k.from, k.to, k.why, k.at.Filename, k.at.Start.Line)
		if strings.HasPrefix(k.from, "function.") {
			way = k
		}
	}
	attribute := "url"
	if strings.HasPrefix(way.to, "distribution.") {
		attribute = "id"
	}
	c.report(mistake(last.at, "Components need each other",
		"None of them can be created first:%s\nLet %s learn it at run time: put it into a parameter, and give the function the parameter's name.\n"+
			"  parameter \"%s-%s\" {\n    value = %s.%s\n  }\nand in %s, in place of the setting:\n  parameters {\n    %s = parameter.%s-%s\n  }",
		steps.String(), way.from,
		way.to[strings.IndexByte(way.to, '.')+1:], attribute, way.to, attribute,
		way.from, way.why, way.to[strings.IndexByte(way.to, '.')+1:], attribute))
}

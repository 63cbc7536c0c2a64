package report

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"sendform/generator/components"
)

// Mermaid draws components and what each needs, as GitHub shows it in Markdown. An
// arrow leads from a component to one that must stand before it.
func Mermaid(w io.Writer, all []components.Component) error {
	var b strings.Builder
	b.WriteString("graph LR\n")
	for _, c := range all {
		fmt.Fprintf(&b, "  %s[\"%s\"]\n", mermaidID(c.Address), c.Address)
	}
	for _, c := range all {
		for _, need := range needs(c) {
			fmt.Fprintf(&b, "  %s --> %s\n", mermaidID(c.Address), mermaidID(need))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func mermaidID(a components.Address) string {
	return strings.NewReplacer(".", "_", "-", "_").Replace(a.String())
}

// needs lists what a component needs, once each, in the order of addresses.
func needs(c components.Component) []components.Address {
	sorted := slices.SortedFunc(slices.Values(c.Needs), func(a, b components.Address) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(sorted)
}

// Sizes of the drawing in pixels.
const (
	boxHeight, rowGap = 34, 14
	columnGap         = 70
	letter            = 7.6 // of the monospaced type
	margin            = 16
	textInset         = 10  // of a label in its box
	baseline          = 4.5 // of a label below the middle of its box
)

type box struct {
	x, y, w, h    float64
	column, order int
}

// SVG draws the same as [Mermaid] as a picture of its own: what must stand first is
// on the left.
func SVG(w io.Writer, title string, all []components.Component) error {
	drawn := componentsOf(all)
	boxes, width, height := place(drawn)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s" font-family="ui-monospace, monospace" font-size="12.5">`+"\n",
		width, height, width, height, html.EscapeString(title))
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title))
	b.WriteString(`<style>rect{fill:#f4f6fa;stroke:#5b6b8c}text{fill:#1c2536}path{fill:none;stroke:#8fa0c0}` +
		`@media(prefers-color-scheme:dark){rect{fill:#222a3a;stroke:#8fa0c0}text{fill:#e8edf7}path{stroke:#5b6b8c}}</style>` + "\n")
	b.WriteString(`<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8" style="fill:none"/></marker></defs>` + "\n")
	for _, curve := range edges(drawn, boxes) {
		fmt.Fprintf(&b, `<path d="%s" marker-end="url(#end)"/>`+"\n", curve)
	}
	for _, c := range drawn {
		x := boxes[c.Address]
		fmt.Fprintf(&b, `<g><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="6"/><text x="%.1f" y="%.1f">%s</text></g>`+"\n",
			x.x, x.y, x.w, x.h, x.x+textInset, x.y+x.h/2+baseline, html.EscapeString(c.Address))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// edges are the curves from each component to what it needs, as paths of SVG.
func edges(all []Component, boxes map[string]box) []string {
	var curves []string
	for _, c := range all {
		to := boxes[c.Address]
		for _, need := range c.Needs {
			from, drawn := boxes[need]
			if !drawn {
				continue // a need of a part of the graph
			}
			x1, y1, x2, y2 := to.x, to.y+to.h/2, from.x+from.w, from.y+from.h/2
			middle := (x2 - x1) / 2
			curves = append(curves, fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x1, y1, x1+middle, y1, x2-middle, y2, x2, y2))
		}
	}
	return curves
}

// place puts each component into a column behind all that it needs, and the boxes
// of a column below each other, near what they need.
func place(all []Component) (boxes map[string]box, width, height float64) {
	boxes = map[string]box{}
	var columns [][]string
	for _, c := range all { // they come behind what they need
		column, weight, count := 0, 0, 0
		for _, need := range c.Needs {
			if before, drawn := boxes[need]; drawn {
				column = max(column, before.column+1)
				weight += before.order
				count++
			}
		}
		order := 0
		if count > 0 {
			order = 10 * weight / count
		}
		boxes[c.Address] = box{column: column, order: order, h: boxHeight, w: 2*textInset + letter*float64(len(c.Address))}
		for len(columns) <= column {
			columns = append(columns, nil)
		}
		columns[column] = append(columns[column], c.Address)
	}
	x := float64(margin)
	for _, column := range columns {
		slices.SortStableFunc(column, func(a, b string) int { return boxes[a].order - boxes[b].order })
		widest, y := 0.0, float64(margin)
		for i, a := range column {
			at := boxes[a]
			at.x, at.y, at.order = x, y, i
			boxes[a] = at
			widest = max(widest, at.w)
			y += boxHeight + rowGap
		}
		height = max(height, y-rowGap+margin)
		x += widest + columnGap
	}
	return boxes, max(x-columnGap+margin, 2*margin), max(height, 2*margin)
}

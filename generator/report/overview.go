package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// redraw is how often the overview is drawn anew, for its clocks.
const redraw = 100 * time.Millisecond

// overview draws a run on a terminal: what lasts goes up line by line, and below it
// one picture of all that is under way is drawn in place.
type overview struct {
	screen screen
	now    func() time.Time
	stop   chan struct{}
	ended  sync.WaitGroup

	mu      sync.Mutex
	lasting *plain
	targets []*progress
	drawn   int // lines of the picture that stand on the screen
	paused  bool
}

// progress is how far a target is.
type progress struct {
	name    string
	needs   map[string][]string
	steps   []Event        // that are under way
	active  []Event        // resources that Terraform is at
	open    map[string]int // changes that are not done, by component
	begun   map[string]bool
	reverse bool // a deletion: what needs a component goes before it
	done    int  // changes
	total   int
	checked int // values
	wrong   int
}

func newOverview(s screen, now func() time.Time) *overview {
	o := &overview{screen: s, now: now, stop: make(chan struct{}), lasting: newPlain(s, s.style)}
	o.ended.Go(func() {
		ticker := time.NewTicker(redraw)
		defer ticker.Stop()
		for {
			select {
			case <-o.stop:
				return
			case <-ticker.C:
				o.tick()
			}
		}
	})
	return o
}

func (o *overview) tick() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.paused && (o.drawn > 0 || len(o.picture()) > 0) {
		o.paint("")
	}
}

func (o *overview) draw(e Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.paused = false
	o.follow(e)
	var above strings.Builder
	o.lasting.out = &above
	if e.Kind == runStarted {
		o.lasting.draw(e)
	}
	o.lasting.beside[e.Target] = true // the beginning of a step leaves no line
	o.lasting.lasting(e)
	if above.Len() > 0 { // the rest is seen at the next tick: there may be thousands of events
		o.paint(above.String())
	}
}

// follow keeps up with what is under way.
func (o *overview) follow(e Event) {
	if e.Kind == targetStarted {
		p := &progress{name: e.Target, needs: map[string][]string{}}
		for _, c := range e.needs {
			p.needs[c.Address] = c.Needs
		}
		o.targets = append(o.targets, p)
		return
	}
	at := slices.IndexFunc(o.targets, func(p *progress) bool { return p.name == e.Target })
	if at < 0 {
		return
	}
	p := o.targets[at]
	switch e.Kind {
	case "step_started":
		if len(p.steps) == 0 {
			*p = progress{name: p.name, needs: p.needs, open: map[string]int{}, begun: map[string]bool{}}
		}
		p.steps = append(p.steps, e)
	case "component_planned":
		p.open[e.Component] = e.Resources
		p.total += e.Resources
		p.reverse = e.Action == "delete"
	case "resource_started":
		p.active = append(p.active, e)
		p.begun[e.Component] = true
	case "resource_done", "resource_failed":
		p.active = slices.DeleteFunc(p.active, func(a Event) bool { return a.Resource == e.Resource && a.Action == e.Action })
		p.open[e.Component]--
		p.done++
	case "checked":
		for _, v := range e.Values {
			p.checked++
			if !v.OK {
				p.wrong++
			}
		}
	case "step_done":
		p.steps = slices.DeleteFunc(p.steps, func(s Event) bool { return s.Number == e.Number })
	case targetDone:
		o.targets = slices.Delete(o.targets, at, at+1)
	}
}

// paint replaces the picture by lines that stay and by a new picture below them. All
// goes out in one write, so that nothing flickers.
func (o *overview) paint(above string) {
	var b strings.Builder
	if o.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", o.drawn)
	}
	b.WriteString("\r\x1b[J") // to the end of the screen
	b.WriteString(above)
	rows := o.picture()
	for _, row := range rows {
		b.WriteString(row + "\n")
	}
	o.drawn = len(rows)
	fmt.Fprint(o.screen, b.String())
}

// picture is the overview, no higher than the window and no line wider.
func (o *overview) picture() []string {
	width, height := o.screen.size()
	if width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	var busy []*progress
	for _, p := range o.targets {
		if len(p.steps) > 0 {
			busy = append(busy, p)
		}
	}
	if len(busy) == 0 {
		return nil
	}
	space := max((height-2)/len(busy)-1, 1) // lines for a target, below its head
	var rows []string
	for _, p := range busy {
		rows = append(rows, p.rows(o.now(), width-1, space, o.screen.style)...)
	}
	return rows[:min(len(rows), max(height-2, 1))]
}

// rows are a target's part of the picture.
func (p *progress) rows(now time.Time, width, space int, s style) []string {
	head := p.name
	for _, s := range p.steps {
		head += fmt.Sprintf("  %d/%d %s  %s", s.Number, s.Of, s.Step, clock(now.Sub(s.Time)))
	}
	if p.total > 0 {
		head += fmt.Sprintf("  %d of %s", p.done, plural(p.total, "change"))
	}
	if p.checked > 0 {
		head += fmt.Sprintf("  %s asked, %d wrong", plural(p.checked, "value"), p.wrong)
	}
	rows := []string{s.paint(bold, cut(head, width))}
	waiting := p.waiting()
	if len(waiting) > 0 {
		space--
	}
	for i, e := range p.active {
		if i == space-1 && len(p.active) > space {
			rows = append(rows, s.paint(faint, cut(fmt.Sprintf("  and %d more", len(p.active)-i), width)))
			break
		}
		if i >= space {
			break
		}
		_, resource, _ := strings.Cut(e.Resource, ".")
		_, resource, _ = strings.Cut(resource, ".") // without module.NAME
		text := fmt.Sprintf("  %-22s %-8s %-48s %8s", e.Component, e.Action, resource, clock(now.Sub(e.Time)))
		rows = append(rows, s.paint(cyan, cut(text, width)))
	}
	if len(waiting) > 0 {
		rows = append(rows, s.paint(faint, cut("  waiting: "+strings.Join(waiting, "; "), width)))
	}
	return rows
}

// waiting says which components are not begun, and what each waits for.
func (p *progress) waiting() []string {
	var texts []string
	for _, c := range slices.Sorted(maps.Keys(p.open)) {
		if p.open[c] == 0 || p.begun[c] {
			continue
		}
		var before []string
		for other, left := range p.open {
			comesFirst := slices.Contains(p.needs[c], other)
			if p.reverse {
				comesFirst = slices.Contains(p.needs[other], c)
			}
			if left > 0 && comesFirst {
				before = append(before, other)
			}
		}
		slices.Sort(before)
		if len(before) == 0 {
			texts = append(texts, c)
			continue
		}
		texts = append(texts, c+" for "+strings.Join(before, ", "))
	}
	return texts
}

// cut shortens a text to a width in characters.
func cut(text string, width int) string {
	letters := []rune(text)
	if len(letters) <= width {
		return text
	}
	return string(letters[:max(width-1, 0)]) + "…"
}

func (o *overview) pause() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.drawn > 0 {
		fmt.Fprintf(o.screen, "\x1b[%dA\r\x1b[J", o.drawn)
	}
	o.drawn, o.paused = 0, true
}

func (o *overview) close() {
	close(o.stop)
	o.ended.Wait()
	o.pause()
}

package environment

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Folder is where the environment files are, relative to the repository.
const Folder = "envs"

const baseFile = "base.hcl"

// Mistakes is what is wrong with environment files, with the files' text so that
// the places can be shown. It is an error when it is not empty.
type Mistakes struct {
	Diagnostics hcl.Diagnostics
	Sources     map[string][]byte // by the file name that the diagnostics use
}

func (m *Mistakes) Error() string {
	lines := make([]string, 0, len(m.Diagnostics))
	for _, d := range m.Diagnostics {
		lines = append(lines, d.Error())
	}
	return strings.Join(lines, "\n")
}

// Names lists the environments of the repository at root, sorted.
func Names(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, Folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no folder %s here: run sendform in the folder that has it, or name it with --root", Folder)
	}
	if err != nil {
		return nil, fmt.Errorf("list environments: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, isHCL := strings.CutSuffix(e.Name(), ".hcl"); isHCL && e.Name() != baseFile && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	return names, nil
}

// Load reads the environment called name from the repository at root: base.hcl
// with the environment's own file laid over it. What is wrong with the files comes
// back as [*Mistakes], all of it at once.
func Load(root, name string) (Environment, error) {
	names, err := Names(root)
	if err != nil {
		return Environment{}, err
	}
	if !slices.Contains(names, name) {
		return Environment{}, fmt.Errorf("there is no environment %q%s %s has: %s",
			name, didYouMean(name, names), Folder, strings.Join(names, ", "))
	}
	l := loader{root: root, mistakes: Mistakes{Sources: map[string][]byte{}}}
	env := l.load(name)
	if l.mistakes.Diagnostics.HasErrors() {
		l.mistakes.Diagnostics = inOrder(l.mistakes.Diagnostics)
		return Environment{}, &l.mistakes
	}
	return env, nil
}

// inOrder sorts by place and drops what is said twice: regions are evaluated one
// by one, so a mistake in a shared line would come once a region.
func inOrder(diags hcl.Diagnostics) hcl.Diagnostics {
	place := func(d *hcl.Diagnostic) hcl.Range {
		if d.Subject == nil {
			return hcl.Range{}
		}
		return *d.Subject
	}
	compare := func(a, b *hcl.Diagnostic) int {
		ra, rb := place(a), place(b)
		if c := strings.Compare(ra.Filename, rb.Filename); c != 0 {
			return c
		}
		if c := ra.Start.Byte - rb.Start.Byte; c != 0 {
			return c
		}
		return strings.Compare(a.Summary+a.Detail, b.Summary+b.Detail)
	}
	slices.SortStableFunc(diags, compare)
	return slices.CompactFunc(diags, func(a, b *hcl.Diagnostic) bool { return compare(a, b) == 0 })
}

type loader struct {
	root     string
	mistakes Mistakes
}

func (l *loader) report(diags ...*hcl.Diagnostic) {
	l.mistakes.Diagnostics = append(l.mistakes.Diagnostics, diags...)
}

func (l *loader) load(name string) Environment {
	project, projectName, ok := l.parse(baseFile, "project")
	own, ownName, ownOK := l.parse(name+".hcl", "environment")
	if !ok || !ownOK {
		return Environment{}
	}
	if ownName.value != name {
		l.report(mistake(ownName.at, "Environment and file disagree",
			"This file is %s/%s.hcl, so its environment must be called %q.", Folder, name, name))
	}
	merged := layer(project, own)
	regions := l.regions(merged)
	env := Environment{Name: name}
	for _, region := range regions {
		t := l.target(merged, projectName, ownName, region)
		env.Targets = append(env.Targets, t)
	}
	return env
}

// labelled is a block's label with its place.
type labelled struct {
	value string
	at    hcl.Range
}

// parse reads one file, which must hold exactly one block of the wanted type.
func (l *loader) parse(file, wanted string) (*hclsyntax.Body, labelled, bool) {
	shown := path.Join(Folder, file)
	src, err := os.ReadFile(filepath.Join(l.root, Folder, file))
	if err != nil {
		l.report(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Cannot read " + shown,
			Detail: fmt.Sprintf("%v. Every environment is laid over %s/%s, which holds the project block.", err, Folder, baseFile),
		})
		return nil, labelled{}, false
	}
	l.mistakes.Sources[shown] = src
	parsed, diags := hclsyntax.ParseConfig(src, shown, hcl.InitialPos)
	l.report(diags...)
	if diags.HasErrors() {
		return nil, labelled{}, false
	}
	body := parsed.Body.(*hclsyntax.Body)
	ok := true
	for _, a := range body.Attributes {
		l.report(mistake(a.NameRange, "Attribute outside of a block", "Write %s inside of the %s block.", a.Name, wanted))
		ok = false
	}
	var found *hclsyntax.Block
	for _, b := range body.Blocks {
		switch {
		case b.Type != wanted:
			l.report(mistake(b.TypeRange, "Unexpected block", "%s holds one %s block, and nothing beside it%s",
				shown, wanted, didYouMean(b.Type, []string{wanted})))
			ok = false
		case found != nil:
			l.report(mistake(b.TypeRange, "Second "+wanted+" block", "The first one is at line %d. One file holds one.", found.TypeRange.Start.Line))
			ok = false
		case len(b.Labels) != 1:
			l.report(mistake(b.TypeRange, "One name expected", "Write %s \"name\" { … }.", wanted))
			ok = false
		default:
			found = b
		}
	}
	if found == nil {
		if ok {
			l.report(mistake(hcl.Range{Filename: shown, Start: hcl.InitialPos, End: hcl.InitialPos},
				"No "+wanted+" block", "%s must hold one: %s \"name\" { … }.", shown, wanted))
		}
		return nil, labelled{}, false
	}
	l.checkBlocksUnique(found.Body)
	return found.Body, labelled{found.Labels[0], found.LabelRanges[0]}, ok
}

func (l *loader) checkBlocksUnique(body *hclsyntax.Body) {
	seen := map[string]*hclsyntax.Block{}
	for _, b := range body.Blocks {
		id := blockID(b)
		if first, twice := seen[id]; twice {
			l.report(mistake(b.DefRange(), "Written twice", "%s is already defined at line %d of this file.", id, first.TypeRange.Start.Line))
		}
		seen[id] = b
		l.checkBlocksUnique(b.Body)
	}
}

func blockID(b *hclsyntax.Block) string {
	return strings.Join(append([]string{b.Type}, b.Labels...), " ")
}

// layer lays one body over another: attribute by attribute, the upper one wins;
// blocks of the same type and labels are layered in turn.
func layer(lower, upper *hclsyntax.Body) *hclsyntax.Body {
	merged := *upper
	merged.Attributes = maps.Clone(lower.Attributes)
	maps.Copy(merged.Attributes, upper.Attributes)
	merged.Blocks = nil
	over := map[string]*hclsyntax.Block{}
	for _, b := range upper.Blocks {
		over[blockID(b)] = b
	}
	for _, b := range lower.Blocks {
		if u, has := over[blockID(b)]; has {
			both := *u
			both.Body = layer(b.Body, u.Body)
			merged.Blocks = append(merged.Blocks, &both)
			delete(over, blockID(b))
			continue
		}
		merged.Blocks = append(merged.Blocks, b)
	}
	for _, b := range upper.Blocks {
		if _, isNew := over[blockID(b)]; isNew {
			merged.Blocks = append(merged.Blocks, b)
		}
	}
	return &merged
}

func mistake(at hcl.Range, summary, detail string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: &at}
}

// Add puts the mistakes of another environment to these; what both say about a
// shared file is kept once.
func (m *Mistakes) Add(other *Mistakes) {
	maps.Copy(m.Sources, other.Sources)
	m.Diagnostics = inOrder(append(m.Diagnostics, other.Diagnostics...))
}

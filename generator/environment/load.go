package environment

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
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

// Repository is the environment files of a repository, with what they share read
// once. It is safe for concurrent use.
type Repository struct {
	root  string
	names []string
	base  file
	form  *form // of an environment block
}

// Open reads base.hcl of the repository at root and lists its environments.
// Mistakes in base.hcl are reported by [Repository.Load].
func Open(root string) (*Repository, error) {
	names, err := Names(root)
	if err != nil {
		return nil, err
	}
	return &Repository{root: root, names: names, base: parse(root, baseFile, "project"), form: formOf(reflect.TypeFor[targetBlock]())}, nil
}

// Names lists the environments, sorted.
func (r *Repository) Names() []string { return slices.Clone(r.names) }

// Names lists the environments of the repository at root, sorted.
func Names(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, Folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no folder %s in %s: run sendform in the folder that has it, or name that with --root", Folder, root)
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

// Load reads the environment called name: base.hcl with the environment's own file
// laid over it. What is wrong with the files comes back as [*Mistakes], all of it
// at once.
func (r *Repository) Load(name string) (Environment, error) {
	if !slices.Contains(r.names, name) {
		return Environment{}, fmt.Errorf("there is no environment %q%s %s has: %s",
			name, didYouMean(name, r.names), Folder, listOr(r.names, "none"))
	}
	l := loader{root: r.root, form: r.form, mistakes: Mistakes{Sources: map[string][]byte{}}}
	env := l.load(name, r.base)
	if l.mistakes.Diagnostics.HasErrors() {
		l.mistakes.Diagnostics = inOrder(l.mistakes.Diagnostics)
		return Environment{}, &l.mistakes
	}
	return env, nil
}

// Load reads one environment of the repository at root; see [Repository.Load].
func Load(root, name string) (Environment, error) {
	r, err := Open(root)
	if err != nil {
		return Environment{}, err
	}
	return r.Load(name)
}

// unsuitableValue is how HCL calls a value of the wrong type.
const unsuitableValue = "Unsuitable value type"

// inOrder sorts by place and drops what is said twice: regions are evaluated one
// by one, so a mistake in a shared line would come once a region. Of a value that
// has the wrong type nothing else is said: it was never compared with a limit.
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
	unsuitable := map[hcl.Range]bool{}
	for _, d := range diags {
		if d.Summary == unsuitableValue {
			unsuitable[place(d)] = true
		}
	}
	diags = slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool { return unsuitable[place(d)] && d.Summary != unsuitableValue })
	return slices.CompactFunc(diags, func(a, b *hcl.Diagnostic) bool { return compare(a, b) == 0 })
}

type loader struct {
	root     string
	form     *form
	mistakes Mistakes
}

func (l *loader) report(diags ...*hcl.Diagnostic) {
	l.mistakes.Diagnostics = append(l.mistakes.Diagnostics, diags...)
}

func (l *loader) load(name string, base file) Environment {
	own := parse(l.root, name+".hcl", "environment")
	for _, f := range []file{base, own} {
		l.mistakes.Sources[f.shown] = f.source
		l.report(f.mistakes...)
	}
	if base.body == nil || own.body == nil {
		return Environment{}
	}
	if own.name.value != name {
		l.report(mistake(own.name.at, "Environment and file disagree",
			"This file is %s/%s.hcl, so its environment must be called %q.", Folder, name, name))
	}
	merged := layer(base.body, own.body)
	regions := l.regions(merged)
	env := Environment{Name: name}
	for i, region := range regions {
		t := l.target(merged, base.name, own.name, region)
		for j := range t.Deployers {
			t.Deployers[j].CreateProvider = t.Deployers[j].CreateProvider && i == 0
		}
		env.Targets = append(env.Targets, t)
	}
	l.checkBetweenRegions(merged, env)
	return env
}

// labelled is a block's label with its place.
type labelled struct {
	value string
	at    hcl.Range
}

// file is an environment file: one block, whose body is nil when the file has
// mistakes that leave nothing to read.
type file struct {
	shown    string // its path in messages
	source   []byte
	name     labelled
	body     *hclsyntax.Body
	mistakes hcl.Diagnostics
}

func (f *file) report(diags ...*hcl.Diagnostic) { f.mistakes = append(f.mistakes, diags...) }

// parse reads one file, which must hold exactly one block of the wanted type.
func parse(root, name, wanted string) file {
	f := file{shown: path.Join(Folder, name)}
	src, err := os.ReadFile(filepath.Join(root, Folder, name))
	if err != nil {
		f.report(&hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Cannot read " + f.shown,
			Detail: fmt.Sprintf("%v. Every environment is laid over %s/%s, which holds the project block.", err, Folder, baseFile),
		})
		return f
	}
	f.source = src
	parsed, diags := hclsyntax.ParseConfig(src, f.shown, hcl.InitialPos)
	f.report(diags...)
	if diags.HasErrors() {
		return f
	}
	f.read(parsed.Body.(*hclsyntax.Body), wanted)
	return f
}

// read takes the one block of the wanted type out of a parsed file.
func (f *file) read(body *hclsyntax.Body, wanted string) {
	for _, a := range body.Attributes {
		f.report(mistake(a.NameRange, "Attribute outside of a block", "Write %s inside of the %s block.", a.Name, wanted))
	}
	var found *hclsyntax.Block
	for _, b := range body.Blocks {
		switch {
		case b.Type != wanted:
			f.report(mistake(b.TypeRange, "Unexpected block", "%s holds one %s block, and nothing beside it%s",
				f.shown, wanted, didYouMean(b.Type, []string{wanted})))
		case found != nil:
			f.report(mistake(b.TypeRange, "Second "+wanted+" block", "The first one is at line %d. One file holds one.", found.TypeRange.Start.Line))
		case len(b.Labels) != 1:
			f.report(mistake(b.TypeRange, "One name expected", "Write %s \"name\" { … }.", wanted))
		default:
			found = b
		}
	}
	if found == nil && !f.mistakes.HasErrors() {
		f.report(mistake(hcl.Range{Filename: f.shown, Start: hcl.InitialPos, End: hcl.InitialPos},
			"No "+wanted+" block", "%s must hold one: %s \"name\" { … }.", f.shown, wanted))
	}
	if found == nil || f.mistakes.HasErrors() {
		return
	}
	f.checkBlocksUnique(found.Body)
	f.name, f.body = labelled{found.Labels[0], found.LabelRanges[0]}, found.Body
}

func (f *file) checkBlocksUnique(body *hclsyntax.Body) {
	seen := map[string]*hclsyntax.Block{}
	for _, b := range body.Blocks {
		id := blockID(b)
		if first, twice := seen[id]; twice {
			f.report(mistake(b.DefRange(), "Written twice", "%s is already defined at line %d of this file.", id, first.TypeRange.Start.Line))
		}
		seen[id] = b
		f.checkBlocksUnique(b.Body)
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

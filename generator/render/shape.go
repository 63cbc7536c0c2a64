package render

import (
	"bytes"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Parsing and formatting a root module takes a hundred times as long as writing
// it, and the roots of a repository differ in little but their values. So a root is
// taken apart into its blocks, and each into its shape and its literals. What is
// checked and formatted is the shape, once for all blocks that have it; the
// literals, of which no check and no alignment depends, are put back afterwards.

// placeholder stands for a literal in a shape. It is one character wide and valid
// within a string.
const placeholder = literalBegins

// shape is a block, or a whole file, without the values of its literals.
type shape struct {
	between [][]byte // the formatted text around the literals: one piece more than there are
	body    *hclsyntax.Body
}

// newShape parses and formats a text in which placeholders stand for literals.
func newShape(text []byte, file string) (*shape, hcl.Diagnostics) {
	parsed, diags := hclsyntax.ParseConfig(text, file, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	return &shape{
		between: bytes.Split(hclwrite.Format(text), []byte(placeholder)),
		body:    parsed.Body.(*hclsyntax.Body),
	}, nil
}

// shapes remembers the shapes of root modules that are right, and of their blocks,
// by unformatted text. It is safe for concurrent use.
type shapes struct {
	mu     sync.RWMutex
	roots  map[string][]*shape
	blocks map[string]*shape
}

// of finds the shapes of the blocks of a root module. One that is not known yet is
// checked; file is what it is called in diagnostics.
func (s *shapes) of(root []byte, file string, check func(...*hclsyntax.Body) hcl.Diagnostics) ([]*shape, hcl.Diagnostics) {
	s.mu.RLock()
	found := s.roots[string(root)]
	s.mu.RUnlock()
	if found != nil {
		return found, nil
	}
	var made []*shape
	var bodies []*hclsyntax.Body
	var diags hcl.Diagnostics
	for _, text := range blocks(root) {
		block, wrong := s.block(text)
		diags = append(diags, wrong...)
		if block != nil {
			made, bodies = append(made, block), append(bodies, block.body)
		}
	}
	if !diags.HasErrors() {
		diags = check(bodies...)
	}
	if diags.HasErrors() {
		// Once more in one piece, so that the places are those in the whole file.
		whole, diags := newShape(root, file)
		if diags.HasErrors() {
			return nil, diags
		}
		return nil, check(whole.body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roots[string(root)] = made
	return made, nil
}

func (s *shapes) block(text []byte) (*shape, hcl.Diagnostics) {
	s.mu.RLock()
	found := s.blocks[string(text)]
	s.mu.RUnlock()
	if found != nil {
		return found, nil
	}
	made, diags := newShape(text, "")
	if diags.HasErrors() {
		return nil, diags
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks[string(text)] = made
	return made, nil
}

// fill writes the shape behind out, with the literals in their places, and returns
// those that are left.
func (s *shape) fill(out []byte, literals [][]byte) ([]byte, [][]byte) {
	for i, piece := range s.between {
		if i > 0 {
			out = append(out, literals[i-1]...)
		}
		out = append(out, piece...)
	}
	return out, literals[len(s.between)-1:]
}

// takeApart separates the literals of an executed template from the rest, in which
// a placeholder stands for each. It appends to rest and literals.
func takeApart(executed, rest []byte, literals [][]byte) ([]byte, [][]byte) {
	for {
		before, behind, found := bytes.Cut(executed, []byte(literalBegins))
		rest = append(rest, before...)
		if !found {
			return rest, literals
		}
		literal, after, _ := bytes.Cut(behind, []byte(literalEnds))
		rest = append(rest, placeholder...)
		literals = append(literals, literal)
		executed = after
	}
}

// blocks cuts a root module into its blocks, each with the comment above it. A
// block ends with the first } at the beginning of a line.
func blocks(text []byte) [][]byte {
	var all [][]byte
	for {
		text = bytes.TrimLeft(text, "\n")
		end := bytes.Index(text, []byte("\n}\n"))
		if end < 0 {
			break
		}
		all = append(all, text[:end+len("\n}\n")])
		text = text[end+len("\n}\n"):]
	}
	if last := bytes.TrimSpace(text); len(last) > 0 {
		all = append(all, append(last, '\n'))
	}
	return all
}

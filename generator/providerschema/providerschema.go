// Package providerschema knows what hashicorp/aws takes: the arguments and blocks
// of the resource types and data sources that the modules use.
//
// What it knows is made from the stand-in provider by `go generate` and compiled
// into the program, a file for each type that is read when it is asked for. It must
// not know the stand-in itself, nor HCL.
package providerschema

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

//go:generate go run ./generate

//go:embed types
var files embed.FS

// Folder is where the described types are, relative to this package.
const Folder = "types"

// Mode tells the sorts of things that have a schema apart.
type Mode string

// The modes of a schema.
const (
	Provider Mode = "provider" // its only name is aws
	Resource Mode = "resource"
	Data     Mode = "data"
)

// Block is what may stand in a block.
type Block struct {
	Attributes map[string]Attribute `json:"attributes,omitempty"`
	Blocks     map[string]Nested    `json:"blocks,omitempty"`
}

// Attribute is an argument, or what is known about a thing once it stands.
type Attribute struct {
	// Type is a cty type in its JSON form.
	Type         json.RawMessage `json:"type"`
	Required     bool            `json:"required,omitempty"`
	Optional     bool            `json:"optional,omitempty"`
	Computed     bool            `json:"computed,omitempty"`
	Sensitive    bool            `json:"sensitive,omitempty"`
	WriteOnly    bool            `json:"write_only,omitempty"`
	Deprecated   string          `json:"deprecated,omitempty"`     // what to use in its place
	Conflicts    []string        `json:"conflicts,omitempty"`      // arguments or blocks beside it
	ExactlyOneOf []string        `json:"exactly_one_of,omitempty"` // itself among them
}

// Nested is a block within a block.
type Nested struct {
	Block

	Nesting      string   `json:"nesting"` // single, list or set
	Min          int      `json:"min,omitempty"`
	Max          int      `json:"max,omitempty"` // 0: any number
	Deprecated   string   `json:"deprecated,omitempty"`
	Conflicts    []string `json:"conflicts,omitempty"`
	ExactlyOneOf []string `json:"exactly_one_of,omitempty"`
}

// CtyType is the attribute's type.
func (a Attribute) CtyType() (cty.Type, error) {
	t, err := ctyjson.UnmarshalType(a.Type)
	if err != nil {
		return cty.NilType, fmt.Errorf("read the type of an attribute: %w", err)
	}
	return t, nil
}

// Schemas reads schemas and keeps those that were asked for. The zero value is
// ready. It is safe for concurrent use; what it returns must not be changed.
type Schemas struct {
	read sync.Map // file name to func() (Block, error)
}

// Find returns the schema of a type, for example [Resource] and aws_s3_bucket.
// There is none for a type that no module was meant to use: it is an error for
// which errors.Is(err, fs.ErrNotExist) holds.
func (s *Schemas) Find(mode Mode, name string) (Block, error) {
	file := FileName(mode, name)
	read, _ := s.read.LoadOrStore(file, sync.OnceValues(func() (Block, error) { return parse(file) }))
	return read.(func() (Block, error))()
}

func parse(file string) (Block, error) {
	var b Block
	text, err := files.ReadFile(file)
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(text, &b); err != nil {
		return b, fmt.Errorf("read schema %s: %w", file, err)
	}
	return b, nil
}

// FileName is where a type is described, relative to this package.
func FileName(mode Mode, name string) string {
	return path.Join(Folder, string(mode), name+".json")
}

// Names lists the types of a mode that have a schema, sorted.
func Names(mode Mode) []string {
	entries, err := fs.ReadDir(files, path.Join(Folder, string(mode)))
	if err != nil {
		return nil // there are none
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return slices.Clip(names)
}

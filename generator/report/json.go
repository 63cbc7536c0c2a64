package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
	tfjson "github.com/hashicorp/terraform-json"

	"sendform/generator/environment"
)

// Generation is what `sendform gen --json` prints: the diagnostics in the form of
// `terraform validate -json`, with the files that were, or with --check would be,
// written.
type Generation struct {
	tfjson.ValidateOutput

	Changes []FileChange `json:"changes"`
}

// FileChange is one rendered file that is not as it was.
type FileChange struct {
	Path   string `json:"path"`
	Action string `json:"action"` // create, update or remove
}

// GenerationJSON prints the result of a generation; err is nil when there was no
// mistake.
func GenerationJSON(out io.Writer, changes []FileChange, err error) error {
	result := Generation{Changes: append([]FileChange{}, changes...)}
	result.FormatVersion = "1.0"
	result.Diagnostics = diagnostics(err)
	result.ErrorCount = len(result.Diagnostics)
	result.Valid = err == nil
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

// diagnostics are the mistakes in environment files with their places, or any other
// error as one diagnostic without a place.
func diagnostics(err error) []tfjson.Diagnostic {
	list := []tfjson.Diagnostic{}
	var mistakes *environment.Mistakes
	switch {
	case err == nil:
	case errors.As(err, &mistakes):
		for _, d := range mistakes.Diagnostics {
			list = append(list, diagnostic(d, mistakes.Sources))
		}
	default:
		list = append(list, tfjson.Diagnostic{Severity: tfjson.DiagnosticSeverityError, Summary: err.Error()})
	}
	return list
}

func diagnostic(d *hcl.Diagnostic, sources map[string][]byte) tfjson.Diagnostic {
	made := tfjson.Diagnostic{Severity: tfjson.DiagnosticSeverityError, Summary: d.Summary, Detail: d.Detail}
	if d.Subject == nil || d.Subject.Filename == "" {
		return made
	}
	at := *d.Subject
	position := func(p hcl.Pos) tfjson.Pos { return tfjson.Pos{Line: p.Line, Column: p.Column, Byte: p.Byte} }
	made.Range = &tfjson.Range{Filename: at.Filename, Start: position(at.Start), End: position(at.End)}
	source := sources[at.Filename]
	if at.Start.Byte > at.End.Byte || at.End.Byte > len(source) {
		return made
	}
	// The snippet is the whole lines that the range is in.
	from := strings.LastIndexByte(string(source[:at.Start.Byte]), '\n') + 1
	to := len(source)
	if end := strings.IndexByte(string(source[at.End.Byte:]), '\n'); end >= 0 {
		to = at.End.Byte + end
	}
	made.Snippet = &tfjson.DiagnosticSnippet{
		Code: string(source[from:to]), StartLine: at.Start.Line,
		HighlightStartOffset: at.Start.Byte - from, HighlightEndOffset: at.End.Byte - from,
		Values: []tfjson.DiagnosticExpressionValue{},
	}
	return made
}

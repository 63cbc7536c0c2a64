package render

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"sendform/generator/components"
	"sendform/generator/environment"
)

// While a template is executed, these stand around the text of every string
// literal that comes from the model. They tell what the template says from what
// the values say: files that differ in values only have the same shape. No value
// contains them, because quote escapes what cannot be printed.
const (
	literalBegins = "\ue000"
	literalEnds   = "\ue001"
)

// closing is the end of an object. A brace at the beginning of a line would be the
// end of a block.
const closing = " }"

// maxLine is how many characters a list may have on one line.
const maxLine = 72

var (
	valueType  = reflect.TypeFor[environment.Value]()
	lockedType = reflect.TypeFor[components.Locked]()
	rootType   = reflect.TypeFor[components.FromRoot]()
)

// printer writes Go values as HCL expressions. It is safe for concurrent use.
type printer struct {
	names sync.Map // reflect.Type of a struct to []string, the tf tags of its fields
}

// fields lists the Terraform names of a struct's fields.
func (p *printer) fields(t reflect.Type) []string {
	if known, found := p.names.Load(t); found {
		return known.([]string)
	}
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("tf")
	}
	p.names.Store(t, names)
	return names
}

func (p *printer) literal(v any) string {
	return string(p.appendExpression(nil, reflect.ValueOf(v)))
}

// appendExpression writes v behind b.
func (p *printer) appendExpression(b []byte, v reflect.Value) []byte {
	switch v.Type() {
	case valueType:
		return appendValue(b, v.Interface().(environment.Value))
	case lockedType:
		return append(b, "var."+LockDownVariable...)
	case rootType:
		return append(append(b, "var."...), v.String()...)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, "null"...)
		}
		return p.appendExpression(b, v.Elem())
	case reflect.String:
		return appendQuoted(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Slice:
		return p.appendList(b, v)
	case reflect.Map:
		return p.appendMap(b, v)
	default:
		return p.appendStruct(b, v)
	}
}

// appendList writes a list on one line if it is short, else an item a line.
func (p *printer) appendList(b []byte, v reflect.Value) []byte {
	start := len(b)
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = p.appendExpression(b, v.Index(i))
	}
	b = append(b, ']')
	if line := b[start:]; !slices.Contains(line, '\n') && width(line) <= maxLine {
		return b
	}
	b = append(b[:start], "[\n"...)
	for i := range v.Len() {
		b = append(p.appendExpression(b, v.Index(i)), ",\n"...)
	}
	return append(b, ']')
}

// width is the length of a line without the marks of its literals.
func width(line []byte) int {
	marks := 0
	for _, c := range line {
		if c == literalBegins[0] {
			marks++
		}
	}
	return len(line) - marks*len(literalBegins)
}

func (p *printer) appendMap(b []byte, v reflect.Value) []byte {
	if v.Len() == 0 {
		return append(b, "{}"...)
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	b = append(b, "{\n"...)
	for _, k := range keys {
		b = append(appendKey(b, k.String()), " = "...)
		b = append(p.appendExpression(b, v.MapIndex(k)), '\n')
	}
	return append(b, closing...)
}

func (p *printer) appendStruct(b []byte, v reflect.Value) []byte {
	return append(p.appendFields(append(b, "{\n"...), v), closing...)
}

// appendFields writes the fields of a struct, one a line. A nil pointer is left out.
func (p *printer) appendFields(b []byte, v reflect.Value) []byte {
	for i, name := range p.fields(v.Type()) {
		if f := v.Field(i); f.Kind() != reflect.Pointer || !f.IsNil() {
			b = append(append(b, name...), " = "...)
			b = append(p.appendField(b, f), '\n')
		}
	}
	return b
}

// appendField writes the value of a field; a text of several lines as it reads.
func (p *printer) appendField(b []byte, v reflect.Value) []byte {
	text := reflect.Indirect(v)
	if text.Kind() == reflect.String && fitsHeredoc(text.String()) {
		return appendHeredoc(b, text.String())
	}
	return p.appendExpression(b, v)
}

// endOfText ends a heredoc.
const endOfText = "EOT"

// fitsHeredoc tells whether a text is whole lines, and says the same in a heredoc,
// which knows no escapes.
func fitsHeredoc(text string) bool {
	if !strings.HasSuffix(text, "\n") || !utf8.ValidString(text) {
		return false
	}
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == endOfText {
			return false
		}
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) })
}

var heredocEscapes = strings.NewReplacer("${", "$${", "%{", "%%{")

func appendHeredoc(b []byte, text string) []byte {
	b = append(append(b, "<<"+endOfText+"\n"...), literalBegins...)
	b = append(b, heredocEscapes.Replace(strings.TrimSuffix(text, "\n"))...)
	return append(b, literalEnds+"\n"+endOfText...)
}

// appendKey writes the key of an object. It is no literal of its own: alignment
// depends on its width, so it is part of a file's shape.
func appendKey(b []byte, name string) []byte {
	if hclsyntax.ValidIdentifier(name) {
		return append(b, name...)
	}
	return append(appendEscaped(append(b, '"'), name), '"')
}

func appendQuoted(b []byte, s string) []byte {
	b = append(append(b, '"'), literalBegins...)
	b = append(appendEscaped(b, s), literalEnds...)
	return append(b, '"')
}

// appendEscaped writes the text of a string literal.
func appendEscaped(b []byte, s string) []byte {
	plain := 0 // most texts are, to their end
	for plain < len(s) && isPlain(s[plain]) {
		plain++
	}
	b, s = append(b, s[:plain]...), s[plain:]
	for i, r := range s {
		switch {
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b = append(b, byte(r), byte(r))
		case unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		case r < 1<<16:
			b = appendHex(append(b, `\u`...), r, 4)
		default:
			b = appendHex(append(b, `\U`...), r, 8)
		}
	}
	return b
}

// isPlain tells whether a character needs no look at its neighbours.
func isPlain(c byte) bool {
	return ' ' <= c && c <= '~' && c != '"' && c != '\\' && c != '$' && c != '%'
}

func appendHex(b []byte, r rune, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		b = append(b, "0123456789abcdef"[r>>(4*i)&0xf])
	}
	return b
}

// appendValue writes a value whose parts may be references.
func appendValue(b []byte, v environment.Value) []byte {
	if len(v.Parts) == 1 && v.Parts[0].IsRef() {
		return appendRef(b, v.Parts[0].Ref)
	}
	b = append(b, '"')
	for i, p := range v.Parts {
		if p.IsRef() {
			b = append(appendRef(append(b, "${"...), p.Ref), '}')
			continue
		}
		b = appendEscaped(append(b, literalBegins...), p.Literal)
		// A $ in front of ${ would make a text of what is a reference.
		if last := b[len(b)-1]; i < len(v.Parts)-1 && (last == '$' || last == '%') {
			b = appendHex(append(b[:len(b)-1], `\u`...), rune(last), 4)
		}
		b = append(b, literalEnds...)
	}
	return append(b, '"')
}

// appendRef writes where a root module finds an attribute of a component.
func appendRef(b []byte, r environment.Ref) []byte {
	switch r.Kind {
	case components.PackageKind:
		b = append(b, `"${var.`+PackagesVariable+`}/`+literalBegins...)
		return append(appendEscaped(b, r.Name), literalEnds+`.zip"`...)
	case components.SecretValueKind:
		return append(appendQuoted(append(b, "var."+SecretsVariable+"["...), r.Name), ']')
	default:
		return append(b, "module."+moduleName(components.AddressOf(r))+"."+r.Attribute...)
	}
}

// moduleName is what a component's module is called in the root module.
func moduleName(a components.Address) string { return a.Kind + "_" + a.Name }

// refs calls found for every reference in an inputs struct.
func refs(v reflect.Value, found func(environment.Ref)) {
	if v.Type() == valueType {
		for _, p := range v.Interface().(environment.Value).Parts {
			if p.IsRef() {
				found(p.Ref)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			refs(v.Elem(), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			refs(v.Field(i), found)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			refs(v.MapIndex(k), found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			refs(v.Index(i), found)
		}
	}
}

// Package restxml reads and writes the documents of the AWS services that speak XML
// over REST.
//
// It must not know any of these services, nor what their documents mean.
package restxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// ErrMalformed is the error of what is no document with the wanted root element.
var ErrMalformed = errors.New("malformed XML")

// UnknownElement is the error of a document with an element that its type has no
// field for. A setting that is ignored would look as if it were in force.
type UnknownElement struct{ Name string }

func (e UnknownElement) Error() string { return "unknown element " + e.Name }

// Decode reads a document whose root element is named root into out, a pointer to a
// struct. The error is [ErrMalformed] or an [UnknownElement], wrapped.
func Decode(data []byte, root string, out any) error {
	elements := xml.NewDecoder(bytes.NewReader(data))
	start, err := firstElement(elements)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if start.Name.Local != root {
		return fmt.Errorf("%w: %s instead of %s", ErrMalformed, start.Name.Local, root)
	}
	if err := checkElements(elements, reflect.TypeOf(out)); err != nil {
		return err
	}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	if start, err = firstElement(decoder); err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if err := decoder.DecodeElement(out, &start); err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return nil
}

func firstElement(d *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t, nil
		case xml.Directive: // a DOCTYPE has no place in these documents
			return xml.StartElement{}, errors.New("directive")
		}
	}
}

// checkElements reads the children of the element that was just opened, and fails
// on one that the type t has no field for.
func checkElements(d *xml.Decoder, t reflect.Type) error {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	for {
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("%w: %v", ErrMalformed, err)
		}
		switch child := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			field, found := fieldOf(t, child.Name.Local)
			if !found {
				return UnknownElement{child.Name.Local}
			}
			if err := checkElements(d, field); err != nil {
				return err
			}
		}
	}
}

func fieldOf(t reflect.Type, element string) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("xml"), ",")
		outer, inner, nested := strings.Cut(name, ">")
		switch {
		case field.Anonymous && name == "":
			if found, ok := fieldOf(field.Type, element); ok {
				return found, true
			}
		case nested && outer == element:
			return reflect.StructOf([]reflect.StructField{{
				Name: "Item", Type: field.Type, Tag: reflect.StructTag(`xml:"` + inner + `"`),
			}}), true
		case name == element, name == "" && field.Name == element:
			return field.Type, true
		}
	}
	return nil, false
}

// Write answers with a document whose root element is named root.
func Write(w http.ResponseWriter, status int, namespace, root string, document any) error {
	var out bytes.Buffer
	out.WriteString(xml.Header)
	start := xml.StartElement{
		Name: xml.Name{Local: root},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}},
	}
	if err := xml.NewEncoder(&out).EncodeElement(document, start); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // a client that has gone needs no answer
	return nil
}

package s3

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
)

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// maxDocument bounds XML and JSON bodies, in bytes. The largest that S3 takes, a
// DeleteObjects of 1,000 keys of 1,024 bytes, fits.
const maxDocument = 2 << 20

// readXML reads a request's document, whose root element is named root, into out.
// Like AWS it refuses elements that the schema does not have: a setting that is
// ignored would look as if it were in force.
func readXML(r *api.Request, root string, out any) error {
	data, err := readDocument(r)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return failure(http.StatusBadRequest, "MissingRequestBodyError", "Request Body is empty")
	}
	return decodeXML(data, root, out)
}

func decodeXML(data []byte, root string, out any) error {
	elements := xml.NewDecoder(bytes.NewReader(data))
	start, err := firstElement(elements)
	if err != nil || start.Name.Local != root {
		return malformedXML()
	}
	if err := checkElements(elements, reflect.TypeOf(out)); err != nil {
		return malformedXML()
	}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	if start, err = firstElement(decoder); err != nil {
		return malformedXML()
	}
	if err := decoder.DecodeElement(out, &start); err != nil {
		return malformedXML()
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
		case xml.Directive: // a DOCTYPE has no place in S3's documents
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
			return err
		}
		switch child := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			field, found := fieldOf(t, child.Name.Local)
			if !found {
				return errors.New("unknown element " + child.Name.Local)
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

// writeXML answers 200 with a document whose root element is named root.
func writeXML(w http.ResponseWriter, root string, document any) error {
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
	_, _ = w.Write(out.Bytes()) // a client that has gone needs no answer
	return nil
}

// readDocument reads a body that is small enough for memory, verified like any
// other payload.
func readDocument(r *api.Request) ([]byte, error) {
	if r.ContentLength > maxDocument {
		return nil, documentTooLarge()
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	var out bytes.Buffer
	if _, err := readPayload(r, &limited{Writer: &out, left: maxDocument}, ""); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func documentTooLarge() *api.Error {
	return failure(http.StatusBadRequest, "MaxMessageLengthExceeded", "Your request was too big.",
		"MaxMessageLengthBytes", strconv.Itoa(maxDocument))
}

// limited refuses to write more than left bytes.
type limited struct {
	io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, documentTooLarge()
	}
	return l.Writer.Write(p)
}

// timestamp writes a time as S3's documents have it, with milliseconds.
type timestamp time.Time

func (t timestamp) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z")), nil
}

// encodeURL is encoding-type=url of the list calls: percent-encoded but for the slash.
func encodeURL(s string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(s))
}

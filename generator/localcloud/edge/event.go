package edge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// The kinds of events.
const (
	viewerRequest  = "viewer-request"
	viewerResponse = "viewer-response"
)

// event is what a function is called with, version 1.0.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
type event struct {
	Version  string         `json:"version"`
	Context  eventContext   `json:"context"`
	Viewer   eventViewer    `json:"viewer"`
	Request  eventRequest   `json:"request"`
	Response *eventResponse `json:"response,omitempty"`
}

type eventContext struct {
	DistributionDomainName string `json:"distributionDomainName,omitempty"`
	DistributionID         string `json:"distributionId,omitempty"`
	EventType              string `json:"eventType"`
	RequestID              string `json:"requestId,omitempty"`
}

type eventViewer struct {
	IP string `json:"ip"`
}

type eventRequest struct {
	Method      string `json:"method"`
	URI         string `json:"uri"`
	QueryString fields `json:"querystring"`
	Headers     fields `json:"headers"`
	Cookies     fields `json:"cookies"`
}

type eventResponse struct {
	StatusCode        int        `json:"statusCode"`
	StatusDescription string     `json:"statusDescription,omitempty"`
	Headers           fields     `json:"headers"`
	Cookies           fields     `json:"cookies"`
	Body              *eventBody `json:"body,omitempty"`
}

// eventBody is the body that a function gives a response.
type eventBody struct {
	Encoding string `json:"encoding"`
	Data     string `json:"data"`
}

// UnmarshalJSON implements [json.Unmarshaler]: a body may be a string.
func (b *eventBody) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		b.Encoding = "text"
		return json.Unmarshal(data, &b.Data)
	}
	type plain eventBody
	if err := json.Unmarshal(data, (*plain)(b)); err != nil {
		return err
	}
	if b.Encoding == "" {
		b.Encoding = "text"
	}
	return nil
}

// field is a query string parameter, a header or a cookie.
type field struct {
	name string
	fieldValue
}

// fieldValue is the value of a field; MultiValue has all of them, the first included,
// where there are several.
type fieldValue struct {
	Value      *string      `json:"value,omitempty"`
	Attributes string       `json:"attributes,omitempty"` // of a cookie that is set
	MultiValue []fieldValue `json:"multiValue,omitempty"`
}

func single(value string) fieldValue {
	value = asUTF8(value)
	return fieldValue{Value: &value}
}

// asUTF8 is text as functions see it: what is not UTF-8 is taken for ISO-8859-1.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html#function-restrictions-encoding
func asUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	chars := make([]rune, len(text))
	for i := range len(text) {
		chars[i] = rune(text[i])
	}
	return string(chars)
}

func (v fieldValue) text() string {
	if v.Value == nil {
		return ""
	}
	return *v.Value
}

// same tells whether two values are written the same way.
func (v fieldValue) same(other fieldValue) bool {
	return v.text() == other.text() && (v.Value == nil) == (other.Value == nil) &&
		v.Attributes == other.Attributes && slices.EqualFunc(v.MultiValue, other.MultiValue, fieldValue.same)
}

// fields are JSON objects whose order is kept: that of a query string is part of the
// cache key.
type fields []field

// add appends a value; a name that is there already gets several.
func (f *fields) add(name string, v fieldValue) {
	name = asUTF8(name)
	for i := range *f {
		known := &(*f)[i]
		if known.name != name {
			continue
		}
		if known.MultiValue == nil {
			known.MultiValue = []fieldValue{{Value: known.Value, Attributes: known.Attributes}}
		}
		known.MultiValue = append(known.MultiValue, v)
		return
	}
	*f = append(*f, field{name: name, fieldValue: v})
}

func (f fields) find(name string) (fieldValue, bool) {
	i := slices.IndexFunc(f, func(one field) bool { return one.name == name })
	if i < 0 {
		return fieldValue{}, false
	}
	return f[i].fieldValue, true
}

func (f fields) same(other fields) bool {
	return slices.EqualFunc(f, other, func(a, b field) bool { return a.name == b.name && a.same(b.fieldValue) })
}

// values are those that a field has after a function ran: a changed multiValue
// counts first, else a changed value replaces the first of them.
func (f fields) values(after field) []fieldValue {
	if len(after.MultiValue) == 0 {
		return []fieldValue{after.fieldValue}
	}
	before, known := f.find(after.name)
	changed := !known || !slices.EqualFunc(before.MultiValue, after.MultiValue, fieldValue.same)
	if changed || after.Value == nil || after.text() == before.text() {
		return after.MultiValue
	}
	values := slices.Clone(after.MultiValue)
	values[0].Value = after.Value
	return values
}

// MarshalJSON implements [json.Marshaler].
func (f fields) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, one := range f {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(one.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(one.fieldValue)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (f *fields) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	if token == nil {
		return nil
	}
	if token != json.Delim('{') {
		return fmt.Errorf("%s is no object of fields", data)
	}
	*f = nil
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		one := field{name: name.(string)} // the decoder lets no other key through
		if err := decoder.Decode(&one.fieldValue); err != nil {
			return fmt.Errorf("%q: %w", one.name, err)
		}
		if _, known := f.find(one.name); known {
			return fmt.Errorf("%q is there twice", one.name)
		}
		*f = append(*f, one)
	}
	return nil
}

// queryFields reads a query string. Names and values stay as they are encoded.
func queryFields(raw string) fields {
	var f fields
	for _, pair := range splitPairs(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		f.add(name, single(value))
	}
	return f
}

// cookieFields reads the Cookie headers of a request.
func cookieFields(h http.Header) fields {
	var f fields
	for _, pair := range cookiePairs(h) {
		name, value, _ := strings.Cut(pair, "=")
		f.add(name, single(value))
	}
	return f
}

// setCookieFields reads the Set-Cookie headers of a response.
func setCookieFields(h http.Header) fields {
	var f fields
	for _, line := range h.Values("Set-Cookie") {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		v := single(value)
		v.Attributes = asUTF8(strings.TrimSpace(attributes))
		f.add(name, v)
	}
	return f
}

// headerFields are the headers that a function may see: all but cookies, which have a
// place of their own, and those that AWS keeps to itself.
func headerFields(h http.Header) fields {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	var f fields
	for _, name := range names {
		lower := strings.ToLower(name)
		if lower == "cookie" || lower == "set-cookie" || isHiddenHeader(lower) {
			continue
		}
		for _, value := range h[name] {
			f.add(lower, single(value))
		}
	}
	return f
}

// splitPairs splits and drops what is empty.
func splitPairs(raw, separator string) []string {
	pairs := strings.Split(raw, separator)
	for i := range pairs {
		pairs[i] = strings.TrimSpace(pairs[i])
	}
	return slices.DeleteFunc(pairs, func(pair string) bool { return pair == "" })
}

func cookiePairs(h http.Header) []string {
	return splitPairs(strings.Join(h.Values("Cookie"), ";"), ";")
}

// Package query speaks AWS's query protocol, which IAM and STS share: a form as
// the request, XML as the answer.
//
// It must not know any call; a service hands in its own.
package query

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
)

// Form is a request's parameters.
type Form struct{ url.Values }

// Parse reads the form of a request. Action is its name.
func Parse(r *api.Request) (Form, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return Form{}, fmt.Errorf("read the form: %w", err)
	}
	r.Body = io.NopCloser(strings.NewReader(string(body))) // it is read again when the operation runs
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return Form{}, api.Errorf(http.StatusBadRequest, "MalformedInput", "The request's form cannot be parsed.")
	}
	for name, v := range r.URL.Query() {
		values[name] = append(values[name], v...)
	}
	return Form{values}, nil
}

// Members reads a list of structures: prefix.member.N.field for each field, in the
// order of N.
func (f Form) Members(prefix string) []map[string]string {
	found := map[int]map[string]string{}
	for name := range f.Values {
		rest, has := strings.CutPrefix(name, prefix+".member.")
		if !has {
			continue
		}
		index, field, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(index)
		if err != nil {
			continue
		}
		if found[n] == nil {
			found[n] = map[string]string{}
		}
		found[n][field] = f.Get(name)
	}
	indices := make([]int, 0, len(found))
	for n := range found {
		indices = append(indices, n)
	}
	sort.Ints(indices)
	list := make([]map[string]string, 0, len(found))
	for _, n := range indices {
		list = append(list, found[n])
	}
	return list
}

// List reads a list of texts: prefix.member.N, in the order of N.
func (f Form) List(prefix string) []string {
	var list []string
	for _, member := range f.Members(prefix) {
		list = append(list, member[""])
	}
	return list
}

// Require fails when one of the parameters is missing.
func (f Form) Require(names ...string) error {
	for _, name := range names {
		if f.Get(name) == "" {
			return api.Errorf(http.StatusBadRequest, "ValidationError", "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", name)
		}
	}
	return nil
}

// Write answers a call with its result, a struct or nil for calls without one.
func Write(w http.ResponseWriter, r *api.Request, namespace, action string, result any) error {
	answer := response{
		XMLName:  xml.Name{Space: namespace, Local: action + "Response"},
		Metadata: metadata{r.ID},
	}
	if result != nil {
		answer.Result = &named{name: action + "Result", value: result}
	}
	data, err := xml.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode the answer to %s: %w", action, err)
	}
	w.Header().Set("Content-Type", "text/xml")
	_, err = w.Write(data)
	return err
}

type response struct {
	XMLName  xml.Name
	Result   *named
	Metadata metadata `xml:"ResponseMetadata"`
}

type metadata struct {
	RequestID string `xml:"RequestId"`
}

// named encodes a value under a name that is known only at run time.
type named struct {
	name  string
	value any
}

// MarshalXML implements xml.Marshaler.
func (n *named) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	return e.EncodeElement(n.value, xml.StartElement{Name: xml.Name{Local: n.name}})
}

// WriteError answers with an error.
func WriteError(w http.ResponseWriter, r *api.Request, namespace string, e *api.Error) {
	kind := "Sender"
	if e.Status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	type body struct{ Type, Code, Message string }
	data, err := xml.Marshal(struct {
		XMLName   xml.Name
		Error     body
		RequestID string `xml:"RequestId"`
	}{xml.Name{Space: namespace, Local: "ErrorResponse"}, body{kind, e.Code, e.Message}, r.ID})
	if err != nil {
		data = nil // of strings only, so it does not happen; the status says enough
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(e.Status)
	_, _ = w.Write(data) // the client is gone if this fails
}

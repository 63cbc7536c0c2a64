package rpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
)

// Form is what the query protocol needs to know about a service beside its calls.
// The outputs of such a service have names for XML, too.
type Form struct {
	// Namespace of the answers.
	Namespace string
	// Literals are the members, on whatever level, that are numbers or truth values.
	// All others are texts: a form does not tell them apart.
	Literals []string
}

// IsForm tells whether a request speaks the query protocol.
func IsForm(r *api.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/x-www-form-urlencoded"
}

// RouteForm is [Route] for requests of the query protocol.
func RouteForm[S any](s S, service string, form Form, calls map[string]Opener[S], r *api.Request) (api.Operation, error) {
	asking, err := query.Parse(r)
	if err != nil {
		return api.Operation{}, err
	}
	name := asking.Get("Action")
	open, known := calls[name]
	if !known {
		return api.Operation{}, api.NotImplemented(service, name)
	}
	return open(s, asked{name, &form}, r)
}

func (f *Form) write(w http.ResponseWriter, r *api.Request, name string, out any) error {
	var result any = out
	if _, none := out.(None); none {
		result = nil
	}
	return query.Write(w, r, f.Namespace, name, result)
}

// maxFormDepth is how many levels the name of a parameter may have.
const maxFormDepth = 16

// read rewrites a form as JSON, so that a service has one form of its input: a
// parameter named A.member.1.B is the member B of the first element of the list A.
func (f *Form) read(body []byte) ([]byte, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("read the form: %w", err)
	}
	root := map[string]any{}
	for name := range values {
		// A list without elements is sent as an empty text.
		if value := values.Get(name); value != "" {
			if err := f.set(root, strings.Split(name, "."), value); err != nil {
				return nil, fmt.Errorf("read the form: %w", err)
			}
		}
	}
	return json.Marshal(withLists(root))
}

func (f *Form) set(node map[string]any, path []string, value string) error {
	if len(path) > maxFormDepth {
		return errors.New("a parameter with too many levels")
	}
	last := path[len(path)-1]
	for _, step := range path[:len(path)-1] {
		if node[step] == nil {
			node[step] = map[string]any{}
		}
		next, isNode := node[step].(map[string]any)
		if !isNode {
			return errors.New("a parameter that is a text and a structure")
		}
		node = next
	}
	if node[last] != nil {
		return errors.New("a parameter that is a text and a structure")
	}
	node[last] = value
	if slices.Contains(f.Literals, last) && json.Valid([]byte(value)) {
		node[last] = json.RawMessage(value)
	}
	return nil
}

// withLists makes lists of the structures whose only member is "member".
func withLists(value any) any {
	node, isNode := value.(map[string]any)
	if !isNode {
		return value
	}
	elements, isList := node["member"].(map[string]any)
	if !isList || len(node) > 1 {
		for name, member := range node {
			node[name] = withLists(member)
		}
		return node
	}
	list := []any{}
	for _, index := range slices.SortedFunc(maps.Keys(elements), byNumber) {
		list = append(list, withLists(elements[index]))
	}
	return list
}

// byNumber orders the indices of a list. One that is no number comes first.
func byNumber(a, b string) int {
	left, _ := strconv.Atoi(a)
	right, _ := strconv.Atoi(b)
	return left - right
}

package lifecycle

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestCompare(t *testing.T) {
	tests := map[string]struct {
		want, got map[string]any
		differ    []Value
		compared  int
	}{
		"equal":               {map[string]any{"a": 1, "b": "x"}, map[string]any{"a": 1, "b": "x"}, nil, 2},
		"not equal":           {map[string]any{"a": 1}, map[string]any{"a": 2}, []Value{{"a", "1", "2", false}}, 1},
		"missing":             {map[string]any{"a": "x"}, map[string]any{}, []Value{{"a", `"x"`, "nothing", false}}, 1},
		"more than asked for": {map[string]any{"a": 1}, map[string]any{"a": 1, "b": 2}, nil, 1},
		"inner maps are whole": {
			map[string]any{"m": map[string]any{"a": 1, "b": 2}},
			map[string]any{"m": map[string]any{"a": 1, "c": 3}},
			[]Value{{"m.b", "2", "nothing", false}, {"m.c", "nothing", "3", false}},
			3,
		},
		"lists are sets":           {map[string]any{"l": []string{"a", "b"}}, map[string]any{"l": []string{"b", "a"}}, nil, 1},
		"an empty list is no list": {map[string]any{"l": []string{}}, map[string]any{"l": []string(nil)}, nil, 1},
		"numbers of any width":     {map[string]any{"n": 5}, map[string]any{"n": int32(5)}, nil, 1},
		"nothing wanted":           {map[string]any{"cors": nil}, map[string]any{"cors": map[string]any{"x": 1}}, []Value{{"cors", "nothing", `{"x":1}`, false}}, 1},
		"a map wanted":             {map[string]any{"m": map[string]any{"a": true}}, map[string]any{"m": nil}, []Value{{"m", `{"a":true}`, "nothing", false}}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			values := compare(test.want, test.got)
			compared := len(values)
			if diff := cmp.Diff(test.differ, slices.DeleteFunc(values, func(v Value) bool { return v.OK }), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if compared != test.compared {
				t.Errorf("compared %d values, want %d", compared, test.compared)
			}
		})
	}
}

func TestParsePolicy(t *testing.T) {
	got, err := parsePolicy(`{"Version":"2012-10-17","Statement":[
		{"Sid":"One","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Principal":{"AWS":"*"},
		 "Condition":{"Bool":{"aws:SecureTransport":false}}},
		{"Effect":"Deny","Action":["a:B","c:D"],"Resource":["*"],"Principal":{"Service":["x.amazonaws.com"]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"One": map[string]any{
			"Effect": "Allow", "Action": []string{"s3:GetObject"}, "Resource": []string{"arn:aws:s3:::b/*"}, "Principal": "*",
			"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": []string{"false"}}},
		},
		"statement 2": map[string]any{
			"Effect": "Deny", "Action": []string{"a:B", "c:D"}, "Resource": []string{"*"},
			"Principal": map[string]any{"Service": []string{"x.amazonaws.com"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := parsePolicy("{"); err == nil {
		t.Error("half a policy is no mistake")
	}
}

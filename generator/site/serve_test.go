package site

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompare(t *testing.T) {
	a, b := File{SHA256: "a"}, File{SHA256: "b"}
	wanted := release{Name: "v2", Files: Files{"page": a}}
	for name, tc := range map[string]struct {
		now     map[string]served
		objects map[string]string
		want    changes
	}{
		"nothing is there":      {nil, nil, changes{copies: []string{"page"}}},
		"the same":              {map[string]served{"page": {a, "1"}}, map[string]string{"page": "1"}, changes{}},
		"other content":         {map[string]served{"page": {b, "1"}}, map[string]string{"page": "1"}, changes{copies: []string{"page"}}},
		"other headers":         {map[string]served{"page": {File{SHA256: "a", CacheControl: "x"}, "1"}}, map[string]string{"page": "1"}, changes{copies: []string{"page"}}},
		"overwritten by hand":   {map[string]served{"page": {a, "1"}}, map[string]string{"page": "2"}, changes{copies: []string{"page"}}},
		"deleted by hand":       {map[string]served{"page": {a, "1"}}, nil, changes{copies: []string{"page"}}},
		"a run died at it":      {map[string]served{"page": {a, ""}}, map[string]string{"page": "1"}, changes{copies: []string{"page"}}},
		"not wanted":            {map[string]served{"page": {a, "1"}, "old": {b, "2"}}, map[string]string{"page": "1", "old": "2"}, changes{removals: []string{"old"}}},
		"gone, perhaps cached":  {map[string]served{"page": {a, "1"}, "old": {b, ""}}, map[string]string{"page": "1"}, changes{removals: []string{"old"}}},
		"not of us, not wanted": {map[string]served{"page": {a, "1"}}, map[string]string{"page": "1", "mine": "3"}, changes{}},
		"not of us, but wanted": {nil, map[string]string{"page": "1"}, changes{copies: []string{"page"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := compare(latest{Files: tc.now}, tc.objects, wanted)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(changes{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestARunThatDiedIsFinishedByAnyOther compares with what is written down before
// something changes: each path that may have changed is done again, whichever release
// comes next.
func TestARunThatDiedIsFinishedByAnyOther(t *testing.T) {
	a, b := File{SHA256: "a"}, File{SHA256: "b"}
	first := release{Name: "v1", Files: Files{"both": a, "changed": a, "old": a}}
	second := release{Name: "v2", Files: Files{"both": a, "changed": b, "new": b}}
	objects := map[string]string{"both": "1", "changed": "2", "old": "3"}
	now := latest{Release: "v1", Files: map[string]served{"both": {a, "1"}, "changed": {a, "2"}, "old": {a, "3"}}}
	marked := compare(now, objects, second).during(now, second)
	if marked.Release != "" || now.Files["changed"].ETag != "2" {
		t.Errorf("while it changes it is %q; before it was %v", marked.Release, now.Files)
	}
	for _, tc := range []struct {
		next release
		want changes
	}{
		{second, changes{copies: []string{"changed", "new"}, removals: []string{"old"}}},
		{first, changes{copies: []string{"changed", "old"}, removals: []string{"new"}}},
	} {
		if diff := cmp.Diff(tc.want, compare(marked, objects, tc.next), cmp.AllowUnexported(changes{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.next.Name, diff)
		}
	}
}

func TestInvalidations(t *testing.T) {
	var many []string
	for i := range maxInvalidations + 1 {
		many = append(many, fmt.Sprint("f", i))
	}
	for name, tc := range map[string]struct{ paths, want []string }{
		"a file":         {[]string{"app.js"}, []string{"/app.js"}},
		"the first page": {[]string{"index.html"}, []string{"/", "/index.html"}},
		"of a folder":    {[]string{"docs/index.html"}, []string{"/docs/", "/docs/index.html"}},
		"like it":        {[]string{"myindex.html"}, []string{"/myindex.html"}},
		"no wildcard":    {[]string{"a*"}, []string{"/a%2A"}},
		"not ASCII":      {[]string{"über uns.html"}, []string{"/%C3%BCber%20uns.html"}},
		"as many":        {many[:2], []string{"/f0", "/f1"}},
		"too many":       {many, []string{"/*"}},
	} {
		got := Site{place: Place{DefaultRootObject: "index.html"}}.invalidations(tc.paths)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

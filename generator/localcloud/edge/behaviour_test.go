package edge

import (
	"slices"
	"testing"
)

func TestPathPatterns(t *testing.T) {
	for _, tc := range []struct {
		pattern, path string
		want          bool
	}{
		{"*.jpg", "/a/b.jpg", true},
		{"*.jpg", "/LOGO.JPG", false},
		{"images/*.jpg", "/images/product1/x.jpg", true},
		{"/images/*.jpg", "/images/x.jpg", true},
		{"images/*", "/images", false},
		{"images/*", "/images/", true},
		{"a??.jpg", "/ant.jpg", true},
		{"a??.jpg", "/an.jpg", false},
		{"*.doc?", "/x.doc", false},
		{"*.doc*", "/x.doc", true},
		{"*", "/", true},
		{"/", "/", true},
		{"api", "/api", true},
		{"api", "/api/", false},
		{"*/x/*", "/a/x/b", true},
		{"*a*b*c", "/xxaxxbxxcxxc", true},
		{"*a*b*c", "/xxaxxcxxb", false},
		{"", "/", true},
		{"", "/x", false},
	} {
		if got := matchPath(tc.pattern, tc.path); got != tc.want {
			t.Errorf("%q fits %q: %v", tc.path, tc.pattern, got)
		}
	}
}

// The path that is compared has no dot segments and no needless encoding; the origin
// gets it as it was written.
func TestBehaviourOfNormalisedPath(t *testing.T) {
	d := Distribution{
		Origins: []Origin{{ID: "site", DomainName: "site.example.com"}, {ID: "api", DomainName: "api.example.com", Path: "/v1"}},
		Behaviours: []Behaviour{
			{PathPattern: "/api/*", OriginID: "api", AllowedMethods: viewerMethods},
			{PathPattern: "/api/late", OriginID: "site", AllowedMethods: viewerMethods},
		},
	}
	r := newRig(t, d, echo)
	for target, want := range map[string]string{
		"/api/x":           "GET api.example.com /v1/api/x",
		"/api/late":        "GET api.example.com /v1/api/late",
		"/%61pi/x%2Fy":     "GET api.example.com /v1/%61pi/x%2Fy",
		"/public/../api/x": "GET api.example.com /v1/public/../api/x",
		"/api/../x":        "GET site.example.com /api/../x",
		"/API/x":           "GET site.example.com /API/x",
		"//api/x":          "GET site.example.com //api/x",
	} {
		if got := text(t, r.get(target)); got != want {
			t.Errorf("%s: %q, not %q", target, got, want)
		}
	}
}

func FuzzPathPattern(f *testing.F) {
	for _, seed := range []string{"*.jpg", "a?b*c", "***", "/x/*", ""} {
		f.Add(seed, "/a/xbyc.jpg")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if len(pattern) > 255 || len(path) > 1000 {
			return
		}
		got := matchWild(pattern, path)
		if want := slowMatch(pattern, path); got != want {
			t.Errorf("%q fits %q: %v, not %v", path, pattern, got, want)
		}
	})
}

// slowMatch fills the table of which beginnings fit which beginnings.
func slowMatch(pattern, text string) bool {
	fits := make([]bool, len(text)+1)
	fits[0] = true
	for _, p := range []byte(pattern) {
		next := make([]bool, len(text)+1)
		for i := range next {
			switch {
			case p == '*':
				next[i] = slices.Contains(fits[:i+1], true)
			case i > 0:
				next[i] = fits[i-1] && (p == '?' || p == text[i-1])
			}
		}
		fits = next
	}
	return fits[len(text)]
}

package site

import (
	"mime"
	"testing"
)

func TestHeaders(t *testing.T) {
	for name, want := range map[string]headers{
		"index.html":                 {"text/html; charset=utf-8", fresh},
		"docs/INDEX.HTM":             {"text/html; charset=utf-8", fresh},
		"feed.xml":                   {"application/xml", fresh},
		"app.webmanifest":            {"application/manifest+json", fresh},
		".well-known/security.txt":   {"text/plain; charset=utf-8", fresh},
		"style.css":                  {"text/css; charset=utf-8", brief},
		"app.js":                     {"text/javascript; charset=utf-8", brief},
		"app.mjs":                    {"text/javascript; charset=utf-8", brief},
		"crypto.wasm":                {"application/wasm", brief},
		"logo.svg":                   {"image/svg+xml", daily},
		"Logo.PNG":                   {"image/png", daily},
		"inter.woff2":                {"font/woff2", daily},
		"terms.pdf":                  {"application/pdf", daily},
		"LICENSE":                    {"application/octet-stream", brief},
		"data.unheard":               {"application/octet-stream", brief},
		"apple-app-site-association": {"application/octet-stream", brief},

		"app.3f2a9c1b.js":                     {"text/javascript; charset=utf-8", forever},
		"assets/app-3f2a9c1b.css":             {"text/css; charset=utf-8", forever},
		"app.3f2a9c1b.js.map":                 {"application/json", forever},
		"3f2a9c1b0d4e5f60718293a4b5c6d7e8.gz": {"application/gzip", forever},
		"chunk_3f2a9c1b.min.js":               {"text/javascript; charset=utf-8", forever},
		"logo.3f2a9c1b.unheard":               {"application/octet-stream", forever},

		// A page keeps its address, and what only looks like a hash is none.
		"3f2a9c1b.html":        {"text/html; charset=utf-8", fresh},
		"report-20261124.pdf":  {"application/pdf", daily},
		"feedface-defaced.js":  {"text/javascript; charset=utf-8", brief},
		"app.deadbeef.js":      {"text/javascript; charset=utf-8", brief},
		"app.3f2a9c1.js":       {"text/javascript; charset=utf-8", brief},
		"app3f2a9c1b.js":       {"text/javascript; charset=utf-8", brief},
		"3f2a9c1b.d/style.css": {"text/css; charset=utf-8", brief},
		"LICENSE.3f2a9c1b":     {"application/octet-stream", brief},
	} {
		if got := headersOf(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestContentTypesAreTypes reads every type as a browser does.
func TestContentTypesAreTypes(t *testing.T) {
	for extension, h := range byExtension {
		if _, _, err := mime.ParseMediaType(h.contentType); err != nil {
			t.Errorf("%s: %q: %v", extension, h.contentType, err)
		}
	}
}

package site

import (
	"path"
	"regexp"
	"strings"
)

// Values of Cache-Control. s-maxage is for CloudFront, which is told when something
// changes; max-age is for browsers, which nobody can tell.
const (
	// fresh is for pages and data: browsers ask each time whether they are still right.
	fresh = "public, max-age=0, s-maxage=300, must-revalidate"
	// brief is for what pages are drawn by and what is not known: it has to fit the page.
	brief = "public, max-age=300"
	// daily is for pictures, fonts and the like.
	daily = "public, max-age=86400"
	// forever is for what gets another name when it changes.
	forever = "public, max-age=31536000, immutable"
)

type headers struct{ contentType, cacheControl string }

// byExtension does not come from package mime, whose answers are those of the machine.
var byExtension = map[string]headers{
	".htm":   {"text/html; charset=utf-8", fresh},
	".html":  {"text/html; charset=utf-8", fresh},
	".xhtml": {"application/xhtml+xml", fresh},

	".atom":        {"application/atom+xml", fresh},
	".csv":         {"text/csv; charset=utf-8", fresh},
	".ics":         {"text/calendar; charset=utf-8", fresh},
	".json":        {"application/json", fresh},
	".map":         {"application/json", fresh},
	".md":          {"text/markdown; charset=utf-8", fresh},
	".rss":         {"application/rss+xml", fresh},
	".txt":         {"text/plain; charset=utf-8", fresh},
	".webmanifest": {"application/manifest+json", fresh},
	".xml":         {"application/xml", fresh},

	".css":  {"text/css; charset=utf-8", brief},
	".js":   {"text/javascript; charset=utf-8", brief},
	".mjs":  {"text/javascript; charset=utf-8", brief},
	".wasm": {"application/wasm", brief},

	".avif":  {"image/avif", daily},
	".gif":   {"image/gif", daily},
	".ico":   {"image/vnd.microsoft.icon", daily},
	".jpeg":  {"image/jpeg", daily},
	".jpg":   {"image/jpeg", daily},
	".png":   {"image/png", daily},
	".svg":   {"image/svg+xml", daily},
	".webp":  {"image/webp", daily},
	".otf":   {"font/otf", daily},
	".ttf":   {"font/ttf", daily},
	".woff":  {"font/woff", daily},
	".woff2": {"font/woff2", daily},
	".mp3":   {"audio/mpeg", daily},
	".mp4":   {"video/mp4", daily},
	".ogg":   {"audio/ogg", daily},
	".wav":   {"audio/wav", daily},
	".webm":  {"video/webm", daily},
	".gz":    {"application/gzip", daily},
	".pdf":   {"application/pdf", daily},
	".zip":   {"application/zip", daily},
}

// headersOf are the headers that a file is served with, by its name.
func headersOf(name string) headers {
	h, known := byExtension[strings.ToLower(path.Ext(name))]
	if !known {
		h = headers{"application/octet-stream", brief}
	}
	if hasHash(name) && !isPage(h.contentType) {
		h.cacheControl = forever
	}
	return h
}

// isPage tells whether a file has an address of its own that people know: it keeps its
// name when it changes, whatever that looks like.
func isPage(contentType string) bool {
	return strings.HasPrefix(contentType, "text/html") || contentType == "application/xhtml+xml"
}

var hashInName = regexp.MustCompile(`(?:^|[._-])([0-9a-f]{8,})(?:\.[A-Za-z0-9]+)+$`)

// hasHash tells whether the name has the hash of the content in it, as bundlers write
// it: app.3f2a9c1b.js. A date or a word is none: what is taken for a hash wrongly stays
// in browsers for a year, what is not recognised only for minutes.
func hasHash(name string) bool {
	found := hashInName.FindStringSubmatch(path.Base(name))
	return found != nil && strings.ContainsAny(found[1], "0123456789") && strings.ContainsAny(found[1], "abcdef")
}

package edge

import (
	"bytes"
	"compress/gzip"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// Sizes of the objects that are compressed, in bytes.
const (
	minCompressed = 1_000
	maxCompressed = 10_000_000
)

// compressed is the answer in gzip, if it is of a kind that CloudFront compresses.
// Brotli is left to origins.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
func (a answer) compressed(r *http.Request, b Behaviour) answer {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	_, encoded := a.header["Content-Encoding"]
	switch {
	case !b.Compress, !b.Cache.Gzip, !b.Cache.enabled(), r.Method != http.MethodGet, encoded,
		a.length < minCompressed, a.length > maxCompressed,
		a.status != http.StatusOK && a.status != http.StatusForbidden && a.status != http.StatusNotFound,
		!slices.Contains(compressedTypes, kind),
		!r.ProtoAtLeast(1, 1), !accepts(r, "gzip"):
		return a
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(a.body) // a buffer takes everything
	_ = writer.Close()
	a.body = packed.Bytes()
	a.header.Set("Content-Encoding", "gzip")
	if !slices.ContainsFunc(splitPairs(strings.Join(a.header.Values("Vary"), ","), ","), func(name string) bool {
		return strings.EqualFold(name, "Accept-Encoding")
	}) {
		a.header.Add("Vary", "Accept-Encoding")
	}
	switch etag := a.header.Get("Etag"); {
	case strings.HasPrefix(etag, `"`):
		a.header.Set("Etag", "W/"+etag)
	case !strings.HasPrefix(etag, "W/"):
		a.header.Del("Etag")
	}
	return a
}

// compressedTypes is the list of the page that compressed cites.
var compressedTypes = []string{
	"application/dash+xml", "application/eot", "application/font", "application/font-sfnt", "application/javascript",
	"application/json", "application/opentype", "application/otf", "application/pdf", "application/pkcs7-mime",
	"application/protobuf", "application/rss+xml", "application/truetype", "application/ttf",
	"application/vnd.apple.mpegurl", "application/vnd.mapbox-vector-tile", "application/vnd.ms-fontobject", "application/wasm",
	"application/xhtml+xml", "application/xml", "application/x-font-opentype", "application/x-font-truetype",
	"application/x-font-ttf", "application/x-httpd-cgi", "application/x-javascript", "application/x-mpegurl",
	"application/x-opentype", "application/x-otf", "application/x-perl", "application/x-ttf", "font/eot", "font/opentype",
	"font/otf", "font/ttf", "image/svg+xml", "text/css", "text/csv", "text/html", "text/javascript", "text/js", "text/plain",
	"text/richtext", "text/tab-separated-values", "text/xml", "text/x-component", "text/x-java-source", "text/x-script",
	"vnd.apple.mpegurl",
}

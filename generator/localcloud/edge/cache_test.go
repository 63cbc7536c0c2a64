package edge

import (
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLifetime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	inTenMinutes := now.Add(10 * time.Minute).Format(http.TimeFormat)
	free := CachePolicy{DefaultTTL: time.Hour, MaxTTL: 24 * time.Hour}
	bound := CachePolicy{MinTTL: time.Minute, DefaultTTL: time.Second, MaxTTL: 2 * time.Minute}
	for _, tc := range []struct {
		policy  CachePolicy
		headers []string
		want    time.Duration
	}{
		{free, nil, time.Hour},
		{bound, nil, time.Minute},
		{free, []string{"Cache-Control", "max-age=30"}, 30 * time.Second},
		{bound, []string{"Cache-Control", "max-age=30"}, time.Minute},
		{bound, []string{"Cache-Control", "max-age=90"}, 90 * time.Second},
		{bound, []string{"Cache-Control", "max-age=900"}, 2 * time.Minute},
		{free, []string{"Cache-Control", "public, max-age=30, S-MaxAge=\"60\""}, time.Minute},
		{free, []string{"Cache-Control", "max-age=0"}, 0},
		{free, []string{"Cache-Control", "max-age=-5"}, 0},
		{free, []string{"Cache-Control", "max-age=soon"}, time.Hour},
		{free, []string{"Cache-Control", "no-cache"}, 0},
		{free, []string{"Cache-Control", "no-store, max-age=30"}, 0},
		{free, []string{"Cache-Control", "private=\"X\""}, 0},
		{bound, []string{"Cache-Control", "no-store"}, time.Minute},
		{free, []string{"Expires", inTenMinutes}, 10 * time.Minute},
		{bound, []string{"Expires", inTenMinutes}, 2 * time.Minute},
		{free, []string{"Expires", "0"}, 0},
		{free, []string{"Expires", inTenMinutes, "Cache-Control", "max-age=30"}, 30 * time.Second},
		{free, []string{"Vary", "*"}, 0},
		{bound, []string{"Vary", "*"}, time.Minute},
	} {
		h := http.Header{}
		for i := 0; i < len(tc.headers); i += 2 {
			h.Add(tc.headers[i], tc.headers[i+1])
		}
		if got := tc.policy.lifetime(h, now); got != tc.want {
			t.Errorf("%v: %v, not %v", tc.headers, got, tc.want)
		}
	}
}

func TestErrorLifetime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := Distribution{ErrorResponses: []ErrorResponse{{Code: 404, CachingMinTTL: time.Minute}, {Code: 500, NoCachingMinTTL: true}, {Code: 503}}}
	for _, tc := range []struct {
		status  int
		control string
		want    time.Duration
	}{
		{404, "", time.Minute},
		{404, "max-age=90", 90 * time.Second},
		{404, "no-store", time.Minute},
		{500, "", defaultErrorTTL},
		{501, "", defaultErrorTTL},
		{501, "max-age=7200", time.Hour},
		{503, "", 0},
		{403, "", 0},
		{403, "max-age=20", 20 * time.Second},
		{403, "no-store", 0},
		{416, "max-age=20", 0},
	} {
		if got := d.errorLifetime(caching, tc.status, http.Header{"Cache-Control": {tc.control}}, now); got != tc.want {
			t.Errorf("%d, %q: %v, not %v", tc.status, tc.control, got, tc.want)
		}
	}
}

func TestCacheKey(t *testing.T) {
	policy := caching
	policy.QueryStrings = Selection{SelectNamed, []string{"q"}}
	policy.Headers = Selection{SelectNamed, []string{"X-Kind", "Host", "CloudFront-Forwarded-Proto"}}
	policy.Cookies = Selection{SelectAllExcept, []string{"session"}}
	policy.Gzip = true
	d := Distribution{
		DomainNames: []string{host, "www.example.org"},
		Default: Behaviour{
			Cache: policy, OriginRequest: OriginRequestPolicy{Headers: Selection{SelectNamed, []string{"X-Free"}}},
			CachedMethods: []string{"GET", "HEAD", "OPTIONS"},
		},
	}
	for name, tc := range map[string]struct {
		second *http.Request
		hit    bool
	}{
		"same":             {request("GET", "/a?q=1&x=1", "X-Kind", "k", "Cookie", "c=1; session=1"), true},
		"other free query": {request("GET", "/a?x=2&q=1", "X-Kind", "k", "Cookie", "c=1; session=2", "X-Free", "2"), true},
		"HEAD":             {request("HEAD", "/a?q=1", "X-Kind", "k", "Cookie", "c=1"), true},
		"other encoding":   {request("GET", "/a?q=1", "X-Kind", "k", "Cookie", "c=1", "Accept-Encoding", "br"), true},
		"gzip":             {request("GET", "/a?q=1", "X-Kind", "k", "Cookie", "c=1", "Accept-Encoding", "br, gzip"), false},
		"no gzip":          {request("GET", "/a?q=1", "X-Kind", "k", "Cookie", "c=1", "Accept-Encoding", "gzip;q=0.0"), true},
		"query":            {request("GET", "/a?q=2", "X-Kind", "k", "Cookie", "c=1"), false},
		"header":           {request("GET", "/a?q=1", "X-Kind", "l", "Cookie", "c=1"), false},
		"cookie":           {request("GET", "/a?q=1", "X-Kind", "k", "Cookie", "c=2"), false},
		"path":             {request("GET", "/A?q=1", "X-Kind", "k", "Cookie", "c=1"), false},
		"host":             {request("GET", "https://www.example.org/a?q=1", "X-Kind", "k", "Cookie", "c=1"), false},
		"protocol":         {request("GET", "http://"+host+"/a?q=1", "X-Kind", "k", "Cookie", "c=1"), false},
		"OPTIONS":          {request("OPTIONS", "/a?q=1", "X-Kind", "k", "Cookie", "c=1"), false},
		"POST":             {request("POST", "/a?q=1", "X-Kind", "k", "Cookie", "c=1"), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, d, echo)
			want(t, r.get("/a?q=1&x=1", "X-Kind", "k", "Cookie", "c=1; session=1"), 200, "Miss", "")
			result := "Miss"
			if tc.hit {
				result = "Hit"
			}
			want(t, r.do(tc.second), 200, result, "")
		})
	}
}

// An object is served from the cache until it is too old; then its origin is asked
// whether it changed.
func TestCachedObject(t *testing.T) {
	version, broken, asked := 1, false, 0
	r := newRig(t, Distribution{Default: Behaviour{Cache: caching}}, func(w http.ResponseWriter, r *http.Request) {
		asked++
		if broken {
			w.WriteHeader(503)
			return
		}
		etag := fmt.Sprintf(`"v%d"`, version)
		w.Header().Set("Etag", etag)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Asked", fmt.Sprint(asked))
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(304)
			return
		}
		_, _ = fmt.Fprintf(w, "version %d", version)
	})
	want(t, r.get("/x"), 200, "Miss", "version 1")
	r.advance(59 * time.Second)
	hit := r.get("/x")
	want(t, hit, 200, "Hit", "version 1")
	if hit.Header.Get("Age") != "59" || hit.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("headers are %v", hit.Header)
	}
	want(t, r.get("/x", "Range", "bytes=0-6"), 206, "Hit", "version")
	want(t, r.get("/x", "If-None-Match", `"v1"`), 304, "Hit", "")
	want(t, r.get("/x", "Range", "bytes=90-"), 416, "Hit", "")
	head := r.do(request("HEAD", "/x"))
	want(t, head, 200, "Hit", "")
	if head.ContentLength != 9 {
		t.Errorf("HEAD tells %d bytes", head.ContentLength)
	}

	r.advance(time.Second)
	refreshed := r.get("/x", "Range", "bytes=0-6")
	want(t, refreshed, 206, "RefreshHit", "version")
	if refreshed.Header.Get("X-Asked") != "2" {
		t.Errorf("headers are %v", refreshed.Header)
	}
	want(t, r.get("/x"), 200, "Hit", "version 1")

	r.advance(time.Minute)
	version = 2
	want(t, r.get("/x"), 200, "Miss", "version 2")

	r.advance(time.Minute)
	broken = true
	want(t, r.get("/x"), 200, "Hit", "version 2") // the old one is better than an error
	before := asked
	r.advance(9 * time.Second)
	want(t, r.get("/x"), 200, "Hit", "version 2")
	if asked != before {
		t.Error("a broken origin was asked again at once")
	}
	broken = false
	r.advance(time.Second)
	want(t, r.get("/x"), 200, "RefreshHit", "version 2")
}

// With caching disabled nothing is kept but errors, and no more than asked for.
func TestCachingDisabled(t *testing.T) {
	status := 200
	r := newRig(t, Distribution{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=600")
		w.WriteHeader(status)
	})
	want(t, r.get("/x"), 200, "Miss", "")
	want(t, r.get("/x"), 200, "Miss", "")
	status = 404
	want(t, r.get("/x"), 404, "Error", "")
	status = 200
	want(t, r.get("/x"), 404, "Error", "")
	r.advance(10 * time.Second)
	want(t, r.get("/x"), 200, "Miss", "")
}

func TestHeadObject(t *testing.T) {
	r := newRig(t, Distribution{Default: Behaviour{Cache: caching}}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "hello")
	})
	for _, result := range []string{"Miss", "Hit"} {
		head := r.do(request("HEAD", "/x"))
		want(t, head, 200, result, "")
		if head.ContentLength != 5 {
			t.Errorf("HEAD tells %d bytes", head.ContentLength)
		}
	}
	want(t, r.get("/x"), 200, "Miss", "hello")
}

func TestInvalidation(t *testing.T) {
	policy := caching
	policy.QueryStrings = Selection{Mode: SelectAll}
	for _, tc := range []struct {
		path string
		want []bool // which of the objects are gone
	}{
		{"/a", []bool{true, false, false, false}},
		{"/a*", []bool{true, true, true, false}},
		{"/a?q=1", []bool{false, true, false, false}},
		{"/a b", []bool{false, false, true, false}},
		{"/a%20b", []bool{false, false, true, false}},
		{"/*", []bool{true, true, true, true}},
		{"/A", []bool{false, false, false, false}},
		{"/", []bool{false, false, false, false}},
	} {
		r := newRig(t, Distribution{Default: Behaviour{Cache: policy}}, echo)
		objects := []string{"/a", "/a?q=1", "/a%20b", "/c"}
		for _, object := range objects {
			want(t, r.get(object), 200, "Miss", "")
		}
		r.handler.Invalidate("EOTHER", []string{"/*"})
		r.handler.Invalidate(r.distribution.ID, []string{"/nothing", tc.path})
		for i, object := range objects {
			result := "Hit"
			if tc.want[i] {
				result = "Miss"
			}
			t.Log(tc.path, object)
			want(t, r.get(object), 200, result, "")
		}
	}
}

// What an origin answered before an invalidation is not kept after it.
func TestInvalidationDuringFetch(t *testing.T) {
	var r *rig
	r = newRig(t, Distribution{Default: Behaviour{Cache: caching}}, func(http.ResponseWriter, *http.Request) {
		r.handler.Invalidate(r.distribution.ID, []string{"/*"})
	})
	want(t, r.get("/x"), 200, "Miss", "")
	want(t, r.get("/x"), 200, "Miss", "")
}

func TestCacheIsBounded(t *testing.T) {
	var c cache
	body := make([]byte, 10<<20)
	for i := range 20 {
		c.put(entry{key: fmt.Sprint(i), answer: answer{body: body}}, 0)
		if _, found, _ := c.get("0"); !found { // it is used again and again
			t.Fatalf("the object in use was forgotten after %d others", i)
		}
	}
	if c.size > maxCache || c.recent.Len() != len(c.entries) || len(c.entries) != 12 {
		t.Errorf("%d bytes in %d objects", c.size, len(c.entries))
	}
	if _, found, _ := c.get("1"); found {
		t.Error("the oldest object is still there")
	}
	c.put(entry{key: "large", answer: answer{body: make([]byte, maxEntry+1)}}, 0)
	if _, found, _ := c.get("large"); found {
		t.Error("an object was kept that is larger than any may be")
	}
	c.invalidate("", []string{"*"})
	if c.size != 0 || len(c.entries) != 0 {
		t.Errorf("%d bytes in %d objects are left", c.size, len(c.entries))
	}
}

func TestLargeObjectGoesThrough(t *testing.T) {
	part := strings.Repeat("x", 1<<20)
	r := newRig(t, Distribution{Default: Behaviour{Cache: caching}}, func(w http.ResponseWriter, _ *http.Request) {
		for range 17 {
			_, _ = io.WriteString(w, part)
		}
	})
	for range 2 {
		response := r.get("/large")
		if body := text(t, response); len(body) != 17<<20 || response.Header.Get("X-Cache") != "Miss from cloudfront" {
			t.Errorf("%d bytes, %s", len(body), response.Header.Get("X-Cache"))
		}
	}
}

func TestRangeOfUnknownObject(t *testing.T) {
	r := newRig(t, Distribution{Default: Behaviour{Cache: caching}}, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("0123456789"))
	})
	want(t, r.get("/x", "Range", "bytes=2-4"), 206, "Miss", "234")
	want(t, r.get("/x", "Range", "bytes=2-4"), 206, "Miss", "234") // a part is not kept
	want(t, r.get("/x"), 200, "Miss", "0123456789")
	want(t, r.get("/x", "Range", "bytes=2-4"), 206, "Hit", "234")
}

func TestCompression(t *testing.T) {
	policy := caching
	policy.Gzip, policy.Brotli = true, true
	for name, tc := range map[string]struct {
		accepted  string
		change    func(*Behaviour)
		size      int
		kind      string
		encoding  string
		etag      string
		wantETag  string
		wantsGzip bool
	}{
		"fine":            {accepted: "br, gzip;q=0.5", wantsGzip: true, wantETag: `W/"e"`},
		"weak":            {accepted: "gzip", etag: `W/"e"`, wantsGzip: true, wantETag: `W/"e"`},
		"invalid etag":    {accepted: "gzip", etag: `e`, wantsGzip: true, wantETag: ``},
		"not accepted":    {accepted: "br, gzip;q=0"},
		"not asked for":   {},
		"small":           {accepted: "gzip", size: 999},
		"picture":         {accepted: "gzip", kind: "image/png"},
		"encoded":         {accepted: "gzip", encoding: "identity"},
		"not configured":  {accepted: "gzip", change: func(b *Behaviour) { b.Compress = false }},
		"not in the key":  {accepted: "gzip", change: func(b *Behaviour) { b.Cache.Gzip = false }},
		"without caching": {accepted: "gzip", change: func(b *Behaviour) { b.Cache.MaxTTL = 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			size := cmp.Or(tc.size, 1000)
			b := Behaviour{Cache: policy, Compress: true}
			if tc.change != nil {
				tc.change(&b)
			}
			r := newRig(t, Distribution{Default: b}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", fmt.Sprint(size))
				w.Header().Set("Content-Type", cmp.Or(tc.kind, "text/html; charset=utf-8"))
				w.Header().Set("Etag", cmp.Or(tc.etag, `"e"`))
				if tc.encoding != "" {
					w.Header().Set("Content-Encoding", tc.encoding)
				}
				_, _ = io.WriteString(w, strings.Repeat("x", size))
			})
			for range 2 { // from the origin, and from the cache
				response := r.get("/", "Accept-Encoding", tc.accepted)
				var body io.Reader = response.Body
				if response.Header.Get("Content-Encoding") == "gzip" {
					if !tc.wantsGzip || response.Header.Get("Vary") != "Accept-Encoding" || response.ContentLength > 100 || response.ContentLength <= 0 {
						t.Fatalf("headers are %v", response.Header)
					}
					unpacked, err := gzip.NewReader(response.Body)
					if err != nil {
						t.Fatal(err)
					}
					body = unpacked
				} else if tc.wantsGzip {
					t.Fatalf("headers are %v", response.Header)
				}
				if data, err := io.ReadAll(body); err != nil || len(data) != size {
					t.Errorf("%d bytes, %v", len(data), err)
				}
				if tc.wantsGzip && response.Header.Get("Etag") != tc.wantETag {
					t.Errorf("Etag is %q", response.Header.Get("Etag"))
				}
			}
		})
	}
}

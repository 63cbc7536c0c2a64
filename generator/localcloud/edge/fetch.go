package edge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultReadTimeout is how long an origin may take to begin its answer.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html#DownloadDistValuesOriginResponseTimeout
const defaultReadTimeout = 30 * time.Second

// object answers from the cache or from the origin.
func (v *visit) object(r *http.Request, b Behaviour) answer {
	o, found := v.distribution.origin(b.OriginID)
	if !found {
		return page(http.StatusBadGateway, v.id, messageNoOrigin)
	}
	// Objects that differ by every header of the viewer are not kept:
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/header-caching.html
	if !b.caches(r.Method) || b.Cache.Headers.Mode == SelectAll {
		return v.errorPage(r, v.ask(r, b, o, readNothing), readNothing)
	}
	store, now := &v.handler.cache, v.handler.config.Now()
	if r.Method == http.MethodHead {
		key, _ := v.cacheKey(r, http.MethodGet, b)
		if kept, found, _ := store.get(key); found && now.Before(kept.expires) {
			return kept.serve("Hit", now)
		}
	}
	key, path := v.cacheKey(r, r.Method, b)
	kept, found, generation := store.get(key)
	if found && now.Before(kept.expires) {
		return kept.serve("Hit", now)
	}
	found = found && !kept.answer.failed
	asked := r
	if found {
		asked = revalidation(r, kept)
	}
	reading := readErrors
	if b.Cache.enabled() {
		reading = readAll
	}
	a := v.ask(asked, b, o, reading)
	now = v.handler.config.Now()
	if found && a.status == http.StatusNotModified {
		kept.answer.header = refreshed(kept.answer.header, a.header)
		kept.stored, kept.expires = now, now.Add(b.Cache.lifetime(kept.answer.header, now))
		store.put(kept, generation)
		return kept.serve("RefreshHit", now)
	}
	if found && a.status >= http.StatusInternalServerError && cacheControl(kept.answer.header)["stale-if-error"] != "0" {
		a.close()
		kept.expires = now.Add(v.distribution.errorTTL(a.status))
		store.put(kept, generation)
		return kept.serve("Hit", now)
	}
	keepFor := v.keepFor(b, a, now)
	a = v.errorPage(r, a, readAll)
	if keepFor > 0 && a.stream == nil && r.Context().Err() == nil {
		store.put(entry{
			key: key, distribution: v.distribution.ID, path: path, answer: a, stored: now, expires: now.Add(keepFor),
		}, generation)
		a.header = a.header.Clone()
	}
	// A range of an expired object was asked for; all of it came.
	a.whole = found && a.stream == nil
	return a
}

// keepFor is how long an origin's answer is kept. Parts of objects and answers to the
// viewer's own conditions are not.
func (v *visit) keepFor(b Behaviour, a answer, now time.Time) time.Duration {
	switch {
	case a.status >= http.StatusBadRequest:
		return v.distribution.errorLifetime(b.Cache, a.status, a.header, now)
	case a.status == http.StatusPartialContent, a.status == http.StatusNotModified, !b.Cache.enabled():
		return 0
	}
	return b.Cache.lifetime(a.header, now)
}

// revalidation asks whether an expired object is still the origin's.
func revalidation(r *http.Request, kept entry) *http.Request {
	asked := r.Clone(r.Context())
	for _, name := range viewerConditions {
		asked.Header.Del(name)
	}
	if etag := kept.answer.header.Get("Etag"); etag != "" {
		asked.Header.Set("If-None-Match", etag)
	}
	if modified := kept.answer.header.Get("Last-Modified"); modified != "" {
		asked.Header.Set("If-Modified-Since", modified)
	}
	return asked
}

// viewerConditions are the headers that ask for less than the whole object.
var viewerConditions = []string{"If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range"}

// refreshed are the headers of an object after the origin confirmed it.
func refreshed(kept, told http.Header) http.Header {
	out := kept.Clone()
	for name, values := range told {
		if name != "Etag" && name != "Vary" && !strings.HasPrefix(name, "Content-") {
			out[name] = values
		}
	}
	return out
}

// extent says which answers of an origin are read as far as they could be kept. Other
// ones go through as they come.
type extent int

const (
	readNothing extent = iota
	readErrors
	readAll
)

// ask sends a request to an origin.
func (v *visit) ask(r *http.Request, b Behaviour, o Origin, reading extent) answer {
	ctx, cancel := context.WithCancelCause(r.Context())
	response, err := v.roundTrip(ctx, cancel, r, b, o)
	if err != nil {
		cancel(nil)
		v.handler.config.Logger.Warn("an origin failed", "distribution", v.distribution.ID, "origin", o.ID, "error", err)
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return page(http.StatusGatewayTimeout, v.id, messageTimeout).failure()
		}
		return page(http.StatusBadGateway, v.id, messageNoOrigin).failure()
	}
	body := &originBody{ReadCloser: response.Body, cancel: cancel}
	a := answer{
		status: response.StatusCode, header: viewerHeader(response.Header, b), length: response.ContentLength, result: "Miss",
	}
	if r.Method == http.MethodHead || a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		_ = body.Close() // there is nothing in it
		if r.Method == http.MethodHead && response.ContentLength >= 0 {
			a.header.Set("Content-Length", strconv.FormatInt(response.ContentLength, 10))
		}
		return a
	}
	a.stream = body
	if reading == readNothing || reading == readErrors && a.status < http.StatusBadRequest || response.ContentLength > maxEntry {
		return a
	}
	begin, err := io.ReadAll(io.LimitReader(body, maxEntry+1))
	if err != nil {
		a.close()
		return page(http.StatusBadGateway, v.id, messageTimeout).failure()
	}
	if len(begin) > maxEntry {
		a.stream = readCloser{Reader: io.MultiReader(bytes.NewReader(begin), body), Closer: body}
		return a
	}
	a.close()
	a.stream, a.body = nil, begin
	return a.compressed(r, b)
}

// roundTrip reaches the origin. The origin has to begin its answer in time; then it may
// take as long as it wants.
func (v *visit) roundTrip(ctx context.Context, cancel context.CancelCauseFunc, r *http.Request, b Behaviour, o Origin) (*http.Response, error) {
	out, err := v.originRequest(ctx, r, b, o)
	if err != nil {
		return nil, err
	}
	call := OriginCall{Distribution: v.distribution, Origin: o, Request: out, Signed: o.AccessControl.signs(out)}
	if call.Signed {
		out.Header.Del("Authorization")
		if o.AccessControl.Type == "lambda" {
			refusal, err := checkPayload(out)
			if refusal != nil || err != nil {
				return refusal, err
			}
		}
	}
	timeout := o.ReadTimeout
	if timeout == 0 {
		timeout = defaultReadTimeout
	}
	timer := time.AfterFunc(timeout, func() { cancel(context.DeadlineExceeded) })
	defer timer.Stop()
	return v.handler.config.Origins.RoundTrip(ctx, call)
}

// errorPage puts the distribution's own page in the place of an origin's error. If the
// page cannot be had, the error stays.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/GeneratingCustomErrorResponses.html
func (v *visit) errorPage(r *http.Request, a answer, reading extent) answer {
	if a.status < http.StatusBadRequest {
		return a
	}
	a = a.failure()
	configured, found := v.distribution.errorResponse(a.status)
	if !found || configured.PagePath == "" {
		return a
	}
	asked := r.Clone(r.Context())
	asked.Method, asked.Body, asked.ContentLength = http.MethodGet, http.NoBody, 0
	asked.URL.RawQuery = ""
	setPath(asked.URL, configured.PagePath)
	for _, name := range viewerConditions {
		asked.Header.Del(name)
	}
	b := v.distribution.behaviour(asked.URL)
	o, found := v.distribution.origin(b.OriginID)
	if !found {
		return a
	}
	shown := v.ask(asked, b, o, reading)
	if shown.status >= http.StatusBadRequest {
		shown.close()
		return a
	}
	a.close()
	shown.status = a.status
	if configured.ResponseCode != 0 {
		shown.status = configured.ResponseCode
	}
	return shown.failure()
}

// viewerHeader is what viewers get of an origin's headers.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#ResponseCustomRemovedHeaders
func viewerHeader(h http.Header, b Behaviour) http.Header {
	out := http.Header{}
	for name, values := range h {
		switch name {
		case "Connection", "Content-Length", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Trailer", "Transfer-Encoding",
			"Upgrade", "Via", "X-Cache", "X-Amz-Cf-Id", "X-Amz-Cf-Pop":
		case "Set-Cookie":
			if b.Cache.Cookies.Mode != SelectNone || b.OriginRequest.Cookies.Mode != SelectNone {
				out[name] = slices.Clone(values)
			}
		case "Vary":
			if kept := keptVary(values, b); kept != "" {
				out.Set(name, kept)
			}
		default:
			out[name] = slices.Clone(values)
		}
	}
	return out
}

// keptVary are the headers that an origin's Vary names and that the origin gets.
func keptVary(values []string, b Behaviour) string {
	names := slices.DeleteFunc(splitPairs(strings.Join(values, ","), ","), func(name string) bool {
		kept := name == "*" || strings.EqualFold(name, "Accept-Encoding") || strings.EqualFold(name, "Cookie") || forwards(b, name)
		return !kept
	})
	return strings.Join(names, ", ")
}

// originBody ends the request to the origin with the reading of its answer.
type originBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

// Close implements [io.Closer].
func (b *originBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// readCloser reads one thing and closes another.
type readCloser struct {
	io.Reader
	io.Closer
}

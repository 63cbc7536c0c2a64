package edge

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config is what a [Handler] needs.
type Config struct {
	// Lookup finds the distribution that a host name belongs to, disabled ones too.
	// The name is in lower case and has no port.
	Lookup  func(host string) (Distribution, bool)
	Origins Origins
	Now     func() time.Time
	Logger  *slog.Logger

	// FunctionLog takes what functions log; nil: it is dropped. It must not block.
	FunctionLog func(FunctionLog)
}

// FunctionLog is what one run of a function logged, and why it failed if it did.
type FunctionLog struct {
	Account        string // of the distribution
	DistributionID string
	Function       string // its name
	RequestID      string
	Time           time.Time
	Lines          []string
}

// Handler answers viewers. It is an [http.Handler] and safe for concurrent use.
type Handler struct {
	config   Config
	cache    cache
	programs programs
}

// New returns a handler with an empty cache.
func New(config Config) *Handler { return &Handler{config: config} }

// Invalidate forgets what a distribution has cached under paths. A path begins with a
// slash and may end with "*".
func (h *Handler) Invalidate(distributionID string, paths []string) {
	h.cache.invalidate(distributionID, paths)
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{handler: h, id: newRequestID(), agent: r.UserAgent(), remote: r.RemoteAddr, begun: h.config.Now()}
	v.send(w, r, v.answer(r))
}

// visit is one request of a viewer.
type visit struct {
	handler      *Handler
	distribution Distribution
	id           string
	agent        string // the viewer's own, whatever functions make of it
	remote       string
	begun        time.Time
}

// answer finds out what a viewer gets.
func (v *visit) answer(original *http.Request) answer {
	if len(original.URL.RequestURI()) > maxURI {
		return page(http.StatusRequestEntityTooLarge, v.id, messageTooLong)
	}
	host := strings.ToLower(original.Host)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	d, found := v.handler.config.Lookup(host)
	if !found || !d.Enabled || !strings.HasPrefix(original.URL.Path, "/") {
		return page(http.StatusForbidden, v.id, messageBadRequest)
	}
	v.distribution = d
	b := d.behaviour(original.URL)
	if a, refused := b.refuse(original, v.id); refused {
		return a
	}
	r := original.Clone(original.Context())
	if b.ViewerRequest != nil {
		if a, answered := v.viewerRequest(r, *b.ViewerRequest); answered {
			return a
		}
	}
	if r.URL.Path == "/" && d.DefaultRootObject != "" {
		r.URL = &url.URL{Path: "/" + d.DefaultRootObject, RawQuery: r.URL.RawQuery}
	}
	a := v.object(r, b)
	if b.ResponseHeaders != nil {
		b.ResponseHeaders.apply(a.header, original)
		b.ResponseHeaders.time(a.header, original, v, a)
	}
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
	if b.ViewerResponse != nil && !a.failed {
		a = v.viewerResponse(original, *b.ViewerResponse, a)
	}
	return a
}

// viewerRequest runs a function before anything else. It changes the request, or
// answers it.
func (v *visit) viewerRequest(r *http.Request, f Function) (answer, bool) {
	e := v.event(viewerRequest, r)
	out, failure := v.handler.call(r.Context(), v.distribution, f, e)
	if failure != nil {
		return functionPage(failure, v.id), true
	}
	if out.Request != nil {
		out.Request.apply(e.Request, r)
		return answer{}, false
	}
	a := answer{status: out.Response.StatusCode, header: out.Response.header(eventResponse{}, http.Header{}), result: "FunctionGeneratedResponse"}
	if out.Response.Body != nil {
		a.body, _ = out.Response.Body.bytes() // checked with the outcome
	}
	a.header.Del("Content-Length") // the body decides
	return a, true
}

// viewerResponse runs a function on an answer.
func (v *visit) viewerResponse(r *http.Request, f Function, a answer) answer {
	e := v.event(viewerResponse, r)
	e.Response = &eventResponse{
		StatusCode: a.status, StatusDescription: http.StatusText(a.status), Headers: headerFields(a.header), Cookies: setCookieFields(a.header),
	}
	if a.stream == nil && r.Method != http.MethodHead {
		e.Response.Headers.add("content-length", single(strconv.Itoa(len(a.body))))
	}
	out, failure := v.handler.call(r.Context(), v.distribution, f, e)
	if failure != nil {
		a.close()
		return functionPage(failure, v.id)
	}
	length := a.header.Get("Content-Length")
	a.header = out.Response.header(*e.Response, a.header)
	a.header.Del("Content-Length") // the body decides
	if r.Method == http.MethodHead && length != "" {
		a.header.Set("Content-Length", length)
	}
	a.whole = a.whole && a.status == out.Response.StatusCode
	a.status = out.Response.StatusCode
	if out.Response.Body != nil {
		a.close()
		a.stream, a.whole = nil, false
		a.body, _ = out.Response.Body.bytes() // checked with the outcome
	}
	return a
}

// event is what a function is told of the viewer's request.
func (v *visit) event(kind string, r *http.Request) event {
	headers := headerFields(r.Header)
	if _, named := headers.find("host"); !named {
		headers.add("host", single(r.Host))
	}
	domain := r.Host
	if len(v.distribution.DomainNames) > 0 {
		domain = v.distribution.DomainNames[0]
	}
	return event{
		Version: "1.0",
		Context: eventContext{
			DistributionDomainName: domain, DistributionID: v.distribution.ID, EventType: kind, RequestID: v.id,
		},
		Viewer: eventViewer{IP: v.viewerIP()},
		Request: eventRequest{
			Method: r.Method, URI: r.URL.EscapedPath(), QueryString: queryFields(r.URL.RawQuery),
			Headers: headers, Cookies: cookieFields(r.Header),
		},
	}
}

func (v *visit) viewerIP() string {
	if host, _, err := net.SplitHostPort(v.remote); err == nil {
		return host
	}
	return v.remote
}

// via is the Via header of both sides.
func (v *visit) via() string {
	return "1.1 " + hex.EncodeToString([]byte(v.id[:16])) + ".cloudfront.net (CloudFront)"
}

// newRequestID is 56 characters long and ends with "==", as on AWS.
func newRequestID() string {
	var id [40]byte
	_, _ = rand.Read(id[:]) // never fails: see crypto/rand
	return base64.URLEncoding.EncodeToString(id[:])
}

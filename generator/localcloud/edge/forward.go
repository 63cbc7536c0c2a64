package edge

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// alwaysForwarded go to origins whatever the policies say.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-headers-behavior
var alwaysForwarded = []string{
	"Cache-Control", "Content-Md5", "Content-Type", "Date", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
	"If-Unmodified-Since", "Max-Forwards", "Pragma", "Range", "Warning",
}

// neverForwarded are removed whatever the policies say, with hop-by-hop headers and
// those that CloudFront writes itself among them.
var neverForwarded = []string{
	"Connection", "Content-Length", "Cookie", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "X-Amz-Cf-Id", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip",
}

// madePrefix begins the names of headers that CloudFront makes of what it knows of the
// viewer. A viewer cannot send them.
const madePrefix = "Cloudfront-"

// originRequest writes the request that an origin gets.
func (v *visit) originRequest(ctx context.Context, r *http.Request, b Behaviour, o Origin) (*http.Request, error) {
	u := &url.URL{Scheme: originScheme(o, r.TLS != nil), Host: originHost(o, r.TLS != nil)}
	setPath(u, o.Path+r.URL.EscapedPath())
	u.RawQuery = strings.Join(selectPairs(splitPairs(r.URL.RawQuery, "&"), b.Cache.QueryStrings, b.OriginRequest.QueryStrings), "&")
	body := r.Body
	if r.ContentLength == 0 {
		body = http.NoBody
	}
	out, err := http.NewRequestWithContext(ctx, r.Method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("make the request to origin %s: %w", o.ID, err)
	}
	out.ContentLength = r.ContentLength
	out.Header = v.originHeader(r, b, o)
	out.Host = o.DomainName
	if o.Kind == CustomOrigin && forwards(b, "Host") {
		out.Host = r.Host
	}
	return out, nil
}

func originScheme(o Origin, secure bool) string {
	if o.Protocol == HTTPSOnly || o.Protocol != HTTPOnly && secure {
		return "https"
	}
	return "http"
}

// originHost is where to connect to.
func originHost(o Origin, secure bool) string {
	port, usual := o.HTTPPort, 80
	if originScheme(o, secure) == "https" {
		port, usual = o.HTTPSPort, 443
	}
	if o.Kind == S3Origin || port == 0 || port == usual {
		return o.DomainName
	}
	return net.JoinHostPort(o.DomainName, strconv.Itoa(port))
}

func (v *visit) originHeader(r *http.Request, b Behaviour, o Origin) http.Header {
	header := http.Header{}
	for name, values := range r.Header {
		made := strings.HasPrefix(name, madePrefix) || strings.HasPrefix(name, "X-Edge-") || slices.Contains(neverForwarded, name)
		if !made && (slices.Contains(alwaysForwarded, name) || forwards(b, name)) {
			header[name] = slices.Clone(values)
		}
	}
	if accepted := b.Cache.acceptEncoding(r); accepted != "" {
		header.Set("Accept-Encoding", accepted)
	} else if b.Cache.Gzip || b.Cache.Brotli {
		header.Del("Accept-Encoding")
	}
	if cookies := selectPairs(cookiePairs(r.Header), b.Cache.Cookies, b.OriginRequest.Cookies); len(cookies) > 0 {
		header.Set("Cookie", strings.Join(cookies, "; "))
	}
	for name, value := range v.made(r) {
		if b.Cache.Headers.names(name) || b.OriginRequest.Headers.names(name) {
			header.Set(name, value)
		}
	}
	if !forwards(b, "User-Agent") {
		header.Set("User-Agent", "Amazon CloudFront")
	}
	// Lambda checks the body against this hash, which CloudFront signs.
	if hash := r.Header.Get("X-Amz-Content-Sha256"); hash != "" && o.AccessControl.Type == "lambda" {
		header.Set("X-Amz-Content-Sha256", hash)
	}
	header.Set("X-Forwarded-For", strings.Join(append(r.Header.Values("X-Forwarded-For"), v.viewerIP()), ", "))
	header.Set("Via", strings.Join(append(r.Header.Values("Via"), v.via()), ", "))
	header.Set("X-Amz-Cf-Id", v.id)
	for _, custom := range o.Headers {
		header.Set(custom.Name, custom.Value)
	}
	return header
}

func forwards(b Behaviour, header string) bool {
	return b.Cache.Headers.has(header, strings.EqualFold) || b.OriginRequest.Headers.has(header, strings.EqualFold)
}

// acceptEncoding is what the cache key and the origin get of Accept-Encoding: only the
// formats that are enabled, in one spelling.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cache-key-understand-cache-policy.html#cache-policy-compressed-objects
func (c CachePolicy) acceptEncoding(r *http.Request) string {
	if !r.ProtoAtLeast(1, 1) {
		return ""
	}
	var formats []string
	if c.Brotli && accepts(r, "br") {
		formats = append(formats, "br")
	}
	if c.Gzip && accepts(r, "gzip") {
		formats = append(formats, "gzip")
	}
	return strings.Join(formats, ",")
}

func accepts(r *http.Request, format string) bool {
	for _, one := range splitPairs(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, quality, _ := strings.Cut(one, ";")
		if strings.TrimSpace(name) == format {
			return strings.TrimRight(strings.ReplaceAll(quality, " ", ""), ".0") != "q="
		}
	}
	return false
}

// cacheKey tells objects apart, and names one as an invalidation does.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-the-cache-key.html
func (v *visit) cacheKey(r *http.Request, method string, b Behaviour) (key, path string) {
	path = r.URL.EscapedPath()
	if query := selectPairs(splitPairs(r.URL.RawQuery, "&"), b.Cache.QueryStrings); len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	parts := []string{v.distribution.ID, b.OriginID, method, path, b.Cache.acceptEncoding(r)}
	parts = append(parts, selectPairs(cookiePairs(r.Header), b.Cache.Cookies)...)
	made := v.made(r)
	for _, name := range b.Cache.Headers.Names {
		value := strings.Join(r.Header.Values(name), ",")
		switch canonical := http.CanonicalHeaderKey(name); {
		case canonical == "Host":
			value = r.Host
		case strings.HasPrefix(canonical, madePrefix):
			value = made[canonical]
		}
		parts = append(parts, name+":"+value)
	}
	return strings.Join(parts, "\x00"), path
}

// made are the headers that CloudFront makes. Where on earth a viewer is on the
// loopback interface nobody knows, so the headers that tell it are left out.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
func (v *visit) made(r *http.Request) map[string]string {
	proto := "http"
	if r.TLS != nil {
		proto = "https"
	}
	agent := v.agent
	android := strings.Contains(agent, "Android")
	tablet := strings.Contains(agent, "iPad") || android && !strings.Contains(agent, "Mobile")
	mobile := !tablet && (android || strings.Contains(agent, "iPhone") || strings.Contains(agent, "Mobile"))
	television := strings.Contains(agent, "SmartTV") || strings.Contains(agent, "SMART-TV")
	ios := strings.Contains(agent, "iPhone") || strings.Contains(agent, "iPad") || strings.Contains(agent, "iPod")
	return map[string]string{
		"Cloudfront-Forwarded-Proto":     proto,
		"Cloudfront-Viewer-Address":      r.RemoteAddr,
		"Cloudfront-Viewer-Http-Version": strings.TrimPrefix(strings.TrimSuffix(r.Proto, ".0"), "HTTP/"),
		"Cloudfront-Is-Android-Viewer":   strconv.FormatBool(android),
		"Cloudfront-Is-Ios-Viewer":       strconv.FormatBool(ios),
		"Cloudfront-Is-Mobile-Viewer":    strconv.FormatBool(mobile),
		"Cloudfront-Is-Tablet-Viewer":    strconv.FormatBool(tablet),
		"Cloudfront-Is-Smarttv-Viewer":   strconv.FormatBool(television),
		"Cloudfront-Is-Desktop-Viewer":   strconv.FormatBool(!mobile && !tablet && !television),
	}
}

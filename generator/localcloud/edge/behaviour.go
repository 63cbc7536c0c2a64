package edge

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// viewerMethods are all that a distribution can be told to take.
var viewerMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete,
}

// behaviour finds what happens to a path: the first pattern that fits decides.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
func (d Distribution) behaviour(u *url.URL) Behaviour {
	path := normalisedPath(u)
	for _, b := range d.Behaviours {
		if matchPath(b.PathPattern, path) {
			return b
		}
	}
	return d.Default
}

func (d Distribution) origin(id string) (Origin, bool) {
	i := slices.IndexFunc(d.Origins, func(o Origin) bool { return o.ID == id })
	if i < 0 {
		return Origin{}, false
	}
	return d.Origins[i], true
}

func (d Distribution) errorResponse(code int) (ErrorResponse, bool) {
	i := slices.IndexFunc(d.ErrorResponses, func(e ErrorResponse) bool { return e.Code == code })
	if i < 0 {
		return ErrorResponse{}, false
	}
	return d.ErrorResponses[i], true
}

// matchPath tells whether a path fits a pattern. A leading slash counts in neither.
func matchPath(pattern, path string) bool {
	return matchWild(strings.TrimPrefix(pattern, "/"), strings.TrimPrefix(path, "/"))
}

// matchWild matches with "*" for any characters and "?" for exactly one. It takes time
// in proportion to the product of the lengths at worst.
func matchWild(pattern, text string) bool {
	p, t, star, resume := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			resume++
			p, t = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// normalisedPath is the path that patterns are compared with: without dot segments,
// and nothing encoded that need not be. The origin still gets the path as it came.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
func normalisedPath(u *url.URL) string {
	var plain strings.Builder
	raw := u.EscapedPath()
	for i := 0; i < len(raw); i++ {
		if raw[i] == '%' && i+2 < len(raw) {
			if decoded, err := url.PathUnescape(raw[i : i+3]); err == nil && isUnreserved(decoded[0]) {
				plain.WriteString(decoded)
				i += 2
				continue
			}
		}
		plain.WriteByte(raw[i])
	}
	path := plain.String()
	if !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		switch segment {
		case ".", "..":
			if segment == ".." && len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if i == len(segments)-1 {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// isUnreserved is RFC 3986, section 2.3.
func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// refuse answers requests that the behaviour does not take. In a redirect the method
// and the body of a request that has one are kept by the status 307.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html
func (b Behaviour) refuse(r *http.Request, id string) (answer, bool) {
	if r.TLS == nil && b.ViewerProtocol == RedirectToHTTPS {
		status := http.StatusMovedPermanently
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			status = http.StatusTemporaryRedirect
		}
		return redirect(status, "https://"+r.Host+r.URL.RequestURI()), true
	}
	if r.TLS == nil && b.ViewerProtocol == OnlyHTTPS {
		return page(http.StatusForbidden, id, messageBadRequest), true
	}
	if !slices.Contains(viewerMethods, r.Method) {
		return page(http.StatusMethodNotAllowed, id, messageMethod), true
	}
	if !slices.Contains(b.AllowedMethods, r.Method) {
		message := messageMethod
		if len(b.AllowedMethods) < len(viewerMethods) {
			message += messageCachableOnly
		}
		return page(http.StatusForbidden, id, message), true
	}
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#RequestCustom-get-body
	if r.Method == http.MethodGet && r.ContentLength != 0 {
		return page(http.StatusForbidden, id, messageBadRequest), true
	}
	return answer{}, false
}

// caches tells whether answers to a method are kept.
func (b Behaviour) caches(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodOptions:
		return slices.Contains(b.CachedMethods, method)
	}
	return false
}

// has tells whether a name is selected. The names of headers are compared without
// case.
func (s Selection) has(name string, equal func(a, b string) bool) bool {
	named := slices.ContainsFunc(s.Names, func(one string) bool { return equal(one, name) })
	switch s.Mode {
	case SelectNamed:
		return named
	case SelectAll, SelectAllAndNamed:
		return true
	case SelectAllExcept:
		return !named
	}
	return false
}

// names tells whether a name is asked for by itself, as headers have to be that
// CloudFront makes.
func (s Selection) names(header string) bool {
	return (s.Mode == SelectNamed || s.Mode == SelectAllAndNamed) &&
		slices.ContainsFunc(s.Names, func(one string) bool { return strings.EqualFold(one, header) })
}

func exactly(a, b string) bool { return a == b }

// selectPairs keeps the name=value pairs whose names are selected by any selection.
func selectPairs(pairs []string, selections ...Selection) []string {
	var kept []string
	for _, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if slices.ContainsFunc(selections, func(s Selection) bool { return s.has(name, exactly) }) {
			kept = append(kept, pair)
		}
	}
	return kept
}

package edge

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultErrorTTL is how long errors are kept that nobody configured.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
const defaultErrorTTL = 10 * time.Second

// alwaysCachedErrors are kept whatever the origin says; sometimesCachedErrors only with
// a max-age or an s-maxage.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
var (
	alwaysCachedErrors    = []int{404, 414, 500, 501, 502, 503, 504}
	sometimesCachedErrors = []int{400, 403, 405, 412, 415}
)

// enabled tells whether objects are kept at all; errors are even if not.
func (c CachePolicy) enabled() bool { return c.MaxTTL > 0 || c.MinTTL > 0 }

// lifetime is how long an object is kept.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
func (c CachePolicy) lifetime(h http.Header, now time.Time) time.Duration {
	if strings.TrimSpace(h.Get("Vary")) == "*" && c.MinTTL == 0 {
		return 0
	}
	directives := cacheControl(h)
	for _, forbidding := range []string{"no-cache", "no-store", "private"} {
		if _, there := directives[forbidding]; there {
			return c.MinTTL
		}
	}
	if told, there := maxAge(directives); there {
		return max(c.MinTTL, min(told, c.MaxTTL))
	}
	if expires := h.Get("Expires"); expires != "" {
		until, err := http.ParseTime(expires) // a date that is none is one in the past: RFC 9111, 5.3
		if err != nil {
			return c.MinTTL
		}
		return max(c.MinTTL, min(until.Sub(now), c.MaxTTL))
	}
	return max(c.MinTTL, c.DefaultTTL)
}

// errorLifetime is how long an error of an origin is kept.
func (d Distribution) errorLifetime(c CachePolicy, status int, h http.Header, now time.Time) time.Duration {
	told, there := maxAge(cacheControl(h))
	if !slices.Contains(alwaysCachedErrors, status) && (!there || !slices.Contains(sometimesCachedErrors, status)) {
		return 0
	}
	if until, err := http.ParseTime(h.Get("Expires")); err == nil && !there {
		told = until.Sub(now)
	}
	return max(d.errorTTL(status), min(told, c.MaxTTL))
}

// errorTTL is how long an error is kept at least.
func (d Distribution) errorTTL(status int) time.Duration {
	configured, there := d.errorResponse(status)
	if !there || configured.NoCachingMinTTL {
		return defaultErrorTTL
	}
	return configured.CachingMinTTL
}

func cacheControl(h http.Header) map[string]string {
	directives := map[string]string{}
	for _, one := range splitPairs(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(one, "=")
		directives[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	return directives
}

// maxAge reads s-maxage, which counts first, or max-age.
func maxAge(directives map[string]string) (time.Duration, bool) {
	for _, name := range []string{"s-maxage", "max-age"} {
		if seconds, err := strconv.ParseInt(directives[name], 10, 32); err == nil {
			return time.Duration(max(0, seconds)) * time.Second, true
		}
	}
	return 0, false
}

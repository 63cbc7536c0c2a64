package edge

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// apply changes the headers of an answer: what is removed goes first, so that a header
// can be removed and set.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
func (p ResponseHeadersPolicy) apply(h http.Header, r *http.Request) {
	for _, name := range p.Remove {
		h.Del(name)
	}
	for _, one := range append(p.Security.headers(), p.Custom...) {
		if one.Override || len(h.Values(one.Name)) == 0 {
			h.Set(one.Name, one.Value)
		}
	}
	if p.CORS != nil {
		p.CORS.apply(h, r)
	}
}

func (s SecurityHeaders) headers() []Header {
	var out []Header
	for _, one := range []struct {
		name  string
		value *HeaderValue
	}{
		{"Content-Security-Policy", s.ContentSecurityPolicy},
		{"X-Frame-Options", s.FrameOptions},
		{"Referrer-Policy", s.ReferrerPolicy},
	} {
		if one.value != nil {
			out = append(out, Header{Name: one.name, Value: one.value.Value, Override: one.value.Override})
		}
	}
	if s.ContentTypeOptions != nil {
		out = append(out, Header{Name: "X-Content-Type-Options", Value: "nosniff", Override: s.ContentTypeOptions.Override})
	}
	if t := s.StrictTransportSecurity; t != nil {
		value := "max-age=" + strconv.Itoa(t.MaxAge)
		if t.IncludeSubdomains {
			value += "; includeSubDomains"
		}
		if t.Preload {
			value += "; preload"
		}
		out = append(out, Header{Name: "Strict-Transport-Security", Value: value, Override: t.Override})
	}
	if x := s.XSSProtection; x != nil {
		value := "0"
		switch {
		case x.Protection && x.ModeBlock:
			value = "1; mode=block"
		case x.Protection && x.ReportURI != "":
			value = "1; report=" + x.ReportURI
		case x.Protection:
			value = "1"
		}
		out = append(out, Header{Name: "X-XSS-Protection", Value: value, Override: x.Override})
	}
	return out
}

// apply answers requests that name the page they come from.
func (c CORS) apply(h http.Header, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	set := func(name, value string) {
		if value != "" && (c.OriginOverride || h.Get(name) == "") {
			h.Set(name, value)
		}
	}
	if slices.Contains(c.AllowOrigins, "*") {
		set("Access-Control-Allow-Origin", "*")
	} else if slices.ContainsFunc(c.AllowOrigins, func(allowed string) bool { return allowsOrigin(allowed, origin) }) {
		set("Access-Control-Allow-Origin", origin)
		h.Add("Vary", "Origin")
	} else {
		return
	}
	if c.AllowCredentials {
		set("Access-Control-Allow-Credentials", "true")
	}
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		set("Access-Control-Expose-Headers", strings.Join(c.ExposeHeaders, ", "))
		return
	}
	methods := c.AllowMethods
	if slices.Contains(methods, "ALL") {
		methods = viewerMethods
	}
	set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	set("Access-Control-Allow-Headers", strings.Join(c.AllowHeaders, ", "))
	if c.MaxAge != nil {
		set("Access-Control-Max-Age", strconv.Itoa(*c.MaxAge))
	}
}

// allowsOrigin compares with an origin such as https://*.example.org. One without a
// scheme allows both.
func allowsOrigin(allowed, origin string) bool {
	if !strings.Contains(allowed, "://") {
		if _, host, found := strings.Cut(origin, "://"); found {
			origin = host
		}
	}
	return matchWild(strings.ToLower(allowed), strings.ToLower(origin))
}

// time adds the Server-Timing header to the sampled part of the answers, and to those
// whose viewer asks for it.
func (p ResponseHeadersPolicy) time(h http.Header, r *http.Request, v *visit, a answer) {
	if p.ServerTiming == nil {
		return
	}
	asked := strings.Contains(strings.ToLower(r.Header.Get("Pragma")), "server-timing")
	if !asked && rand.Float64()*100 >= *p.ServerTiming {
		return
	}
	took := v.handler.config.Now().Sub(v.begun).Milliseconds()
	cached := `cdn-upstream-layer;desc="EDGE",cdn-cache-miss`
	switch a.result {
	case "Hit":
		cached = `cdn-cache-hit,cdn-hit-layer;desc="EDGE"`
	case "RefreshHit":
		cached = `cdn-upstream-layer;desc="EDGE",cdn-cache-refresh`
	}
	metrics := fmt.Sprintf(`%s,cdn-pop;desc=%q,cdn-rid;desc=%q,cdn-downstream-fbl;dur=%d`, cached, popName, v.id, took)
	if fromOrigin := h.Get("Server-Timing"); fromOrigin != "" {
		metrics = fromOrigin + "," + metrics
	}
	h.Set("Server-Timing", metrics)
}

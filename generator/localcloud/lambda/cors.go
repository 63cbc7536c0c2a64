package lambda

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
)

// isPreflight tells a browser's question about another origin from an ordinary
// OPTIONS request, which goes to the function.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions &&
		r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight answers in the function's stead. An origin that is not allowed
// gets the same status without any headers; the browser draws the conclusion.
func (c corsRules) answerPreflight(w http.ResponseWriter, r *api.Request) {
	header := w.Header()
	header.Set("X-Amzn-RequestId", r.ID)
	if c.allow(header, r.Header.Get("Origin")) {
		methods, headers := strings.Join(c.AllowMethods, ","), strings.Join(c.AllowHeaders, ",")
		if slices.Contains(c.AllowMethods, "*") {
			methods = r.Header.Get("Access-Control-Request-Method") // browsers take * literally with credentials
		}
		if slices.Contains(c.AllowHeaders, "*") {
			headers = r.Header.Get("Access-Control-Request-Headers")
		}
		setUnlessEmpty(header, "Access-Control-Allow-Methods", methods)
		setUnlessEmpty(header, "Access-Control-Allow-Headers", headers)
		if c.MaxAge > 0 {
			header.Set("Access-Control-Max-Age", strconv.Itoa(c.MaxAge))
		}
	}
	w.WriteHeader(http.StatusOK)
}

// allow sets the headers that every answer to an allowed origin has.
func (c corsRules) allow(header http.Header, origin string) bool {
	anyone := slices.Contains(c.AllowOrigins, "*")
	if origin == "" || !anyone && !slices.Contains(c.AllowOrigins, origin) {
		return false
	}
	if anyone && !c.AllowCredentials {
		header.Set("Access-Control-Allow-Origin", "*")
	} else {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Add("Vary", "Origin")
	}
	if c.AllowCredentials {
		header.Set("Access-Control-Allow-Credentials", "true")
	}
	setUnlessEmpty(header, "Access-Control-Expose-Headers", strings.Join(c.ExposeHeaders, ","))
	return true
}

func setUnlessEmpty(header http.Header, name, value string) {
	if value != "" {
		header.Set(name, value)
	}
}

// Package httpjson is how both functions speak HTTP: JSON in, JSON out, errors
// as {"error":"…"}, one log line per request. It knows neither transfers nor
// tokens, and logs neither headers nor bodies, because tokens are in them.
package httpjson

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// maxBody is the limit of a JSON request body in bytes.
const maxBody = 16 << 10

// Handler answers a request, or returns the error to answer with: one made by
// Refuse or Unavailable is shown to the caller, any other as "internal error"
// with status 500. What lies behind a status of 500 and above is logged.
type Handler func(http.ResponseWriter, *http.Request) error

// Router routes requests by net/http patterns. Make it with NewRouter.
type Router struct {
	mux    *http.ServeMux
	logger *slog.Logger
}

// NewRouter returns a router with no routes.
func NewRouter(logger *slog.Logger) *Router {
	return &Router{mux: http.NewServeMux(), logger: logger}
}

// Handle registers a handler, as http.ServeMux does.
func (router *Router) Handle(pattern string, handler Handler) {
	router.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		err := handler(w, r)
		if err == nil {
			return
		}
		var refused refusal
		if !errors.As(err, &refused) {
			refused = refusal{http.StatusInternalServerError, "internal error", err}
		}
		if refused.status >= http.StatusInternalServerError {
			router.logger.ErrorContext(r.Context(), "request failed", "method", r.Method, "route", r.Pattern, "error", refused.cause)
		}
		Write(w, refused.status, errorBody{refused.message})
	})
}

// ServeHTTP routes the request and logs it. The log has the route's pattern, not
// the path, because a transfer's id is all that is needed to download it.
func (router *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	watched := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	if _, pattern := router.mux.Handler(r); pattern == "" {
		router.refuseRoute(watched, r)
	} else {
		router.mux.ServeHTTP(watched, r)
	}
	router.logger.InfoContext(r.Context(), "request", "method", r.Method, "route", r.Pattern,
		"status", watched.status, "ms", time.Since(started).Milliseconds())
}

// refuseRoute lets the mux decide between 404 and 405 (it sets Allow too), and
// answers in JSON instead of its plain text.
func (router *Router) refuseRoute(w http.ResponseWriter, r *http.Request) {
	decision := &discardWriter{header: w.Header()}
	router.mux.ServeHTTP(decision, r)
	Write(w, decision.status, errorBody{http.StatusText(decision.status)})
}

type errorBody struct {
	Error string `json:"error"`
}

// Write answers with a status and a value as JSON.
func Write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status is sent: a caller that went away cannot be told anything more.
	_ = json.NewEncoder(w).Encode(value)
}

// Read decodes a JSON body of at most 16 KiB. Its errors are refusals.
func Read(w http.ResponseWriter, r *http.Request, into any) error {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return Refuse(http.StatusRequestEntityTooLarge, "the body is larger than 16 KiB")
	case err != nil:
		return Refuse(http.StatusBadRequest, "the body is not the JSON that is expected here")
	}
	return nil
}

// Refuse returns the error that a Handler gives back to answer with this status
// and message.
func Refuse(status int, message string) error { return refusal{status: status, message: message} }

// Unavailable returns the error that a Handler gives back to answer with status
// 503 and this message; the cause is only logged.
func Unavailable(message string, cause error) error {
	return refusal{http.StatusServiceUnavailable, message, cause}
}

type refusal struct {
	status  int
	message string
	cause   error
}

func (r refusal) Error() string { return r.message }

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// discardWriter keeps status and headers and drops the body.
type discardWriter struct {
	header http.Header
	status int
}

func (w *discardWriter) Header() http.Header         { return w.header }
func (w *discardWriter) WriteHeader(status int)      { w.status = status }
func (w *discardWriter) Write(p []byte) (int, error) { return len(p), nil }

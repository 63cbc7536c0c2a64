package lambda

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"time"
)

// runtimeAPI is what a runtime talks to.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func (e *environment) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.handleNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", e.handleResponse)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", e.handleError)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", e.handleInitError)
	mux.HandleFunc("GET "+credentialsPath, e.handleCredentials)
	return mux
}

// handleNext blocks until there is an event. A runtime that asks is done with its
// start and with the event before.
func (e *environment) handleNext(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	if !e.initialised {
		e.initialised = true
		e.initTime = time.Since(e.begun)
		close(e.ready)
	}
	e.mu.Unlock()
	select {
	case inv := <-e.work:
		e.take(inv)
		header := w.Header()
		header.Set("Content-Type", "application/json")
		header.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		header.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(inv.started.Add(e.timeout()).UnixMilli()))
		header.Set("Lambda-Runtime-Invoked-Function-Arn", inv.arn)
		header.Set("Lambda-Runtime-Trace-Id", inv.trace)
		if inv.clientContext != "" {
			header.Set("Lambda-Runtime-Client-Context", inv.clientContext)
		}
		_, _ = w.Write(inv.event) // a runtime that is gone shows by its end
	case <-r.Context().Done():
	}
}

// take makes inv the current invocation.
func (e *environment) take(inv *invocation) {
	e.mu.Lock()
	e.current = inv
	e.mu.Unlock()
	inv.started = e.now()
	e.begin(inv)
	close(inv.taken)
}

// give ends the current invocation if it has this id.
func (e *environment) give(id string, out outcome) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current == nil || e.current.id != id {
		return false
	}
	e.current.finished <- out
	e.current = nil
	return true
}

// limit is how many bytes the current invocation may answer.
func (e *environment) limit() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current == nil {
		return 0
	}
	return e.current.maxAnswer
}

func (e *environment) handleResponse(w http.ResponseWriter, r *http.Request) {
	limit := e.limit()
	payload, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return // the runtime broke off; it may try again or end
	}
	if len(payload) > limit {
		e.finish(w, r.PathValue("id"), failure(map[string]string{
			"errorType":    "Function.ResponseSizeTooLarge",
			"errorMessage": fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", limit),
		}), http.StatusRequestEntityTooLarge)
		return
	}
	out := outcome{payload: payload, contentType: r.Header.Get("Content-Type")}
	// A runtime that streams its answer reports a failure half-way in trailers.
	if r.Trailer.Get("Lambda-Runtime-Function-Error-Type") != "" {
		body, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
		if err == nil {
			out = outcome{payload: body, contentType: "application/json", failed: true}
		}
	}
	e.finish(w, r.PathValue("id"), out, http.StatusAccepted)
}

func (e *environment) handleError(w http.ResponseWriter, r *http.Request) {
	out, ok := readFailure(r)
	if ok {
		e.finish(w, r.PathValue("id"), out, http.StatusAccepted)
	}
}

// handleInitError notes why the runtime cannot start; it is expected to end. One that
// has started can no longer say so.
func (e *environment) handleInitError(w http.ResponseWriter, r *http.Request) {
	out, ok := readFailure(r)
	if !ok {
		return
	}
	e.mu.Lock()
	late := e.initialised
	if !late {
		e.initError = &out
	}
	e.mu.Unlock()
	if late {
		answerRuntime(w, http.StatusForbidden, `{"errorMessage":"The runtime is initialised already","errorType":"InvalidStateTransition"}`)
		return
	}
	answerRuntime(w, http.StatusAccepted, `{"status":"OK"}`)
	e.end()
}

// readFailure reads an error report; what is too large to give on is cut off.
func readFailure(r *http.Request) (outcome, bool) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	return outcome{payload: payload, contentType: "application/json", failed: true}, err == nil
}

// finish gives the outcome to whoever waits for it and answers the runtime.
func (e *environment) finish(w http.ResponseWriter, id string, out outcome, status int) {
	switch {
	case !e.give(id, out):
		answerRuntime(w, http.StatusBadRequest, `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`)
	case status == http.StatusRequestEntityTooLarge:
		answerRuntime(w, status, fmt.Sprintf(
			`{"errorMessage":"Exceeded maximum allowed payload size (%d bytes).","errorType":"RequestEntityTooLarge"}`, maxPayload))
	default:
		answerRuntime(w, status, `{"status":"OK"}`)
	}
}

func answerRuntime(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a runtime that is gone shows by its end
}

package localcloud

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
)

// Sizes in bytes.
const (
	maxObject  = 64 << 20 // of an S3 request
	maxPackage = 70167211 // of a request to Lambda: a package of 50 MB in Base64 fits
	maxRequest = 16 << 20 // of any other: a payload of 6 MB to a function's URL fits
)

// requestIDs are the headers in which services tell a request's id.
var requestIDs = []string{"X-Amzn-Requestid", "X-Amz-Request-Id"}

// frontDoor takes every request of the cloud from its first byte to its record.
type frontDoor struct {
	cloud *Cloud
	now   func() time.Time
}

// ServeHTTP implements [http.Handler].
func (d *frontDoor) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	if hr.Method == http.MethodConnect {
		d.connect(w, hr)
		return
	}
	d.answer(w, hr, d.cloud.destination(hr, hostname(hr.Host)))
}

// answer takes a request to its destination and records what came of it.
func (d *frontDoor) answer(w http.ResponseWriter, hr *http.Request, t destination) {
	begun := d.now()
	answer := &answerWriter{ResponseWriter: w}
	// The request is copied, as its body is replaced: net/http must find its own one to
	// know that a client waits for "100 Continue", or for an answer without it.
	r := &api.Request{Request: hr.WithContext(hr.Context()), ID: newRequestID(), Secure: hr.TLS != nil, Region: t.region}
	for _, name := range requestIDs {
		w.Header().Set(name, r.ID)
	}
	call := Call{Time: begun, ID: r.ID, Region: t.region, Service: t.name, Method: hr.Method, Path: hr.URL.Path}
	err := d.serve(answer, r, t, &call)
	var cut *cutError
	isCut := errors.As(err, &cut)
	if isCut {
		err = cut.cause
	}
	if err != nil {
		known := d.asError(err, r)
		call.Error = known.Code
		if !isCut && !answer.written {
			t.service.WriteError(answer, r, known)
		}
	}
	call.Principal, call.Region, call.Status = r.Principal.ARN, r.Region, answer.status()
	if isCut && !answer.written {
		call.Status = 0
	}
	d.record(call)
	switch {
	case isCut && answer.written:
		panic(http.ErrAbortHandler) // what was written goes out before
	case isCut:
		reset(w)
	}
}

// record keeps a call that has come to its end.
func (d *frontDoor) record(call Call) {
	call.Took = d.now().Sub(call.Time)
	d.cloud.recorder.add(call)
}

// serve authenticates, names and runs a call.
func (d *frontDoor) serve(w http.ResponseWriter, r *api.Request, t destination, call *Call) (err error) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		if thrown == http.ErrAbortHandler { // how a handler cuts its connection
			err = &cutError{}
			return
		}
		d.cloud.logger.Error("a call panicked", "service", t.name, "panic", thrown, "stack", string(debug.Stack()))
		err = fmt.Errorf("panic: %v", thrown)
	}()
	body, err := readBody(w, r, t.name)
	if err != nil {
		return err
	}
	r.Principal, r.Payload = t.caller.principal, identity.UnsignedPayload
	if r.Principal.Kind == "" {
		if err := d.authenticate(r, body, t); err != nil {
			return err
		}
	}
	operation, err := t.service.Route(r)
	if err != nil {
		return err
	}
	call.Operation = operation.Name
	if operation.Principal.Kind != "" {
		r.Principal = operation.Principal
	}
	for _, a := range operation.Access {
		call.Actions = append(call.Actions, a.Action)
		call.Resources = append(call.Resources, a.Resource)
	}
	return d.run(w, r, t, operation, call)
}

// authorise asks for every permission that an operation needs. One that is allowed in
// parts gets to know which are denied.
func (d *frontDoor) authorise(r *api.Request, t destination, operation api.Operation) error {
	keys := requestKeys(r.Principal, r.Region, r.Secure, d.now())
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		keys["aws:sourceip"] = []string{host}
	}
	maps.Copy(keys, t.caller.keys)
	return d.cloud.authorise(r.Principal, operation.Access, keys, func(i int, err error) error {
		err = denied(t.name, err)
		var refusal *api.Error
		if !operation.InParts || !errors.As(err, &refusal) {
			return err
		}
		if r.Denied == nil {
			r.Denied = map[int]*api.Error{}
		}
		r.Denied[i] = refusal
		return nil
	})
}

// authenticate finds out by its signature who makes a request.
func (d *frontDoor) authenticate(r *api.Request, body []byte, t destination) error {
	signed, failure, err := d.cloud.minter.Verify(r.Request, body, t.scope, t.hostRegion, d.cloud.services.iam)
	if err != nil {
		return err
	}
	if failure != identity.None {
		return signatureError(t.name, failure, r.URL.Query().Has("X-Amz-Algorithm"))
	}
	r.Principal, r.Payload = signed.Principal, signed.Payload
	if signed.Region != "" {
		r.Region = signed.Region
	}
	if r.Principal.Kind == api.Anonymous && !t.anonymous {
		return unsigned(t.name)
	}
	return nil
}

// readBody reads the body of a request whose service wants it whole. S3 streams, and
// so does the edge, as S3 may be the origin.
func readBody(w http.ResponseWriter, r *api.Request, service string) ([]byte, error) {
	if service == "s3" || service == "edge" {
		r.Body = http.MaxBytesReader(w, r.Body, maxObject)
		return nil, nil
	}
	limit := int64(maxRequest)
	if service == "lambda" {
		limit = maxPackage
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, api.Errorf(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
				"Request must be smaller than %d bytes", tooLarge.Limit)
		}
		return nil, fmt.Errorf("read the request: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// asError makes an answer of any error. What a service did not foresee is logged,
// and only its existence is told.
func (d *frontDoor) asError(err error, r *api.Request) *api.Error {
	var known *api.Error
	if errors.As(err, &known) {
		return known
	}
	d.cloud.logger.Error("a call failed inside of the local cloud", "id", r.ID, "error", err)
	return api.Errorf(http.StatusInternalServerError, "InternalFailure", "The local cloud failed; request %s is in its log.", r.ID)
}

// connect is a forward proxy to the cloud itself: a client that was given
// HTTPS_PROXY reaches function URLs and distributions under their real names by it.
func (d *frontDoor) connect(w http.ResponseWriter, r *http.Request) {
	if _, _, err := net.SplitHostPort(r.Host); err != nil || !d.cloud.servesHost(hostname(r.Host)) {
		http.Error(w, fmt.Sprintf("the local cloud serves AWS's host names and those of its distributions and reaches nothing else; %q is none of them", r.Host), http.StatusForbidden)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "this connection cannot become a tunnel", http.StatusInternalServerError)
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection Established\r\n\r\n"); err != nil {
		_ = conn.Close() // the client is gone
		return
	}
	d.cloud.listener.sort(&peekedConn{Conn: conn, reader: buffered.Reader})
}

func newRequestID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: see crypto/rand
	s := hex.EncodeToString(id[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// answerWriter remembers whether and how a request was answered.
type answerWriter struct {
	http.ResponseWriter
	code    int
	written bool
}

// WriteHeader implements [http.ResponseWriter].
func (w *answerWriter) WriteHeader(code int) {
	if !w.written {
		w.code, w.written = code, true
	}
	w.ResponseWriter.WriteHeader(code)
}

// Write implements [http.ResponseWriter].
func (w *answerWriter) Write(p []byte) (int, error) {
	if !w.written {
		w.code, w.written = http.StatusOK, true
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerWriter) status() int {
	if !w.written {
		return http.StatusOK
	}
	return w.code
}

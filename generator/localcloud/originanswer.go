package localcloud

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// originAnswer makes a response of what a handler writes. Its body is read while it is
// written.
type originAnswer struct {
	header   http.Header
	pipe     *io.PipeWriter
	now      func() time.Time
	written  int64         // bytes of the body
	begun    chan struct{} // closed when response is complete but for its body, or err is set
	response *http.Response
	err      error
}

func newOriginAnswer(r *http.Request, now func() time.Time) *originAnswer {
	reader, writer := io.Pipe()
	return &originAnswer{
		header: http.Header{}, pipe: writer, now: now, begun: make(chan struct{}),
		response: &http.Response{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Body: reader},
	}
}

// Header implements [http.ResponseWriter].
func (a *originAnswer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *originAnswer) WriteHeader(status int) {
	if a.hasBegun() || status < http.StatusOK {
		return
	}
	// A service may spell a header's name as AWS does; who reads an answer of HTTP finds
	// Go's spelling.
	header := http.Header{}
	for name, values := range a.header {
		for _, value := range values {
			header.Add(name, value)
		}
	}
	if header.Get("Date") == "" {
		header.Set("Date", a.now().UTC().Format(http.TimeFormat))
	}
	a.response.StatusCode, a.response.Header, a.response.ContentLength = status, header, -1
	if length, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil {
		a.response.ContentLength = length
	}
	close(a.begun)
}

// Write implements [http.ResponseWriter]. It waits for the reader.
func (a *originAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	n, err := a.pipe.Write(p)
	a.written += int64(n)
	return n, err
}

func (a *originAnswer) hasBegun() bool {
	select {
	case <-a.begun:
		return true
	default:
		return false
	}
}

// run has the answer written. One that is cut short ends with an error, as a
// connection would.
func (a *originAnswer) run(write func()) {
	defer func() {
		switch thrown := recover(); {
		case thrown != nil:
			a.fail(fmt.Errorf("the origin broke off: %v", thrown))
		case a.response.ContentLength > a.written && a.response.Request.Method != http.MethodHead:
			a.fail(io.ErrUnexpectedEOF)
		default:
			a.fail(io.EOF)
		}
	}()
	write()
	a.WriteHeader(http.StatusOK)
}

// fail ends the body. [io.EOF] is a good end.
func (a *originAnswer) fail(err error) {
	if !a.hasBegun() {
		a.err = err
		close(a.begun)
	}
	_ = a.pipe.CloseWithError(err) // it never fails
}

package edge

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// popName is the edge location that every answer names.
const popName = "LOC50-P1"

// answer is what a viewer gets, on its way there.
type answer struct {
	status int
	header http.Header
	body   []byte
	stream io.ReadCloser // in the place of body; nil: body is complete
	length int64         // of the origin's body in bytes; -1: not told
	result string        // for X-Cache: Hit, Miss, …
	whole  bool          // ranges and conditions can be answered from body
	failed bool          // an origin's error: functions do not see it

	aged bool // age counts: the answer comes from the cache
	age  time.Duration
}

func (a answer) close() {
	if a.stream != nil {
		_ = a.stream.Close() // nobody reads it any more
	}
}

// failure marks an origin's error.
func (a answer) failure() answer {
	a.failed, a.result = true, "Error"
	return a
}

// send writes an answer to its viewer.
func (v *visit) send(w http.ResponseWriter, r *http.Request, a answer) {
	defer a.close()
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	if header.Get("Server") == "" {
		header.Set("Server", "CloudFront")
	}
	if a.aged {
		header.Set("Age", strconv.Itoa(int(a.age/time.Second)))
	}
	if _, typed := header["Content-Type"]; !typed {
		header["Content-Type"] = nil // the server would guess one
	}
	header.Set("X-Cache", a.result+" from cloudfront")
	header.Set("Via", v.via())
	header.Set("X-Amz-Cf-Pop", popName)
	header.Set("X-Amz-Cf-Id", v.id)
	switch {
	case a.stream != nil:
		v.pass(w, a)
	case a.whole && a.status == http.StatusOK && header.Get("Content-Length") == "" && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		modified, _ := http.ParseTime(header.Get("Last-Modified")) // none is the zero time, which is not compared
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
		http.ServeContent(w, r, "", modified, bytes.NewReader(a.body))
	default:
		if header.Get("Content-Length") == "" && a.status != http.StatusNoContent && a.status != http.StatusNotModified {
			header.Set("Content-Length", strconv.Itoa(len(a.body)))
		}
		w.WriteHeader(a.status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(a.body) // the viewer is gone if this fails
		}
	}
}

// pass hands an origin's body through as it comes. One that breaks off breaks the
// viewer's connection, so that nobody takes the part for the whole.
func (v *visit) pass(w http.ResponseWriter, a answer) {
	if a.length >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(a.length, 10))
	}
	w.WriteHeader(a.status)
	controller := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		n, err := a.stream.Read(buffer)
		if _, failed := w.Write(buffer[:n]); failed != nil {
			return // the viewer is gone
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			v.handler.config.Logger.Warn("an origin broke off its answer", "distribution", v.distribution.ID, "error", err)
			panic(http.ErrAbortHandler)
		}
		_ = controller.Flush() // a writer that cannot flush sends later
	}
}

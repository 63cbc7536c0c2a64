// Package sdkhttp carries the requests of AWS's SDK to a server on the same machine.
//
// It must not know any service, nor where the server is.
package sdkhttp

import (
	"io"
	"net/http"
)

// Transport sends requests whose bodies can only be read. The SDK closes a body when
// the answer begins, and its WriteTo then returns EOF as an error. net/http may be at
// it still, to see that the body has ended: it takes that for a failed request and
// cuts the answer off, and the SDK repeats a call that was done
// (https://github.com/aws/aws-sdk-go-v2/issues/2737). A server on the same machine is
// quick enough for that.
type Transport struct{ *http.Transport }

// RoundTrip implements [http.RoundTripper].
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return t.Transport.RoundTrip(r)
	}
	sent := *r
	sent.Body = struct{ io.ReadCloser }{r.Body}
	return t.Transport.RoundTrip(&sent)
}

package s3

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/restxml"
)

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// maxDocument bounds XML and JSON bodies, in bytes. The largest that S3 takes, a
// DeleteObjects of 1,000 keys of 1,024 bytes, fits.
const maxDocument = 2 << 20

// readXML reads a request's document, whose root element is named root, into out.
// Like AWS it refuses elements that the schema does not have: a setting that is
// ignored would look as if it were in force.
func readXML(r *api.Request, root string, out any) error {
	data, err := readDocument(r)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return failure(http.StatusBadRequest, "MissingRequestBodyError", "Request Body is empty")
	}
	return decodeXML(data, root, out)
}

func decodeXML(data []byte, root string, out any) error {
	if err := restxml.Decode(data, root, out); err != nil {
		return malformedXML()
	}
	return nil
}

// writeXML answers 200 with a document whose root element is named root.
func writeXML(w http.ResponseWriter, root string, document any) error {
	return restxml.Write(w, http.StatusOK, namespace, root, document)
}

// readDocument reads a body that is small enough for memory, verified like any
// other payload.
func readDocument(r *api.Request) ([]byte, error) {
	if r.ContentLength > maxDocument {
		return nil, documentTooLarge()
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	var out bytes.Buffer
	if _, err := readPayload(r, &limited{Writer: &out, left: maxDocument}, ""); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func documentTooLarge() *api.Error {
	return failure(http.StatusBadRequest, "MaxMessageLengthExceeded", "Your request was too big.",
		"MaxMessageLengthBytes", strconv.Itoa(maxDocument))
}

// limited refuses to write more than left bytes.
type limited struct {
	io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, documentTooLarge()
	}
	return l.Writer.Write(p)
}

// timestamp writes a time as S3's documents have it, with milliseconds.
type timestamp time.Time

func (t timestamp) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z")), nil
}

// encodeURL is encoding-type=url of the list calls: percent-encoded but for the slash.
func encodeURL(s string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(s))
}

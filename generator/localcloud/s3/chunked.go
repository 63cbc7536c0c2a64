package s3

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
)

// chunkedReader decodes the content encoding aws-chunked: chunks of
//
//	<hexadecimal size>[;chunk-signature=<signature>]CRLF <data> CRLF
//
// the last of size 0, then trailing header lines
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html).
// The signatures of chunks are not looked at: that takes the caller's secret, which
// only the front door has.
type chunkedReader struct {
	src     *bufio.Reader
	left    uint64 // of the chunk at hand
	started bool
	ended   bool
	// trailer holds the trailing headers once Read has returned io.EOF.
	trailer http.Header
}

const (
	maxChunkLine    = 4 << 10
	maxTrailerLines = 16
)

func newChunkedReader(src io.Reader) *chunkedReader {
	return &chunkedReader{src: bufio.NewReaderSize(src, maxChunkLine), trailer: http.Header{}}
}

func (c *chunkedReader) Read(p []byte) (int, error) {
	if c.ended {
		return 0, io.EOF
	}
	if c.left == 0 {
		if err := c.nextChunk(); err != nil {
			return 0, err
		}
		if c.ended {
			return 0, io.EOF
		}
	}
	if uint64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.src.Read(p)
	c.left -= uint64(n)
	if errors.Is(err, io.EOF) {
		return n, incompleteBody()
	}
	return n, err
}

func (c *chunkedReader) nextChunk() error {
	if c.started { // the line end that closes the data of the chunk before
		line, err := c.line()
		if err != nil {
			return err
		}
		if line != "" {
			return malformedChunk()
		}
	}
	c.started = true
	line, err := c.line()
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	if c.left, err = strconv.ParseUint(size, 16, 63); err != nil {
		return malformedChunk()
	}
	if c.left == 0 {
		c.ended = true
		return c.readTrailer()
	}
	return nil
}

func (c *chunkedReader) readTrailer() error {
	for range maxTrailerLines {
		line, err := c.line()
		var end *api.Error
		if errors.As(err, &end) && end.Code == incompleteBody().Code {
			return nil // some clients leave the last empty line out
		}
		if err != nil {
			return err
		}
		if line == "" {
			return nil
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			return malformedTrailer()
		}
		c.trailer.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return malformedTrailer()
}

// line reads up to a line feed; carriage returns before it are dropped.
func (c *chunkedReader) line() (string, error) {
	line, err := c.src.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF):
		return "", incompleteBody()
	case errors.Is(err, bufio.ErrBufferFull):
		return "", malformedChunk()
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

func malformedChunk() *api.Error {
	return invalidRequest("The body is not well-formed aws-chunked data.")
}

func malformedTrailer() *api.Error {
	return failure(http.StatusBadRequest, "MalformedTrailerError",
		"The request contained trailing data that was not well-formed or did not conform to our published schema.")
}

package s3

import (
	"crypto/md5" //nolint:gosec // S3's ETag and Content-MD5 are defined as MD5
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
)

// maxPut is the most bytes that S3 takes in one PutObject or UploadPart.
const maxPut = 5 << 30

// digest is what is known of a body once it was read.
type digest struct {
	Size     int64
	MD5      string // hexadecimal
	Checksum checksum
}

// readPayload writes the request's body to w, freed of its framing, and checks it
// against all that the request says about it: length, X-Amz-Content-Sha256,
// Content-MD5 and checksum, the latter in a header or a trailer. If the request has
// no checksum the digest carries one by fallback, which may be empty for none.
func readPayload(r *api.Request, w io.Writer, fallback algorithm) (digest, error) {
	declared, trailing, err := declaredChecksum(r.Header)
	if err != nil {
		return digest{}, err
	}
	wantMD5, err := contentMD5(r.Header)
	if err != nil {
		return digest{}, err
	}
	source, chunks, length, err := frame(r)
	if err != nil {
		return digest{}, err
	}
	if trailing && chunks == nil {
		return digest{}, invalidRequest("x-amz-trailer needs a body in chunks")
	}

	used := declared.Algorithm
	if used == "" {
		used = fallback
	}
	var signed hash.Hash
	if wantSHA256(r.Payload) {
		signed = sha256.New()
		w = io.MultiWriter(w, signed)
	}
	result, err := digestOf(w, source, used)
	if err != nil {
		return digest{}, readFailure(err)
	}

	if result.Size != length {
		return digest{}, incompleteBody()
	}
	if signed != nil && hex.EncodeToString(signed.Sum(nil)) != strings.ToLower(r.Payload) {
		return digest{}, failure(http.StatusBadRequest, "XAmzContentSHA256Mismatch",
			"The provided 'x-amz-content-sha256' header does not match what was computed.",
			"ClientComputedContentSHA256", r.Payload, "S3ComputedContentSHA256", hex.EncodeToString(signed.Sum(nil)))
	}
	if wantMD5 != "" && wantMD5 != result.MD5 {
		return digest{}, failure(http.StatusBadRequest, "BadDigest",
			"The Content-MD5 you specified did not match what we received.")
	}
	want := declared.Value
	if trailing {
		if want = chunks.trailer.Get(used.header()); !used.valid(want) {
			return digest{}, malformedTrailer()
		}
	}
	if declared.Algorithm != "" && want != result.Checksum.Value {
		return digest{}, badChecksum(used)
	}
	return result, nil
}

// digestOf copies source to w and says what it was; used may be empty for no
// checksum.
func digestOf(w io.Writer, source io.Reader, used algorithm) (digest, error) {
	sum := md5.New() //nolint:gosec // as above
	sinks := []io.Writer{w, sum}
	check, known := used.new()
	if known {
		sinks = append(sinks, check)
	}
	size, err := io.Copy(io.MultiWriter(sinks...), source)
	if err != nil {
		return digest{}, err
	}
	d := digest{Size: size, MD5: hex.EncodeToString(sum.Sum(nil))}
	if known {
		d.Checksum = checksum{Algorithm: used, Value: base64.StdEncoding.EncodeToString(check.Sum(nil)), Type: fullObject}
	}
	return d, nil
}

func badChecksum(a algorithm) *api.Error {
	return failure(http.StatusBadRequest, "BadDigest",
		"The "+string(a)+" you specified did not match the calculated checksum.")
}

// frame takes the body out of its framing. length is how many bytes it must have;
// chunks is nil for a body without framing.
func frame(r *api.Request) (source io.Reader, chunks *chunkedReader, length int64, err error) {
	switch {
	case r.Payload == "", r.Payload == "UNSIGNED-PAYLOAD", wantSHA256(r.Payload):
		if r.ContentLength < 0 {
			return nil, nil, 0, failure(http.StatusLengthRequired, "MissingContentLength",
				"You must provide the Content-Length HTTP header.")
		}
		return r.Body, nil, r.ContentLength, tooLarge(r.ContentLength)
	case r.Payload == "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
		r.Payload == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
		r.Payload == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
		length, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
		if err != nil || length < 0 {
			return nil, nil, 0, failure(http.StatusLengthRequired, "MissingContentLength",
				"You must provide the X-Amz-Decoded-Content-Length HTTP header.")
		}
		chunks := newChunkedReader(r.Body)
		// One byte more than announced is enough to know that the length is wrong.
		return io.LimitReader(chunks, length+1), chunks, length, tooLarge(length)
	default:
		return nil, nil, 0, invalidArgument(
			"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
			"x-amz-content-sha256", r.Payload)
	}
}

func tooLarge(length int64) error {
	if length <= maxPut {
		return nil
	}
	return entityTooLarge(maxPut)
}

func entityTooLarge(limit int64) error {
	return failure(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size",
		"MaxSizeAllowed", strconv.FormatInt(limit, 10))
}

func wantSHA256(payload string) bool {
	sum, err := hex.DecodeString(payload)
	return err == nil && len(sum) == sha256.Size
}

// contentMD5 is the header in hexadecimal, empty without it.
func contentMD5(h http.Header) (string, error) {
	value := h.Get("Content-Md5")
	if value == "" {
		return "", nil
	}
	sum, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(sum) != md5.Size {
		return "", failure(http.StatusBadRequest, "InvalidDigest",
			"The Content-MD5 you specified was invalid.", "Content-MD5", value)
	}
	return hex.EncodeToString(sum), nil
}

// readFailure tells a client that stopped sending, or sent too much, from a server that
// cannot write.
func readFailure(err error) error {
	var timeout net.Error
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return entityTooLarge(tooLong.Limit)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return incompleteBody()
	case errors.As(err, &timeout) && timeout.Timeout():
		return failure(http.StatusBadRequest, "RequestTimeout",
			"Your socket connection to the server was not read from or written to within the timeout period.")
	default:
		return err
	}
}

// receive stores the request's payload as a body that no row has yet.
func (s *Service) receive(r *api.Request, fallback algorithm) (*body, digest, error) {
	return s.fill(func(b *body) (digest, error) { return readPayload(r, b, fallback) })
}

// ingest stores what another body holds as one of its own.
func (s *Service) ingest(source io.Reader, used algorithm) (*body, digest, error) {
	if _, known := used.new(); !known && used != "" {
		return nil, digest{}, invalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
	}
	return s.fill(func(b *body) (digest, error) { return digestOf(b, source, used) })
}

// fill makes a body of what write writes; of a failed write nothing remains.
func (s *Service) fill(write func(*body) (digest, error)) (*body, digest, error) {
	b, err := s.bodies.create()
	if err != nil {
		return nil, digest{}, err
	}
	d, err := write(b)
	if err != nil {
		b.discard()
		return nil, digest{}, err
	}
	return b, d, nil
}

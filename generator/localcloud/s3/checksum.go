package s3

import (
	"crypto/sha1" //nolint:gosec // one of S3's checksum algorithms
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strings"

	"sendform/generator/localcloud/api"
)

// algorithm is a checksum algorithm as S3's documents name it, for example SHA256.
type algorithm string

// The algorithms that S3 and its clients share
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).
const (
	crc64NVME algorithm = "CRC64NVME"
	crc32IEEE algorithm = "CRC32"
	crc32C    algorithm = "CRC32C"
	sha1Sum   algorithm = "SHA1"
	sha256Sum algorithm = "SHA256"
)

// defaultAlgorithm is what S3 computes for an object that came without a checksum,
// since December 2024.
const defaultAlgorithm = crc64NVME

// nvme is the polynomial of CRC-64/NVME, reversed as hash/crc64 wants it.
const nvme = 0x9a6c9329ac4bc9b5

func (a algorithm) new() (h hash.Hash, known bool) {
	switch a {
	case crc64NVME:
		return crc64.New(crc64.MakeTable(nvme)), true
	case crc32IEEE:
		return crc32.NewIEEE(), true
	case crc32C:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli)), true
	case sha1Sum:
		return sha1.New(), true //nolint:gosec // as above
	case sha256Sum:
		return sha256.New(), true
	default:
		return nil, false
	}
}

func (a algorithm) header() string { return "x-amz-checksum-" + strings.ToLower(string(a)) }

// checksum is the value of an object's or a part's checksum in base64; that of an
// object made of parts may end in -N.
type checksum struct {
	Algorithm algorithm
	Value     string
	Type      string // FULL_OBJECT or COMPOSITE
}

const (
	fullObject = "FULL_OBJECT"
	composite  = "COMPOSITE"
)

// checksumElements is how a document carries a checksum: one element per algorithm.
type checksumElements struct {
	ChecksumCRC32     string `xml:",omitempty"`
	ChecksumCRC32C    string `xml:",omitempty"`
	ChecksumCRC64NVME string `xml:",omitempty"`
	ChecksumSHA1      string `xml:",omitempty"`
	ChecksumSHA256    string `xml:",omitempty"`
}

func (c checksum) elements() checksumElements {
	var e checksumElements
	if field := e.of(c.Algorithm); field != nil {
		*field = c.Value
	}
	return e
}

// of is the field of an algorithm, or nil.
func (e *checksumElements) of(a algorithm) *string {
	switch a {
	case crc64NVME:
		return &e.ChecksumCRC64NVME
	case crc32IEEE:
		return &e.ChecksumCRC32
	case crc32C:
		return &e.ChecksumCRC32C
	case sha1Sum:
		return &e.ChecksumSHA1
	case sha256Sum:
		return &e.ChecksumSHA256
	default:
		return nil
	}
}

// setHeaders puts the checksum into an answer's header.
func (c checksum) setHeaders(h http.Header) {
	if c.Value != "" {
		h.Set(c.Algorithm.header(), c.Value)
		h.Set("X-Amz-Checksum-Type", c.Type)
	}
}

// declaredChecksum is the checksum that a request announces: its value in a header,
// or the algorithm alone if the value follows the body in a trailer.
func declaredChecksum(h http.Header) (c checksum, trailing bool, err error) {
	for name, values := range h {
		lower := strings.ToLower(name)
		suffix, is := strings.CutPrefix(lower, "x-amz-checksum-")
		if !is || suffix == "mode" || suffix == "type" || suffix == "algorithm" {
			continue
		}
		if c.Algorithm != "" {
			return c, false, invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		c = checksum{Algorithm: algorithm(strings.ToUpper(suffix)), Value: values[0], Type: fullObject}
	}
	if name := h.Get("X-Amz-Trailer"); name != "" {
		suffix, is := strings.CutPrefix(strings.ToLower(strings.TrimSpace(name)), "x-amz-checksum-")
		if !is {
			return c, false, invalidRequest("The value specified in the x-amz-trailer header is not supported")
		}
		if c.Algorithm != "" {
			return c, false, invalidRequest("Expecting a single x-amz-checksum- header")
		}
		c, trailing = checksum{Algorithm: algorithm(strings.ToUpper(suffix)), Type: fullObject}, true
	}
	if c.Algorithm == "" {
		if h.Get("X-Amz-Sdk-Checksum-Algorithm") != "" {
			return c, false, invalidRequest("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
		}
		return c, false, nil
	}
	if _, known := c.Algorithm.new(); !known {
		return c, false, api.NotImplemented("s3", c.Algorithm.header())
	}
	if !trailing && !c.Algorithm.valid(c.Value) {
		return c, false, invalidRequest("Value for " + c.Algorithm.header() + " header is invalid.")
	}
	return c, trailing, nil
}

// valid tells whether a value can be one of this algorithm.
func (a algorithm) valid(value string) bool {
	h, known := a.new()
	sum, err := base64.StdEncoding.DecodeString(value)
	return known && err == nil && len(sum) == h.Size()
}

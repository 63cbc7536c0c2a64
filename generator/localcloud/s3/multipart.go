package s3

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// upload is a row: a multipart upload that is neither complete nor aborted.
type upload struct {
	Bucket, Key, ID string
	Initiated       time.Time
	Initiator       string    // the ARN of who began it
	Algorithm       algorithm // of the parts' checksums; empty if the client chose none
	Type            string    // of the object's checksum
	attributes
}

// part is a row: one part of an upload.
type part struct {
	Number   int
	Body     string
	Size     int64
	ETag     string
	Modified time.Time
	Checksum checksum
}

const (
	maxPartNumber = 10000
	minPart       = 5 << 20 // bytes, of every part but the last
)

func (u upload) rowKey() string { return store.Key(u.Bucket, u.Key, u.ID) }

func (u upload) partKey(number int) string {
	return store.Key(u.Bucket, u.Key, u.ID, fmt.Sprintf("%05d", number))
}

func (s *Service) createMultipartUpload(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	about, err := readAttributes(b, c.Header)
	if err != nil {
		return err
	}
	u := upload{
		Bucket: c.bucket, Key: c.key, ID: rand.Text(), Initiated: s.second(), Initiator: c.Principal.ARN,
		Algorithm: algorithm(strings.ToUpper(c.Header.Get("X-Amz-Checksum-Algorithm"))), attributes: about,
	}
	if u.Type, err = checksumType(u.Algorithm, c.Header.Get("X-Amz-Checksum-Type")); err != nil {
		return err
	}
	err = s.db.Update(func(tx store.Tx) error {
		if _, err := mustBucket(tx, c.bucket); err != nil {
			return err
		}
		return uploads.Put(tx, u.rowKey(), u)
	})
	if err != nil {
		return err
	}
	if u.Algorithm != "" {
		w.Header().Set("X-Amz-Checksum-Algorithm", string(u.Algorithm))
		w.Header().Set("X-Amz-Checksum-Type", u.Type)
	}
	u.Encryption.setHeaders(w.Header())
	return writeXML(w, "InitiateMultipartUploadResult", struct {
		Bucket, Key string
		UploadID    string `xml:"UploadId"`
	}{u.Bucket, u.Key, u.ID})
}

// checksumType is how the checksum of an object comes from its parts: over the whole
// object, or over the parts' checksums. Not every algorithm allows both
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
func checksumType(used algorithm, wanted string) (string, error) {
	var allowed []string
	switch used {
	case "", crc64NVME:
		allowed = []string{fullObject}
	case crc32IEEE, crc32C:
		allowed = []string{composite, fullObject}
	case sha1Sum, sha256Sum:
		allowed = []string{composite}
	default:
		return "", api.NotImplemented("s3", "CreateMultipartUpload with the checksum algorithm "+string(used))
	}
	if wanted == "" {
		return allowed[0], nil
	}
	if !slices.Contains(allowed, wanted) {
		return "", invalidRequest(fmt.Sprintf("The %s checksum type cannot be used with the %s checksum algorithm.", wanted, used))
	}
	return wanted, nil
}

// mustUpload reads the upload that a call names.
func mustUpload(tx store.Tx, c *call) (upload, error) {
	u, found, err := uploads.Get(tx, store.Key(c.bucket, c.key, c.query.Get("uploadId")))
	if err != nil {
		return upload{}, err
	}
	if !found {
		return upload{}, noSuchUpload(c.query.Get("uploadId"))
	}
	return u, nil
}

func (s *Service) upload(c *call) (u upload, err error) {
	err = s.db.View(func(tx store.Tx) error {
		u, err = mustUpload(tx, c)
		return err
	})
	return u, err
}

func (c *call) partNumber() (int, error) {
	text := c.query.Get("partNumber")
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > maxPartNumber {
		return 0, invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text)
	}
	return number, nil
}

func (s *Service) uploadPart(w http.ResponseWriter, c *call) error {
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	number, err := c.partNumber()
	if err != nil {
		return err
	}
	declared, _, err := declaredChecksum(c.Header)
	if err != nil {
		return err
	}
	if u.Algorithm != "" && declared.Algorithm != "" && declared.Algorithm != u.Algorithm {
		return invalidRequest(fmt.Sprintf("Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s",
			strings.ToLower(string(u.Algorithm)), strings.ToLower(string(declared.Algorithm))))
	}
	body, d, err := s.receive(c.Request, u.partAlgorithm())
	if err != nil {
		return err
	}
	saved, err := s.savePart(c, number, body, d)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", quote(saved.ETag))
	u.Encryption.setHeaders(w.Header())
	if saved.Checksum.Value != "" {
		w.Header().Set(saved.Checksum.Algorithm.header(), saved.Checksum.Value)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (u upload) partAlgorithm() algorithm {
	if u.Algorithm != "" {
		return u.Algorithm
	}
	return defaultAlgorithm
}

func (s *Service) uploadPartCopy(w http.ResponseWriter, c *call) error {
	u, err := s.upload(c)
	if err != nil {
		return err
	}
	number, err := c.partNumber()
	if err != nil {
		return err
	}
	source, file, err := s.openSource(w, c)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it is only read
	stretch, err := copyRange(c.Header, source)
	if err != nil {
		return err
	}
	body, d, err := s.ingest(io.NewSectionReader(file, stretch.first, stretch.length), u.partAlgorithm())
	if err != nil {
		return err
	}
	saved, err := s.savePart(c, number, body, d)
	if err != nil {
		return err
	}
	u.Encryption.setHeaders(w.Header())
	return writeXML(w, "CopyPartResult", copyResult{
		LastModified: timestamp(saved.Modified), ETag: quote(saved.ETag), checksumElements: saved.Checksum.elements(),
	})
}

// savePart makes the body a part of the call's upload, in place of an earlier part
// of that number.
func (s *Service) savePart(c *call, number int, body *body, d digest) (part, error) {
	saved := part{Number: number, Body: body.id, Size: d.Size, ETag: d.MD5, Modified: s.second(), Checksum: d.Checksum}
	var replaced part
	err := s.db.Update(func(tx store.Tx) error {
		u, err := mustUpload(tx, c)
		if err != nil {
			return err
		}
		if replaced, _, err = parts.Get(tx, u.partKey(number)); err != nil {
			return err
		}
		if err := parts.Put(tx, u.partKey(number), saved); err != nil {
			return err
		}
		return body.keep()
	})
	if err != nil {
		body.discard()
		return part{}, err
	}
	s.bodies.remove(replaced.Body)
	return saved, nil
}

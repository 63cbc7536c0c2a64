package s3

import (
	"crypto/md5" //nolint:gosec // the ETag of an object made of parts is defined by MD5
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// completeRequest is the document of CompleteMultipartUpload.
type completeRequest struct {
	Parts []completedPart `xml:"Part"`
}

type completedPart struct {
	PartNumber int
	ETag       string
	checksumElements
}

func (s *Service) completeMultipartUpload(w http.ResponseWriter, c *call) error {
	var wanted completeRequest
	// The checksum headers of this call are of the object, not of this document.
	if err := readXML(withoutChecksum(c.Request), "CompleteMultipartUpload", &wanted); err != nil {
		return err
	}
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	var u upload
	var chosen []part
	err = s.db.View(func(tx store.Tx) error {
		u, chosen, err = chooseParts(tx, c, wanted)
		return err
	})
	if err != nil {
		return err
	}
	body, d, err := s.join(u, chosen)
	if err != nil {
		return err
	}
	v := version{Size: d.Size, ETag: joinedETag(chosen), Checksum: u.joinedChecksum(d, chosen), attributes: u.attributes}
	if err := checkJoined(c.Header, v); err != nil {
		body.discard()
		return err
	}
	for _, p := range chosen {
		v.Parts = append(v.Parts, partOfObject{Number: p.Number, Size: p.Size, Checksum: p.Checksum})
	}
	v, err = s.write(c, body, v, func(tx store.Tx) ([]string, error) {
		// Between the choice and now the upload may have been aborted, or completed by
		// another caller, or a part replaced.
		_, again, err := chooseParts(tx, c, wanted)
		if err != nil {
			return nil, err
		}
		if !slices.EqualFunc(again, chosen, func(a, b part) bool { return a.Body == b.Body }) {
			return nil, invalidPart()
		}
		return abortAll(tx, u.rowKey())
	})
	if err != nil {
		return err
	}
	setVersionID(w, b, v)
	v.Encryption.setHeaders(w.Header())
	return writeXML(w, "CompleteMultipartUploadResult", struct {
		Location, Bucket, Key, ETag string
		ChecksumType                string `xml:",omitempty"`
		checksumElements
	}{
		"https://" + b.Name + ".s3." + b.Region + ".amazonaws.com/" + encodeURL(v.Key), b.Name, v.Key, quote(v.ETag),
		v.Checksum.Type, v.Checksum.elements(),
	})
}

// withoutChecksum is the request without the headers that tell a checksum.
func withoutChecksum(r *api.Request) *api.Request {
	clone := *r
	clone.Request = r.Request.Clone(r.Context())
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Checksum-") {
			clone.Header.Del(name)
		}
	}
	return &clone
}

func invalidPart() *api.Error {
	return failure(http.StatusBadRequest, "InvalidPart",
		"One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.")
}

// chooseParts reads the parts that the client wants to make the object of.
func chooseParts(tx store.Tx, c *call, wanted completeRequest) (upload, []part, error) {
	u, err := mustUpload(tx, c)
	if err != nil {
		return upload{}, nil, err
	}
	if len(wanted.Parts) == 0 || len(wanted.Parts) > maxPartNumber {
		return upload{}, nil, malformedXML()
	}
	for i, w := range wanted.Parts[1:] {
		if w.PartNumber <= wanted.Parts[i].PartNumber {
			return upload{}, nil, failure(http.StatusBadRequest, "InvalidPartOrder",
				"The list of parts was not in ascending order. The parts list must be specified in order by part number.",
				"UploadId", u.ID)
		}
	}
	var chosen []part
	for i, w := range wanted.Parts {
		p, found, err := parts.Get(tx, u.partKey(w.PartNumber))
		if err != nil {
			return upload{}, nil, err
		}
		given := w.of(p.Checksum.Algorithm)
		if !found || !matchesETag(w.ETag, p.ETag) || given != nil && *given != "" && *given != p.Checksum.Value {
			return upload{}, nil, invalidPart()
		}
		if i < len(wanted.Parts)-1 && p.Size < minPart {
			return upload{}, nil, failure(http.StatusBadRequest, "EntityTooSmall",
				"Your proposed upload is smaller than the minimum allowed size",
				"ProposedSize", strconv.FormatInt(p.Size, 10), "MinSizeAllowed", itoa(minPart),
				"PartNumber", itoa(w.PartNumber), "ETag", p.ETag)
		}
		chosen = append(chosen, p)
	}
	return u, chosen, nil
}

// join writes the parts' bodies into one.
func (s *Service) join(u upload, chosen []part) (*body, digest, error) {
	used := u.partAlgorithm()
	if u.Type == composite {
		used = "" // it is made of the parts' checksums, not of the bytes
	}
	source := &partsReader{upload: u.ID, parts: chosen, bodies: s.bodies}
	defer source.close()
	return s.ingest(source, used)
}

// partsReader reads the bodies of parts one after the other, with one file open at a
// time: an object may have thousands of parts.
type partsReader struct {
	upload string
	parts  []part
	bodies *bodies
	file   *os.File
}

func (r *partsReader) Read(p []byte) (int, error) {
	for {
		if r.file == nil {
			if len(r.parts) == 0 {
				return 0, io.EOF
			}
			file, err := r.bodies.open(r.parts[0].Body)
			if errors.Is(err, fs.ErrNotExist) { // aborted or completed meanwhile
				return 0, noSuchUpload(r.upload)
			}
			if err != nil {
				return 0, err
			}
			r.file, r.parts = file, r.parts[1:]
		}
		n, err := r.file.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		r.close()
		if n > 0 {
			return n, nil
		}
	}
}

func (r *partsReader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
		r.file = nil
	}
}

// joinedETag is the MD5 of the parts' MD5s, and how many they are.
func joinedETag(chosen []part) string {
	sum := md5.New() //nolint:gosec // as above
	for _, p := range chosen {
		one, _ := hex.DecodeString(p.ETag) // written by digestOf
		sum.Write(one)
	}
	return fmt.Sprintf("%x-%d", sum.Sum(nil), len(chosen))
}

func (u upload) joinedChecksum(d digest, chosen []part) checksum {
	if u.Type != composite {
		return d.Checksum
	}
	sum, _ := u.Algorithm.new() // known, or the upload would not have begun
	for _, p := range chosen {
		one, _ := base64.StdEncoding.DecodeString(p.Checksum.Value) // written by digestOf
		sum.Write(one)
	}
	return checksum{
		Algorithm: u.Algorithm, Type: composite,
		Value: base64.StdEncoding.EncodeToString(sum.Sum(nil)) + "-" + itoa(len(chosen)),
	}
}

// checkJoined compares what the client says about the whole object.
func checkJoined(h http.Header, v version) error {
	if size := h.Get("X-Amz-Mp-Object-Size"); size != "" && size != strconv.FormatInt(v.Size, 10) {
		return invalidRequest("The provided 'x-amz-mp-object-size' header value does not match what was computed.")
	}
	if wanted := h.Get("X-Amz-Checksum-Type"); wanted != "" && wanted != v.Checksum.Type {
		return invalidRequest("The checksum type of the request does not match that of the upload.")
	}
	wanted := h.Get(v.Checksum.Algorithm.header())
	plain, _, _ := strings.Cut(v.Checksum.Value, "-")
	if wanted != "" && wanted != v.Checksum.Value && wanted != plain {
		return badChecksum(v.Checksum.Algorithm)
	}
	return nil
}

func (s *Service) abortMultipartUpload(w http.ResponseWriter, c *call) error {
	var unneeded []string
	err := s.db.Update(func(tx store.Tx) error {
		u, err := mustUpload(tx, c)
		if err != nil {
			return err
		}
		unneeded, err = abortAll(tx, u.rowKey())
		return err
	})
	if err != nil {
		return err
	}
	s.bodies.remove(unneeded...)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// abortAll removes the uploads whose row keys begin with prefix, with their parts,
// and returns the parts' bodies.
func abortAll(tx store.Tx, prefix string) (unneeded []string, err error) {
	var rows, partRows []string
	err = uploads.Scan(tx, prefix, "", func(key string, _ upload) bool {
		rows = append(rows, key)
		return true
	})
	if err != nil {
		return nil, err
	}
	err = parts.Scan(tx, prefix, "", func(key string, p part) bool {
		partRows, unneeded = append(partRows, key), append(unneeded, p.Body)
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, key := range rows {
		if err := uploads.Delete(tx, key); err != nil {
			return nil, err
		}
	}
	for _, key := range partRows {
		if err := parts.Delete(tx, key); err != nil {
			return nil, err
		}
	}
	return unneeded, nil
}

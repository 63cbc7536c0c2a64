package s3

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

func (s *Service) putObject(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	about, err := readAttributes(b, c.Header)
	if err != nil {
		return err
	}
	body, d, err := s.receive(c.Request, defaultAlgorithm)
	if err != nil {
		return err
	}
	v, err := s.write(c, body, version{Size: d.Size, ETag: d.MD5, Checksum: d.Checksum, attributes: about}, nil)
	if err != nil {
		return err
	}
	s.answerWrite(w, b, v)
	w.WriteHeader(http.StatusOK)
	return nil
}

// write makes the body the current version of the call's key if the call's
// conditions hold. also joins the transaction; it returns further bodies that are
// not needed once it is through.
func (s *Service) write(c *call, body *body, v version, also func(store.Tx) ([]string, error)) (version, error) {
	v.Bucket, v.Key, v.Modified, v.Body = c.bucket, c.key, s.second(), body.id
	var unneeded []string
	err := s.db.Update(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil {
			return err
		}
		current, found, err := findVersion(tx, c.bucket, c.key, "")
		if err != nil {
			return err
		}
		if err := checkWrite(c.Header, c.key, current, found); err != nil {
			return err
		}
		if also != nil {
			if unneeded, err = also(tx); err != nil {
				return err
			}
		}
		replaced, err := addVersion(tx, b, &v)
		if err != nil {
			return err
		}
		unneeded = append(unneeded, replaced)
		return body.keep()
	})
	if err != nil {
		body.discard()
		return version{}, err
	}
	s.bodies.remove(unneeded...)
	return v, nil
}

// answerWrite sets the headers that all writes of objects answer with.
func (s *Service) answerWrite(w http.ResponseWriter, b bucket, v version) {
	w.Header().Set("ETag", quote(v.ETag))
	setVersionID(w, b, v)
	v.Encryption.setHeaders(w.Header())
	v.Checksum.setHeaders(w.Header())
}

func quote(etag string) string { return `"` + etag + `"` }

// getObject answers GetObject and HeadObject.
func (s *Service) getObject(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	v, file, err := s.open(c.bucket, c.key, c.versionID())
	if err != nil {
		return err
	}
	if v.DeleteMarker {
		if c.versionID() != "" {
			w.Header().Set("Last-Modified", httpTime(v.Modified))
			return methodNotAllowedOnMarker(w, v)
		}
		w.Header().Set("X-Amz-Delete-Marker", "true")
		w.Header().Set("X-Amz-Version-Id", v.ID)
		return noSuchKey(c.key)
	}
	defer file.Close() //nolint:errcheck // it was only read

	w.Header().Set("ETag", quote(v.ETag))
	w.Header().Set("Last-Modified", httpTime(v.Modified))
	setVersionID(w, b, v)
	if err := checkRead(c.Header, "", v); err != nil {
		return err
	}
	part, err := c.extent(v)
	if err != nil {
		return err
	}
	if err := v.setHeaders(w.Header(), c); err != nil {
		return err
	}
	w.Header().Set("Content-Length", strconv.FormatInt(part.length, 10))
	status := http.StatusOK
	if part.partial {
		status = http.StatusPartialContent
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.first, part.first+part.length-1, v.Size))
	} else if strings.EqualFold(c.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") {
		// The checksum is of the whole object; beside a part of it clients would take it
		// for the part's.
		v.Checksum.setHeaders(w.Header())
	}
	if part.parts > 0 {
		w.Header().Set("X-Amz-Mp-Parts-Count", itoa(part.parts))
	}
	w.WriteHeader(status)
	if c.Method == http.MethodHead {
		return nil
	}
	// Once the status is out a failure can only cut the answer short, which the client
	// sees by the length.
	_, _ = io.Copy(w, io.NewSectionReader(file, part.first, part.length))
	return nil
}

// setHeaders puts what is known of an object into an answer, with the overrides
// that a signed request may ask for.
func (v version) setHeaders(h http.Header, c *call) error {
	h.Set("Accept-Ranges", "bytes")
	for name, value := range v.Headers {
		h.Set(name, value)
	}
	// Go's own spelling of headers would become the name of the metadatum in SDKs that
	// keep headers as they come: AWS sends them in lower case.
	for name, value := range v.Metadata {
		h[strings.ToLower(metaPrefix)+name] = []string{value}
	}
	v.Encryption.setHeaders(h)
	if v.StorageClass != "" {
		h.Set("X-Amz-Storage-Class", v.StorageClass)
	}
	if len(v.Tags) > 0 {
		h.Set("X-Amz-Tagging-Count", itoa(len(v.Tags)))
	}
	for parameter, values := range c.query {
		name, is := strings.CutPrefix(parameter, "response-")
		if !is {
			continue
		}
		if c.Principal.Kind == api.Anonymous {
			return invalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
		}
		h.Set(name, values[0])
	}
	return nil
}

// extent is the stretch of an object that a read asks for.
type extent struct {
	first, length int64
	partial       bool
	parts         int // of the object, if one of them was asked for
}

func (c *call) extent(v version) (extent, error) {
	whole := extent{length: v.Size}
	if number := c.query.Get("partNumber"); number != "" {
		return partExtent(v, number)
	}
	header := c.Header.Get("Range")
	first, last, ok := parseRange(header, v.Size)
	if !ok {
		return whole, nil
	}
	if first > last {
		return whole, failure(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable",
			"RangeRequested", header, "ActualObjectSize", strconv.FormatInt(v.Size, 10))
	}
	return extent{first: first, length: last - first + 1, partial: true}, nil
}

func partExtent(v version, number string) (extent, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > maxPartNumber {
		return extent{}, invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number)
	}
	if len(v.Parts) == 0 && n == 1 {
		return extent{length: v.Size, partial: v.Size > 0}, nil
	}
	var first int64
	for i, p := range v.Parts {
		if i+1 == n {
			return extent{first: first, length: p.Size, partial: p.Size > 0, parts: len(v.Parts)}, nil
		}
		first += p.Size
	}
	return extent{}, failure(http.StatusRequestedRangeNotSatisfiable, "InvalidPartNumber",
		"The requested partnumber is not satisfiable", "PartNumberRequested", number, "ActualPartCount", itoa(len(v.Parts)))
}

// parseRange reads a Range header of one range. Like S3 it ignores what is not
// that, ok is then false; first > last is a range outside of the object.
func parseRange(header string, size int64) (first, last int64, ok bool) {
	spec, is := strings.CutPrefix(header, "bytes=")
	from, to, isRange := strings.Cut(strings.TrimSpace(spec), "-")
	if !is || !isRange {
		return 0, 0, false
	}
	if from == "" { // the last so many bytes
		count, err := strconv.ParseInt(to, 10, 64)
		if err != nil || count < 0 {
			return 0, 0, false
		}
		// Of the last 0 bytes the first comes after the last: not satisfiable.
		return max(size-count, 0), size - 1, true
	}
	first, err := strconv.ParseInt(from, 10, 64)
	if err != nil || first < 0 {
		return 0, 0, false
	}
	last = size - 1
	if to != "" {
		end, err := strconv.ParseInt(to, 10, 64)
		if err != nil || end < first {
			return 0, 0, false
		}
		last = min(last, end)
	}
	return first, last, true
}

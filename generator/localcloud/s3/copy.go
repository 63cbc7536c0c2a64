package s3

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
)

// copySource is what the header x-amz-copy-source names: /bucket/key?versionId=id,
// percent-encoded.
type copySource struct{ bucket, key, versionID string }

func parseCopySource(h http.Header) (copySource, error) {
	const name = "X-Amz-Copy-Source"
	header := h.Get(name)
	path, query, _ := strings.Cut(header, "?")
	path, err := url.PathUnescape(path)
	if err != nil {
		return copySource{}, invalidArgument("Copy Source must be URL encoded", "x-amz-copy-source", header)
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if bucket == "" || key == "" {
		return copySource{}, invalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
			"x-amz-copy-source", header)
	}
	if strings.HasPrefix(bucket, "arn:") {
		return copySource{}, api.NotImplemented("s3", "a copy from an access point")
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return copySource{}, invalidArgument("Copy Source must be URL encoded", "x-amz-copy-source", header)
	}
	return copySource{bucket: bucket, key: key, versionID: values.Get("versionId")}, checkKey(key)
}

// sourceAccess is what a copy needs on the object that it reads.
func (s *Service) sourceAccess(c *call) ([]api.Access, error) {
	source, err := parseCopySource(c.Header)
	if err != nil {
		return nil, err
	}
	b, found, err := s.lookup(source.bucket)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noSuchBucket(source.bucket)
	}
	if owner := c.Header.Get("X-Amz-Source-Expected-Bucket-Owner"); owner != "" && owner != b.Account {
		return nil, accessDenied("Access Denied")
	}
	on := b.grant(c.Principal)
	on.Resource = objectARN(source.bucket, source.key)
	on.Context = map[string][]string{"s3:resourceaccount": {b.Account}}
	actions := []string{"GetObject"}
	if source.versionID != "" {
		actions = []string{"GetObjectVersion"}
		on.Context["s3:versionid"] = []string{source.versionID}
	}
	return allOf(actions, on), nil
}

// openSource opens the object that a copy reads and evaluates the copy's conditions
// on it. The caller closes the file.
func (s *Service) openSource(w http.ResponseWriter, c *call) (version, *os.File, error) {
	source, err := parseCopySource(c.Header)
	if err != nil {
		return version{}, nil, err
	}
	v, file, err := s.open(source.bucket, source.key, source.versionID)
	if err != nil {
		return version{}, nil, err
	}
	if v.DeleteMarker {
		if source.versionID != "" {
			return version{}, nil, invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
		}
		return version{}, nil, noSuchKey(source.key)
	}
	if err := checkRead(c.Header, "X-Amz-Copy-Source-", v); err != nil {
		_ = file.Close() // it was only read
		return version{}, nil, err
	}
	if v.ID != nullVersion {
		w.Header().Set("X-Amz-Copy-Source-Version-Id", v.ID)
	}
	return v, file, nil
}

// copyResult is the body of CopyObjectResult and CopyPartResult.
type copyResult struct {
	LastModified timestamp
	ETag         string
	ChecksumType string `xml:",omitempty"`
	checksumElements
}

func (s *Service) copyObject(w http.ResponseWriter, c *call) error {
	b, err := s.bucket(c)
	if err != nil {
		return err
	}
	source, file, err := s.openSource(w, c)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it is only read
	about, err := s.copiedAttributes(c, b, source)
	if err != nil {
		return err
	}
	used := source.Checksum.Algorithm
	if wanted := c.Header.Get("X-Amz-Checksum-Algorithm"); wanted != "" {
		used = algorithm(strings.ToUpper(wanted))
	}
	body, d, err := s.ingest(file, used)
	if err != nil {
		return err
	}
	v, err := s.write(c, body, version{Size: d.Size, ETag: d.MD5, Checksum: d.Checksum, attributes: about}, nil)
	if err != nil {
		return err
	}
	setVersionID(w, b, v)
	v.Encryption.setHeaders(w.Header())
	return writeXML(w, "CopyObjectResult", copyResult{
		LastModified: timestamp(v.Modified), ETag: quote(v.ETag),
		ChecksumType: v.Checksum.Type, checksumElements: v.Checksum.elements(),
	})
}

// copiedAttributes are those of the source unless the call replaces them.
func (s *Service) copiedAttributes(c *call, b bucket, source version) (attributes, error) {
	about, err := readAttributes(b, c.Header)
	if err != nil {
		return about, err
	}
	replace := func(header string) (bool, error) {
		switch directive := c.Header.Get(header); directive {
		case "", "COPY":
			return false, nil
		case "REPLACE":
			return true, nil
		default:
			return false, invalidArgument("Unknown directive.", strings.ToLower(header), directive)
		}
	}
	newMetadata, err := replace("X-Amz-Metadata-Directive")
	if err != nil {
		return about, err
	}
	newTags, err := replace("X-Amz-Tagging-Directive")
	if err != nil {
		return about, err
	}
	if !newMetadata {
		about.Headers, about.Metadata = source.Headers, source.Metadata
	}
	if !newTags {
		about.Tags = source.Tags
	}
	changed := newMetadata || newTags || about.StorageClass != source.StorageClass ||
		c.Header.Get(encryptionName) != "" || c.Header.Get("X-Amz-Website-Redirect-Location") != ""
	from, err := parseCopySource(c.Header)
	if err != nil {
		return about, err
	}
	if !changed && from.versionID == "" && from.bucket == c.bucket && from.key == c.key {
		return about, invalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	return about, nil
}

// copyRange reads x-amz-copy-source-range; a copy without it takes the whole source.
func copyRange(h http.Header, v version) (extent, error) {
	header := h.Get("X-Amz-Copy-Source-Range")
	if header == "" {
		return extent{length: v.Size}, nil
	}
	first, last, ok := parseRange(header, v.Size)
	_, end, _ := strings.Cut(header, "-")
	wanted, err := strconv.ParseInt(end, 10, 64)
	if !ok || err != nil || first > last || wanted != last {
		return extent{}, invalidArgument(fmt.Sprintf("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy, within the %d bytes of the source", v.Size),
			"x-amz-copy-source-range", header)
	}
	return extent{first: first, length: last - first + 1, partial: true}, nil
}

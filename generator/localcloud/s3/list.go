package s3

import (
	"encoding/xml"
	"net/http"
	"strings"

	"sendform/generator/localcloud/store"
)

// maxList is the most entries that one answer of a list has.
const maxList = 1000

// listing is what all lists of keys share: where it starts, what it skips, how keys
// are written.
type listing struct {
	bucket, prefix, delimiter string
	after                     string // the key or common prefix after which it starts
	limit                     int
	encoding                  string
}

func (c *call) listing(after string) (listing, error) {
	l := listing{
		bucket: c.bucket, prefix: c.query.Get("prefix"), delimiter: c.query.Get("delimiter"),
		after: after, encoding: c.query.Get("encoding-type"),
	}
	if l.encoding != "" && l.encoding != "url" {
		return l, invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", l.encoding)
	}
	for _, part := range []string{l.prefix, l.delimiter, l.after} {
		if strings.ContainsRune(part, 0) { // no key has one, and rows are kept apart by it
			return l, invalidArgument("Invalid Argument", "prefix", "")
		}
	}
	var err error
	l.limit, err = c.number("max-keys", maxList, maxList)
	return l, err
}

// write is a key as the answer has it.
func (l listing) write(key string) string {
	if l.encoding == "url" {
		return encodeURL(key)
	}
	return key
}

// common is the prefix up to the delimiter that stands for all keys with it, or "".
func (l listing) common(key string) string {
	if l.delimiter == "" {
		return ""
	}
	head, _, found := strings.Cut(key[len(l.prefix):], l.delimiter)
	if !found {
		return ""
	}
	return l.prefix + head + l.delimiter
}

// entry is an element of a list: a row, or a common prefix in place of many.
type entry[T any] struct {
	common string
	row    T
}

// position is where the entry is in the list.
func (e entry[T]) position(key func(T) string) string {
	if e.common != "" {
		return e.common
	}
	return key(e.row)
}

// page collects at most limit entries of a table whose rows sort by bucket and key.
// keep tells which rows count; more tells that some remain. from is the row to start
// after, or "" to start after the key l.after.
func page[T any](tx store.Tx, table store.Table[T], l listing, from string, key func(T) string, keep func(T) bool) (entries []entry[T], more bool, err error) {
	rows := store.Key(l.bucket, l.prefix)
	if from == "" && l.after != "" {
		// 0xff is in no key: this comes after all rows of the key, or of all keys under
		// the common prefix.
		from = store.Key(l.bucket, l.after, "\xff")
		if strings.HasPrefix(l.after, l.prefix) && l.common(l.after) == l.after {
			from = store.Key(l.bucket, l.after) + "\xff"
		}
	}
	for again := true; again && err == nil; {
		again = false
		err = table.Scan(tx, rows, from, func(_ string, row T) bool {
			if !keep(row) {
				return true
			}
			if len(entries) == l.limit {
				more = true
				return false
			}
			common := l.common(key(row))
			entries = append(entries, entry[T]{common: common, row: row})
			if common != "" { // go on behind all the keys that it stands for
				from, again = store.Key(l.bucket, common)+"\xff", true
				return false
			}
			return true
		})
	}
	return entries, more, err
}

// currentOnly keeps the newest version of each key, unless it is a delete marker.
func currentOnly() func(version) bool {
	last, any := "", false
	return func(v version) bool {
		if any && v.Key == last {
			return false
		}
		last, any = v.Key, true
		return !v.DeleteMarker
	}
}

type commonPrefix struct{ Prefix string }

// objectEntry is a Contents, Version or DeleteMarker element.
type objectEntry struct {
	XMLName           xml.Name
	Key               string
	VersionID         string `xml:"VersionId,omitempty"`
	IsLatest          *bool
	LastModified      timestamp
	ETag              string    `xml:",omitempty"`
	ChecksumAlgorithm algorithm `xml:",omitempty"`
	ChecksumType      string    `xml:",omitempty"`
	Size              *int64
	StorageClass      string `xml:",omitempty"`
	Owner             *owner
}

func (l listing) object(v version, element string, by *owner) objectEntry {
	e := objectEntry{
		XMLName: xml.Name{Local: element}, Key: l.write(v.Key), LastModified: timestamp(v.Modified), Owner: by,
	}
	if !v.DeleteMarker {
		e.ETag, e.Size, e.StorageClass = quote(v.ETag), &v.Size, v.storageClass()
		e.ChecksumAlgorithm, e.ChecksumType = v.Checksum.Algorithm, v.Checksum.Type
	}
	return e
}

// listResult is what the answers of both list calls share.
type listResult struct {
	Name           string
	Prefix         string
	Delimiter      string `xml:",omitempty"`
	MaxKeys        int
	EncodingType   string `xml:",omitempty"`
	IsTruncated    bool
	Contents       []objectEntry
	CommonPrefixes []commonPrefix
}

// objects lists the current versions; last is where the page ends if more follow.
func (s *Service) objects(l listing, withOwner bool) (out listResult, last string, err error) {
	out = listResult{
		Name: l.bucket, Prefix: l.write(l.prefix), Delimiter: l.write(l.delimiter),
		MaxKeys: l.limit, EncodingType: l.encoding,
	}
	err = s.db.View(func(tx store.Tx) error {
		b, err := mustBucket(tx, l.bucket)
		if err != nil || l.limit == 0 {
			return err
		}
		var by *owner
		if withOwner {
			user := canonicalUser(b.Account)
			by = &user
		}
		key := func(v version) string { return v.Key }
		entries, more, err := page(tx, versions, l, "", key, currentOnly())
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.common != "" {
				out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{l.write(e.common)})
			} else {
				out.Contents = append(out.Contents, l.object(e.row, "Contents", by))
			}
		}
		if out.IsTruncated = more; more {
			last = entries[len(entries)-1].position(key)
		}
		return nil
	})
	return out, last, err
}

func (s *Service) listObjectsV2(w http.ResponseWriter, c *call) error {
	if version := c.query.Get("list-type"); version != "2" {
		return invalidArgument("Invalid List Type specified in Request", "list-type", version)
	}
	token := c.query.Get("continuation-token")
	after, err := decodeToken(token)
	if err != nil {
		return err
	}
	if token == "" {
		after = c.query.Get("start-after")
	}
	l, err := c.listing(after)
	if err != nil {
		return err
	}
	result, last, err := s.objects(l, c.query.Get("fetch-owner") == "true")
	if err != nil {
		return err
	}
	out := struct {
		listResult
		KeyCount              int
		StartAfter            string `xml:",omitempty"`
		ContinuationToken     string `xml:",omitempty"`
		NextContinuationToken string `xml:",omitempty"`
	}{
		listResult:        result,
		KeyCount:          len(result.Contents) + len(result.CommonPrefixes),
		StartAfter:        l.write(c.query.Get("start-after")),
		ContinuationToken: token,
	}
	if result.IsTruncated {
		out.NextContinuationToken = encodeToken(last)
	}
	return writeXML(w, "ListBucketResult", out)
}

func (s *Service) listObjects(w http.ResponseWriter, c *call) error {
	l, err := c.listing(c.query.Get("marker"))
	if err != nil {
		return err
	}
	result, last, err := s.objects(l, true)
	if err != nil {
		return err
	}
	out := struct {
		listResult
		Marker     string
		NextMarker string `xml:",omitempty"`
	}{listResult: result, Marker: l.write(l.after)}
	if l.delimiter != "" { // without one the last key is the next marker
		out.NextMarker = l.write(last)
	}
	return writeXML(w, "ListBucketResult", out)
}

func (s *Service) listObjectVersions(w http.ResponseWriter, c *call) error {
	keyMarker, versionMarker := c.query.Get("key-marker"), c.query.Get("version-id-marker")
	l, err := c.listing(keyMarker)
	if err != nil {
		return err
	}
	if versionMarker != "" && keyMarker == "" {
		return invalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", versionMarker)
	}
	var out struct {
		Name                string
		Prefix              string
		Delimiter           string `xml:",omitempty"`
		KeyMarker           string
		VersionIDMarker     string `xml:"VersionIdMarker"`
		NextKeyMarker       string `xml:",omitempty"`
		NextVersionIDMarker string `xml:"NextVersionIdMarker,omitempty"`
		MaxKeys             int
		EncodingType        string `xml:",omitempty"`
		IsTruncated         bool
		Entries             []objectEntry
		CommonPrefixes      []commonPrefix
	}
	out.Name, out.Prefix, out.Delimiter = c.bucket, l.write(l.prefix), l.write(l.delimiter)
	out.KeyMarker, out.VersionIDMarker = l.write(keyMarker), versionMarker
	out.MaxKeys, out.EncodingType = l.limit, l.encoding
	err = s.db.View(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil || l.limit == 0 {
			return err
		}
		from := ""
		if versionMarker != "" {
			if from, err = markedRow(tx, c.bucket, keyMarker, versionMarker); err != nil {
				return err
			}
		}
		key := func(v version) string { return v.Key }
		entries, more, err := page(tx, versions, l, from, key, func(version) bool { return true })
		if err != nil {
			return err
		}
		by := canonicalUser(b.Account)
		for i, e := range entries {
			if e.common != "" {
				out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{l.write(e.common)})
				continue
			}
			element := "Version"
			if e.row.DeleteMarker {
				element = "DeleteMarker"
			}
			one := l.object(e.row, element, &by)
			latest := i == 0 || entries[i-1].row.Key != e.row.Key
			if i == 0 && versionMarker != "" { // newer ones may have been on an earlier page
				newest, err := mustVersion(tx, c.bucket, e.row.Key, "")
				if err != nil {
					return err
				}
				latest = newest.ID == e.row.ID
			}
			one.VersionID, one.IsLatest = e.row.ID, &latest
			out.Entries = append(out.Entries, one)
		}
		if out.IsTruncated = more; more {
			last := entries[len(entries)-1]
			out.NextKeyMarker = l.write(last.position(key))
			if last.common == "" {
				out.NextVersionIDMarker = last.row.ID
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return writeXML(w, "ListVersionsResult", out)
}

// markedRow is the row after which a list goes on that stopped at a version. That
// version may be gone by now: who empties a bucket deletes page by page.
func markedRow(tx store.Tx, bucket, key, id string) (string, error) {
	marked, found, err := findVersion(tx, bucket, key, id)
	switch {
	case err != nil:
		return "", err
	case found:
		return marked.rowKey(), nil
	case id == nullVersion:
		// Where it was cannot be known, so the list goes on with all that the key has left.
		return store.Key(bucket, key), nil
	}
	sequence, ok := sequenceOf(id)
	if !ok {
		return "", invalidArgument("Invalid version id specified", "version-id-marker", id)
	}
	return version{Bucket: bucket, Key: key, Sequence: sequence}.rowKey(), nil
}

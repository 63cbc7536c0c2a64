package s3

import (
	"net/http"

	"sendform/generator/localcloud/store"
)

func (s *Service) listMultipartUploads(w http.ResponseWriter, c *call) error {
	type element struct {
		Key               string
		UploadID          string `xml:"UploadId"`
		Initiator, Owner  owner
		StorageClass      string
		Initiated         timestamp
		ChecksumAlgorithm algorithm `xml:",omitempty"`
		ChecksumType      string    `xml:",omitempty"`
	}
	keyMarker, idMarker := c.query.Get("key-marker"), c.query.Get("upload-id-marker")
	l, err := c.listing(keyMarker)
	if err != nil {
		return err
	}
	if l.limit, err = c.number("max-uploads", maxList, maxList); err != nil {
		return err
	}
	var out struct {
		Bucket             string
		KeyMarker          string
		UploadIDMarker     string `xml:"UploadIdMarker"`
		NextKeyMarker      string `xml:",omitempty"`
		NextUploadIDMarker string `xml:"NextUploadIdMarker,omitempty"`
		Prefix             string
		Delimiter          string `xml:",omitempty"`
		EncodingType       string `xml:",omitempty"`
		MaxUploads         int
		IsTruncated        bool
		Uploads            []element `xml:"Upload"`
		CommonPrefixes     []commonPrefix
	}
	out.Bucket, out.MaxUploads, out.EncodingType = c.bucket, l.limit, l.encoding
	out.Prefix, out.Delimiter = l.write(l.prefix), l.write(l.delimiter)
	out.KeyMarker, out.UploadIDMarker = l.write(keyMarker), idMarker
	err = s.db.View(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil || l.limit == 0 {
			return err
		}
		from := ""
		if keyMarker != "" && idMarker != "" {
			from = upload{Bucket: c.bucket, Key: keyMarker, ID: idMarker}.rowKey()
		}
		key := func(u upload) string { return u.Key }
		entries, more, err := page(tx, uploads, l, from, key, func(upload) bool { return true })
		if err != nil {
			return err
		}
		by := canonicalUser(b.Account)
		for _, e := range entries {
			if e.common != "" {
				out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{l.write(e.common)})
				continue
			}
			out.Uploads = append(out.Uploads, element{
				Key: l.write(e.row.Key), UploadID: e.row.ID, Initiated: timestamp(e.row.Initiated),
				Initiator: owner{ID: e.row.Initiator}, Owner: by, StorageClass: e.row.storageClass(),
				ChecksumAlgorithm: e.row.Algorithm, ChecksumType: e.row.checksumType(),
			})
		}
		if out.IsTruncated = more; more {
			last := entries[len(entries)-1]
			out.NextKeyMarker = l.write(last.position(key))
			if last.common == "" {
				out.NextUploadIDMarker = last.row.ID
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return writeXML(w, "ListMultipartUploadsResult", out)
}

// checksumType is empty where the client chose no algorithm.
func (u upload) checksumType() string {
	if u.Algorithm == "" {
		return ""
	}
	return u.Type
}

func (s *Service) listParts(w http.ResponseWriter, c *call) error {
	type element struct {
		PartNumber   int
		LastModified timestamp
		ETag         string
		Size         int64
		checksumElements
	}
	limit, err := c.number("max-parts", maxList, maxList)
	if err != nil {
		return err
	}
	after, err := c.number("part-number-marker", 0, maxPartNumber)
	if err != nil {
		return err
	}
	var out struct {
		Bucket, Key          string
		UploadID             string `xml:"UploadId"`
		PartNumberMarker     int
		NextPartNumberMarker int
		MaxParts             int
		IsTruncated          bool
		Parts                []element `xml:"Part"`
		Initiator, Owner     owner
		StorageClass         string
		ChecksumAlgorithm    algorithm `xml:",omitempty"`
		ChecksumType         string    `xml:",omitempty"`
	}
	err = s.db.View(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil {
			return err
		}
		u, err := mustUpload(tx, c)
		if err != nil {
			return err
		}
		out.Bucket, out.Key, out.UploadID = u.Bucket, u.Key, u.ID
		out.PartNumberMarker, out.MaxParts = after, limit
		out.Initiator, out.Owner = owner{ID: u.Initiator}, canonicalUser(b.Account)
		out.StorageClass = u.storageClass()
		out.ChecksumAlgorithm, out.ChecksumType = u.Algorithm, u.checksumType()
		return parts.Scan(tx, store.Key(u.rowKey(), ""), u.partKey(after), func(_ string, p part) bool {
			if len(out.Parts) == limit {
				out.IsTruncated = true
				return false
			}
			out.Parts = append(out.Parts, element{
				PartNumber: p.Number, LastModified: timestamp(p.Modified), ETag: quote(p.ETag), Size: p.Size,
				checksumElements: p.Checksum.elements(),
			})
			out.NextPartNumberMarker = p.Number
			return true
		})
	})
	if err != nil {
		return err
	}
	return writeXML(w, "ListPartsResult", out)
}

package s3

import (
	"net/http"
	"slices"
	"strings"
)

// getObjectAttributes answers those attributes that its header asks for.
func (s *Service) getObjectAttributes(w http.ResponseWriter, c *call) error {
	type element struct {
		PartNumber int
		Size       int64
		checksumElements
	}
	type objectParts struct {
		PartsCount           int
		PartNumberMarker     int
		NextPartNumberMarker int
		MaxParts             int
		IsTruncated          bool
		Parts                []element `xml:"Part"`
	}
	type sums struct {
		checksumElements
		ChecksumType string
	}
	var out struct {
		ETag         string `xml:",omitempty"`
		Checksum     *sums
		ObjectParts  *objectParts
		StorageClass string `xml:",omitempty"`
		ObjectSize   *int64
	}
	b, v, err := s.find(c)
	if err != nil {
		return err
	}
	if v.DeleteMarker {
		if c.versionID() == "" {
			return noSuchKey(c.key)
		}
		return methodNotAllowedOnMarker(w, v)
	}
	wanted := strings.FieldsFunc(strings.Join(c.Header.Values("X-Amz-Object-Attributes"), ","), func(r rune) bool {
		return r == ',' || r == ' '
	})
	for _, name := range wanted {
		switch name {
		case "ETag":
			out.ETag = v.ETag // without quotes in this call
		case "Checksum":
			out.Checksum = &sums{v.Checksum.elements(), v.Checksum.Type}
		case "StorageClass":
			out.StorageClass = v.storageClass()
		case "ObjectSize":
			out.ObjectSize = &v.Size
		case "ObjectParts":
		default:
			return invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", name)
		}
	}
	if len(wanted) == 0 {
		return invalidArgument("The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
			"x-amz-object-attributes", "")
	}
	if slices.Contains(wanted, "ObjectParts") && len(v.Parts) > 0 {
		limit, err := boundOf("x-amz-max-parts", c.Header.Get("X-Amz-Max-Parts"), maxList, maxList)
		if err != nil {
			return err
		}
		after, err := boundOf("x-amz-part-number-marker", c.Header.Get("X-Amz-Part-Number-Marker"), 0, maxPartNumber)
		if err != nil {
			return err
		}
		list := objectParts{PartsCount: len(v.Parts), MaxParts: limit, PartNumberMarker: after}
		for _, p := range v.Parts {
			if p.Number <= after {
				continue
			}
			if len(list.Parts) == limit {
				list.IsTruncated = true
				break
			}
			list.Parts = append(list.Parts, element{p.Number, p.Size, p.Checksum.elements()})
			list.NextPartNumberMarker = p.Number
		}
		out.ObjectParts = &list
	}
	w.Header().Set("Last-Modified", httpTime(v.Modified))
	setVersionID(w, b, v)
	return writeXML(w, "GetObjectAttributesResponse", out)
}

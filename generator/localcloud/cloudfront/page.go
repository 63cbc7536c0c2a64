package cloudfront

import (
	"slices"
	"strconv"
	"strings"
)

// page is a list as it is answered, one page of it.
type page struct {
	Marker      *string
	NextMarker  string `xml:",omitempty"`
	MaxItems    int
	IsTruncated *bool
	Quantity    int
	Items       []element `xml:"Items>Item,omitempty"`
}

// plain is the page of a list of functions or policies, which tells by NextMarker
// alone that there is more.
func (p page) plain() page {
	p.Marker, p.IsTruncated = nil, nil
	return p
}

// maxItems is how many items a page has when the caller does not say, and at most.
const maxItems = 100

// pageOf sorts items by their keys and picks those of the page that a request asks
// for, by Marker and MaxItems.
func pageOf[T any](r request, items []T, key func(T) string) ([]T, page, error) {
	query := r.URL.Query()
	marker, truncated := query.Get("Marker"), false
	p := page{Marker: &marker, MaxItems: maxItems, IsTruncated: &truncated}
	if text := query.Get("MaxItems"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxItems {
			return nil, p, invalid("The maximum number of items is from 1 to %d, not %q.", maxItems, text)
		}
		p.MaxItems = n
	}
	slices.SortFunc(items, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	items = slices.DeleteFunc(items, func(item T) bool { return marker != "" && key(item) <= marker })
	if len(items) > p.MaxItems {
		items, truncated = items[:p.MaxItems], true
		p.NextMarker = key(items[len(items)-1])
	}
	p.Quantity = len(items)
	return items, p, nil
}

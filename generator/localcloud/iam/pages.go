package iam

import (
	"encoding/base64"
	"strconv"

	"sendform/generator/localcloud/query"
)

// page says whether a list goes on.
type page struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

// The length of a page.
const (
	defaultItems = 100
	maxItems     = 1000
)

// paginate reads Marker and MaxItems, lets list collect, and makes the page. list
// returns the key that the next page starts after, or empty.
func paginate(f query.Form, list func(after string, limit int) (last string, err error)) (page, error) {
	limit := defaultItems
	if text := f.Get("MaxItems"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxItems {
			return page{}, invalid("1 validation error detected: Value '" + text + "' at 'maxItems' failed to satisfy constraint: Member must have value between 1 and 1000")
		}
		limit = n
	}
	after, err := base64.RawURLEncoding.DecodeString(f.Get("Marker"))
	if err != nil {
		return page{}, invalid("Invalid Marker.")
	}
	last, err := list(string(after), limit)
	if err != nil || last == "" {
		return page{}, err
	}
	return page{IsTruncated: true, Marker: base64.RawURLEncoding.EncodeToString([]byte(last))}, nil
}

// paginateList pages a list that is in the order of its keys.
func paginateList[T any](f query.Form, list []T, key func(T) string) ([]T, page, error) {
	var items []T
	next, err := paginate(f, func(after string, limit int) (string, error) {
		for _, item := range list {
			switch {
			case key(item) <= after:
			case len(items) == limit:
				return key(items[limit-1]), nil
			default:
				items = append(items, item)
			}
		}
		return "", nil
	})
	return items, next, err
}

package cloudfront

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// invalidation is a row of the table of invalidations. It is done at once.
type invalidation struct {
	ID      string
	Created time.Time
	Batch   invalidationBatch
}

type invalidationBatch struct {
	Paths struct {
		Quantity int
		Items    []string `xml:"Items>Path,omitempty"`
	}
	CallerReference string
}

type invalidationDocument struct {
	Id, Status, CreateTime string
	InvalidationBatch      *invalidationBatch
}

func (i invalidation) document() invalidationDocument {
	return invalidationDocument{Id: i.ID, Status: "Completed", CreateTime: timestamp(i.Created), InvalidationBatch: &i.Batch}
}

// order is what a list of invalidations is sorted by: the newest comes first.
func (i invalidation) order() string {
	return fmt.Sprintf("%019d-%s", math.MaxInt64-i.Created.UnixNano(), i.ID)
}

func (s *Service) invalidationCall(r request, on string) (operation, bool) {
	switch {
	case len(r.path) == 3 && r.Method == http.MethodPost:
		return operation{name: "CreateInvalidation", resource: on, do: s.invalidate}, true
	case len(r.path) == 3 && r.Method == http.MethodGet:
		return operation{name: "ListInvalidations", resource: on, reads: true, do: s.listInvalidations}, true
	case len(r.path) == 4 && r.Method == http.MethodGet:
		return operation{name: "GetInvalidation", resource: on, reads: true, do: s.getInvalidation}, true
	default:
		return operation{}, false
	}
}

func (s *Service) invalidate(tx store.Tx, r request) (answer, error) {
	d, err := s.distribution(tx, r)
	if err != nil {
		return answer{}, err
	}
	i := invalidation{ID: "I" + newID()[1:], Created: r.now}
	if err := decode(r, "InvalidationBatch", &i.Batch); err != nil {
		return answer{}, err
	}
	if err := i.Batch.check(); err != nil {
		return answer{}, err
	}
	var earlier invalidation
	err = s.eachInvalidation(tx, d, func(other invalidation) {
		if other.Batch.CallerReference == i.Batch.CallerReference {
			earlier = other
		}
	})
	if err != nil {
		return answer{}, err
	}
	made := answer{status: http.StatusCreated, root: "Invalidation"}
	if earlier.ID == "" {
		if err := s.invalidations.Put(tx, store.Key(d.key(), i.ID), i); err != nil {
			return answer{}, err
		}
		made.then = func() { s.config.Invalidate(d.ID, i.Batch.Paths.Items) }
	} else if !slices.Equal(earlier.Batch.Paths.Items, i.Batch.Paths.Items) {
		// The documentation names this error, the SDKs do not know it
		// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_InvalidationBatch.html).
		return answer{}, refused("InvalidationBatchAlreadyExists", "Another invalidation has the caller reference %s.", i.Batch.CallerReference)
	} else {
		i = earlier
	}
	made.location, made.document = "distribution/"+d.ID+"/invalidation/"+i.ID, i.document()
	return made, nil
}

// Limits of invalidations
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
const (
	maxPaths     = 3000
	maxWildcards = 15
	maxPath      = 4000 // characters
)

// check checks a batch, and puts a slash before the paths that have none.
func (b *invalidationBatch) check() error {
	paths, wildcards := b.Paths.Items, 0
	if b.CallerReference == "" {
		return invalid("The parameter CallerReference is required.")
	}
	if len(paths) == 0 {
		return invalid("Your request contains no path to invalidate.")
	}
	if len(paths) > maxPaths {
		return api.Errorf(http.StatusRequestEntityTooLarge, "BatchTooLarge", "An invalidation has at most %d paths.", maxPaths)
	}
	for n, path := range paths {
		before, isWildcard := strings.CutSuffix(path, "*")
		if strings.Contains(before, "*") || path == "" || len(path) > maxPath {
			return invalid("Your request contains one or more invalid invalidation paths: %q.", path)
		}
		if isWildcard {
			wildcards++
		}
		if !strings.HasPrefix(path, "/") {
			paths[n] = "/" + path
		}
	}
	if wildcards > maxWildcards {
		return refused("TooManyInvalidationsInProgress", "At most %d paths that end in * may be invalidated at a time.", maxWildcards)
	}
	return nil
}

func (s *Service) eachInvalidation(tx store.Tx, d distribution, visit func(invalidation)) error {
	return s.invalidations.Scan(tx, store.Key(d.key(), ""), "", func(_ string, i invalidation) bool {
		visit(i)
		return true
	})
}

func (s *Service) removeInvalidations(tx store.Tx, d distribution) error {
	var keys []string
	err := s.eachInvalidation(tx, d, func(i invalidation) { keys = append(keys, store.Key(d.key(), i.ID)) })
	for _, key := range keys {
		if err == nil {
			err = s.invalidations.Delete(tx, key)
		}
	}
	return err
}

func (s *Service) getInvalidation(tx store.Tx, r request) (answer, error) {
	d, err := s.distribution(tx, r)
	if err != nil {
		return answer{}, err
	}
	i, found, err := s.invalidations.Get(tx, store.Key(d.key(), r.path[3]))
	if err == nil && !found {
		err = notFound("NoSuchInvalidation", "The specified invalidation does not exist.")
	}
	return answer{root: "Invalidation", document: i.document()}, err
}

func (s *Service) listInvalidations(tx store.Tx, r request) (answer, error) {
	d, err := s.distribution(tx, r)
	if err != nil {
		return answer{}, err
	}
	var found []invalidation
	if err := s.eachInvalidation(tx, d, func(i invalidation) { found = append(found, i) }); err != nil {
		return answer{}, err
	}
	found, p, err := pageOf(r, found, invalidation.order)
	if err != nil {
		return answer{}, err
	}
	for _, i := range found {
		summary := i.document()
		summary.InvalidationBatch = nil
		p.Items = append(p.Items, element{"InvalidationSummary", summary})
	}
	return answer{root: "InvalidationList", document: p}, nil
}

package s3

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
)

// minimumSizeHeader says from which size on objects change their storage class. The
// registry provider waits for it on PUT and GET alike: without it, it polls for
// three minutes.
const minimumSizeHeader = "X-Amz-Transition-Default-Minimum-Object-Size"

// lifecycle is a row's member: the document and what came in the header beside it.
// The rules are kept and given back; nothing expires by them.
type lifecycle struct {
	Rules       []lifecycleRule `xml:"Rule"`
	MinimumSize string          `xml:"-"`
}

type lifecycleRule struct {
	ID                             string
	Prefix                         *string          `xml:",omitempty"`
	Filter                         *lifecycleFilter `xml:",omitempty"`
	Status                         string
	Expiration                     *expiration            `xml:",omitempty"`
	Transitions                    []transition           `xml:"Transition"`
	NoncurrentVersionExpiration    *noncurrentExpiration  `xml:",omitempty"`
	NoncurrentVersionTransitions   []noncurrentTransition `xml:"NoncurrentVersionTransition"`
	AbortIncompleteMultipartUpload *abortion              `xml:",omitempty"`
}

// lifecycleFilter has at most one of its members; And combines them.
type lifecycleFilter struct {
	And *struct {
		Prefix                *string
		Tags                  []tag  `xml:"Tag"`
		ObjectSizeGreaterThan *int64 `xml:",omitempty"`
		ObjectSizeLessThan    *int64 `xml:",omitempty"`
	}
	Prefix                *string
	Tag                   *tag
	ObjectSizeGreaterThan *int64
	ObjectSizeLessThan    *int64
}

type expiration struct {
	Date                      *time.Time
	Days                      *int
	ExpiredObjectDeleteMarker *bool
}

type transition struct {
	Date         *time.Time
	Days         *int
	StorageClass string
}

type noncurrentExpiration struct {
	NoncurrentDays          int
	NewerNoncurrentVersions *int
}

type noncurrentTransition struct {
	NoncurrentDays          int
	NewerNoncurrentVersions *int
	StorageClass            string
}

type abortion struct{ DaysAfterInitiation int }

var lifecycleDocument = document[lifecycle]{
	root: "LifecycleConfiguration", putStatus: http.StatusOK,
	field:         func(b *bucket) **lifecycle { return &b.Lifecycle },
	absentCode:    "NoSuchLifecycleConfiguration",
	absentMessage: "The lifecycle configuration does not exist",
}

func (s *Service) getLifecycle(w http.ResponseWriter, c *call) error {
	found, err := lifecycleDocument.load(s, c)
	if err != nil {
		return err
	}
	w.Header().Set(minimumSizeHeader, found.MinimumSize)
	return writeXML(w, lifecycleDocument.root, found)
}

func (s *Service) putLifecycle(w http.ResponseWriter, c *call) error {
	size := c.Header.Get(minimumSizeHeader)
	switch size {
	case "":
		size = "all_storage_classes_128K"
	case "all_storage_classes_128K", "varies_by_storage_class":
	default:
		return invalidArgument("Invalid value for x-amz-transition-default-minimum-object-size",
			"x-amz-transition-default-minimum-object-size", size)
	}
	put := lifecycleDocument
	put.check = func(_ bucket, wanted *lifecycle) error {
		wanted.MinimumSize = size
		return checkLifecycle(wanted)
	}
	if err := put.save(s, c); err != nil {
		return err
	}
	w.Header().Set(minimumSizeHeader, size)
	w.WriteHeader(http.StatusOK)
	return nil
}

// checkLifecycle holds rules against
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
// and names those that have no id.
func checkLifecycle(l *lifecycle) error {
	if len(l.Rules) == 0 || len(l.Rules) > 1000 {
		return malformedXML()
	}
	seen := map[string]bool{}
	for i := range l.Rules {
		rule := &l.Rules[i]
		if rule.ID == "" {
			rule.ID = rand.Text()
		}
		if len(rule.ID) > 255 {
			return invalidArgument("ID length should not exceed allowed limit of 255", "ID", rule.ID)
		}
		if seen[rule.ID] {
			return invalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID", rule.ID)
		}
		seen[rule.ID] = true
		if err := rule.check(); err != nil {
			return err
		}
	}
	return nil
}

func (r lifecycleRule) check() error {
	if r.Status != "Enabled" && r.Status != "Disabled" {
		return malformedXML()
	}
	if (r.Filter == nil) == (r.Prefix == nil) { // exactly one of them
		return malformedXML()
	}
	if r.Filter != nil && r.Filter.members() > 1 {
		return malformedXML()
	}
	if r.Expiration == nil && r.NoncurrentVersionExpiration == nil && r.AbortIncompleteMultipartUpload == nil &&
		len(r.Transitions) == 0 && len(r.NoncurrentVersionTransitions) == 0 {
		return invalidRequest("At least one action needs to be specified in a rule")
	}
	if err := r.checkExpiration(); err != nil {
		return err
	}
	for _, t := range r.Transitions {
		if (t.Date == nil) == (t.Days == nil) || !validTransitionClass(t.StorageClass) {
			return malformedXML()
		}
		if t.Days != nil && *t.Days < 0 {
			return invalidArgument("'Days' in Transition action must be nonnegative", "Days", itoa(*t.Days))
		}
	}
	for _, t := range r.NoncurrentVersionTransitions {
		if !validTransitionClass(t.StorageClass) {
			return malformedXML()
		}
	}
	return nil
}

func (r lifecycleRule) checkExpiration() error {
	if e := r.Expiration; e != nil {
		given := 0
		for _, is := range []bool{e.Date != nil, e.Days != nil, e.ExpiredObjectDeleteMarker != nil} {
			if is {
				given++
			}
		}
		if given != 1 {
			return malformedXML()
		}
		if e.Days != nil && *e.Days <= 0 {
			return invalidArgument("'Days' for Expiration action must be a positive integer", "Days", itoa(*e.Days))
		}
		if e.Date != nil && !e.Date.Equal(e.Date.Truncate(24*time.Hour)) {
			return invalidArgument("'Date' must be at midnight GMT", "Date", e.Date.Format(time.RFC3339))
		}
		if e.ExpiredObjectDeleteMarker != nil && r.Filter.byTag() {
			return invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.")
		}
	}
	if n := r.NoncurrentVersionExpiration; n != nil && n.NoncurrentDays <= 0 {
		return invalidArgument("'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
			"NoncurrentDays", itoa(n.NoncurrentDays))
	}
	if a := r.AbortIncompleteMultipartUpload; a != nil {
		if a.DaysAfterInitiation <= 0 {
			return invalidArgument("'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
				"DaysAfterInitiation", itoa(a.DaysAfterInitiation))
		}
		if r.Filter.byTag() {
			return invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
		}
	}
	return nil
}

func (f *lifecycleFilter) members() int {
	count := 0
	for _, is := range []bool{
		f.And != nil, f.Prefix != nil, f.Tag != nil,
		f.ObjectSizeGreaterThan != nil, f.ObjectSizeLessThan != nil,
	} {
		if is {
			count++
		}
	}
	return count
}

func (f *lifecycleFilter) byTag() bool {
	return f != nil && (f.Tag != nil || f.And != nil && len(f.And.Tags) > 0)
}

func validTransitionClass(class string) bool {
	return slices.Contains(strings.Fields("GLACIER STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING DEEP_ARCHIVE GLACIER_IR"), class)
}

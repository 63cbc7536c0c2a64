package fault

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sendform/generator/localcloud/api"
)

// consistency is the word that a rule for lags begins with.
const consistency = "consistency"

// Lags are how long what was answered is not true yet for others; 0 is no time.
//
// Secrets need none: a deleted one keeps its name for the days of its recovery window.
type Lags struct {
	// Role is how long a new IAM role is not found and cannot be assumed, by Lambda or
	// by a caller
	// (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
	Role time.Duration
	// User is how long a new IAM user is not found.
	User time.Duration
	// BucketName is how long the name of a deleted bucket is taken
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html).
	BucketName time.Duration
}

// lag is one of [Lags].
type lag struct {
	name string
	of   func(*Lags) *time.Duration
	// begin begins it for its resource, as service:Operation, and end ends it at once.
	begin, end string
	hides      []hidden
}

// hidden is a call that fails while a lag lasts.
type hidden struct {
	service   string
	operation string // empty for any
	action    string // that the call needs on the lag's resource
	refusal   func(resource string) *api.Error
}

func lags() []lag {
	return []lag{
		{
			name: "iam-role", of: func(l *Lags) *time.Duration { return &l.Role },
			begin: "iam:CreateRole", end: "iam:DeleteRole",
			hides: []hidden{
				{service: "iam", operation: "GetRole", action: "iam:GetRole", refusal: func(resource string) *api.Error {
					return api.Errorf(http.StatusNotFound, "NoSuchEntity", "The role with name %s cannot be found.", nameIn(resource))
				}},
				{service: "lambda", action: "iam:PassRole", refusal: func(string) *api.Error {
					return api.Errorf(http.StatusBadRequest, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
				}},
				{service: "sts", operation: "AssumeRole", action: "sts:AssumeRole", refusal: func(resource string) *api.Error {
					return api.Errorf(http.StatusForbidden, "AccessDenied", "User is not authorized to perform: sts:AssumeRole on resource: %s", resource)
				}},
			},
		},
		{
			name: "iam-user", of: func(l *Lags) *time.Duration { return &l.User },
			begin: "iam:CreateUser", end: "iam:DeleteUser",
			hides: []hidden{{service: "iam", operation: "GetUser", action: "iam:GetUser", refusal: func(resource string) *api.Error {
				return api.Errorf(http.StatusNotFound, "NoSuchEntity", "The user with name %s cannot be found.", nameIn(resource))
			}}},
		},
		{
			name: "bucket-name", of: func(l *Lags) *time.Duration { return &l.BucketName },
			begin: "s3:DeleteBucket", end: "s3:CreateBucket",
			hides: []hidden{{service: "s3", operation: "CreateBucket", action: "s3:CreateBucket", refusal: func(string) *api.Error {
				return api.Errorf(http.StatusConflict, "OperationAborted", "A conflicting conditional operation is currently in progress against this resource. Please try again.")
			}}},
		},
	}
}

// String writes the lags as [ParseLags] reads them.
func (l Lags) String() string {
	text := consistency
	for _, one := range lags() {
		if d := *one.of(&l); d != 0 {
			text += fmt.Sprintf(" %s=%s", one.name, d)
		}
	}
	return text
}

// and takes what is set in other and else what is set in l.
func (l Lags) and(other Lags) Lags {
	for _, one := range lags() {
		if d := *one.of(&other); d != 0 {
			*one.of(&l) = d
		}
	}
	return l
}

// ParseLags reads a rule for consistency, as
//
//	consistency iam-role=2s iam-user=500ms bucket-name=10s
func ParseLags(text string) (Lags, error) {
	p := newParser(text)
	var names []string
	for _, one := range lags() {
		names = append(names, one.name)
	}
	form := "write consistency NAME=DURATION, for example consistency iam-role=2s; names are " + either(names)
	if first := p.next(); first.text != consistency {
		return Lags{}, p.fail(first.column, "it does not begin with "+consistency, form)
	}
	options, err := p.options(names)
	if err != nil {
		return Lags{}, err
	}
	if len(options) == 0 {
		return Lags{}, p.fail(p.end, "it says nothing", form)
	}
	var l Lags
	for _, o := range options {
		d, err := p.duration(o)
		if err != nil {
			return Lags{}, err
		}
		*lags()[slices.Index(names, o.name)].of(&l) = d
	}
	return l, nil
}

// Horizon keeps what is not true yet. It is safe for concurrent use.
type Horizon struct {
	lags Lags

	mu      sync.Mutex
	pending map[pending]time.Time // until when
}

type pending struct{ lag, resource string }

// NewHorizon begins with nothing pending.
func NewHorizon(l Lags) *Horizon { return &Horizon{lags: l, pending: map[pending]time.Time{}} }

// Refuse is the answer to a call that meets what is not true yet, with the name of the
// lag; it is nil for any other call.
func (h *Horizon) Refuse(service, operation string, needs []api.Access, now time.Time) (refusal *api.Error, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.pending) == 0 {
		return nil, ""
	}
	for _, one := range lags() {
		for _, hides := range one.hides {
			if hides.service != service || hides.operation != "" && hides.operation != operation {
				continue
			}
			for _, a := range needs {
				if a.Action == hides.action && now.Before(h.pending[pending{one.name, a.Resource}]) {
					return hides.refusal(a.Resource), one.name
				}
			}
		}
	}
	return nil, ""
}

// nameIn is the last part of an ARN's path.
func nameIn(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// Done is told of every call that had its effect.
func (h *Horizon) Done(service, operation string, needs []api.Access, now time.Time) {
	if h.lags == (Lags{}) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.DeleteFunc(h.pending, func(_ pending, until time.Time) bool { return !now.Before(until) })
	for _, one := range lags() {
		called := service + ":" + operation
		for _, a := range needs {
			if a.Action != called {
				continue // what is needed besides, as for tags
			}
			switch called {
			case one.begin:
				if d := *one.of(&h.lags); d != 0 {
					h.pending[pending{one.name, a.Resource}] = now.Add(d)
				}
			case one.end:
				delete(h.pending, pending{one.name, a.Resource})
			}
		}
	}
}

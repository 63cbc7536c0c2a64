// Package logs is CloudWatch Logs in the local cloud: log groups with their
// retention and tags, streams, and the events in them.
//
// It must not know who writes events: functions write through [Service.Write],
// everybody else through the API.
package logs

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// Service answers the calls of CloudWatch Logs.
type Service struct {
	db      *store.Store
	now     func() time.Time
	groups  store.Table[group]
	streams store.Table[stream]
	events  store.Table[event]
}

// New makes the service over the tables in db. now gives creation and ingestion
// times and decides which events are too old to keep.
func New(db *store.Store, now func() time.Time) *Service {
	return &Service{
		db:      db,
		now:     now,
		groups:  store.NewTable[group]("logs groups"),
		streams: store.NewTable[stream]("logs streams"),
		events:  store.NewTable[event]("logs events"),
	}
}

// scope is where a call acts.
type scope struct{ account, region string }

// groupARN is the ARN of a log group as tagging calls and logGroupArn have it.
func (at scope) groupARN(name string) string {
	return fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", at.region, at.account, name)
}

// streamARN is what IAM evaluates for every call that is not about tags. For a
// call on a group the stream's name is empty, but its label is there all the
// same; that is why policies name groups with a trailing ":*".
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
func (at scope) streamARN(group, stream string) string {
	return at.groupARN(group) + ":log-stream:" + stream
}

// input is the body of a call: it knows what the call is allowed on.
type input interface {
	access(action string, at scope) []api.Access
}

// opener reads a call's body and makes it an operation.
type opener func(s *Service, name string, r *api.Request) (api.Operation, error)

// call makes an opener of a method that takes one body and answers another.
func call[In input, Out any](do func(*Service, scope, In) (Out, error)) opener {
	return func(s *Service, name string, r *api.Request) (api.Operation, error) {
		var in In
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return api.Operation{}, fmt.Errorf("read the body of %s: %w", name, err)
		}
		if err := json.Unmarshal(body, &in); err != nil {
			return api.Operation{}, api.Errorf(http.StatusBadRequest, "SerializationException", "%v", err)
		}
		at := scope{account: r.Account(), region: r.Region}
		return api.Operation{
			Name:   name,
			Access: in.access("logs:"+name, at),
			Handle: func(w http.ResponseWriter, r *api.Request) error {
				out, err := do(s, at, in)
				if err != nil {
					return err
				}
				return answer(w, r, http.StatusOK, out)
			},
		}, nil
	}
}

var operations = map[string]opener{
	"CreateLogGroup":                call((*Service).createLogGroup),
	"DeleteLogGroup":                call((*Service).deleteLogGroup),
	"DescribeLogGroups":             call((*Service).describeLogGroups),
	"PutLogGroupDeletionProtection": call((*Service).putDeletionProtection),
	"PutRetentionPolicy":            call((*Service).putRetentionPolicy),
	"DeleteRetentionPolicy":         call((*Service).deleteRetentionPolicy),
	"AssociateKmsKey":               call((*Service).associateKMSKey),
	"DisassociateKmsKey":            call((*Service).disassociateKMSKey),
	"TagLogGroup":                   call((*Service).tagLogGroup),
	"UntagLogGroup":                 call((*Service).untagLogGroup),
	"ListTagsLogGroup":              call((*Service).listTagsLogGroup),
	"TagResource":                   call((*Service).tagResource),
	"UntagResource":                 call((*Service).untagResource),
	"ListTagsForResource":           call((*Service).listTagsForResource),
	"CreateLogStream":               call((*Service).createLogStream),
	"DescribeLogStreams":            call((*Service).describeLogStreams),
	"DeleteLogStream":               call((*Service).deleteLogStream),
	"PutLogEvents":                  call((*Service).putLogEvents),
	"GetLogEvents":                  call((*Service).getLogEvents),
	"FilterLogEvents":               call((*Service).filterLogEvents),
	"PutSubscriptionFilter":         call((*Service).putSubscription),
	"DescribeSubscriptionFilters":   call((*Service).describeSubscriptions),
	"DeleteSubscriptionFilter":      call((*Service).deleteSubscription),
}

// Route names the operation by the X-Amz-Target header.
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	target := r.Header.Get("X-Amz-Target")
	name, ours := strings.CutPrefix(target, "Logs_20140328.")
	open, known := operations[name]
	if !ours || !known {
		return api.Operation{}, api.NotImplemented("logs", target)
	}
	return open(s, name, r)
}

// WriteError answers with the code in __type, as the JSON 1.1 protocol has it.
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	body := map[string]string{"__type": e.Code, "message": e.Message}
	for name, value := range e.Details {
		body[name] = value
	}
	// A map of strings always encodes.
	_ = answer(w, r, e.Status, body)
}

func answer(w http.ResponseWriter, r *api.Request, status int, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	if _, nothing := body.(none); nothing {
		data = nil // calls without an output answer with an empty body
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-RequestId", r.ID)
	w.WriteHeader(status)
	// A failed write means that the client is gone; the call itself succeeded.
	_, _ = w.Write(data)
	return nil
}

// none is the output of calls that answer nothing.
type none struct{}

func invalidParameter(format string, args ...any) *api.Error {
	return api.Errorf(http.StatusBadRequest, "InvalidParameterException", format, args...)
}

func notFound(what string) *api.Error {
	return api.Errorf(http.StatusBadRequest, "ResourceNotFoundException", "The specified %s does not exist.", what)
}

func alreadyExists(what string) *api.Error {
	return api.Errorf(http.StatusBadRequest, "ResourceAlreadyExistsException", "The specified %s already exists", what)
}

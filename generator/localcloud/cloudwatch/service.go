// Package cloudwatch is Amazon CloudWatch in the local cloud, as far as it is about
// metric alarms: what they are set to, and their tags.
//
// It must not know any metric: nothing is measured, so every alarm stays in the state
// INSUFFICIENT_DATA, in which CloudWatch makes it.
package cloudwatch

import (
	"encoding/base64"
	"net/http"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/store"
)

// Service answers the calls of CloudWatch.
type Service struct {
	db     *store.Store
	now    func() time.Time
	alarms store.Table[alarm]
}

// New makes the service over the tables in db. now says when alarms changed.
func New(db *store.Store, now func() time.Time) *Service {
	return &Service{db: db, now: now, alarms: store.NewTable[alarm]("cloudwatch alarms")}
}

// input is the input of a call: it knows what the call is allowed on.
type input interface {
	access(at rpc.Scope, action string) []api.Access
}

func call[In input, Out any](do func(*Service, rpc.Scope, In) (Out, error)) rpc.Opener[*Service] {
	return rpc.Call(func(_ *Service, at rpc.Scope, name string, in In) ([]api.Access, error) {
		return in.access(at, "cloudwatch:"+name), nil
	}, do)
}

var calls = map[string]rpc.Opener[*Service]{
	"PutMetricAlarm":      call((*Service).putMetricAlarm),
	"DescribeAlarms":      call((*Service).describeAlarms),
	"DeleteAlarms":        call((*Service).deleteAlarms),
	"ListTagsForResource": call((*Service).listTagsForResource),
	"TagResource":         call((*Service).tagResource),
	"UntagResource":       call((*Service).untagResource),
}

// name is the service's as requests are signed for it.
const name = "monitoring"

// form is for the query protocol, which AWS's older clients speak here.
var form = rpc.Form{
	Namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
	Literals: []string{
		"ActionsEnabled", "DatapointsToAlarm", "EvaluationPeriods", "MaxRecords", "Period", "ReturnData", "Threshold",
	},
}

// Route names the operation by the protocol that the request speaks: CBOR, JSON or
// query.
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	if rpc.IsForm(r) {
		return rpc.RouteForm(s, name, form, calls, r)
	}
	return rpc.Route(s, name, "GraniteServiceVersion20100801", calls, r)
}

// shapes are the names that errors have beside their codes, where the two differ.
var shapes = map[string]string{
	"LimitExceeded": "LimitExceededFault",
}

// WriteError answers in the protocol of the request. The protocols beside query name
// the error's shape, and its code in a header:
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	if rpc.IsForm(r) {
		query.WriteError(w, r, form.Namespace, e)
		return
	}
	fault := "Sender"
	if e.Status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	w.Header().Set("X-Amzn-Query-Error", e.Code+";"+fault)
	if shape, differs := shapes[e.Code]; differs {
		e = &api.Error{Status: e.Status, Code: shape, Message: e.Message, Details: e.Details}
	}
	rpc.WriteError(w, r, e)
}

func refused(code, format string, args ...any) *api.Error {
	return api.Errorf(http.StatusBadRequest, code, format, args...)
}

func invalid(format string, args ...any) *api.Error {
	return refused("ValidationError", format, args...)
}

// A token of a listing is the name of the last alarm that was given, encoded so that
// nobody builds one by hand.
func writeToken(name string) string { return base64.RawURLEncoding.EncodeToString([]byte(name)) }

func readToken(token string) (string, error) {
	name, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", refused("InvalidNextToken", "The next token specified is invalid.")
	}
	return string(name), nil
}

package cloudwatch_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/cloudwatch"
	"sendform/generator/localcloud/servicetest"
	"sendform/generator/localcloud/store"
)

// FuzzRequests sends anything in each of the three protocols that CloudWatch speaks.
// What is refused is refused in its words.
func FuzzRequests(f *testing.F) {
	protocols := []http.Header{
		{"X-Amz-Target": {"GraniteServiceVersion20100801.PutMetricAlarm"}, "Content-Type": {"application/x-amz-json-1.0"}},
		{"Smithy-Protocol": {"rpc-v2-cbor"}, "Content-Type": {"application/cbor"}},
		{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
	f.Add(0, []byte(`{"AlarmName":"a","EvaluationPeriods":1,"Threshold":0.5,"Tags":[{"Key":"k","Value":"v"}]}`))
	f.Add(0, []byte(`{"AlarmName":[{}],"Threshold":"x"}`))
	f.Add(1, []byte("\xbf\x69AlarmName\x61a\x71EvaluationPeriods\x01\xff"))
	f.Add(1, []byte("\xa1\x69AlarmName\x9f\xff"))
	f.Add(1, []byte("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add(2, []byte("Action=PutMetricAlarm&Version=2010-08-01&AlarmName=a&Dimensions.member.1.Name=n&Dimensions.member.1.Value=v"))
	f.Add(2, []byte("Action=PutMetricAlarm&AlarmName=a&AlarmName.member.99999999999=b&Tags.member.-1.Key=k&Tags=x"))
	db, err := store.Open(filepath.Join(f.TempDir(), "db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := db.Close(); err != nil {
			f.Error(err)
		}
	})
	service := cloudwatch.New(db, time.Now)
	f.Fuzz(func(t *testing.T, protocol int, body []byte) {
		if protocol < 0 || protocol >= len(protocols) {
			return
		}
		path := "/"
		if protocol == 1 {
			path = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm"
		}
		r := &api.Request{
			Request: httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body))), Region: servicetest.Region,
			Principal: api.Principal{Kind: api.Root, Account: servicetest.Account},
		}
		r.Header = protocols[protocol].Clone()
		operation, err := service.Route(r)
		if err == nil {
			err = operation.Handle(httptest.NewRecorder(), r)
		}
		var refused *api.Error
		if err != nil && (!errors.As(err, &refused) || refused.Code == "") {
			t.Errorf("%q: %v", body, err)
		}
	})
}

package query_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
)

func request(body, rawQuery string) *api.Request {
	return &api.Request{ID: "id", Request: &http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/", RawQuery: rawQuery}, Body: io.NopCloser(strings.NewReader(body)),
	}}
}

func TestParse(t *testing.T) {
	r := request("Action=Do&Tags.member.10.Key=j&Tags.member.2.Key=b&Tags.member.2.Value=2&Tags.member.x.Key=no&Keys.member.1=a&Keys.member.2=b", "Version=1")
	f, err := query.Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	if f.Get("Action") != "Do" || f.Get("Version") != "1" {
		t.Errorf("got %v", f.Values)
	}
	if diff := cmp.Diff([]map[string]string{{"Key": "b", "Value": "2"}, {"Key": "j"}}, f.Members("Tags")); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, f.List("Keys")); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	var e *api.Error
	if err := f.Require("Action", "Name"); !errors.As(err, &e) || e.Code != "ValidationError" || !strings.Contains(e.Message, "'Name'") {
		t.Errorf("a missing parameter: %v", err)
	}
	if again, err := query.Parse(r); err != nil || again.Get("Action") != "Do" {
		t.Errorf("read twice: %v, %v", again, err)
	}
	if _, err := query.Parse(request("a=%zz", "")); !errors.As(err, &e) || e.Code != "MalformedInput" {
		t.Errorf("a malformed form: %v", err)
	}
}

func TestWriteError(t *testing.T) {
	for status, kind := range map[int]string{400: "Sender", 503: "Receiver"} {
		w := httptest.NewRecorder()
		query.WriteError(w, request("", ""), "urn:x", api.Errorf(status, "Code", "a < b"))
		body, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		want := `<ErrorResponse xmlns="urn:x"><Error><Type>` + kind + `</Type><Code>Code</Code><Message>a &lt; b</Message></Error><RequestId>id</RequestId></ErrorResponse>`
		if w.Code != status || string(body) != want {
			t.Errorf("got %d %s\nwant %s", w.Code, body, want)
		}
	}
}

// FuzzParse reads any form: an error is one of AWS's, and lists are as long as the form
// at most.
func FuzzParse(f *testing.F) {
	f.Add("Action=CreateRole&RoleName=a&Tags.member.1.Key=k&Tags.member.1.Value=v", "")
	f.Add("Tags.member.99999999999999999999.Key=x&Tags.member.-1=y&Tags.member.=z", "Version=2010-05-08")
	f.Add("a=%zz", "%")
	f.Add("&&==;", "a;b")
	f.Fuzz(func(t *testing.T, body, rawQuery string) {
		form, err := query.Parse(request(body, rawQuery))
		var e *api.Error
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("not an error of AWS: %v", err)
			}
			return
		}
		if members := form.Members("Tags"); len(members) > len(form.Values) || len(form.List("Tags")) != len(members) {
			t.Errorf("%d members of %d parameters", len(members), len(form.Values))
		}
		if err := form.Require("Action"); (err == nil) != (form.Get("Action") != "") {
			t.Errorf("require: %v", err)
		}
	})
}

package localcloud

import (
	"encoding/xml"
	"net/http"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/rpc"
)

// unknown is a service of AWS that the cloud does not have. It names the call that it
// is asked for, in a format that the service's clients read.
type unknown struct{ name string }

// Route implements [api.Service].
func (u unknown) Route(r *api.Request) (api.Operation, error) {
	call := r.Method + " " + r.URL.Path
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		call = target
	} else if rpc.IsForm(r) {
		form, err := query.Parse(r)
		if err != nil {
			return api.Operation{}, err
		}
		call = form.Get("Action")
	}
	return api.Operation{}, api.NotImplemented(u.name, call)
}

// WriteError implements [api.Service].
func (u unknown) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	switch {
	case u.name == "ec2":
		writeEC2Error(w, r, e)
	case rpc.IsForm(r):
		query.WriteError(w, r, "", e)
	default:
		rpc.WriteError(w, r, e)
	}
}

// writeEC2Error answers in EC2's own format
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#api-error-response).
func writeEC2Error(w http.ResponseWriter, r *api.Request, e *api.Error) {
	type body struct{ Code, Message string }
	data, err := xml.Marshal(struct {
		XMLName   xml.Name `xml:"Response"`
		Errors    []body   `xml:"Errors>Error"`
		RequestID string
	}{Errors: []body{{e.Code, e.Message}}, RequestID: r.ID})
	if err != nil {
		data = nil // of strings only, so it does not happen; the status says enough
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(e.Status)
	_, _ = w.Write(data) // the client is gone if this fails
}

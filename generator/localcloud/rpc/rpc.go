// Package rpc speaks the protocols of AWS in which a call is a name and one
// document each way: JSON 1.0 and 1.1, Smithy's RPC v2 with CBOR, and the query
// protocol for services that speak it beside those.
//
// It must not know any call; a service hands in its own.
package rpc

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
)

// Scope is where a call acts, and for whom.
type Scope struct {
	Account, Region string
	Caller          string // ARN
}

// Opener reads the input of the call that is asked for and makes it an operation.
type Opener[S any] func(s S, asked asked, r *api.Request) (api.Operation, error)

// asked is a call as a request names it.
type asked struct {
	name string
	form *Form // nil unless the request is a form
}

// Call makes an opener of a method that takes one input and gives one output. needs
// says what the call must be allowed, and has no effect; do is run when it is.
func Call[S, In, Out any](
	needs func(s S, at Scope, name string, in In) ([]api.Access, error),
	do func(s S, at Scope, in In) (Out, error),
) Opener[S] {
	return func(s S, asked asked, r *api.Request) (api.Operation, error) {
		var in In
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return api.Operation{}, fmt.Errorf("read the input of %s: %w", asked.name, err)
		}
		if err := asked.decode(r, body, &in); err != nil {
			// The reason is not told: it may quote the input, which may be a secret.
			return api.Operation{}, api.Errorf(http.StatusBadRequest, "SerializationException", "The request's body is no input of %s.", asked.name)
		}
		at := Scope{Account: r.Account(), Region: r.Region, Caller: r.Principal.ARN}
		access, err := needs(s, at, asked.name, in)
		if err != nil {
			return api.Operation{}, err
		}
		return api.Operation{
			Name:   asked.name,
			Access: access,
			Handle: func(w http.ResponseWriter, r *api.Request) error {
				out, err := do(s, at, in)
				if err != nil {
					return err
				}
				if asked.form != nil {
					return asked.form.write(w, r, asked.name, out)
				}
				return write(w, r, http.StatusOK, out)
			},
		}, nil
	}
}

// Route finds the call that a request names among calls. target is the service's
// name in the protocol, for example AmazonSSM; service is the one people know.
func Route[S any](s S, service, target string, calls map[string]Opener[S], r *api.Request) (api.Operation, error) {
	call := r.Header.Get("X-Amz-Target")
	if isCBOR(r) {
		// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
		call = strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/service/"), "/operation/", ".")
	}
	name, ours := strings.CutPrefix(call, target+".")
	open, known := calls[name]
	if !ours || !known {
		return api.Operation{}, api.NotImplemented(service, call)
	}
	return open(s, asked{name: name}, r)
}

// None is the output of calls that answer nothing.
type None struct{}

// Time is a time in a document: seconds since 1970. The zero value must be left out.
type Time float64

// MarshalXML writes the time as XML has it: as a text.
func (t Time) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement(time.UnixMilli(int64(math.Round(float64(t)*1000))).UTC().Format("2006-01-02T15:04:05.000Z"), start)
}

// Stamp makes a time for a document, to the millisecond as AWS has it.
func Stamp(t time.Time) Time { return Time(float64(t.UnixMilli()) / 1000) }

// WriteError answers with the code in __type, as all of these protocols have it.
func WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	body := map[string]string{"__type": e.Code, "message": e.Message}
	for name, value := range e.Details {
		body[name] = value
	}
	// A map of strings always encodes.
	_ = write(w, r, e.Status, body)
}

func write(w http.ResponseWriter, r *api.Request, status int, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	contentType := "application/x-amz-json-1.1"
	switch asked := r.Header.Get("Content-Type"); {
	case isCBOR(r):
		contentType = "application/cbor"
		w.Header().Set("Smithy-Protocol", protocolCBOR)
		if data, err = toCBOR(data); err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
	case strings.HasPrefix(asked, "application/x-amz-json-"):
		contentType = asked
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-RequestId", r.ID)
	w.WriteHeader(status)
	// A failed write means that the client is gone; the call itself succeeded.
	_, _ = w.Write(data)
	return nil
}

// decode reads a body; none at all is an input without members.
func (a asked) decode(r *api.Request, body []byte, in any) error {
	if len(body) == 0 {
		return nil
	}
	var err error
	switch {
	case a.form != nil:
		body, err = a.form.read(body)
	case isCBOR(r):
		body, err = fromCBOR(body)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(body, in)
}

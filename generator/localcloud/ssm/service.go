// Package ssm is the Parameter Store of AWS Systems Manager in the local cloud:
// parameters with their versions, labels and tags.
//
// It must not know who reads parameters or what for. Every value lies sealed in the
// store, and appears nowhere but in the answer to a call that may read it.
package ssm

import (
	"encoding/base64"
	"net/http"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/seal"
	"sendform/generator/localcloud/store"
)

// Service answers the calls of the Parameter Store.
type Service struct {
	db         *store.Store
	key        seal.Key
	now        func() time.Time
	parameters store.Table[parameter]
}

// New makes the service over the tables in db. key seals the values there, and now
// says when they changed.
func New(db *store.Store, key seal.Key, now func() time.Time) *Service {
	return &Service{db: db, key: key, now: now, parameters: store.NewTable[parameter]("ssm parameters")}
}

// input is the input of a call: it knows what the call is allowed on.
type input interface {
	access(at rpc.Scope, action string) []api.Access
}

func call[In input, Out any](do func(*Service, rpc.Scope, In) (Out, error)) rpc.Opener[*Service] {
	return rpc.Call(func(s *Service, at rpc.Scope, name string, in In) ([]api.Access, error) {
		return s.withTags(at, in.access(at, "ssm:"+name))
	}, do)
}

// withTags adds the tags of the parameters that are there, which policies may name.
func (s *Service) withTags(at rpc.Scope, needed []api.Access) ([]api.Access, error) {
	err := s.db.View(func(tx store.Tx) error {
		for i, access := range needed {
			row, found, err := s.parameters.Get(tx, key(at, refer(at, access.Resource).name))
			if err == nil && !found { // the ARN is the same with a slash in front of the name
				row, _, err = s.parameters.Get(tx, key(at, "/"+refer(at, access.Resource).name))
			}
			if err != nil {
				return err
			}
			for name, value := range row.Tags {
				if needed[i].Context == nil {
					needed[i].Context = map[string][]string{}
				}
				needed[i].Context["aws:resourcetag/"+name] = []string{value}
				needed[i].Context["ssm:resourcetag/"+name] = []string{value}
			}
		}
		return nil
	})
	return needed, err
}

var calls = map[string]rpc.Opener[*Service]{
	"PutParameter":            call((*Service).putParameter),
	"GetParameter":            call((*Service).getParameter),
	"GetParameters":           call((*Service).getParameters),
	"GetParametersByPath":     call((*Service).getParametersByPath),
	"GetParameterHistory":     call((*Service).getParameterHistory),
	"DescribeParameters":      call((*Service).describeParameters),
	"DeleteParameter":         call((*Service).deleteParameter),
	"DeleteParameters":        call((*Service).deleteParameters),
	"AddTagsToResource":       call((*Service).addTagsToResource),
	"RemoveTagsFromResource":  call((*Service).removeTagsFromResource),
	"ListTagsForResource":     call((*Service).listTagsForResource),
	"LabelParameterVersion":   call((*Service).labelParameterVersion),
	"UnlabelParameterVersion": call((*Service).unlabelParameterVersion),
}

// Route names the operation by the X-Amz-Target header.
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	return rpc.Route(s, "ssm", "AmazonSSM", calls, r)
}

// WriteError answers with the code in __type.
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	rpc.WriteError(w, r, e)
}

func refused(code, format string, args ...any) *api.Error {
	return api.Errorf(http.StatusBadRequest, code, format, args...)
}

func invalid(format string, args ...any) *api.Error {
	return refused("ValidationException", format, args...)
}

func notFound(name string) *api.Error {
	return refused("ParameterNotFound", "Parameter %s not found.", name)
}

// pageSize checks a MaxResults that may be missing.
func pageSize(asked *int, byDefault, most int) (int, error) {
	if asked == nil {
		return byDefault, nil
	}
	if *asked < 1 || *asked > most {
		return 0, invalid("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: "+
			"Member must have value between 1 and %d", *asked, most)
	}
	return *asked, nil
}

// A token of a listing is the name of the last parameter that was given, encoded so
// that nobody builds one by hand.
func writeToken(name string) string { return base64.RawURLEncoding.EncodeToString([]byte(name)) }

func readToken(token string) (string, error) {
	name, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", refused("InvalidNextToken", "The specified token isn't valid.")
	}
	return string(name), nil
}

// Package cloudfront answers the calls of AWS's CloudFront: distributions, origin
// access controls, functions, policies and invalidations. It tells the edge, which
// answers viewers, what is configured.
//
// It must not answer viewers, nor reach origins: package edge does.
package cloudfront

import (
	"cmp"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/edge"
	"sendform/generator/localcloud/restxml"
	"sendform/generator/localcloud/store"
)

const (
	namespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
	version   = "2020-05-31"
)

// Config is what the service needs.
type Config struct {
	DB  *store.Store
	Now func() time.Time

	// DeployTime is how long a distribution is InProgress after a change.
	DeployTime time.Duration

	// MaxDistributions is how many an account may have; zero means AWS's 500.
	MaxDistributions int

	// Invalidate makes the edge forget what a distribution has cached under paths.
	Invalidate func(distributionID string, paths []string)
}

// Service answers CloudFront calls. CloudFront is global: an account's distributions
// are the same in every region.
type Service struct {
	config        Config
	distributions store.Table[distribution]
	functions     store.Table[function]
	invalidations store.Table[invalidation]
	accessControl collection[accessControlConfig]
	cache         collection[cachePolicyConfig]
	originRequest collection[originRequestPolicyConfig]
	responses     collection[responseHeadersPolicyConfig]

	mu     sync.Mutex
	byHost map[string]edge.Distribution // translated so far; nil after a change
}

// New makes the service.
func New(c Config) *Service {
	c.MaxDistributions = cmp.Or(c.MaxDistributions, maxDistributions)
	return &Service{
		config:        c,
		distributions: store.NewTable[distribution]("cloudfront distributions"),
		functions:     store.NewTable[function]("cloudfront functions"),
		invalidations: store.NewTable[invalidation]("cloudfront invalidations"),
		accessControl: accessControls(),
		cache:         cachePolicies(),
		originRequest: originRequestPolicies(),
		responses:     responseHeadersPolicies(),
	}
}

// request is a call with what its path and its body say.
type request struct {
	*api.Request
	path []string // behind the version
	body []byte
	now  time.Time
}

// handler does a call within a transaction and says what is answered.
type handler func(tx store.Tx, r request) (answer, error)

// answer is what a call answers with; its zero value is an empty 200.
type answer struct {
	status   int
	etag     string
	location string

	// alsoETtag sends the entity tag as ETtag too: the API's model spells the header
	// of UpdateFunction so, and the SDKs read no other.
	alsoETtag bool

	root     string // of the document; empty for none
	document any

	// raw is a body that is no document, of the type mediaType.
	raw       []byte
	mediaType string

	// then is done when the transaction has ended well.
	then func()
}

// operation is a call, what it is allowed by and what it does.
type operation struct {
	name     string
	resource string   // the ARN that the action is on, or *
	actions  []string // on it; none: the one that has the name of the call
	context  map[string][]string
	reads    bool
	do       handler
}

// Route implements [api.Service].
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return api.Operation{}, fmt.Errorf("read the request: %w", err)
	}
	path := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	call := request{Request: r, body: body}
	if path[0] == version {
		call.path = path[1:]
	}
	op, found := s.operation(call)
	if !found {
		return api.Operation{}, api.NotImplemented("cloudfront", r.Method+" "+r.URL.RequestURI())
	}
	context, err := s.conditionKeys(r.Account(), op)
	if err != nil {
		return api.Operation{}, err
	}
	routed := api.Operation{Name: op.name}
	if op.actions == nil {
		op.actions = []string{op.name}
	}
	for _, action := range op.actions {
		routed.Access = append(routed.Access, api.Access{Action: "cloudfront:" + action, Resource: op.resource, Context: context})
	}
	routed.Handle = func(w http.ResponseWriter, r *api.Request) error {
		call.Request, call.now = r, s.config.Now()
		return s.run(w, call, op)
	}
	return routed, nil
}

// operation finds what a path and a method ask for.
func (s *Service) operation(r request) (operation, bool) {
	if len(r.path) == 0 {
		return operation{}, false
	}
	switch r.path[0] {
	case "distribution":
		return s.distributionCall(r)
	case "function":
		return s.functionCall(r)
	case "tagging":
		return s.taggingCall(r)
	case s.accessControl.path:
		return s.accessControl.call(s, r)
	case s.cache.path:
		return s.cache.call(s, r)
	case s.originRequest.path:
		return s.originRequest.call(s, r)
	case s.responses.path:
		return s.responses.call(s, r)
	default:
		return s.listByCall(r)
	}
}

func (s *Service) run(w http.ResponseWriter, r request, op operation) error {
	var a answer
	work := func(tx store.Tx) (err error) {
		a, err = op.do(tx, r)
		return err
	}
	transaction := s.config.DB.Update
	if op.reads {
		transaction = s.config.DB.View
	}
	if err := transaction(work); err != nil {
		return err
	}
	if !op.reads {
		s.forget()
	}
	if a.then != nil {
		a.then()
	}
	return a.write(w)
}

// forget drops the translated distributions, because something has changed.
func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byHost = nil
}

func (a answer) write(w http.ResponseWriter) error {
	if a.etag != "" {
		w.Header().Set("ETag", a.etag)
		if a.alsoETtag {
			w.Header().Set("ETtag", a.etag)
		}
	}
	if a.location != "" {
		w.Header().Set("Location", "https://cloudfront.amazonaws.com/"+version+"/"+a.location)
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.root != "" {
		return restxml.Write(w, a.status, namespace, a.root, a.document)
	}
	if a.mediaType != "" {
		w.Header().Set("Content-Type", a.mediaType)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.raw) // a client that has gone needs no answer
	return nil
}

// errorDocument is an error as it is answered.
type errorDocument struct {
	XMLName xml.Name `xml:"ErrorResponse"`
	Error   struct {
		Type, Code, Message string
	}
	RequestID string `xml:"RequestId"`
}

// WriteError implements [api.Service].
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	document := errorDocument{RequestID: r.ID}
	document.Error.Type, document.Error.Code, document.Error.Message = "Sender", e.Code, e.Message
	if e.Status >= http.StatusInternalServerError {
		document.Error.Type = "Receiver"
	}
	w.Header().Set("X-Amzn-Requestid", r.ID)
	_ = restxml.Write(w, e.Status, namespace, "ErrorResponse", document) // strings can always be encoded
}

// decode reads the document of a request. A setting that is not known here is
// answered with 501, because leaving it out would look as if it were in force.
func decode(r request, root string, out any) error {
	if len(r.body) == 0 {
		return refused("MissingBody", "This operation requires a body. Ensure that the body is present and the Content-Type header is set.")
	}
	err := restxml.Decode(r.body, root, out)
	var unknown restxml.UnknownElement
	switch {
	case errors.As(err, &unknown):
		return api.NotImplemented("cloudfront", root+" with "+unknown.Name)
	case err != nil:
		return refused("MalformedXML", "%v", err)
	}
	return checkQuantities(reflect.ValueOf(out))
}

// checkQuantities sees that every list of a document, however deep, has as many items
// as its Quantity says.
func checkQuantities(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return checkQuantities(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := checkQuantities(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		quantity, items := v.FieldByName("Quantity"), v.FieldByName("Items")
		if quantity.IsValid() && items.IsValid() && quantity.Int() != int64(items.Len()) {
			return refused("InconsistentQuantities", "The value of Quantity and the size of Items don't match.")
		}
		for i := range v.NumField() {
			if err := checkQuantities(v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkMatch holds the If-Match header of a request against what is there.
func checkMatch(r request, etag string) error {
	switch r.Header.Get("If-Match") {
	case etag:
		return nil
	case "":
		return refused("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
	default:
		return api.Errorf(http.StatusPreconditionFailed, "PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more request-header fields.")
	}
}

const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// newID makes an id or an entity tag: E and 13 letters and digits.
func newID() string {
	random := make([]byte, 13)
	_, _ = rand.Read(random) // it never fails
	for i, b := range random {
		random[i] = idLetters[int(b)%len(idLetters)]
	}
	return "E" + string(random)
}

// newUUID makes the id of a policy.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func arn(account, kind, id string) string {
	return "arn:aws:cloudfront::" + account + ":" + kind + "/" + id
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// element is a document's element with a name of its own.
type element struct {
	name  string
	value any
}

// MarshalXML implements [xml.Marshaler].
func (e element) MarshalXML(encoder *xml.Encoder, _ xml.StartElement) error {
	return encoder.EncodeElement(e.value, xml.StartElement{Name: xml.Name{Local: e.name}})
}

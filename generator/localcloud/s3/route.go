package s3

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

func itoa(n int) string { return strconv.Itoa(n) }

// call is a request once it is known what it points at.
type call struct {
	*api.Request
	location
	query url.Values
	// batch and creation are the documents of DeleteObjects and CreateBucket, which
	// say what must be allowed and are therefore read before the rest is.
	batch    deleteRequest
	creation createRequest
}

// versionID is the version that the request names, or empty.
func (c *call) versionID() string { return c.query.Get("versionId") }

// handler does a call: it writes a whole answer or returns an error.
type handler func(s *Service, w http.ResponseWriter, c *call) error

// operation is what a call is named, needs and does.
type operation struct {
	name string
	// action is the IAM action on the bucket or object, less the prefix s3:. versioned
	// is the action when the request names a version, empty if that is the same.
	action, versioned string
	// also adds to the actions on the same resource by what the request asks for.
	also func(c *call) []string
	// read reads a document that says what must be allowed.
	read   func(c *call) error
	handle handler
}

// routeKey finds an operation: the method, what the URL points at, and the
// sub-resource, which is the query parameter that selects a configuration or a way
// of working. A copy is told from a plain PUT by its header alone.
type routeKey struct {
	method string
	at     level
	sub    string
	copy   bool
}

// parameters are the query parameters that only refine a call. Every other one is
// taken for a sub-resource, so that a call which is not known can never pass for
// one on the whole bucket or object: DELETE /bucket?policy must not delete the bucket.
var parameters = map[string]bool{
	"bucket-region": true, "continuation-token": true, "delimiter": true, "encoding-type": true,
	"fetch-owner": true, "key-marker": true, "marker": true, "max-buckets": true, "max-keys": true,
	"max-parts": true, "max-uploads": true, "part-number-marker": true, "partNumber": true,
	"prefix": true, "start-after": true, "tagKeys": true, "upload-id-marker": true,
	"version-id-marker": true, "versionId": true,
	"response-cache-control": true, "response-content-disposition": true,
	"response-content-encoding": true, "response-content-language": true,
	"response-content-type": true, "response-expires": true,
}

// subResource names the sub-resource of a query. Parameters that begin with x- are
// S3's own (x-id, X-Amz-Signature) or for the caller's logs, which S3 ignores.
func subResource(query url.Values) string {
	var subs []string
	for name := range query {
		if !parameters[name] && !strings.HasPrefix(strings.ToLower(name), "x-") {
			subs = append(subs, name)
		}
	}
	sort.Strings(subs)
	return strings.Join(subs, "&")
}

// Route finds the operation of a request and what it must be allowed to do.
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	c := &call{Request: r, location: locate(r), query: r.URL.Query()}
	key := routeKey{
		method: r.Method, at: c.level(), sub: subResource(c.query),
		copy: r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") != "",
	}
	op, found := operations[key]
	if !found {
		return api.Operation{}, api.NotImplemented("s3", describe(key))
	}
	routed := api.Operation{Name: op.name}
	access, err := s.access(op, c)
	if err != nil {
		// The operation exists but cannot run, whoever asks: no permission is needed
		// to hear that, as on AWS.
		routed.Handle = func(http.ResponseWriter, *api.Request) error { return err }
		return routed, nil
	}
	routed.Access, routed.InParts = access, op.name == "DeleteObjects"
	if op.readsObject() {
		list := access[0]
		list.Action, list.Resource = "s3:ListBucket", bucketARN(c.bucket)
		routed.Reveals = []api.Access{list}
	}
	routed.Handle = func(w http.ResponseWriter, r *api.Request) error {
		c.Request = r
		setRequestIDs(w, r)
		return op.handle(s, w, c)
	}
	return routed, nil
}

// readsObject tells whether an object is read that must be there. Without s3:ListBucket
// on its bucket one that is not there is refused like one that may not be read
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
func (o operation) readsObject() bool {
	return slices.Contains([]string{"GetObject", "HeadObject", "GetObjectAttributes"}, o.name)
}

// describe names a call that is not known by method, level and sub-resource.
func describe(key routeKey) string {
	name := fmt.Sprintf("%s %s", key.method, key.at)
	if key.sub != "" {
		name += "?" + key.sub
	}
	if key.copy {
		name += " (copy)"
	}
	return name
}

// access lists what a call must be allowed. An error is one that everybody gets:
// there is no such bucket, it is in another region, the document is unreadable.
func (s *Service) access(op operation, c *call) ([]api.Access, error) {
	if op.read != nil {
		if err := op.read(c); err != nil {
			return nil, err
		}
	}
	if c.level() == ofService {
		return []api.Access{{Action: "s3:" + op.action, Resource: "*", Context: s.conditions(c)}}, nil
	}
	if op.name == "CreateBucket" {
		// The name is free or the call fails: no owner and no policy take part.
		return allOf(op.actions(c), api.Access{Resource: bucketARN(c.bucket), Context: s.conditions(c)}), nil
	}
	if err := checkKey(c.key); err != nil {
		return nil, err
	}
	b, found, err := s.lookup(c.bucket)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noSuchBucket(c.bucket)
	}
	// GetBucketLocation is how old clients find the region; the global endpoint,
	// which is us-east-1, answers it for every bucket.
	// Nothing says a region where neither the host nor a signature does.
	if c.Region != "" && b.Region != c.Region && (op.name != "GetBucketLocation" || c.Region != "us-east-1") {
		return nil, wrongRegion(b)
	}
	for _, name := range []string{"X-Amz-Expected-Bucket-Owner", "X-Amz-Account-Id"} {
		if owner := c.Header.Get(name); owner != "" && owner != b.Account {
			return nil, accessDenied("Access Denied")
		}
	}
	on := b.grant(c.Principal)
	on.Context = s.conditions(c)
	on.Context["s3:resourceaccount"] = []string{b.Account}
	if op.rescues(c.Principal, b) {
		on.Policy = ""
	}
	switch {
	case op.name == "DeleteObjects":
		return c.batch.access(on, b), nil
	case c.key != "":
		on.Resource = objectARN(b.Name, c.key)
	default:
		on.Resource = bucketARN(b.Name)
	}
	needs := allOf(op.actions(c), on)
	if c.Header.Get("X-Amz-Copy-Source") == "" || c.Method != http.MethodPut {
		return needs, nil
	}
	source, err := s.sourceAccess(c)
	if err != nil {
		return nil, err
	}
	return append(needs, source...), nil
}

// rescues tells whether a bucket policy counts for nothing in this call: the root
// user of the bucket's account can always read, replace and delete it, so that a
// policy that shuts everybody out can be undone.
func (op operation) rescues(p api.Principal, b bucket) bool {
	switch op.name {
	case "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy":
		return p.Kind == api.Root && p.Account == b.Account
	default:
		return false
	}
}

func (op operation) actions(c *call) []string {
	action := op.action
	if op.versioned != "" && c.versionID() != "" {
		action = op.versioned
	}
	actions := []string{action}
	if op.also != nil {
		actions = append(actions, op.also(c)...)
	}
	return actions
}

// allOf is one permission per action, all on one resource.
func allOf(actions []string, on api.Access) []api.Access {
	needs := make([]api.Access, len(actions))
	for i, action := range actions {
		needs[i] = on
		needs[i].Action = "s3:" + action
	}
	return needs
}

func bucketARN(bucket string) string      { return "arn:aws:s3:::" + bucket }
func objectARN(bucket, key string) string { return "arn:aws:s3:::" + bucket + "/" + key }

// lookup reads a bucket outside of any other transaction.
func (s *Service) lookup(name string) (b bucket, found bool, err error) {
	if name == "" {
		return bucket{}, false, nil
	}
	err = s.db.View(func(tx store.Tx) error {
		b, found, err = buckets.Get(tx, name)
		return err
	})
	return b, found, err
}

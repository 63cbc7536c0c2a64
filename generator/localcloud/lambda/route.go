package lambda

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"sendform/generator/localcloud/api"
)

// call is a request that was matched to a route.
type call struct {
	*api.Request
	path  map[string]string // the path's variables, unescaped
	query url.Values
	body  []byte
}

// reply is what a call answers: a body that is encoded as JSON, or bytes as they
// are, or nothing.
type reply struct {
	status int
	header http.Header
	body   any
}

// plan is a call that was understood: what it needs and what it does.
type plan struct {
	access []api.Access
	do     func(c call) (reply, error)
}

// route is one call of the API. A variable in braces stands for one segment; a query
// must be there as it is. A call that is known by name only, to be refused by it, has
// no open.
type route struct {
	method, path, name string
	open               func(*Service, call) (plan, error)
}

var routes = []route{
	{"POST", "/2015-03-31/functions", "CreateFunction", (*Service).createFunction},
	{"GET", "/2015-03-31/functions", "ListFunctions", (*Service).listFunctions},
	{"GET", "/2015-03-31/functions/{function}", "GetFunction", (*Service).getFunction},
	{"DELETE", "/2015-03-31/functions/{function}", "DeleteFunction", (*Service).deleteFunction},
	{"GET", "/2015-03-31/functions/{function}/configuration", "GetFunctionConfiguration", (*Service).getFunctionConfiguration},
	{"PUT", "/2015-03-31/functions/{function}/configuration", "UpdateFunctionConfiguration", (*Service).updateFunctionConfiguration},
	{"PUT", "/2015-03-31/functions/{function}/code", "UpdateFunctionCode", (*Service).updateFunctionCode},
	{"POST", "/2015-03-31/functions/{function}/invocations", "Invoke", (*Service).invokeFunction},
	{"POST", "/2021-11-15/functions/{function}/response-streaming-invocations", "InvokeWithResponseStream", nil},

	{"GET", "/2015-03-31/functions/{function}/versions", "ListVersionsByFunction", (*Service).listVersions},
	{"POST", "/2015-03-31/functions/{function}/versions", "PublishVersion", (*Service).publishVersion},
	{"POST", "/2015-03-31/functions/{function}/aliases", "CreateAlias", (*Service).createAlias},
	{"GET", "/2015-03-31/functions/{function}/aliases", "ListAliases", (*Service).listAliases},
	{"GET", "/2015-03-31/functions/{function}/aliases/{alias}", "GetAlias", (*Service).getAlias},
	{"PUT", "/2015-03-31/functions/{function}/aliases/{alias}", "UpdateAlias", (*Service).updateAlias},
	{"DELETE", "/2015-03-31/functions/{function}/aliases/{alias}", "DeleteAlias", (*Service).deleteAlias},

	{"POST", "/2015-03-31/functions/{function}/policy", "AddPermission", (*Service).addPermission},
	{"GET", "/2015-03-31/functions/{function}/policy", "GetPolicy", (*Service).getPolicy},
	{"DELETE", "/2015-03-31/functions/{function}/policy/{statement}", "RemovePermission", (*Service).removePermission},

	{"POST", "/2021-10-31/functions/{function}/url", "CreateFunctionUrlConfig", (*Service).createURLConfig},
	{"GET", "/2021-10-31/functions/{function}/url", "GetFunctionUrlConfig", (*Service).getURLConfig},
	{"PUT", "/2021-10-31/functions/{function}/url", "UpdateFunctionUrlConfig", (*Service).updateURLConfig},
	{"DELETE", "/2021-10-31/functions/{function}/url", "DeleteFunctionUrlConfig", (*Service).deleteURLConfig},
	{"GET", "/2021-10-31/functions/{function}/urls", "ListFunctionUrlConfigs", (*Service).listURLConfigs},

	{"PUT", "/2017-10-31/functions/{function}/concurrency", "PutFunctionConcurrency", (*Service).putConcurrency},
	{"DELETE", "/2017-10-31/functions/{function}/concurrency", "DeleteFunctionConcurrency", (*Service).deleteConcurrency},
	{"GET", "/2019-09-30/functions/{function}/concurrency", "GetFunctionConcurrency", (*Service).getConcurrency},
	{"GET", "/2019-09-30/functions/{function}/provisioned-concurrency?List=ALL", "ListProvisionedConcurrencyConfigs", (*Service).listProvisionedConcurrency},
	{"GET", "/2019-09-30/functions/{function}/provisioned-concurrency", "GetProvisionedConcurrencyConfig", (*Service).getProvisionedConcurrency},

	{"PUT", "/2019-09-25/functions/{function}/event-invoke-config", "PutFunctionEventInvokeConfig", (*Service).putEventConfig},
	{"POST", "/2019-09-25/functions/{function}/event-invoke-config", "UpdateFunctionEventInvokeConfig", (*Service).updateEventConfig},
	{"GET", "/2019-09-25/functions/{function}/event-invoke-config", "GetFunctionEventInvokeConfig", (*Service).getEventConfig},
	{"DELETE", "/2019-09-25/functions/{function}/event-invoke-config", "DeleteFunctionEventInvokeConfig", (*Service).deleteEventConfig},
	{"GET", "/2019-09-25/functions/{function}/event-invoke-config/list", "ListFunctionEventInvokeConfigs", (*Service).listEventConfigs},

	{"GET", "/2016-08-19/account-settings", "GetAccountSettings", (*Service).getAccountSettings},
	{"GET", "/2020-06-30/functions/{function}/code-signing-config", "GetFunctionCodeSigningConfig", (*Service).getCodeSigningConfig},
	{"GET", "/2021-07-20/functions/{function}/runtime-management-config", "GetRuntimeManagementConfig", (*Service).getRuntimeManagement},
	{"GET", "/2024-08-31/functions/{function}/recursion-config", "GetFunctionRecursionConfig", (*Service).getRecursionConfig},

	{"GET", "/2018-10-31/layers?find=LayerVersion", "GetLayerVersionByArn", (*Service).getLayerVersionByARN},
	{"GET", "/2018-10-31/layers", "ListLayers", (*Service).listLayers},
	{"POST", "/2018-10-31/layers/{layer}/versions", "PublishLayerVersion", (*Service).publishLayerVersion},
	{"GET", "/2018-10-31/layers/{layer}/versions", "ListLayerVersions", (*Service).listLayerVersions},
	{"GET", "/2018-10-31/layers/{layer}/versions/{version}", "GetLayerVersion", (*Service).getLayerVersion},
	{"DELETE", "/2018-10-31/layers/{layer}/versions/{version}", "DeleteLayerVersion", (*Service).deleteLayerVersion},
	{"POST", "/2018-10-31/layers/{layer}/versions/{version}/policy", "AddLayerVersionPermission", (*Service).addLayerPermission},
	{"GET", "/2018-10-31/layers/{layer}/versions/{version}/policy", "GetLayerVersionPolicy", (*Service).getLayerPolicy},
	{"DELETE", "/2018-10-31/layers/{layer}/versions/{version}/policy/{statement}", "RemoveLayerVersionPermission", (*Service).removeLayerPermission},

	{"GET", "/2017-03-31/tags/{resource}", "ListTags", (*Service).listTags},
	{"POST", "/2017-03-31/tags/{resource}", "TagResource", (*Service).tagResource},
	{"DELETE", "/2017-03-31/tags/{resource}", "UntagResource", (*Service).untagResource},
}

// match compares a request's path with the route's, segment by segment, so that
// an escaped slash inside an ARN stays inside its segment.
func (rt route) match(r *http.Request, segments []string) (map[string]string, bool) {
	path, query, _ := strings.Cut(rt.path, "?")
	wanted := strings.Split(path, "/")
	if r.Method != rt.method || len(wanted) != len(segments) {
		return nil, false
	}
	if name, value, asked := strings.Cut(query, "="); asked && r.URL.Query().Get(name) != value {
		return nil, false
	}
	found := map[string]string{}
	for i, want := range wanted {
		name, isVariable := strings.CutPrefix(want, "{")
		if !isVariable {
			if want != segments[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		found[strings.TrimSuffix(name, "}")] = value
	}
	return found, true
}

// Route finds the call by method and path.
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	segments := strings.Split(strings.TrimSuffix(r.URL.EscapedPath(), "/"), "/")
	for _, rt := range routes {
		path, found := rt.match(r.Request, segments)
		if !found {
			continue
		}
		if rt.open == nil {
			return api.Operation{}, api.NotImplemented("lambda", rt.name)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return api.Operation{}, fmt.Errorf("read the body of %s: %w", rt.name, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c := call{Request: r, path: path, query: r.URL.Query(), body: body}
		p, err := rt.open(s, c)
		if err != nil {
			return api.Operation{}, err
		}
		return api.Operation{
			Name:   rt.name,
			Access: p.access,
			Handle: func(w http.ResponseWriter, r *api.Request) error {
				c.Request = r
				out, err := p.do(c)
				if err != nil {
					return err
				}
				return out.write(w, r)
			},
		}, nil
	}
	return api.Operation{}, api.NotImplemented("lambda", r.Method+" "+r.URL.Path)
}

func (out reply) write(w http.ResponseWriter, r *api.Request) error {
	data, raw := out.body.([]byte)
	if !raw && out.body != nil {
		var err error
		if data, err = json.Marshal(out.body); err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
	}
	for name, values := range out.header {
		w.Header()[name] = values
	}
	if out.status != http.StatusNoContent {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("X-Amzn-RequestId", r.ID)
	w.WriteHeader(out.status)
	_, _ = w.Write(data) // a failed write means that the client is gone; the call succeeded
	return nil
}

// reference is the function that the path names, with the query's qualifier.
func (c call) reference() (reference, error) {
	return parseReference(c.Request, c.path["function"], c.query.Get("Qualifier"))
}

// decode reads the body of a call; an empty one leaves in as it is.
func decode(c call, in any) error {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, in); err != nil {
		return api.Errorf(http.StatusBadRequest, "SerializationException", "%v", err)
	}
	return nil
}

// onFunction is a call that needs one action on the function that it names.
func (s *Service) onFunction(action string, ref reference, do func(c call) (reply, error)) plan {
	return plan{access: []api.Access{s.access(action, ref)}, do: do}
}

// access is one action on a function, with the function's own policy.
func (s *Service) access(action string, ref reference) api.Access {
	return api.Access{
		Action: "lambda:" + action, Resource: ref.arn(), Owner: ref.account,
		Policy: s.policyFor(ref),
	}
}

// Operations lists the calls of the service.
func Operations() []api.Offer {
	var names []string
	for _, rt := range routes {
		if rt.open != nil {
			names = append(names, rt.name)
		}
	}
	const noEnvironment = "no VPC, dead letters, file systems, images, code signing"
	return api.Offers(names, map[string]string{
		"CreateFunction":                    noEnvironment,
		"GetFunctionCodeSigningConfig":      "always none",
		"GetFunctionRecursionConfig":        "always Terminate",
		"GetProvisionedConcurrencyConfig":   "always none",
		"GetRuntimeManagementConfig":        "always Auto",
		"Invoke":                            "provided.al2023, provided.al2 and Python on this machine's interpreter; memory and the size of /tmp are not limited",
		"ListProvisionedConcurrencyConfigs": "always none",
		"ListTags":                          "of functions",
		"PutFunctionEventInvokeConfig":      "no destinations",
		"TagResource":                       "of functions",
		"UntagResource":                     "of functions",
		"UpdateFunctionCode":                "no images",
		"UpdateFunctionConfiguration":       noEnvironment,
		"UpdateFunctionEventInvokeConfig":   "no destinations",
	})
}

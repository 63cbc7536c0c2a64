package cloudfront

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/edge"
	"sendform/generator/localcloud/store"
)

// function is a row of the table of functions. A change is made to Development;
// publishing makes a copy of that Live, which is what distributions run.
type function struct {
	Name, Account string
	Created       time.Time
	Tags          map[string]string
	Development   code
	Live          *code
}

// code is a function at a stage.
type code struct {
	ETag, Comment, Runtime string
	Text                   []byte
	Modified               time.Time
}

func (f function) arn() string { return arn(f.Account, "function", f.Name) }

func (f function) key() string { return store.Key(f.Account, f.Name) }

// nameOf is the last part of an ARN.
func nameOf(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// The stages of a function.
const (
	development = "DEVELOPMENT"
	live        = "LIVE"
)

// stage finds the code at a stage; without a name that is Development.
func (f function) stage(name string) (code, bool) {
	switch {
	case name == "" || name == development:
		return f.Development, true
	case name == live && f.Live != nil:
		return *f.Live, true
	default:
		return code{}, false
	}
}

type functionSummary struct {
	Name, Status     string
	FunctionConfig   functionConfig
	FunctionMetadata struct{ FunctionARN, Stage, CreatedTime, LastModifiedTime string }
}

type functionConfig struct {
	Comment, Runtime          string
	KeyValueStoreAssociations *keyValueStores
}

type keyValueStores struct {
	Quantity int
	Items    []struct{ KeyValueStoreARN string } `xml:"Items>KeyValueStoreAssociation"`
}

// summary is a function at a stage, as it is answered. uses tells by how many
// distributions each function is used.
func (f function) summary(stage string, uses map[string]int) functionSummary {
	c, _ := f.stage(stage)
	s := functionSummary{Name: f.Name, FunctionConfig: functionConfig{Comment: c.Comment, Runtime: c.Runtime}}
	switch {
	case f.Live == nil:
		s.Status = "UNPUBLISHED"
	case uses[f.arn()] == 0:
		s.Status = "UNASSOCIATED"
	default:
		s.Status = "ASSOCIATED"
	}
	if stage == "" {
		stage = development
	}
	s.FunctionMetadata.FunctionARN, s.FunctionMetadata.Stage = f.arn(), stage
	s.FunctionMetadata.CreatedTime, s.FunctionMetadata.LastModifiedTime = timestamp(f.Created), timestamp(c.Modified)
	return s
}

// functionUses tells by how many distributions each function of an account is used,
// by the functions' ARNs. The distribution named except does not count.
func (s *Service) functionUses(tx store.Tx, account, except string) (map[string]int, error) {
	uses := map[string]int{}
	err := s.eachDistribution(tx, account, func(d distribution) {
		if d.ID == except {
			return
		}
		for _, arn := range d.Config.functions() {
			uses[arn]++
		}
	})
	return uses, err
}

// functions lists the ARNs of the functions that the behaviours use, each once.
func (c distributionConfig) functions() []string {
	var arns []string
	for _, b := range c.allBehaviours() {
		for _, a := range b.FunctionAssociations.Items {
			arns = append(arns, a.FunctionARN)
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

func (s *Service) functionCall(r request) (operation, bool) {
	if len(r.path) == 1 {
		switch r.Method {
		case http.MethodPost:
			return s.createFunctionCall(r), true
		case http.MethodGet:
			return operation{name: "ListFunctions", resource: "*", reads: true, do: s.listFunctions}, true
		}
		return operation{}, false
	}
	on := arn(r.Account(), "function", r.path[1])
	switch call := r.Method + " " + strings.Join(r.path[2:], "/"); call {
	case "GET describe":
		return operation{name: "DescribeFunction", resource: on, reads: true, do: s.describeFunction}, true
	case "GET ":
		return operation{name: "GetFunction", resource: on, reads: true, do: s.getFunction}, true
	case "PUT ":
		return operation{name: "UpdateFunction", resource: on, do: s.updateFunction}, true
	case "DELETE ":
		return operation{name: "DeleteFunction", resource: on, do: s.deleteFunction}, true
	case "POST publish":
		return operation{name: "PublishFunction", resource: on, do: s.publishFunction}, true
	case "POST test":
		return operation{name: "TestFunction", resource: on, reads: true, do: s.testFunction}, true
	default:
		return operation{}, false
	}
}

func (s *Service) createFunctionCall(r request) operation {
	op := operation{name: "CreateFunction", resource: arn(r.Account(), "function", "*"), do: s.createFunction}
	var in functionRequest
	_ = decode(r, "CreateFunctionRequest", &in) // the call itself fails, once it is allowed
	if len(in.Tags.Items) > 0 {
		op.actions, op.context = []string{"CreateFunction", "TagResource"}, in.Tags.conditionKeys()
	}
	return op
}

// function finds the one that a path names.
func (s *Service) function(tx store.Tx, r request) (function, error) {
	f, found, err := s.functions.Get(tx, store.Key(r.Account(), r.path[1]))
	if err == nil && !found {
		err = noSuchFunction()
	}
	return f, err
}

func noSuchFunction() error {
	return notFound("NoSuchFunctionExists", "The specified function does not exist.")
}

var functionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Limits of functions
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html).
const (
	maxFunctions         = 100 // of an account
	maxUsesOfOneFunction = 100 // distributions
)

// functionRequest is what a function is created from and changed to. Its name and
// tags are in the document of a creation only.
type functionRequest struct {
	Name           string
	FunctionConfig functionConfig
	FunctionCode   base64Text
	Tags           tagSet
}

// base64Text is binary data in a document.
type base64Text []byte

// UnmarshalText implements [encoding.TextUnmarshaler].
func (b *base64Text) UnmarshalText(text []byte) (err error) {
	*b, err = base64.StdEncoding.AppendDecode(nil, text)
	return err
}

func (in functionRequest) code(now time.Time) (code, error) {
	if err := oneOf("Runtime", in.FunctionConfig.Runtime, edge.RuntimeJS1, edge.RuntimeJS2); err != nil {
		return code{}, err
	}
	if len(in.FunctionCode) > edge.MaxFunctionSize {
		return code{}, api.Errorf(http.StatusRequestEntityTooLarge, "FunctionSizeLimitExceeded", "The function is too large: %d bytes of at most %d.", len(in.FunctionCode), edge.MaxFunctionSize)
	}
	if len(in.FunctionCode) == 0 {
		return code{}, invalid("The parameter FunctionCode is required.")
	}
	if len(in.FunctionConfig.Comment) > maxComment {
		return code{}, tooLong("Comment", in.FunctionConfig.Comment, maxComment)
	}
	if stores := in.FunctionConfig.KeyValueStoreAssociations; stores != nil && stores.Quantity > 0 {
		return code{}, api.NotImplemented("cloudfront", "key value stores")
	}
	return code{
		ETag: newETag(), Comment: in.FunctionConfig.Comment, Runtime: in.FunctionConfig.Runtime,
		Text: in.FunctionCode, Modified: now,
	}, nil
}

// newETag makes an entity tag of a function: ETVPDKIKX0DER.
func newETag() string { return "ETV" + newID()[4:] }

func (s *Service) createFunction(tx store.Tx, r request) (answer, error) {
	var in functionRequest
	if err := decode(r, "CreateFunctionRequest", &in); err != nil {
		return answer{}, err
	}
	if !functionName.MatchString(in.Name) {
		return answer{}, invalid("The parameter Name is not valid: %q.", in.Name)
	}
	made, err := in.code(r.now)
	if err != nil {
		return answer{}, err
	}
	tags, err := in.Tags.check()
	if err != nil {
		return answer{}, err
	}
	f := function{Name: in.Name, Account: r.Account(), Created: r.now, Tags: tags, Development: made}
	others, taken := 0, false
	err = s.functions.Scan(tx, store.Key(f.Account, ""), "", func(_ string, other function) bool {
		others, taken = others+1, taken || other.Name == f.Name
		return true
	})
	switch {
	case err != nil:
		return answer{}, err
	case taken:
		return answer{}, conflict("FunctionAlreadyExists", "A function with the name %s already exists.", in.Name)
	case others >= maxFunctions:
		return answer{}, refused("TooManyFunctions", "An account has at most %d functions.", maxFunctions)
	}
	return answer{
		status: http.StatusCreated, etag: made.ETag, location: "function/" + f.Name,
		root: "FunctionSummary", document: f.summary(development, nil),
	}, s.functions.Put(tx, f.key(), f)
}

func (s *Service) updateFunction(tx store.Tx, r request) (answer, error) {
	f, err := s.function(tx, r)
	if err != nil {
		return answer{}, err
	}
	if err := checkMatch(r, f.Development.ETag); err != nil {
		return answer{}, err
	}
	var in functionRequest
	if err := decode(r, "UpdateFunctionRequest", &in); err != nil {
		return answer{}, err
	}
	if f.Development, err = in.code(r.now); err != nil {
		return answer{}, err
	}
	if err := s.functions.Put(tx, f.key(), f); err != nil {
		return answer{}, err
	}
	uses, err := s.functionUses(tx, r.Account(), "")
	return answer{
		etag: f.Development.ETag, alsoETtag: true,
		root: "FunctionSummary", document: f.summary(development, uses),
	}, err
}

func (s *Service) publishFunction(tx store.Tx, r request) (answer, error) {
	f, err := s.function(tx, r)
	if err != nil {
		return answer{}, err
	}
	if err := checkMatch(r, f.Development.ETag); err != nil {
		return answer{}, err
	}
	published := f.Development
	published.Modified = r.now
	f.Live = &published
	if err := s.functions.Put(tx, f.key(), f); err != nil {
		return answer{}, err
	}
	uses, err := s.functionUses(tx, r.Account(), "")
	return answer{root: "FunctionSummary", document: f.summary(live, uses)}, err
}

func (s *Service) deleteFunction(tx store.Tx, r request) (answer, error) {
	f, err := s.function(tx, r)
	if err != nil {
		return answer{}, err
	}
	if err := checkMatch(r, f.Development.ETag); err != nil {
		return answer{}, err
	}
	uses, err := s.functionUses(tx, r.Account(), "")
	if err != nil {
		return answer{}, err
	}
	if uses[f.arn()] > 0 {
		return answer{}, conflict("FunctionInUse", "The function is attached to one or more distributions.")
	}
	return answer{status: http.StatusNoContent}, s.functions.Delete(tx, f.key())
}

// atStage finds the function that a path names and its code at the stage that the
// query names.
func (s *Service) atStage(tx store.Tx, r request) (function, code, error) {
	f, err := s.function(tx, r)
	if err != nil {
		return f, code{}, err
	}
	c, found := f.stage(r.URL.Query().Get("Stage"))
	if !found {
		return f, code{}, noSuchFunction()
	}
	return f, c, nil
}

func (s *Service) describeFunction(tx store.Tx, r request) (answer, error) {
	f, c, err := s.atStage(tx, r)
	if err != nil {
		return answer{}, err
	}
	uses, err := s.functionUses(tx, r.Account(), "")
	return answer{etag: c.ETag, root: "FunctionSummary", document: f.summary(r.URL.Query().Get("Stage"), uses)}, err
}

func (s *Service) getFunction(tx store.Tx, r request) (answer, error) {
	_, c, err := s.atStage(tx, r)
	return answer{etag: c.ETag, raw: c.Text, mediaType: "application/octet-stream"}, err
}

func (s *Service) listFunctions(tx store.Tx, r request) (answer, error) {
	stage := r.URL.Query().Get("Stage")
	if stage != "" {
		if err := oneOf("Stage", stage, development, live); err != nil {
			return answer{}, err
		}
	}
	uses, err := s.functionUses(tx, r.Account(), "")
	if err != nil {
		return answer{}, err
	}
	var found []function
	err = s.functions.Scan(tx, store.Key(r.Account(), ""), "", func(_ string, f function) bool {
		if _, has := f.stage(stage); has {
			found = append(found, f)
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	found, p, err := pageOf(r, found, func(f function) string { return f.Name })
	if err != nil {
		return answer{}, err
	}
	for _, f := range found {
		p.Items = append(p.Items, element{"FunctionSummary", f.summary(stage, uses)})
	}
	return answer{root: "FunctionList", document: p.plain()}, nil
}

type testResult struct {
	FunctionSummary       functionSummary
	ComputeUtilization    string
	FunctionExecutionLogs []string `xml:"FunctionExecutionLogs>member"`
	FunctionErrorMessage  string
	FunctionOutput        string
}

func (s *Service) testFunction(tx store.Tx, r request) (answer, error) {
	f, err := s.function(tx, r)
	if err != nil {
		return answer{}, err
	}
	if err := checkMatch(r, f.Development.ETag); err != nil {
		return answer{}, err
	}
	var in struct {
		Stage       string
		EventObject base64Text
	}
	if err := decode(r, "TestFunctionRequest", &in); err != nil {
		return answer{}, err
	}
	c, found := f.stage(in.Stage)
	if !found {
		return answer{}, noSuchFunction()
	}
	uses, err := s.functionUses(tx, r.Account(), "")
	if err != nil {
		return answer{}, err
	}
	run := edge.RunFunction(r.Context(), edge.Function{Name: f.Name, Runtime: c.Runtime, Code: string(c.Text)}, in.EventObject, r.now)
	return answer{root: "TestResult", document: testResult{
		FunctionSummary: f.summary(in.Stage, uses), ComputeUtilization: fmt.Sprint(run.Compute),
		FunctionExecutionLogs: run.Logs, FunctionErrorMessage: run.Error, FunctionOutput: string(run.Output),
	}}, nil
}

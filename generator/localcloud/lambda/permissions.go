package lambda

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/store"
)

// policy is the resource policy of a function, a version, an alias or a layer version.
type policy struct {
	Statements []statement
	RevisionId string
}

// statement is one permission, in the shape of a policy document.
type statement struct {
	Sid       string
	Effect    string
	Principal any // "*", {"Service": …} or {"AWS": …}
	Action    string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

// document is the policy as JSON; empty when there is no statement.
func (p policy) document() (string, error) {
	if len(p.Statements) == 0 {
		return "", nil
	}
	data, err := json.Marshal(struct {
		Version   string
		Id        string
		Statement []statement
	}{"2012-10-17", "default", p.Statements})
	if err != nil {
		return "", fmt.Errorf("encode a policy: %w", err)
	}
	return string(data), nil
}

// maxPolicy is the largest policy of a function or a layer, in bytes.
const maxPolicy = 20 << 10

// answer is what the reading of a policy gives.
func (p policy) answer() (reply, error) {
	document, err := p.document()
	if err != nil {
		return reply{}, err
	}
	if document == "" {
		return reply{}, nothingThere()
	}
	return reply{status: http.StatusOK, body: map[string]string{"Policy": document, "RevisionId": p.RevisionId}}, nil
}

// with is the policy and one statement more.
func (p policy) with(added statement, expectedRevision string) (policy, error) {
	if err := checkRevision(expectedRevision, p.RevisionId); err != nil {
		return p, err
	}
	if slices.ContainsFunc(p.Statements, func(st statement) bool { return st.Sid == added.Sid }) {
		return p, conflict("The statement id (%s) provided already exists. "+
			"Please provide a new statement id, or remove the existing statement.", added.Sid)
	}
	p.Statements = append(slices.Clone(p.Statements), added)
	p.RevisionId = newID()
	document, err := p.document()
	if err == nil && len(document) > maxPolicy {
		err = policyTooLong(len(document))
	}
	return p, err
}

// without is the policy and one statement less.
func (p policy) without(sid, expectedRevision string) (policy, error) {
	if err := checkRevision(expectedRevision, p.RevisionId); err != nil {
		return p, err
	}
	at := slices.IndexFunc(p.Statements, func(st statement) bool { return st.Sid == sid })
	switch {
	case len(p.Statements) == 0:
		return p, notFound("No policy is associated with the given resource.")
	case at < 0:
		return p, notFound("Statement %s is not found in resource policy.", sid)
	}
	p.Statements = slices.Delete(slices.Clone(p.Statements), at, at+1)
	p.RevisionId = newID()
	return p, nil
}

// policyFor is the policy that guards a reference, empty when there is none. A
// version or an alias has a policy of its own; the function's does not count.
func (s *Service) policyFor(ref reference) string {
	f, err := s.read(ref)
	if err != nil {
		return "" // the call itself answers that there is no such function
	}
	document, err := f.Policies[policyKey(ref.qualifier)].document()
	if err != nil {
		s.Logger.Error("read a function's policy", "function", ref.arn(), "error", err)
	}
	return document
}

// policyKey is where the policy of a qualifier is kept: $LATEST is the function.
func policyKey(qualifier string) string {
	if qualifier == latest {
		return ""
	}
	return qualifier
}

type addPermissionInput struct {
	Action                string
	EventSourceToken      string
	FunctionUrlAuthType   string
	InvokedViaFunctionUrl *bool
	Principal             string
	PrincipalOrgID        string
	RevisionId            string
	SourceAccount         string
	SourceArn             string
	StatementId           string
}

var (
	statementID     = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,100}$`)
	permittedAction = regexp.MustCompile(`^(lambda:[*]|lambda:[a-zA-Z]+|[*])$`)
	accountID       = regexp.MustCompile(`^\d{12}$`)
)

func (s *Service) addPermission(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	var in addPermissionInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	p := s.onFunction("AddPermission", ref, func(call) (reply, error) {
		added, err := in.statement(ref)
		if err != nil {
			return reply{}, err
		}
		if err := s.grant(ref, in.RevisionId, added); err != nil {
			return reply{}, err
		}
		data, err := json.Marshal(added)
		return reply{status: http.StatusCreated, body: map[string]string{"Statement": string(data)}}, err
	})
	p.access[0].Context = map[string][]string{"lambda:principal": {in.Principal}}
	if in.FunctionUrlAuthType != "" {
		p.access[0].Context["lambda:functionurlauthtype"] = []string{in.FunctionUrlAuthType}
	}
	return p, nil
}

// statement makes the statement that the permission stands for.
func (in addPermissionInput) statement(ref reference) (statement, error) {
	var wrong violations
	if !statementID.MatchString(in.StatementId) {
		wrong.add(in.StatementId, "statementId", "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)")
	}
	if !permittedAction.MatchString(in.Action) {
		wrong.add(in.Action, "action", "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])")
	}
	if in.FunctionUrlAuthType != "" {
		oneOf(&wrong, in.FunctionUrlAuthType, "functionUrlAuthType", authNone, authIAM)
	}
	if err := wrong.err(); err != nil {
		return statement{}, err
	}
	if ref.qualifier == latest {
		return statement{}, invalidParameter("We currently do not support adding policies for $LATEST.")
	}
	// Each of the two is a condition key of one action only; the API refuses it on
	// the other, which the pair of permissions of a public URL runs into easily.
	if in.FunctionUrlAuthType != "" && in.Action != actionInvokeURL {
		return statement{}, invalidParameter("FunctionUrlAuthType is only supported for %s action", actionInvokeURL)
	}
	if in.InvokedViaFunctionUrl != nil && in.Action != actionInvoke {
		return statement{}, invalidParameter("InvokedViaFunctionUrl is only supported for %s action", actionInvoke)
	}
	principal, err := in.principal()
	if err != nil {
		return statement{}, err
	}
	return statement{
		Sid: in.StatementId, Effect: "Allow", Principal: principal, Action: in.Action,
		Resource: ref.arn(), Condition: in.conditions(),
	}, nil
}

const (
	actionInvoke    = "lambda:InvokeFunction"
	actionInvokeURL = "lambda:InvokeFunctionUrl"
)

func (in addPermissionInput) principal() (any, error) {
	switch p := in.Principal; {
	case p == "*":
		return p, nil
	case accountID.MatchString(p):
		return map[string]string{"AWS": "arn:aws:iam::" + p + ":root"}, nil
	case strings.HasPrefix(p, "arn:"):
		return map[string]string{"AWS": p}, nil
	case strings.HasSuffix(p, ".amazonaws.com"):
		return map[string]string{"Service": p}, nil
	}
	return nil, invalidParameter("The provided principal was invalid. Please check the principal and try again.")
}

func (in addPermissionInput) conditions() map[string]map[string]string {
	conditions := map[string]map[string]string{}
	add := func(operator, key, value string) {
		if value == "" {
			return
		}
		if conditions[operator] == nil {
			conditions[operator] = map[string]string{}
		}
		conditions[operator][key] = value
	}
	add("StringEquals", "AWS:SourceAccount", in.SourceAccount)
	add("StringEquals", "aws:PrincipalOrgID", in.PrincipalOrgID)
	add("StringEquals", "lambda:EventSourceToken", in.EventSourceToken)
	add("StringEquals", "lambda:FunctionUrlAuthType", in.FunctionUrlAuthType)
	add("ArnLike", "AWS:SourceArn", in.SourceArn)
	if in.InvokedViaFunctionUrl != nil {
		add("Bool", "lambda:InvokedViaFunctionUrl", fmt.Sprint(*in.InvokedViaFunctionUrl))
	}
	return conditions
}

func (s *Service) grant(ref reference, expectedRevision string, added statement) error {
	_, err := s.change(ref, func(_ store.Tx, f *function) error {
		if _, err := f.resolve(ref.qualifier); err != nil {
			return err
		}
		p, err := f.Policies[ref.qualifier].with(added, expectedRevision)
		if err != nil {
			return err
		}
		put(&f.Policies, ref.qualifier, p)
		return nil
	})
	return err
}

func (s *Service) getPolicy(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("GetPolicy", ref, func(call) (reply, error) {
		f, err := s.read(ref)
		if err != nil {
			return reply{}, err
		}
		return f.Policies[policyKey(ref.qualifier)].answer()
	}), nil
}

func (s *Service) removePermission(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("RemovePermission", ref, func(c call) (reply, error) {
		sid := c.path["statement"]
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			key := policyKey(ref.qualifier)
			p, err := f.Policies[key].without(sid, c.query.Get("RevisionId"))
			if err != nil {
				return err
			}
			put(&f.Policies, key, p)
			if len(p.Statements) == 0 {
				delete(f.Policies, key)
			}
			return nil
		})
		return reply{status: http.StatusNoContent}, err
	}), nil
}

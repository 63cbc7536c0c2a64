// Package api is the contract between the local cloud's front door and the
// services behind it: what a request is once its signature was checked, how a
// service names the operation it asks for and what it must be allowed to do, and
// what an AWS error is.
//
// It must not know any single service.
package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Principal is who a request speaks for.
type Principal struct {
	// Kind tells the principals apart that IAM treats differently.
	Kind PrincipalKind
	// Account is the twelve-digit account; empty when anonymous.
	Account string
	// ARN is the caller as GetCallerIdentity names it, for example
	// arn:aws:sts::111122223333:assumed-role/name/session; empty when anonymous.
	ARN string
	// RoleARN is the role behind an assumed-role session, else empty.
	RoleARN string
	// UserID is aws:userid, for example AROA…:session; empty when anonymous.
	UserID string
	// Issued is when temporary credentials were given out; zero for others.
	Issued time.Time
	// Provider is the ARN of the OIDC provider whose token began an assumed-role
	// session, else empty.
	Provider string
	// SessionPolicy is the policy, as JSON, that was handed over when the role was
	// assumed, and SessionPolicyARNs the managed policies; empty when there were none.
	// They only limit.
	SessionPolicy     string
	SessionPolicyARNs []string
	// SessionTags were handed over when the role was assumed.
	SessionTags map[string]string
}

// UserName is the name of an IAM user, the last part of its ARN; empty for any other
// principal.
func (p Principal) UserName() string {
	if p.Kind != User {
		return ""
	}
	return p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
}

// PrincipalKind tells principals apart.
type PrincipalKind string

// The kinds of principal that the local cloud knows.
const (
	Anonymous   PrincipalKind = "anonymous"
	Root        PrincipalKind = "root"
	User        PrincipalKind = "user"
	AssumedRole PrincipalKind = "assumed-role"
	WebIdentity PrincipalKind = "web-identity" // the bearer of an OIDC token; ARN is the provider's
	AWSService  PrincipalKind = "service"      // ARN is the service's name, as lambda.amazonaws.com
)

// Request is an HTTP request whose signature, if it carries one, was verified.
// Its body is bounded and, for everything but S3, already read into memory.
type Request struct {
	*http.Request
	ID        string // the request id that the answer carries
	Region    string // from the signature's scope, or from the host; empty if neither has one
	Principal Principal
	Secure    bool // came over TLS: the condition key aws:SecureTransport
	// Payload is the value of X-Amz-Content-Sha256, which says how an S3 body is
	// framed and what its hash must be; empty for other services.
	Payload string
	// Denied are the refusals of a call that is allowed in parts, by their indices in
	// [Operation.Access].
	Denied map[int]*Error
}

// Account is the account that the caller acts in.
func (r *Request) Account() string { return r.Principal.Account }

// Service answers the calls of one AWS service.
type Service interface {
	// Route names the operation that the request asks for. A call that the service
	// does not know is [NotImplemented]. Route has no effect and does not write.
	Route(r *Request) (Operation, error)
	// WriteError answers in the service's wire format.
	WriteError(w http.ResponseWriter, r *Request, e *Error)
}

// Operation is one call, named, with what its caller must be allowed to do.
type Operation struct {
	// Name as AWS documents it, for example CreateBucket.
	Name string
	// Access lists what must be allowed, all of it, before Handle runs. An empty
	// list is for calls that need no permission, as sts:GetCallerIdentity.
	Access []Access
	// InParts says that each of Access is for a part of the call, as a key of
	// DeleteObjects: what is denied is in [Request.Denied], and Handle does the rest.
	InParts bool
	// Reveals is what must be allowed besides to hear that there is no such thing: who may
	// not is refused instead. Empty when everybody hears it.
	Reveals []Access
	// Principal is who the call speaks for where that is not who signed it: the bearer
	// of the token in an unsigned sts:AssumeRoleWithWebIdentity. Else it is empty.
	Principal Principal
	// Handle does it. It either writes a whole answer or returns an error without
	// having written anything; an error that is no *Error is answered as 500.
	Handle func(w http.ResponseWriter, r *Request) error
}

// Access is one permission that an operation needs.
type Access struct {
	Action   string // for example s3:GetObject
	Resource string // an ARN, or * where the action has no resource
	// Owner is the account that has the resource; empty means the caller's own.
	Owner string
	// Policy is the resource's own policy (bucket policy, function policy, trust
	// policy) as JSON; empty when it has none.
	Policy string
	// PolicyRequired says that the resource's policy must let the caller in even
	// within its own account, root included, as a role's trust policy must.
	PolicyRequired bool
	// Context holds condition keys beyond the global ones, lower case.
	Context map[string][]string
}

// Error is an answer that AWS documents: a code, a status and a message.
type Error struct {
	Status  int
	Code    string
	Message string
	// Details are further members of the error's body, as BucketName.
	Details map[string]string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// Errorf makes an [Error].
func Errorf(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// NotImplemented is the answer to a call that the local cloud does not have. It
// names the call, so that the reader knows what to ask for.
func NotImplemented(service, call string) *Error {
	return Errorf(http.StatusNotImplemented, "NotImplemented",
		"the local cloud does not have this call: %s %s", service, call)
}

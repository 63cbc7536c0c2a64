// Package secretsmanager is AWS Secrets Manager in the local cloud: secrets with
// their versions and staging labels, their resource policies and tags, and the time
// in which a deleted one can be restored.
//
// It must not know who reads secrets or what for. Every value lies sealed in the
// store, and appears nowhere but in the answer to a call that may read it. Secrets
// are neither replicated nor rotated.
package secretsmanager

import (
	"encoding/base64"
	"net/http"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/rpc"
	"sendform/generator/localcloud/seal"
	"sendform/generator/localcloud/store"
)

// Service answers the calls of Secrets Manager.
type Service struct {
	db      *store.Store
	key     seal.Key
	now     func() time.Time
	secrets store.Table[secret]
}

// New makes the service over the tables in db. key seals the values there, and now
// says when the time to restore a deleted secret is over.
func New(db *store.Store, key seal.Key, now func() time.Time) *Service {
	return &Service{db: db, key: key, now: now, secrets: store.NewTable[secret]("secretsmanager secrets")}
}

// input is the input of a call on one secret.
type input interface {
	// secretID is a name or an ARN.
	secretID() string
	// keys are the condition keys that the input sets.
	keys() map[string][]string
}

// onSecret makes an opener of a call on a secret, whose own policy has a say in it.
func onSecret[In input, Out any](do func(*Service, rpc.Scope, In) (Out, error)) rpc.Opener[*Service] {
	return rpc.Call(func(s *Service, at rpc.Scope, name string, in In) ([]api.Access, error) {
		return s.access(at, "secretsmanager:"+name, in.secretID(), in.keys())
	}, do)
}

// onAll makes an opener of a call that is about no single secret.
func onAll[In, Out any](do func(*Service, rpc.Scope, In) (Out, error)) rpc.Opener[*Service] {
	return rpc.Call(func(_ *Service, _ rpc.Scope, name string, _ In) ([]api.Access, error) {
		return []api.Access{{Action: "secretsmanager:" + name, Resource: "*"}}, nil
	}, do)
}

var calls = map[string]rpc.Opener[*Service]{
	"CreateSecret":             rpc.Call(createAccess, (*Service).createSecret),
	"DescribeSecret":           onSecret((*Service).describeSecret),
	"UpdateSecret":             onSecret((*Service).updateSecret),
	"PutSecretValue":           onSecret((*Service).putSecretValue),
	"GetSecretValue":           onSecret((*Service).getSecretValue),
	"ListSecrets":              onAll((*Service).listSecrets),
	"ListSecretVersionIds":     onSecret((*Service).listSecretVersionIDs),
	"UpdateSecretVersionStage": onSecret((*Service).updateSecretVersionStage),
	"DeleteSecret":             onSecret((*Service).deleteSecret),
	"RestoreSecret":            onSecret((*Service).restoreSecret),
	"GetResourcePolicy":        onSecret((*Service).getResourcePolicy),
	"PutResourcePolicy":        onSecret((*Service).putResourcePolicy),
	"DeleteResourcePolicy":     onSecret((*Service).deleteResourcePolicy),
	"ValidateResourcePolicy":   rpc.Call(validateAccess, (*Service).validateResourcePolicy),
	"TagResource":              onSecret((*Service).tagResource),
	"UntagResource":            onSecret((*Service).untagResource),
	"GetRandomPassword":        onAll((*Service).getRandomPassword),
}

// Route names the operation by the X-Amz-Target header.
func (s *Service) Route(r *api.Request) (api.Operation, error) {
	return rpc.Route(s, "secretsmanager", "secretsmanager", calls, r)
}

// WriteError answers with the code in __type.
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	rpc.WriteError(w, r, e)
}

func refused(code, format string, args ...any) *api.Error {
	return api.Errorf(http.StatusBadRequest, code, format, args...)
}

func invalidParameter(format string, args ...any) *api.Error {
	return refused("InvalidParameterException", format, args...)
}

func invalidRequest(format string, args ...any) *api.Error {
	return refused("InvalidRequestException", format, args...)
}

func notFound(what string) *api.Error {
	return refused("ResourceNotFoundException", "Secrets Manager can't find the specified %s.", what)
}

const maxResults = 100 // in one answer

func pageSize(asked *int) (int, error) {
	if asked == nil {
		return maxResults, nil
	}
	if *asked < 1 || *asked > maxResults {
		return 0, invalidParameter("MaxResults must be between 1 and %d.", maxResults)
	}
	return *asked, nil
}

// A token of a listing is the name of the last thing that was given, encoded so that
// nobody builds one by hand.
func writeToken(name string) string { return base64.RawURLEncoding.EncodeToString([]byte(name)) }

func readToken(token string) (string, error) {
	name, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", invalidToken()
	}
	return string(name), nil
}

func invalidToken() error {
	return refused("InvalidNextTokenException", "The NextToken value is invalid.")
}

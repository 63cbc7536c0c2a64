package lambda

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
)

func invalidParameter(format string, args ...any) *api.Error {
	return api.Errorf(http.StatusBadRequest, "InvalidParameterValueException", format, args...)
}

func notFound(format string, args ...any) *api.Error {
	return api.Errorf(http.StatusNotFound, "ResourceNotFoundException", format, args...)
}

// nothingThere is the answer of calls on a part of a function that it does not have.
func nothingThere() *api.Error { return notFound("The resource you requested does not exist.") }

func conflict(format string, args ...any) *api.Error {
	return api.Errorf(http.StatusConflict, "ResourceConflictException", format, args...)
}

func throttled() *api.Error {
	e := api.Errorf(http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
	e.Details = map[string]string{"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}
	return e
}

func stalePrecondition() *api.Error {
	return api.Errorf(http.StatusPreconditionFailed, "PreconditionFailedException",
		"The Revision Id provided does not match the latest Revision Id. "+
			"Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
}

// upperMessage are the errors whose message is a member called Message; all
// others call it message. The service model mixes the two.
var upperMessage = []string{
	"ResourceNotFoundException", "ServiceException", "AccessDeniedException",
	"EC2AccessDeniedException", "EC2ThrottledException", "EC2UnexpectedException",
	"InvalidRuntimeException", "InvalidZipFileException", "ResourceNotReadyException",
}

// WriteError answers as the REST JSON protocol has it: the code in a header, who
// is at fault and why in the body.
func (s *Service) WriteError(w http.ResponseWriter, r *api.Request, e *api.Error) {
	body := map[string]string{}
	for name, value := range e.Details {
		body[name] = value
	}
	body["Type"] = "User"
	if e.Status >= http.StatusInternalServerError {
		body["Type"] = "Service"
	}
	message := "message"
	if slices.Contains(upperMessage, e.Code) {
		message = "Message"
	}
	body[message] = e.Message
	writeError(w, r, e, body)
}

func writeError(w http.ResponseWriter, r *api.Request, e *api.Error, body map[string]string) {
	data, err := json.Marshal(body)
	if err != nil {
		data = []byte("{}") // a map of strings always encodes
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", e.Code)
	w.Header().Set("X-Amzn-RequestId", r.ID)
	w.WriteHeader(e.Status)
	_, _ = w.Write(data) // a failed write means that the client is gone
}

// violations collects what is wrong with a request's members, so that all of it
// is answered at once, in the words of AWS's model checks.
type violations []string

func (v *violations) add(value, member, constraint string) {
	*v = append(*v, "Value '"+value+"' at '"+member+"' failed to satisfy constraint: "+constraint)
}

func (v violations) err() error {
	if len(v) == 0 {
		return nil
	}
	count, plural := len(v), "s"
	if count == 1 {
		plural = ""
	}
	return api.Errorf(http.StatusBadRequest, "ValidationException",
		"%d validation error%s detected: %s", count, plural, strings.Join(v, "; "))
}

func policyTooLong(size int) *api.Error {
	return api.Errorf(http.StatusBadRequest, "PolicyLengthExceededException",
		"The final policy size (%d) is bigger than the limit (%d).", size, maxPolicy)
}

package fault

import (
	"maps"
	"net/http"
	"slices"

	"sendform/generator/localcloud/api"
)

// answer is an error as one service words it.
type answer struct {
	status        int
	code, message string
}

// wording is how a service words what is refused for its own sake.
type wording struct{ throttle, internal, unavailable answer }

// Every service may also answer with what is common to all
// (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html).
var (
	rateExceeded     = answer{http.StatusBadRequest, "ThrottlingException", "Rate exceeded"}
	queryRate        = answer{http.StatusBadRequest, "Throttling", "Rate exceeded"}
	internalFailure  = answer{http.StatusInternalServerError, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure."}
	temporaryFailure = answer{http.StatusServiceUnavailable, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."}
)

// wordings are from the errors that each service documents, by the name that its
// requests are signed for; lambda-url is a function's URL and edge a distribution.
var wordings = map[string]wording{
	// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
	"s3": {
		throttle:    answer{http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate."},
		internal:    answer{http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again."},
		unavailable: answer{http.StatusServiceUnavailable, "ServiceUnavailable", "Service is unable to handle request."},
	},
	"iam": {
		throttle:    queryRate,
		internal:    answer{http.StatusInternalServerError, "ServiceFailure", "The request processing has failed because of an unknown error, exception or failure."},
		unavailable: temporaryFailure,
	},
	"sts":        {throttle: queryRate, internal: internalFailure, unavailable: temporaryFailure},
	"cloudfront": {throttle: queryRate, internal: internalFailure, unavailable: temporaryFailure},
	"monitoring": {
		throttle:    queryRate,
		internal:    answer{http.StatusInternalServerError, "InternalServiceError", "Request processing has failed due to some unknown error, exception, or failure."},
		unavailable: temporaryFailure,
	},
	"lambda": {
		throttle:    answer{http.StatusTooManyRequests, "TooManyRequestsException", "Rate exceeded"},
		internal:    answer{http.StatusInternalServerError, "ServiceException", "The service encountered an internal error."},
		unavailable: temporaryFailure,
	},
	"logs": {
		throttle:    rateExceeded,
		internal:    internalFailure,
		unavailable: answer{http.StatusServiceUnavailable, "ServiceUnavailableException", "The service cannot complete the request."},
	},
	"ssm": {
		throttle:    rateExceeded,
		internal:    answer{http.StatusInternalServerError, "InternalServerError", "An error occurred on the server side."},
		unavailable: temporaryFailure,
	},
	"secretsmanager": {
		throttle:    rateExceeded,
		internal:    answer{http.StatusInternalServerError, "InternalServiceError", "An error occurred on the server side."},
		unavailable: temporaryFailure,
	},
	// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
	"lambda-url": {
		throttle:    answer{http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded."},
		internal:    answer{http.StatusInternalServerError, "InternalServerErrorException", "Internal Server Error"},
		unavailable: answer{http.StatusServiceUnavailable, "ServiceUnavailableException", "Service Unavailable"},
	},
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-503-service-unavailable.html
	"edge": {
		throttle:    answer{http.StatusServiceUnavailable, "LimitExceeded", "LimitExceeded"},
		internal:    answer{http.StatusInternalServerError, "InternalServerError", "Internal Server Error"},
		unavailable: answer{http.StatusServiceUnavailable, "CapacityExceeded", "CapacityExceeded"},
	},
}

// Services are the names that a rule can have, sorted.
func Services() []string { return slices.Sorted(maps.Keys(wordings)) }

// Refusal is how a service words that it refuses a call for its own sake. It is nil
// for a kind that is no refusal, and for a service that is unknown.
func (k Kind) Refusal(service string) *api.Error {
	words, known := wordings[service]
	if !known {
		return nil
	}
	var a answer
	switch k {
	case Throttle:
		a = words.throttle
	case Internal:
		a = words.internal
	case Unavailable:
		a = words.unavailable
	default:
		return nil
	}
	return api.Errorf(a.status, a.code, "%s", a.message)
}

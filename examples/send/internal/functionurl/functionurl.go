// Package functionurl lets a net/http handler answer a Lambda function URL in
// the BUFFERED invoke mode. It knows events and HTTP, not the application.
//
// aws-lambda-go's own lambdaurl package does the same for RESPONSE_STREAM only,
// see https://pkg.go.dev/github.com/aws/aws-lambda-go/lambdaurl#Start.
package functionurl

import (
	"bytes"
	"context"
	"encoding/base64"
	"mime"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// Adapt turns a handler into the function that lambda.Start wants. A request
// that cannot be read as HTTP is answered with status 400, never with an error,
// because Lambda would show an error to the caller as status 502.
func Adapt(handler http.Handler) func(context.Context, events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	return func(ctx context.Context, event events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
		request, err := read(ctx, event)
		if err != nil {
			return events.LambdaFunctionURLResponse{StatusCode: http.StatusBadRequest}, nil
		}
		answer := &answer{header: http.Header{}}
		handler.ServeHTTP(answer, request)
		return answer.event(), nil
	}
}

func read(ctx context.Context, event events.LambdaFunctionURLRequest) (*http.Request, error) {
	body := []byte(event.Body)
	if event.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(event.Body)
		if err != nil {
			return nil, err
		}
		body = decoded
	}
	about := event.RequestContext
	target := "https://" + about.DomainName + event.RawPath
	if event.RawQueryString != "" {
		target += "?" + event.RawQueryString
	}
	request, err := http.NewRequestWithContext(ctx, about.HTTP.Method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.RemoteAddr = about.HTTP.SourceIP
	for name, value := range event.Headers {
		request.Header.Set(name, value)
	}
	// Payload format 2.0 takes cookies out of the headers.
	if len(event.Cookies) > 0 {
		request.Header.Set("Cookie", strings.Join(event.Cookies, "; "))
	}
	return request, nil
}

// answer is the http.ResponseWriter that collects what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) event() events.LambdaFunctionURLResponse {
	a.WriteHeader(http.StatusOK)
	event := events.LambdaFunctionURLResponse{
		StatusCode: a.status,
		Headers:    make(map[string]string, len(a.header)),
		Cookies:    a.header.Values("Set-Cookie"),
	}
	for name, values := range a.header {
		if name != "Set-Cookie" {
			event.Headers[name] = strings.Join(values, ",")
		}
	}
	if isText(a.header.Get("Content-Type")) {
		event.Body = a.body.String()
	} else {
		event.Body = base64.StdEncoding.EncodeToString(a.body.Bytes())
		event.IsBase64Encoded = true
	}
	return event
}

// isText goes by the declared type and not by the bytes: bytes that happen to
// be UTF-8 can grow six times when they are written as a JSON string, base64
// grows by a third whatever they are.
func isText(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (mediaType == "application/json" || strings.HasPrefix(mediaType, "text/"))
}

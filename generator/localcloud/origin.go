package localcloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/edge"
)

// cdnPrincipal is who signs for an origin access control
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html).
const cdnPrincipal = "cloudfront.amazonaws.com"

// signedFor is the destination that each type of origin access control signs for. At
// another one its signature is worth nothing.
var signedFor = map[string]string{"s3": "s3", "lambda": "lambda-url"}

// maxHops is how many distributions a request may go through, one being the origin of
// another. More of them are a circle.
const maxHops = 8

// origins reaches the origins of distributions, all of which are in the cloud: a
// request goes to the front door without a network.
type origins struct {
	door *frontDoor

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// RoundTrip implements [edge.Origins]. An origin goes on when nobody waits for its
// answer any more, as a function does.
func (o *origins) RoundTrip(ctx context.Context, call edge.OriginCall) (*http.Response, error) {
	r, to, err := o.request(ctx, call)
	if err != nil {
		return nil, err
	}
	answer := newOriginAnswer(r, o.door.now)
	if !o.start(func() { answer.run(func() { o.door.answer(answer, r, to) }) }) {
		return nil, errors.New("the local cloud ends")
	}
	select {
	case <-answer.begun:
		return answer.response, answer.err
	case <-ctx.Done():
		_ = answer.response.Body.Close() // what is still written goes nowhere
		return nil, fmt.Errorf("wait for the origin %s: %w", call.Origin.ID, context.Cause(ctx))
	}
}

// request makes of a call to an origin what the front door takes.
func (o *origins) request(ctx context.Context, call edge.OriginCall) (*http.Request, destination, error) {
	cloud, u := o.door.cloud, call.Request.URL
	// What the cloud serves, it serves at the usual ports.
	if u.Port() != "" || !cloud.servesHost(hostname(u.Host)) {
		return nil, destination{}, fmt.Errorf("the origin %s is at %s, which is no host of the local cloud, and it reaches no other", call.Origin.ID, u.Host)
	}
	if strings.Count(call.Request.Header.Get("Via"), "(CloudFront)") > maxHops {
		return nil, destination{}, fmt.Errorf("the origin %s leads in a circle: the request went through %d distributions", call.Origin.ID, maxHops)
	}
	r := call.Request.Clone(ctx)
	r.URL = &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	r.RequestURI, r.RemoteAddr = r.URL.RequestURI(), cloud.address
	if u.Scheme == "https" {
		r.TLS = &tls.ConnectionState{}
	}
	to := cloud.destination(r, hostname(u.Host))
	if call.Signed && signedFor[call.Origin.AccessControl.Type] == to.name {
		to.caller = caller{
			principal: api.Principal{Kind: api.AWSService, ARN: cdnPrincipal},
			keys: map[string][]string{
				"aws:sourcearn":     {call.Distribution.ARN},
				"aws:sourceaccount": {call.Distribution.Account},
			},
		}
	}
	return r, to, nil
}

// start runs something that close waits for; it does not when the cloud ends.
func (o *origins) start(run func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.running.Go(run)
	}
	return !o.closed
}

// close waits until no origin is asked any more.
func (o *origins) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.running.Wait()
}

package localcloud

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/identity"
	"sendform/generator/sdkhttp"
)

// destination is where a request belongs.
type destination struct {
	name    string // of the service
	scope   string // what requests are signed for
	service api.Service
	region  string // from the signature's scope, or else from the host name
	// hostRegion is the region that the host name has, which the signature must be
	// for; empty where it has none.
	hostRegion string
	anonymous  bool // it takes requests without a signature
	caller     caller
}

// caller is who makes a request where that is known without its signature, which is
// not looked at then. It is empty for all others.
type caller struct {
	principal api.Principal
	keys      map[string][]string // condition keys beyond those of every request, lower case
}

// defaultRegion is where global services are, which name no region.
const defaultRegion = "us-east-1"

// destination finds the service of a request by the name of the host that it was sent
// to, and at the bare endpoint by the scope of its signature. Only S3, STS and function
// URLs take requests without a signature; what viewers send to a distribution may bear
// one, which is for an origin.
func (c *Cloud) destination(r *http.Request, host string) destination {
	if region, isURL := functionURLRegion(host); isURL {
		return destination{name: "lambda-url", scope: "lambda", service: c.services.urls, region: region, hostRegion: region, anonymous: true}
	}
	if c.isDistribution(host) {
		return destination{name: "edge", service: c.services.viewers, caller: caller{principal: api.Principal{Kind: api.Anonymous}}}
	}
	region, name := identity.Scope(r)
	fromHost, hostRegion, isAWS := awsHost(host)
	if isAWS {
		name = fromHost
		if region == "" {
			region = hostRegion
		}
	}
	if name == "" {
		name = unsignedService(r)
	}
	if region == "" && name != "s3" {
		region = defaultRegion
	}
	service, known := c.services.byName[name]
	if !known {
		// Whoever asks hears that it is not there.
		return destination{name: name, service: unknown{name}, region: region, caller: caller{principal: api.Principal{Kind: api.Anonymous}}}
	}
	return destination{name: name, scope: name, service: service, region: region, hostRegion: hostRegion, anonymous: name == "s3" || name == "sts"}
}

// unsignedService is the service of an unsigned request at the bare endpoint. A form
// posted to the root is for STS, whose AssumeRoleWithWebIdentity nobody signs; S3 has
// nothing there.
func unsignedService(r *http.Request) string {
	if r.Method == http.MethodPost && r.URL.Path == "/" && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return "sts"
	}
	return "s3"
}

// hostname is the host of host:port, in lower case.
func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	return strings.ToLower(hostport)
}

// isDistribution tells whether a host name belongs to CloudFront or is an alias of a
// distribution. An alias takes nothing from the names that the cloud has anyway.
func (c *Cloud) isDistribution(host string) bool {
	if strings.HasSuffix(host, ".cloudfront.net") {
		return true
	}
	if _, _, isAWS := awsHost(host); isAWS || host == "localhost" || net.ParseIP(host) != nil {
		return false
	}
	_, found := c.services.distributions.Lookup(host)
	return found
}

// functionURLRegion reads <id>.lambda-url.<region>.on.aws.
func functionURLRegion(host string) (string, bool) {
	labels := strings.Split(host, ".")
	if len(labels) != 5 || labels[1] != "lambda-url" || labels[3] != "on" || labels[4] != "aws" {
		return "", false
	}
	return labels[2], true
}

// awsHost reads service and region of host names such as
// lambda.eu-west-2.amazonaws.com, iam.amazonaws.com and
// bucket.s3.eu-west-2.amazonaws.com.
func awsHost(host string) (service, region string, ok bool) {
	rest, isAWS := strings.CutSuffix(strings.TrimSuffix(host, ".cn"), ".amazonaws.com")
	if !isAWS {
		return "", "", false
	}
	labels := strings.Split(rest, ".")
	// A bucket is in front of s3, an account in front of s3-control, which signs as s3.
	if i := slices.IndexFunc(labels, func(label string) bool { return label == "s3" || label == "s3-control" }); i >= 0 {
		labels = labels[i:]
		labels[0] = "s3"
	}
	if len(labels) > 1 {
		region = labels[1]
	}
	return labels[0], region, true
}

// servesHost tells whether a host name belongs to the cloud.
func (c *Cloud) servesHost(host string) bool {
	_, isURL := functionURLRegion(host)
	_, _, isAWS := awsHost(host)
	return isURL || isAWS || c.isEndpoint(host) || c.isDistribution(host)
}

var accountLabel = regexp.MustCompile(`^[0-9]{12}$`)

// isEndpoint tells whether a host is the bare endpoint, also with an account in front
// of it. That is how SDKs call S3 Control wherever it is, and it is no name that
// machines find: such requests come by the proxy
// (https://github.com/aws/aws-sdk-go-v2/blob/main/service/s3control/endpoints.go).
func (c *Cloud) isEndpoint(host string) bool {
	if label, rest, found := strings.Cut(host, "."); found && accountLabel.MatchString(label) {
		host = rest
	}
	return host == hostname(c.address) || host == "localhost"
}

// HTTPClient reaches every host that the cloud serves, and no other: AWS's host
// names and the aliases of distributions lead to the cloud, whatever the machine's name
// service says.
func (c *Cloud) HTTPClient() *http.Client { return c.client }

func (c *Cloud) newClient() *http.Client {
	var dialer net.Dialer
	return &http.Client{
		Transport: sdkhttp.Transport{Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if host := hostname(address); address != c.address && !c.servesHost(host) {
					return nil, fmt.Errorf("%s is no host of the local cloud", host)
				}
				return dialer.DialContext(ctx, network, c.address)
			},
			TLSClientConfig:     c.authority.trust(),
			MaxIdleConnsPerHost: 32,
		}},
		// A redirect is an answer to look at, as for any client of an API.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

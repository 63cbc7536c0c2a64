// Package edge is the data plane of CloudFront: it takes a viewer's request for a
// distribution, runs its functions, answers from the cache or asks an origin, and
// shapes the response.
//
// It works on a distribution as it is written here. It must not know the CloudFront
// API, where its configuration is stored, nor IAM: the control plane translates what
// it stores into these types, and whoever implements [Origins] reaches the origins
// and carries the principal.
package edge

import (
	"context"
	"net/http"
	"time"
)

// Distribution is a deployed distribution with everything it refers to.
type Distribution struct {
	ID                string
	ARN               string
	Account           string
	DomainNames       []string // its own first, d111111abcdef8.cloudfront.net; then the aliases
	Enabled           bool
	DefaultRootObject string // without a leading slash; empty: none
	Origins           []Origin
	Behaviours        []Behaviour // in order; the first whose pattern fits is taken
	Default           Behaviour   // its PathPattern does not count
	ErrorResponses    []ErrorResponse
}

// Origin is a place where objects come from.
type Origin struct {
	ID         string
	DomainName string
	Path       string // put before the request's path; begins with a slash or is empty
	Headers    []Header
	Kind       OriginKind
	Protocol   ProtocolPolicy // of a custom origin

	// HTTPPort and HTTPSPort are those of a custom origin; 0 is 80 or 443.
	HTTPPort, HTTPSPort int

	// ReadTimeout is how long a custom origin may take to begin its answer; 0 is 30 s.
	ReadTimeout time.Duration

	AccessControl AccessControl // zero: none
}

// OriginKind tells S3 buckets from everything else, websites of buckets included.
type OriginKind int

// The kinds of origins.
const (
	CustomOrigin OriginKind = iota
	S3Origin
)

// ProtocolPolicy says how a custom origin is reached, as the API spells it. An S3
// origin without a policy is reached as the viewer reached the distribution.
type ProtocolPolicy string

// The protocol policies.
const (
	HTTPOnly    ProtocolPolicy = "http-only"
	HTTPSOnly   ProtocolPolicy = "https-only"
	MatchViewer ProtocolPolicy = "match-viewer"
)

// AccessControl is the origin access control of an origin. An empty Type is none.
type AccessControl struct {
	Type    string // "s3" or "lambda"
	Signing SigningBehaviour
}

// SigningBehaviour says which requests to an origin are signed, as the API spells it.
type SigningBehaviour string

// The signing behaviours.
const (
	SignAlways     SigningBehaviour = "always"
	SignNever      SigningBehaviour = "never"
	SignNoOverride SigningBehaviour = "no-override"
)

// Header is a header that a distribution adds.
type Header struct {
	Name, Value string
	Override    bool // replaces one that the origin sent; without meaning for requests
}

// Behaviour says what happens to the requests whose path fits its pattern.
type Behaviour struct {
	PathPattern     string // "*" and "?" are wild; case counts; a leading slash does not
	OriginID        string
	AllowedMethods  []string
	CachedMethods   []string
	ViewerProtocol  ViewerProtocolPolicy
	Compress        bool
	Cache           CachePolicy
	OriginRequest   OriginRequestPolicy
	ResponseHeaders *ResponseHeadersPolicy // nil: none

	ViewerRequest, ViewerResponse *Function // nil: none
}

// ViewerProtocolPolicy says by which protocols viewers may come, as the API spells it.
type ViewerProtocolPolicy string

// The viewer protocol policies.
const (
	AllowAll        ViewerProtocolPolicy = "allow-all"
	RedirectToHTTPS ViewerProtocolPolicy = "redirect-to-https"
	OnlyHTTPS       ViewerProtocolPolicy = "https-only"
)

// CachePolicy is how long objects are kept and what tells them apart. What is part of
// the cache key goes to the origin too. The forwarded values of the older
// configurations translate to one of these, with Gzip set.
type CachePolicy struct {
	MinTTL, DefaultTTL, MaxTTL time.Duration

	Headers, Cookies, QueryStrings Selection
	Gzip, Brotli                   bool // Accept-Encoding is normalised and in the key
}

// OriginRequestPolicy is what goes to the origin besides the cache key. Zero: nothing.
type OriginRequestPolicy struct {
	Headers, Cookies, QueryStrings Selection
}

// Selection picks names of headers, cookies or query strings. The zero value picks
// none.
type Selection struct {
	Mode  SelectionMode
	Names []string
}

// SelectionMode says how the names of a [Selection] count.
type SelectionMode int

// The modes. The API's "whitelist" is SelectNamed; "all" and "allViewer" are SelectAll;
// "allViewerAndWhitelistCloudFront" is SelectAllAndNamed, whose names are of headers
// that CloudFront makes; "allExcept" is SelectAllExcept.
const (
	SelectNone SelectionMode = iota
	SelectNamed
	SelectAll
	SelectAllAndNamed
	SelectAllExcept
)

// ErrorResponse says what becomes of an error of an origin.
type ErrorResponse struct {
	Code            int           // that the origin answered with
	ResponseCode    int           // for the viewer; 0: as it is
	PagePath        string        // begins with a slash; empty: as it is
	CachingMinTTL   time.Duration // how long the error is kept at least
	NoCachingMinTTL bool          // CachingMinTTL is not configured: 10 s counts
}

// ResponseHeadersPolicy changes the headers of responses to viewers.
type ResponseHeadersPolicy struct {
	Security SecurityHeaders
	CORS     *CORS // nil: none
	Custom   []Header
	Remove   []string

	// ServerTiming is the part of responses that get a Server-Timing header, from 0
	// to 100 percent; nil: none do.
	ServerTiming *float64
}

// SecurityHeaders are the security headers of a policy; nil: not set.
type SecurityHeaders struct {
	ContentSecurityPolicy   *HeaderValue
	ContentTypeOptions      *HeaderValue // its Value does not count: it is "nosniff"
	FrameOptions            *HeaderValue // DENY or SAMEORIGIN
	ReferrerPolicy          *HeaderValue
	StrictTransportSecurity *StrictTransportSecurity
	XSSProtection           *XSSProtection
}

// HeaderValue is the value of a header that the policy names otherwise.
type HeaderValue struct {
	Value    string
	Override bool
}

// StrictTransportSecurity is the Strict-Transport-Security header of a policy.
type StrictTransportSecurity struct {
	MaxAge            int // seconds
	IncludeSubdomains bool
	Preload           bool
	Override          bool
}

// XSSProtection is the X-XSS-Protection header of a policy.
type XSSProtection struct {
	Protection bool
	ModeBlock  bool
	ReportURI  string
	Override   bool
}

// CORS is what a policy answers to requests that carry an Origin header.
type CORS struct {
	AllowCredentials bool
	AllowHeaders     []string
	AllowMethods     []string // ["ALL"] is all of them
	AllowOrigins     []string
	ExposeHeaders    []string
	MaxAge           *int // seconds; nil: not sent
	OriginOverride   bool
}

// Function is a published CloudFront function.
type Function struct {
	Name    string
	Runtime string // cloudfront-js-1.0 or cloudfront-js-2.0
	Code    string // its source text
}

// The runtimes of functions.
const (
	RuntimeJS1 = "cloudfront-js-1.0"
	RuntimeJS2 = "cloudfront-js-2.0"
)

// Origins reaches origins. An error is told to the viewer as a 502, one that wraps
// [context.DeadlineExceeded] as a 504.
type Origins interface {
	RoundTrip(ctx context.Context, call OriginCall) (*http.Response, error)
}

// OriginCall is one request to an origin.
type OriginCall struct {
	Distribution Distribution
	Origin       Origin

	// Request is complete: its URL says where to connect to (scheme, host, port if
	// it is not the scheme's own, path with the origin's), its Host what the origin
	// sees as host, which is the viewer's where the policies forward it.
	Request *http.Request

	// Signed tells that the origin access control applies: the request is made by the
	// principal cloudfront.amazonaws.com for Distribution.ARN. The Authorization
	// header of the viewer is gone then, and for a Lambda origin the hash of the
	// payload is already found right.
	Signed bool
}

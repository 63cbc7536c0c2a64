package cloudfront

// What policies and origin access controls are configured with, as the API's
// documents have it.

type cachePolicyConfig struct {
	Comment    string
	Name       string
	DefaultTTL *int64
	MaxTTL     *int64
	MinTTL     int64
	Parameters *cacheKey `xml:"ParametersInCacheKeyAndForwardedToOrigin"`
}

type cacheKey struct {
	EnableAcceptEncodingGzip   bool
	EnableAcceptEncodingBrotli bool
	HeadersConfig              headersConfig
	CookiesConfig              cookiesConfig
	QueryStringsConfig         queryStringsConfig
}

type headersConfig struct {
	HeaderBehavior string
	Headers        *names
}

type cookiesConfig struct {
	CookieBehavior string
	Cookies        *names
}

type queryStringsConfig struct {
	QueryStringBehavior string
	QueryStrings        *names
}

type originRequestPolicyConfig struct {
	Comment            string
	Name               string
	HeadersConfig      headersConfig
	CookiesConfig      cookiesConfig
	QueryStringsConfig queryStringsConfig
}

type responseHeadersPolicyConfig struct {
	Comment                   string
	Name                      string
	CorsConfig                *corsConfig
	SecurityHeadersConfig     *securityHeadersConfig
	ServerTimingHeadersConfig *serverTimingConfig
	CustomHeadersConfig       *policyHeaders
	RemoveHeadersConfig       *removedHeaders
}

type corsConfig struct {
	AccessControlAllowOrigins     originList
	AccessControlAllowHeaders     headerList
	AccessControlAllowMethods     methodList
	AccessControlAllowCredentials bool
	AccessControlExposeHeaders    *headerList
	AccessControlMaxAgeSec        *int
	OriginOverride                bool
}

type originList struct {
	Quantity int
	Items    []string `xml:"Items>Origin"`
}

type headerList struct {
	Quantity int
	Items    []string `xml:"Items>Header,omitempty"`
}

type methodList struct {
	Quantity int
	Items    []string `xml:"Items>Method"`
}

type securityHeadersConfig struct {
	XSSProtection           *xssProtection
	FrameOptions            *frameOptions
	ReferrerPolicy          *referrerPolicy
	ContentSecurityPolicy   *contentSecurityPolicy
	ContentTypeOptions      *contentTypeOptions
	StrictTransportSecurity *strictTransportSecurity
}

type xssProtection struct {
	Override, Protection bool
	ModeBlock            *bool
	ReportUri            string `xml:",omitempty"`
}

type frameOptions struct {
	Override    bool
	FrameOption string
}

type referrerPolicy struct {
	Override       bool
	ReferrerPolicy string
}

type contentSecurityPolicy struct {
	Override              bool
	ContentSecurityPolicy string
}

type contentTypeOptions struct{ Override bool }

type strictTransportSecurity struct {
	Override               bool
	IncludeSubdomains      *bool
	Preload                *bool
	AccessControlMaxAgeSec int
}

type serverTimingConfig struct {
	Enabled      bool
	SamplingRate *float64
}

type policyHeaders struct {
	Quantity int
	Items    []policyHeader `xml:"Items>ResponseHeadersPolicyCustomHeader,omitempty"`
}

type policyHeader struct {
	Header, Value string
	Override      bool
}

type removedHeaders struct {
	Quantity int
	Items    []removedHeader `xml:"Items>ResponseHeadersPolicyRemoveHeader,omitempty"`
}

type removedHeader struct{ Header string }

type accessControlConfig struct {
	Name                          string
	Description                   string
	SigningProtocol               string
	SigningBehavior               string
	OriginAccessControlOriginType string
}

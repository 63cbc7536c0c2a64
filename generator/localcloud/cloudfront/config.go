package cloudfront

// What a distribution is configured with, as the API's documents have it
// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html).
// The documents are what is stored too. Pointers are what may be left out; fill puts
// there what CloudFront answers then.

type distributionConfig struct {
	CallerReference              string
	Aliases                      *aliases
	DefaultRootObject            string
	Origins                      origins
	OriginGroups                 *originGroups
	DefaultCacheBehavior         behaviour
	CacheBehaviors               *behaviours
	CustomErrorResponses         *errorResponses
	Comment                      string
	Logging                      *logging
	PriceClass                   string
	Enabled                      bool
	ViewerCertificate            *viewerCertificate
	Restrictions                 *restrictions
	WebACLId                     string
	HttpVersion                  string
	IsIPV6Enabled                *bool
	ContinuousDeploymentPolicyId string
	Staging                      bool
	AnycastIpListId              string `xml:",omitempty"`
	ConnectionMode               string `xml:",omitempty"`
}

type aliases struct {
	Quantity int
	Items    []string `xml:"Items>CNAME,omitempty"`
}

type origins struct {
	Quantity int
	Items    []origin `xml:"Items>Origin"`
}

type origin struct {
	Id                        string
	DomainName                string
	OriginPath                string
	CustomHeaders             *customHeaders
	S3OriginConfig            *s3Origin
	CustomOriginConfig        *customOrigin
	ConnectionAttempts        *int
	ConnectionTimeout         *int
	ResponseCompletionTimeout *int `xml:",omitempty"`
	OriginShield              *originShield
	OriginAccessControlId     string
}

type customHeaders struct {
	Quantity int
	Items    []customHeader `xml:"Items>OriginCustomHeader,omitempty"`
}

type customHeader struct{ HeaderName, HeaderValue string }

type s3Origin struct {
	OriginAccessIdentity string
	OriginReadTimeout    *int `xml:",omitempty"`
}

type customOrigin struct {
	HTTPPort, HTTPSPort    int
	OriginProtocolPolicy   string
	OriginSslProtocols     *sslProtocols
	OriginReadTimeout      *int
	OriginKeepaliveTimeout *int
	IpAddressType          string `xml:",omitempty"`
}

type sslProtocols struct {
	Quantity int
	Items    []string `xml:"Items>SslProtocol,omitempty"`
}

type originShield struct {
	Enabled            bool
	OriginShieldRegion string `xml:",omitempty"`
}

type originGroups struct {
	Quantity int
	Items    []originGroup `xml:"Items>OriginGroup,omitempty"`
}

type originGroup struct {
	Id               string
	FailoverCriteria struct {
		StatusCodes struct {
			Quantity int
			Items    []int `xml:"Items>StatusCode"`
		}
	}
	Members struct {
		Quantity int
		Items    []struct{ OriginId string } `xml:"Items>OriginGroupMember"`
	}
	SelectionCriteria string `xml:",omitempty"`
}

type behaviours struct {
	Quantity int
	Items    []behaviour `xml:"Items>CacheBehavior,omitempty"`
}

type behaviour struct {
	PathPattern                string `xml:",omitempty"`
	TargetOriginId             string
	TrustedSigners             *trustedSigners
	TrustedKeyGroups           *trustedKeyGroups
	ViewerProtocolPolicy       string
	AllowedMethods             *allowedMethods
	SmoothStreaming            *bool
	Compress                   *bool
	LambdaFunctionAssociations *lambdaAssociations
	FunctionAssociations       *functionAssociations
	FieldLevelEncryptionId     string
	RealtimeLogConfigArn       string `xml:",omitempty"`
	CachePolicyId              string `xml:",omitempty"`
	OriginRequestPolicyId      string `xml:",omitempty"`
	ResponseHeadersPolicyId    string `xml:",omitempty"`
	GrpcConfig                 *grpcConfig
	ForwardedValues            *forwardedValues
	MinTTL                     *int64 `xml:",omitempty"`
	DefaultTTL                 *int64 `xml:",omitempty"`
	MaxTTL                     *int64 `xml:",omitempty"`
}

type grpcConfig struct{ Enabled bool }

type trustedSigners struct {
	Enabled  bool
	Quantity int
	Items    []string `xml:"Items>AwsAccountNumber,omitempty"`
}

type trustedKeyGroups struct {
	Enabled  bool
	Quantity int
	Items    []string `xml:"Items>KeyGroup,omitempty"`
}

type allowedMethods struct {
	Quantity      int
	Items         []string `xml:"Items>Method"`
	CachedMethods *cachedMethods
}

type cachedMethods struct {
	Quantity int
	Items    []string `xml:"Items>Method"`
}

type lambdaAssociations struct {
	Quantity int
	Items    []lambdaAssociation `xml:"Items>LambdaFunctionAssociation,omitempty"`
}

type lambdaAssociation struct {
	LambdaFunctionARN string
	EventType         string
	IncludeBody       bool
}

type functionAssociations struct {
	Quantity int
	Items    []functionAssociation `xml:"Items>FunctionAssociation,omitempty"`
}

type functionAssociation struct{ FunctionARN, EventType string }

type forwardedValues struct {
	QueryString bool
	Cookies     struct {
		Forward          string
		WhitelistedNames *names `xml:",omitempty"`
	}
	Headers              *names
	QueryStringCacheKeys *names
}

// names is a list whose items are called Name: headers, cookies, query strings.
type names struct {
	Quantity int
	Items    []string `xml:"Items>Name,omitempty"`
}

type errorResponses struct {
	Quantity int
	Items    []errorResponse `xml:"Items>CustomErrorResponse,omitempty"`
}

type errorResponse struct {
	ErrorCode          int
	ResponsePagePath   string
	ResponseCode       string
	ErrorCachingMinTTL *int64 `xml:",omitempty"`
}

type logging struct {
	Enabled, IncludeCookies bool
	Bucket, Prefix          string
}

type viewerCertificate struct {
	CloudFrontDefaultCertificate bool
	IAMCertificateId             string `xml:",omitempty"`
	ACMCertificateArn            string `xml:",omitempty"`
	SSLSupportMethod             string `xml:",omitempty"`
	MinimumProtocolVersion       string
	Certificate                  string `xml:",omitempty"`
	CertificateSource            string `xml:",omitempty"`
}

type restrictions struct{ GeoRestriction geoRestriction }

type geoRestriction struct {
	RestrictionType string
	Quantity        int
	Items           []string `xml:"Items>Location,omitempty"`
}

// withTags is the document of CreateDistributionWithTags.
type withTags struct {
	DistributionConfig distributionConfig
	Tags               tagSet
}

type tagSet struct {
	Items []tag `xml:"Items>Tag"`
}

type tag struct{ Key, Value string }

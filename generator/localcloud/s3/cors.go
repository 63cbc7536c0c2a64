package s3

import (
	"net/http"
	"slices"
	"strings"
)

type cors struct {
	Rules []corsRule `xml:"CORSRule"`
}

type corsRule struct {
	ID             string   `xml:",omitempty"`
	AllowedMethods []string `xml:"AllowedMethod"`
	AllowedOrigins []string `xml:"AllowedOrigin"`
	AllowedHeaders []string `xml:"AllowedHeader"`
	ExposeHeaders  []string `xml:"ExposeHeader"`
	MaxAgeSeconds  *int     `xml:",omitempty"`
}

var corsDocument = document[cors]{
	root: "CORSConfiguration", putStatus: http.StatusOK,
	field:         func(b *bucket) **cors { return &b.CORS },
	absentCode:    "NoSuchCORSConfiguration",
	absentMessage: "The CORS configuration does not exist",
	check:         func(_ bucket, wanted *cors) error { return checkCORS(*wanted) },
}

// checkCORS holds rules against
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html.
func checkCORS(wanted cors) error {
	if len(wanted.Rules) == 0 || len(wanted.Rules) > 100 {
		return malformedXML()
	}
	for _, rule := range wanted.Rules {
		if len(rule.AllowedMethods) == 0 || len(rule.AllowedOrigins) == 0 || len(rule.ID) > 255 {
			return malformedXML()
		}
		for _, method := range rule.AllowedMethods {
			if !slices.Contains(strings.Fields("GET PUT POST DELETE HEAD"), method) {
				return invalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is " + method)
			}
		}
		for _, origin := range rule.AllowedOrigins {
			if strings.Count(origin, "*") > 1 {
				return invalidRequest(`AllowedOrigin "` + origin + `" can not have more than one wildcard.`)
			}
		}
		for _, header := range rule.AllowedHeaders {
			if strings.Count(header, "*") > 1 {
				return invalidRequest(`AllowedHeader "` + header + `" can not have more than one wildcard.`)
			}
		}
		for _, header := range rule.ExposeHeaders {
			if strings.Contains(header, "*") {
				return invalidRequest(`ExposeHeader "` + header + `" contains wildcard. We currently do not support wildcard for ExposeHeader.`)
			}
		}
	}
	return nil
}

package lambda

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sendform/generator/localcloud/store"
)

// urlConfig is a function URL, under the names that the API has.
type urlConfig struct {
	FunctionUrl      string
	FunctionArn      string
	AuthType         string
	Cors             *corsRules `json:",omitempty"`
	CreationTime     string
	LastModifiedTime string
	InvokeMode       string
}

// corsRules are the origins and methods that a URL lets browsers use.
type corsRules struct {
	AllowCredentials bool
	AllowHeaders     []string `json:",omitempty"`
	AllowMethods     []string `json:",omitempty"`
	AllowOrigins     []string `json:",omitempty"`
	ExposeHeaders    []string `json:",omitempty"`
	MaxAge           int      // seconds
}

// urlOwner is what a URL's host name stands for. The label is the key: it is
// unique over all accounts and regions, and a request has nothing else.
type urlOwner struct{ Account, Region, Function, Qualifier string }

func (o urlOwner) reference() reference {
	return reference{account: o.Account, region: o.Region, name: o.Function, qualifier: o.Qualifier}
}

const (
	authNone = "NONE"
	authIAM  = "AWS_IAM"

	modeBuffered = "BUFFERED"
	modeStream   = "RESPONSE_STREAM"
)

// urlID is the first label of a URL's host name: 32 characters that follow from
// the ARN, so that a URL that is made again has the name that it had.
func urlID(ref reference) string {
	sum := sha256.Sum256([]byte(ref.arn()))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:20]))
}

func urlHost(ref reference) string {
	return fmt.Sprintf("%s.lambda-url.%s.on.aws", urlID(ref), ref.region)
}

type urlConfigInput struct {
	AuthType   *string
	Cors       *corsRules
	InvokeMode *string
}

var (
	headerName = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$")
	corsOrigin = regexp.MustCompile(`^(\*|[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s]{1,253})$`)
)

// apply checks the input and writes it into a configuration. CORS rules replace
// the old ones as a whole; empty rules remove them.
func (in urlConfigInput) apply(u *urlConfig) error {
	var wrong violations
	set(&u.AuthType, in.AuthType)
	set(&u.InvokeMode, in.InvokeMode)
	oneOf(&wrong, u.AuthType, "authType", authNone, authIAM)
	oneOf(&wrong, u.InvokeMode, "invokeMode", modeBuffered, modeStream)
	if in.Cors != nil {
		in.Cors.check(&wrong)
		u.Cors = in.Cors
		if in.Cors.empty() {
			u.Cors = nil
		}
	}
	return wrong.err()
}

func (r corsRules) empty() bool {
	return !r.AllowCredentials && r.MaxAge == 0 &&
		len(r.AllowHeaders)+len(r.AllowMethods)+len(r.AllowOrigins)+len(r.ExposeHeaders) == 0
}

func (r corsRules) check(wrong *violations) {
	between(wrong, &r.MaxAge, "cors.maxAge", 0, 86400)
	for _, method := range r.AllowMethods {
		oneOf(wrong, method, "cors.allowMethods", "*", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
	}
	for _, origin := range r.AllowOrigins {
		if !corsOrigin.MatchString(origin) {
			wrong.add(origin, "cors.allowOrigins", "Member must be * or an origin such as https://www.example.com")
		}
	}
	for _, name := range slices.Concat(r.AllowHeaders, r.ExposeHeaders) {
		if !headerName.MatchString(name) {
			wrong.add(name, "cors.allowHeaders", "Member must be the name of a header")
		}
	}
}

// urlPlan is a call on one function URL. Its auth type is a condition key.
func (s *Service) urlPlan(c call, action, authType string, do func(c call, ref reference) (reply, error)) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	if onlyDigits.MatchString(ref.qualifier) || ref.qualifier == latest {
		var wrong violations
		wrong.add(ref.qualifier, "qualifier", "Member must satisfy regular expression pattern: (^\\$LATEST$)|((?!^[0-9]+$)([a-zA-Z0-9-_]+))")
		return plan{}, wrong.err()
	}
	if authType == "" {
		if f, err := s.read(ref); err == nil {
			authType = f.URLs[ref.qualifier].AuthType
		}
	}
	p := s.onFunction(action, ref, func(c call) (reply, error) { return do(c, ref) })
	if authType != "" {
		p.access[0].Context = map[string][]string{"lambda:functionurlauthtype": {authType}}
	}
	return p, nil
}

func (s *Service) createURLConfig(c call) (plan, error) {
	var in urlConfigInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	asked := ""
	set(&asked, in.AuthType)
	return s.urlPlan(c, "CreateFunctionUrlConfig", asked, func(_ call, ref reference) (reply, error) {
		u := urlConfig{
			FunctionUrl: "https://" + urlHost(ref) + "/", FunctionArn: ref.arn(), InvokeMode: modeBuffered,
			CreationTime: urlTime(s), LastModifiedTime: urlTime(s),
		}
		_, err := s.change(ref, func(tx store.Tx, f *function) error {
			if ref.qualifier != "" {
				if _, err := f.alias(ref.qualifier); err != nil {
					return err
				}
			}
			if _, exists := f.URLs[ref.qualifier]; exists {
				return conflict("Failed to create function url config for [functionArn = %s]. "+
					"Error message:  FunctionUrlConfig exists for this Lambda function", ref.arn())
			}
			if err := in.apply(&u); err != nil {
				return err
			}
			put(&f.URLs, ref.qualifier, u)
			return s.urls.Put(tx, urlID(ref), urlOwner{f.Account, f.Region, f.Name, ref.qualifier})
		})
		return reply{status: http.StatusCreated, body: u}, err
	})
}

func urlTime(s *Service) string { return s.Now().UTC().Format("2006-01-02T15:04:05.000000Z") }

// url finds the URL of a qualifier.
func (f function) url(qualifier string) (urlConfig, error) {
	u, found := f.URLs[qualifier]
	if !found {
		return urlConfig{}, nothingThere()
	}
	return u, nil
}

func (s *Service) getURLConfig(c call) (plan, error) {
	return s.urlPlan(c, "GetFunctionUrlConfig", "", func(_ call, ref reference) (reply, error) {
		f, err := s.read(ref)
		if err != nil {
			return reply{}, err
		}
		u, err := f.url(ref.qualifier)
		return reply{status: http.StatusOK, body: u}, err
	})
}

func (s *Service) updateURLConfig(c call) (plan, error) {
	var in urlConfigInput
	if err := decode(c, &in); err != nil {
		return plan{}, err
	}
	return s.urlPlan(c, "UpdateFunctionUrlConfig", "", func(_ call, ref reference) (reply, error) {
		var u urlConfig
		_, err := s.change(ref, func(_ store.Tx, f *function) error {
			var err error
			if u, err = f.url(ref.qualifier); err != nil {
				return err
			}
			if err := in.apply(&u); err != nil {
				return err
			}
			u.LastModifiedTime = urlTime(s)
			f.URLs[ref.qualifier] = u
			return nil
		})
		return reply{status: http.StatusOK, body: u}, err
	})
}

func (s *Service) deleteURLConfig(c call) (plan, error) {
	return s.urlPlan(c, "DeleteFunctionUrlConfig", "", func(_ call, ref reference) (reply, error) {
		_, err := s.change(ref, func(tx store.Tx, f *function) error {
			if _, err := f.url(ref.qualifier); err != nil {
				return err
			}
			delete(f.URLs, ref.qualifier)
			return s.urls.Delete(tx, urlID(ref))
		})
		return reply{status: http.StatusNoContent}, err
	})
}

type listURLConfigsOutput struct {
	FunctionUrlConfigs []urlConfig
	NextMarker         string `json:",omitempty"`
}

func (s *Service) listURLConfigs(c call) (plan, error) {
	ref, err := c.reference()
	if err != nil {
		return plan{}, err
	}
	return s.onFunction("ListFunctionUrlConfigs", ref.unqualified(), func(c call) (reply, error) {
		f, err := s.read(ref)
		if err != nil {
			return reply{}, err
		}
		var all []urlConfig
		for _, qualifier := range slices.Sorted(maps.Keys(f.URLs)) {
			all = append(all, f.URLs[qualifier])
		}
		page, next, err := paginate(c, all)
		return reply{status: http.StatusOK, body: listURLConfigsOutput{page, next}}, err
	}), nil
}

package iam

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/query"
	"sendform/generator/localcloud/store"
)

// Limits of OIDC providers
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const (
	maxAudiences   = 100
	maxThumbprints = 5
)

// provider is a row of the table of OIDC providers, by ARN.
type provider struct {
	Account     string
	URL         string // without https://
	Audiences   []string
	Thumbprints []string
	Tags        map[string]string
	Created     time.Time
}

func (p provider) arn() string { return "arn:aws:iam::" + p.Account + ":oidc-provider/" + p.URL }

func oidcCalls() map[string]call {
	byARN := func(_ *Service, _ string, f query.Form) (string, error) {
		return f.Get("OpenIDConnectProviderArn"), nil
	}
	byURL := func(_ *Service, account string, f query.Form) (string, error) {
		return provider{Account: account, URL: strings.TrimPrefix(f.Get("Url"), "https://")}.arn(), nil
	}
	return map[string]call{
		"CreateOpenIDConnectProvider":             {resource: byURL, do: createProvider},
		"GetOpenIDConnectProvider":                {resource: byARN, do: getProvider, reads: true},
		"ListOpenIDConnectProviders":              {resource: anything, do: listProviders, reads: true},
		"DeleteOpenIDConnectProvider":             {resource: byARN, do: deleteProvider},
		"UpdateOpenIDConnectProviderThumbprint":   {resource: byARN, do: changeProvider(setThumbprints)},
		"AddClientIDToOpenIDConnectProvider":      {resource: byARN, do: changeProvider(addAudience)},
		"RemoveClientIDFromOpenIDConnectProvider": {resource: byARN, do: changeProvider(removeAudience)},
		"TagOpenIDConnectProvider":                {resource: byARN, do: changeProvider(tagProvider)},
		"UntagOpenIDConnectProvider":              {resource: byARN, do: changeProvider(untagProvider)},
		"ListOpenIDConnectProviderTags":           {resource: byARN, do: listProviderTags, reads: true},
	}
}

// provider finds a provider of an account.
func (s *Service) provider(tx store.Tx, account, arn string) (provider, error) {
	p, found, err := s.providers.Get(tx, arn)
	if err == nil && (!found || p.Account != account) {
		err = noSuchEntity("OpenIDConnect Provider not found for arn %s", arn)
	}
	return p, err
}

// Provider tells whether an account has an OIDC provider, and for which audiences.
func (s *Service) Provider(arn string) (audiences []string, found bool, err error) {
	err = s.db.View(func(tx store.Tx) error {
		p, has, err := s.providers.Get(tx, arn)
		audiences, found = p.Audiences, has
		return err
	})
	return audiences, found, err
}

func createProvider(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	if err := f.Require("Url"); err != nil {
		return nil, err
	}
	address, err := url.Parse(f.Get("Url"))
	if err != nil || address.Scheme != "https" || address.Host == "" || address.RawQuery != "" || len(f.Get("Url")) > 255 {
		return nil, invalidInput("Invalid Open ID Connect Provider URL")
	}
	p := provider{Account: account, URL: strings.TrimPrefix(f.Get("Url"), "https://"), Audiences: f.List("ClientIDList"), Created: s.now()}
	if len(p.Audiences) > maxAudiences {
		return nil, limitExceeded("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d", maxAudiences)
	}
	// Without a thumbprint IAM takes that of the certificate which the server shows;
	// here, where no server is asked, the list stays as it is given.
	if err := setThumbprints(&p, f); err != nil {
		return nil, err
	}
	if p.Tags, err = tagsOf(f, nil); err != nil {
		return nil, err
	}
	_, taken, err := s.providers.Get(tx, p.arn())
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, api.Errorf(http.StatusConflict, "EntityAlreadyExists", "Provider with url https://%s already exists.", p.URL)
	}
	return struct {
		ARN  string `xml:"OpenIDConnectProviderArn"`
		Tags []tag  `xml:"Tags>member,omitempty"`
	}{p.arn(), sorted(p.Tags)}, s.providers.Put(tx, p.arn(), p)
}

func getProvider(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.provider(tx, account, f.Get("OpenIDConnectProviderArn"))
	if err != nil {
		return nil, err
	}
	return struct {
		URL         string   `xml:"Url"`
		Audiences   []string `xml:"ClientIDList>member"`
		Thumbprints []string `xml:"ThumbprintList>member"`
		CreateDate  string
		Tags        []tag `xml:"Tags>member,omitempty"`
	}{p.URL, p.Audiences, p.Thumbprints, timestamp(p.Created), sorted(p.Tags)}, nil
}

func listProviders(s *Service, tx store.Tx, account string, _ query.Form) (any, error) {
	type entry struct {
		ARN string `xml:"Arn"`
	}
	var list []entry
	err := s.providers.Scan(tx, "arn:aws:iam::"+account+":", "", func(arn string, _ provider) bool {
		list = append(list, entry{arn})
		return true
	})
	return struct {
		List []entry `xml:"OpenIDConnectProviderList>member"`
	}{list}, err
}

// deleteProvider succeeds for a provider that is not there, as IAM does
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html).
func deleteProvider(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, found, err := s.providers.Get(tx, f.Get("OpenIDConnectProviderArn"))
	if err != nil || !found || p.Account != account {
		return nil, err
	}
	return nil, s.providers.Delete(tx, p.arn())
}

// changeProvider makes a call of a change to a provider.
func changeProvider(change func(*provider, query.Form) error) func(*Service, store.Tx, string, query.Form) (any, error) {
	return func(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
		p, err := s.provider(tx, account, f.Get("OpenIDConnectProviderArn"))
		if err != nil {
			return nil, err
		}
		if err := change(&p, f); err != nil {
			return nil, err
		}
		return nil, s.providers.Put(tx, p.arn(), p)
	}
}

func setThumbprints(p *provider, f query.Form) error {
	p.Thumbprints = f.List("ThumbprintList")
	if len(p.Thumbprints) > maxThumbprints {
		return limitExceeded("Cannot exceed quota for ThumbprintListSize: %d", maxThumbprints)
	}
	for _, t := range p.Thumbprints {
		if len(t) != 40 {
			return invalid("1 validation error detected: Value at 'thumbprintList' failed to satisfy constraint: Member must have length equal to 40")
		}
	}
	return nil
}

func addAudience(p *provider, f query.Form) error {
	if id := f.Get("ClientID"); !slices.Contains(p.Audiences, id) {
		p.Audiences = append(p.Audiences, id)
	}
	if len(p.Audiences) > maxAudiences {
		return limitExceeded("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: %d", maxAudiences)
	}
	return nil
}

func removeAudience(p *provider, f query.Form) error {
	p.Audiences = slices.DeleteFunc(p.Audiences, func(id string) bool { return id == f.Get("ClientID") })
	return nil
}

func tagProvider(p *provider, f query.Form) (err error) {
	p.Tags, err = tagsOf(f, p.Tags)
	return err
}

func untagProvider(p *provider, f query.Form) error {
	for _, key := range f.List("TagKeys") {
		delete(p.Tags, key)
	}
	return nil
}

func listProviderTags(s *Service, tx store.Tx, account string, f query.Form) (any, error) {
	p, err := s.provider(tx, account, f.Get("OpenIDConnectProviderArn"))
	if err != nil {
		return nil, err
	}
	return listTags(f, p.Tags)
}
